/// A length of time as an operator writes it: a whole number and a unit, `90s`, `15m`, `12h`, `7d`, `2w`.
package struct Span: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// From 0 to ``longest``.
    package let seconds: Int64

    /// A hundred years, in seconds: added to any moment of today it yields one that can be written.
    package static let longest: Int64 = 36_525 * 86_400

    package static let zero = Span(unchecked: 0)

    /// - Returns: nil when it is negative, or longer than a hundred years.
    package init?(seconds: Int64) {
        guard (0...Self.longest).contains(seconds) else { return nil }
        self.init(unchecked: seconds)
    }

    /// - Returns: nil when `text` is not one number with one unit, or is longer than a hundred years.
    package init?(_ text: String) {
        let digits = text.utf8.dropLast()
        let areDigits = digits.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        // Ten digits of weeks still fit 64 bits.
        guard let unit = Self.units.first(where: { $0.letter == text.utf8.last }), areDigits,
            (1...10).contains(digits.count), let number = Int64(text.dropLast())
        else { return nil }
        self.init(seconds: number * unit.seconds)
    }

    private init(unchecked seconds: Int64) { self.seconds = seconds }

    /// In the largest unit that it is a whole number of; weeks are only read.
    package var description: String {
        let unit = Self.units.dropFirst().first { seconds > 0 && seconds.isMultiple(of: $0.seconds) }
        guard let unit else { return "\(seconds)s" }
        return "\(seconds / unit.seconds)\(Character(UnicodeScalar(unit.letter)))"
    }

    package static func < (a: Span, b: Span) -> Bool { a.seconds < b.seconds }

    private static let units: [(letter: UInt8, seconds: Int64)] = [
        (UInt8(ascii: "w"), 604_800), (UInt8(ascii: "d"), 86_400), (UInt8(ascii: "h"), 3600),
        (UInt8(ascii: "m"), 60), (UInt8(ascii: "s"), 1),
    ]
}

extension Span: JSONRepresentable { package var json: JSONValue { .string(description) } }

extension Timestamp {
    package static func + (moment: Timestamp, span: Span) -> Timestamp {
        Timestamp(seconds: moment.seconds + span.seconds)
    }
}
