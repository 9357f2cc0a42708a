import Bundles
import HostModel
import Signatures
import Storage

/// What an app's record says after a swap. Pure.
package struct NextRecord: Sendable {
    package var present: AppRecord
    package var at: Timestamp
    package var by: String

    /// After an install or update that was consented to: what it declares is granted.
    package func afterAccepting(_ manifest: Manifest, keyids: [ContentDigest]) -> AppRecord {
        var next = present
        next.publisher = keyids
        next.grants = grants(declared: manifest.permissions, new: .active)
        return next
    }

    /// After going back: no grant comes back with it. The bundle left is known bad where it was newer.
    package func afterRollback(
        to manifest: Manifest, _ receipt: Receipt, leaving left: (manifest: Manifest, digest: ContentDigest)?
    ) -> AppRecord {
        var next = present
        next.publisher = receipt.keyids
        next.grants = grants(declared: manifest.permissions, new: .inactive)
        next.knownBad.removeAll { $0.digest == receipt.digest }
        if let left, left.digest != receipt.digest, manifest.version.order(to: left.manifest.version) == .older,
            !next.knownBad.contains(where: { $0.digest == left.digest })
        {
            next.knownBad.append(
                .init(digest: left.digest, version: left.manifest.version.text, reason: "rolled back", at: at))
        }
        return next
    }

    /// After an operation was undone: grants and publisher are as they were before it. The bundle that failed is known
    /// bad.
    ///
    /// - Parameters:
    ///   - failed: nil where it cannot be read any more.
    ///   - restored: the bundle that is back, which a rollback that was undone marked as bad.
    package func afterUndo(
        _ unconfirmed: AppRecord.Unconfirmed, failed: (digest: ContentDigest, version: String)?, reason: String,
        restored: ContentDigest? = nil
    ) -> AppRecord {
        var next = present
        next.unconfirmed = nil
        next.grants = unconfirmed.grants
        next.publisher = unconfirmed.publisher
        if unconfirmed.operation == .rollback { next.knownBad.removeAll { $0.digest == restored } }
        if let failed, !next.knownBad.contains(where: { $0.digest == failed.digest }) {
            next.knownBad.append(.init(digest: failed.digest, version: failed.version, reason: reason, at: at))
        }
        return next
    }

    /// After an uninstall: grants go, and what the operator chose, so that no later install finds the private
    /// configuration of the earlier one; the publisher stays while data does.
    package func afterUninstall(keepsData: Bool) -> AppRecord {
        var next = present
        next.grants = []
        next.policy = AppRecord.Policy()
        next.configuration = AppRecord.Configuration()
        next.isWanted = false
        next.unconfirmed = nil
        if !keepsData { next.publisher = nil }
        return next
    }

    private func grants(declared: [String], new: AppRecord.Grant.State) -> [AppRecord.Grant] {
        var grants = present.grants.map { grant in
            guard grant.state == .active, !declared.contains(grant.permission) else { return grant }
            return .init(permission: grant.permission, state: .inactive, since: at, by: by)
        }
        for permission in declared where !grants.contains(where: { $0.permission == permission }) {
            grants.append(.init(permission: permission, state: new, since: at, by: by))
        }
        return grants
    }
}
