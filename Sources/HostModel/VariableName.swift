/// The name of an environment variable: letters, digits and `_`, not a digit first; 1 to 255 bytes.
///
/// Source: POSIX.1-2017, 8.1
package struct VariableName: Hashable, Sendable, Comparable, CustomStringConvertible {
    package let text: String

    /// - Returns: nil when `text` is no such name.
    package init?(_ text: String) {
        guard let first = text.utf8.first, text.utf8.count <= 255, !Self.isDigit(first),
            text.utf8.allSatisfy({ Self.isDigit($0) || Self.isLetter($0) || $0 == UInt8(ascii: "_") })
        else { return nil }
        self.text = text
    }

    package var description: String { text }

    /// Whether AppHost itself gives it to every app, so that nobody else may.
    package var isReserved: Bool {
        ["PATH", "HOME", "LANG", "TMPDIR"].contains(text) || text.hasPrefix("APPHOST_")
    }

    package static func < (a: VariableName, b: VariableName) -> Bool { a.text < b.text }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte & ~0x20)
    }
}
