import HostModel
import Server
import Testing

/// Numbers, moments and links as pages show them.
struct FiguresTests {
    @Test(
        arguments: [
            (0, "0 bytes"), (1, "1 byte"), (999, "999 bytes"), (1000, "1.0 kB"), (1_549, "1.5 kB"),
            (999_999, "999.9 kB"),
            (1_000_000, "1.0 MB"), (12_345_678, "12.3 MB"), (5_000_000_000, "5.0 GB"), (7_200_000_000_000, "7.2 TB"),
            (Int64.max, "9223372.0 TB"),
        ] as [(Int64, String)])
    func `a size is in its largest unit`(bytes: Int64, text: String) { #expect(Figures.size(bytes) == text) }

    @Test(
        arguments: [
            (0, "just now"), (9, "just now"), (-9, "just now"), (10, "in 10 seconds"), (-60, "1 minute ago"),
            (90, "in 1 minute"), (-3600, "1 hour ago"), (172_799, "in 47 hours"), (259_200, "in 3 days"),
            (-5_184_000, "2 months ago"), (63_072_000, "in 2 years"),
        ] as [(Int64, String)])
    func `a moment is as far away as people say it`(distance: Int64, text: String) {
        let now = Timestamp(seconds: 1_777_629_600)
        let moment = MomentView(Timestamp(seconds: now.seconds + distance), now: now)
        #expect(moment.relative == text)
    }

    @Test func `a moment is written for people and for programs`() {
        let now = Timestamp(seconds: 1_777_629_600)
        let moment = MomentView(now, now: now)
        #expect(moment.iso == "2026-05-01T10:00:00Z")
        #expect(moment.exact == "1 May 2026, 10:00 UTC")
        #expect(MomentView(nil, now: now) == nil)
    }

    @Test(
        arguments: [
            ("https://apps.example.org/", true), ("HTTP://apps.example.org/", true), ("javascript:alert(1)", false),
            (" https://apps.example.org/", false), ("data:text/html,x", false), ("file:///etc/passwd", false),
            ("//apps.example.org/", false), ("", false), (nil, false),
        ] as [(String?, Bool)])
    func `only what a browser opens safely is a link`(text: String?, isLink: Bool) {
        #expect(ForeignLink(text)?.href == (isLink ? text : nil))
    }

    @Test(arguments: [
        ("it was left", "It was left."), ("'notes' runs", "'notes' runs."), ("done already.", "Done already."),
        ("notes-1.0 runs", "notes-1.0 runs."), ("", ""),
    ])
    func `a sentence begins and ends as one`(text: String, sentence: String) {
        #expect(Wording.sentence(text) == sentence)
    }
}
