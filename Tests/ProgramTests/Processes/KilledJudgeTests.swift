import Glibc
import HostModel
import TestSupport
import Testing

/// SIGKILL to `apphost` between the stop of the old version and the word of the gate, and to everything at once.
@Suite(.timeLimit(.minutes(20)))
struct KilledJudgeTests {
    /// What is seen of an update when it is killed.
    enum Moment: String, CaseIterable {
        case oldIsGone, swapped, newRuns
    }

    /// `app` 1.0.0 runs; 2.0.0 is never well, and asked for a long time.
    private func prepared() throws -> (host: RunningHost, digest: String) {
        let host = try RunningHost()
        try host.install()
        let digest = try host.pack(TestApp(version: "2.0.0", probe: "exit 1", probeWithin: 3600))
        try host.must("start app")
        return (host: host, digest: digest)
    }

    private func isUnconfirmed(_ host: RunningHost) -> Bool {
        host.place.text("root/apps/app/record.json")?.contains("\"unconfirmed\":{") == true
    }

    /// Begins the update to 2.0.0, and kills it.
    private func killUpdate(at moment: Moment, in host: RunningHost) throws {
        let old = try #require(try host.status().pid)
        let updating = try host.program.start("update app --from ./app-2.0.0.zip --restart")
        try eventually("\(moment)") {
            switch moment {
            case .oldIsGone: !SeenProcess(pid: old).isAlive
            case .swapped: isUnconfirmed(host)
            case .newRuns: host.processes().contains { $0.pid != old } && isUnconfirmed(host)
            }
        }
        updating.kill()
        #expect(try updating.wait().status == -SIGKILL)
    }

    /// Expects 1.0.0, running once, with nothing left to be judged.
    private func expectOldRuns(_ host: RunningHost, _ when: String) throws {
        let status = try host.status()
        #expect(status.state == "running", "\(when)")
        #expect(status.isUnconfirmed == false, "\(when)")
        #expect(status.isWanted == true, "\(when)")
        #expect(Set(host.processes().map(\.pid)) == status.processes, "\(when)")
        #expect(status.processes.count == 1, "\(when)")
        #expect(try host.version() == "1.0.0", "\(when)")
        #expect(try host.run("verify --all-slots").status == 0, "\(when)")
    }

    @Test(arguments: KilledJudgeTests.Moment.allCases)
    func `after a kill the wanted app is brought up once, as it was`(moment: Moment) throws {
        let (host, _) = try prepared()
        try killUpdate(at: moment, in: host)
        try host.must("start --wanted")
        try expectOldRuns(host, "\(moment)")
        let pid = try host.status().pid
        try host.must("start --wanted")
        #expect(try host.status().pid == pid)
        try host.must("stop app")
        host.expectNothingLives()
    }

    @Test func `who looks is shown what was not judged, and changes nothing`() throws {
        let (host, digest) = try prepared()
        try killUpdate(at: .newRuns, in: host)
        let before = try host.program.bundles()
        for line in ["list", "status app", "info app", "history app", "logs app"] { try host.must(line) }
        let status = try host.status()
        #expect(status.isUnconfirmed)
        #expect(try host.version() == "2.0.0")
        #expect(try host.knownBad() == [])
        #expect(try host.program.bundles() == before)

        // The first that changes something undoes it.
        try host.must("hold app")
        try expectOldRuns(host, "after a change")
        #expect(try host.knownBad() == [digest])
        try host.must("stop app")
        host.expectNothingLives()
    }

    @Test func `an update of a stopped app that nobody judged is undone, and the app is stopped`() throws {
        let host = try RunningHost()
        try host.install()
        let digest = try host.pack(TestApp(version: "2.0.0", probe: "exit 1", probeWithin: 3600))
        let updating = try host.program.start("update app --from ./app-2.0.0.zip --restart --health manifest")
        try eventually("the new one runs") { isUnconfirmed(host) && !host.processes().isEmpty }
        updating.kill()
        _ = try updating.wait()
        try host.must("hold app")
        #expect(try host.version() == "1.0.0")
        #expect(try host.knownBad() == [digest])
        #expect(try host.status().isRunning == false)
        host.expectNothingLives()
    }

    @Test(arguments: [KilledJudgeTests.Moment.oldIsGone, .newRuns])
    func `after everything was killed exactly the wanted apps run, none twice`(moment: Moment) throws {
        let (host, _) = try prepared()
        for id in ["other", "stopped", "never"] { try host.install(TestApp(id: id)) }
        try host.must("start other stopped")
        try host.must("stop stopped")
        try killUpdate(at: moment, in: host)
        host.killEverything()
        #expect(host.everything().isEmpty)
        #expect(try host.status("other").state == "stopped")

        try host.must("start --wanted")
        try expectOldRuns(host, "\(moment)")
        #expect(host.processes(of: "other").count == 1)
        for id in ["stopped", "never"] {
            #expect(host.processes(of: id).isEmpty, "\(id)")
            #expect(try host.status(id).state == "stopped")
        }
        let pids = try ["app", "other"].map { try host.status($0).pid }
        try host.must("start --wanted")
        let again = try ["app", "other"].map { try host.status($0).pid }
        #expect(again == pids)
        try host.must("stop app other")
        host.expectNothingLives()
    }
}
