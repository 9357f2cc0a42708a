import HostModel
import TestSupport
import Testing

/// Who may ask for what at a real server, and what is noted of it.
@Suite(.timeLimit(.minutes(20)))
struct APIAccessTests {
    private static let capabilities = ["apps.manage", "apps.read", "catalogs.manage", "catalogs.read"]

    /// An app that runs and was granted everything that the API knows, beside `notes` of a catalog.
    private func withApp() throws -> ServingHost {
        let host = try RunningHost()
        try host.prepareNotes()
        try host.install(TestApp(members: [.init("permissions", Self.capabilities.json)]))
        try host.must("start app")
        return try ServingHost(host)
    }

    private func grant(_ permissions: [String], in served: ServingHost) throws {
        try served.host.must("permissions app revoke \(Self.capabilities.joined(separator: " "))")
        if !permissions.isEmpty {
            try served.host.must("permissions app grant \(permissions.joined(separator: " "))")
        }
    }

    // MARK: People

    @Test func `a token of an operator lets in until it is revoked`() throws {
        let served = try ServingHost.withNotes()
        #expect(try served.loopback.ask("GET", "/api/v1/apps").status == 401)
        let token = try served.token()
        #expect(try served.ask("GET", "/apps", as: token).status == 200)
        #expect(try served.ask("GET", "/settings", as: token).status == 200)
        let changed = try served.perform("POST", "/apps/notes/update", as: token)
        #expect(changed.member("state")?.asString == "done", "\(changed.text)")
        let history = try served.ask("GET", "/apps/notes/history").json().member("history")?.elements
        #expect(history?.last?.member("by")?.asString == "api:token:ci")

        try served.host.must("token revoke ci")
        let refused = try served.ask("GET", "/apps", as: token)
        #expect(refused.status == 401)
        #expect(refused.code == "not_authenticated")
        #expect(refused.header("WWW-Authenticate") == "Bearer")
        // Who shows what is none becomes nobody by it, also at the socket.
        let shown = ["Authorization: Bearer \(token)"]
        #expect(try served.ask("GET", "/apps", nil, as: nil, shown).status == 401)
    }

    @Test func `the text of a token is shown once, and kept nowhere`() throws {
        let served = try ServingHost.withNotes()
        let token = try served.token()
        _ = try served.ask("GET", "/apps", as: token)
        let listed = try served.host.must("token list --json").stdout
        #expect(listed.contains(#""name":"ci""#))
        #expect(!listed.contains(token))
        let holders = try served.place.snapshot().filter { $0.value.contains(token) }
        #expect(holders.keys.sorted() == [])
        #expect(try served.host.run("token new ci").status == 1)
        #expect(try served.host.run("token revoke nobody").status == 66)
    }

    // MARK: Apps

    /// What is asked, and what of ``capabilities`` it takes; nil where no app may.
    private struct Row {
        let method: String
        let path: String
        let body: JSONValue?
        let needed: [String]?

        init(_ method: String, _ path: String, _ needed: [String]?, _ body: JSONValue? = nil) {
            self.method = method
            self.path = path
            self.body = body
            self.needed = needed
        }
    }

    private static let both = ["apps.manage", "catalogs.manage"]

    /// Nothing that changes anything, whoever asks.
    private static let rows: [Row] = [
        Row("GET", "/apps", ["apps.read"]), Row("GET", "/apps/notes", ["apps.read"]),
        Row("GET", "/runtime", ["apps.read"]), Row("GET", "/apps/notes/updates", ["apps.read"]),
        Row("GET", "/app-catalogs", ["catalogs.read"]), Row("GET", "/search", ["catalogs.read"]),
        Row("GET", "/scheduler", ["apps.read", "catalogs.read"]), Row("GET", "/operations", []),
        Row("DELETE", "/apps/notes?dryRun=true", ["apps.manage"]),
        Row("DELETE", "/app-catalogs/demo?dryRun=true", ["catalogs.manage"]),
        Row("POST", "/apps/notes/updates/check", both, ["offline": true]),
        Row("POST", "/apps/notes/updates/stage", both, ["dryRun": true]),
        Row("POST", "/apps/notes/updates/apply", both, ["dryRun": true]),
        Row("POST", "/apps/notes/update", both, ["dryRun": true]),
        Row("POST", "/app-catalogs/demo/apps/notes/install", both, ["dryRun": true]),
        // The operator's alone.
        Row("GET", "/settings", nil), Row("PATCH", "/settings", nil, ["dryRun": true]), Row("GET", "/trust", nil),
        Row("POST", "/trust/notes/status", nil, ["status": "retired", "dryRun": true]),
        Row("GET", "/apps/notes/updates/policy", nil),
        Row("POST", "/apps/notes/updates/policy", nil, ["mode": "stage", "dryRun": true]),
        Row("POST", "/apps/notes/hold", nil, ["dryRun": true]), Row("GET", "/apps/notes/config", nil),
        Row("GET", "/apps/notes/secrets", nil), Row("GET", "/apps/notes/permissions", nil),
        Row("POST", "/doctor", nil), Row("POST", "/scheduler/run", nil),
        // What only a person may give.
        Row("POST", "/apps/install", nil, ["source": "/srv/notes-1.0.zip", "dryRun": true]),
        Row("POST", "/apps/notes/update", nil, ["accept": ["known-bad"], "dryRun": true]),
        Row("DELETE", "/apps/notes?purge=true&dryRun=true", nil),
        Row("POST", "/app-catalogs/add", nil, ["name": "other", "location": "/srv/shop", "dryRun": true]),
    ]

