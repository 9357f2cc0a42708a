import HostModel

// What is verified so far, one type for each state of the workflow. Each step is a function of bytes alone: it gives
// the next state or says why not, and there is no way to a later state but through the earlier ones.
//
//     TrustedRoot ─► TrustedRoot … ─► CurrentRoot ─► TrustedTimestamp ─► TrustedSnapshot ─► TrustedTargets ─► …
//     5.2            5.3.4–5.3.7      5.3.10         5.4                 5.5                5.6               5.6.7
//
// Source: TUF specification 1.0.34, section 5, "Detailed client workflow".

/// A root that this host trusts. It may be expired, so nothing but its successor can be verified with it.
package struct TrustedRoot: Sendable {
    let metadata: RootMetadata
    /// The fixed start of the update (5.1): what expiry is compared with, to its end.
    let now: Timestamp

    /// 5.2: the root to begin with must be signed by its own keys; whether it is expired does not matter.
    package init(trusting bytes: [UInt8], now: Timestamp) throws(CatalogError) {
        let signed = try read(bytes, of: .root)
        let root = try understood(signed) { () throws(RecordError) in try RootMetadata(signed) }
        try root.root.verify(signed, by: root.keys)
        metadata = root
        self.now = now
    }

    private init(_ metadata: RootMetadata, now: Timestamp) {
        self.metadata = metadata
        self.now = now
    }

    /// 5.3.4 to 5.3.7: the next root must be signed by the keys of this one and by its own, and be the next version.
    func successor(_ bytes: [UInt8]) throws(CatalogError) -> TrustedRoot {
        let signed = try read(bytes, of: .root)
        try metadata.root.verify(signed, by: metadata.keys)
        let next = try understood(signed) { () throws(RecordError) in try RootMetadata(signed) }
        try next.root.verify(signed, by: next.keys)
        guard next.version == metadata.version + 1 else {
            throw .wrongVersion(.root, found: next.version, expected: metadata.version + 1)
        }
        return TrustedRoot(next, now: now)
    }

    /// 5.3.11: whether a key that could sign timestamp or snapshot before this root can no longer. What it signed may
    /// have been fast-forwarded and must be forgotten.
    func revokesOnlineKey(of earlier: TrustedRoot) -> Bool {
        !earlier.metadata.timestamp.keyids.isSubset(of: metadata.timestamp.keyids)
            || !earlier.metadata.snapshot.keyids.isSubset(of: metadata.snapshot.keyids)
    }

    /// 5.3.10: the last root must not be expired.
    func current() throws(CatalogError) -> CurrentRoot {
        try checkExpiry(metadata.header, of: .root, now: now)
        return CurrentRoot(metadata: metadata, now: now)
    }
}

/// The newest root, which is not expired.
struct CurrentRoot: Sendable {
    let metadata: RootMetadata
    let now: Timestamp

    fileprivate init(metadata: RootMetadata, now: Timestamp) {
        self.metadata = metadata
        self.now = now
    }

    /// The timestamp in the store, for comparison: it may be expired.
    ///
    /// - Returns: nil when the keys of today did not sign it.
    func storedTimestamp(_ bytes: [UInt8]) -> TimestampMetadata? { try? signedTimestamp(bytes) }

    /// 5.4.2 to 5.4.4.
    ///
    /// - Parameter stored: what is trusted so far, if anything. It stays where the new one has the same version.
    func timestamp(
        _ bytes: [UInt8], after stored: TimestampMetadata?
    ) throws(CatalogError) -> TrustedTimestamp {
        let new = try signedTimestamp(bytes)
        if let stored {
            // 5.4.3.1
            guard new.version >= stored.version else {
                throw .rollback(.timestamp, file: "timestamp.json", found: new.version, trusted: stored.version)
            }
            if new.version == stored.version { return try TrustedTimestamp(root: self, metadata: stored) }
            // 5.4.3.2
            guard new.snapshot.version >= stored.snapshot.version else {
                throw .rollback(
                    .timestamp, file: "snapshot.json", found: new.snapshot.version, trusted: stored.snapshot.version)
            }
        }
        return try TrustedTimestamp(root: self, metadata: new)
    }

    private func signedTimestamp(_ bytes: [UInt8]) throws(CatalogError) -> TimestampMetadata {
        let signed = try read(bytes, of: .timestamp)
        try metadata.timestamp.verify(signed, by: metadata.keys)
        return try understood(signed) { () throws(RecordError) in try TimestampMetadata(signed) }
    }
}

/// A timestamp that is not expired.
struct TrustedTimestamp: Sendable {
    let root: CurrentRoot
    let metadata: TimestampMetadata

    /// 5.4.4.
    fileprivate init(root: CurrentRoot, metadata: TimestampMetadata) throws(CatalogError) {
        try checkExpiry(metadata.header, of: .timestamp, now: root.now)
        self.root = root
        self.metadata = metadata
    }

    /// The snapshot in the store, for comparison: it may be expired, or not the present one.
    ///
    /// - Returns: nil when the keys of today did not sign it.
    func storedSnapshot(_ bytes: [UInt8]) -> SnapshotMetadata? {
        guard let signed = try? read(bytes, of: .snapshot) else { return nil }
        return try? signedSnapshot(signed)
    }

