import HostModel
import Testing

struct BundleVersionTests {
    private func version(_ text: String) throws -> BundleVersion { try #require(BundleVersion(text)) }

    // MARK: Text

    @Test(arguments: [
        "1", "1.0", "1.2.3", "v1", "V1.0", "2026.05.01", "1.0.0-alpha.1+build.5", "nightly", "a", "1_0", "1.", "1-",
        "1+", String(repeating: "1", count: 64),
    ])
    func `a version keeps the text that its publisher wrote`(text: String) throws {
        let version = try version(text)
        #expect(version.text == text)
        #expect("\(version)" == text)
    }

    @Test(arguments: [
        "", ".1", "-1", "+1", "_1", "1..2", "1 2", " 1", "1\n", "1/2", "1:2", "1\u{0}", "\u{E9}", "1\u{301}",
        "\u{FF11}", String(repeating: "1", count: 65),
    ])
    func `a text with another character is no version`(text: String) {
        #expect(BundleVersion(text) == nil)
    }

    @Test func `texts are compared as they are`() throws {
        #expect(try version("1.0") != version("1.0.0"))
        #expect(try version("1.0") == version("1.0"))
    }

    // MARK: Order

    /// Each is older than the next.
    static let ascending = [
        // SemVer 2.0.0 §11.4.
        [
            "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11",
            "1.0.0-rc.1", "1.0.0",
        ],
        // SemVer 2.0.0 §11.2.
        ["1.0.0", "2.0.0", "2.1.0", "2.1.1"],
        ["0", "0.0.1", "0.1", "1", "1.0.0.1", "1.0.1", "1.1", "1.9", "1.10", "2", "10"],
        ["2025.12.31", "2026.1.2", "2026.05.01", "2026.10.1"],
        ["999999999999999998", "999999999999999999", "999999999999999999.1"],
        ["1.2.3.4.5.6.7", "1.2.3.4.5.6.7.8", "1.2.3.4.5.6.8"],
        ["v1.9", "1.10", "V1.11"],
        ["1.0.0--", "1.0.0--1", "1.0.0-A", "1.0.0-a", "1.0.0-a-", "1.0.0-a-b", "1.0.0-ab"],
        ["1.0.0-0", "1.0.0-1", "1.0.0-999999999999999999", "1.0.0-1a"],
    ]

    @Test(arguments: BundleVersionTests.ascending)
    func `of two versions one is older`(texts: [String]) throws {
        let versions = try texts.map { try version($0) }
        for (index, one) in versions.enumerated() {
            #expect(one.isComparable)
            #expect(one.order(to: one) == .equal)
            for other in versions[(index + 1)...] {
                #expect(one.order(to: other) == .older, "\(one) \(other)")
                #expect(other.order(to: one) == .newer, "\(other) \(one)")
            }
        }
    }

    @Test(arguments: [
        ("1.0", "1.0.0"), ("1", "1.0.0.0.0.0.0.0"), ("v1.2", "1.2"), ("V1.2", "v1.2"), ("1.01", "1.1"), ("0", "0.0"),
        ("1.0.0+a", "1.0.0+b"), ("1.0.0+a", "1.0.0"), ("1.0.0-rc.1+a", "1.0.0-rc.1"), ("1.0.0+001", "1.0.0+1"),
        ("1.0.0+a-b.c", "1.0"),
    ])
    func `versions that are written in two ways are equal`(one: String, other: String) throws {
        #expect(try version(one).order(to: version(other)) == .equal)
        #expect(try version(other).order(to: version(one)) == .equal)
    }

    @Test(arguments: [
        "nightly", "v", "vv1", "v.1", "1.", "1.x", "1a", "2026a", "1_0", "1.2.3.4.5.6.7.8.9",
        "1234567890123456789", "1.1234567890123456789",
        "1.0.0-", "1.0.0-a.", "1.0.0-.a", "1.0.0-01", "1.0.0-a.01", "1.0.0-1234567890123456789", "1.0.0-a_b",
        "1.0-alpha", "1-alpha", "1.0.0.0-alpha",
        "1.0.0+", "1.0.0+a+b", "1.0.0+a_b", "1.0.0-a+",
    ])
    func `what is neither SemVer nor dotted numbers has no order, not even to itself`(text: String) throws {
        let strange = try version(text)
        #expect(!strange.isComparable)
        #expect(strange.order(to: strange) == nil)
        #expect(try strange.order(to: version("1.0.0")) == nil)
        #expect(try version("1.0.0").order(to: strange) == nil)
    }

    /// SemVer 2.0.0 §2: no leading zeros; and dotted numbers have no pre-release.
    @Test(arguments: ["01.0.0-alpha", "1.00.0-alpha", "1.0.01-alpha"])
    func `a pre-release of numbers with leading zeros has no order`(text: String) throws {
        #expect(try !version(text).isComparable)
    }
}