    @Test func `an app may what it was granted, and nothing else`() throws {
        let served = try withApp()
        let token = try served.token(of: "app")
        for granted in [[], ["apps.read"], ["catalogs.read"], ["apps.manage"], Self.both, Self.capabilities] {
            try grant(granted, in: served)
            for row in Self.rows {
                let what = "\(row.method) \(row.path), granted \(granted)"
                let reply = try served.ask(row.method, row.path, row.body, as: token)
                if let needed = row.needed, Set(needed).isSubset(of: granted) {
                    #expect([200, 202].contains(reply.status), "\(what): \(reply.text)")
                } else {
                    #expect(reply.status == 403, "\(what): \(reply.text)")
                    #expect(reply.code == "not_allowed", "\(what)")
                }
            }
        }
        #expect(try served.host.version("notes") == "1.0.0")
    }

    @Test func `the token of an app counts while that run of it does`() throws {
        let served = try withApp()
        let first = try served.token(of: "app")
        #expect(try served.ask("GET", "/apps", as: first).status == 200)
        try served.host.must("restart app")
        let second = try served.token(of: "app")
        #expect(try served.ask("GET", "/apps", as: first).status == 401)
        #expect(try served.ask("GET", "/apps", as: second).status == 200)
        try served.host.must("stop app")
        #expect(try served.ask("GET", "/apps", as: second).status == 401)
    }

    @Test func `an app changes in its own name, and sees its own operations alone`() throws {
        let served = try withApp()
        let token = try served.token(of: "app")
        let others = try served.begin("POST", "/verify")
        let mine = try served.begin("POST", "/apps/notes/updates/stage", as: token)
        #expect(try served.end(of: mine, as: token).member("state")?.asString == "done")
        let hidden = try served.ask("GET", "/operations/\(others)", as: token)
        #expect(hidden.status == 404)
        #expect(hidden.code == "operation_not_found")
        let seen = try served.ask("GET", "/operations", as: token).json().member("operations")?.elements ?? []
        #expect(seen.map { $0.member("id")?.asString } == [mine])
        let history = try served.ask("GET", "/apps/notes/history").json().member("history")?.elements
        #expect(history?.last?.member("by")?.asString == "api:app:app")
    }

    // MARK: The account

    @Test func `every decision is noted, with who asked and what came of it`() throws {
        let served = try withApp()
        let app = try served.token(of: "app")
        let token = try served.token()
        try grant(["apps.read"], in: served)
        let user = try #require(served.process.status("Uid")?.split(separator: " ").first)
        let before = served.place.exists("root/audit.jsonl") ? try served.audit().count : 0
        _ = try served.ask("GET", "/apps")
        _ = try served.ask("GET", "/apps/notes", as: token)
        _ = try served.ask("GET", "/apps/notes", as: app)
        _ = try served.ask("POST", "/apps/notes/hold", as: app)
        _ = try served.ask("POST", "/apps/notes/hold", as: token)
        _ = try served.loopback.ask("GET", "/api/v1/apps/notes")
        _ = try served.ask("GET", "/apps/nobody")
        _ = try served.ask("GET", "/needle-path?needle=query", as: token)
        _ = try served.loopback.exchange("GET /api/v1/apps HTTP/1.1\r\nHost: evil.example\r\n\r\n")
        _ = try served.socket.ask("GET", "/metrics")
        let lines = try served.audit().dropFirst(before).map { line in
            let words = ["caller", "method", "route", "app", "decision"].map { line.member($0)?.asString ?? "-" }
            return words.joined(separator: " ") + " \(line.member("status")?.text ?? "-")"
        }
        #expect(
            lines == [
                "socket:\(user) GET /api/v1/apps - allowed 200", "token:ci GET /api/v1/apps/{id} notes allowed 200",
                "app:app GET /api/v1/apps/{id} notes allowed 200",
                "app:app POST /api/v1/apps/{id}/hold notes refused 403",
                "token:ci POST /api/v1/apps/{id}/hold notes allowed null",
                "token:ci POST /api/v1/apps/{id}/hold notes allowed 200",
                "nobody GET /api/v1/apps/{id} notes refused 401",
                "socket:\(user) GET /api/v1/apps/{id} nobody allowed 404", "token:ci GET - - refused 404",
                "nobody GET - - refused 421", "socket:\(user) GET /metrics - allowed 200",
            ])
        #expect(served.place.mode(of: "root/audit.jsonl") == 0o600)
    }

    @Test func `the account outlives the server, a kill, and a line that was cut off`() throws {
        let served = try ServingHost.withNotes()
        _ = try served.ask("POST", "/apps/notes/hold")
        let first = try #require(served.place.text("root/audit.jsonl"))
        try served.kill()
        try served.place.write(first + #"{"schema":1,"at":"20"#, to: "root/audit.jsonl", mode: 0o600)
        try served.restart()
        _ = try served.ask("DELETE", "/apps/notes/hold")
        let both = try #require(served.place.text("root/audit.jsonl"))
        #expect(both.hasPrefix(first))
        let lines = try served.audit().map { line in
            "\(line.member("method")?.asString ?? "-") \(line.member("status")?.text ?? "-")"
        }
        #expect(lines == ["POST null", "POST 200", "DELETE null", "DELETE 200"])
    }
}