    /// 5.5.2 to 5.5.6.
    ///
    /// - Parameter stored: what is trusted so far, if anything.
    func snapshot(_ bytes: [UInt8], after stored: SnapshotMetadata?) throws(CatalogError) -> TrustedSnapshot {
        // 5.5.2, before anything of it is parsed.
        guard metadata.snapshot.matches(bytes) else { throw .contentDiffers(.snapshot) }
        // 5.5.3
        let new = try signedSnapshot(try read(bytes, of: .snapshot))
        // 5.5.4
        guard new.version == metadata.snapshot.version else {
            throw .wrongVersion(.snapshot, found: new.version, expected: metadata.snapshot.version)
        }
        // 5.5.5
        if let stored { try Self.checkRollback(from: stored, to: new) }
        // 5.5.6
        try checkExpiry(new.header, of: .snapshot, now: root.now)
        return TrustedSnapshot(timestamp: self, metadata: new)
    }

    private func signedSnapshot(_ signed: SignedMetadata) throws(CatalogError) -> SnapshotMetadata {
        try root.metadata.snapshot.verify(signed, by: root.metadata.keys)
        return try understood(signed) { () throws(RecordError) in try SnapshotMetadata(signed) }
    }

    private static func checkRollback(
        from stored: SnapshotMetadata, to new: SnapshotMetadata
    ) throws(CatalogError) {
        for (name, file) in stored.files.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            let found = new.files[name]?.version
            // No version is 0.
            guard (found ?? 0) >= file.version else {
                let text = String(decoding: name, as: UTF8.self)
                throw .rollback(.snapshot, file: text, found: found, trusted: file.version)
            }
        }
    }
}

/// The snapshot that timestamp names, not expired.
struct TrustedSnapshot: Sendable {
    let timestamp: TrustedTimestamp
    let metadata: SnapshotMetadata

    fileprivate init(timestamp: TrustedTimestamp, metadata: SnapshotMetadata) {
        self.timestamp = timestamp
        self.metadata = metadata
    }

    var root: CurrentRoot { timestamp.root }

    /// The top-level targets role: its keys are root's.
    var targets: Delegation {
        Delegation(
            role: .targets, snapshot: self, signers: root.metadata.targets, keys: root.metadata.keys,
            isTerminating: false)
    }
}

/// A targets role as the role above it delegates to it.
///
/// The same role may be delegated to by several others, each with keys of its own. What was verified for one says
/// nothing for another, so metadata is verified for this delegation each time it is reached, wherever it comes from.
struct Delegation: Sendable {
    let role: RoleName
    let snapshot: TrustedSnapshot
    let signers: RoleKeys
    let keys: KeyTable
    let isTerminating: Bool

    /// What snapshot says of the role's metadata.
    ///
    /// - Throws: ``CatalogError/notInSnapshot(_:)``.
    func file() throws(CatalogError) -> MetaFile {
        guard let file = snapshot.metadata.files[role.listedName] else { throw .notInSnapshot(role) }
        return file
    }

    /// 5.6.2 to 5.6.5.
    func verified(_ bytes: [UInt8]) throws(CatalogError) -> TrustedTargets {
        let file = try file()
        // 5.6.2, before anything of it is parsed.
        guard file.matches(bytes) else { throw .contentDiffers(role) }
        // 5.6.3
        let signed = try read(bytes, of: role)
        try signers.verify(signed, by: keys)
        let targets = try understood(signed) { () throws(RecordError) in try TargetsMetadata(signed) }
        // 5.6.4
        guard targets.version == file.version else {
            throw .wrongVersion(role, found: targets.version, expected: file.version)
        }
        // 5.6.5
        try checkExpiry(targets.header, of: role, now: snapshot.root.now)
        return TrustedTargets(role: role, snapshot: snapshot, metadata: targets)
    }
}

/// A targets role that was verified for its delegator. The top-level one stands for the whole catalog.
package struct TrustedTargets: Sendable {
    package let role: RoleName
    let snapshot: TrustedSnapshot
    let metadata: TargetsMetadata

    fileprivate init(role: RoleName, snapshot: TrustedSnapshot, metadata: TargetsMetadata) {
        self.role = role
        self.snapshot = snapshot
        self.metadata = metadata
    }

    /// The files that this role itself lists, in the order of their paths.
    package var files: [TargetFile] { metadata.files.values.sorted { $0.path < $1.path } }

    /// The moment at which the first of root, timestamp, snapshot and this role expires.
    package var expires: Timestamp {
        let above = [snapshot.root.metadata.header, snapshot.timestamp.metadata.header, snapshot.metadata.header]
        return above.map(\.expires).reduce(metadata.header.expires, min)
    }

    /// 5.6.7.2: whom this role trusts with `path`, in order, up to a terminating delegation.
    func delegations(for path: RelativePath) -> [Delegation] {
        guard let delegations = metadata.delegations else { return [] }
        return delegations.roles(for: path).map { role in
            Delegation(
                role: role.name, snapshot: snapshot, signers: role.signers, keys: delegations.keys,
                isTerminating: role.isTerminating)
        }
    }
}

// MARK: What every step does

private func read(_ bytes: [UInt8], of role: RoleName) throws(CatalogError) -> SignedMetadata {
    do throws(RecordError) { return try SignedMetadata(bytes, of: role) } catch { throw .malformed(role, error) }
}

/// Takes apart what was signed, which is done only once the signatures are good.
private func understood<Value>(
    _ signed: SignedMetadata, _ body: () throws(RecordError) -> Value
) throws(CatalogError) -> Value {
    do throws(RecordError) { return try body() } catch { throw .malformed(signed.role, error) }
}

private func checkExpiry(_ header: MetadataHeader, of role: RoleName, now: Timestamp) throws(CatalogError) {
    guard header.expires > now else { throw .expired(role, at: header.expires, now: now) }
}
