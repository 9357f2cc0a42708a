import DiskIO
import Glibc
import HostModel
import TestSupport
import Testing

@testable import Processes

/// Real programs, and what the kernel gave them.
struct ProgramLaunchTests {
    private let place: TemporaryDirectory
    private let bundle: Directory

    init() throws {
        place = try TemporaryDirectory()
        // Another user may have to enter it.
        try place.makeDirectory("bundle")
        bundle = try place.open().directory("bundle")
    }

    private struct Outcome {
        let pid: pid_t
        let exit: ProcessExit
        let output: String
    }

    /// Launches a program, waits for its end, and reads what it wrote.
    private func run(
        _ program: String, _ arguments: [String], _ change: (inout ProgramLaunch) -> Void = { _ in }
    ) throws -> Outcome {
        let output = try ScratchFile(in: place.path)
        let null = try File.open("/dev/null", files: LinuxFileSystem())
        let written = Descriptor(number: output.descriptor)
        var launch = ProgramLaunch(
            program: program, arguments: arguments, environment: [], directory: bundle,
            descriptors: [null.descriptor, written, written])
        change(&launch)
        let pid = try withExtendedLifetime(null) { try launch.run() }
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
        return Outcome(pid: pid, exit: ProcessExit(waitStatus: status, at: .now), output: try output.content())
    }

    private func shell(_ script: String, _ change: (inout ProgramLaunch) -> Void = { _ in }) throws -> Outcome {
        let outcome = try run("/bin/sh", ["sh", "-c", script], change)
        #expect(outcome.exit.how == .exited(status: 0))
        return outcome
    }

    @Test func `a script of the bundle runs in the bundle, with its words`() throws {
        try place.write("it is here", to: "bundle/here")
        try place.write("#!/bin/sh\ncat here\nprintf ' %s' \"$0\" \"$@\"\nexit 7\n", to: "bundle/bin/say", mode: 0o755)
        let outcome = try run("bin/say", ["bin/say", "one", "two three"])
        #expect(outcome.output == "it is here bin/say one two three")
        #expect(outcome.exit.how == .exited(status: 7))
    }

    @Test func `the environment is what was given and nothing else`() throws {
        let outcome = try run("/usr/bin/env", ["env"]) {
            $0.environment = [
                EnvironmentVariable(name: "FIRST", value: Array("a b=c".utf8)),
                EnvironmentVariable(name: "SECOND", value: []),
            ]
        }
        #expect(outcome.output == "FIRST=a b=c\nSECOND=\n")
        #expect(try run("/usr/bin/env", ["env"]).output == "")
    }

    @Test func `the value of a variable need not be text`() throws {
        let outcome = try run("/bin/sh", ["sh", "-c", "[ \"$VALUE\" = \"$(printf '\\377\\001')\" ]"]) {
            $0.environment = [EnvironmentVariable(name: "VALUE", value: [0xFF, 0x01])]
        }
        #expect(outcome.exit.how == .exited(status: 0))
    }

    private static let listDescriptors =
        "for each in /proc/$$/fd/*; do if [ -e $each ]; then printf '%s ' ${each##*/}; fi; done"

    @Test func `it has the descriptors that were given, and no other`() throws {
        // One that nobody closes on exec.
        let leaked = dup(STDIN_FILENO)
        defer { close(leaked) }
        #expect(leaked > STDERR_FILENO)
        #expect(try shell(Self.listDescriptors).output == "0 1 2 ")
    }

