import Glibc
import HostModel
import TestSupport
import Testing

/// What cannot be started: a clear answer, and nothing half started.
@Suite(.timeLimit(.minutes(20)))
struct StartRefusalTests {
    /// Expects that a start is refused, and that nothing came of it.
    private func expectRefused(
        _ host: RunningHost, _ codes: [String], status: Int32?, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let outcome = try host.run("start app")
        #expect(codes.contains(outcome.code ?? ""), "\(outcome.stderr)", sourceLocation: sourceLocation)
        if let status {
            #expect(outcome.status == status, sourceLocation: sourceLocation)
        } else {
            #expect(outcome.status != 0, sourceLocation: sourceLocation)
        }
        host.expectNothingLives(sourceLocation: sourceLocation)
        let after = try host.status()
        #expect(after.isRunning == false, sourceLocation: sourceLocation)
        #expect(after.processes.isEmpty, sourceLocation: sourceLocation)
    }

    @Test func `an app that is not installed cannot be started, stopped or restarted`() throws {
        let host = try RunningHost()
        for line in ["start app", "stop app", "restart app", "status app"] {
            let outcome = try host.run(line)
            #expect(outcome.status == 66, "\(line): \(outcome.stderr)")
            #expect(outcome.code == "app_not_installed", "\(line)")
        }
        #expect(host.place.names("root/apps").isEmpty)
    }

    @Test func `a bundle of files cannot be started`() throws {
        let host = try RunningHost()
        try host.install(TestApp(isLaunched: false))
        try expectRefused(host, ["app_not_launchable"], status: 64)
    }

    @Test func `what the kernel cannot execute cannot be started`() throws {
        let host = try RunningHost()
        try host.install(TestApp(shebang: ""))
        try expectRefused(host, ["app_start_failed"], status: 1)
    }

    @Test func `what names an interpreter that is not there cannot be started`() throws {
        let host = try RunningHost()
        try host.install(TestApp(shebang: "#!/no/such/interpreter"))
        try expectRefused(host, ["app_start_failed"], status: 1)
    }

    @Test func `what ends within its first second was not started`() throws {
        let host = try RunningHost()
        try host.install(TestApp(script: "echo not today\nexit 7"))
        try expectRefused(host, ["app_start_failed"], status: 1)
        #expect(try host.status().lastExit?.contains("status 7") == true)
        #expect(try host.log().contains { $0.text == "not today" })
    }

    @Test func `an app without a value that it needs is not started until it has one`() throws {
        let host = try RunningHost()
        let variable: JSONValue = ["name": "NEEDED", "required": true]
        try host.install(TestApp(members: [.init("environment", [variable].json)]))
        try expectRefused(host, ["app_environment_missing"], status: 78)
        #expect(try host.run("start app").stderr.contains("NEEDED"))
        try host.must("config app NEEDED=1")
        #expect(try host.start().isRunning == true)
        try host.must("stop app")
    }

    @Test func `an app whose log cannot be written is not started`() throws {
        let host = try RunningHost()
        try host.install()
        try host.place.makeDirectory("root/logs/app", mode: 0o700)
        try host.place.makeDirectory("root/logs/app/output.log", mode: 0o700)
        try expectRefused(
            host, ["app_start_failed", "cannot_create", "disk_error", "permission_denied"], status: nil)
        #expect(rmdir("\(host.place.path)/root/logs/app/output.log") == 0)
        #expect(try host.start().isRunning == true)
        try host.must("stop app")
    }

    @Test func `with several apps one refusal stops no other`() throws {
        let host = try RunningHost()
        try host.install(TestApp(id: "app", isLaunched: false))
        try host.install(TestApp(id: "other"))
        let outcome = try host.run("start app other")
        #expect(outcome.status != 0)
        #expect(try host.status("other").isRunning == true)
        #expect(try host.status("app").isRunning == false)
        try host.must("stop other")
        host.expectNothingLives()
    }
}
