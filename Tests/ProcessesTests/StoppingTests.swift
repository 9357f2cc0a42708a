import DiskIO
import Glibc
import HostModel
import TestSupport
import Testing

@testable import Processes

struct StoppingTests {
    private let scene: LifeScene

    init() throws { scene = try LifeScene() }

    private func stop(
        patience: Duration = .seconds(3600), clock: any Clock<Duration> = ContinuousClock()
    ) async throws -> StopOutcome {
        try await Stopping(place: scene.place, signal: SIGTERM, patience: patience, clock: clock).run()
    }

    private func isAtRest() throws -> Bool {
        let life = try Life.of(scene.place)
        return !life.isRunning && !life.isRestarting
    }

    @Test func `what does not run was stopped`() async throws {
        #expect(try await stop() == .wasStopped)
        try scene.say(LifeScene.stranger)
        #expect(try await stop() == .wasStopped)
    }

    @Test func `a process without supervisor gets the app's signal`() async throws {
        let child = try LivingChild(shell: "trap 'exit 0' USR1; trap '' TERM; echo ready; read x", run: scene.run)
        _ = try child.line()
        try scene.say(LifeScene.stranger)
        let stopping = Stopping(
            place: scene.place, signal: SIGUSR1, patience: .seconds(3600), clock: ContinuousClock())
        #expect(try await stopping.run() == .stopped(killed: false, leftBehind: 1))
        #expect(try isAtRest())
    }

    @Test func `a process that ignores the signal is killed`() async throws {
        let child = try LivingChild(shell: "trap '' TERM; echo ready; read x", run: scene.run)
        _ = try child.line()
        let identity = try child.identity()
        try scene.say(LifeScene.stranger)
        #expect(try await stop(patience: .zero) == .stopped(killed: true, leftBehind: 1))
        #expect(!identity.isAlive)
        #expect(try isAtRest())
    }

    @Test func `what forks while it is being stopped is ended too`() async throws {
        // On the signal it leaves another behind.
        let child = try LivingChild(
            shell: "trap 'sleep 300 >&- & echo $!; exit 0' TERM; echo ready; read x", run: scene.run)
        _ = try child.line()
        try scene.say(LifeScene.stranger)
        let outcome = try await stop(patience: .seconds(30))
        let late = try Int32(child.line())
        // A shell that has just forked may miss a signal; then its child is killed.
        #expect([true, false].contains { outcome == .stopped(killed: $0, leftBehind: 1) })
        #expect(late.flatMap { ProcessIdentity.of($0) } == nil)
        #expect(try isAtRest())
    }

    @Test func `a supervisor is asked, and stops the app itself`() async throws {
        let child = try LivingChild(
            shell: """
                exec 9>>"$1"; flock 9
                trap 'kill $app; wait $app; exit 0' TERM
                sh -c 'trap "" HUP; exec sleep 300' 9>&- & app=$!
                echo $app
                wait $app
                """, [scene.lockPath])
        let app = try child.process()
        defer { app.signal(SIGKILL) }
        try scene.say(child.identity())
        #expect(try await stop() == .stopped(killed: false, leftBehind: 0))
        #expect(!app.isAlive)
        #expect(try isAtRest())
        #expect(try scene.lock() != nil)
    }

    @Test func `a supervisor that waits to start the app again is ended`() async throws {
        let child = try LivingChild(shell: "echo ready; read x")
        _ = try child.line()
        let supervisor = try child.identity()
        try scene.say(supervisor, .restarting(at: Timestamp(seconds: 4_000_000_000), attempt: 1))
        #expect(try await stop() == .stopped(killed: false, leftBehind: 0))
        #expect(!supervisor.isAlive)
    }

