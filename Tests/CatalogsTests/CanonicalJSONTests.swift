import HostModel
import Testing

/// Texts that `securesystemslib.formats.encode_canonical` gives.
struct CanonicalJSONTests {
    @Test(
        arguments: [
            ("null", "null"), ("true", "true"), ("false", "false"), ("-5", "-5"), ("[]", "[]"), ("{}", "{}"),
            (#"" ""#, #"" ""#), (#"[ 1 , [ 2, 3 ] ]"#, "[1,[2,3]]"), (#"{ "b" : 1, "a" : 2 }"#, #"{"a":2,"b":1}"#),
            (#"{"ab":1,"a":2,"B":3,"":4}"#, #"{"":4,"B":3,"a":2,"ab":1}"#),
            (#"{"a":{"d":1,"c":2},"b":3}"#, #"{"a":{"c":2,"d":1},"b":3}"#),
            (#"{"a":1,"c":2,"b":3}"#, #"{"a":1,"b":3,"c":2}"#), (#"{"a\"b":"\\c"}"#, #"{"a\"b":"\\c"}"#),
            (#"{"x":{"z":1,"y":[{"b":1,"a":2}]}}"#, #"{"x":{"y":[{"a":2,"b":1}],"z":1}}"#),
            (#""\"\\\/""#, #""\"\\/""#), (#""\n\t\u0001\u007f""#, "\"\n\t\u{1}\u{7F}\""),
            (#""\u00e9\ud83d\ude00""#, "\"\u{E9}\u{1F600}\""),
            // U+FFFF before U+1F600: by code point, not by UTF-16 unit.
            (#"{"\ud83d\ude00":1,"\uffff":2}"#, "{\"\u{FFFF}\":2,\"\u{1F600}\":1}"),
        ] as [(String, String)])
    func `a value has one canonical text`(text: String, canonical: String) throws {
        let value = try StrictJSON.parse(Array(text.utf8))
        #expect(String(decoding: CanonicalJSON.bytes(value), as: UTF8.self) == canonical)
    }

    @Test func `names that Swift takes for equal stay two`() throws {
        let text = "{\"e\u{301}\":1,\"\u{E9}\":2}"
        let value = try StrictJSON.parse(Array(text.utf8))
        #expect(CanonicalJSON.bytes(value) == Array(text.utf8))
    }
}
