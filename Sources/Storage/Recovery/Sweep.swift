import DiskIO
import HostModel

/// What every command does first: recover each app that this process may lock at once, sweep `staging/` and empty `trash/`.
/// What another process holds is left to it.
struct Sweep {
    let root: ManagedRoot

    /// - Returns: what could not be done; all else was.
    func run() -> [any Failure] {
        guard root.isOurs else { return [] }
        var failures: [any Failure] = []
        func attempt(_ body: () throws(StorageError) -> Void) {
            do throws(StorageError) { try body() } catch { failures.append(error) }
        }
        attempt { () throws(StorageError) in
            let apps = try root.part(.apps)
            for id in try root.appIDs() {
                attempt { () throws(StorageError) in
                    guard try needsRecovery(id, in: apps) else { return }
                    _ = try LockedApp.acquire(id, in: root, make: false, wait: false)
                }
            }
        }
        attempt { () throws(StorageError) in try sweepStaging() }
        attempt { () throws(StorageError) in try sweepRecords() }
        attempt { () throws(StorageError) in try Trash(root: root).empty() }
        return failures
    }

    private func needsRecovery(_ id: AppID, in apps: Directory) throws(StorageError) -> Bool {
        for name in AppFile.unfinished {
            let path = DiskPath(id).appending(name)
            if try onDisk({ () throws(FileSystemError) in try apps.status(of: path) }) != nil { return true }
        }
        return false
    }

    /// A staging tree that nobody holds locked was left by a process that died.
    private func sweepStaging() throws(StorageError) {
        let staging = try root.part(.staging)
        for name in try onDisk({ () throws(FileSystemError) in try staging.names() }) {
            let status = try onDisk { () throws(FileSystemError) in try staging.status(of: name) }
            if let status, status.kind != .directory {
                // Nothing of ours, and nobody can hold it.
                try Trash(root: root).discard(name, in: staging)
                continue
            }
            let tree = try onDisk { () throws(FileSystemError) in try staging.directoryIfPresent(name) }
            guard let tree else { continue }
            let lock = try onDisk { () throws(FileSystemError) in
                try FileLock.acquire(File(holding: tree), .exclusive, wait: false)
            }
            guard let lock else { continue }
            try withExtendedLifetime(lock) { () throws(StorageError) in
                let now = try onDisk { () throws(FileSystemError) in try staging.status(of: name) }
                let locked = try onDisk { () throws(FileSystemError) in try tree.status() }
                if now?.isSameFile(as: locked) == true { try Trash(root: root).discard(name, in: staging) }
            }
        }
    }

    /// Successors of the host's own records, where no other process is writing one.
    private func sweepRecords() throws(StorageError) {
        for (part, name) in [("", "config.json.new"), ("", "format.json.new"), ("trust", "keys.json.new")] {
            let place = part.isEmpty ? root.directory : try root.part(.trust)
            guard try onDisk({ () throws(FileSystemError) in try place.status(of: DiskPath(name)) }) != nil else {
                continue
            }
            let lock = try onDisk { () throws(FileSystemError) in
                try FileLock.acquire("lock", in: root.directory, .exclusive, wait: false)
            }
            guard let lock else { continue }
            try withExtendedLifetime(lock) { () throws(StorageError) in
                try onDisk { () throws(FileSystemError) in try place.unlinkIfPresent(DiskPath(name)) }
            }
        }
    }
}
