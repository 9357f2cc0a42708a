import DiskIO
import HostModel

/// `trash/`: trees that are as good as gone. Moving one there is one rename; deleting it can take its time, and may be done
/// by any process at any time.
struct Trash {
    let root: ManagedRoot

    /// Moves a tree out of `directory`, under a name that nothing had before.
    ///
    /// - On disk: nothing is flushed. Where the tree must not come back under its name after a power cut, whole or half
    ///   deleted, the caller syncs `directory` afterwards.
    func discard(_ name: DiskPath, in directory: Directory) throws(StorageError) {
        let trash = try root.part(.trash)
        try onDisk { () throws(FileSystemError) in
            // A directory that changes its parent must be writable (rename(2), EACCES).
            if try directory.status(of: name)?.kind == .directory, let tree = try directory.directoryToDelete(name) {
                if try tree.status().mode & 0o200 == 0 { try tree.setMode(0o755) }
            }
            try directory.move(name, to: trash, as: DiskPath(Hex.random(bytes: 12)))
        }
    }

    func empty() throws(StorageError) {
        let trash = try root.part(.trash)
        try onDisk { () throws(FileSystemError) in try TreeRemoval.empty(trash) }
    }
}
