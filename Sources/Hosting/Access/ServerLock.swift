import DiskIO
import HostModel
import Storage

/// Held by the one server of a root. The kernel frees it when the server dies.
package final class ServerLock: Sendable {
    private let root: ManagedRoot
    private let lock: FileLock

    private static let lockName: DiskPath = "serve.lock"
    private static let socketName: DiskPath = "apphost.sock"
    /// Most bytes of the path of a socket. unix(7)
    private static let longestPath = 107

    fileprivate init(_ root: ManagedRoot) throws {
        guard let lock = try FileLock.acquire(Self.lockName, in: root.directory, .exclusive, wait: false) else {
            throw ServerRuns()
        }
        self.root = root
        self.lock = lock
    }

    /// The user who owns the root.
    package var owner: UInt32 { root.owner }

    /// A path by which the server's socket can be bound, whatever the length of the root's; good while this is held.
    package func socketPath() throws -> String {
        let path = try root.directory.canonicalPath() + "/\(Self.socketName)"
        if path.utf8.count <= Self.longestPath { return path }
        return "/proc/self/fd/\(root.directory.descriptor.number)/\(Self.socketName)"
    }

    /// Lets nobody but the owner open the socket, whatever the umask.
    package func protectSocket() throws { try root.directory.setMode(0o600, of: Self.socketName) }

    /// Removes the socket, which nobody listens at any more.
    package func removeSocket() throws { try root.directory.unlinkIfPresent(Self.socketName) }
}

/// Another server has this root. Nothing was changed.
package struct ServerRuns: Failure {
    package var code: FailureCode { .busy }
    package var message: String { "another 'apphost serve' serves this root" }
    package var help: String? { "ask that one, at apphost.sock in the root, or stop it first" }
}

extension AppHost {
    /// Becomes the one server of this root, which is made where there is none.
    ///
    /// - Throws: ``ServerRuns`` at once where there is another.
    package func lockServer() throws -> ServerLock { try ServerLock(try openEngine().root) }
}
