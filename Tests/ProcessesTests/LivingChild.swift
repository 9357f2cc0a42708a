import Glibc
import TestSupport

@testable import Processes

/// A process that a test starts and talks to line by line. Killed where the test forgets it.
final class LivingChild {
    let pid: pid_t
    private let input: Int32
    private let output: Int32
    private var hasEnded = false

    /// Starts a program by its name.
    ///
    /// - Parameter run: in its environment as `APPHOST_RUN`.
    init(_ words: [String], run: RunID? = nil) throws {
        let toChild = try LivingChild.pipe()
        let fromChild = try LivingChild.pipe()
        defer {
            close(toChild.reading)
            close(fromChild.writing)
        }
        var actions = posix_spawn_file_actions_t()
        try LivingChild.check(posix_spawn_file_actions_init(&actions))
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, toChild.reading, STDIN_FILENO)
        posix_spawn_file_actions_adddup2(&actions, fromChild.writing, STDOUT_FILENO)
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)

        // Whatever this thread blocks: a program begins with no signal blocked.
        var attributes = posix_spawnattr_t()
        try LivingChild.check(posix_spawnattr_init(&attributes))
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))

        let kept: [String] = ["PATH", "HOME", "PYENV_ROOT", "LD_LIBRARY_PATH"]
        var environment = kept.compactMap { name in getenv(name).map { "\(name)=\(String(cString: $0))" } }
        if let run { environment.append("APPHOST_RUN=\(run.text)") }
        let command: [String] = ["/usr/bin/env"] + words
        let arguments: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) } + [nil]
        let variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup($0) } + [nil]
        defer { for pointer in arguments + variables { free(pointer) } }
        var pid: pid_t = 0
        try LivingChild.check(posix_spawn(&pid, "/usr/bin/env", &actions, &attributes, arguments, variables))
        self.pid = pid
        input = toChild.writing
        output = fromChild.reading
    }

    /// Runs lines of a shell, which finds `words` as its `$1`, `$2`, and so on.
    convenience init(shell script: String, _ words: [String] = [], run: RunID? = nil) throws {
        try self.init(["sh", "-c", script, "sh"] + words, run: run)
    }

    deinit {
        close(input)
        close(output)
        guard !hasEnded else { return }
        kill(pid, SIGKILL)
        waitpid(pid, nil, 0)
    }

    /// The next line that it writes. Waits for it.
    func line() throws -> String {
        var line: [UInt8] = []
        while true {
            var byte: UInt8 = 0
            let count = read(output, &byte, 1)
            if count < 0 && errno == EINTR { continue }
            guard count == 1 else { throw TestDiskError(call: "read", path: "a program's output", errno: errno) }
            if byte == UInt8(ascii: "\n") { return String(decoding: line, as: UTF8.self) }
            line.append(byte)
        }
    }

    /// The next line that it writes, as the number of a process.
    func process() throws -> ProcessIdentity {
        guard let pid = Int32(try line()), let process = ProcessIdentity.of(pid) else {
            throw TestDiskError(call: "find", path: "a process", errno: ESRCH)
        }
        return process
    }

    func identity() throws -> ProcessIdentity {
        guard let identity = ProcessIdentity.of(pid) else {
            throw TestDiskError(call: "find", path: "process \(pid)", errno: ESRCH)
        }
        return identity
    }

    /// Waits until it is a zombie, and leaves it one.
    func becomeZombie() throws {
        var information = siginfo_t()
        while waitid(P_PID, id_t(pid), &information, WEXITED | WNOWAIT) != 0 {
            if errno != EINTR { throw TestDiskError(call: "waitid", path: "process \(pid)", errno: errno) }
        }
    }

    /// Waits for its end.
    func end() throws {
        while waitpid(pid, nil, 0) != pid {
            if errno != EINTR { throw TestDiskError(call: "waitpid", path: "process \(pid)", errno: errno) }
        }
        hasEnded = true
    }

    /// Two ends that no other child inherits.
    private static func pipe() throws -> (reading: Int32, writing: Int32) {
        var ends: [Int32] = [0, 0]
        guard Glibc.pipe(&ends) == 0 else { throw TestDiskError(call: "pipe", path: "", errno: errno) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }

    private static func check(_ error: Int32) throws {
        if error != 0 { throw TestDiskError(call: "posix_spawn", path: "a program", errno: error) }
    }
}
