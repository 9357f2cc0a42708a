import HostModel
import Hosting
import Server
import TestSupport
import Testing

/// Who asks, over real sockets, and what is noted of it.
struct CallerTests {
    @Test func `who opens the socket is the operator, and who finds the port is nobody`() async throws {
        try await Served.run { served in
            let reply1 = try await served.socket.ask("GET", "/api/v1/apps").status
            #expect(reply1 == 200)
            let reply2 = try await served.port.ask("GET", "/api/v1/apps").status
            #expect(reply2 == 401)
            let reply3 = try await served.port.ask("GET", "/metrics").status
            #expect(reply3 == 401)
        }
    }

    @Test func `a token counts until it is revoked`() async throws {
        try await Served.run { served in
            let authorization = try served.authorization()
            let reply4 = try await served.port.ask("GET", "/api/v1/apps", [authorization]).status
            #expect(reply4 == 200)
            _ = try served.host.revokeToken(try #require(AppID("ci")))
            let reply5 = try await served.port.ask("GET", "/api/v1/apps", [authorization]).status
            #expect(reply5 == 401)
        }
    }

    @Test func `who shows a wrong token is nobody, also at the socket`() async throws {
        try await Served.run { served in
            let wrong = "Authorization: Bearer apphost_\(String(repeating: "0", count: 64))"
            let known = try await served.port.ask("GET", "/api/v1/apps", [wrong])
            let unknown = try await served.port.ask("GET", "/api/v1/apps/nobody", [wrong])
            #expect(known.status == 401)
            #expect(unknown.status == 401)
            #expect(known.body == unknown.body)
            #expect(known.header("Content-Length") == unknown.header("Content-Length"))
            let reply6 = try await served.socket.ask("GET", "/api/v1/apps", [wrong]).status
            #expect(reply6 == 401)
        }
    }

    @Test func `a browser signs in, changes nothing without the form password, and signs out`() async throws {
        try await Served.run { served in
            let token = try served.authorization("browser").split(separator: " ").last ?? ""
            let form = "Content-Type: application/x-www-form-urlencoded"
            let refused = try await served.port.ask("POST", "/session", [form], body: "token=wrong")
            #expect(refused.status == 401)
            #expect(refused.header("Set-Cookie") == nil)

            let signedIn = try await served.port.ask("POST", "/session", [form], body: "token=\(token)")
            let setCookie = try #require(signedIn.header("Set-Cookie"))
            let cookie = "Cookie: \(setCookie.prefix { $0 != ";" })"
            let password = try Self.text("formPassword", of: signedIn.body)
            let reply7 = try await served.port.ask("GET", "/api/v1/apps", [cookie]).status
            #expect(reply7 == 200)

            let change = { (headers: [String]) in
                try await served.port.ask(
                    "PATCH", "/api/v1/settings", [cookie, "Content-Type: application/json"] + headers, body: "{}"
                ).status
            }
            let reply8 = try await change([])
            #expect(reply8 == 403)
            let reply9 = try await change(["X-Form-Password: wrong"])
            #expect(reply9 == 403)
            #expect(try await change(["X-Form-Password: \(password)"]) != 403)

            let shown = "X-Form-Password: \(password)"
            let reply10 = try await served.port.ask("DELETE", "/session", [cookie]).status
            #expect(reply10 == 403)
            let reply11 = try await served.port.ask("DELETE", "/session", [cookie, shown]).status
            #expect(reply11 == 200)
            let reply12 = try await served.port.ask("GET", "/api/v1/apps", [cookie]).status
            #expect(reply12 == 401)
        }
    }

    @Test func `a page of another origin is told nothing that lets it read`() async throws {
        try await Served.run { served in
            let foreign = ["Origin: http://evil.example", "Access-Control-Request-Method: POST"]
            let preflight = try await served.port.ask("OPTIONS", "/api/v1/apps", foreign)
            #expect(preflight.status == 403)
            let reply = try await served.port.ask("GET", "/api/v1/apps", [try served.authorization()] + foreign)
            #expect(reply.status == 200)
            for text in [preflight.text, reply.text] { #expect(!text.lowercased().contains("access-control-")) }
        }
    }

    @Test func `every decision is in the audit log, and no secret, path, query or body is`() async throws {
        let place = try TemporaryDirectory()
        try await Served.run(in: place) { served in
            let authorization = try served.authorization()
            _ = try await served.port.ask("GET", "/api/v1/apps/needle-path?x=needle-query", [authorization])
            let headers = [authorization, "Content-Type: application/json"]
            _ = try await served.port.ask("POST", "/needle-path", headers, body: #"{"a":"needle-body"}"#)
            _ = try await served.port.ask("GET", "/api/v1/apps")
            _ = try await served.port.send("GET / HTTP/1.1\r\nHost: needle-host\r\n\r\n")
            let audit = try #require(place.text("root/audit.jsonl"))
            #expect(audit.split(separator: "\n").count == 4)
            for needle in [
                "needle-query", "needle-body", "needle-host", "/needle-path", place.path,
                String(authorization.split(separator: " ").last ?? "?"),
            ] { #expect(!audit.contains(needle), "\(needle)") }
            #expect(audit.contains(#""caller":"token:ci""#))
            #expect(audit.contains(#""caller":"nobody","method":"GET","route":"/api/v1/apps","app":null,"#))
        }
    }

    @Test func `what changes something is in the audit log before it is done, and when it is answered`() async throws {
        let place = try TemporaryDirectory()
        try await Served.run(in: place) { served in
            let headers = [try served.authorization(), "Content-Type: application/json"]
            let body = #"{"settings":{"retention":2}}"#
            let changed = try await served.port.ask("PATCH", "/api/v1/settings", headers, body: body)
            #expect(changed.status == 200)
            let refused = try await served.port.ask("PATCH", "/api/v1/settings", headers, body: "{}")
            #expect(refused.status == 400)
            let unknown = try await served.port.ask("PATCH", "/api/v1/settings", Array(headers.dropFirst()), body: body)
            #expect(unknown.status == 401)
            let audit = try #require(place.text("root/audit.jsonl"))
            let ends = audit.split(separator: "\n").map { $0.split(separator: ",").last ?? "" }
            #expect(ends == [#""status":null}"#, #""status":200}"#, #""status":400}"#, #""status":401}"#])
        }
    }

    @Test func `the metrics are counted from what there is`() async throws {
        try await Served.run { served in
            _ = try await served.socket.ask("GET", "/api/v1/apps")
            _ = try await served.socket.ask("GET", "/nothing")
            let reply = try await served.socket.ask("GET", "/metrics")
            #expect(reply.status == 200)
            #expect(reply.header("Content-Type") == "text/plain; version=0.0.4; charset=utf-8")
            for line in [
                #"apphost_apps{state="running"} 0"#, "apphost_updates_available 0",
                "apphost_pending_update_oldest_seconds 0", "apphost_applies_total 0",
                #"apphost_rollbacks_total{cause="health"} 0"#, #"apphost_build_info{version="\#(Platform.version)"} 1"#,
                #"apphost_http_requests_total{route="/api/v1/apps",status="200"} 1"#,
                #"apphost_http_requests_total{route="none",status="404"} 1"#,
            ] { #expect(reply.body.split(separator: "\n").contains(Substring(line)), "\(line)") }
        }
    }

    /// A text of the object `session` in an answer.
    private static func text(_ key: String, of body: String) throws -> String {
        var answer = try JSONRecord(try StrictJSON.parse(Array(body.utf8)), file: "answer")
        var session = try answer.required("session").record()
        return try session.required(key).string()
    }
}
