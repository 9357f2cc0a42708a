import DiskIO
import Glibc
import HostModel
import TestSupport
import Testing

@testable import Processes

struct LifeTests {
    private let scene: LifeScene

    init() throws { scene = try LifeScene() }

    private func life() throws -> Life { try Life.of(scene.place) }

    @Test func `an app that was never started does not run`() throws {
        let life = try life()
        #expect(life.isKnown)
        #expect(!life.isRunning)
        #expect(!life.isRestarting)
        #expect(life.state == nil)
        #expect(!scene.disk.exists("apps/notes/running.lock"))
    }

    @Test func `it runs while the lock is held, whoever it is`() throws {
        do {
            let held = try #require(try scene.lock())
            try withExtendedLifetime(held) { () throws in
                let life = try life()
                #expect(life.holdsLock)
                #expect(life.isRunning)
                #expect(life.isKnown)
                #expect(life.supervisor == nil)
            }
        }
        #expect(try !life().isRunning)
    }

    @Test func `who looks does not hold the lock, and another that looks is no supervisor`() throws {
        _ = try scene.lock()
        let other = try FileLock.acquire(AppPlace.runningLock, in: scene.place.app, .shared, wait: false)
        try withExtendedLifetime(other) { () throws in #expect(try !life().isRunning) }
        #expect(try !life().isRunning)
    }

    @Test func `the supervisor is who wrote the state, while the lock is held`() throws {
        let child = try LivingChild(
            shell: "exec 9>>\"$1\"; flock 9; sh -c 'echo $$; exec sleep 300' & wait", [scene.lockPath])
        let app = try child.process()
        defer { app.signal(SIGKILL) }
        let supervisor = try child.identity()
        try scene.say(supervisor)
        let life = try life()
        #expect(life.supervisor == supervisor)
        #expect(life.processes.map(\.identity) == [app])
        #expect(life.processes.map(\.evidence) == [.descendant])
        #expect(life.leftBehind == [])
        #expect(!life.isRestarting)
    }

    @Test func `what lives without a supervisor is left behind`() throws {
        let child = try LivingChild(shell: "(setsid sh -c 'echo $$; exec sleep 300 <&- >&- 2>&-' &)", run: scene.run)
        let daemon = try child.process()
        defer { daemon.signal(SIGKILL) }
        try scene.say(LifeScene.stranger)
        let life = try life()
        #expect(life.isRunning)
        #expect(life.supervisor == nil)
        #expect(life.leftBehind.map(\.identity) == [daemon])
        #expect(life.leftBehind.map(\.evidence) == [.environment])
    }

    @Test func `an executable of the app runs the app, started by whomever`() throws {
        try scene.disk.makeDirectory("apps/notes/installed/bin")
        let child = try LivingChild(
            shell: "cp \"$(command -v sh)\" \"$1\" && exec \"$1\" -c 'echo ready; read x'",
            [scene.path("installed/bin/sh")])
        _ = try child.line()
        #expect(try life().processes.map(\.evidence) == [.executable])
        #expect(try life().processes.map(\.identity) == [child.identity()])
    }

    @Test func `a supervisor that waits to start it again does not run it`() throws {
        let child = try LivingChild(shell: "echo ready; read x")
        _ = try child.line()
        try scene.say(child.identity(), .restarting(at: Timestamp(seconds: 1_777_629_700), attempt: 2))
        let waiting = try life()
        #expect(waiting.isRestarting)
        #expect(!waiting.isRunning)
        #expect(try waiting.supervisor == child.identity())

        kill(child.pid, SIGKILL)
        try child.becomeZombie()
        let dead = try life()
        #expect(!dead.isRestarting)
        #expect(dead.supervisor == nil)
    }

    @Test func `a state that no one stands behind says nothing`() throws {
        let child = try LivingChild(shell: "echo ready; read x")
        _ = try child.line()
        let identity = try child.identity()
        // The lock is free, so this process is not what the state says.
        try scene.say(identity, .running)
        #expect(try life().supervisor == nil)
        #expect(try !life().isRunning)
        try scene.say(ProcessIdentity(pid: identity.pid, startTime: identity.startTime + 1), .running)
        #expect(try life().supervisor == nil)
    }

    @Test func `a damaged state hides neither the lock nor a process`() throws {
        try scene.disk.write("{", to: "logs/notes/run.json")
        #expect(try !life().isRunning)
        #expect(try life().state == nil)
        let held = try #require(try scene.lock())
        try withExtendedLifetime(held) { () throws in #expect(try life().isRunning) }
    }

    @Test func `one table serves many apps`() throws {
        let other = try LifeScene()
        let child = try LivingChild(shell: "echo ready; read x", run: scene.run)
        _ = try child.line()
        try scene.say(LifeScene.stranger)
        try other.say(LifeScene.stranger)
        let table = ProcessTable.read()
        #expect(try Life.of(scene.place, in: table).isRunning)
        #expect(try !Life.of(other.place, in: table).isRunning)
    }

    @Test func `without processes to look at nothing is claimed`() throws {
        let blind = ProcessTable([], isReadable: false)
        #expect(try !Life.of(scene.place, in: blind).isKnown)
        let held = try #require(try scene.lock())
        try withExtendedLifetime(held) { () throws in #expect(try Life.of(scene.place, in: blind).isKnown) }
    }

    @Test(.enabled(if: geteuid() != 0, "the superuser may open anything"))
    func `a lock that may not be opened is not claimed to be free`() throws {
        _ = try scene.lock()
        try scene.disk.setMode("apps/notes/running.lock", to: 0)
        let life = try life()
        #expect(!life.isKnown)
        #expect(!life.isRunning)
    }
}
