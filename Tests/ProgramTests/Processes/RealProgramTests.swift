import Glibc
import HostModel
import TestSupport
import Testing

/// The programs of `TestBundles/apps/`: each is started, seen, and ended, and nothing of it lives on.
@Suite(.timeLimit(.minutes(20)))
struct RealProgramTests {
    #if arch(arm64)
    private static let staticBinary = "static-binary-aarch64"
    #else
    private static let staticBinary = "static-binary-x86_64"
    #endif

    /// Those that live until they are stopped, and need nothing from the test.
    static let programs = [
        staticBinary, "forks-a-daemon", "forgets-its-environment", "closes-descriptors-and-double-forks",
        "parent-ends-child-goes-on", "ignores-sigterm",
    ]

    /// Packs and installs a source of `TestBundles/apps/`.
    private func install(_ name: String, with values: String = "", on host: RunningHost) throws {
        try host.pack(name)
        try host.must("install ./\(name)-1.0.0.zip\(values)")
    }

    @Test(arguments: RealProgramTests.programs)
    func `each is started, seen running and stopped, and nothing of it lives on`(name: String) throws {
        let host = try RunningHost()
        try install(name, on: host)
        let started = try host.must("start \(name)")
        #expect(started.stdout.hasPrefix("started \(name)"))
        let running = try host.status(name)
        #expect(running.state == "running")
        #expect(running.isRunning == true)
        #expect(running.isWanted == true)
        #expect(running.restarts == 0)
        #expect(running.isUnconfirmed == false)
        #expect(try host.listed(name).member("running")?.asBool == true)
        let processes = running.processes.map { SeenProcess(pid: $0) }
        // Some of these programs leave the work to their children, and end meanwhile.
        let living = processes.filter { $0.status("NoNewPrivs") != nil }
        #expect(!living.isEmpty)
        for process in living {
            #expect(process.status("NoNewPrivs") == "1")
            #expect(process.status("CapEff")?.allSatisfy { $0 == "0" } == true)
        }

        #expect(try host.result("stop \(name)") == "done")
        #expect(processes.filter(\.isAlive).isEmpty)
        host.expectNothingLives()
        let stopped = try host.status(name)
        #expect(stopped.state == "stopped")
        #expect(stopped.isRunning == false)
        #expect(stopped.isWanted == false)
        #expect(stopped.processes.isEmpty)
        if name == "ignores-sigterm" { #expect(stopped.lastExit?.contains("SIGKILL") == true) }
        #expect(try host.listed(name).member("running")?.asBool == false)
        #expect(try host.result("stop \(name)") == "unchanged")
    }

    @Test func `what it left behind is all that is seen of a program that forks a daemon`() throws {
        let host = try RunningHost()
        try install("forks-a-daemon", on: host)
        let status = try host.start("forks-a-daemon")
        #expect(status.processes == Set(host.processes(of: "forks-a-daemon").map(\.pid)))
        #expect(status.processes.count == 1)
        try host.must("stop forks-a-daemon")
    }

    @Test func `an app whose parent ended runs while its child does`() throws {
        let host = try RunningHost()
        let name = "parent-ends-child-goes-on"
        try install(name, with: " --env PARENT_SECONDS=1.5", on: host)
        try host.must("start \(name)")
        // The parent and its own `sleep` go, the other one stays.
        try eventually("the parent ends") { host.processes(of: name).count == 1 }
        let child = try #require(host.processes(of: name).first)
        let status = try host.status(name)
        #expect(status.isRunning == true)
        #expect(status.processes == [child.pid])
        #expect(try host.run("uninstall \(name)").status == 75)

        // When the child ends as well, by itself, the app does not run.
        #expect(kill(child.pid, SIGTERM) == 0)
        try eventually("it stops") { try host.status(name).state == "stopped" }
        host.expectNothingLives()
    }

    @Test func `a crash is told, and what is wanted stays wanted`() throws {
        let host = try RunningHost()
        let name = "crashes-after-3-seconds"
        try install(name, on: host)
        try host.must("start \(name)")
        try eventually("it crashes") { try host.status(name).state == "stopped" }
        let status = try host.status(name)
        #expect(status.lastExit?.contains("status 3") == true)
        #expect(status.isWanted == true)
        #expect(status.restarts == 0)
        #expect(status.pid == nil)
        host.expectNothingLives()
        let log = try host.log(name)
        #expect(log.contains { $0.stream == "out" && $0.text == "starting" })
        #expect(log.contains { $0.stream == "err" && $0.text == "crashing" })
    }

    @Test func `a server serves, is restarted, and is gone`() throws {
        let host = try RunningHost()
        let port = try TestServer.unusedPort()
        try install("python-http-server", with: " --env PORT=\(port)", on: host)
        let first = try host.start("python-http-server")
        try eventually("it serves") { Loopback.get("/healthz", port: port)?.status == 200 }
        #expect(Loopback.get("/", port: port)?.body == "1.0.0")
        #expect(Loopback.get("/other", port: port)?.status == 404)

        #expect(try host.result("start python-http-server") == "unchanged")
        #expect(try host.status("python-http-server").pid == first.pid)
        #expect(try host.result("restart python-http-server") == "done")
        let second = try host.status("python-http-server")
        #expect(second.pid != nil && second.pid != first.pid)
        try eventually("it serves again") { Loopback.get("/", port: port)?.body == "1.0.0" }

        try host.must("stop python-http-server")
        #expect(Loopback.get("/", port: port)?.status == nil)
        host.expectNothingLives()
    }

    @Test func `several apps are started and stopped at once`() throws {
        let host = try RunningHost()
        for id in ["one", "two"] { try host.install(TestApp(id: id)) }
        try host.must("start one two")
        let all = try host.json("status").member("apps")?.elements ?? []
        #expect(all.map { $0.member("state")?.asString } == ["running", "running"])
        try host.must("stop one two")
        host.expectNothingLives()
    }

    @Test func `every key of a status is always there`() throws {
        let host = try RunningHost()
        try host.install()
        let keys = [
            "id", "version", "state", "running", "wanted", "pid", "supervisor", "startedAt", "restarts", "lastExit",
            "user",
            "processes", "unconfirmed", "enforced",
        ]
        let stopped = try host.status()
        #expect(Set(stopped.json.keys) == Set(keys))
        let running = try host.start()
        #expect(Set(running.json.keys) == Set(keys))
        #expect(running.json.member("enforced")?.member("noNewPrivileges")?.asBool == true)
        #expect(running.json.member("enforced")?.member("sandbox")?.asString == "none")
        #expect(running.json.member("enforced")?.member("quota")?.asBool == false)
        let process = running.json.member("processes")?.elements.first
        #expect(Set(process?.keys ?? []) == ["pid", "name", "evidence"])
        try host.must("stop app")
    }
}
