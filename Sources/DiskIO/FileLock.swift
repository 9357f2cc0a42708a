import HostModel
import SystemPackage

/// A held `flock`. The kernel frees it when this value goes, and when the process dies. A lock file is never removed.
package final class FileLock: Sendable {
    private let file: File

    private init(file: File) { self.file = file }

    /// Locks the file `name`, which is made where it is not there.
    ///
    /// - Parameter wait: whether to wait for another holder.
    /// - Returns: nil when another process, or another part of this one, holds it and `wait` is false.
    package static func acquire(
        _ name: DiskPath, in directory: Directory, _ kind: LockKind, wait: Bool
    ) throws(FileSystemError) -> FileLock? {
        let file = try directory.file(name, as: .locking(mode: 0o600))
        return try acquire(file, kind, wait: wait)
    }

    /// Locks an open file or directory as itself.
    package static func acquire(
        _ file: File, _ kind: LockKind, wait: Bool
    ) throws(FileSystemError) -> FileLock? {
        do throws(Errno) {
            return try file.lock(kind, wait: wait) ? FileLock(file: file) : nil
        } catch {
            throw FileSystemError(.lock, file.path, error)
        }
    }
}
