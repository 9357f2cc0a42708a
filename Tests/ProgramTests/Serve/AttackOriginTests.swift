import HostModel
import TestSupport
import Testing

/// H01 to H18 of the attacks on an HTTP API: who is meant, who asks, and from which page.
@Suite(.timeLimit(.minutes(20)))
struct AttackOriginTests {
    /// A change that the operator could make, as a whole request.
    private func change(_ headers: [String], target: String = "/api/v1/settings") -> String {
        let body = #"{"settings":{"retention":7}}"#
        let lines =
            ["PATCH \(target) HTTP/1.1"] + headers
            + ["Content-Type: application/json", "Content-Length: \(body.utf8.count)"]
        return lines.joined(separator: "\r\n") + "\r\n\r\n" + body
    }

    // MARK: The host

    @Test func `H01 to H07 a request for another server changes nothing`() throws {
        let served = try ServingHost(RunningHost())
        let bearer = "Authorization: Bearer \(try served.token())"
        let own = "127.0.0.1:\(served.port)"
        let rows: [(String, [String], String, Int)] = [
            ("H01", ["Host: evil.example"], "/api/v1/settings", 421), ("H02", [], "/api/v1/settings", 400),
            ("H02", ["Host:"], "/api/v1/settings", 400),
            ("H03", ["Host: \(own)", "Host: \(own)"], "/api/v1/settings", 400),
            ("H03", ["Host: \(own)", "Host: evil.example"], "/api/v1/settings", 400),
            ("H04", ["Host: localhost.evil.com:\(served.port)"], "/api/v1/settings", 421),
            ("H05", ["Host: 127.0.0.1.nip.io:\(served.port)"], "/api/v1/settings", 421),
            ("H06", ["Host: 127.0.0.1:1"], "/api/v1/settings", 421),
            ("H06", ["Host: 127.0.0.1"], "/api/v1/settings", 421),
            ("H07", ["Host: \(own)"], "http://evil.example/api/v1/settings", 421),
            ("H07", ["Host: \(own)"], "https://\(own)/api/v1/settings", 400),
            ("H07", ["Host: evil.example"], "http://\(own)/api/v1/settings", 421),
        ]
        let before = try served.state()
        for (name, hosts, target, status) in rows {
            let (reply, isClosed) = try served.loopback.exchange(change(hosts + [bearer], target: target))
            #expect(reply?.status == status, "\(name) \(hosts) \(target)")
            #expect(isClosed, "\(name)")
            #expect(try served.state() == before, "\(name)")
        }
        for host in [own, "localhost:\(served.port)", "LocalHost:\(served.port)", "[::1]:\(served.port)"] {
            let request = "GET http://\(host)/api/v1/settings HTTP/1.1\r\nHost: \(host)\r\n\(bearer)\r\n\r\n"
            #expect(try served.loopback.exchange(request).reply?.status == 200, "\(host)")
        }
        #expect(try served.loopback.exchange(change(["Host: \(own)", bearer])).reply?.status == 200)
        #expect(try served.state() != before)
    }

    // MARK: The page

    @Test func `H08 to H11 another page changes nothing`() throws {
        let served = try ServingHost(RunningHost())
        let own = "127.0.0.1:\(served.port)"
        let head = ["Host: \(own)", "Authorization: Bearer \(try served.token())"]
        let rows = [
            ("H08", "Origin: http://evil.example"), ("H08", "Origin: https://\(own)"),
            ("H08", "Origin: http://127.0.0.1"), ("H08", "Origin: http://\(own).evil.example"),
            ("H09", "Origin: null"), ("H09", "Origin:"),
            ("H10", "Referer: http://evil.example/\(own)"), ("H10", "Referer: http://\(own).evil.example/"),
            ("H11", "Sec-Fetch-Site: cross-site"), ("H11", "Sec-Fetch-Site: same-site"),
        ]
        let before = try served.state()
        for (name, header) in rows {
            let (reply, _) = try served.loopback.exchange(change(head + [header]))
            #expect(reply?.status == 403, "\(name) \(header)")
            #expect(reply?.code == "origin_refused", "\(name) \(header)")
            #expect(try served.state() == before, "\(name) \(header)")
        }
        let ours = ["Origin: http://\(own)", "Referer: http://\(own)/apps", "Sec-Fetch-Site: same-origin"]
        #expect(try served.loopback.exchange(change(head + ours)).reply?.status == 200)
    }

