import HostModel
import TestSupport
import Testing

/// `/metrics`, each number against the state that it counts.
@Suite(.timeLimit(.minutes(20)))
struct MetricsTests {
    /// What the page says now, by name and labels as they stand there.
    private func metrics(_ served: ServingHost) throws -> [String: Int64] {
        let reply = try served.socket.ask("GET", "/metrics")
        #expect(reply.status == 200)
        #expect(reply.header("Content-Type") == "text/plain; version=0.0.4; charset=utf-8")
        let samples = try reply.text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
            let space = try #require(line.lastIndex(of: " "))
            return (String(line[..<space]), try #require(Int64(line[line.index(after: space)...])))
        }
        #expect(Set(samples.map { $0.0 }).count == samples.count, "a sample is there twice")
        return Dictionary(samples) { first, _ in first }
    }

    @Test func `apps are counted by what they do`() throws {
        let host = try RunningHost()
        for id in ["one", "two", "three"] { try host.install(TestApp(id: id)) }
        try host.must("start one two")
        let served = try ServingHost(host)
        for stopped in [nil, "two", "one"] as [String?] {
            if let stopped { try host.must("stop \(stopped)") }
            let states = try served.ask("GET", "/runtime").json().member("apps")?.elements ?? []
            let found = try metrics(served)
            for state in ["running", "stopped", "restarting", "left_behind", "unknown"] {
                let count = states.filter { $0.member("state")?.asString == state }.count
                #expect(found["apphost_apps{state=\"\(state)\"}"] == Int64(count), "\(state)")
            }
            let alive = ["one", "two"].filter { !host.processes(of: $0).isEmpty }
            #expect(found["apphost_apps{state=\"running\"}"] == Int64(alive.count))
        }
        #expect(try metrics(served)["apphost_unreadable"] == 0)
        try host.place.write("{", to: "root/apps/three/record.json", mode: 0o600)
        #expect(try metrics(served)["apphost_unreadable"] ?? 0 > 0)
    }

    @Test func `updates are counted from the check to the swap, and the oldest by its age`() throws {
        let served = try ServingHost.withNotes()
        let oldest = "apphost_pending_update_oldest_seconds"
        var found = try metrics(served)
        #expect(found["apphost_updates_available"] == 0)
        #expect(found[oldest] == 0)
        #expect(found["apphost_applies_total"] == 0)
        let begin = Timestamp.now.seconds
        try served.host.must("check notes")
        #expect(try metrics(served)["apphost_updates_available"] == 1)
        try eventually("the candidate grows older") { try metrics(served)[oldest] ?? 0 > 0 }
        let age = try #require(try metrics(served)[oldest])
        #expect(age <= Timestamp.now.seconds - begin)

        _ = try served.perform("POST", "/apps/notes/update")
        found = try metrics(served)
        #expect(found["apphost_updates_available"] == 0)
        #expect(found[oldest] == 0)
        #expect(found["apphost_applies_total"] == 1)
        let history = try served.ask("GET", "/apps/notes/history").json().member("history")?.elements ?? []
        let applies = history.filter { line in
            ["update", "apply"].contains(line.member("kind")?.asString) && line.member("outcome")?.asString == "done"
        }
        #expect(applies.count == 1)
    }

    @Test func `ways back are counted by who wanted them`() throws {
        let host = try RunningHost()
        try host.install()
        try host.pack(TestApp(version: "2.0.0"))
        try host.pack(TestApp(version: "3.0.0", probe: "exit 1", probeWithin: 2))
        try host.must("start app")
        let served = try ServingHost(host)
        let causes = ["operator", "health"].map { "apphost_rollbacks_total{cause=\"\($0)\"}" }
        let counts = { (found: [String: Int64]) in causes.map { found[$0] } }
        #expect(try counts(metrics(served)) == [0, 0])
        let good = try served.perform(
            "POST", "/apps/app/update", ["source": "\(host.place.path)/app-2.0.0.zip", "restart": true])
        #expect(good.member("state")?.asString == "done", "\(good.text)")
        #expect(try counts(metrics(served)) == [0, 0])
        let back = try served.perform("POST", "/apps/app/updates/rollback", ["restart": true])
        #expect(back.member("state")?.asString == "done", "\(back.text)")
        #expect(try counts(metrics(served)) == [1, 0])
        let bad = try served.perform(
            "POST", "/apps/app/update", ["source": "\(host.place.path)/app-3.0.0.zip", "restart": true])
        #expect(bad.member("error")?.member("code")?.asString == "health_check_failed_rolled_back", "\(bad.text)")
        #expect(bad.member("error")?.member("status")?.asInteger == 500)
        #expect(try counts(metrics(served)) == [1, 1])
        #expect(try host.version() == "1.0.0")
        try host.must("stop app")
    }

    @Test func `catalogs are counted by their failures, and until when they count`() throws {
        let served = try ServingHost.withNotes()
        let expiry = "apphost_catalog_expiry_seconds{catalog=\"demo\"}"
        let failures = "apphost_catalog_refresh_failures_total{catalog=\"demo\"}"
        let shown = try served.host.json("catalog info demo")
        let end = try #require(shown.member("expiresAt")?.asString.flatMap { Timestamp($0) })
        let before = Timestamp.now.seconds
        let found = try metrics(served)
        let left = try #require(found[expiry])
        #expect(left <= end.seconds - before)
        #expect(left >= end.seconds - Timestamp.now.seconds)
        #expect(found[failures] == 0)
        try served.place.remove("shop/metadata/timestamp.json")
        for count in 1...2 {
            let refused = try served.perform("POST", "/app-catalogs/demo/refresh")
            #expect(refused.member("state")?.asString == "failed")
            #expect(try metrics(served)[failures] == Int64(count))
        }
    }

    @Test func `requests are counted by route and status`() throws {
        let served = try ServingHost.withNotes()
        let name = { (route: String, status: Int) in
            "apphost_http_requests_total{route=\"\(route)\",status=\"\(status)\"}"
        }
        for _ in 0..<3 { _ = try served.ask("GET", "/apps/notes") }
        _ = try served.ask("GET", "/apps/nobody")
        _ = try served.ask("GET", "/nothing")
        _ = try served.loopback.ask("GET", "/api/v1/apps")
        let found = try metrics(served)
        #expect(found[name("/api/v1/apps/{id}", 200)] == 3)
        #expect(found[name("/api/v1/apps/{id}", 404)] == 1)
        #expect(found[name("none", 404)] == 1)
        #expect(found[name("/api/v1/apps", 401)] == 1)
        #expect(found[name("/metrics", 200)] == nil)
        #expect(try metrics(served)[name("/metrics", 200)] == 1)
    }
}
