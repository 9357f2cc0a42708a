import Catalogs
import HostModel

/// A catalog after something was done to it.
package struct CatalogOutcome: Sendable, JSONRepresentable {
    /// As the publisher named it.
    package let path: String
    /// What hosts are told; nil where only a dry run started it.
    package let rootFingerprint: ContentDigest?
    /// Over how many roles the bundles are spread; nil for none.
    package let bins: Int?
    /// The top-level roles; after a publish the bins that changed, else all.
    let roles: [Role]
    package let published: [Bundle]
    package let withdrawn: [(id: AppID, version: BundleVersion)]

    struct Role: Sendable {
        let name: String
        let version: Int64
        let expires: Timestamp
        /// Whole days that it lives; negative where it is expired.
        let days: Int64
        let isNew: Bool
        let isBin: Bool
    }

    package struct Bundle: Sendable {
        package let id: AppID
        package let version: BundleVersion
        package let digest: ContentDigest
        /// Where the catalog lists it.
        package let path: String
        /// Of the archive.
        package let bytes: Int64
        package let sha256: ContentDigest
        package let channel: String
    }

    package var json: JSONValue {
        [
            "schema": 1,
            "catalog": ["path": path, "rootFingerprint": rootFingerprint, "bins": bins] as JSONValue,
            "roles": roles.map { role in
                [
                    "role": role.name, "version": role.version, "expiresAt": role.expires, "days": role.days,
                    "renewed": role.isNew,
                ] as JSONValue
            },
            "published": published.map { bundle in
                [
                    "id": bundle.id, "version": bundle.version, "digest": bundle.digest, "path": bundle.path,
                    "bytes": bundle.bytes, "sha256": bundle.sha256, "channel": bundle.channel,
                ] as JSONValue
            },
            "withdrawn": withdrawn.map { ["id": $0.id, "version": $0.version] as JSONValue },
        ]
    }

    /// Role, version, expiry, days left and whether it was signed now, for people. All bins are one row: that of the
    /// one that expires first.
    package var rows: [[String]] {
        var rows = roles.filter { !$0.isBin }.map { role in
            [role.name, "\(role.version)", "\(role.expires)", "\(role.days)", role.isNew ? "now" : "before"]
        }
        let bins = roles.filter(\.isBin)
        if let first = bins.min(by: { $0.expires < $1.expires }) {
            let name = bins.count == 1 ? first.name : "\(bins.count) bins"
            let new = bins.filter(\.isNew).count
            let signed = new == bins.count ? "now" : new == 0 ? "before" : "\(new) now"
            rows.append([name, bins.count == 1 ? "\(first.version)" : "-", "\(first.expires)", "\(first.days)", signed])
        }
        return rows
    }

    /// What its keeper should know: roles that were not signed now and expire soon.
    var warnings: [String] {
        var warned = false
        return roles.filter { !$0.isNew && $0.days < ($0.name == "root" ? Self.soonForRoot : Self.soon) }.compactMap {
            role in
            // One bin stands for all: the same command renews them.
            if role.isBin, warned { return nil }
            if role.isBin { warned = true }
            let with = role.name == "root" ? " with the root's key" : ""
            return "the role \(quoted(role.name)) expires at \(role.expires); 'apphost catalog resign'\(with) renews it"
        }
    }

    /// In days: less than what is left where `catalog resign` renews a role that lives for 30 days.
    private static let soon: Int64 = 10

    /// In days: whoever keeps its key offline needs more time.
    private static let soonForRoot: Int64 = 60
}

extension CatalogOutcome.Role {
    init(_ life: RoleLife, now: Timestamp) {
        let topLevel: [RoleName] = [.root, .targets, .snapshot, .timestamp]
        self.init(
            name: life.role.description, version: life.version, expires: life.expires,
            days: Self.days(from: now, to: life.expires), isNew: life.isNew, isBin: !topLevel.contains(life.role))
    }

    private static func days(from now: Timestamp, to expires: Timestamp) -> Int64 {
        let (days, rest) = (expires.seconds - now.seconds).quotientAndRemainder(dividingBy: 86_400)
        return rest < 0 ? days - 1 : days
    }
}

/// For how many days a role counts once it is signed: `timestamp=7`.
package struct RoleDays: Sendable {
    let role: String
    let days: Int64

    package static let roles = ["root", "targets", "snapshot", "timestamp"]

    /// - Returns: nil where `text` names no top-level role, or not 1 to 3650 days.
    package init?(_ text: String) {
        let parts = text.split(separator: "=", omittingEmptySubsequences: false)
        guard parts.count == 2, let role = Self.roles.first(where: { $0 == parts[0] }), let days = Int64(parts[1]),
            (1...3650).contains(days)
        else { return nil }
        self.role = role
        self.days = days
    }
}

extension RoleLifetimes {
    init(_ days: [RoleDays]) {
        self.init()
        for one in days {
            switch one.role {
            case "root": root = one.days
            case "targets": targets = one.days
            case "snapshot": snapshot = one.days
            default: timestamp = one.days
            }
        }
    }
}
