/// Reads JSON of which two readers cannot have two opinions.
///
/// Refused, beyond what RFC 8259 forbids: a byte order mark, a key twice in one object (compared after unescaping, byte by
/// byte), a number that is not `-?(0|[1-9][0-9]*)` in 64 bits, U+0000, invalid UTF-8 or a lone surrogate, more than 32
/// levels. Cost: one pass, memory proportional to the text, so callers check its size first.
package enum StrictJSON {
    /// - Throws: ``SyntaxError`` at the first byte that does not fit.
    package static func parse(_ bytes: [UInt8]) throws(SyntaxError) -> JSONValue {
        var scanner = Scanner(bytes: bytes)
        return try scanner.document()
    }

    /// Where and why a text is no strict JSON.
    package struct SyntaxError: Error, Equatable {
        /// Offset in bytes from the start of the text.
        package let offset: Int
        package let problem: String
    }

    package static let maximumDepth = 32
}

private struct Scanner {
    let bytes: [UInt8]
    var position = 0
    var depth = 0

    mutating func document() throws(StrictJSON.SyntaxError) -> JSONValue {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { throw problem("a byte order mark") }
        skipSpace()
        let value = try value()
        skipSpace()
        guard position == bytes.count else { throw problem("text after the value") }
        return value
    }

    private mutating func value() throws(StrictJSON.SyntaxError) -> JSONValue {
        switch peek {
        case UInt8(ascii: "{"): return try nested { scanner throws(StrictJSON.SyntaxError) in try scanner.object() }
        case UInt8(ascii: "["): return try nested { scanner throws(StrictJSON.SyntaxError) in try scanner.array() }
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case let byte? where byte == UInt8(ascii: "-") || isDigit(byte): return .integer(try integer())
        case nil: throw problem("the text ends early")
        default: throw problem("no JSON value")
        }
    }

    private mutating func nested(
        _ body: (inout Scanner) throws(StrictJSON.SyntaxError) -> JSONValue
    ) throws(StrictJSON.SyntaxError) -> JSONValue {
        depth += 1
        guard depth <= StrictJSON.maximumDepth else { throw problem("more than 32 levels") }
        position += 1
        skipSpace()
        let value = try body(&self)
        depth -= 1
        return value
    }

    /// Up to this many keys are compared one by one, which costs less than hashing them.
    private static let fewKeys = 16

    private mutating func object() throws(StrictJSON.SyntaxError) -> JSONValue {
        var members: [JSONValue.Member] = []
        // Empty while there are few of them.
        var keys: Set<Key> = []
        if take(UInt8(ascii: "}")) { return .object([]) }
        while true {
            guard peek == UInt8(ascii: "\"") else { throw problem("a key in quotes is missing") }
            let start = position
            let key = try string()
            let isNew: Bool
            if members.count < Self.fewKeys {
                isNew = !members.contains { Key(text: $0.key) == Key(text: key) }
            } else {
                if keys.isEmpty { keys = Set(members.map { Key(text: $0.key) }) }
                isNew = keys.insert(Key(text: key)).inserted
            }
            guard isNew else {
                throw StrictJSON.SyntaxError(offset: start, problem: "the key \(quoted(key)) twice in one object")
            }
            skipSpace()
            guard take(UInt8(ascii: ":")) else { throw problem("':' is missing") }
            skipSpace()
            members.append(JSONValue.Member(key, try value()))
            skipSpace()
            if take(UInt8(ascii: "}")) { return .object(members) }
            guard take(UInt8(ascii: ",")) else { throw problem("',' or '}' is missing") }
            skipSpace()
        }
    }

    private mutating func array() throws(StrictJSON.SyntaxError) -> JSONValue {
        var values: [JSONValue] = []
        if take(UInt8(ascii: "]")) { return .array([]) }
        while true {
            values.append(try value())
            skipSpace()
            if take(UInt8(ascii: "]")) { return .array(values) }
            guard take(UInt8(ascii: ",")) else { throw problem("',' or ']' is missing") }
            skipSpace()
        }
    }

