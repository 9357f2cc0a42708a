import HostModel
import Processes
import Testing

struct LogLineTests {
    private func parse(_ text: String) -> LogLine? { LogLine(Array(text.utf8)[...]) }

    @Test(arguments: LogLine.Stream.allCases, ["", " ", "text", "a b  c ", "\u{E9}\u{1F600}", "out of", "\r", "\u{0}"])
    func `a line is read as it stands`(stream: LogLine.Stream, text: String) {
        let line = parse("2026-05-01T10:00:00Z \(stream.rawValue) \(text)")
        #expect(line == LogSamples.line(text, stream))
    }

    @Test(arguments: [
        "", "text", "2026-05-01T10:00:00Z", "2026-05-01T10:00:00Z out", "2026-05-01T10:00:00Zoutx",
        "2026-05-01T10:00:00Z  out x", "2026-05-01T10:00:00Z in  x", "2026-05-01T10:00:00Z OUT x",
        "2026-13-01T10:00:00Z out x", "2026-05-01 10:00:00Z out x", " 2026-05-01T10:00:00Z out x",
        "2026-05-01T10:00:00Z errx", "{\"schema\":1}",
    ])
    func `any other line is none`(text: String) {
        #expect(parse(text) == nil)
    }

    @Test func `what is not UTF-8 is repaired`() {
        let bytes = Array(LogSamples.head.utf8) + [0x61, 0xFF, 0x62, 0xC3]
        #expect(LogLine(bytes[...]) == LogSamples.line("a\u{FFFD}b\u{FFFD}"))
    }

    @Test func `no byte of a slice before the line counts`() {
        let bytes = Array("xx\(LogSamples.head)text".utf8)
        #expect(LogLine(bytes[2...]) == LogSamples.line("text"))
    }

    @Test(
        arguments: [
            ("plain", "plain"), ("a\tb\t", "a\tb\t"), ("\u{1B}[31mred", "\\u{1b}[31mred"), ("a\rb", "a\\u{d}b"),
            ("\t\u{202E}", "\t\\u{202e}"),
        ] as [(String, String)])
    func `a terminal is shown nothing that it would obey`(text: String, shown: String) {
        #expect(LogSamples.line(text).shown == shown)
    }
}