    @Test func `descriptors may trade their numbers`() throws {
        var expected = [CChar](repeating: 0, count: Int(PATH_MAX))
        let names = try [STDERR_FILENO, STDOUT_FILENO, STDIN_FILENO].map { (number) throws -> String in
            let count = readlink("/proc/self/fd/\(number)", &expected, expected.count)
            try #require(count > 0)
            return String(decoding: expected[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self) + "\n"
        }
        let outcome = try shell("for each in 3 4 5; do readlink /proc/$$/fd/$each; done") {
            $0.descriptors += [STDERR_FILENO, STDOUT_FILENO, STDIN_FILENO].map { Descriptor(number: $0) }
        }
        #expect(outcome.output == names.joined())
    }

    @Test func `it leads a session of its own`() throws {
        let outcome = try shell("cut -d ' ' -f 5,6 /proc/$$/stat")
        #expect(outcome.output == "\(outcome.pid) \(outcome.pid)\n")
    }

    @Test func `its umask is the usual one`() throws {
        #expect(try shell("umask").output == "0022\n")
    }

    @Test func `no signal is blocked or ignored, whatever they are here`() throws {
        var blocked = sigset_t()
        var before = sigset_t()
        sigemptyset(&blocked)
        sigaddset(&blocked, SIGUSR1)
        pthread_sigmask(SIG_BLOCK, &blocked, &before)
        let handler = signal(SIGUSR2, SIG_IGN)
        defer {
            signal(SIGUSR2, handler)
            pthread_sigmask(SIG_SETMASK, &before, nil)
        }
        let none = String(repeating: "0", count: 16)
        let output = try shell(status("SigBlk:|SigIgn:")).output
        #expect(output == "SigBlk: \(none)\nSigIgn: \(none)\n")
    }

    /// A script that prints the lines of `/proc/PID/status` whose keys fit a pattern.
    private func status(_ keys: String) -> String {
        "while read key value; do case $key in \(keys)) echo $key $value;; esac; done </proc/$$/status"
    }

    @Test func `it can be kept from gaining privileges`() throws {
        let outcome = try shell(status("NoNewPrivs:")) { $0.gainsNoPrivileges = true }
        #expect(outcome.output == "NoNewPrivs: 1\n")
    }

    @Test(.enabled(if: LinuxFileSystem.effectiveUser == 0, "it takes the superuser"))
    func `it becomes another user, without any other group`() throws {
        let outcome = try shell("id -u; id -g; id -G") {
            $0.user = SystemUser(name: "nobody", number: 65_534, group: 65_533)
        }
        #expect(outcome.output == "65534\n65533\n65533\n")
    }

    @Test(.enabled(if: LinuxFileSystem.effectiveUser == 0, "it takes the superuser"))
    func `the superuser without capabilities has none, and gets none`() throws {
        let outcome = try shell(status("Cap*")) { $0.dropsCapabilities = true }
        let lines = outcome.output.split(separator: "\n")
        #expect(lines.count >= 4)
        #expect(lines.allSatisfy { $0.hasSuffix(" 0000000000000000") }, "\(outcome.output)")
    }

    @Test func `a detached program is nobody's child here`() throws {
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        defer { for end in ends { close(end) } }
        let writing = Descriptor(number: ends[1])
        var launch = ProgramLaunch(
            program: "/bin/sh", arguments: ["sh", "-c", "echo $$"], environment: [], directory: bundle,
            descriptors: [writing, writing, writing])
        launch.isDetached = true
        let pid = try launch.run()
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64)
        while text.last != UInt8(ascii: "\n") {
            let count = read(ends[0], &buffer, buffer.count)
            try #require(count > 0)
            text += buffer[..<count]
        }
        #expect(String(decoding: text, as: UTF8.self) == "\(pid)\n")
        var status: Int32 = 0
        #expect(waitpid(pid, &status, 0) == -1)
    }

    // MARK: What cannot be started

    private func failure(
        _ program: String, _ change: (inout ProgramLaunch) -> Void = { _ in }
    ) throws -> LaunchFailure {
        var failure: LaunchFailure?
        do { _ = try run(program, [program], change) } catch let error as LaunchFailure { failure = error }
        return try #require(failure)
    }

    @Test(
        arguments: [
            ("#!/bin/sh\n", 0o644, "it is not executable, or its interpreter '/bin/sh' is not"),
            ("\u{7F}ELF", 0o644, "it is not executable"),
            ("#!/no/such/interpreter -x\n", 0o755, "its interpreter '/no/such/interpreter' is not there"),
            ("#!/bin/sh\r\n", 0o755, "its interpreter '/bin/sh\\u{d}' is not there"),
            (
                "echo no first line\n", 0o755,
                "it is neither a script that names its interpreter nor a program for this host"
            ),
        ] as [(String, UInt32, String)])
    func `what the kernel does not execute is told`(content: String, mode: UInt32, reason: String) throws {
        try place.write(content, to: "bundle/bin/app", mode: mode)
        let failure = try failure("bin/app")
        #expect(failure.message == "cannot start 'bin/app': \(reason)")
        #expect(failure.code == .appStartFailed)
        #expect(failure.state == .unchanged)
    }

    @Test func `a program that is not there is told`() throws {
        #expect(try failure("bin/app").message == "cannot start 'bin/app': there is no such file")
    }

    @Test func `an environment that no program can have is told`() throws {
        let failure = try failure("/bin/sh") {
            $0.environment = [EnvironmentVariable(name: "LONG", value: [UInt8](repeating: 0x61, count: 4 << 20))]
        }
        #expect(failure.message == "cannot start '/bin/sh': its words and its environment are too long")
    }

    @Test func `a control group that is not there is told apart`() throws {
        let failure = try failure("/bin/sh") { $0.group = "/no/such/group/cgroup.procs" }
        #expect(failure.step == .group)
    }

    @Test(
        arguments: [
            ("#!/bin/sh\n", "/bin/sh"), ("#! \t/usr/bin/env python3\n", "/usr/bin/env"), ("#!/bin/sh", "/bin/sh"),
            ("#!\n/bin/sh", nil), ("/bin/sh", nil), ("", nil),
        ] as [(String, String?)])
    func `the first line of a script names its interpreter`(content: String, name: String?) {
        #expect(ProgramLaunch.interpreter(of: Array(content.utf8)) == name)
    }
}
