import FoundationEssentials

/// A moment in whole seconds, written as RFC 3339 in UTC: `2026-05-01T10:00:00Z`.
package struct Timestamp: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// Seconds since 1970-01-01T00:00:00Z.
    package let seconds: Int64

    package init(seconds: Int64) { self.seconds = seconds }

    /// - Returns: nil when `text` is not a date and time in this one form; a date alone means its midnight.
    package init?(_ text: String) {
        let full = text.utf8.count == 10 ? text + "T00:00:00Z" : text
        guard full.utf8.count == 20, full.utf8.last == UInt8(ascii: "Z"),
            let date = try? Date(full, strategy: .iso8601)
        else { return nil }
        self.init(seconds: Int64(date.timeIntervalSince1970))
        // The parser reads leniently; what does not come out as it went in was not in this form.
        guard description == full else { return nil }
    }

    package static var now: Timestamp { Timestamp(seconds: Int64(Date().timeIntervalSince1970)) }

    package var description: String {
        Date(timeIntervalSince1970: Double(seconds)).formatted(.iso8601)
    }

    package static func < (a: Timestamp, b: Timestamp) -> Bool { a.seconds < b.seconds }
}
