import DiskIO
import HostModel
import Synchronization
import TestSupport

@testable import Processes

/// An app on a disk of a test's own, and what its supervisor would have left there.
struct LifeScene {
    let disk: TemporaryDirectory
    let place: AppPlace
    let run = RunID.random()
    let id: AppID

    init() throws {
        guard let id = AppID("notes") else { throw TestDiskError(call: "name", path: "notes", errno: 0) }
        self.id = id
        disk = try TemporaryDirectory()
        try disk.makeDirectory("apps/notes")
        try disk.makeDirectory("logs/notes")
        let top = try disk.open()
        place = AppPlace(id: id, app: try top.directory("apps/notes"), logs: try top.directory("logs/notes"))
    }

    /// The path of something in `apps/notes/`.
    func path(_ name: String) -> String { "\(disk.path)/apps/notes/\(name)" }

    var lockPath: String { path("running.lock") }

    /// Holds the lock as a supervisor does.
    ///
    /// - Returns: nil where it is held.
    func lock() throws -> FileLock? {
        try FileLock.acquire(AppPlace.runningLock, in: place.app, .exclusive, wait: false)
    }

    /// Writes `run.json` as that supervisor would.
    func say(_ supervisor: ProcessIdentity, _ phase: RunState.Phase = .running, group: ControlGroup? = nil) throws {
        guard let logs = place.logs, let digest = ContentDigest(bytes: [UInt8](repeating: 7, count: 32)) else {
            throw TestDiskError(call: "write", path: "run.json", errno: 0)
        }
        let state = RunState(
            run: run, supervisor: supervisor, phase: phase, main: nil, version: "1.0.0",
            stage: "00112233445566778899aabbccddeeff", startedAt: Timestamp(seconds: 1_777_629_600), launchedAt: nil,
            restarts: 0, lastExit: nil, user: nil, group: group?.path, tokenDigest: digest, stopSignal: "SIGTERM",
            stopTimeoutSeconds: 10)
        try state.write(in: logs)
    }

    /// A supervisor that is dead, with a number that a living process has: this one.
    static var stranger: ProcessIdentity {
        let own = ProcessIdentity.current
        return ProcessIdentity(pid: own.pid, startTime: own.startTime + 1)
    }
}

/// A clock on which a wait takes four times as long as was asked for, and time stands still but for waits. In truth
/// each takes a moment in which other processes get on.
final class HastyClock: Clock {
    typealias Instant = ContinuousClock.Instant
    typealias Duration = Swift.Duration

    private let time = Mutex(ContinuousClock.now)

    var now: Instant { time.withLock { $0 } }
    var minimumResolution: Duration { .nanoseconds(1) }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        time.withLock { $0 = max($0, deadline.advanced(by: $0.duration(to: deadline) * 3)) }
        try await Task.sleep(for: .milliseconds(25))
    }
}
