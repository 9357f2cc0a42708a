import HostModel
import Testing

struct StrictJSONTests {
    // MARK: What is read

    @Test(arguments: [
        ("null", "null"), ("true", "true"), ("false", "false"), ("0", "0"), ("-1", "-1"), ("-0", "0"),
        ("9223372036854775807", "9223372036854775807"), ("-9223372036854775808", "-9223372036854775808"),
        (#""""#, #""""#), (#""a""#, #""a""#), ("[]", "[]"), ("{}", "{}"), ("[[],{}]", "[[],{}]"),
        (" \t\r\n[ 1 ,\n2 ]\n", "[1,2]"), (#" { "a" : { "b" : [ ] } , "c" : null } "#, #"{"a":{"b":[]},"c":null}"#),
        (#"{"b":1,"a":2}"#, #"{"b":1,"a":2}"#), (#"{"a":{"a":1}}"#, #"{"a":{"a":1}}"#), (#"{"":1}"#, #"{"":1}"#),
    ])
    func `a text is read, and its members keep their order`(text: String, written: String) throws {
        #expect(try StrictJSON.parse(Array(text.utf8)).text == written)
    }

    @Test(arguments: [
        (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"), (#""\u0041\u00e9\u00E9""#, "A\u{E9}\u{E9}"),
        (#""\ud83d\ude00""#, "\u{1F600}"), (#""\uDBFF\uDFFF""#, "\u{10FFFF}"), (#""\ud800\udc00""#, "\u{10000}"),
        (#""\uffff\ue000\ud7ff""#, "\u{FFFF}\u{E000}\u{D7FF}"), ("\"\u{7F}\u{E9}\u{1F600}\"", "\u{7F}\u{E9}\u{1F600}"),
        (#""\u005c\u0022""#, "\\\""), (#""before\nbetween\u00e9after""#, "before\nbetween\u{E9}after"),
        ("\"\u{E9}\\t\u{1F600}\"", "\u{E9}\t\u{1F600}"), (#""\n\n""#, "\n\n"),
    ])
    func `a string is read scalar by scalar`(text: String, expected: String) throws {
        guard case .string(let string) = try StrictJSON.parse(Array(text.utf8)) else {
            Issue.record("no string")
            return
        }
        #expect(Array(string.utf8) == Array(expected.utf8))
    }

    // MARK: What is refused

    static let refused: [(String, Int, String)] = [
        // Not one value
        ("", 0, "the text ends early"), (" \n", 2, "the text ends early"), ("{} x", 3, "text after the value"),
        ("{}{}", 2, "text after the value"), ("1 2", 2, "text after the value"),
        ("truefalse", 4, "text after the value"),
        ("{}//", 2, "text after the value"), ("/**/{}", 0, "no JSON value"), ("1\u{0}", 1, "text after the value"),
        // Words
        ("tru", 0, "no JSON value"), ("nul", 0, "no JSON value"), ("True", 0, "no JSON value"),
        ("NaN", 0, "no JSON value"), ("undefined", 0, "no JSON value"), ("[fals]", 1, "no JSON value"),
        // Space that is none
        ("\u{B}1", 0, "no JSON value"), ("\u{A0}1", 0, "no JSON value"),
        // Arrays
        ("[", 1, "the text ends early"), ("[1", 2, "',' or ']' is missing"), ("[1 2]", 3, "',' or ']' is missing"),
        ("[1,]", 3, "no JSON value"), ("[,1]", 1, "no JSON value"), ("[1,", 3, "the text ends early"),
        ("[1}", 2, "',' or ']' is missing"), ("]", 0, "no JSON value"),
        // Objects
        ("{", 1, "a key in quotes is missing"), (#"{"a":1,}"#, 7, "a key in quotes is missing"),
        ("{,}", 1, "a key in quotes is missing"), ("{a:1}", 1, "a key in quotes is missing"),
        ("{'a':1}", 1, "a key in quotes is missing"), ("{1:1}", 1, "a key in quotes is missing"),
        (#"{"a" 1}"#, 5, "':' is missing"), (#"{"a"}"#, 4, "':' is missing"),
        (#"{"a":1 "b":2}"#, 7, "',' or '}' is missing"), (#"{"a":1]"#, 6, "',' or '}' is missing"),
        (#"{"a":}"#, 5, "no JSON value"), (#"{"a":"#, 5, "the text ends early"),
        // A key twice
        (#"{"a":1,"a":2}"#, 7, "the key 'a' twice in one object"),
        (#"{"a":1,"\u0061":2}"#, 7, "the key 'a' twice in one object"),
        (#"[{"b":1,"a":1,"b":1}]"#, 14, "the key 'b' twice in one object"),
        (#"{"":1,"":2}"#, 6, "the key '' twice in one object"),
        // Numbers
        ("1.0", 1, "a number that is not whole"), ("1.", 1, "a number that is not whole"),
        ("-1.5", 2, "a number that is not whole"), ("1e3", 1, "a number that is not whole"),
        ("1E3", 1, "a number that is not whole"), (".5", 0, "no JSON value"), ("+1", 0, "no JSON value"),
        ("-", 0, "a number that is not whole, or over 64 bits"),
        ("--1", 0, "a number that is not whole, or over 64 bits"),
        ("01", 0, "a number that is not whole, or over 64 bits"),
        ("-01", 0, "a number that is not whole, or over 64 bits"),
        ("00", 0, "a number that is not whole, or over 64 bits"), ("0x10", 1, "text after the value"),
        ("9223372036854775808", 0, "a number that is not whole, or over 64 bits"),
        ("[-9223372036854775809]", 1, "a number that is not whole, or over 64 bits"),
        // Strings
        ("\"abc", 4, "a string without end"), ("\"abc\\", 5, "a string without end"),
        (#""\u00"#, 3, "a string without end"),
        ("\"a\nb\"", 2, "a control character in a string"), ("\"\u{0}\"", 1, "a control character in a string"),
        ("\"\u{1F}\"", 1, "a control character in a string"), (#""\x""#, 3, "an unknown escape"),
        (#""\'""#, 3, "an unknown escape"), (#""\U0041""#, 3, "an unknown escape"), (#""\u00g0""#, 3, "no hex digit"),
        (#""\u+041""#, 3, "no hex digit"), (#""\u0000""#, 7, "U+0000"),
        (#""\ud800""#, 7, "a lone surrogate"), (#""\udc00""#, 7, "a lone surrogate"),
        (#""\ud800x""#, 7, "a lone surrogate"),
        (#""\ud800\n""#, 8, "a lone surrogate"), (#""\ud800\u0041""#, 13, "a lone surrogate"),
        (#""\ud800\ud800""#, 13, "a lone surrogate"), (#"{"\udfff":1}"#, 8, "a lone surrogate"),
    ]

    @Test(arguments: StrictJSONTests.refused)
    func `what two readers could read in two ways is refused where it stands`(
        text: String, offset: Int, problem: String
    ) {
        let error = #expect(throws: StrictJSON.SyntaxError.self) { try StrictJSON.parse(Array(text.utf8)) }
        #expect(error?.offset == offset)
        #expect(error?.problem == problem)
    }

    @Test(
        arguments: [
            ([0xEF, 0xBB, 0xBF, 0x7B, 0x7D], 0, "a byte order mark"),
            ([0x7B, 0x00, 0x7D, 0x00], 1, "a key in quotes is missing"),
            ([0xFE, 0xFF, 0x00, 0x7B], 0, "no JSON value"),
            ([0x22, 0xFF, 0x22], 0, "a string that is not UTF-8"),
            ([0x5B, 0x22, 0xC0, 0x80, 0x22, 0x5D], 1, "a string that is not UTF-8"),
            ([0x22, 0xED, 0xA0, 0x80, 0x22], 0, "a string that is not UTF-8"),
            ([0x22, 0xC3, 0x22], 0, "a string that is not UTF-8"),
            // Before, after and around an escape.
            ([0x22, 0xFF, 0x5C, 0x6E, 0x22], 0, "a string that is not UTF-8"),
            ([0x5B, 0x22, 0x5C, 0x6E, 0xFF, 0x22], 1, "a string that is not UTF-8"),
            ([0x22, 0xE2, 0x82, 0x5C, 0x6E, 0xAC, 0x22], 0, "a string that is not UTF-8"),
            // What ends a string early is found first.
            ([0x22, 0xFF], 2, "a string without end"),
            ([0x22, 0xFF, 0x0A, 0x22], 2, "a control character in a string"),
        ] as [([UInt8], Int, String)])
    func `what is not UTF-8 without a mark is refused`(bytes: [UInt8], offset: Int, problem: String) {
        let error = #expect(throws: StrictJSON.SyntaxError.self) { try StrictJSON.parse(bytes) }
        #expect(error?.offset == offset)
        #expect(error?.problem == problem)
    }

    // MARK: Limits

    @Test(arguments: [("[", "]"), (#"{"a":"#, "}")])
    func `32 levels are read, one more is refused`(open: String, close: String) throws {
        func nested(_ levels: Int) -> [UInt8] {
            let text = String(repeating: open, count: levels) + "1" + String(repeating: close, count: levels)
            return Array(text.utf8)
        }
        _ = try StrictJSON.parse(nested(32))
        let error = #expect(throws: StrictJSON.SyntaxError.self) { try StrictJSON.parse(nested(33)) }
        #expect(error?.offset == 32 * open.utf8.count)
        #expect(error?.problem == "more than 32 levels")
    }

    @Test func `levels that were left do not count`() throws {
        let text = "[" + Array(repeating: "[[]]", count: 100).joined(separator: ",") + "]"
        #expect(try StrictJSON.parse(Array(text.utf8)).text == text)
    }

    @Test(arguments: [1, 15, 16, 17, 18, 100])
    func `a key twice is found among few and among many`(count: Int) throws {
        let members = (0..<count).map { "\"k\($0)\":0" }
        let whole = "{" + members.joined(separator: ",") + "}"
        #expect(try StrictJSON.parse(Array(whole.utf8)).text == whole)
        for again in [0, count / 2, count - 1] {
            let head = "{" + members.joined(separator: ",") + ","
            let error = #expect(throws: StrictJSON.SyntaxError.self) {
                try StrictJSON.parse(Array("\(head)\"k\(again)\":1,\"z\":2}".utf8))
            }
            #expect(error?.offset == head.utf8.count)
            #expect(error?.problem == "the key 'k\(again)' twice in one object")
        }
    }

    // MARK: Keys are bytes

    @Test func `keys that are canonically equivalent are two keys`() throws {
        let text = "{\"\u{E9}\":1,\"e\u{301}\":2,\"\u{212B}\":3,\"\u{C5}\":4}"
        let value = try StrictJSON.parse(Array(text.utf8))
        guard case .object(let members) = value else {
            Issue.record("no object")
            return
        }
        let keys = members.map { Array($0.key.utf8) }
        #expect(keys == [[0xC3, 0xA9], [0x65, 0xCC, 0x81], [0xE2, 0x84, 0xAB], [0xC3, 0x85]])
        #expect(Array(value.text.utf8) == Array(text.utf8))
        var record = try JSONRecord(Array(text.utf8), file: "f", limit: 100)
        let numbers = [
            try record.required("e\u{301}").integer(), try record.required("\u{E9}").integer(),
            try record.required("\u{C5}").integer(),
        ]
        #expect(numbers == [2, 1, 4])
    }
}
