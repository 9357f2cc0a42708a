/// JSON with one text for each value, over which TUF makes its signatures and keyids.
///
/// Members are sorted by code point, nothing stands between the tokens, and only `"` and `\` are escaped. A control
/// character stands as it is, so the text is for hashing and signing, not for reading.
///
/// Sources: OLPC, "Canonical JSON"; TUF specification 1.0.34, section 4.1.
package enum CanonicalJSON {
    package static func bytes(_ value: JSONValue) -> [UInt8] {
        var writer = CanonicalWriter()
        writer.write(value)
        return writer.bytes
    }
}

private struct CanonicalWriter {
    var bytes: [UInt8] = []

    mutating func write(_ value: JSONValue) {
        switch value {
        case .null: raw("null")
        case .bool(let flag): raw(flag ? "true" : "false")
        case .integer(let number): raw(String(number))
        case .string(let text): string(text)
        case .array(let values): array(values)
        case .object(let members): object(members)
        }
    }

    private mutating func array(_ values: [JSONValue]) {
        raw("[")
        for (index, value) in values.enumerated() {
            if index > 0 { raw(",") }
            write(value)
        }
        raw("]")
    }

    private mutating func object(_ members: [JSONValue.Member]) {
        raw("{")
        for (index, member) in Self.sorted(members).enumerated() {
            if index > 0 { raw(",") }
            string(member.key)
            raw(":")
            write(member.value)
        }
        raw("}")
    }

    /// What was written to be signed mostly is in order already.
    private static func sorted(_ members: [JSONValue.Member]) -> [JSONValue.Member] {
        let isSorted = zip(members, members.dropFirst()).allSatisfy { precedes($0, $1) }
        return isSorted ? members : members.sorted { precedes($0, $1) }
    }

    /// The order of UTF-8 code units is the order of code points.
    private static func precedes(_ a: JSONValue.Member, _ b: JSONValue.Member) -> Bool {
        a.key.utf8.lexicographicallyPrecedes(b.key.utf8)
    }

    private mutating func string(_ text: String) {
        raw("\"")
        if text.utf8.contains(where: { Self.isEscaped($0) }) {
            for byte in text.utf8 {
                if Self.isEscaped(byte) { bytes.append(UInt8(ascii: "\\")) }
                bytes.append(byte)
            }
        } else {
            raw(text)
        }
        raw("\"")
    }

    private static func isEscaped(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") }

    private mutating func raw(_ text: String) { bytes.append(contentsOf: text.utf8) }
}
