import HostModel
import Testing

struct JSONWriterTests {
    static let values: [(JSONValue, String)] = [
        (.null, "null"), (.bool(true), "true"), (.bool(false), "false"), (.integer(0), "0"), (.integer(-7), "-7"),
        (.integer(.max), "9223372036854775807"), (.integer(.min), "-9223372036854775808"),
        (.string(""), #""""#), (.string("a/b"), #""a/b""#), (.string("\"\\"), #""\"\\""#),
        (.string("\n\r\t"), #""\n\r\t""#), (.string("\u{8}\u{C}\u{1}\u{1F}"), #""\u0008\u000c\u0001\u001f""#),
        (.string("\u{7F}\u{E9}\u{1F600}\u{2028}"), "\"\u{7F}\u{E9}\u{1F600}\u{2028}\""),
        (.array([]), "[]"), (.object([]), "{}"), (.array([.integer(1), .array([.null])]), "[1,[null]]"),
        (.object([JSONValue.Member("b", .integer(1)), JSONValue.Member("a\"", .object([]))]), #"{"b":1,"a\"":{}}"#),
    ]

    @Test(arguments: JSONWriterTests.values)
    func `a value has one text, and is read from it again`(value: JSONValue, text: String) throws {
        #expect(value.text == text)
        #expect(value.bytes == Array(text.utf8))
        #expect(try StrictJSON.parse(value.bytes).text == text)
        #expect(value.line == Array(text.utf8) + [0x0A])
    }

    @Test func `every scalar goes both ways, control characters too`() throws {
        var text = ""
        for number in UInt32(1)...0x2FFF {
            if let scalar = Unicode.Scalar(number) { text.unicodeScalars.append(scalar) }
        }
        guard case .string(let read) = try StrictJSON.parse(JSONValue.string(text).bytes) else {
            Issue.record("no string")
            return
        }
        #expect(Array(read.utf8) == Array(text.utf8))
    }

    @Test func `what has a place in a record says it in one way`() throws {
        let id = try #require(AppID("notes"))
        let version = try #require(BundleVersion("1.0"))
        let digest = try #require(ContentDigest(bytes: [UInt8](repeating: 0xAB, count: 32)))
        let path = try #require(RelativePath("a/b"))
        let nothing: String? = nil
        let value: JSONValue = [
            "z": 1, "id": id, "version": version, "digest": digest, "path": path, "at": Timestamp(seconds: 0),
            "flag": true, "size": Int64(5), "nothing": nothing, "some": Optional("x"), "list": ["a", "b"],
            "inner": ["k": 1] as JSONValue,
        ]
        let hex = String(repeating: "ab", count: 32)
        let expected =
            #"{"z":1,"id":"notes","version":"1.0","digest":""# + hex
            + #"","path":"a/b","at":"1970-01-01T00:00:00Z","flag":true,"size":5,"nothing":null,"some":"x","#
            + #""list":["a","b"],"inner":{"k":1}}"#
        #expect(value.text == expected)
    }
}
