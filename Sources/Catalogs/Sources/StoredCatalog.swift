import HostModel

/// What a catalog listed when it was last verified, and whether that still counts.
package struct StoredCatalog: Sendable {
    private let targets: AllTargets
    /// Why nothing may be installed from it any more: it expired, or its keys were revoked. Nil where it may be.
    package let refusal: CatalogError?

    init(_ targets: AllTargets, refusal: CatalogError? = nil) {
        self.targets = targets
        self.refusal = refusal
    }

    /// The moment at which the first of its roles expires.
    package var expires: Timestamp { targets.expires }

    /// Everything that it lists. Every entry is read whenever this is asked for.
    package var listing: CatalogListing { CatalogListing(targets) }

    /// What it lists of one app. Entries of others are not read.
    package func listing(of id: AppID) -> CatalogListing { CatalogListing(targets, of: id) }
}

extension StoredCatalog {
    /// Verifies a kept set again.
    ///
    /// It counts only through the newest root that this host knows, so a revoked key takes its signatures with it.
    /// Where it counts no more it may still be shown, as its own root vouches for it and whatever the time is.
    ///
    /// - Parameter newest: the store that a refresh works on, for its root.
    /// - Throws: ``CatalogError`` when it cannot even be shown.
    static func verifying(
        _ kept: MetadataStore, newest: MetadataStore, now: Timestamp
    ) throws(CatalogError) -> StoredCatalog {
        do throws(CatalogError) {
            return StoredCatalog(try verified(kept, root: newest.root(), now: now))
        } catch {
            let targets = try verified(kept, root: kept.root(), now: Timestamp(seconds: 0))
            return StoredCatalog(targets, refusal: error)
        }
    }

    private static func verified(
        _ kept: MetadataStore, root: [UInt8], now: Timestamp
    ) throws(CatalogError) -> AllTargets {
        let root = try TrustedRoot(trusting: root, now: now).current()
        let timestamp = try root.timestamp(content(of: .timestamp, in: kept), after: nil)
        let snapshot = try timestamp.snapshot(content(of: .snapshot, in: kept), after: nil)
        let catalog = try snapshot.targets.verified(content(of: .targets, in: kept))
        return try CatalogClient(source: NoSource(), store: kept).storedTargets(in: catalog)
    }

    private static func content(of role: RoleName, in kept: MetadataStore) throws(CatalogError) -> [UInt8] {
        guard let bytes = try kept.read(role) else { throw .neverRefreshed(role, path: kept.path) }
        return bytes
    }
}

/// Has nothing, and is not asked.
private struct NoSource: MetadataSource {
    func metadata(_ name: String, limit: Int64) async throws(MetadataSourceError) -> [UInt8] { throw .notFound }
}
