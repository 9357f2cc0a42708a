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
    /// The top-level role.
    let targets: PublishedRole
    /// The roles that it delegates to by the hashes of paths; none where it lists every bundle itself.
    let bins: [DelegatedRole]
    private let delegations: [RoleName: Delegation]
    private let metadata: Directory

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
            let bins = targets.metadata.delegations?.roles.filter(\.isBin) ?? []
            return PublishedCatalog(
                rootBytes: bytes, root: root.metadata, timestampBytes: timestampBytes, timestamp: timestamp.metadata,
                snapshotBytes: snapshotBytes, snapshot: snapshot.metadata,
                targets: PublishedRole(role: .targets, bytes: targetsBytes, metadata: targets.metadata), bins: bins,
                delegations: delegations(to: bins, by: targets), metadata: metadata)
        } catch {
            throw .catalog(error)
        }
    }

    // MARK: The roles that list bundles

    /// The role that lists `path`, or will when it is published.
    func role(of path: RelativePath) -> RoleName {
        if targets.metadata.files[path] != nil { return .targets }
        let digest = DigestStream.digest(of: path.bytes).hex
        return bins.first { $0.isTrusted(with: path, digest: digest) }?.name ?? .targets
    }

    /// - Parameter role: targets, or one of ``bins``.
    func read(_ role: RoleName) throws(PublishError) -> PublishedRole {
        guard let delegation = delegations[role] else { return targets }
        do throws(CatalogError) {
            let name = role.sourceName(version: try delegation.file().version)
            let bytes = try Self.existing(name, of: role, in: metadata)
            return PublishedRole(role: role, bytes: bytes, metadata: try delegation.verified(bytes).metadata)
        } catch {
            throw .catalog(error)
        }
    }

    /// Every one of ``bins``.
    func readBins() throws(PublishError) -> [PublishedRole] {
        var roles: [PublishedRole] = []
        for bin in bins { roles.append(try read(bin.name)) }
        return roles
    }

    /// The version of every role that has numbered files to be pruned, by its name's bytes.
    var versions: [[UInt8]: Int64] {
        var versions = [RoleName.snapshot.bytes: snapshot.version]
        for role in [RoleName.targets] + bins.map(\.name) {
            versions[role.bytes] = snapshot.files[role.listedName]?.version
        }
        return versions
    }

    // MARK: Keys

    /// - Throws: ``PublishError/keyNotForRole(_:)`` where a signature of `key` alone is not enough.
    func check(_ key: PrivateKey, for role: RoleName) throws(PublishError) {
        guard soleSigners(of: role).contains(key.publicKey.keyid) else { throw .keyNotForRole(role) }
    }

    /// The keys any of which signs for a role by itself; none where it takes more than one.
    func soleSigners(of role: RoleName) -> Set<KeyID> {
        let (all, keys) = signers(of: role)
        return all.threshold == 1 ? all.keyids.filter { keys.key($0) != nil } : []
    }

    private func signers(of role: RoleName) -> (RoleKeys, KeyTable) {
        switch role {
        case .root: (root.root, root.keys)
        case .timestamp: (root.timestamp, root.keys)
        case .snapshot: (root.snapshot, root.keys)
        default: delegations[role].map { ($0.signers, $0.keys) } ?? (root.targets, root.keys)
        }
    }

    private static func delegations(
        to bins: [DelegatedRole], by targets: TrustedTargets
    ) -> [RoleName: Delegation] {
        guard let keys = targets.metadata.delegations?.keys else { return [:] }
        var delegations: [RoleName: Delegation] = [:]
        for bin in bins {
            delegations[bin.name] = Delegation(
                role: bin.name, snapshot: targets.snapshot, signers: bin.signers, keys: keys,
                isTerminating: bin.isTerminating)
        }
        return delegations
    }

    // MARK: Files

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

/// A role that lists bundles, as it was published.
struct PublishedRole {
    let role: RoleName
    let bytes: [UInt8]
    let metadata: TargetsMetadata
}
