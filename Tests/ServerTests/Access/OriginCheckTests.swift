import Server
import Testing

/// Who may a browser be made to ask this server for.
struct OriginCheckTests {
    static let own = "127.0.0.1:8765"
    private let check = OriginCheck.loopback(port: 8765)

    @Test(arguments: ["127.0.0.1:8765", "localhost:8765", "LocalHost:8765", "[::1]:8765"])
    func `the server answers to its own names`(host: String) {
        #expect(check.refusal(of: .init(hosts: [host])) == nil)
    }

    @Test(
        arguments: [
            (["evil.example:8765"], .misdirected), ([], .hostInvalid), ([""], .hostInvalid),
            (["127.0.0.1:8765", "127.0.0.1:8765"], .hostInvalid), (["localhost.evil.com:8765"], .misdirected),
            (["127.0.0.1.nip.io:8765"], .misdirected), (["127.0.0.1:8766"], .misdirected),
            (["127.0.0.1"], .misdirected), (["localhost.:8765"], .misdirected), (["user@127.0.0.1:8765"], .misdirected),
            (["127.0.0.1:8765, evil.example"], .misdirected), (["127.0.0.1:08765"], .misdirected),
        ] as [([String], HTTPRefusal)])
    func `any other Host is refused`(hosts: [String], expected: HTTPRefusal) {
        #expect(check.refusal(of: .init(hosts: hosts)) == expected)
    }

    @Test(
        arguments: [
            ("/api/v1/apps", nil), ("http://127.0.0.1:8765/api/v1/apps", nil),
            ("http://evil.example/api/v1/apps", .misdirected), ("http://localhost:8765/", .misdirected),
            ("https://127.0.0.1:8765/", .malformed), ("*", .malformed), ("127.0.0.1:8765", .malformed),
            ("", .malformed),
        ] as [(String, HTTPRefusal?)])
    func `a target names no other server`(target: String, expected: HTTPRefusal?) {
        #expect(check.refusal(of: .init(target: target, hosts: ["127.0.0.1:8765"])) == expected)
    }

    static let ownChanges: [OriginCheck.Question] = [
        .init(method: "POST", hosts: [own]),
        .init(method: "POST", hosts: [own], origins: ["http://127.0.0.1:8765"]),
        .init(method: "DELETE", hosts: [own], referers: ["http://127.0.0.1:8765/page?x=1"]),
        .init(method: "PUT", hosts: [own], fetchSites: ["same-origin"]),
        .init(method: "POST", hosts: [own], fetchSites: ["none"]),
    ]

    static let foreignChanges: [OriginCheck.Question] = [
        .init(method: "POST", hosts: [own], origins: ["http://evil.example"]),
        .init(method: "POST", hosts: [own], origins: ["null"]),
        // Another origin in the eyes of a browser, though the same server.
        .init(method: "POST", hosts: [own], origins: ["http://localhost:8765"]),
        .init(method: "POST", hosts: [own], origins: ["https://127.0.0.1:8765"]),
        .init(method: "POST", hosts: [own], origins: ["http://127.0.0.1:8765.evil.example"]),
        .init(method: "POST", hosts: [own], origins: ["http://127.0.0.1:8765", "http://evil.example"]),
        .init(method: "POST", hosts: [own], referers: ["http://evil.example/"]),
        .init(method: "POST", hosts: [own], referers: ["http://127.0.0.1:8765.evil.example/"]),
        .init(method: "PATCH", hosts: [own], fetchSites: ["cross-site"]),
        // Another port of this host.
        .init(method: "POST", hosts: [own], fetchSites: ["same-site"]),
        .init(
            method: "POST", hosts: [own], origins: ["http://127.0.0.1:8765"], fetchSites: ["cross-site"]),
        .init(method: "OPTIONS", hosts: [own], origins: ["http://evil.example"]),
        .init(method: "BREW", hosts: [own], origins: ["http://evil.example"]),
    ]

    @Test(arguments: OriginCheckTests.ownChanges)
    func `a change that no other page asks for goes on`(question: OriginCheck.Question) {
        #expect(check.refusal(of: question) == nil)
    }

    @Test(arguments: OriginCheckTests.foreignChanges)
    func `a change that another page asks for is refused`(question: OriginCheck.Question) {
        #expect(check.refusal(of: question) == .crossOrigin)
    }

    @Test func `what only looks may be asked from anywhere, and answers nobody who must not know`() {
        let question = OriginCheck.Question(
            hosts: [Self.own], origins: ["http://evil.example"], fetchSites: ["cross-site"])
        #expect(check.refusal(of: question) == nil)
    }

    @Test(arguments: [("localhost", nil), ("apphost", nil), ("127.0.0.1", .misdirected)] as [(String, HTTPRefusal?)])
    func `the socket has names of its own`(host: String, expected: HTTPRefusal?) {
        #expect(OriginCheck.socket.refusal(of: .init(hosts: [host])) == expected)
    }

    @Test func `at the port of http no name needs it`() {
        #expect(OriginCheck.loopback(port: 80).refusal(of: .init(hosts: ["localhost"])) == nil)
    }

    @Test(
        arguments: [
            ("/a%2Fb?x=1?y", "/a%2Fb", "x=1?y"), ("/", "/", nil), ("/?", "/", ""), ("http://h:1", "/", nil),
            ("http://h:1?q", "/", "q"), ("HTTP://h:1/a", "/a", nil),
        ] as [(String, String, String?)])
    func `a target is taken apart and left as it was sent`(text: String, path: String, query: String?) throws {
        let target = try #require(RequestTarget(text))
        #expect(target.path == path)
        #expect(target.query == query)
    }
}
