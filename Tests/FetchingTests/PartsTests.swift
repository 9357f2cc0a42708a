import HostModel
import NIOHTTP1
import Testing

@testable import Fetching

struct AnswerTests {
    private func answer(_ headers: [(String, String)]) -> Answer {
        Answer(HTTPResponseHead(version: .http1_1, status: .ok, headers: HTTPHeaders(headers)))
    }

    @Test(
        arguments: [
            ("bytes 0-9/10", Answer.Range(first: 0, last: 9, whole: 10)),
            ("Bytes 5-5/*", Answer.Range(first: 5, last: 5, whole: nil)),
            ("bytes */10", Answer.Range(first: nil, last: nil, whole: 10)),
            ("bytes 0-10/10", nil), ("bytes 9-0/10", nil), ("bytes -1-5/10", nil), ("bytes 0-/10", nil),
            ("bytes 0-9", nil), ("items 0-9/10", nil), ("bytes=0-9/10", nil), ("bytes 0-9/x", nil), ("", nil),
            ("bytes 0-99999999999999999999/*", nil),
        ] as [(String, Answer.Range?)])
    func `a range is read, or is none`(text: String, range: Answer.Range?) {
        #expect(Answer.Range(text) == range)
        #expect(answer([("content-range", text)]).range == range)
    }

    @Test(
        arguments: [
            ("\"a\"", "\"a\""), ("\"\"", "\"\""), ("W/\"a\"", nil), ("a", nil), ("\"a", nil), ("", nil),
            ("\"a b\"", nil), ("\"" + String(repeating: "x", count: 300) + "\"", nil),
        ] as [(String, String?)])
    func `only a strong entity tag is kept`(text: String, tag: String?) {
        #expect(answer([("etag", text)]).entityTag == tag)
    }

    @Test(
        arguments: [("identity", nil), ("", nil), ("gzip", "gzip"), ("identity, BR", "br")] as [(String, String?)])
    func `an encoding is seen wherever it stands`(text: String, encoding: String?) {
        #expect(answer([("Content-Encoding", text)]).encoding == encoding)
    }

    @Test(
        arguments: [("0", 0), ("12", 12), ("-1", nil), ("+1", nil), ("1e3", nil), ("99999999999999999999", nil)]
            as [(String, Int64?)])
    func `a length is digits`(text: String, length: Int64?) {
        #expect(answer([("Content-Length", text)]).length == length)
    }
}

struct PaceTests {
    @Test func `only what was waited for counts, window by window`() {
        var pace = Pace(slowest: 10, window: .seconds(10))
        pace.wait(.seconds(9))
        let early = pace.isTooSlow()
        #expect(!early)
        pace.add(100)
        pace.wait(.seconds(1))
        let enough = pace.isTooSlow()
        #expect(!enough)
        pace.add(99)
        pace.wait(.seconds(10))
        let tooLittle = pace.isTooSlow()
        #expect(tooLittle)
    }
}

struct FetchErrorTests {
    private static let place = Location.path("/a")
    private static let all: [FetchError] = [
        .notFound(place), .refused(place, status: 403), .unavailable(place, .connectionRefused),
        .unavailable(place, .hostUnknown), .unavailable(place, .connectionCut), .unavailable(place, .status(503)),
        .unavailable(place, .proxy("the proxy is not there")), .unavailable(place, .answer("it is none")),
        .unavailable(place, .network("no route to host")), .timeout(place, .connecting),
        .timeout(place, .silence(.seconds(1))), .timeout(place, .slow(1024)), .timeout(place, .whole(.seconds(60))),
        .tooLong(place, limit: 5), .lengthDiffers(place, expected: 1, actual: 2),
        .redirectRefused(place, problem: "it leads away"), .tls(place, .certificateUntrusted),
        .tls(place, .certificateName), .tls(place, .handshake),
        .tls(place, .noAuthorities), .locationInvalid("a:b", problem: "it is odd"),
        .unsupportedSource("crypta"), .settingInvalid(name: "https_proxy", problem: "it is odd"), .notAFile(place),
        .io(path: "/a", errno: 5), .interrupted,
    ]

    @Test func `each says what it is in one sentence, and what to do`() {
        for error in Self.all {
            let first = error.message.first
            #expect(first == "'" || first?.isLowercase == true, "\(error)")
            #expect(error.message.last != ".", "\(error)")
            #expect(error.state == .unchanged)
        }
    }

    @Test func `the statuses are those of the contract`() {
        let statuses = Self.all.map(\.code.exitStatus)
        #expect(Set(statuses).subtracting([64, 65, 66, 69, 74, 78, 130]) == [])
        #expect(FetchError.unavailable(Self.place, .connectionCut).code.exitStatus == 69)
        #expect(FetchError.tooLong(Self.place, limit: 1).code.exitStatus == 65)
        #expect(FetchError.io(path: "/a", errno: 13).code == .permissionDenied)
    }
}
