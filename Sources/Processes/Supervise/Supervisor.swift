import CLinux
import DiskIO
import Glibc
import HostModel

/// Looks after one app from its start to the end of its last process: launches it, keeps its log, restarts it, stops
/// it.
///
/// It is a process of its own, of one thread. SIGTERM asks it to stop the app and to end; asked again, it kills the
/// app at once.
///
/// On disk: `apps/<id>/running.lock` is locked while anything may live; `logs/<id>/run.json` says what it does.
package final class Supervisor {
    private let order: SupervisorOrder
    private let starter: Starter
    private let root: Directory
    private let app: Directory
    private let logs: Directory
    private let bundle: Directory
    private let log: OutputLog
    private let events: SupervisorEvents
    private var group: ControlGroup?
    private var runningLock: FileLock?
    private var plan: RestartPlan
    private var state: RunState

    /// What the hidden verb does.
    ///
    /// - Returns: the exit status of this process.
    package static func run() -> Int32 {
        guard let handed = HandedOver.take() else { return FailureCode.usage.exitStatus }
        let supervisor: Supervisor
        do { supervisor = try Supervisor(handed) } catch {
            handed.starter.say(.failed(StartFailure(error)))
            return FailureCode.appStartFailed.exitStatus
        }
        handed.starter.say(.locked)
        supervisor.supervise()
        return 0
    }

    private init(_ handed: HandedOver) throws {
        let order = try handed.order()
        self.order = order
        starter = handed.starter
        root = handed.root
        app = handed.app
        logs = handed.logs
        bundle = handed.bundle
        events = try SupervisorEvents(user: order.user?.number)
        // Where it fails, only what detaches from the app is harder to find.
        _ = clinux_become_reaper()
        guard let lock = try Supervisor.lock(handed.app) else {
            throw StartFailure(
                code: .appRunning, message: "\(quoted(order.app.text)) runs under another supervisor",
                help: "'apphost status \(order.app)' shows it")
        }
        runningLock = lock
        log = try OutputLog.open(in: handed.logs, limit: order.logBytes, redactor: Redactor(order.redactions))
        plan = RestartPlan(order.restart)
        let group = ControlGroup.make(for: order.app, run: order.run)
        self.group = group
        state = RunState(
            run: order.run, supervisor: .current, phase: .starting, version: order.version, stage: order.stage,
            startedAt: order.startedAt, user: order.user?.name, group: group?.path, tokenDigest: order.tokenDigest,
            stopSignal: order.stopSignal, stopTimeoutSeconds: order.stopTimeoutSeconds)
        do { try state.write(in: handed.logs) } catch {
            group?.remove()
            throw error
        }
    }

    /// Whoever asks whether the app runs holds the lock for a moment, so one refusal says nothing.
    private static func lock(_ app: Directory) throws(FileSystemError) -> FileLock? {
        let patience = MonotonicTime.after(seconds: 2)
        while true {
            let lock = try FileLock.acquire(AppPlace.runningLock, in: app, .exclusive, wait: false)
            if lock != nil || patience.hasPassed { return lock }
            usleep(2000)
        }
    }

    // MARK: From launch to launch

    private func supervise() {
        while true {
            let decision: RestartPlan.Decision
            switch launchAndWatch() {
            case .refused(let failure):
                say(failure.message)
                if starter.isWaiting { return end(telling: StartFailure(failure)) }
                decision = plan.next(failed: true, lived: 0)
            case .over(let exit, let seconds):
                state.lastExit = exit
                say(exit.sentence)
                if starter.isWaiting { return end(telling: diedEarly(exit)) }
                decision = plan.next(failed: exit.isFailure, lived: seconds)
            case .stopped(let exit):
                state.lastExit = exit ?? state.lastExit
                say(exit.map { "stopped: it \($0.sentence)" } ?? "stopped")
                return end(telling: stoppedEarly)
            }
            switch decision {
            case .end: return end()
            case .giveUp:
                say("gave up after \(order.restart.maxAttempts) restarts")
                return end()
            case .restart(let seconds, let attempt):
                guard waitToRestart(after: seconds, attempt: attempt) else { return }
                state.restarts += 1
            }
        }
    }

    /// How a launch ended. Nothing of it lives.
    private enum Ending {
        case refused(LaunchFailure)
        /// - Parameter seconds: for how long it lived.
        case over(ProcessExit, seconds: Int64)
        case stopped(ProcessExit?)
    }

    private func launchAndWatch() -> Ending {
        let pid: pid_t
        do throws(LaunchFailure) { pid = try launch() } catch { return .refused(error) }
        let began = MonotonicTime.now
        state.main = ProcessIdentity.of(pid)
        state.launchedAt = .now
        state.phase = starter.isWaiting ? .starting : .running
        save()
        say("started version \(order.version) as process \(pid)")

        var children = Children(main: pid)
        let isStopped = watch(&children, settled: .after(seconds: 1))
        let seconds = began.elapsedSeconds
        if isStopped {
            state.phase = .stopping
            save()
        }
        // What failed to start may have left something behind.
        stopAll(&children)
        events.drain(to: log)
        log.flush(at: .now)
        state.main = nil
        guard let exit = children.exit, !isStopped else { return .stopped(children.exit) }
        return .over(exit, seconds: seconds)
    }

    private func launch() throws(LaunchFailure) -> pid_t {
        var launch = ProgramLaunch(
            program: order.command[0], arguments: order.command, environment: order.environment, directory: bundle,
            descriptors: [
                Descriptor(number: STDIN_FILENO), Descriptor(number: events.output.writing),
                Descriptor(number: events.errors.writing),
            ])
        launch.user = order.user
        launch.gainsNoPrivileges = true
        launch.dropsCapabilities = order.dropsCapabilities
        launch.group = group?.enroll()
        do throws(LaunchFailure) { return try launch.run() } catch {
            guard error.step == .group else { throw error }
            say("runs without a control group: \(error.message)")
        }
        group?.remove()
        group = nil
        state.group = nil
        launch.group = nil
        return try launch.run()
    }

    // MARK: While it lives

    /// Watches a launch until nothing of it lives, it failed to start, or it is to be stopped.
    ///
    /// - Parameter settled: when it has lived for long enough to have been started.
    /// - Returns: whether it is to be stopped.
    private func watch(_ children: inout Children, settled: MonotonicTime) -> Bool {
        var nextLook: MonotonicTime?
        while true {
            let waking = [nextLook, starter.isWaiting ? settled : nil].compactMap { $0 }.min()
            let news = events.wait(until: waking, copyingTo: log)
            if news.childEnded { children.reap() }
            if news.stops > 0 { return true }
            guard lives(children, &nextLook) else { return false }
            guard starter.isWaiting else { continue }
            if let exit = children.mainExit {
                if exit.isFailure { return false }
                noteLived()
            } else if settled.hasPassed {
                noteLived()
            }
        }
    }

    private func noteLived() {
        state.phase = .running
        save()
        starter.say(.lived)
    }

    /// Ends everything that lives, if anything does: as the app wishes, and after its time by force.
    private func stopAll(_ children: inout Children) {
        var nextLook: MonotonicTime?
        guard lives(children, &nextLook) else { return }
        let signal = SignalName.number(order.stopSignal) ?? SIGTERM
        for process in living() { process.signal(signal) }
        var force = MonotonicTime.after(seconds: order.stopTimeoutSeconds)
        var pause: Int64 = 50
        var isForced = false
        while lives(children, &nextLook) {
            if force.hasPassed {
                if !isForced { say("did not end in time, and is killed") }
                isForced = true
                group?.kill()
                for process in living() { process.signal(SIGKILL) }
                // What it forked meanwhile is next.
                force = .after(milliseconds: pause)
                pause = min(2 * pause, 1000)
            }
            let news = events.wait(until: min(nextLook ?? force, force), copyingTo: log)
            if news.childEnded { children.reap() }
            if news.stops > 0 { force = .now }
        }
    }

    /// Whether anything of the app lives.
    ///
    /// - Parameter nextLook: when to look for what is no descendant: nothing tells when that ends.
    private func lives(_ children: Children, _ nextLook: inout MonotonicTime?) -> Bool {
        if children.areLeft { return true }
        if let nextLook, !nextLook.hasPassed { return true }
        if living().isEmpty { return false }
        nextLook = .after(milliseconds: 500)
        return true
    }

    /// All that descends from here, is in the run's group, or has its id. A program of the bundle that somebody runs by
    /// hand is none of them.
    private func living() -> Set<ProcessIdentity> {
        let table = ProcessTable.read()
        // Its evidence counts for nothing here, but the table wants to know the place.
        let directory = KernelFile.linkTarget("/proc/self/fd/\(app.descriptor.number)") ?? [0]
        let marked = table.processes(run: order.run, below: directory, group: group)
            .filter { $0.evidence != .executable }
        return Set((table.descendants(of: .current) + marked).map(\.identity))
    }

    // MARK: Between two launches

    /// Waits without any lock, because nothing lives, and takes them again.
    ///
    /// - Returns: false where it is over: the app is to stop, or is not what it was.
    private func waitToRestart(after seconds: Int64, attempt: Int64) -> Bool {
        state.phase = .restarting(at: Timestamp(seconds: Timestamp.now.seconds + seconds), attempt: attempt)
        save()
        say("restarting in \(seconds) s (attempt \(attempt) of \(order.restart.maxAttempts))")
        runningLock = nil
        var time = MonotonicTime.after(seconds: seconds)
        while true {
            if events.wait(until: time, copyingTo: log).stops > 0 {
                endUnlocked(saying: "stopped")
                return false
            }
            guard time.hasPassed else { continue }
            switch comeBack() {
            case .held: return true
            case .busy: time = .after(milliseconds: 100)
            case .over: return false
            }
        }
    }

    private enum Return {
        /// Nothing but this supervisor may start the app.
        case held
        /// Another process works on the app.
        case busy
        /// There is nothing to come back to.
        case over
    }

    private func comeBack() -> Return {
        do throws(FileSystemError) {
            guard let locks = try AppLocks(root: root, app: app) else { return .busy }
            defer { withExtendedLifetime(locks) {} }
            guard isStillOurs else { return .over }
            guard let installed = try app.status(of: AppLocks.installed),
                installed.isSameFile(as: try bundle.status())
            else {
                say("is not restarted: another bundle is installed")
                state.phase = .ended
                save()
                group?.remove()
                return .over
            }
            runningLock = try FileLock.acquire(AppPlace.runningLock, in: app, .exclusive, wait: false)
            return runningLock == nil ? .busy : .held
        } catch {
            endUnlocked(saying: "is not restarted: \(error.message)")
            return .over
        }
    }

    /// Whether the app is installed, and no later run began. Asked under the app's lock.
    private var isStillOurs: Bool {
        guard let state = try? RunState.read(in: logs), state.run == order.run else { return false }
        // An uninstalled app's log lies in the trash.
        return (try? app.status(of: AppLocks.installed)) != nil
    }

    // MARK: The end

    /// - Parameter failure: told to who still waits for the app to live.
    private func end(telling failure: StartFailure? = nil) {
        state.phase = .ended
        save()
        group?.remove()
        // Who hears of the failure may start the app at once.
        runningLock = nil
        if let failure { starter.say(.failed(failure)) }
    }

    /// Ends while it holds no lock. What a later run wrote stays; a state that is left as it was names a process that
    /// ended.
    private func endUnlocked(saying sentence: String) {
        guard let locks = try? AppLocks(root: root, app: app) else { return }
        defer { withExtendedLifetime(locks) {} }
        guard isStillOurs else { return }
        say(sentence)
        state.phase = .ended
        save()
        group?.remove()
    }

    private func diedEarly(_ exit: ProcessExit) -> StartFailure {
        StartFailure(
            message: "\(quoted(order.app.text)) did not live for one second: it \(exit.sentence)",
            help: "'apphost logs \(order.app)' shows what it wrote")
    }

    private var stoppedEarly: StartFailure {
        StartFailure(
            message: "\(quoted(order.app.text)) was stopped before it had lived for one second",
            help: "'apphost start \(order.app)' starts it again")
    }

    // MARK: Saying

    /// The app matters more than what is known of it.
    private func save() {
        do throws(FileSystemError) { try state.write(in: logs) } catch { say(error.message) }
    }

    private func say(_ sentence: String) { log.say(sentence, at: .now) }
}

/// The locks that keep an app as it is, in their order: the root's, shared, and the app's.
private struct AppLocks {
    private let root: FileLock
    private let app: FileLock

    static let installed: DiskPath = "installed"
    private static let name: DiskPath = "lock"

    /// - Returns: nil where another process holds one of them.
    init?(root: Directory, app: Directory) throws(FileSystemError) {
        guard let rootLock = try FileLock.acquire(Self.name, in: root, .shared, wait: false),
            let appLock = try FileLock.acquire(Self.name, in: app, .exclusive, wait: false)
        else { return nil }
        self.root = rootLock
        self.app = appLock
    }
}
