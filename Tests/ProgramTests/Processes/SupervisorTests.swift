import Glibc
import HostModel
import TestSupport
import Testing

/// Restarts after a failure, and what is done where the supervisor itself is gone.
@Suite(.timeLimit(.minutes(20)))
struct SupervisorTests {
    /// Lives a little longer than a start takes, and crashes.
    private func installCrashing(_ host: RunningHost, restart: JSONValue) throws {
        for version in ["1.0.0", "2.0.0"] {
            try host.pack("crashes-after-3-seconds", as: "app", version: version, restart: restart)
        }
        try host.must("install ./app-1.0.0.zip --env CRASH_AFTER_SECONDS=2")
    }

    private func waitForBackoff(_ host: RunningHost) throws {
        try eventually("it waits to be restarted") { try host.status().state == "restarting" }
    }

    @Test func `what crashes is restarted as often as its manifest says, and then no more`() throws {
        let host = try RunningHost()
        try installCrashing(host, restart: ["policy": "on-failure", "maxAttempts": 2, "backoffSeconds": 0])
        try host.must("start app")
        try eventually("it is given up") { try host.status().state == "stopped" }
        host.expectNothingLives()
        let status = try host.status()
        #expect(status.restarts == 2)
        #expect(status.lastExit?.contains("status 3") == true)
        #expect(status.isWanted == true)
        #expect(try host.log().filter { $0.text == "starting" }.count == 3)
        #expect(try host.log().filter { $0.text == "crashing" }.count == 3)
    }

    @Test func `what ends well is not restarted after a failure only`() throws {
        let host = try RunningHost()
        try host.install(
            TestApp(
                script: "sleep 2\nexit 0", restart: ["policy": "on-failure", "maxAttempts": 5, "backoffSeconds": 0]))
        try host.must("start app")
        try eventually("it ends") { try host.status().state == "stopped" }
        host.expectNothingLives()
        #expect(try host.status().restarts == 0)
    }

    @Test func `a stop ends the wait for a restart`() throws {
        let host = try RunningHost()
        try installCrashing(host, restart: ["policy": "on-failure", "maxAttempts": 3, "backoffSeconds": 3600])
        try host.must("start app")
        try waitForBackoff(host)
        let waiting = try host.status()
        #expect(waiting.isRunning == false)
        #expect(waiting.processes.isEmpty)
        #expect(try host.result("stop app") == "done")
        host.expectNothingLives()
        let status = try host.status()
        #expect(status.state == "stopped")
        #expect(status.isWanted == false)
    }

    @Test func `a start ends the wait for a restart`() throws {
        let host = try RunningHost()
        try installCrashing(host, restart: ["policy": "on-failure", "maxAttempts": 3, "backoffSeconds": 3600])
        try host.must("start app")
        try waitForBackoff(host)
        try host.must("config app CRASH_AFTER_SECONDS=86400")
        #expect(try host.result("start app") == "done")
        let status = try host.status()
        #expect(status.state == "running")
        #expect(Set(host.processes().map(\.pid)) == status.processes)
        try host.must("stop app")
        host.expectNothingLives()
    }

    @Test func `an update is done while a restart is waited for, and cancels it`() throws {
        let host = try RunningHost()
        try installCrashing(host, restart: ["policy": "on-failure", "maxAttempts": 3, "backoffSeconds": 10])
        try host.must("update app --from ./app-2.0.0.zip --stage")
        try host.must("start app")
        try waitForBackoff(host)
        try host.must("apply app")
        #expect(try host.version() == "2.0.0")
        host.expectNothingLives()
        #expect(try host.status().state == "stopped")
        #expect(try host.log().filter { $0.text == "starting" }.count == 1)
    }

    @Test func `what a killed supervisor leaves behind is named, guarded and stopped`() throws {
        let host = try RunningHost()
        try host.install(TestApp(restart: ["policy": "always", "maxAttempts": 3, "backoffSeconds": 0]))
        try host.pack(TestApp(version: "2.0.0"))
        let running = try host.start()
        let pid = try #require(running.pid)
        let supervisor = try #require(running.supervisor)
        #expect(supervisor != pid)
        #expect(kill(supervisor, SIGKILL) == 0)
        try eventually("the supervisor ends") { !SeenProcess(pid: supervisor).isAlive }

        let left = try host.status()
        #expect(left.state == "left_behind")
        #expect(left.isRunning == true)
        #expect(left.supervisor == nil)
        #expect(left.processes == [pid])
        let refused = try host.run("update app --from ./app-2.0.0.zip")
        #expect(refused.status == 75)
        #expect(refused.code == "app_running")
        #expect(SeenProcess(pid: pid).isAlive)

        #expect(try host.result("stop app") == "done")
        host.expectNothingLives()
        #expect(try host.status().state == "stopped")
        let again = try host.start()
        #expect(again.state == "running")
        #expect(again.pid != pid)
        try host.must("stop app")
    }

    @Test func `with restart an update ends what a killed supervisor left behind`() throws {
        let host = try RunningHost()
        try host.install()
        try host.pack(TestApp(version: "2.0.0"))
        let pid = try #require(try host.start().pid)
        let supervisor = try #require(try host.status().supervisor)
        #expect(kill(supervisor, SIGKILL) == 0)
        try eventually("the supervisor ends") { !SeenProcess(pid: supervisor).isAlive }
        try host.must("update app --from ./app-2.0.0.zip --restart")
        #expect(!SeenProcess(pid: pid).isAlive)
        let status = try host.status()
        #expect(status.state == "running")
        #expect(Set(host.processes().map(\.pid)) == status.processes)
        #expect(try host.version() == "2.0.0")
        try host.must("stop app")
        host.expectNothingLives()
    }

    @Test func `SIGTERM to the supervisor stops the app`() throws {
        let host = try RunningHost()
        try host.install(TestApp(restart: ["policy": "always", "maxAttempts": 3, "backoffSeconds": 0]))
        let supervisor = try #require(try host.start().supervisor)
        #expect(kill(supervisor, SIGTERM) == 0)
        host.expectNothingLives()
        #expect(try host.status().state == "stopped")
    }
}
