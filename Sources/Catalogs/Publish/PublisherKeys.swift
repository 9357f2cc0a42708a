import HostModel
import Signatures

/// The keys that sign a catalog: one for all roles, or one each.
package struct PublisherKeys: Sendable {
    /// Nil where it is kept elsewhere: a catalog is published without it, but not started, nor its root resigned.
    package let root: PrivateKey?
    package let targets: PrivateKey
    package let snapshot: PrivateKey
    package let timestamp: PrivateKey

    package init(_ key: PrivateKey) { self.init(root: key, targets: key, snapshot: key, timestamp: key) }

    package init(root: PrivateKey?, targets: PrivateKey, snapshot: PrivateKey, timestamp: PrivateKey) {
        self.root = root
        self.targets = targets
        self.snapshot = snapshot
        self.timestamp = timestamp
    }
}

/// For how many days each role counts after it was signed.
package struct RoleLifetimes: Sendable {
    package var root: Int64 = 365
    package var targets: Int64 = 90
    package var snapshot: Int64 = 30
    package var timestamp: Int64 = 30

    package init() {}

    func expiry(of role: RoleName, from now: Timestamp) -> Timestamp {
        Timestamp(seconds: now.seconds + days(role) * Self.day)
    }

    /// Whether half of its time is over.
    func isDue(_ role: RoleName, expires: Timestamp, now: Timestamp) -> Bool {
        expires.seconds - now.seconds < days(role) * Self.day / 2
    }

    private static let day: Int64 = 86_400

    private func days(_ role: RoleName) -> Int64 {
        switch role {
        case .root: root
        case .snapshot: snapshot
        case .timestamp: timestamp
        default: targets
        }
    }
}

/// How long a role of a catalog still lives.
package struct RoleLife: Sendable {
    package let role: RoleName
    package let version: Int64
    package let expires: Timestamp
    /// Whether this run signed it.
    package let isNew: Bool
}
