import HostModel

/// A moment as `Date` has it: `Fri, 01 May 2026 10:00:00 GMT`. Pure.
///
/// Source: RFC 9110, section 5.6.7.
package enum HTTPDate {
    package static func text(_ moment: Timestamp) -> String {
        // 2026-05-01T10:00:00Z
        let parts = moment.description.split { "-T:Z".contains($0) }
        let month = months[(Int(parts[1]) ?? 1) - 1]
        // The first day of all was a Thursday.
        let day = days[Int((moment.seconds / 86_400 + 4) % 7)]
        return "\(day), \(parts[2]) \(month) \(parts[0]) \(parts[3]):\(parts[4]):\(parts[5]) GMT"
    }

    private static let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
}
