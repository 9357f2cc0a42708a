import HostModel

/// A length of time as people say it, in its largest whole unit: `59 s`, `3 h`, `12 days`. Pure.
package struct TimeSpan: Sendable, Equatable, CustomStringConvertible {
    package let seconds: Int64

    /// - Precondition: not negative.
    package init(seconds: Int64) { self.seconds = seconds }

    package var description: String {
        switch seconds {
        case ..<60: "\(seconds) s"
        case ..<3600: "\(seconds / 60) min"
        // Until two days are over hours say more, and no unit has to be told in the singular.
        case ..<(2 * 86_400): "\(seconds / 3600) h"
        default: "\(seconds / 86_400) days"
        }
    }

    /// Where `moment` lies as seen from `now`: `3 h ago`, `in 12 days`.
    package static func from(_ now: Timestamp, to moment: Timestamp) -> String {
        let distance = moment.seconds - now.seconds
        if distance == 0 { return "just now" }
        return distance > 0 ? "in \(TimeSpan(seconds: distance))" : "\(TimeSpan(seconds: -distance)) ago"
    }
}
