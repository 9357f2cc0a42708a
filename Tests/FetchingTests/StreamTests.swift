import Fetching
import HostModel
import TestSupport
import Testing

/// `stream`: what is large, continued where it was cut.
struct StreamTests {
    private static let mebibyte = 1 << 20

    // MARK: Continuing

    @Test func `a server that cuts each connection after a mebibyte gives all of it, and little twice`() async throws {
        let body = content(8 * Self.mebibyte)
        try await serving({ request, _ in part(of: body, for: request, tag: "\"1\"", cut: Self.mebibyte) }) {
            fetcher, server in
            let collected = try await fetcher.collect(server.location("/a"), expected: Int64(body.count))
            let isWhole = collected.bytes == body
            #expect(isWhole)
            #expect(collected.restarts == 0)
            #expect(server.sent < 2 * body.count)
            #expect(server.requests.dropFirst().allSatisfy { $0.headers["if-range"] == "\"1\"" })
        }
    }

    @Test func `progress says how far it is, and of how much`() async throws {
        let body = content(100)
        try await serving({ request, _ in part(of: body, for: request, tag: "\"1\"", cut: 60) }) { fetcher, server in
            let collected = try await fetcher.collect(server.location("/a"))
            #expect(collected.bytes == body)
            #expect(collected.progress.last == FetchProgress(received: 100, total: 100))
            #expect(collected.progress.map(\.received) == collected.progress.map(\.received).sorted())
            #expect(server.requests.map(\.start) == [0, 60])
        }
    }

    @Test func `only what is missing is asked for`() async throws {
        let body = content(100)
        try await serving({ request, _ in part(of: body, for: request) }) { fetcher, server in
            let collected = try await fetcher.collect(
                server.location("/a"), having: Array(body.prefix(70)), expected: 100)
            #expect(collected.bytes == body)
            #expect(collected.restarts == 0)
            #expect(server.requests.map(\.start) == [70])
            #expect(server.requests.first?.headers["if-range"] == nil)
        }
    }

    @Test func `nothing is asked where nothing is missing`() async throws {
        let body = content(100)
        try await serving({ request, _ in part(of: body, for: request) }) { fetcher, server in
            let collected = try await fetcher.collect(server.location("/a"), having: body, expected: 100)
            #expect(collected.bytes == body)
            #expect(server.requests.isEmpty)
        }
    }

    @Test func `where its length is not known, the server says that nothing is missing`() async throws {
        let body = content(100)
        try await serving({ request, _ in part(of: body, for: request) }) { fetcher, server in
            let collected = try await fetcher.collect(server.location("/a"), having: body)
            #expect(collected.bytes == body)
            #expect(collected.restarts == 0)
            #expect(server.requests.map(\.start) == [100])
        }
    }

    // MARK: Starting over

    @Test func `a server that cannot continue is started over with`() async throws {
        let body = content(100)
        try await serving({ _, number in
            number == 0 ? [head(200, ["Content-Length: 100"]), .send(Array(body.prefix(60)))] : whole(body)
        }) { fetcher, server in
            let collected = try await fetcher.collect(server.location("/a"), expected: 100)
            #expect(collected.bytes == body)
            #expect(collected.restarts == 1)
            #expect(server.requests.map(\.start) == [0, 60])
        }
    }

    @Test func `a file that is another by now is started over with`() async throws {
        let old = content(100)
        let new = [UInt8](repeating: 7, count: 80)
        try await serving({ request, number in
            number == 0
                ? part(of: old, for: request, tag: "\"old\"", cut: 60) : part(of: new, for: request, tag: "\"new\"")
        }) { fetcher, server in
            let collected = try await fetcher.collect(server.location("/a"))
            #expect(collected.bytes == new)
            #expect(collected.restarts == 1)
            #expect(server.requests.map { $0.headers["if-range"] } == [nil, "\"old\""])
        }
    }

    @Test func `a part of another file is not joined to what came before`() async throws {
        let old = content(100)
        let new = [UInt8](repeating: 7, count: 100)
        try await serving({ request, number in
            // It does not look at If-Range.
            number == 0 ? part(of: old, for: request, tag: "\"old\"", cut: 60) : Self.careless(new, request)
        }) { fetcher, server in
            let collected = try await fetcher.collect(server.location("/a"), expected: 100)
            #expect(collected.bytes == new)
            #expect(collected.restarts == 1)
            #expect(server.requests.map(\.start) == [0, 60, 0])
        }
    }

    private static func careless(_ body: [UInt8], _ request: TestServer.Request) -> [TestServer.Step] {
        let tag = "ETag: \"new\""
        if request.start == 0 { return whole(body, [tag]) }
        let range = "Content-Range: bytes \(request.start)-\(body.count - 1)/\(body.count)"
        return whole(Array(body[request.start...]), status: 206, [tag, range])
    }

    @Test func `more than there is cannot be continued`() async throws {
        let body = content(50)
        try await serving({ request, _ in part(of: body, for: request) }) { fetcher, server in
            let collected = try await fetcher.collect(server.location("/a"), having: content(60), expected: nil)
            #expect(collected.bytes == body)
            #expect(collected.restarts == 1)
            #expect(server.requests.map(\.start) == [60, 0])
        }
    }

    @Test func `another part than was asked for is refused`() async throws {
        try await serving({ _, _ in whole(content(10), status: 206, ["Content-Range: bytes 5-14/100"]) }) {
            fetcher, server in
            let error = await failure { _ = try await fetcher.collect(server.location("/a"), having: content(20)) }
            #expect(error?.code == .sourceUnavailable)
            #expect(server.requests.count == 1)
        }
    }

