import HostModel
import Signatures

/// What a host asks of a bundle before it looks at its content.
package struct AcceptancePolicy: Sendable {
    /// The keys that may vouch for it.
    package var trusted: TrustedKeys
    /// Whether the rules for new bundles count, or those for installed ones.
    package var standing: Standing
    /// When it is judged: keys are valid for a time.
    package var now: Timestamp
    /// Whether the operator takes a bundle without signatures.
    package var acceptsUnsigned: Bool
    /// The app that it must be for; nil takes any.
    package var app: AppID?
    package var limits: Limits

    /// What this host takes at most.
    package struct Limits: Sendable, Equatable {
        /// Most entries of a bundle.
        package var entries: Int64
        /// Most bytes of a bundle, unpacked.
        package var expandedBytes: Int64
        /// Bytes that stay free on the root's file system.
        package var keepFreeBytes: Int64

        package static let standard = Limits(entries: 1_000_000, expandedBytes: 64 << 30, keepFreeBytes: 64 << 20)

        package init(entries: Int64, expandedBytes: Int64, keepFreeBytes: Int64) {
            self.entries = entries
            self.expandedBytes = expandedBytes
            self.keepFreeBytes = keepFreeBytes
        }
    }

    package init(
        trusted: TrustedKeys, standing: Standing, now: Timestamp, acceptsUnsigned: Bool, app: AppID? = nil,
        limits: Limits = .standard
    ) {
        self.trusted = trusted
        self.standing = standing
        self.now = now
        self.acceptsUnsigned = acceptsUnsigned
        self.app = app
        self.limits = limits
    }
}
