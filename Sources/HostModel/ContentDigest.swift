/// A SHA-256, written as 64 lower-case hexadecimal digits.
package struct ContentDigest: Hashable, Sendable, CustomStringConvertible {
    /// 32 bytes.
    package let bytes: [UInt8]

    /// - Returns: nil when `bytes` are not 32.
    package init?(bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        self.bytes = bytes
    }

    /// - Returns: nil when `hex` is not 64 lower-case hexadecimal digits.
    package init?(hex: String) {
        guard hex.utf8.count == 64, let bytes = Hex.bytes(hex.utf8) else { return nil }
        self.bytes = bytes
    }

    package var hex: String { Hex.text(bytes) }
    package var description: String { hex }

    /// The first 12 digits, for people.
    package var short: String { String(hex.prefix(12)) }
}

/// Lower-case hexadecimal, strict: no upper case, no odd length.
package enum Hex {
    package static func text(_ bytes: some Sequence<UInt8>) -> String {
        var digits: [UInt8] = []
        for byte in bytes {
            digits.append(alphabet[Int(byte >> 4)])
            digits.append(alphabet[Int(byte & 15)])
        }
        return String(decoding: digits, as: UTF8.self)
    }

    package static func bytes(_ digits: String.UTF8View) -> [UInt8]? { bytes(Array(digits)[...]) }

    /// Not generic: an inventory has a digest in each of its lines, and generic code is not specialised across modules.
    package static func bytes(_ digits: ArraySlice<UInt8>) -> [UInt8]? {
        guard digits.count.isMultiple(of: 2) else { return nil }
        var bytes = [UInt8](repeating: 0, count: digits.count / 2)
        for index in bytes.indices {
            let first = digits.startIndex + 2 * index
            guard let high = value(digits[first]), let low = value(digits[first + 1]) else { return nil }
            bytes[index] = high << 4 | low
        }
        return bytes
    }

    /// Bytes that nobody can guess, as twice as many digits.
    package static func random(bytes count: Int) -> String {
        var generator = SystemRandomNumberGenerator()
        return text((0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
    }

    private static let alphabet = Array("0123456789abcdef".utf8)

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}
