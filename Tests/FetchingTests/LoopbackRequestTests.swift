import Fetching
import TestSupport
import Testing

/// One question to this host.
@Suite(.timeLimit(.minutes(5)))
struct LoopbackRequestTests {
    private static let hello = Array("hello".utf8)

    /// Asks with no limit of time, unless `clock` is moved.
    private func ask(_ url: String, clock: ManualClock = ManualClock()) async throws -> LoopbackAnswer {
        try await LoopbackRequest(url, time: .seconds(5), clock: clock).send()
    }

    private func trouble(_ url: String, clock: ManualClock = ManualClock()) async -> LoopbackError? {
        do {
            _ = try await ask(url, clock: clock)
            return nil
        } catch {
            return error as? LoopbackError
        }
    }

    /// Lends a server that does what `script` says.
    private func serving(
        _ script: @escaping TestServer.Script, _ body: (TestServer) async throws -> Void
    ) async throws {
        let server = try TestServer(script)
        defer { server.stop() }
        try await body(server)
    }

    @Test func `status and body come, and the connection is not kept`() async throws {
        try await serving({ _, _ in whole(Self.hello, status: 404) }) { server in
            let answer = try await ask("http://localhost:\(server.port)/a/?b=c#d")
            #expect(answer.status == 404)
            #expect(answer.body == Self.hello)
            let request = try #require(server.requests.first)
            #expect(request.method == "GET")
            #expect(request.target == "/a/?b=c")
            #expect(request.headers["host"] == "localhost:\(server.port)")
            #expect(request.headers["connection"] == "close")
            #expect(server.requests.count == 1)
        }
    }

    @Test(arguments: [("", "/"), ("?a", "/?a"), ("#a", "/"), ("/a%20b", "/a%20b"), ("/a//b/", "/a//b/")])
    func `what is asked for is what the URL says`(tail: String, target: String) async throws {
        try await serving({ _, _ in whole([]) }) { server in
            _ = try await ask("http://127.0.0.1:\(server.port)\(tail)")
            #expect(server.requests.map(\.target) == [target])
        }
    }

    @Test func `a redirect is an answer`() async throws {
        try await serving({ _, _ in whole([], status: 302, ["Location: /b"]) }) { server in
            let answer = try await ask(server.url("/a"))
            #expect(answer.status == 302)
            #expect(server.requests.count == 1)
        }
    }

    @Test func `of a long body the beginning is enough`() async throws {
        try await serving({ _, _ in [head(200), .forever([UInt8](repeating: 0x61, count: 4096))] }) { server in
            let answer = try await ask(server.url("/"))
            #expect(answer.body == [UInt8](repeating: 0x61, count: LoopbackRequest.bodyLimit))
        }
    }

    @Test func `where nothing listens the connection is refused`() async throws {
        let port = try TestServer.unusedPort()
        for host in ["127.0.0.1", "localhost"] {
            #expect(await trouble("http://\(host):\(port)/") == .connectionRefused)
        }
        #expect(LoopbackError.connectionRefused.reason == "connection refused")
    }

    @Test(
        arguments: [
            [.hold], [head(200, ["Content-Length: 5"]), .send([0x68]), .hold],
            [.send(Array("HTTP/1.1 2".utf8)), .hold],
        ] as [[TestServer.Step]])
    func `an answer that is not whole in its time is none`(steps: [TestServer.Step]) async throws {
        try await serving({ _, _ in steps }) { server in
            let clock = ManualClock()
            let time = Task { try await clock.pass([.seconds(5)]) }
            defer { time.cancel() }
            #expect(await trouble(server.url("/"), clock: clock) == .timedOut)
        }
    }

    @Test func `what is not HTTP is no answer`() async throws {
        try await serving({ _, _ in [.send(Array("SSH-2.0-OpenSSH_9.2\r\n\r\n".utf8))] }) { server in
            let found = await trouble(server.url("/"))
            let refusal = try #require(found)
            #expect(refusal == .unusable("it is not HTTP"))
            #expect(refusal.reason == "its answer cannot be used: it is not HTTP")
        }
    }

    @Test func `an answer that is cut is none`() async throws {
        try await serving({ _, _ in [head(200, ["Content-Length: 5"]), .send([0x68])] }) { server in
            #expect(await trouble(server.url("/")) == .connectionCut)
        }
    }

    @Test func `it ends with its task`() async throws {
        try await serving({ _, _ in [.hold] }) { server in
            let url = server.url("/")
            let task = Task { await trouble(url) }
            task.cancel()
            #expect(await task.value == .interrupted)
        }
    }

    @Test(arguments: [
        "http://192.0.2.1/", "http://example.org/", "http://localhost.example.org/", "http://0.0.0.0/",
        "https://127.0.0.1/", "http://user@127.0.0.1/", "http://127.0.0.1:0/", "http://127.0.0.1:65536/",
        "http://127.0.0.1:+80/", "http://127.0.0.1/a b", "http://127.0.0.1/\r\nX: y", "http://", "127.0.0.1", "",
    ])
    func `no other host is asked`(url: String) async throws {
        let found = await trouble(url)
        let refusal = try #require(found)
        #expect(refusal == .addressRefused(url))
        #expect(refusal.reason.hasSuffix(" is no 'http:' address of this host"))
    }
}
