import HostModel
import Server
import TestSupport
import Testing

/// What a client may take of the server, and what is no HTTP.
struct LimitTests {
    private struct Row {
        let text: String
        let status: Int

        init(_ text: String, _ status: Int) {
            self.text = text
            self.status = status
        }
    }

    private static let head = "POST /api/v1/apps HTTP/1.1\r\nHost: localhost"

    private static func long(_ count: Int) -> String { String(repeating: "x", count: count) }

    private static let rows = [
        Row("GET /api/v1/apps HTTP/1.0\r\nHost: localhost\r\n\r\n", 505),
        Row("GET /api/v1/apps HTTP/1.1\r\n\r\n", 400),
        Row("GET /api/v1/apps HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n", 400),
        Row("GET /api/v1/apps HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421),
        Row("GET http://evil.example/api/v1/apps HTTP/1.1\r\nHost: localhost\r\n\r\n", 421),
        Row("TRACE / HTTP/1.1\r\nHost: localhost\r\n\r\n", 405),
        Row("CONNECT localhost:80 HTTP/1.1\r\nHost: localhost\r\n\r\n", 405),
        Row("\(head)\r\nOrigin: http://evil.example\r\nContent-Length: 2\r\n\r\n{}", 403),
        Row("hello\r\n\r\n", 400),
        // Where two readers could find two ends.
        Row("\(head)\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        Row("\(head)\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}", 400),
        Row("\(head)\r\nContent-Length: -1\r\n\r\n", 400),
        Row("\(head)\r\nContent-Length: +2\r\n\r\n{}", 400),
        Row("\(head)\r\nContent-Length: 0x10\r\n\r\n", 400),
        Row("\(head)\r\nContent-Length: 18446744073709551616\r\n\r\n", 400),
        Row("\(head)\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFFF\r\n", 400),
        Row("\(head)\r\nAuthorization: Bearer a\r\nAuthorization: Bearer b\r\nContent-Length: 0\r\n\r\n", 400),
        Row("\(head)\r\nExpect: wonders\r\nContent-Length: 2\r\n\r\n{}", 417),
        // Too much of it.
        Row("GET /\(long(9 << 10)) HTTP/1.1\r\nHost: localhost\r\n\r\n", 414),
        Row("GET /\(long(64 << 10)) HTTP/1.1\r\nHost: localhost\r\n\r\n", 414),
        Row("GET / HTTP/1.1\r\nHost: localhost\r\nX: \(long(1 << 20))\r\n\r\n", 431),
        Row("GET / HTTP/1.1\r\nHost: localhost\r\n\(String(repeating: "X: y\r\n", count: 1000))\r\n", 431),
        Row("\(head)\r\nContent-Length: 1048577\r\n\r\n", 413),
        Row("\(head)\r\nContent-Length: 10000000000\r\nExpect: 100-continue\r\n\r\n", 413),
    ]

    @Test func `what is no request, or too much of one, is refused and the connection closed`() async throws {
        try await Served.run { served in
            for row in Self.rows {
                let name = row.text.prefix(200)
                let reply = try await served.socket.send(row.text)
                #expect(reply.statuses == [row.status], "\(name)")
                #expect(reply.header("Connection") == "close", "\(name)")
                #expect(!reply.text.lowercased().contains("access-control-allow"), "\(name)")
            }
            // It is alive.
            let reply1 = try await served.socket.ask("GET", "/api/v1/apps").status
            #expect(reply1 == 200)
        }
    }

    @Test func `a body without end is refused at its limit`() async throws {
        var limits = ServerLimits()
        limits.body = 1000
        try await Served.run(limits: limits) { served in
            let chunk = "3e8\r\n\(Self.long(1000))\r\n"
            let chunks = String(repeating: chunk, count: 1000)
            let endless = "\(Self.head)\r\nTransfer-Encoding: chunked\r\n\r\n\(chunks)"
            let reply2 = try await served.socket.send(endless).statuses
            #expect(reply2 == [413])
        }
    }

    @Test func `a head that never ends is cut off`() async throws {
        var limits = ServerLimits()
        limits.headTime = .milliseconds(500)
        try await Served.run(limits: limits) { served in
            let reply3 = try await served.socket.send("GET / HTTP/1.1\r\nHost: loc").statuses
            #expect(reply3 == [408])
            // Who says nothing at all is not answered.
            let reply4 = try await served.socket.send("").text
            #expect(reply4 == "")
        }
    }

    @Test func `a body that never comes is cut off`() async throws {
        var limits = ServerLimits()
        limits.bodyTime = .milliseconds(500)
        try await Served.run(limits: limits) { served in
            let reply = try await served.socket.send("\(Self.head)\r\nContent-Length: 2\r\n\r\n{")
            #expect(reply.statuses == [408])
        }
    }

    @Test func `who asks nothing more is let go`() async throws {
        var limits = ServerLimits()
        limits.idleTime = .milliseconds(500)
        try await Served.run(limits: limits) { served in
            let reply = try await served.socket.send("GET /api/v1/apps HTTP/1.1\r\nHost: localhost\r\n\r\n")
            #expect(reply.statuses == [200])
        }
    }

    @Test func `who waits for it is told to go on`() async throws {
        try await Served.run { served in
            let reply = try await served.socket.ask("POST", "/api/v1/apps", ["Expect: 100-continue"], body: "{}")
            #expect(reply.text.hasPrefix("HTTP/1.1 100 Continue\r\n\r\n"))
            #expect(reply.statuses.count == 1)
        }
    }

    @Test func `a thousand requests at once are answered in their order`() async throws {
        try await Served.run { served in
            let one = "GET /api/v1/apps HTTP/1.1\r\nHost: localhost\r\n\r\n"
            let other = "GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n"
            let last = "GET /api/v1/apps HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
            let reply = try await served.socket.send(String(repeating: one + other, count: 500) + last)
            let expected = (0..<1001).map { $0.isMultiple(of: 2) ? 200 : 404 }
            #expect(reply.statuses == expected)
        }
    }
}
