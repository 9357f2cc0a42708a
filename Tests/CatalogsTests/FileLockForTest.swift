import DiskIO
import Testing

/// Takes a lock as another process would.
enum FileLockForTest {
    static func take(_ name: String, in directory: Directory) throws -> FileLock {
        try #require(try FileLock.acquire(DiskPath(name), in: directory, .exclusive, wait: false))
    }
}
