import DiskIO
import HostModel
import Signatures

/// The metadata of a catalog in its publisher's directory, verified as a client would but for expiry.
struct PublishedCatalog {
    let rootBytes: [UInt8]
    let root: RootMetadata
    let timestampBytes: [UInt8]
    let timestamp: TimestampMetadata
    let snapshotBytes: [UInt8]
    let snapshot: SnapshotMetadata
    let targetsBytes: [UInt8]
    let targets: TargetsMetadata

    /// - Parameter metadata: the directory `metadata/`.
    static func read(_ metadata: Directory) throws(PublishError) -> PublishedCatalog {
        guard let first = try content("root.json", in: metadata) else { throw .notStarted(path: metadata.path) }
        do throws(CatalogError) {
            // An interrupted run may have left a newer one, and clients find that.
            var bytes = first
            var root = try TrustedRoot(trusting: first, now: Timestamp(seconds: 0))
            while let next = try onDisk({ () throws(FileSystemError) in
                try file("\(root.metadata.version + 1).root.json", in: metadata)
            }) {
                root = try root.successor(next)
                bytes = next
            }
            let timestampBytes = try existing("timestamp.json", of: .timestamp, in: metadata)
            let timestamp = try root.current().timestamp(timestampBytes, after: nil)
            let snapshotName = RoleName.snapshot.sourceName(version: timestamp.metadata.snapshot.version)
            let snapshotBytes = try existing(snapshotName, of: .snapshot, in: metadata)
            let snapshot = try timestamp.snapshot(snapshotBytes, after: nil)
            let targetsName = RoleName.targets.sourceName(version: try snapshot.targets.file().version)
            let targetsBytes = try existing(targetsName, of: .targets, in: metadata)
            let targets = try snapshot.targets.verified(targetsBytes)
            return PublishedCatalog(
                rootBytes: bytes, root: root.metadata, timestampBytes: timestampBytes, timestamp: timestamp.metadata,
                snapshotBytes: snapshotBytes, snapshot: snapshot.metadata, targetsBytes: targetsBytes,
                targets: targets.metadata)
        } catch {
            throw .catalog(error)
        }
    }

    /// - Throws: ``PublishError/keyNotForRole(_:)`` where a signature of `key` alone is not enough.
    func check(_ key: PrivateKey, for role: RoleName) throws(PublishError) {
        let signers =
            switch role {
            case .root: root.root
            case .timestamp: root.timestamp
            case .snapshot: root.snapshot
            default: root.targets
            }
        guard signers.threshold == 1, signers.keyids.contains(key.publicKey.keyid) else {
            throw .keyNotForRole(role)
        }
    }

    private static func content(_ name: String, in metadata: Directory) throws(PublishError) -> [UInt8]? {
        try whilePublishing { () throws(FileSystemError) in try file(name, in: metadata) }
    }

    private static func existing(
        _ name: String, of role: RoleName, in metadata: Directory
    ) throws(CatalogError) -> [UInt8] {
        let found = try onDisk { () throws(FileSystemError) in try file(name, in: metadata) }
        guard let bytes = found else { throw .notServed(role, file: name) }
        return bytes
    }

    private static func file(_ name: String, in metadata: Directory) throws(FileSystemError) -> [UInt8]? {
        try metadata.fileIfPresent(DiskPath(name))?.content(limit: Int(MetadataLimit.ceiling))
    }
}
