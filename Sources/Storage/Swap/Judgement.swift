import DiskIO
import HostModel

/// The right to say of an operation on an app whether it was good. While somebody has it, nobody else changes the app.
///
/// It is `apps/<id>/confirm.lock`, held exclusively. The kernel frees it when this value goes, or its process dies.
package final class Judgement: Sendable {
    package let id: AppID
    private let lock: FileLock

    private init(id: AppID, lock: FileLock) {
        self.id = id
        self.lock = lock
    }

    /// - Precondition: the app's lock is held, so that nobody else can begin to judge meanwhile.
    /// - Throws: ``StorageError/judged(_:)`` where somebody judges the app already.
    static func begin(in app: LockedApp) throws(StorageError) -> Judgement {
        let directory = app.directory
        let lock = try onDisk { () throws(FileSystemError) -> FileLock? in
            let file = try directory.file(AppFile.confirmLock, as: .locking(mode: 0o600))
            // A judge excludes this lock. Who only looks whether there is a judge does not, and is gone in a moment.
            guard try FileLock.acquire(file, .shared, wait: false) != nil else { return nil }
            return try FileLock.acquire(file, .exclusive, wait: true)
        }
        guard let lock else { throw .judged(app.id) }
        return Judgement(id: app.id, lock: lock)
    }

    /// Whether somebody judges the app in `directory` now. Changes nothing, and never keeps a judge from beginning.
    static func isHeld(in directory: Directory) throws(StorageError) -> Bool {
        try onDisk { () throws(FileSystemError) -> Bool in
            guard let file = try directory.fileIfPresent(AppFile.confirmLock) else { return false }
            return try FileLock.acquire(file, .shared, wait: false) == nil
        }
    }
}