    @Test func `H12 and H13 a signed-in browser changes nothing without its form password`() throws {
        let served = try ServingHost.withNotes()
        let token = try served.token("browser")
        let form = "Content-Type: application/x-www-form-urlencoded"
        let signedIn = try served.loopback.ask("POST", "/session", [form], body: "token=\(token)")
        let cookie = try #require(signedIn.header("Set-Cookie"))
        #expect(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict") && cookie.contains("Max-Age="))
        let browser = "Cookie: \(cookie.prefix { $0 != ";" })"
        let password = try #require(try signedIn.json().member("session")?.member("formPassword")?.asString)
        let target = "/api/v1/apps/notes/hold"
        let forms = [
            ("text/plain", "{}"), ("application/json", "{}"), ("application/x-www-form-urlencoded", "for=7d"),
            ("application/x-www-form-urlencoded", "form_password="),
            ("application/x-www-form-urlencoded", "form_password=\(password.dropLast())"),
            ("multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=a\r\n\r\nb\r\n--x--\r\n"),
            ("multipart/form-data", "form_password=\(password)"),
        ]
        let before = try served.state()
        for (type, body) in forms {
            let headers = [browser, "Content-Type: \(type)"]
            let reply = try served.loopback.ask("POST", target, headers, body: body)
            #expect(reply.status == 403, "H12 \(type) \(body)")
            #expect(reply.code == "form_password_wrong", "H12 \(type) \(body)")
        }
        for wrong in ["", "wrong", String(password.prefix(32)), password + "0", password.uppercased(), token] {
            let reply = try served.loopback.ask("POST", target, [browser, "X-Form-Password: \(wrong)"])
            #expect(reply.status == 403, "H13 \(wrong)")
        }
        for query in ["?form_password=\(password)", "?X-Form-Password=\(password)"] {
            #expect(try served.loopback.ask("POST", target + query, [browser]).status == 403, "H13")
        }
        #expect(try served.state() == before)
        let right = try served.loopback.ask("POST", target, [browser, "X-Form-Password: \(password)"])
        #expect(right.status == 200, "\(right.text)")
        #expect(try served.state() != before)
        let said = try served.stop().stderr + (served.place.text("root/audit.jsonl") ?? "")
        for needle in [password, token, String(cookie.dropFirst("apphost_session=".count).prefix(64))] {
            #expect(!said.contains(needle), "H13")
        }
    }

    // MARK: Methods

    @Test func `H14 looking never changes anything`() throws {
        let served = try ServingHost.withNotes()
        let document = try served.ask("GET", "/openapi.json").json()
        guard case .object(let paths)? = document.member("paths") else { throw TestBroken(doing: "read it", errno: 0) }
        let before = try served.state()
        // What is one word in a place where an app or a catalog may stand is asked for as that.
        let words = ["/api/v1/apps/install", "/api/v1/app-catalogs/add", "/api/v1/app-catalogs/refresh"]
        var asked = 0
        for path in paths where !path.value.keys.contains("get") {
            var target = path.key.replacing("{operation}", with: String(repeating: "0", count: 32))
            for (name, value) in [("id", "notes"), ("catalog", "demo"), ("name", "A"), ("key", "notes")] {
                target = target.replacing("{\(name)}", with: value)
            }
            for method in ["GET", "HEAD"] {
                let reply = try served.socket.ask(method, target)
                #expect(reply.status == (words.contains(target) ? 404 : 405), "\(method) \(target)")
                let allowed = reply.header("Allow")?.split(separator: ", ").map { $0.lowercased() }
                #expect(words.contains(target) || allowed == path.value.keys, "\(target)")
                asked += 1
            }
        }
        #expect(asked > 30)
        #expect(try served.state() == before)
    }

    @Test func `H15 another page is never told that it may`() throws {
        let served = try ServingHost.withNotes()
        let bearer = "Authorization: Bearer \(try served.token())"
        let page = ["Origin: http://evil.example"]
        let asks = page + ["Access-Control-Request-Method: POST", "Access-Control-Request-Headers: authorization"]
        for target in ["/api/v1/apps", "/api/v1/apps/notes/update", "/session", "/metrics", "/", "*"] {
            for headers in [asks, asks + [bearer]] {
                let preflight = try served.loopback.ask("OPTIONS", target, headers)
                #expect([400, 403, 405].contains(preflight.status), "\(target)")
                #expect(!preflight.everything.lowercased().contains("access-control-allow"), "\(target)")
            }
            for method in ["GET", "HEAD", "POST"] where target != "*" {
                let reply = try served.loopback.ask(method, target, page + [bearer])
                #expect(!reply.everything.lowercased().contains("access-control-allow"), "\(method) \(target)")
            }
        }
    }

    // MARK: What an answer gives away

    @Test func `H18 who is not known learns nothing of what there is`() throws {
        let served = try ServingHost.withNotes()
        let wrong = "Authorization: Bearer apphost_\(String(repeating: "0", count: 64))"
        let targets = [
            "/api/v1/apps/notes", "/api/v1/apps/nobody", "/api/v1/apps/..", "/api/v1/nothing", "/api/v1/settings",
            "/api/v1/app-catalogs/demo", "/api/v1/operations/\(String(repeating: "0", count: 32))",
        ]
        for headers in [[], [wrong], ["Authorization: Basic b3BzOg=="], ["Cookie: apphost_session=0"]] {
            let replies = try targets.map { try served.loopback.ask("GET", $0, headers) }
            let first = try #require(replies.first)
            #expect(first.status == 401)
            for (target, reply) in zip(targets, replies) {
                #expect(reply.status == first.status, "\(target)")
                #expect(reply.body == first.body, "\(target)")
                #expect(reply.header("Content-Length") == first.header("Content-Length"), "\(target)")
                #expect(reply.headers.map { $0.name } == first.headers.map { $0.name }, "\(target)")
            }
        }
    }
}
