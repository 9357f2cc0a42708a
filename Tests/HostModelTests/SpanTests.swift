import HostModel
import Testing

struct SpanTests {
    static let spans: [(String, Int64, String)] = [
        ("0s", 0, "0s"), ("0w", 0, "0s"), ("1s", 1, "1s"), ("90s", 90, "90s"), ("60s", 60, "1m"), ("15m", 900, "15m"),
        ("60m", 3600, "1h"), ("12h", 43_200, "12h"), ("24h", 86_400, "1d"), ("36h", 129_600, "36h"),
        ("7d", 604_800, "7d"), ("2w", 1_209_600, "14d"), ("007d", 604_800, "7d"), ("36525d", 3_155_760_000, "36525d"),
    ]

    @Test(arguments: SpanTests.spans)
    func `a length of time is read, and written in its largest whole unit`(
        text: String, seconds: Int64, shown: String
    ) throws {
        let span = try #require(Span(text))
        #expect(span.seconds == seconds)
        #expect(span.description == shown)
        #expect(Span(shown) == span)
        #expect(Span(seconds: seconds) == span)
    }

    @Test(arguments: [
        "", "s", "d", "7", "7D", "7 d", " 7d", "7d ", "7d\n", "-7d", "+7d", "1.5h", "1h30m", "7days", "7y", "36526d",
        "99999999999w", "0x1d", "٧d", "7ď", "1e3s",
    ])
    func `anything else is no length of time`(text: String) {
        #expect(Span(text) == nil)
    }

    @Test func `it is not negative, and not longer than a hundred years`() {
        #expect(Span(seconds: -1) == nil)
        #expect(Span(seconds: Span.longest + 1) == nil)
        #expect(Span(seconds: Span.longest)?.seconds == Span.longest)
        #expect(Span.zero.seconds == 0)
    }

    @Test func `it is added to a moment`() throws {
        let moment = try #require(Timestamp("2026-02-27T10:00:00Z"))
        let span = try #require(Span("2d"))
        #expect((moment + span).description == "2026-03-01T10:00:00Z")
    }

    @Test func `order is that of length`() throws {
        let spans = try ["2w", "90s", "1d", "25h", "0s"].map { try #require(Span($0)) }
        #expect(spans.sorted().map(\.description) == ["0s", "90s", "1d", "25h", "14d"])
    }
}