    private mutating func string() throws(StrictJSON.SyntaxError) -> String {
        let start = position
        position += 1
        // What was read up to the last escape. Most strings have none, and are validated where they stand.
        var text: [UInt8] = []
        while true {
            let plain = takePlain()
            guard let byte = peek else { throw problem("a string without end") }
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                if !text.isEmpty { text.append(contentsOf: plain) }
                guard let valid = String(validating: text.isEmpty ? plain : text[...], as: UTF8.self) else {
                    throw StrictJSON.SyntaxError(offset: start, problem: "a string that is not UTF-8")
                }
                return valid
            case UInt8(ascii: "\\"):
                position += 1
                text.append(contentsOf: plain)
                try unescape(to: &text)
            default:
                throw problem("a control character in a string")
            }
        }
    }

    /// The bytes up to a quote, an escape, a control character or the end of the text.
    private mutating func takePlain() -> ArraySlice<UInt8> {
        let start = position
        var end = start
        while end < bytes.count, Self.isPlain(bytes[end]) { end += 1 }
        position = end
        return bytes[start..<end]
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }

    private mutating func unescape(to text: inout [UInt8]) throws(StrictJSON.SyntaxError) {
        guard let byte = peek else { throw problem("a string without end") }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(8)
        case UInt8(ascii: "f"): text.append(12)
        case UInt8(ascii: "n"): text.append(10)
        case UInt8(ascii: "r"): text.append(13)
        case UInt8(ascii: "t"): text.append(9)
        case UInt8(ascii: "u"): text.append(contentsOf: try escapedScalar().utf8)
        default: throw problem("an unknown escape")
        }
    }

    private mutating func escapedScalar() throws(StrictJSON.SyntaxError) -> Unicode.Scalar {
        var value = try fourHexDigits()
        if (0xD800...0xDBFF).contains(value) {
            guard take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else { throw problem("a lone surrogate") }
            let low = try fourHexDigits()
            guard (0xDC00...0xDFFF).contains(low) else { throw problem("a lone surrogate") }
            value = 0x10000 + (value - 0xD800) << 10 + (low - 0xDC00)
        }
        guard value != 0 else { throw problem("U+0000") }
        guard let scalar = Unicode.Scalar(value) else { throw problem("a lone surrogate") }
        return scalar
    }

    private mutating func fourHexDigits() throws(StrictJSON.SyntaxError) -> UInt32 {
        guard position + 4 <= bytes.count else { throw problem("a string without end") }
        var value: UInt32 = 0
        for byte in bytes[position..<position + 4] {
            guard let digit = Self.hexDigit(byte) else { throw problem("no hex digit") }
            value = value << 4 | UInt32(digit)
        }
        position += 4
        return value
    }

    private static func hexDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    private mutating func integer() throws(StrictJSON.SyntaxError) -> Int64 {
        let start = position
        if peek == UInt8(ascii: "-") { position += 1 }
        let digits = position
        while let byte = peek, isDigit(byte) { position += 1 }
        let isCanonical = position > digits && (bytes[digits] != UInt8(ascii: "0") || position == digits + 1)
        if let byte = peek, [UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E")].contains(byte) {
            throw problem("a number that is not whole")
        }
        guard isCanonical, let value = Int64(String(decoding: bytes[start..<position], as: UTF8.self)) else {
            throw StrictJSON.SyntaxError(offset: start, problem: "a number that is not whole, or over 64 bits")
        }
        return value
    }

    private mutating func word(
        _ word: StaticString, _ value: JSONValue
    ) throws(StrictJSON.SyntaxError) -> JSONValue {
        let matches = word.withUTF8Buffer { bytes[position...].starts(with: $0) }
        guard matches else { throw problem("no JSON value") }
        position += word.utf8CodeUnitCount
        return value
    }

    private func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard peek == byte else { return false }
        position += 1
        return true
    }

    private mutating func skipSpace() {
        while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    private func problem(_ text: String) -> StrictJSON.SyntaxError {
        StrictJSON.SyntaxError(offset: position, problem: text)
    }
}

/// A key that is another one where a single byte differs: a String is equal to one that is composed in another way.
private struct Key: Hashable {
    let text: String

    static func == (a: Key, b: Key) -> Bool {
        a.text.utf8.count == b.text.utf8.count && a.text.utf8.elementsEqual(b.text.utf8)
    }

    func hash(into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}
