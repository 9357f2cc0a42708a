import CLinux
import DiskIO
import Dispatch
import Glibc
import HostModel

/// A program of the bundle that is asked whether the app works: run as the app is, with what it prints thrown away.
package struct ProbeCommand: Sendable {
    /// The first word is the program's path in the bundle.
    let command: [String]
    let environment: [EnvironmentVariable]
    let bundle: Directory
    let user: SystemUser?
    let dropsCapabilities: Bool

    package init(
        command: [String], environment: [EnvironmentVariable], bundle: Directory, user: SystemUser?,
        dropsCapabilities: Bool
    ) {
        self.command = command
        self.environment = environment
        self.bundle = bundle
        self.user = user
        self.dropsCapabilities = dropsCapabilities
    }

    /// Runs it to its end, or kills it with what is left in its session: where it takes too long, and where its task is
    /// cancelled.
    package func run(within limit: Duration) async throws -> ExecAnswer {
        let cancellation = Cancellation()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                // It waits, and so keeps away from the cooperative pool.
                DispatchQueue.global().async {
                    continuation.resume(with: Result { try wait(limit, cancellation) })
                }
            }
        } onCancel: {
            cancellation.cancel()
        }
    }

    private func wait(_ limit: Duration, _ cancellation: Cancellation) throws -> ExecAnswer {
        let nowhere = clinux_openat(AT_FDCWD, "/dev/null", O_RDWR | O_CLOEXEC, 0)
        guard nowhere >= 0 else { throw LaunchFailure(program: command[0], step: .descriptors, number: errno) }
        defer { close(nowhere) }
        var launch = ProgramLaunch(
            program: command[0], arguments: command, environment: environment, directory: bundle,
            descriptors: [Descriptor](repeating: Descriptor(number: nowhere), count: 3))
        launch.user = user
        launch.gainsNoPrivileges = true
        launch.dropsCapabilities = dropsCapabilities
        let pid: pid_t
        do throws(LaunchFailure) { pid = try launch.run() } catch { return .failed(reason: error.message) }
        let isOver = hasEnded(pid, within: limit, cancellation)
        // It leads a session of its own; what stays of that has nothing to do any more.
        if !isOver { kill(-pid, SIGKILL) }
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
        guard isOver else { return .timedOut }
        return switch ProcessExit(waitStatus: status, at: .now).how {
        case .exited(let status): .exited(status: status)
        case .signalled(let number): .failed(reason: "was killed by \(SignalName.name(number))")
        }
    }

    /// Waits without reaping it. pidfd_open(2)
    private func hasEnded(_ pid: pid_t, within limit: Duration, _ cancellation: Cancellation) -> Bool {
        let descriptor = clinux_pidfd_open(pid)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        let end = MonotonicTime.after(milliseconds: limit.milliseconds)
        while true {
            var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            // Nobody waits longer than that for what is not wanted any more.
            let count = poll(&entry, 1, min(end.pollTimeout, 100))
            if count > 0 { return true }
            if count < 0 && errno != EINTR { return false }
            if end.hasPassed || cancellation.isRequested { return false }
        }
    }
}

extension Duration {
    var milliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }
}
