import DiskIO
import HostModel

/// Whether an app runs, and what of it: the truth, whatever was written down.
package struct Life: Sendable {
    /// Holds `running.lock`, or waits to start the app again.
    package let supervisor: ProcessIdentity?
    package let holdsLock: Bool
    /// What is alive of the app, by number; its supervisor is not.
    package let processes: [LivingProcess]
    /// What its supervisor last said.
    package let state: RunState?
    /// The control group of its last run, while there is one.
    package let group: ControlGroup?
    /// False where this user may not see all of it: then what was not found may be there.
    package let isKnown: Bool

    package var isRunning: Bool { holdsLock || !processes.isEmpty }

    /// Nothing runs, and a supervisor waits for the time to start it again.
    package var isRestarting: Bool { supervisor != nil && !isRunning }

    /// What lives on without a supervisor.
    package var leftBehind: [LivingProcess] { holdsLock ? [] : processes }

    /// - Parameter table: read before this is called; one serves for any number of apps.
    /// - Throws: when the disk fails, or a newer AppHost wrote the state. A damaged state counts as none.
    package static func of(_ place: AppPlace, in table: ProcessTable = .read()) throws -> Life {
        let spoken = try Spoken.settled(place)
        let state = spoken.state
        let supervisor = spoken.isSupervised ? state?.supervisor : nil
        let group = state.flatMap { state in
            state.group.flatMap { ControlGroup.standing(at: $0, of: place.id, run: state.run) }
        }

        var processes: [Int32: LivingProcess] = [:]
        for process in supervisor.map({ table.descendants(of: $0) }) ?? [] {
            processes[process.identity.pid] = process
        }
        let directory = KernelFile.linkTarget("/proc/self/fd/\(place.app.descriptor.number)")
        if let directory {
            for process in table.processes(run: state?.run, below: directory, group: group)
            where process.identity != state?.supervisor && process.identity.isAlive {
                processes[process.identity.pid] = process
            }
        }

        let seesProcesses = try table.isReadable && directory != nil && maySeeProcesses(of: place)
        let holdsLock = spoken.lock == .held
        return Life(
            supervisor: supervisor, holdsLock: holdsLock,
            processes: processes.values.sorted { $0.identity.pid < $1.identity.pid }, state: state, group: group,
            isKnown: holdsLock || (spoken.lock == .free && spoken.isReadable && seesProcesses))
    }

    /// An ordinary user sees the environment and the executable of its own processes alone. An app's belong to the
    /// owner of its directory, or to a user whom the superuser chose.
    private static func maySeeProcesses(of place: AppPlace) throws(FileSystemError) -> Bool {
        let user = LinuxFileSystem.effectiveUser
        if user == 0 { return true }
        return try place.app.status().owner == user
    }
}

/// What the lock and the state say together.
private struct Spoken {
    let lock: Lock
    let state: RunState?
    /// False where this user may not read the state.
    let isReadable: Bool

    enum Lock { case held, free, unknown }

    /// Asks until both are of one moment, as far as can be seen: a supervisor says that it runs the app only while it
    /// holds the lock, so a free lock and such a state, of a supervisor that is alive, are of two.
    static func settled(_ place: AppPlace) throws -> Spoken {
        var spoken = try Spoken(place)
        for _ in 0..<2 where spoken.isTorn { spoken = try Spoken(place) }
        return spoken
    }

    private init(_ place: AppPlace) throws {
        lock = try Self.lock(place)
        guard let logs = place.logs else {
            state = nil
            isReadable = true
            return
        }
        let read = try Self.state(in: logs)
        state = read.state
        isReadable = read.isReadable
    }

    var isSupervised: Bool {
        guard let state, lock == .held || isWaiting else { return false }
        return state.supervisor.isAlive
    }

    private var isWaiting: Bool {
        if case .restarting = state?.phase { true } else { false }
    }

    private var isTorn: Bool {
        guard lock == .free, let state else { return false }
        return switch state.phase {
        case .starting, .running, .stopping: state.supervisor.isAlive
        case .restarting, .ended: false
        }
    }

    /// Takes the lock shared and gives it back, so that those who ask do not disturb one another.
    private static func lock(_ place: AppPlace) throws(FileSystemError) -> Lock {
        do throws(FileSystemError) {
            guard let file = try place.app.fileIfPresent(AppPlace.runningLock) else { return .free }
            return try FileLock.acquire(file, .shared, wait: false) == nil ? .held : .free
        } catch {
            if error.isPermissionDenied { return .unknown }
            throw error
        }
    }

    private static func state(in logs: Directory) throws -> (state: RunState?, isReadable: Bool) {
        do { return (try RunState.read(in: logs), true) } catch {
            switch code(of: error) {
            case .recordUnreadable: return (nil, true)
            case .permissionDenied: return (nil, false)
            default: throw error
            }
        }
    }

    private static func code(of error: any Error) -> FailureCode? { (error as? any Failure)?.code }
}
