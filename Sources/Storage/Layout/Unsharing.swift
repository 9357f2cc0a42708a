import DiskIO
import HostModel

extension StorageEngine {
    /// Gives `installed/` files of its own where other slots have the same ones: before its app is started as a user who
    /// can write them.
    ///
    /// - On disk: each such file is replaced by a copy, with the same content and mode. All copies are written below
    ///   `staging/<id>/` and flushed before the first takes its place, so a full disk changes nothing; each takes it in one
    ///   rename, so a kill leaves a whole bundle.
    /// - Precondition: the caller does not hold the app's lock, and nothing of the app lives. Only the superuser gets here
    ///   with anything to do: in the root of any other user no file of an app with `launch` is ever shared. So directories
    ///   of 0555 need not be made writable.
    /// - Returns: how many files were copied.
    /// - Throws: ``StorageError/busy(_:)`` where an update of the app is under way, but only if there is something to copy.
    package func unshare(_ id: AppID) throws(StorageError) -> Int {
        while true {
            guard let installed = try root.app(id)?.open(.installed) else { throw .notInstalled(id) }
            // Without any lock, so that a start does not wait for a download unless it must.
            let isShared = try onDisk { () throws(FileSystemError) -> Bool in
                try Unsharing.isNeeded(by: installed.tree)
            }
            guard isShared else { return 0 }
            if let count = try unshare(installed, of: id) { return count }
        }
    }

    /// - Returns: nil where another bundle was swapped in meanwhile, and nothing was done.
    private func unshare(_ installed: SlotTree, of id: AppID) throws(StorageError) -> Int? {
        // Keeps out updates, which share files of `installed/` while they fill this tree.
        let staging = try beginStaging(id, wait: false)
        let place = staging.directory
        let count: Int?
        do throws(StorageError) {
            let copied = try onDisk { () throws(FileSystemError) -> Int in
                let count = try Unsharing.copyShared(of: installed.tree, to: place)
                try place.syncFileSystem()
                return count
            }
            count = try adopt(place, into: installed, of: id) ? copied : nil
        } catch {
            // The first error says what is wrong; unlocked, the tree is swept by the next command.
            try? staging.discard()
            throw error
        }
        try staging.discard()
        return count
    }

    /// - Returns: whether `installed` still was what it was opened as.
    private func adopt(_ copies: Directory, into installed: SlotTree, of id: AppID) throws(StorageError) -> Bool {
        // The lock of `staging/<id>/` does not keep out the swap of a bundle that lies in a slot, nor an uninstall.
        guard let app = try LockedApp.acquire(id, in: root, make: false, wait: true) else { throw .notInstalled(id) }
        return try withExtendedLifetime(app) { () throws(StorageError) -> Bool in
            guard try app.reading.stillLeads(to: installed) else { return false }
            try onDisk { () throws(FileSystemError) in
                try Unsharing.adopt(copies, into: installed.tree)
                // One barrier for all the directories that changed.
                try installed.tree.syncFileSystem()
            }
            return true
        }
    }
}

/// Files with more than one name, and copies of them in a tree of the same shape. A bundle's files have one name each but
/// for those that slots share.
private enum Unsharing {
    /// Whether any file of `tree` has another name too.
    static func isNeeded(by tree: Directory) throws(FileSystemError) -> Bool {
        for name in try tree.names() {
            guard let status = try tree.status(of: name) else { continue }
            switch status.kind {
            case .directory: if try isNeeded(by: tree.directory(name)) { return true }
            case .file: if status.links > 1 { return true }
            case .link, .other: break
            }
        }
        return false
    }

    /// Writes a copy of each such file under the same path below `place`. Nothing is flushed.
    ///
    /// - Returns: how many.
    static func copyShared(of tree: Directory, to place: Directory) throws(FileSystemError) -> Int {
        let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 16)
        defer { scratch.deallocate() }
        return try copyShared(of: tree, to: place, scratch: scratch)
    }

    private static func copyShared(
        of tree: Directory, to place: Directory, scratch: UnsafeMutableRawBufferPointer
    ) throws(FileSystemError) -> Int {
        var count = 0
        for name in try tree.names() {
            guard let status = try tree.status(of: name) else { continue }
            switch status.kind {
            case .directory:
                let below = try place.makeAndOpen(name, mode: 0o700)
                count += try copyShared(of: tree.directory(name), to: below, scratch: scratch)
            case .file where status.links > 1:
                let source = try tree.file(name)
                let copy = try place.file(name, as: .creating(mode: 0o600))
                if try !copy.clone(source) { try copy.append(source, scratch: scratch) }
                try copy.setMode(status.mode)
                try copy.close()
                count += 1
            case .file, .link, .other: break
            }
        }
        return count
    }

    /// Moves every file below `copies` to the same path below `tree`, in the place of the one that is there.
    static func adopt(_ copies: Directory, into tree: Directory) throws(FileSystemError) {
        for name in try copies.names() {
            if try copies.status(of: name)?.kind == .directory {
                try adopt(copies.directory(name), into: tree.directory(name))
            } else {
                try tree.replace(name, with: name, of: copies)
            }
        }
    }
}
