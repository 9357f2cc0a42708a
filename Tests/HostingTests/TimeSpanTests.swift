import HostModel
import Hosting
import Testing

struct TimeSpanTests {
    static let spans: [(Int64, String)] = [
        (0, "0 s"), (1, "1 s"), (59, "59 s"), (60, "1 min"), (119, "1 min"), (3599, "59 min"), (3600, "1 h"),
        (86_400, "24 h"), (172_799, "47 h"), (172_800, "2 days"), (1_036_799, "11 days"), (31_536_000, "365 days"),
    ]

    @Test(arguments: TimeSpanTests.spans)
    func `a time is told in its largest whole unit`(seconds: Int64, text: String) {
        #expect("\(TimeSpan(seconds: seconds))" == text)
    }

    static let moments: [(Int64, String)] = [
        (0, "just now"), (1, "in 1 s"), (-1, "1 s ago"), (-10_800, "3 h ago"), (1_036_800, "in 12 days"),
        (-1_036_800, "12 days ago"),
    ]

    @Test(arguments: TimeSpanTests.moments)
    func `a moment is told as it lies from now`(distance: Int64, text: String) {
        let moment = Timestamp(seconds: Samples.now.seconds + distance)
        #expect(TimeSpan.from(Samples.now, to: moment) == text)
    }
}
