import Fetching
import HostModel
import TestSupport
import Testing

/// `bytes`: what is small, whole or not at all.
struct DocumentTests {
    private static let hello = Array("hello".utf8)

    @Test func `a document comes as it is, and the request says who asks`() async throws {
        let options = quick { $0.userAgent = "apphost/1.2.3" }
        try await serving({ _, _ in whole(Self.hello) }, options: options) { fetcher, server in
            let bytes = try await fetcher.bytes(server.location("/a/b%20c"), limit: 5)
            #expect(bytes == Self.hello)
            let request = try #require(server.requests.first)
            #expect(server.requests.count == 1)
            #expect(request.method == "GET")
            #expect(request.target == "/a/b%20c")
            #expect(request.headers["user-agent"] == "apphost/1.2.3")
            #expect(request.headers["accept-encoding"] == "identity")
            #expect(request.headers["host"] == "127.0.0.1:\(server.port)")
            #expect(request.headers["range"] == nil)
        }
    }

    @Test func `an empty document is one`() async throws {
        try await serving({ _, _ in whole([]) }) { fetcher, server in
            let bytes = try await fetcher.bytes(server.location("/a"), limit: 0)
            #expect(bytes == [])
        }
    }

    @Test func `a body in chunks, and one that the end of the connection ends, are taken`() async throws {
        let chunked = Array("5\r\nhello\r\n0\r\n\r\n".utf8)
        try await serving({ request, _ in
            request.target == "/chunked"
                ? [head(200, ["Transfer-Encoding: chunked"]), .send(chunked)] : [head(200), .send(Self.hello)]
        }) { fetcher, server in
            let inChunks = try await fetcher.bytes(server.location("/chunked"), limit: 5)
            let untilEnd = try await fetcher.bytes(server.location("/closed"), limit: 5)
            #expect(inChunks == Self.hello)
            #expect(untilEnd == Self.hello)
        }
    }

    // MARK: Limits

    @Test func `a body that is announced as too long is not waited for`() async throws {
        try await serving({ _, _ in [head(200, ["Content-Length: 11"]), .hold] }) { fetcher, server in
            let error = await failure { _ = try await fetcher.bytes(server.location("/a"), limit: 10) }
            #expect(error?.code == .sourceTooLong)
            #expect(server.requests.count == 1)
        }
    }

    @Test(arguments: [[], ["Transfer-Encoding: chunked"]] as [[String]])
    func `an endless body is cut off`(headers: [String]) async throws {
        let data = [UInt8](repeating: 0x61, count: 0x1000)
        let sent = headers.isEmpty ? data : Array("1000\r\n".utf8) + data + Array("\r\n".utf8)
        try await serving({ _, _ in [head(200, headers), .forever(sent)] }) { fetcher, server in
            let error = await failure { _ = try await fetcher.bytes(server.location("/a"), limit: 100_000) }
            #expect(error?.code == .sourceTooLong)
            #expect(server.requests.count == 1)
        }
    }

    @Test func `headers without end are refused`() async throws {
        let line = "X: " + String(repeating: "x", count: 200_000)
        try await serving({ _, _ in whole(Self.hello, [line]) }) { fetcher, server in
            let error = await failure { _ = try await fetcher.bytes(server.location("/a"), limit: 10) }
            #expect(error?.code == .sourceUnavailable)
            #expect(server.requests.count == 1)
        }
    }

    @Test func `an encoded body is refused`() async throws {
        try await serving({ _, _ in whole(Self.hello, ["Content-Encoding: gzip"]) }) { fetcher, server in
            let error = await failure { _ = try await fetcher.bytes(server.location("/a"), limit: 10) }
            #expect(error?.code == .sourceUnavailable)
            #expect(error?.message.contains("gzip") == true)
            #expect(server.requests.count == 1)
        }
    }

    @Test func `the encoding 'identity' is none`() async throws {
        try await serving({ _, _ in whole(Self.hello, ["Content-Encoding: identity"]) }) { fetcher, server in
            let bytes = try await fetcher.bytes(server.location("/a"), limit: 10)
            #expect(bytes == Self.hello)
        }
    }

    // MARK: Statuses

    @Test(
        arguments: [
            (404, .sourceNotFound, 1), (410, .sourceNotFound, 1), (400, .sourceRefused, 1), (401, .sourceRefused, 1),
            (403, .sourceRefused, 1), (451, .sourceRefused, 1), (204, .sourceUnavailable, 1),
            (206, .sourceUnavailable, 1), (304, .sourceUnavailable, 1), (408, .sourceUnavailable, 5),
            (429, .sourceUnavailable, 5), (500, .sourceUnavailable, 5), (503, .sourceUnavailable, 5),
        ] as [(Int, FailureCode, Int)])
    func `each status is told as what it is, and asked again where that may help`(
        status: Int, code: FailureCode, attempts: Int
    ) async throws {
        try await serving({ _, _ in status == 204 || status == 304 ? [head(status)] : whole([], status: status) }) {
            fetcher, server in
            let error = await failure { _ = try await fetcher.bytes(server.location("/a"), limit: 10) }
            #expect(error?.code == code)
            #expect(error?.state == .unchanged)
            #expect(server.requests.count == attempts)
        }
    }