    @Test func `a supervisor that does not answer is killed with all that is left`() async throws {
        let child = try LivingChild(
            shell: """
                exec 9>>"$1"; flock 9; trap '' TERM
                sh -c 'echo $$; exec sleep 300' 9>&- &
                read x
                """, [scene.lockPath], run: scene.run)
        let app = try child.process()
        defer { app.signal(SIGKILL) }
        let supervisor = try child.identity()
        try scene.say(supervisor)
        #expect(try await stop(patience: .zero, clock: HastyClock()) == .stopped(killed: true, leftBehind: 0))
        #expect(!supervisor.isAlive)
        #expect(!app.isAlive)
        #expect(try isAtRest())
    }

    @Test func `a process that took the supervisor's number is left alone`() async throws {
        let child = try LivingChild(shell: "echo ready; read x")
        _ = try child.line()
        let identity = try child.identity()
        let stranger = ProcessIdentity(pid: identity.pid, startTime: identity.startTime - 1)
        try scene.say(stranger, .restarting(at: Timestamp(seconds: 4_000_000_000), attempt: 1))
        #expect(try await stop() == .wasStopped)
        #expect(identity.isAlive)
    }

    @Test func `a lock whose holder cannot be found is a failure`() async throws {
        let held = try #require(try scene.lock())
        let failure = await #expect(throws: StopFailure.self) {
            try await stop(patience: .zero, clock: HastyClock())
        }
        withExtendedLifetime(held) {}
        #expect(failure?.code == .appStopFailed)
        #expect(failure?.message == "'notes' does not stop: its supervisor cannot be found")
    }

    @Test func `a failure names what still lives`() throws {
        let processes = (Int32(1)...7).map { number in
            LivingProcess(
                identity: ProcessIdentity(pid: number, startTime: 1), name: number == 1 ? "a\u{1b}b" : "p\(number)",
                evidence: .environment)
        }
        let supervisor = ProcessIdentity(pid: 99, startTime: 1)
        let many = StopFailure.stillAlive(scene.id, supervisor: supervisor, processes)
        #expect(
            many.message == "'notes' does not stop: process 1 'a\\u{1b}b', process 2 'p2', process 3 'p3', "
                + "process 4 'p4', process 5 'p5', 2 more, its supervisor 99 still run")
        #expect(many.code == .appStopFailed)
        #expect(StopFailure.notPermitted(scene.id).code == .permissionDenied)
    }

    @Test(.enabled(if: ControlGroupAccess.isThere, "it takes a control group that this user may write to"))
    func `the group of the run is emptied and removed`() async throws {
        let group = try #require(ControlGroup.make(for: scene.id, run: scene.run))
        let child = try LivingChild(
            shell: "echo 0 > \"$1\"; (env -i setsid sh -c 'trap \"\" TERM; echo $$; exec sleep 300 <&- >&- 2>&-' &)",
            [group.enroll()])
        let daemon = try child.process()
        defer { daemon.signal(SIGKILL) }
        try child.end()
        try scene.say(LifeScene.stranger, group: group)
        #expect(try Life.of(scene.place).processes.map(\.evidence) == [.group])
        #expect(try await stop(patience: .zero) == .stopped(killed: true, leftBehind: 1))
        #expect(!daemon.isAlive)
        #expect(access(group.path, F_OK) != 0)
    }
}

struct StopStepTests {
    @Test(
        arguments: [
            (0, nil, true, .ask), (0, nil, false, .ask), (9, nil, false, .ask), (10, nil, false, .force),
            (10, nil, true, .ask), (14, nil, true, .ask), (15, nil, true, .force),
            // A host that slept meanwhile kills before it gives up.
            (500, nil, true, .force), (500, nil, false, .force),
            (19, 15, true, .force), (19, 15, false, .force), (20, 15, true, .giveUp), (505, 500, false, .giveUp),
        ] as [(Int, Int?, Bool, StopStep)])
    func `it asks, then kills, then gives up`(time: Int, forcedAt: Int?, hasSupervisor: Bool, step: StopStep) {
        let found = StopStep.at(
            .seconds(time), forcedAt: forcedAt.map { Duration.seconds($0) }, patience: .seconds(10),
            hasSupervisor: hasSupervisor)
        #expect(found == step)
    }
}
