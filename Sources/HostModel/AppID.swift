/// The name of an app on this host and in every catalog: `[a-z0-9]([a-z0-9._-]*[a-z0-9])?`, 1–64 bytes, no `..`.
///
/// Nothing is lower-cased or trimmed for the user; a name that is not valid is refused. A valid id is a safe file name.
/// The same grammar is used for permissions and for key names.
package struct AppID: Hashable, Sendable, Comparable, CustomStringConvertible {
    package let text: String

    /// - Returns: nil when `text` is not an app id.
    package init?(_ text: String) {
        guard Self.isValid(text.utf8) else { return nil }
        self.text = text
    }

    package var description: String { text }

    package static func < (a: AppID, b: AppID) -> Bool { a.text < b.text }

    private static func isValid(_ bytes: String.UTF8View) -> Bool {
        guard (1...64).contains(bytes.count), let first = bytes.first, let last = bytes.last else { return false }
        guard isLetterOrDigit(first), isLetterOrDigit(last) else { return false }
        var previous: UInt8 = 0
        for byte in bytes {
            let isDot = byte == UInt8(ascii: ".")
            guard isLetterOrDigit(byte) || isDot || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-") else {
                return false
            }
            if isDot && previous == UInt8(ascii: ".") { return false }
            previous = byte
        }
        return true
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
