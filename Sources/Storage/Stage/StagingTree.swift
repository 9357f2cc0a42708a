import DiskIO
import HostModel

/// `staging/<id>/` while it is being filled, locked by its filler. Sealing it yields the ``StagedBundle`` that alone can be
/// swapped; otherwise it is discarded.
///
/// The lock lasts as long as this value and what it becomes. If the process dies the kernel frees it, and the next command
/// sweeps the tree: clean-up never depends on a destructor.
package struct StagingTree: ~Copyable, Sendable {
    package let id: AppID
    /// Opened before its first byte was written, so that its flush reports every error.
    package let directory: Directory
    let root: ManagedRoot
    let lock: FileLock

    /// Makes and locks an empty tree.
    ///
    /// - Parameter wait: whether to wait for another update of this app.
    /// - Throws: ``StorageError/busy(_:)`` when another process is filling a tree for this app.
    static func begin(_ id: AppID, in root: ManagedRoot, wait: Bool) throws(StorageError) -> StagingTree {
        try root.requireOurs()
        let staging = try root.part(.staging)
        let name = DiskPath(id)
        while true {
            let found: Directory
            do throws(FileSystemError) {
                try staging.make(name, mode: 0o755)
                found = try staging.directory(name)
            } catch {
                if error.isNotFound { continue }
                guard error.isTaken else { throw .disk(error) }
                // Somebody's: wait for its lock, then see what it was.
                let there = try onDisk { () throws(FileSystemError) in try staging.directoryIfPresent(name) }
                guard let there else { continue }
                let lock = try onDisk { () throws(FileSystemError) in
                    try FileLock.acquire(File(holding: there), .exclusive, wait: wait)
                }
                guard let lock else { throw .busy(id) }
                try withExtendedLifetime(lock) { () throws(StorageError) in
                    try discardIfStill(there, name, in: staging, root: root)
                }
                continue
            }
            let lock = try onDisk { () throws(FileSystemError) in
                try FileLock.acquire(File(holding: found), .exclusive, wait: wait)
            }
            guard let lock else { continue }
            // Between mkdir and flock a sweep may have taken it for debris.
            let now = try onDisk { () throws(FileSystemError) in try staging.status(of: name) }
            let ours = try onDisk { () throws(FileSystemError) in try found.status() }
            guard now?.isSameFile(as: ours) == true else { continue }
            try onDisk { () throws(FileSystemError) in try found.setMode(0o755) }
            return StagingTree(id: id, directory: found, root: root, lock: lock)
        }
    }

    /// Completes the tree: writes its receipt and flushes everything in it.
    ///
    /// - Precondition: the tree is exactly a verified bundle, with the modes it has in a slot but for its root and
    ///   `apphost/`. The proof says so.
    /// - Throws: a disk error; the tree must be discarded, for a flush that failed is never repeated.
    package consuming func seal(
        _ proof: VerificationProof, receipt: Receipt
    ) throws(StorageError) -> StagedBundle {
        let directory = directory
        try onDisk { () throws(FileSystemError) in
            let sidecars = try directory.directory("apphost")
            let file = try sidecars.file("receipt.json", as: .creating(mode: 0o600))
            try file.write(receipt.json.line)
            try file.setMode(0o444)
            try file.close()
            try sidecars.setMode(0o555)
            // One barrier for every byte and every name of the tree.
            try directory.syncFileSystem()
        }
        return StagedBundle(id: id, receipt: receipt, place: .staging(lock, directory))
    }

    /// Deletes the tree.
    package consuming func discard() throws(StorageError) {
        try Self.discard(directory, id, in: root)
    }

    /// Deletes `tree`, where `staging/<id>/` still leads to it.
    static func discard(_ tree: Directory, _ id: AppID, in root: ManagedRoot) throws(StorageError) {
        try discardIfStill(tree, DiskPath(id), in: root.part(.staging), root: root)
        try Trash(root: root).empty()
    }

    private static func discardIfStill(
        _ tree: Directory, _ name: DiskPath, in staging: Directory, root: ManagedRoot
    ) throws(StorageError) {
        let now = try onDisk { () throws(FileSystemError) in try staging.status(of: name) }
        let ours = try onDisk { () throws(FileSystemError) in try tree.status() }
        if now?.isSameFile(as: ours) == true { try Trash(root: root).discard(name, in: staging) }
    }
}

/// That a tree was verified, content and trust. Only `Bundles/Verify` imports the means to make one.
public struct VerificationProof: Sendable {
    @_spi(Verified) public init() {}
}
