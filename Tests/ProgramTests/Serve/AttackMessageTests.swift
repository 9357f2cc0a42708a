import Glibc
import HostModel
import TestSupport
import Testing

/// H21 to H39, and H43 to H45, of the attacks on an HTTP API: what is sent, and where it points.
@Suite(.timeLimit(.minutes(20)))
struct AttackMessageTests {
    private static let post =
        "POST /api/v1/apps/notes/hold HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json"

    private static func long(_ count: Int) -> String { String(repeating: "x", count: count) }

    private struct Row {
        let name: String
        let text: String
        let statuses: [Int]

        init(_ name: String, _ text: String, _ statuses: Int...) {
            self.name = name
            self.text = text
            self.statuses = statuses
        }
    }

    /// Expects that each is refused with one of its statuses, that the connection is closed behind it, and that nothing
    /// was changed. 0 is no answer at all.
    private func expectRefused(_ rows: [Row], by served: ServingHost) throws {
        let before = try served.state()
        for row in rows {
            let (reply, isClosed) = try served.socket.exchange(row.text)
            let what = "\(row.name) \(row.text.prefix(160))"
            #expect(row.statuses.contains(reply?.status ?? 0), "\(what): \(reply?.status ?? 0)")
            #expect(isClosed, "\(what)")
            #expect(reply == nil || reply?.code != nil, "\(what)")
        }
        #expect(try served.state() == before)
        #expect(try served.ask("GET", "/apps").status == 200)
    }

    // MARK: Bodies

    private static let limit = 1 << 20

    @Test func `H21 a body beyond the limit is refused before it is read`() throws {
        let served = try ServingHost.withNotes()
        try expectRefused(
            [
                Row("H21", "\(Self.post)\r\nContent-Length: \(Self.limit + 1)\r\n\r\n", 413),
                Row("H21", "\(Self.post)\r\nContent-Length: 10737418240\r\nExpect: 100-continue\r\n\r\n", 413),
            ], by: served)
        let full = "{\"for\":\"\(Self.long(Self.limit - 10))\"}"
        #expect(full.utf8.count == Self.limit)
        let taken = try served.socket.ask("POST", "/api/v1/apps/notes/hold", body: full)
        #expect(taken.status == 400, "as long as may be, and no span of time")
    }

    @Test func `H21 a body without end is not read to it`() throws {
        let served = try ServingHost.withNotes()
        for chunk in ["400\r\n\(Self.long(1024))\r\n", "1;\(Self.long(1024))\r\nx\r\n"] {
            let connection = try Connection(served.socket, sendBuffer: 32 << 10)
            try connection.send("\(Self.post)\r\nTransfer-Encoding: chunked\r\n\r\n")
            let chunks = Array(String(repeating: chunk, count: 64).utf8)
            var sent = 0
            while sent < 64 << 20 {
                let taken = try connection.send(chunks)
                sent += taken
                if taken < chunks.count { break }
            }
            // What is read before it is refused, what is dropped behind that, and what the kernel holds in between.
            #expect(sent < Self.limit + (64 << 10) + (512 << 10), "\(chunk.prefix(8))")
            let reply = try connection.reply()
            #expect(reply == nil || [400, 413].contains(reply?.status), "\(chunk.prefix(8))")
        }
        #expect(try served.ask("GET", "/apps").status == 200)
    }

