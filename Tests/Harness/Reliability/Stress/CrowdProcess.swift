import Glibc
import TestSupport

/// Runs the built program, one command after the other, from any thread.
struct CrowdProcess: Sendable {
    let program: String
    /// Holds `root/`.
    let place: TemporaryDirectory

    /// Whoever runs longer waits for something that never comes. Nanoseconds.
    static let patience: Int64 = 60_000_000_000

    /// How a command ended, and when, in nanoseconds of ``now()``.
    struct End: Sendable {
        let start: Int64
        let end: Int64
        /// The exit status; where a signal ended it, minus the signal's number.
        let status: Int32
        let wasStuck: Bool
        let output: String
        let errors: String
    }

    /// Something that could not be started at all, or failed where nothing may.
    struct Broken: Error, CustomStringConvertible {
        let description: String
    }

    static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// Long enough for others to do much, short enough to miss nothing that is forgotten.
    static func pause() { usleep(500_000) }

    /// Runs a command to its end. Blocks this thread.
    ///
    /// - Parameter killAfter: nanoseconds after which it is killed, where it still runs.
    func run(_ arguments: [String], killAfter: Int64? = nil) throws -> End {
        let output = try ScratchFile(in: place.path)
        let errors = try ScratchFile(in: place.path)
        let start = Self.now()
        let pid = try spawn(arguments, output, errors)
        var deadline = start + min(killAfter ?? Self.patience, Self.patience)
        var wasStuck = false
        var status: Int32 = 0
        while true {
            let found = waitpid(pid, &status, WNOHANG)
            if found == pid { break }
            if found < 0 && errno != EINTR { throw Broken(description: "cannot wait for a process: \(errno)") }
            if Self.now() >= deadline {
                wasStuck = killAfter == nil
                Glibc.kill(pid, SIGKILL)
                deadline = Int64.max
            }
            usleep(1000)
        }
        // wait(2): the low seven bits name the signal that ended it, 0 where it exited.
        let signal = status & 0x7F
        return End(
            start: start, end: Self.now(), status: signal == 0 ? (status >> 8) & 0xFF : -signal, wasStuck: wasStuck,
            output: try output.content(), errors: try errors.content())
    }

    /// Runs a command that has to succeed and say nothing on standard error.
    @discardableResult
    func must(_ arguments: [String]) throws -> String {
        let end = try run(arguments)
        guard end.status == 0, end.errors.isEmpty else {
            throw Broken(description: "\(arguments.joined(separator: " ")): \(end.status) \(end.errors)\(end.output)")
        }
        return end.output
    }

    private func spawn(_ arguments: [String], _ output: ScratchFile, _ errors: ScratchFile) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        try Self.check(posix_spawn_file_actions_init(&actions))
        defer { posix_spawn_file_actions_destroy(&actions) }
        try Self.check(posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0))
        try Self.check(posix_spawn_file_actions_adddup2(&actions, output.descriptor, STDOUT_FILENO))
        try Self.check(posix_spawn_file_actions_adddup2(&actions, errors.descriptor, STDERR_FILENO))
        let all = [program] + arguments
        let words: [UnsafeMutablePointer<CChar>?] = all.map { strdup($0) } + [nil]
        let variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for pointer in words + variables { free(pointer) } }
        var pid: pid_t = 0
        try Self.check(posix_spawn(&pid, program, &actions, nil, words, variables))
        return pid
    }

    private var environment: [String: String] {
        var variables = [
            "APPHOST_ROOT": place.path + "/root", "HOME": place.path, "LANG": "C.UTF-8",
            "SWIFT_BACKTRACE": "enable=no",
        ]
        for name in ["PATH", "LD_LIBRARY_PATH"] {
            if let value = getenv(name) { variables[name] = String(cString: value) }
        }
        return variables
    }

    private static func check(_ error: Int32) throws {
        if error != 0 { throw Broken(description: "cannot start a process: \(error)") }
    }
}
