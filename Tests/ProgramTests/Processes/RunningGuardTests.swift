import HostModel
import TestSupport
import Testing

/// What runs is not changed under its feet, but with `--restart`; and then nothing before the swap stops it for good.
@Suite(.timeLimit(.minutes(20)))
struct RunningGuardTests {
    /// `app` 1.1.0 is installed and leads back to 1.0.0; `app-2.0.0.zip` is newer.
    private func prepared() throws -> RunningHost {
        let host = try RunningHost()
        try host.install(TestApp(version: "1.0.0"))
        for version in ["1.1.0", "2.0.0"] { try host.pack(TestApp(version: version)) }
        try host.must("update app --from ./app-1.1.0.zip")
        return host
    }

    @Test func `a running app is not changed`() throws {
        let host = try prepared()
        let pid = try host.start().pid
        // Staging changes nothing that runs.
        try host.must("update app --from ./app-2.0.0.zip --stage")
        let before = try host.program.bundles()
        let lines = [
            "update app --from ./app-2.0.0.zip", "apply app", "rollback app", "uninstall app",
            "uninstall app --purge --yes",
        ]
        for line in lines {
            let outcome = try host.run(line)
            #expect(outcome.status == 75, "\(line): \(outcome.stderr)")
            #expect(outcome.code == "app_running", "\(line)")
            #expect(try host.program.bundles() == before, "\(line)")
        }
        #expect(try host.status().pid == pid)
        try host.must("stop app")
        try host.must("apply app")
        #expect(try host.version() == "2.0.0")
    }

    @Test func `a damaged bundle is not repaired under what runs from it, nor started`() throws {
        let host = try prepared()
        try host.must("start app")
        try host.place.write("#!/bin/sh\nexit 9\n", to: "root/apps/app/installed/bin/run", mode: 0o555)
        let repair = try host.run("install ./app-1.1.0.zip")
        #expect(repair.status == 75, "\(repair.stderr)")
        #expect(repair.code == "app_running")
        try host.must("stop app")
        let refused = try host.run("start app")
        #expect(refused.code == "bundle_damaged", "\(refused.stderr)")
        host.expectNothingLives()
        try host.must("install ./app-1.1.0.zip")
        try host.must("start app")
        try host.must("stop app")
    }

    @Test func `with restart each change stops the old and starts the new`() throws {
        let host = try prepared()
        var pid = try host.start().pid
        let changes = [
            ("update app --from ./app-2.0.0.zip --restart", "2.0.0", "1.1.0"),
            ("rollback app --restart", "1.1.0", "2.0.0"),
            ("rollback app --restart --health none", "2.0.0", "1.1.0"),
            ("rollback app --restart --health process", "1.1.0", "2.0.0"),
        ]
        for (line, installed, rollback) in changes {
            #expect(try host.result(line) == "done", "\(line)")
            let status = try host.status()
            #expect(status.state == "running", "\(line)")
            #expect(status.isWanted == true, "\(line)")
            #expect(status.isUnconfirmed == false, "\(line)")
            #expect(status.pid != nil && status.pid != pid, "\(line)")
            #expect(Set(host.processes().map(\.pid)) == status.processes, "\(line)")
            #expect(try host.version() == installed, "\(line)")
            #expect(try host.rollbackVersion() == rollback, "\(line)")
            pid = status.pid
        }
        try host.must("stop app")
        host.expectNothingLives()
    }

    @Test func `a staged candidate is applied with a restart`() throws {
        let host = try prepared()
        try host.must("update app --from ./app-2.0.0.zip --stage")
        let pid = try host.start().pid
        try host.must("apply app --restart")
        let status = try host.status()
        #expect(status.isRunning == true && status.pid != pid)
        #expect(try host.version() == "2.0.0")
        try host.must("stop app")
    }

    @Test func `a stopped app stays stopped and unjudged, unless health is asked for`() throws {
        let host = try RunningHost()
        try host.install()
        try host.pack(TestApp(version: "2.0.0", probe: "exit 1", probeWithin: 1))
        try host.must("update app --from ./app-2.0.0.zip --restart")
        #expect(try host.version() == "2.0.0")
        var status = try host.status()
        #expect(status.state == "stopped")
        #expect(status.isWanted == false)
        #expect(status.isUnconfirmed == false)
        host.expectNothingLives()

        try host.pack(TestApp(version: "3.0.0", probe: "exit 1", probeWithin: 1))
        try host.must("update app --from ./app-3.0.0.zip --restart --health process")
        #expect(try host.version() == "3.0.0")
        status = try host.status()
        #expect(status.isRunning == true)
        #expect(status.isWanted == false)
        try host.must("stop app")
    }

    @Test func `a stopped app whose update fails its health is stopped again`() throws {
        let host = try RunningHost()
        try host.install()
        try host.pack(TestApp(version: "2.0.0", probe: "exit 1", probeWithin: 1))
        let outcome = try host.run("update app --from ./app-2.0.0.zip --restart --health manifest")
        #expect(outcome.status == 4, "\(outcome.stderr)")
        #expect(outcome.code == "health_check_failed_rolled_back")
        #expect(try host.version() == "1.0.0")
        #expect(try host.status().isRunning == false)
        host.expectNothingLives()
    }

    @Test func `health is no question where nothing is restarted`() throws {
        let host = try prepared()
        let before = try host.program.bundles()
        for line in ["update app --from ./app-2.0.0.zip", "apply app", "rollback app"] {
            for mode in ["manifest", "process", "none"] {
                #expect(try host.run("\(line) --health \(mode)").status == 64, "\(line) \(mode)")
            }
        }
        #expect(try host.run("rollback app --restart --health perfect").status == 64)
        #expect(try host.program.bundles() == before)
    }

    @Test func `what fails before the swap leaves the old one running`() throws {
        let host = try prepared()
        let variable: JSONValue = ["name": "NEW", "required": true]
        try host.pack(TestApp(version: "3.0.0", members: [.init("environment", [variable].json)]))
        try host.program.spoil("app-2.0.0.zip", as: "spoiled.zip") { bytes in
            var bytes = bytes
            bytes[bytes.count / 2] ^= 1
            return bytes
        }
        try host.must("start app")
        let before = try host.program.bundles()
        let refused: [(line: String, status: Int32)] = [
            ("update app --from ./app-3.0.0.zip --restart", 77), ("update app --from ./spoiled.zip --restart", 65),
            ("update app --from ./missing.zip --restart", 66), ("apply app --restart", 66),
            ("rollback app --to 9.9.9 --restart", 66),
        ]
        for (line, expected) in refused {
            let outcome = try host.run(line)
            #expect(outcome.status == expected, "\(line): \(outcome.stderr)")
            #expect(try host.status().state == "running", "\(line)")
            #expect(host.processes().count == 1, "\(line)")
            #expect(try host.program.bundles() == before, "\(line)")
        }
        try host.must("update app --from ./app-3.0.0.zip --restart --env NEW=1")
        #expect(try host.status().isRunning == true)
        try host.must("stop app")
    }
}
