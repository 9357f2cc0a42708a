/// Base64 with one text for each value: the standard alphabet, padded, no line breaks, no space, no stray bits.
///
/// Source: RFC 4648 §4, §3.2, §3.5
package enum Base64 {
    package static func encode(_ bytes: [UInt8]) -> String {
        var digits: [UInt8] = []
        digits.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let present = min(3, bytes.count - start)
            var bits: UInt32 = 0
            for index in 0..<3 {
                bits = (bits << 8) | (index < present ? UInt32(bytes[start + index]) : 0)
            }
            for index in 0..<4 {
                let value = Int((bits >> UInt32(18 - 6 * index)) & 63)
                digits.append(index <= present ? alphabet[value] : padding)
            }
        }
        return String(decoding: digits, as: UTF8.self)
    }

    /// - Returns: nil when `text` is not exactly what ``encode(_:)`` writes for some bytes.
    package static func decode(_ text: String) -> [UInt8]? {
        let digits = Array(text.utf8)
        let padded = digits.reversed().prefix { $0 == padding }.count
        guard digits.count.isMultiple(of: 4), padded <= 2 else { return nil }

        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.count / 4 * 3)
        var bits: UInt32 = 0
        var held = 0
        for digit in digits.dropLast(padded) {
            guard let sextet = value(of: digit) else { return nil }
            bits = (bits << 6) | sextet
            held += 6
            if held >= 8 {
                held -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(held)))
                bits &= (1 << UInt32(held)) - 1
            }
        }
        // What is left over stands for no byte: were it free, one value would have many texts.
        return bits == 0 ? bytes : nil
    }

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let padding = UInt8(ascii: "=")

    private static func value(of digit: UInt8) -> UInt32? {
        switch digit {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(digit - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(digit - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(digit - UInt8(ascii: "0")) + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
