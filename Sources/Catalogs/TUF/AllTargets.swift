import HostModel
import Signatures

/// Every file of a catalog that a search for its path would find.
package struct AllTargets: Sendable {
    /// In the order of their paths.
    package let files: [FoundTarget]
    /// The moment at which the first of all roles expires.
    package let expires: Timestamp
    /// Every role that the catalog's metadata consists of, each once.
    let roles: [RoleName]
}

extension CatalogClient {
    /// Brings every delegated role up to date, and lists what all roles vouch for.
    ///
    /// - On disk: metadata of delegated roles that was not stored.
    /// - Parameter catalog: what ``refresh(now:)`` gave.
    /// - Throws: ``CatalogError`` when one role of the catalog cannot be had or verified: a search might lead there.
    package func allTargets(in catalog: TrustedTargets) async throws(CatalogError) -> AllTargets {
        var walk = TargetsWalk(catalog)
        while let next = try walk.next() { walk.reach(next, try await update(next.delegation)) }
        return walk.found()
    }

    /// The same without a request.
    ///
    /// - Throws: ``CatalogError/neverRefreshed(_:path:)`` where a role is missing, and any refusal.
    package func storedTargets(in catalog: TrustedTargets) throws(CatalogError) -> AllTargets {
        var walk = TargetsWalk(catalog)
        while let next = try walk.next() {
            let delegation = next.delegation
            guard let bytes = try store.read(delegation.role) else {
                throw .neverRefreshed(delegation.role, path: store.path)
            }
            walk.reach(next, try delegation.verified(bytes))
        }
        return walk.found()
    }
}

/// A walk through every role that a catalog delegates to, the first and whom it trusts before the next.
///
/// It has two parts: first every role is reached, whatever paths it is trusted with; then each path that any of them
/// lists is searched for, as step 5.6.7 says, among what was reached. So whether a path is believed is decided by the
/// search alone, and not by the order in which roles were met.
private struct TargetsWalk {
    private let catalog: Reached
    private var reached: [Delegation.Identity: Reached] = [:]
    private var waiting: [Delegate]

    /// More than any catalog needs: one with 10,000 entries in bins has about 1,000.
    private static let limit = 8192

    init(_ catalog: TrustedTargets) {
        self.catalog = Reached(catalog)
        waiting = self.catalog.delegates.reversed()
    }

    /// The next role to verify; nil when there is none left. What was reached in this way already is not again, so
    /// cycles end.
    mutating func next() throws(CatalogError) -> Delegate? {
        while let delegate = waiting.popLast() {
            if reached[delegate.identity] != nil { continue }
            guard reached.count < Self.limit else {
                let problem = "more than \(Self.limit) roles are delegated to"
                throw .malformed(.targets, RecordError(file: RoleName.targets.sourceName(), problem: problem))
            }
            return delegate
        }
        return nil
    }

    mutating func reach(_ delegate: Delegate, _ role: TrustedTargets) {
        let found = Reached(role)
        reached[delegate.identity] = found
        waiting.append(contentsOf: found.delegates.reversed())
    }

    func found() -> AllTargets {
        var paths = Set(catalog.targets.metadata.files.keys)
        var expires = catalog.targets.expires
        var names: Set<RoleName> = []
        for role in reached.values.map(\.targets) {
            paths.formUnion(role.metadata.files.keys)
            expires = min(expires, role.metadata.header.expires)
            names.insert(role.role)
        }
        let topLevel: [RoleName] = [.root, .timestamp, .snapshot, .targets]
        let delegated = names.sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }
        return AllTargets(
            files: paths.sorted().compactMap { target($0) }, expires: expires,
            roles: topLevel + delegated)
    }

    /// 5.6.7, among the roles that were reached.
    ///
    /// - Returns: nil where no role that is trusted with `path` lists it in a way that can be fetched.
    private func target(_ path: RelativePath) -> FoundTarget? {
        var role = catalog
        var visited: Set<RoleName> = [catalog.targets.role]
        var waiting: [Delegation.Identity] = []
        while true {
            let targets = role.targets
            if let file = targets.metadata.files[path] { return try? FoundTarget(file, listedBy: targets) }
            let trusted = targets.metadata.delegations?.roles(for: path) ?? []
            if trusted.last?.isTerminating == true { waiting = [] }
            for delegated in trusted.reversed() {
                if let identity = role.identities[delegated.name] { waiting.append(identity) }
            }

            while let identity = waiting.last, visited.contains(identity.role) { waiting.removeLast() }
            guard let next = waiting.popLast(), let found = reached[next] else { return nil }
            visited.insert(next.role)
            guard visited.count <= CatalogClient.roleLimit else { return nil }
            role = found
        }
    }
}

/// A role that was verified, and whom it trusts.
private struct Reached {
    let targets: TrustedTargets
    /// In order.
    let delegates: [Delegate]
    /// By name, which no two of them share.
    let identities: [RoleName: Delegation.Identity]

    init(_ targets: TrustedTargets) {
        self.targets = targets
        delegates = targets.allDelegations.map { Delegate(delegation: $0, identity: $0.identity) }
        identities = Dictionary(uniqueKeysWithValues: delegates.map { ($0.delegation.role, $0.identity) })
    }
}

/// A delegation with its identity, which takes a hash of each key: it is made once, and not for each path.
private struct Delegate {
    let delegation: Delegation
    let identity: Delegation.Identity
}

extension TrustedTargets {
    /// Whom this role trusts with any path, in order.
    fileprivate var allDelegations: [Delegation] {
        guard let delegations = metadata.delegations else { return [] }
        return delegations.roles.map { role in
            Delegation(
                role: role.name, snapshot: snapshot, signers: role.signers, keys: delegations.keys,
                isTerminating: role.isTerminating)
        }
    }
}

extension Delegation {
    /// Equal where the same metadata verifies.
    fileprivate struct Identity: Hashable {
        let role: RoleName
        let keyids: Set<KeyID>
        let threshold: Int64
    }

    /// A keyid is a digest of its key, so the keyids that have a key say all.
    fileprivate var identity: Identity {
        Identity(
            role: role, keyids: signers.keyids.filter { keys.key($0) != nil }, threshold: signers.threshold)
    }
}
