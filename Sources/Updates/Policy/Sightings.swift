import HostModel

/// When a verified catalog first listed a bundle to this host.
package struct Sighting: Sendable, Equatable {
    package let digest: ContentDigest
    package let firstSeen: Timestamp

    package init(digest: ContentDigest, firstSeen: Timestamp) {
        self.digest = digest
        self.firstSeen = firstSeen
    }
}

/// The bundles of one app that were candidates here. Kept from check to check; the oldest are forgotten.
///
/// Whoever makes this host forget one only makes it wait longer.
package struct Sightings: Sendable, Equatable {
    /// The last noted last.
    package let all: [Sighting]

    /// Most that are kept.
    package static let limit = 64

    package init(_ all: [Sighting] = []) { self.all = Array(all.suffix(Self.limit)) }

    package func firstSeen(_ digest: ContentDigest) -> Timestamp? { all.first { $0.digest == digest }?.firstSeen }

    /// These and a bundle that is listed now.
    ///
    /// A moment in the future was taken with a wrong clock, and would make the bundle wait for ever: it is now instead.
    package func noting(_ digest: ContentDigest, at now: Timestamp) -> Sightings {
        let known = firstSeen(digest)
        if let known, known <= now { return self }
        return Sightings(all.filter { $0.digest != digest } + [Sighting(digest: digest, firstSeen: now)])
    }
}

/// How long a bundle waits before a policy takes it.
package struct Cooldown: Sendable, Equatable {
    package let firstSeen: Timestamp
    /// The first moment at which it waits no more.
    package let end: Timestamp

    package init(firstSeen: Timestamp, seconds: Int64) {
        self.firstSeen = firstSeen
        let (sum, overflow) = firstSeen.seconds.addingReportingOverflow(max(0, seconds))
        // 9999-12-31T23:59:59Z, the last moment that can be written.
        let last: Int64 = 253_402_300_799
        end = Timestamp(seconds: overflow ? last : min(sum, last))
    }

    package func isCooling(at now: Timestamp) -> Bool { now < end }
}
