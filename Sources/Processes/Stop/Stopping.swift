import Glibc
import HostModel

/// Ends everything of an app: by way of its supervisor where there is one, else process by process.
package struct Stopping: Sendable {
    private let place: AppPlace
    private let signal: Int32
    private let patience: Duration
    private let clock: any Clock<Duration>

    /// - Parameters:
    ///   - signal: what the app takes as a request to end.
    ///   - patience: how long it may take to do so before it is killed.
    package init(place: AppPlace, signal: Int32, patience: Duration, clock: any Clock<Duration> = ContinuousClock()) {
        self.place = place
        self.signal = signal
        self.patience = patience
        self.clock = clock
    }

    /// - Parameter state: says how the run wants to be stopped; nil where nothing tells.
    package init(place: AppPlace, run state: RunState?, clock: any Clock<Duration>) {
        self.init(
            place: place, signal: state.flatMap { SignalName.number($0.stopSignal) } ?? SIGTERM,
            patience: .seconds(state?.stopTimeoutSeconds ?? 10), clock: clock)
    }

    /// Returns once nothing of the app runs, and no supervisor waits to start it again.
    ///
    /// - On disk: the control group of the run is removed, where its supervisor could not.
    package func run() async throws(StopFailure) -> StopOutcome {
        let first = try look()
        guard first.isRunning || first.isRestarting else {
            guard first.isKnown else { throw .notPermitted(place.id) }
            first.group?.remove()
            return .wasStopped
        }
        let elapsed = clock.stopwatch()
        var asked: Set<ProcessIdentity> = []
        var forcedAt: Duration?
        var life = first
        while life.isRunning || life.isRestarting {
            let now = elapsed()
            let step = StopStep.at(
                now, forcedAt: forcedAt, patience: patience, hasSupervisor: life.holdsLock || life.supervisor != nil)
            switch step {
            case .ask: ask(life, &asked)
            case .force:
                forcedAt = forcedAt ?? now
                force(life)
            case .giveUp: throw .stillAlive(place.id, supervisor: life.supervisor, life.processes)
            }
            // While the supervisor works there is nothing else to look at.
            repeat {
                try await pause(after: elapsed())
            } while step == .ask && life.supervisor?.isAlive == true && elapsed() < patience + StopStep.grace
            life = try look()
        }
        if let group = life.group ?? first.group { try await remove(group) }
        return .stopped(
            killed: forcedAt != nil || Self.killedMeanwhile(first, life), leftBehind: first.leftBehind.count)
    }

    private func look() throws(StopFailure) -> Life {
        do { return try Life.of(place) } catch { throw .unreadable(place.id, error) }
    }

    /// Each is asked once. A lock whose holder has not said who it is yet is waited for.
    private func ask(_ life: Life, _ asked: inout Set<ProcessIdentity>) {
        if let supervisor = life.supervisor {
            if asked.insert(supervisor).inserted { supervisor.signal(SIGTERM) }
        } else {
            for process in life.leftBehind where asked.insert(process.identity).inserted {
                process.identity.signal(signal)
            }
        }
    }

    /// The supervisor comes first: it would start again what it sees end.
    private func force(_ life: Life) {
        life.supervisor?.signal(SIGKILL)
        life.group?.kill()
        for process in life.processes { process.identity.signal(SIGKILL) }
    }

    /// A group takes a moment to let go of what ended. One that stays empty does no harm.
    private func remove(_ group: ControlGroup) async throws(StopFailure) {
        for _ in 0..<20 where !group.remove() { try await pause(after: .zero) }
    }

    private func pause(after time: Duration) async throws(StopFailure) {
        do {
            try await clock.sleep(for: min(max(time / 25, .milliseconds(10)), .milliseconds(100)))
        } catch {
            throw .interrupted(place.id)
        }
    }

    /// Whether the supervisor had to kill what ran.
    private static func killedMeanwhile(_ first: Life, _ last: Life) -> Bool {
        guard !first.processes.isEmpty, let ended = last.state?.lastExit, ended != first.state?.lastExit else {
            return false
        }
        if case .signalled(SIGKILL) = ended.how { return true }
        return false
    }
}

package enum StopOutcome: Sendable, Equatable {
    case wasStopped
    /// - Parameters:
    ///   - killed: whether something did not end when it was asked to.
    ///   - leftBehind: how many processes were found that no supervisor looked after.
    case stopped(killed: Bool, leftBehind: Int)
}

/// Why an app was not stopped, or is not known to be.
package enum StopFailure: Error {
    /// Not even SIGKILL ended these.
    case stillAlive(AppID, supervisor: ProcessIdentity?, [LivingProcess])
    case unreadable(AppID, any Error)
    /// It belongs to another user.
    case notPermitted(AppID)
    case interrupted(AppID)
}

extension StopFailure: Failure {
    package var code: FailureCode {
        switch self {
        case .stillAlive: .appStopFailed
        case .unreadable(_, let error): (error as? any Failure)?.code ?? .appStopFailed
        case .notPermitted: .permissionDenied
        case .interrupted: .interrupted
        }
    }

    package var message: String {
        switch self {
        case .stillAlive(let id, let supervisor, let processes):
            "\(quoted(id.text)) does not stop: \(Self.list(supervisor, processes))"
        case .unreadable(let id, let error):
            "cannot tell whether \(quoted(id.text)) runs: "
                + ((error as? any Failure)?.message ?? printable(String(describing: error)))
        case .notPermitted(let id): "cannot tell whether \(quoted(id.text)) runs: it belongs to another user"
        case .interrupted(let id): "interrupted before \(quoted(id.text)) had stopped"
        }
    }

    package var help: String? {
        switch self {
        case .stillAlive(_, _, let processes):
            processes.isEmpty
                ? "run the command again"
                : "what SIGKILL does not end waits for a disk or a device, or is another user's; "
                    + "'ps -o pid,user,stat,wchan:32,args' shows which"
        case .unreadable(_, let error): (error as? any Failure)?.help
        case .notPermitted: "run the command as the user who owns the root"
        case .interrupted: "run the command again"
        }
    }

    private static func list(_ supervisor: ProcessIdentity?, _ processes: [LivingProcess]) -> String {
        var words = processes.prefix(5).map { "process \($0.identity.pid) \(quoted($0.name))" }
        if processes.count > 5 { words.append("\(processes.count - 5) more") }
        if let supervisor { words.append("its supervisor \(supervisor.pid)") }
        return words.isEmpty ? "its supervisor cannot be found" : words.joined(separator: ", ") + " still run"
    }
}

/// What is done about an app that has not stopped yet.
enum StopStep: Equatable {
    case ask, force, giveUp

    /// How much longer than the app a supervisor has, which has to kill what it looks after; and what is killed has.
    static let grace = Duration.seconds(5)

    /// - Parameters:
    ///   - time: since it was first asked.
    ///   - forcedAt: when it was first killed, on the same clock.
    ///   - patience: how long the app may take.
    static func at(_ time: Duration, forcedAt: Duration?, patience: Duration, hasSupervisor: Bool) -> StopStep {
        if let forcedAt { return time >= forcedAt + grace ? .giveUp : .force }
        return time >= (hasSupervisor ? patience + grace : patience) ? .force : .ask
    }
}