    @Test func `H22 to H25 where two readers could see two requests nobody sees one`() throws {
        let served = try ServingHost.withNotes()
        let chunked = "\(Self.post)\r\nTransfer-Encoding: chunked"
        let get = "GET /api/v1/apps HTTP/1.1\r\nHost: localhost"
        try expectRefused(
            [
                Row("H22", "\(Self.post)\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
                Row("H22", "\(chunked)\r\nContent-Length: 2\r\n\r\n0\r\n\r\n", 400),
                Row("H22", "\(Self.post)\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", 400),
                Row("H22", "\(Self.post)\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 400),
                Row("H22", "\(Self.post)\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}", 400),
                Row("H22", "\(Self.post)\r\nContent-Length: 2, 2\r\n\r\n{}", 400),
                Row("H23", "\(Self.post)\r\nContent-Length: -1\r\n\r\n", 400),
                Row("H23", "\(Self.post)\r\nContent-Length: +5\r\n\r\n{}", 400),
                Row("H23", "\(Self.post)\r\nContent-Length: 0x10\r\n\r\n{}", 400),
                Row("H23", "\(Self.post)\r\nContent-Length: 18446744073709551616\r\n\r\n", 400, 413),
                Row("H23", "\(Self.post)\r\nContent-Length: 9223372036854775807\r\n\r\n", 413),
                Row("H24", "\(chunked)\r\n\r\nFFFFFFFFFFFFFFFFF\r\n", 400),
                Row("H24", "\(chunked)\r\n\r\n-1\r\n", 400),
                // Who sends so much is not always told why.
                Row("H24", "\(chunked)\r\n\r\n2;\(Self.long(4 << 20))\r\n{}\r\n0\r\n\r\n", 400, 413, 0),
                Row("H25", "\(get)\r\nX-Long: a\r\n b\r\n\r\n", 400), Row("H25", "\(get)\nX-Bare: a\r\n\r\n", 400),
                Row("H25", "\(get)\r\nX-Bare: a\n\n", 400), Row("H25", "\(get)\r\nX Space: a\r\n\r\n", 400),
                Row("H25", "\(get)\r\nX-Space : a\r\n\r\n", 400), Row("H25", "\(get)\r\n: a\r\n\r\n", 400),
                Row("H25", "\(get)\r\nX-Return: a\rb\r\n\r\n", 400), Row("H25", "\(get)\r\nX-Null: \0\r\n\r\n", 400),
                Row("H25", "GET /api/v1/apps\r\n\r\n", 400, 505),
            ], by: served)
    }

    @Test func `H26 a head without measure is refused, and costs nothing that stays`() throws {
        let served = try ServingHost.withNotes()
        let get = "GET /api/v1/apps HTTP/1.1\r\nHost: localhost\r\n"
        let rows = [
            Row("H26", get + String(repeating: "X: y\r\n", count: 100_000) + "\r\n", 431),
            Row("H26", get + "X: \(Self.long(1 << 20))\r\n\r\n", 431),
            Row("H26", get + "\(Self.long(1 << 20)): x\r\n\r\n", 431),
            Row("H26", "GET /\(Self.long(64 << 10)) HTTP/1.1\r\nHost: localhost\r\n\r\n", 414),
            Row("H26", "\(Self.long(64 << 10)) / HTTP/1.1\r\nHost: localhost\r\n\r\n", 400, 414),
        ]
        // What is loaded and allocated once is there after the first time.
        try expectRefused(rows, by: served)
        let before = try memory(of: served)
        for _ in 0..<10 { try expectRefused(rows, by: served) }
        #expect(try memory(of: served) - before < 16 << 10)
    }

    /// In KiB.
    private func memory(of served: ServingHost) throws -> Int {
        let words = try #require(served.process.status("VmRSS")).split(separator: " ")
        return try #require(words.first.flatMap { Int($0) })
    }

    // MARK: Names

    @Test func `H27 and H28 what is no id leads nowhere`() throws {
        let served = try ServingHost.withNotes()
        let ids = [
            "..", ".", "%2e%2e", "%2e", "..%2f..%2fetc", "%2f", "%5c", "..%5c..", "%00", "notes%00", "%c0%ae%c0%ae",
            "%252e%252e", "%25", "%", "%zz", "%e2%80%ae", "Notes", "NOTES", "notes.", ".notes", "-notes", "no..tes",
            "notes%20", "%20notes", "notes%0d%0a", "notes;a", "notes:a", "~", "*", "...", Self.long(300),
            "app-install-notes", "staging", "con", "lock",
        ]
        let before = try served.state()
        for id in ids {
            let looked = try served.socket.ask("GET", "/api/v1/apps/\(id)")
            #expect([400, 404].contains(looked.status), "\(id): \(looked.text)")
            let changes = [
                ("DELETE", "?purge=true&wait=60", ""), ("POST", "/update?wait=60", #"{"offline":true}"#),
                ("POST", "/hold", ""),
            ]
            for (method, rest, body) in changes {
                let reply = try served.socket.ask(method, "/api/v1/apps/\(id)\(rest)", body: body)
                let status = try reply.json().member("operation")?.member("error")?.member("status")?.asInteger
                #expect([400, 404].contains(status.map { Int($0) } ?? reply.status), "\(method) \(id): \(reply.text)")
            }
        }
        for target in ["/api/v1/apps/notes/../notes/hold", "/api/v1//apps/notes/hold", "/api/v1/apps/notes/hold/"] {
            #expect(try served.socket.ask("POST", target).status == 404, "\(target)")
        }
        #expect(try served.state() == before)
    }

    @Test func `H29 and H30 what is no strict JSON, or not what is asked for, changes nothing`() throws {
        let served = try ServingHost.withNotes()
        let deep = String(repeating: "[", count: 100_000)
        let many = (0..<60_000).map { "\"k\($0)\":0" }.joined(separator: ",")
        let wrong: [String] = [
            "{\"a\":\(deep)", deep, "{\(many)}", #"{"for":"1d","for":"2d"}"#, #"{"for":"1d","f\u006fr":"2d"}"#,
            #"{"for":1e999}"#, #"{"for":NaN}"#, #"{"for":-Infinity}"#, #"{"for":"\ud800"}"#, #"{"for":"\ud800\u0041"}"#,
            #"{"for":7}"#, #"{"for":["7d"]}"#, #"{"for":null}"#, #"{"dryRun":"true"}"#, #"{"dryRun":1}"#,
            #"{"nosuch":true}"#, #"{"for":"7d"} {}"#, #"{"for":"7d",}"#, "{'for':'7d'}", "[]", "null", #""7d""#, "{",
            #"{"for":"7\u0000d"}"#, "/**/{}", "{\"for\":\"\u{1}\"}", "\u{FEFF}{}",
        ]
        let noText: [[UInt8]] = [[0x22, 0xFF, 0xFE, 0x22], [0x22, 0xC0, 0xAE, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22]]
        let texts = wrong.map { Array($0.utf8) } + noText
        let before = try served.state()
        for text in texts {
            let head = "\(Self.post)\r\nConnection: close\r\nContent-Length: \(text.count)\r\n\r\n"
            let reply = try served.socket.exchange(Array(head.utf8) + text).reply
            #expect(reply?.status == 400, "\(String(decoding: text.prefix(60), as: UTF8.self))")
            #expect(reply?.code == "usage")
        }
        // A million keys are more bytes than a body may have.
        let million = (0..<1_000_000).map { "\"\($0)\":0" }.joined(separator: ",")
        let (tooLong, _) = try served.socket.exchange("\(Self.post)\r\nContent-Length: \(million.utf8.count)\r\n\r\n")
        #expect(tooLong?.status == 413)
        #expect(try served.state() == before)
    }

    // MARK: Words of others

    @Test func `H34 and H35 nothing that is sent becomes a header or a line of the log`() throws {
        let host = try RunningHost()
        try host.prepareNotes()
        let served = try ServingHost(host, options: "--log-level trace")
        let lines = [
            "GET /api/v1/apps/x%0d%0aSet-Cookie:%20a=b HTTP/1.1", "GET /api/v1/%1b%5b31m%0alevel=error HTTP/1.1",
            "GET /api/v1/apps?%0d%0aSet-Cookie:%20a=b HTTP/1.1", "DELETE /api/v1/apps/x%0aat=now HTTP/1.1",
            "POST /api/v1/apps/notes/update HTTP/1.1\r\nIdempotency-Key: a%0d%0aSet-Cookie: b",
            "GET /api/v1/apps HTTP/1.1\r\nUser-Agent: \u{1B}[31m\r\nReferer: level=error",
        ]
        for line in lines {
            let reply = try served.socket.exchange("\(line)\r\nHost: localhost\r\nConnection: close\r\n\r\n").reply
            #expect(reply != nil, "\(line)")
            #expect(reply?.header("Set-Cookie") == nil, "\(line)")
        }
        let unknown = try served.socket.exchange("LEVEL=ERROR / HTTP/1.1\r\nHost: localhost\r\n\r\n").reply
        #expect(unknown?.status == 400)
        let log = try served.stop().stderr
        for line in log.split(separator: "\n") {
            #expect(line.hasPrefix("at="), "\(line)")
            #expect(line.utf8.allSatisfy { (0x20...0x7E).contains($0) }, "\(line)")
        }
        #expect(!log.contains("level=error") && !log.contains("Set-Cookie"))
    }

    @Test func `H36 what says that it was forwarded is not believed`() throws {
        let served = try ServingHost.withNotes()
        let forwarded = [
            "X-Forwarded-For: 127.0.0.1", "X-Forwarded-Host: localhost", "X-Forwarded-Proto: https",
            "X-Forwarded-User: root", "Forwarded: for=127.0.0.1;host=localhost", "X-Real-IP: 127.0.0.1",
            "X-HTTP-Method-Override: DELETE", "X-Original-URL: /api/v1/settings",
        ]
        #expect(try served.loopback.ask("GET", "/api/v1/apps", forwarded).status == 401)
        let plain = try served.ask("GET", "/apps")
        #expect(try served.ask("GET", "/apps", nil, as: nil, forwarded).text == plain.text)
        let hosts = "Host: evil.example\r\nX-Forwarded-Host: 127.0.0.1:\(served.port)"
        #expect(try served.loopback.exchange("GET /api/v1/apps HTTP/1.1\r\n\(hosts)\r\n\r\n").reply?.status == 421)
        #expect(try served.host.version("notes") == "1.0.0")
    }

    @Test func `H37 and H38 what nobody needs is not spoken`() throws {
        let served = try ServingHost.withNotes()
        let secret = "Cookie: apphost_session=needle"
        for line in ["TRACE /api/v1/apps", "TRACE /", "CONNECT localhost:80", "CONNECT 127.0.0.1:\(served.port)"] {
            let text = "\(line) HTTP/1.1\r\nHost: localhost\r\n\(secret)\r\n\r\n"
            let (reply, isClosed) = try served.socket.exchange(text)
            #expect(reply?.status == 405, "\(line)")
            #expect(isClosed, "\(line)")
            #expect(reply?.everything.contains("needle") == false, "\(line)")
        }
        for text in ["GET / HTTP/1.0\r\nHost: localhost\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"] {
            #expect(try [400, 505].contains(served.socket.exchange(text).reply?.status ?? 0), "\(text)")
        }
        let upgrade = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__"
        let (asked, _) = try served.socket.exchange(
            "GET /api/v1/apps HTTP/1.1\r\nHost: localhost\r\n\(upgrade)\r\n\r\n")
        #expect(asked?.status == 200)
    }

    // MARK: Files

    @Test(.enabled(if: AttackMessageTests.isOtherUserThere, "it takes the superuser, another user and curl"))
    func `H43 another user may not open the socket, and is nobody where they can`() throws {
        let served = try ServingHost.withNotes()
        #expect(served.place.mode(of: "root/apphost.sock") == 0o600)
        #expect(try asOtherUser(served) == "000")
        try served.place.setMode("root/apphost.sock", to: 0o666)
        #expect(try asOtherUser(served) == "401")
    }

    private static let isOtherUserThere = OtherUser.isThere && access("/usr/bin/curl", X_OK) == 0

    /// The status that another user gets at the socket; 000 where they get nothing.
    private func asOtherUser(_ served: ServingHost) throws -> String {
        let asking = ["/usr/bin/curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "--unix-socket"]
        let place = ["\(served.place.path)/root/apphost.sock", "http://localhost/api/v1/apps"]
        let words = ["/usr/bin/env"] + OtherUser.launcher + asking + place
        let running = try RunningProgram(
            words, environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"], stdin: "", scratch: served.place.path)
        return try running.wait().stdout
    }

    @Test func `H44 there are no files to be had`() throws {
        let served = try ServingHost.withNotes()
        try served.place.makeLink("root/link", to: "/etc/passwd")
        let targets = [
            "/etc/passwd", "/../../../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/..%2f..%2fetc%2fpasswd",
            "/link", "/root/link", "/static/../link", "/tokens.json", "/config.json", "/audit.jsonl",
            "/trust/keys.json", "/api/v1/../../tokens.json", "/.git/config", "/api/v1/link",
        ]
        for target in targets {
            let reply = try served.socket.ask("GET", target)
            #expect([400, 403, 404].contains(reply.status), "\(target)")
            #expect(!reply.text.contains("root:") && !reply.text.contains("\"schema\""), "\(target)")
        }
    }

    @Test func `H45 what asks for a part, or for what is newer, gets all of it`() throws {
        let served = try ServingHost.withNotes()
        let plain = try served.ask("GET", "/apps")
        let headers = [
            "Range: bytes=0-0", "Range: bytes=-1", "Range: bytes=9999999-", "Range: bytes=0-0,1-1,2-2", "Range: x",
            "If-None-Match: *", "If-None-Match: \"x\"", "If-Modified-Since: Fri, 01 May 2099 10:00:00 GMT",
            "If-Match: \"x\"", "Accept-Encoding: gzip, br", "Accept: text/html",
        ]
        for header in headers {
            let reply = try served.ask("GET", "/apps", nil, as: nil, [header])
            #expect(reply.status == 200, "\(header)")
            #expect(reply.text == plain.text, "\(header)")
            #expect(reply.header("Content-Encoding") == nil && reply.header("Content-Range") == nil, "\(header)")
        }
    }
}