    @Test func `a server that restarts and cuts each time is given up after five attempts`() async throws {
        try await serving({ _, _ in [head(200, ["Content-Length: 100"]), .send(content(60))] }) { fetcher, server in
            let error = await failure { _ = try await fetcher.collect(server.location("/a")) }
            #expect(error?.code == .sourceUnavailable)
            // The first one brought something.
            #expect(server.requests.count == 6)
        }
    }

    // MARK: Lengths

    @Test func `another length than was expected is refused before the body`() async throws {
        for announced in [99, 101] {
            try await serving({ _, _ in [head(200, ["Content-Length: \(announced)"]), .hold] }) { fetcher, server in
                let error = await failure { _ = try await fetcher.collect(server.location("/a"), expected: 100) }
                #expect(error?.code == .sourceLengthDiffers)
                #expect(server.requests.count == 1)
            }
        }
    }

    @Test func `a body in chunks of another length is refused`() async throws {
        let chunked = Array("5\r\nhello\r\n0\r\n\r\n".utf8)
        try await serving({ _, _ in [head(200, ["Transfer-Encoding: chunked"]), .send(chunked)] }) { fetcher, server in
            let short = await failure { _ = try await fetcher.collect(server.location("/a"), expected: 6) }
            #expect(short?.code == .sourceLengthDiffers)
            let long = await failure { _ = try await fetcher.collect(server.location("/a"), expected: 4) }
            #expect(long?.code == .sourceTooLong)
        }
    }

    @Test func `what is expected to be over the limit is not asked for`() async throws {
        try await serving({ _, _ in whole(content(100)) }) { fetcher, server in
            let error = await failure { _ = try await fetcher.collect(server.location("/a"), expected: 100, limit: 99) }
            #expect(error?.code == .sourceTooLong)
            #expect(server.requests.isEmpty)
        }
    }

    // MARK: Times

    @Test func `a server that says nothing is not waited for`() async throws {
        let options = quick { $0.times.silence = .milliseconds(50) }
        try await serving({ _, _ in [.hold] }, options: options) { fetcher, server in
            let error = await failure { _ = try await fetcher.collect(server.location("/a")) }
            #expect(error?.code == .sourceTimeout)
            #expect(server.requests.count == 1)
        }
    }

    @Test func `a server that stops is asked for the rest, and given up when it gives none`() async throws {
        let body = content(100)
        let options = quick { $0.times.silence = .milliseconds(50) }
        try await serving(
            { request, number in
                number == 0 || request.target == "/b"
                    ? part(of: body, for: request, cut: number == 0 ? 60 : 0) + [.hold] : part(of: body, for: request)
            }, options: options
        ) { fetcher, server in
            let collected = try await fetcher.collect(server.location("/a"))
            #expect(collected.bytes == body)
            #expect(server.requests.map(\.start) == [0, 60])
            let error = await failure { _ = try await fetcher.collect(server.location("/b")) }
            #expect(error?.code == .sourceTimeout)
        }
    }

    @Test func `a server that drips is given up`() async throws {
        let options = quick { options in
            options.times.window = .milliseconds(100)
            options.times.slowest = 1 << 20
        }
        try await serving({ _, _ in [head(200), .drip(0x61)] }, options: options) { fetcher, server in
            let error = await failure { _ = try await fetcher.collect(server.location("/a")) }
            #expect(error?.code == .sourceTimeout)
            #expect(error?.message.contains("too slowly") == true)
            #expect(server.requests.count == 1)
        }
    }

    @Test func `all of it has an end`() async throws {
        let options = quick { $0.times.stream = .milliseconds(100) }
        try await serving({ _, _ in [head(200), .drip(0x61)] }, options: options) { fetcher, server in
            let error = await failure { _ = try await fetcher.collect(server.location("/a")) }
            #expect(error?.code == .sourceTimeout)
            #expect(error?.message.contains("longer than") == true)
        }
    }

    @Test func `a request to stop is heard while nothing comes`() async throws {
        let cancellation = Cancellation()
        try await serving({ _, _ in
            cancellation.cancel()
            return [.hold]
        }) { fetcher, server in
            let error = await failure {
                _ = try await fetcher.collect(server.location("/a"), cancellation: cancellation)
            }
            #expect(error?.code == .interrupted)
            #expect(server.requests.count == 1)
        }
    }

    // MARK: The receiver

    @Test func `what the receiver throws comes out, and nothing is asked again`() async throws {
        struct Full: Failure {
            var code: FailureCode { .diskFull }
            var message: String { "it is full" }
            var help: String? { "make room" }
        }
        try await serving({ _, _ in whole(content(100)) }) { fetcher, server in
            let error = await failure {
                try await fetcher.stream(server.location("/a"), limit: 100, restarted: {}, into: { _ in throw Full() })
            }
            guard case .sink(let thrown) = error else {
                Issue.record("it is \(String(describing: error))")
                return
            }
            #expect(thrown is Full)
            #expect(error?.code == .diskFull)
            #expect(error?.message == "it is full")
            #expect(error?.help == "make room")
            #expect(server.requests.count == 1)
        }
    }

    @Test func `a receiver that is slow gets everything`() async throws {
        // More than is read ahead.
        let body = content(6 * Self.mebibyte)
        try await serving({ request, _ in part(of: body, for: request) }) { fetcher, server in
            var received: [UInt8] = []
            try await fetcher.stream(
                server.location("/a"), limit: Int64(body.count), restarted: {},
                into: { bytes in for byte in bytes { received.append(byte) } })
            let isWhole = received == body
            #expect(isWhole)
        }
    }
}
