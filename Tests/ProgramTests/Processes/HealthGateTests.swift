import HostModel
import TestSupport
import Testing

/// What an update has to show after its restart, and what becomes of it where it does not.
@Suite(.timeLimit(.minutes(20)))
struct HealthGateTests {
    /// One that says something, and is never well.
    private static let unwell = TestApp(
        version: "2.0.0", script: "echo I am not well\nexec sleep 86400", probe: "exit 1", probeWithin: 1)

    /// `app` 1.0.0 runs, and leads back to 0.9.0.
    private func running(_ app: TestApp = TestApp()) throws -> RunningHost {
        let host = try RunningHost()
        try host.install(TestApp(version: "0.9.0"))
        try host.pack(app)
        try host.must("update app --from ./\(app.archive)")
        try host.must("start app")
        return host
    }

    // MARK: The gate opens

    @Test func `a new version that is well stays`() throws {
        let host = try running()
        try host.pack(TestApp(version: "2.0.0", probe: "exit 0"))
        try host.must("update app --from ./app-2.0.0.zip --restart")
        #expect(try host.version() == "2.0.0")
        #expect(try host.rollbackVersion() == "1.0.0")
        #expect(try host.knownBad() == [])
        #expect(try host.status().isUnconfirmed == false)
        try host.must("stop app")
    }

    @Test(arguments: ["process", "none"])
    func `a probe is not asked where another gate was named`(mode: String) throws {
        let host = try running()
        try host.pack(Self.unwell)
        try host.must("update app --from ./app-2.0.0.zip --restart --health \(mode)")
        #expect(try host.version() == "2.0.0")
        #expect(try host.status().isRunning == true)
        try host.must("stop app")
    }

    @Test func `a server is asked over http and tcp`() throws {
        let host = try RunningHost()
        let port = try TestServer.unusedPort()
        let web: JSONValue = [
            "kind": "http", "url": "http://127.0.0.1:\(port)/", "status": 200, "bodyContains": "2.0.0",
        ]
        let bare: JSONValue = ["kind": "tcp", "host": "127.0.0.1", "port": port]
        try host.pack("python-http-server", as: "web")
        try host.pack("python-http-server", as: "web", version: "2.0.0", members: [.init("health", [web, bare].json)])
        try host.must("install ./web-1.0.0.zip --env PORT=\(port)")
        try host.must("start web")
        try host.must("update web --from ./web-2.0.0.zip --restart")
        #expect(Loopback.get("/", port: port)?.body == "2.0.0")

        // The third says what it is, and not what the gate wants to hear.
        try host.pack(
            "python-http-server", as: "web", version: "3.0.0",
            members: [.init("health", [web.replacing([.init("withinSeconds", 2.json)])].json)])
        let outcome = try host.run("update web --from ./web-3.0.0.zip --restart")
        #expect(outcome.status == 4, "\(outcome.stderr)")
        try eventually("the second serves again") { Loopback.get("/", port: port)?.body == "2.0.0" }
        try host.must("stop web")
        host.expectNothingLives()
    }

    @Test func `one that answers 500 for 5 seconds and then 200 is waited for`() throws {
        let host = try RunningHost()
        let port = try TestServer.unusedPort()
        let web: JSONValue = ["kind": "http", "url": "http://127.0.0.1:\(port)/", "withinSeconds": 120]
        let name = "answers-500-then-200"
        try host.pack(name)
        try host.pack(name, version: "2.0.0", members: [.init("health", [web].json)])
        try host.must("install ./\(name)-1.0.0.zip --env PORT=\(port)")
        try host.must("start \(name)")
        try host.must("update \(name) --from ./\(name)-2.0.0.zip --restart")
        #expect(try host.version(name) == "2.0.0")
        #expect(Loopback.get("/", port: port)?.status == 200)
        let log = try host.log(name)
        #expect(log.contains { $0.text.contains(" 500 ") })
        #expect(log.contains { $0.text.contains(" 200 ") })
        try host.must("stop \(name)")
    }

    // MARK: It does not

    /// New versions that do not pass, and what they are called here.
    static let failing: [String: TestApp] = [
        "its probe fails": unwell,
        "it ends at once": TestApp(version: "2.0.0", script: "echo I am not well\nexit 7", probe: "exit 0"),
        "the kernel cannot execute it": TestApp(version: "2.0.0", shebang: "", probe: "exit 0"),
    ]

