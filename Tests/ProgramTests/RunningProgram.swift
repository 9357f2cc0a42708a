import Glibc
import TestSupport

/// A process that was started and will be waited for. Killed where the test forgets it.
final class RunningProgram {
    let pid: pid_t
    private let output: ScratchFile
    private let errors: ScratchFile
    /// As wait(2) gives it, once the process has ended.
    private var ended: Int32?

    /// - Parameters:
    ///   - words: the path of a program and its arguments.
    ///   - scratch: a directory for what it reads and writes.
    init(_ words: [String], environment: [String: String], stdin: String, scratch: String) throws {
        let input = try ScratchFile(stdin, in: scratch)
        output = try ScratchFile("", in: scratch)
        errors = try ScratchFile("", in: scratch)

        var actions = posix_spawn_file_actions_t()
        try RunningProgram.check(posix_spawn_file_actions_init(&actions))
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (file, number) in [(input, STDIN_FILENO), (output, STDOUT_FILENO), (errors, STDERR_FILENO)] {
            try RunningProgram.check(posix_spawn_file_actions_adddup2(&actions, file.descriptor, number))
        }
        let arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        let variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for pointer in arguments + variables { free(pointer) } }
        var pid: pid_t = 0
        // The descriptors are only numbers in `actions`, so their owners have to live until here.
        let error = withExtendedLifetime(input) { posix_spawn(&pid, words[0], &actions, nil, arguments, variables) }
        try RunningProgram.check(error)
        self.pid = pid
    }

    deinit {
        guard ended == nil else { return }
        Glibc.kill(pid, SIGKILL)
        var status: Int32 = 0
        waitpid(pid, &status, 0)
    }

    /// Waits for its end.
    func wait() throws -> Program.Outcome {
        let status = try reap(0) ?? 0
        // wait(2): the low seven bits name the signal that ended it, 0 where it exited.
        let signal = status & 0x7F
        return Program.Outcome(
            status: signal == 0 ? (status >> 8) & 0xFF : -signal, stdout: try output.content(),
            stderr: try errors.content())
    }

    /// Whether it has not ended yet. Never waits.
    func isRunning() throws -> Bool { try reap(WNOHANG) == nil }

    /// What it has written to its standard output until now.
    func outputSoFar() throws -> String { try output.content() }

    /// What it has written to its standard error until now.
    func errorsSoFar() throws -> String { try errors.content() }

    /// Asks it to end. Does nothing where it has ended.
    func terminate() {
        if ended == nil { Glibc.kill(pid, SIGTERM) }
    }

    /// Ends it with a signal that it cannot catch. Does nothing where it has ended.
    func kill() {
        if ended == nil { Glibc.kill(pid, SIGKILL) }
    }

    /// Waits for at most `polls` times two milliseconds, or until it has ended.
    ///
    /// - Returns: how often it was looked at.
    @discardableResult
    func poll(atMost polls: Int) throws -> Int {
        var count = 0
        while count < polls, try isRunning() {
            usleep(2000)
            count += 1
        }
        return count
    }

    private func reap(_ options: Int32) throws -> Int32? {
        if let ended { return ended }
        var status: Int32 = 0
        while true {
            let found = waitpid(pid, &status, options)
            if found == pid {
                ended = status
                return status
            }
            if found == 0 { return nil }
            if errno != EINTR { throw TestBroken(doing: "wait for a process", errno: errno) }
        }
    }

    private static func check(_ error: Int32) throws {
        if error != 0 { throw TestBroken(doing: "start a process", errno: error) }
    }
}
