import HostModel
import Testing

struct TimestampTests {
    @Test(
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("1970-01-01T00:00:01Z", 1), ("1970-12-31T23:59:59Z", 31_535_999),
            ("1972-02-29T00:00:00Z", 68_169_600), ("2000-02-29T00:00:00Z", 951_782_400),
            ("2000-03-01T00:00:00Z", 951_868_800), ("2026-05-01T10:00:00Z", 1_777_629_600),
            ("2038-01-19T03:14:08Z", 2_147_483_648), ("2099-12-31T23:59:59Z", 4_102_444_799),
            ("2100-02-28T23:59:59Z", 4_107_542_399), ("2100-03-01T00:00:00Z", 4_107_542_400),
            ("9999-12-31T23:59:59Z", 253_402_300_799),
        ] as [(String, Int64)])
    func `a moment has one text`(text: String, seconds: Int64) throws {
        let moment = try #require(Timestamp(text))
        #expect(moment.seconds == seconds)
        #expect(Timestamp(seconds: seconds).description == text)
    }

    @Test func `a date alone means its midnight`() throws {
        let date = try #require(Timestamp("2026-05-01"))
        #expect(date.description == "2026-05-01T00:00:00Z")
    }

    @Test(arguments: [
        "", "now", "2026", "2026-05", "2026-5-1", "26-05-01", "2026/05/01", "20260501T100000Z",
        "2026-05-01T10:00:00", "2026-05-01T10:00Z", "2026-05-01 10:00:00Z", "2026-05-01t10:00:00Z",
        "2026-05-01T10:00:00z", "2026-05-01T10:00:00.0Z", "2026-05-01T10:00:00+00:00",
        "2026-05-01T10:00:00+", " 2026-05-01T10:00:00Z",
        "2026-05-01T10:00:00Z\n", "2026-05-01T10-00-00Z", "+026-05-01T10:00:00Z", "2026-05-01T1a:00:00Z",
        "2026-00-10T00:00:00Z", "2026-13-01T00:00:00Z", "2026-04-31T00:00:00Z", "2026-05-00T00:00:00Z",
        "2026-05-32T00:00:00Z", "2026-02-29T00:00:00Z", "2100-02-29T00:00:00Z", "2026-05-01T24:00:00Z",
        "2026-05-01T10:60:00Z", "2026-05-01T10:00:60Z", "1969-12-31T23:59:59Z", "0000-01-01T00:00:00Z",
        "2026-02-30", "2026-13-01", "abcd-ef-gh",
    ])
    func `a text in another form, or of no such moment, is none`(text: String) {
        #expect(Timestamp(text) == nil)
    }

    @Test func `the days of four centuries go both ways`() throws {
        var day = Timestamp(seconds: 0)
        var previous = ""
        while day.seconds < 400 * 366 * 86_400 {
            let text = day.description
            guard Timestamp(text) == day, previous < text else {
                Issue.record("\(text) after \(previous)")
                return
            }
            previous = text
            day = Timestamp(seconds: day.seconds + 13 * 86_400)
        }
    }

    @Test func `order is that of time`() {
        #expect(Timestamp(seconds: 1) < Timestamp(seconds: 2))
        #expect(Timestamp(seconds: 2) > Timestamp(seconds: 1))
    }

    @Test func `now is between what was and what will be`() throws {
        let now = Timestamp.now
        let past = try #require(Timestamp("2025-01-01"))
        #expect(now > past)
        #expect(Timestamp.now >= now)
    }
}
