import DiskIO
import HostModel

/// The directories of one app outside `apps/` that it, or its supervisor, writes to; opened for a start.
package struct OwnedDirectories: Sendable {
    package let data: Directory
    package let cache: Directory
    package let run: Directory
    package let logs: Directory
}

extension ManagedRoot {
    /// Makes the directories of an app that are missing, and puts right the others.
    ///
    /// - On disk: `data/<id>/`, `cache/<id>/` and `run/<id>/` belong to `user`, `logs/<id>/` to the root's owner; all have
    ///   the mode 0700. A tree that belonged to another user is given to this one, its top last: where that is cut short,
    ///   the next call goes on. What has a name elsewhere too, or lies on another file system, is left as it is.
    /// - Parameter user: who the app runs as; nil is the root's owner.
    /// - Precondition: the caller holds the app's lock, and nothing of the app lives.
    package func prepareOwned(
        _ id: AppID, user: (number: UInt32, group: UInt32)?
    ) throws(StorageError) -> OwnedDirectories {
        try requireOurs()
        let top = try onDisk { () throws(FileSystemError) -> FileStatus in try directory.status() }
        let ours = TreeOwner(user: top.owner, group: top.group)
        let theirs = user.map { TreeOwner(user: $0.number, group: $0.group) } ?? ours
        return OwnedDirectories(
            data: try prepare(.data, of: id, for: theirs), cache: try prepare(.cache, of: id, for: theirs),
            run: try prepare(.run, of: id, for: theirs), logs: try prepare(.logs, of: id, for: ours))
    }

    private func prepare(_ part: Part, of id: AppID, for owner: TreeOwner) throws(StorageError) -> Directory {
        let place = try self.part(part)
        let name = DiskPath(id)
        let mode: UInt32 = 0o700
        return try onDisk { () throws(FileSystemError) -> Directory in
            guard let status = try place.status(of: name) else {
                let made = try place.makeAndOpen(name, mode: mode)
                try owner.take(made)
                try place.sync()
                return made
            }
            // By its name: one that not even its owner may look into cannot be opened before.
            if status.kind == .directory, status.mode != mode { try place.setMode(mode, of: name) }
            let there = try place.directory(name)
            try owner.take(there)
            return there
        }
    }
}

/// A user who is to own a tree.
private struct TreeOwner {
    let user: UInt32
    let group: UInt32

    /// Gives this user a whole tree, unless its top says that it was given already.
    func take(_ tree: Directory) throws(FileSystemError) {
        let top = try tree.status()
        if top.owner == user { return }
        if try takeAll(below: tree, device: top.device) {
            // A power cut must not keep the top, which says that all of it was given, without the rest.
            try tree.syncFileSystem()
        }
        try tree.setOwner(to: user, group: group)
    }

    /// - Returns: whether anything had another owner.
    private func takeAll(below top: Directory, device: UInt64) throws(FileSystemError) -> Bool {
        // An app decides how deep its tree is, so this is a list and no recursion. A directory stays open only as long as
        // one below it waits.
        var waiting: [(parent: Directory, name: DiskPath)] = []
        var isChanged = false

        func look(into directory: Directory) throws(FileSystemError) {
            for name in try directory.names() {
                guard let status = try directory.status(of: name), status.device == device else { continue }
                switch status.kind {
                case .directory: waiting.append((parent: directory, name: name))
                case .file: if try takeFile(name, in: directory, device: device) { isChanged = true }
                case .link, .other:
                    guard status.owner != user, status.links == 1 else { continue }
                    try directory.setOwner(of: name, to: user, group: group)
                    isChanged = true
                }
            }
        }

        try look(into: top)
        while let next = waiting.popLast() {
            guard let directory = try next.parent.directoryIfPresent(next.name) else { continue }
            let status = try directory.status()
            guard status.device == device else { continue }
            if status.owner != user {
                try directory.setOwner(to: user, group: group)
                isChanged = true
            }
            try look(into: directory)
        }
        return isChanged
    }

    /// By its descriptor, so that what is looked at is what is given. A file with another name may be somebody else's, who
    /// would lose it.
    private func takeFile(
        _ name: DiskPath, in directory: Directory, device: UInt64
    ) throws(FileSystemError) -> Bool {
        guard let file = try directory.fileIfPresent(name) else { return false }
        let status = try file.status()
        guard status.kind == .file, status.links == 1, status.device == device, status.owner != user else {
            return false
        }
        try file.setOwner(to: user, group: group)
        return true
    }
}
