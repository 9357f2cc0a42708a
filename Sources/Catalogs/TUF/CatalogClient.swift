import HostModel

/// Keeps the verified metadata of one catalog up to date, and finds targets in it: the client workflow of TUF, step by
/// step, in its order.
///
/// It keeps nothing in memory. What a step verified is in the value that it returns, and in the store.
///
/// Source: TUF specification 1.0.34, section 5.
package struct CatalogClient: Sendable {
    private let source: any MetadataSource
    let store: MetadataStore

    /// Most successors of root that one refresh follows (Y in step 5.3.3).
    static let rootLimit = 256

    /// Most roles that one search visits (step 5.6.7.1).
    static let roleLimit = 64

    package init(source: any MetadataSource, store: MetadataStore) {
        self.source = source
        self.store = store
    }

    // MARK: Refresh

    /// Brings the top-level roles up to date.
    ///
    /// - On disk: each role's metadata is replaced as soon as it is verified, so a later failure leaves the earlier
    ///   ones new. Nothing unverified is ever written.
    /// - Parameter now: the fixed start of the update (5.1).
    /// - Returns: the top-level targets role.
    /// - Throws: ``CatalogError``; the next refresh begins where this one ended.
    package func refresh(now: Timestamp) async throws(CatalogError) -> TrustedTargets {
        let lock = try store.lockForRefresh()
        defer { withExtendedLifetime(lock) {} }
        let root = try await updateRoot(now: now)
        let timestamp = try await updateTimestamp(root)
        let snapshot = try await updateSnapshot(timestamp)
        return try await update(snapshot.targets)
    }

    /// What the last refresh left, verified again, without a request.
    ///
    /// - Throws: ``CatalogError/neverRefreshed(_:path:)`` where a role is missing, and any refusal of a refresh: expiry
    ///   too.
    package func stored(now: Timestamp) throws(CatalogError) -> TrustedTargets {
        let root = try TrustedRoot(trusting: store.root(), now: now).current()
        let timestamp = try root.timestamp(stored(.timestamp), after: nil)
        let snapshot = try timestamp.snapshot(stored(.snapshot), after: nil)
        return try snapshot.targets.verified(stored(.targets))
    }

    /// 5.2 and 5.3.
    private func updateRoot(now: Timestamp) async throws(CatalogError) -> CurrentRoot {
        var root = try TrustedRoot(trusting: store.root(), now: now)
        for _ in 0..<Self.rootLimit {
            let name = RoleName.root.sourceName(version: root.metadata.version + 1)
            guard let bytes = try await fetch(name, of: .root, limit: MetadataLimit.root) else { break }
            let next = try root.successor(bytes)
            // 5.3.11, done before the new root is written: were it done after, a crash or an expired root in between
            // would leave metadata that nothing marks as fast-forwarded any more.
            if next.revokesOnlineKey(of: root) { try store.forgetOnlineRoles() }
            // 5.3.8
            try store.write(bytes, of: .root)
            root = next
        }
        return try root.current()
    }

    /// 5.4.
    private func updateTimestamp(_ root: CurrentRoot) async throws(CatalogError) -> TrustedTimestamp {
        let stored = try store.read(.timestamp).flatMap { root.storedTimestamp($0) }
        let name = RoleName.timestamp.sourceName()
        let bytes = try await fetchListed(name, of: .timestamp, limit: MetadataLimit.timestamp)
        let trusted = try root.timestamp(bytes, after: stored)
        // 5.4.5; a timestamp of the stored version is dropped, whatever it says.
        if trusted.metadata.version != stored?.version { try store.write(bytes, of: .timestamp) }
        return trusted
    }

    /// 5.5.
    private func updateSnapshot(_ timestamp: TrustedTimestamp) async throws(CatalogError) -> TrustedSnapshot {
        let stored = try store.read(.snapshot)
        if let stored, let present = try? timestamp.snapshot(stored, after: nil) { return present }
        let file = timestamp.metadata.snapshot
        let name = sourceName(.snapshot, file, timestamp.root)
        let limit = file.limit(unlisted: MetadataLimit.snapshot)
        let bytes = try await fetchListed(name, of: .snapshot, limit: limit)
        let trusted = try timestamp.snapshot(bytes, after: stored.flatMap { timestamp.storedSnapshot($0) })
        // 5.5.7
        try store.write(bytes, of: .snapshot)
        return trusted
    }

    /// 5.6.1 to 5.6.6, for the top-level targets role and every delegated one.
    func update(_ delegation: Delegation) async throws(CatalogError) -> TrustedTargets {
        let file = try delegation.file()
        if let stored = try store.read(delegation.role), let present = try? delegation.verified(stored) {
            return present
        }
        let name = sourceName(delegation.role, file, delegation.snapshot.root)
        let limit = file.limit(unlisted: MetadataLimit.targets)
        let bytes = try await fetchListed(name, of: delegation.role, limit: limit)
        let trusted = try delegation.verified(bytes)
        // 5.6.6
        try store.write(bytes, of: delegation.role)
        return trusted
    }

    // MARK: Find

    /// Finds what the most trusted role says of a file: a pre-order depth-first search (5.6.7).
    ///
    /// - On disk: metadata of delegated roles that the search needed and that was not stored.
    /// - Returns: nil where no role that is trusted with `path` lists it.
    /// - Throws: ``CatalogError`` also when metadata of a role on the way cannot be had or verified: whether a less
    ///   trusted role would list the file does not matter then.
    package func target(
        _ path: RelativePath, in catalog: TrustedTargets
    ) async throws(CatalogError) -> FoundTarget? {
        var role = catalog
        var visited: Set<RoleName> = [catalog.role]
        var waiting: [Delegation] = []
        while true {
            if let file = role.metadata.files[path] { return try FoundTarget(file, listedBy: role) }

            let trusted = role.delegations(for: path)
            // A terminating delegation ends the search after it and whom it trusts.
            if trusted.last?.isTerminating == true { waiting = [] }
            waiting.append(contentsOf: trusted.reversed())

            guard let next = Self.takeUnvisited(from: &waiting, &visited) else { return nil }
            guard visited.count <= Self.roleLimit else { throw .tooManyRoles(path, limit: Self.roleLimit) }
            role = try await update(next)
        }
    }

    /// The last of `waiting` whose role was not visited, which then is: cycles end here.
    private static func takeUnvisited(
        from waiting: inout [Delegation], _ visited: inout Set<RoleName>
    ) -> Delegation? {
        while let delegation = waiting.popLast() {
            if visited.insert(delegation.role).inserted { return delegation }
        }
        return nil
    }

    // MARK: Files

    /// `42.snapshot.json` where snapshots are consistent, else `snapshot.json` (5.5.1 and 5.6.1).
    private func sourceName(_ role: RoleName, _ file: MetaFile, _ root: CurrentRoot) -> String {
        role.sourceName(version: root.metadata.isConsistent ? file.version : nil)
    }

    private func stored(_ role: RoleName) throws(CatalogError) -> [UInt8] {
        guard let bytes = try store.read(role) else { throw .neverRefreshed(role, path: store.path) }
        return bytes
    }

    private func fetchListed(_ name: String, of role: RoleName, limit: Int64) async throws(CatalogError) -> [UInt8] {
        guard let bytes = try await fetch(name, of: role, limit: limit) else { throw .notServed(role, file: name) }
        return bytes
    }

    /// - Returns: nil where the source has no such file.
    private func fetch(_ name: String, of role: RoleName, limit: Int64) async throws(CatalogError) -> [UInt8]? {
        let bytes: [UInt8]
        do throws(MetadataSourceError) {
            bytes = try await source.metadata(name, limit: limit)
        } catch {
            switch error {
            case .notFound: return nil
            case .unavailable(let cause): throw .unavailable(file: name, cause)
            case .tooLong: throw .tooLong(role, file: name, limit: limit)
            }
        }
        guard Int64(bytes.count) <= limit else { throw .tooLong(role, file: name, limit: limit) }
        return bytes
    }
}

/// A file that a verified role lists, and where to get it.
package struct FoundTarget: Sendable {
    package let file: TargetFile
    /// The role that lists it.
    package let role: RoleName
    /// Its place below the source's targets, name by name, not encoded: `apps`, `notes`, `1.2.0`,
    /// `<hash>.notes.tar.zst` where snapshots are consistent.
    package let place: [String]

    /// - Throws: ``CatalogError/noUsableHash(_:)``.
    init(_ file: TargetFile, listedBy targets: TrustedTargets) throws(CatalogError) {
        let isConsistent = targets.snapshot.root.metadata.isConsistent
        guard let place = file.place(isConsistent: isConsistent) else { throw .noUsableHash(file.path) }
        self.file = file
        self.place = place
        role = targets.role
    }
}
