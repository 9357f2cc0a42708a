import DiskIO
import HostModel

/// The metadata that was verified, each file exactly as it was received.
///
///     root.json timestamp.json snapshot.json targets.json     the last verified of each top-level role
///     <role>.json                                              of a delegated role, its name percent-encoded
///     lock refresh.lock                                        never removed
///
/// What is read here is verified again before it is used. Root and its successors are the only trust; the rest is there
/// to compare with, and not to be fetched again.
///
/// Source: TUF specification 1.0.34, steps 5.3.8, 5.4.5, 5.5.7 and 5.6.6.
package struct MetadataStore: Sendable {
    private let directory: Directory

    package init(_ directory: Directory) { self.directory = directory }

    /// Makes `root` the root that everything here is trusted through.
    ///
    /// - On disk: `root.json` is written, or replaced.
    /// - Throws: ``CatalogError`` when the root is not signed by its own keys (5.2); nothing was written.
    package func start(trusting root: [UInt8]) throws(CatalogError) {
        _ = try TrustedRoot(trusting: root, now: Timestamp(seconds: 0))
        try write(root, of: .root)
    }

    /// For errors.
    var path: String { directory.path }

    /// - Throws: ``CatalogError/noTrustedRoot(path:)`` where there is none.
    func root() throws(CatalogError) -> [UInt8] {
        guard let root = try read(.root) else { throw .noTrustedRoot(path: path) }
        return root
    }

    /// - Returns: nil where nothing is stored, or something longer than any metadata.
    func read(_ role: RoleName) throws(CatalogError) -> [UInt8]? {
        try onDisk { () throws(FileSystemError) in
            try directory.fileIfPresent(Self.name(of: role))?.content(limit: Int(MetadataLimit.ceiling))
        }
    }

    /// - On disk: the file of `role` has `bytes`, whole; before that, and on an error, what it had. That of a top-level
    ///   role has them for good; that of a delegated one is not flushed.
    func write(_ bytes: [UInt8], of role: RoleName) throws(CatalogError) {
        try onDisk { () throws(FileSystemError) -> Void in
            let lock = try FileLock.acquire("lock", in: directory, .exclusive, wait: true)
            defer { withExtendedLifetime(lock) {} }
            let name = Self.name(of: role)
            // What protects against an older role is in timestamp and snapshot. A delegated role is compared with
            // snapshot whenever it is read, and fetched again where a power cut tore it. There may be thousands, and
            // to flush each would take longer than to fetch it.
            if role.isTopLevel {
                try DurableFile.replace(name, in: directory, with: bytes)
            } else {
                try replaceUnflushed(name, with: bytes)
            }
        }
    }

    /// The rename alone: every reader sees the old content or the new one.
    private func replaceUnflushed(_ name: DiskPath, with bytes: [UInt8]) throws(FileSystemError) {
        let successor = DurableFile.successor(of: name)
        // What an interrupted run left under that name was never anything.
        try directory.unlinkIfPresent(successor)
        let file = try directory.file(successor, as: .creating(mode: 0o600))
        try file.setMode(0o600)
        try file.write(bytes)
        try file.close()
        try directory.replace(name, with: successor)
    }

    /// 5.3.11.
    ///
    /// - On disk: `timestamp.json` and `snapshot.json` are gone, for good.
    func forgetOnlineRoles() throws(CatalogError) {
        try onDisk { () throws(FileSystemError) in
            let lock = try FileLock.acquire("lock", in: directory, .exclusive, wait: true)
            defer { withExtendedLifetime(lock) {} }
            try directory.unlinkIfPresent(Self.name(of: .timestamp))
            try directory.unlinkIfPresent(Self.name(of: .snapshot))
            try directory.sync()
        }
    }

    /// Held for a whole refresh, so that two cannot take turns in writing and leave the older of what they found.
    ///
    /// - Throws: ``CatalogError/busy(path:)`` at once where another holds it.
    func lockForRefresh() throws(CatalogError) -> FileLock {
        let taken = try onDisk { () throws(FileSystemError) in
            try FileLock.acquire("refresh.lock", in: directory, .exclusive, wait: false)
        }
        guard let lock = taken else { throw .busy(path: path) }
        return lock
    }

    private static func name(of role: RoleName) -> DiskPath {
        guard let name = RelativePath(role.storeName) else {
            preconditionFailure("the encoded name of a role is no file name")
        }
        return DiskPath(name)
    }
}