    @Test func `not found is a case of its own`() async throws {
        try await serving({ _, _ in whole([], status: 404) }) { fetcher, server in
            let error = await failure { _ = try await fetcher.bytes(server.location("/a"), limit: 10) }
            guard case .notFound(let location) = error else {
                Issue.record("it is \(String(describing: error))")
                return
            }
            let asked = try server.location("/a")
            #expect(location == asked)
        }
    }

    @Test func `a server that works again is asked again`() async throws {
        try await serving({ _, number in number < 4 ? whole([], status: 503) : whole(Self.hello) }) { fetcher, server in
            let bytes = try await fetcher.bytes(server.location("/a"), limit: 10)
            #expect(bytes == Self.hello)
            #expect(server.requests.count == 5)
        }
    }

    @Test func `a document that is cut off is fetched from its beginning`() async throws {
        try await serving({ _, number in
            number == 0 ? [head(200, ["Content-Length: 5", "ETag: \"1\""]), .send([0x61, 0x62])] : whole(Self.hello)
        }) { fetcher, server in
            let bytes = try await fetcher.bytes(server.location("/a"), limit: 10)
            #expect(bytes == Self.hello)
            #expect(server.requests.map(\.start) == [0, 0])
        }
    }

    // MARK: Redirects

    @Test(arguments: [301, 302, 303, 307, 308])
    func `a redirect on the same host is followed`(status: Int) async throws {
        try await serving({ request, _ in
            switch request.target {
            case "/a/b": whole([], status: status, ["Location: c"])
            case "/a/c": whole([], status: status, ["Location: /d?token=1#part"])
            default: whole(Self.hello)
            }
        }) { fetcher, server in
            let bytes = try await fetcher.bytes(server.location("/a/b"), limit: 10)
            #expect(bytes == Self.hello)
            #expect(server.requests.map(\.target) == ["/a/b", "/a/c", "/d?token=1"])
        }
    }

    @Test(arguments: [
        "https://127.0.0.1/", "http://elsewhere.example/", "//elsewhere.example/a", "http://127.0.0.1:1/",
        "file:///etc", "http://localhost/", "/a/../b", "https://user:secret@elsewhere.example/?token=secret",
        "gopher://x/secret@y", "http://[::1",
    ])
    func `a redirect to anywhere else is not followed, nor shown with its secrets`(destination: String) async throws {
        try await serving({ _, _ in whole([], status: 302, ["Location: \(destination)"]) }) { fetcher, server in
            let error = await failure { _ = try await fetcher.bytes(server.location("/a"), limit: 10) }
            #expect(error?.code == .sourceRedirectRefused)
            #expect(error?.message.contains("secret") == false)
            #expect(server.requests.count == 1)
        }
    }

    @Test func `redirects end after five`() async throws {
        try await serving({ _, number in whole([], status: 302, ["Location: /\(number)"]) }) { fetcher, server in
            let error = await failure { _ = try await fetcher.bytes(server.location("/a"), limit: 10) }
            #expect(error?.code == .sourceRedirectRefused)
            #expect(server.requests.count == 6)
        }
    }

    // MARK: Connections

    @Test func `a port at which nothing answers is tried five times, with pauses that grow`() async throws {
        let clock = LeapingClock()
        var options = FetchOptions()
        options.clock = clock
        let place = try Location("http://127.0.0.1:\(TestServer.unusedPort())/a")
        let error = await failure {
            _ = try await Fetcher.withFetcher(options) { fetcher in try await fetcher.bytes(place, limit: 10) }
        }
        #expect(error?.code == .sourceUnavailable)
        #expect(error?.message.contains("refused") == true)
        #expect(clock.pauses == [.milliseconds(200), .milliseconds(400), .milliseconds(800), .milliseconds(1600)])
    }

    @Test func `what is not HTTP is refused`() async throws {
        try await serving({ _, _ in [.send(Array("SSH-2.0-OpenSSH_9.2\r\n\r\n".utf8))] }) { fetcher, server in
            let error = await failure { _ = try await fetcher.bytes(server.location("/a"), limit: 10) }
            #expect(error?.code == .sourceUnavailable)
        }
    }

    @Test func `a fetcher that was closed opens again, and closing it twice is no fault`() async throws {
        try await serving({ _, _ in whole(Self.hello) }) { fetcher, server in
            for _ in 0..<2 {
                let bytes = try await fetcher.bytes(server.location("/a"), limit: 10)
                #expect(bytes == Self.hello)
                await fetcher.close()
                await fetcher.close()
            }
        }
    }
}
