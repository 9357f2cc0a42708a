import Processes
import TestSupport
import Testing

struct RedactorTests {
    static let table: [([String], String, String)] = [
        ([], "nothing is secret", "nothing is secret"),
        ([""], "abc", "abc"),
        (["", "\n", "\r\n"], "abc\r", "abc\r"),
        (["hunter2"], "", ""),
        (["hunter2"], "the word is hunter2!", "the word is [redacted]!"),
        (["hunter2"], "hunter2", "[redacted]"),
        (["hunter2"], "hunter hunter1 unter2 hunter", "hunter hunter1 unter2 hunter"),
        (["hunter2"], "hunter2hunter2", "[redacted][redacted]"),
        (["hunter2"], "huntehunter2", "hunte[redacted]"),
        (["pass", "password"], "password pass", "[redacted] [redacted]"),
        (["password", "pass"], "password pass", "[redacted] [redacted]"),
        (["sword", "password"], "password sword", "[redacted] [redacted]"),
        // What is left of one secret beside another would tell of it.
        (["abcd", "cdef"], "xabcdefx", "x[redacted]x"),
        (["aa"], "baaab", "b[redacted]b"),
        (["a"], "aab", "[redacted][redacted]b"),
        (["\u{E9}t\u{E9}"], "un \u{E9}t\u{E9}", "un [redacted]"),
        // Line by line, but not the short ones.
        (["first line\nab\nthe last"], "first line, ab, the last", "[redacted], ab, [redacted]"),
        (["first\r\nlast\r\n"], "first last", "[redacted] [redacted]"),
        (["abc\n"], "xabcx", "x[redacted]x"),
        (["a\nb"], "a b", "a b"),
    ]

    @Test(arguments: RedactorTests.table)
    func `each occurrence of each value is replaced`(secrets: [String], text: String, redacted: String) {
        let output = LogSamples.redactor(secrets).redact(Array(text.utf8))
        #expect(String(decoding: output, as: UTF8.self) == redacted)
    }

    @Test func `values are bytes, whatever they mean`() {
        let redactor = Redactor([[0xFF, 0x00, 0xFE], [0x80]])
        let output = redactor.redact([0x61, 0xFF, 0x00, 0xFE, 0x80, 0xFF, 0x00])
        #expect(output == [0x61] + Redactor.replacement + Redactor.replacement + [0xFF, 0x00])
    }

    @Test(arguments: 1...200 as ClosedRange<UInt64>)
    func `random texts hold no secret afterwards, and all that was none`(seed: UInt64) {
        var dice = SplitMix(seed: seed)
        var secrets: [[UInt8]] = []
        for _ in 0..<dice.number(1...4) { secrets.append(dice.bytes(2...6, of: "ab")) }
        let text = dice.bytes(0...60, of: "ab")
        #expect(Redactor(secrets).redact(text) == Self.model(secrets, text), "\(secrets) in \(text)")
    }

    /// The same, slowly: every occurrence that there is, and those that overlap made one.
    static func model(_ secrets: [[UInt8]], _ text: [UInt8]) -> [UInt8] {
        var stretches: [Range<Int>] = []
        for start in text.indices {
            for secret in secrets where text[start...].starts(with: secret) {
                let stretch = start..<(start + secret.count)
                if let last = stretches.last, start < last.upperBound {
                    stretches.removeLast()
                    stretches.append(last.lowerBound..<max(last.upperBound, stretch.upperBound))
                } else {
                    stretches.append(stretch)
                }
            }
        }
        var output: [UInt8] = []
        var position = 0
        for stretch in stretches {
            output += text[position..<stretch.lowerBound]
            output += Redactor.replacement
            position = stretch.upperBound
        }
        return output + text[position...]
    }
}
