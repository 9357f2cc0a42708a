import Glibc
import TestSupport

/// A program that is started and waited for.
enum Command {
    struct Outcome: Sendable {
        /// The exit status; where a signal ended it, minus the signal's number.
        let status: Int32
        let output: String
        let errors: String
    }

    /// Runs a program to its end; it reads nothing.
    ///
    /// - Parameters:
    ///   - words: the path of the program, and its arguments.
    ///   - scratch: where what it writes is kept.
    static func run(
        _ words: [String], environment: [String: String], scratch: TemporaryDirectory
    ) throws -> Outcome {
        try begin(words, environment: environment, scratch: scratch).end()
    }

    /// Starts a program, as ``run(_:environment:scratch:)`` does.
    static func begin(
        _ words: [String], environment: [String: String], scratch: TemporaryDirectory
    ) throws -> Begun {
        let output = try ScratchFile(in: scratch.path)
        let errors = try ScratchFile(in: scratch.path)
        let pid = try start(words, environment, output: output.descriptor, errors: errors.descriptor)
        return Begun(pid: pid, program: words[0], output: output, errors: errors)
    }

    /// A program that was started. It has to be ended once.
    struct Begun: Sendable {
        let pid: pid_t
        fileprivate let program: String
        fileprivate let output: ScratchFile
        fileprivate let errors: ScratchFile

        /// Waits for its end.
        ///
        /// - Parameter patience: after so many seconds it is killed; nil waits for as long as it takes.
        func end(patience: Int? = nil) throws -> Outcome {
            var left = patience.map { $0 * Self.looksPerSecond }
            var status: Int32 = 0
            while true {
                let found = waitpid(pid, &status, left == nil ? 0 : WNOHANG)
                if found == pid { break }
                if found < 0 && errno != EINTR {
                    throw TestDiskError(call: "waitpid", path: program, errno: errno)
                }
                guard found == 0, let count = left else { continue }
                if count == 0 { kill(pid, SIGKILL) } else { usleep(1_000_000 / UInt32(Self.looksPerSecond)) }
                left = count == 0 ? nil : count - 1
            }
            // wait(2): the low seven bits name the signal that ended it, 0 where it exited.
            let signal = status & 0x7F
            return Outcome(
                status: signal == 0 ? (status >> 8) & 0xFF : -signal, output: try output.content(),
                errors: try errors.content())
        }

        /// Whether there is nothing more to wait for but to take its status away.
        var hasEnded: Bool {
            // waitid(2) leaves this as it is, all zero, where the process lives.
            var information = siginfo_t()
            let found = waitid(P_PID, id_t(pid), &information, WEXITED | WNOHANG | WNOWAIT)
            return found != 0 || information.si_signo != 0
        }

        private static let looksPerSecond = 200
    }

    /// The path of a program that administrators have, wherever it lies: `PATH` of an ordinary user leaves some out.
    static func path(of tool: String) -> String? {
        let told = getenv("PATH").map { String(cString: $0) } ?? ""
        let places = told.split(separator: ":").map { String($0) } + ["/usr/sbin", "/sbin", "/usr/bin", "/bin"]
        return places.map { "\($0)/\(tool)" }.first { access($0, X_OK) == 0 }
    }

    /// Absolute and without links. realpath(3)
    static func resolved(_ path: String) throws -> String {
        guard let resolved = realpath(path, nil) else {
            throw TestDiskError(call: "realpath", path: path, errno: errno)
        }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    private static func start(
        _ words: [String], _ environment: [String: String], output: Int32, errors: Int32
    ) throws -> pid_t {
        func check(_ error: Int32) throws {
            if error != 0 { throw TestDiskError(call: "posix_spawn", path: words[0], errno: error) }
        }
        var actions = posix_spawn_file_actions_t()
        try check(posix_spawn_file_actions_init(&actions))
        defer { posix_spawn_file_actions_destroy(&actions) }
        try check(posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0))
        try check(posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO))
        try check(posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO))

        // Signals are as a shell would have them: this thread may block all of them, and ``Interruption`` ignores some.
        var attributes = posix_spawnattr_t()
        try check(posix_spawnattr_init(&attributes))
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        try check(posix_spawnattr_setsigmask(&attributes, &signals))
        for number in Interruption.signals { sigaddset(&signals, number) }
        try check(posix_spawnattr_setsigdefault(&attributes, &signals))
        try check(posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK)))

        let arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        let variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for pointer in arguments + variables { free(pointer) } }
        var pid: pid_t = 0
        try check(posix_spawn(&pid, words[0], &actions, &attributes, arguments, variables))
        return pid
    }
}
