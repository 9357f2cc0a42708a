import HostModel

/// Numbers as people read them. Pure.
package enum Figures {
    /// `999 bytes`, `1.5 kB`, `12.3 MB`: in powers of 1000.
    package static func size(_ bytes: Int64) -> String {
        guard bytes >= 1000 else { return count(bytes, "byte") }
        var tenths = bytes / 100
        for unit in ["kB", "MB", "GB"] {
            // What would be written as 1000.0 is 1.0 of the next.
            if tenths < 10_000 { return decimal(tenths, unit) }
            tenths /= 1000
        }
        return decimal(tenths, "TB")
    }

    /// `1 app`, `3 apps`.
    package static func count(_ number: Int64, _ what: String) -> String {
        "\(number) \(what)\(number == 1 ? "" : "s")"
    }

    /// A length of time in its largest unit: `3 hours`, `12 days`.
    package static func span(seconds: Int64) -> String {
        switch seconds {
        case ..<60: count(seconds, "second")
        case ..<3600: count(seconds / 60, "minute")
        case ..<(2 * 86_400): count(seconds / 3600, "hour")
        case ..<(60 * 86_400): count(seconds / 86_400, "day")
        case ..<(730 * 86_400): count(seconds / (30 * 86_400), "month")
        default: count(seconds / (365 * 86_400), "year")
        }
    }

    /// The first 12 digits: enough to compare by eye with what another page shows.
    package static func short(_ digest: String) -> String { String(digest.prefix(12)) }

    private static func decimal(_ tenths: Int64, _ unit: String) -> String { "\(tenths / 10).\(tenths % 10) \(unit)" }
}

/// A moment as people read it, with what programs read beside it. Pure.
package struct MomentView: Sendable, Equatable {
    /// `2026-05-01T10:00:00Z`
    package let iso: String
    /// `1 May 2026, 10:00 UTC`
    package let exact: String
    /// `3 hours ago`, `in 3 days`
    package let relative: String

    package init(_ moment: Timestamp, now: Timestamp) {
        iso = moment.description
        let parts = iso.split { "-T:Z".contains($0) }
        let month = Self.months[(Int(parts[1]) ?? 1) - 1]
        exact = "\(Int(parts[2]) ?? 1) \(month) \(parts[0]), \(parts[3]):\(parts[4]) UTC"
        let distance = moment.seconds - now.seconds
        if abs(distance) < 10 {
            relative = "just now"
        } else {
            let span = Figures.span(seconds: abs(distance))
            relative = distance > 0 ? "in \(span)" : "\(span) ago"
        }
    }

    /// - Returns: nil where there is none.
    package init?(_ moment: Timestamp?, now: Timestamp) {
        guard let moment else { return nil }
        self.init(moment, now: now)
    }

    private static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]
}

/// A link to a place that somebody else names. Pure.
package struct ForeignLink: Sendable, Equatable {
    package let href: String

    /// - Returns: nil where it leads to nothing that a browser may safely open: a script, a file.
    package init?(_ text: String?) {
        guard let text, ["https://", "http://"].contains(where: { text.lowercased().hasPrefix($0) }) else {
            return nil
        }
        href = text
    }
}
