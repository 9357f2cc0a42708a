import Glibc

/// A program that a test starts.
enum Child {
    /// Runs a program to its end, without its output.
    ///
    /// - Returns: whether it ended with status 0.
    static func run(_ words: [String]) throws -> Bool {
        var actions = posix_spawn_file_actions_t()
        guard posix_spawn_file_actions_init(&actions) == 0 else { throw TestBroken(doing: "start a program", errno: 0) }
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        for number in [STDOUT_FILENO, STDERR_FILENO] {
            posix_spawn_file_actions_addopen(&actions, number, "/dev/null", O_WRONLY, 0)
        }
        return try wait(for: spawn(words, &actions)) == 0
    }

    /// Starts a program by its name.
    static func spawn(_ words: [String], _ actions: inout posix_spawn_file_actions_t) throws -> pid_t {
        let kept: [String] = ["PATH", "HOME", "PYENV_ROOT", "LD_LIBRARY_PATH"]
        let environment = kept.compactMap { name in
            getenv(name).map { "\(name)=\(String(cString: $0))" }
        }
        let command: [String] = ["/usr/bin/env"] + words
        let arguments: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) } + [nil]
        let variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup($0) } + [nil]
        defer { for pointer in arguments + variables { free(pointer) } }
        var process: pid_t = 0
        let error = posix_spawn(&process, "/usr/bin/env", &actions, nil, arguments, variables)
        guard error == 0 else { throw TestBroken(doing: "start \(words[0])", errno: error) }
        return process
    }

    /// - Returns: as wait(2) gives it.
    @discardableResult
    static func wait(for process: pid_t) throws -> Int32 {
        var status: Int32 = 0
        while waitpid(process, &status, 0) != process {
            if errno != EINTR { throw TestBroken(doing: "wait for a program", errno: errno) }
        }
        return status
    }
}
