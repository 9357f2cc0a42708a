import Bundles
import HostModel
import Processes
import Testing

@testable import Hosting

/// The probes of a manifest, as the gate asks them.
struct HealthProbesTests {
    private func probes(_ health: String) throws -> [HealthProbe] {
        let text = #"{"schema":1,"id":"notes","name":"Notes","version":"1.0.0","health":"# + health + "}"
        return try Manifest.read(Array(text.utf8)).health.map { HealthProbe($0) }
    }

    @Test func `every kind of probe is asked as the manifest says`() throws {
        let health = #"""
            [{"kind":"process","settleSeconds":9},{"kind":"tcp","host":"::1","port":8080},
             {"kind":"http","url":"http://[::1]:80/","status":204,"bodyContains":"ok"},
             {"kind":"exec","command":["bin/check","--all"]}]
            """#
        let checks: [HealthProbe.Check] = [
            .process(settle: .seconds(9)), .tcp(host: "::1", port: 8080),
            .http(url: "http://[::1]:80/", status: 204, bodyContains: "ok"), .exec(command: ["bin/check", "--all"]),
        ]
        #expect(try probes(health).map(\.check) == checks)
    }

    @Test func `its times are those of the manifest, or their defaults`() throws {
        let health = #"""
            [{"kind":"http","url":"http://localhost/"},
             {"kind":"http","url":"http://localhost/","withinSeconds":20,"intervalSeconds":2,"timeoutSeconds":3,
              "successes":4}]
            """#
        let page = HealthProbe.Check.http(url: "http://localhost/", status: nil, bodyContains: nil)
        let expected = [
            HealthProbe(page, within: .seconds(30), interval: .seconds(1), timeout: .seconds(5), successes: 1),
            HealthProbe(page, within: .seconds(20), interval: .seconds(2), timeout: .seconds(3), successes: 4),
        ]
        #expect(try probes(health) == expected)
    }

    @Test func `a process settles for as long as the gate waits where there is no probe`() throws {
        #expect(try probes(#"[{"kind":"process"}]"#) == HealthGate.probes(for: .process, listed: []))
    }
}