    @Test(arguments: HealthGateTests.failing.keys.sorted())
    func `a new version that is not well is undone, and the old one runs`(why: String) throws {
        let host = try running()
        let app = try #require(Self.failing[why])
        let digest = try host.pack(app)
        let outcome = try host.run("update app --from ./app-2.0.0.zip --restart")
        #expect(outcome.status == 4, "\(outcome.stderr)")
        #expect(outcome.code == "health_check_failed_rolled_back")
        if why != "the kernel cannot execute it" {
            #expect((outcome.stdout + outcome.stderr).contains("I am not well"))
        }
        let status = try host.status()
        #expect(status.state == "running")
        #expect(status.isWanted == true)
        #expect(status.isUnconfirmed == false)
        #expect(Set(host.processes().map(\.pid)) == status.processes)
        #expect(try host.version() == "1.0.0")
        #expect(try host.rollbackVersion() == "0.9.0")
        let staged = try host.listed().member("staged")
        #expect(staged?.keys.isEmpty == true)
        #expect(try host.knownBad() == [digest])
        #expect(try host.run("verify --all-slots").status == 0)
        let history = try host.must("history app --json").stdout
        #expect(history.contains("health_check_failed"))

        // It is known now, and a person has to ask for it.
        let again = try host.run("update app --from ./app-2.0.0.zip --restart")
        #expect(again.status == 77)
        #expect(again.code == "update_consent_required")
        #expect(try host.status().pid == status.pid)
        try host.must("stop app")
        host.expectNothingLives()
    }

    @Test func `with json the failure is one object`() throws {
        let host = try running()
        try host.pack(Self.unwell)
        let outcome = try host.run("update app --from ./app-2.0.0.zip --restart --json")
        #expect(outcome.status == 4)
        let line = try #require(outcome.stderr.split(separator: "\n").last)
        let error = try #require(try JSONValue(line: String(line)).member("error"))
        #expect(error.keys == ["code", "message", "state", "help", "log"])
        #expect(error.member("code")?.asString == "health_check_failed_rolled_back")
        try host.must("stop app")
    }

    @Test func `on request the new version stays though it is not well`() throws {
        let host = try running()
        try host.pack(Self.unwell)
        let outcome = try host.run("update app --from ./app-2.0.0.zip --restart --no-rollback-on-failure")
        #expect(outcome.status == 3, "\(outcome.stderr)")
        #expect(outcome.code == "health_check_failed")
        #expect(try host.version() == "2.0.0")
        #expect(try host.rollbackVersion() == "1.0.0")
        #expect(try host.status().isUnconfirmed == false)
        try host.must("stop app")
        try host.must("rollback app")
        #expect(try host.version() == "1.0.0")
    }

    @Test func `where the old version does not start again, that is told`() throws {
        let script = "[ ! -e \"$HOME/once\" ] || exit 5\necho > \"$HOME/once\"\nexec sleep 86400"
        let host = try running(TestApp(script: script))
        try eventually("it has run once") { host.place.exists("root/data/app/once") }
        try host.pack(Self.unwell)
        let outcome = try host.run("update app --from ./app-2.0.0.zip --restart")
        #expect(outcome.status == 3, "\(outcome.stderr)")
        #expect(outcome.code == "health_check_failed_rollback_failed")
        #expect(try host.version() == "1.0.0")
        #expect(try host.status().isRunning == false)
        #expect(try host.run("verify --all-slots").status == 0)
        host.expectNothingLives()
        try host.place.remove("root/data/app/once")
        try host.must("start app")
        try host.must("stop app")
    }

    @Test func `where there is nothing sound to go back to, the new version stays`() throws {
        let host = try running()
        try host.place.write("#!/bin/sh\nexit 9\n", to: "root/apps/app/installed/bin/run", mode: 0o555)
        try host.pack(Self.unwell)
        let outcome = try host.run("update app --from ./app-2.0.0.zip --restart")
        #expect(outcome.status == 3, "\(outcome.stderr)")
        #expect(outcome.code == "health_check_failed_rollback_unavailable")
        #expect(try host.version() == "2.0.0")
        #expect(try host.status().isUnconfirmed == false)
        try host.run("stop app")
        host.expectNothingLives()
    }

    @Test func `a rollback is judged, too`() throws {
        let host = try RunningHost()
        try host.install(TestApp(version: "1.0.0", probe: "exit 1", probeWithin: 1))
        try host.pack(TestApp(version: "2.0.0"))
        try host.must("update app --from ./app-2.0.0.zip")
        try host.must("start app")
        let outcome = try host.run("rollback app --restart")
        #expect(outcome.status == 4, "\(outcome.stderr)")
        #expect(outcome.code == "health_check_failed_rolled_back")
        #expect(try host.version() == "2.0.0")
        #expect(try host.rollbackVersion() == "1.0.0")
        #expect(try host.status().isRunning == true)
        try host.must("stop app")
    }

    @Test func `until the gate has spoken nobody else changes the app`() throws {
        let host = try running()
        let well = "\(host.place.path)/well"
        try host.pack(TestApp(version: "2.0.0", probe: "test -e \(well)", probeWithin: 600))
        let updating = try host.program.start("update app --from ./app-2.0.0.zip --restart")
        try eventually("the gate is asked") { try host.status().isUnconfirmed }
        for line in ["hold app", "stop app", "start app", "rollback app", "uninstall app", "config app A=1"] {
            let outcome = try host.run(line)
            #expect(outcome.status == 75, "\(line): \(outcome.stderr)")
        }
        #expect(try updating.isRunning())
        #expect(try host.version() == "2.0.0")
        try host.place.write("", to: "well")
        let outcome = try updating.wait()
        #expect(outcome.status == 0, "\(outcome.stderr)")
        #expect(try host.status().isUnconfirmed == false)
        try host.must("hold app")
        try host.must("stop app")
    }
}
