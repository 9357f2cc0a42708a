/// A JSON value as AppHost reads and writes it: integers only, members in the order they have in the text.
package enum JSONValue: Sendable {
    case null
    case bool(Bool)
    case integer(Int64)
    case string(String)
    case array([JSONValue])
    case object([Member])

    package struct Member: Sendable {
        package let key: String
        package let value: JSONValue

        package init(_ key: String, _ value: JSONValue) {
            self.key = key
            self.value = value
        }
    }

    /// The shortest text: no space, only what must be escaped is.
    package var text: String { String(decoding: bytes, as: UTF8.self) }

    package var bytes: [UInt8] {
        var writer = JSONWriter()
        writer.write(self)
        return writer.bytes
    }

    /// The text of a record: one value and a line feed.
    package var line: [UInt8] { bytes + [UInt8(ascii: "\n")] }
}

/// Whatever has a place in a record or in `--json` output.
package protocol JSONRepresentable {
    var json: JSONValue { get }
}

extension JSONValue: JSONRepresentable { package var json: JSONValue { self } }
extension Bool: JSONRepresentable { package var json: JSONValue { .bool(self) } }
extension Int: JSONRepresentable { package var json: JSONValue { .integer(Int64(self)) } }
extension Int64: JSONRepresentable { package var json: JSONValue { .integer(self) } }
extension String: JSONRepresentable { package var json: JSONValue { .string(self) } }
extension AppID: JSONRepresentable { package var json: JSONValue { .string(text) } }
extension BundleVersion: JSONRepresentable { package var json: JSONValue { .string(text) } }
extension ContentDigest: JSONRepresentable { package var json: JSONValue { .string(hex) } }
extension Timestamp: JSONRepresentable { package var json: JSONValue { .string(description) } }
extension RelativePath: JSONRepresentable { package var json: JSONValue { .string(description) } }
extension Optional: JSONRepresentable where Wrapped: JSONRepresentable {
    package var json: JSONValue { self?.json ?? .null }
}
extension Array: JSONRepresentable where Element: JSONRepresentable {
    package var json: JSONValue { .array(map(\.json)) }
}

extension JSONValue: ExpressibleByDictionaryLiteral {
    /// `["schema": 1.json, "app": app.json]`: the members in the order written here.
    package init(dictionaryLiteral elements: (String, any JSONRepresentable)...) {
        self = .object(elements.map { Member($0.0, $0.1.json) })
    }
}

/// Writes JSON with nothing left to choose, so that equal values have equal bytes.
package struct JSONWriter {
    package private(set) var bytes: [UInt8] = []

    package init() {}

    package mutating func write(_ value: JSONValue) {
        switch value {
        case .null: raw("null")
        case .bool(let value): raw(value ? "true" : "false")
        case .integer(let value): raw(String(value))
        case .string(let value): string(value.utf8)
        case .array(let values): list(values, open: "[", close: "]") { $0.write($1) }
        case .object(let members):
            list(members, open: "{", close: "}") { writer, member in
                writer.string(member.key.utf8)
                writer.raw(":")
                writer.write(member.value)
            }
        }
    }

    /// `text` in quotes. Escaped are `"`, `\` and C0; everything else stands as it is.
    package mutating func string(_ text: some Sequence<UInt8>) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case UInt8(ascii: "\n"): raw("\\n")
            case UInt8(ascii: "\r"): raw("\\r")
            case UInt8(ascii: "\t"): raw("\\t")
            case 0..<0x20: raw("\\u00" + Hex.text([byte]))
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    package mutating func raw(_ text: StaticString) {
        text.withUTF8Buffer { bytes.append(contentsOf: $0) }
    }

    package mutating func raw(_ text: String) { bytes.append(contentsOf: text.utf8) }

    private mutating func list<Element>(
        _ elements: [Element], open: StaticString, close: StaticString, _ each: (inout JSONWriter, Element) -> Void
    ) {
        raw(open)
        for (index, element) in elements.enumerated() {
            if index > 0 { raw(",") }
            each(&self, element)
        }
        raw(close)
    }
}
