import Glibc
import TestSupport
import Testing

@testable import Processes

/// The table by itself, filled with processes that are made up.
struct ProcessTableTests {
    private static let own = ProcessIdentity(pid: 90, startTime: 900)
    private static let run = RunID.random()

    private func process(
        _ pid: Int32, parent: Int32 = 1, executable: String? = nil, run: RunID? = nil
    ) -> SeenProcess {
        SeenProcess(
            identity: ProcessIdentity(pid: pid, startTime: UInt64(pid) * 10), parent: parent, name: "p\(pid)",
            executable: executable.map { Array($0.utf8) }, run: run)
    }

    private func table(_ seen: [SeenProcess]) -> ProcessTable { ProcessTable(seen, own: Self.own) }

    private func numbers(_ processes: [LivingProcess]) -> [Int32] { processes.map(\.identity.pid) }

    @Test func `an executable is below the directory, not beside it`() {
        let table = table([
            process(8, executable: "/r/apps/a/installed/bin/x (deleted)"), process(3, executable: "/r/apps/a/x"),
            process(4, executable: "/r/apps/a"), process(5, executable: "/r/apps/ab/x"),
            process(6, executable: "/r/apps/a.b/x"), process(7, executable: "/usr/bin/sh"), process(9),
        ])
        #expect(numbers(table.processes(run: nil, below: "/r/apps/a", group: nil)) == [3, 8])
        #expect(numbers(table.processes(run: nil, below: "/r/apps/ab", group: nil)) == [5])
        #expect(numbers(table.processes(run: nil, below: "/r/apps/zz", group: nil)) == [])
        #expect(numbers(table.processes(run: nil, below: "/", group: nil)) == [])
    }

    @Test func `a path that is not UTF-8 is compared byte by byte`() {
        let directory: [UInt8] = [0x2F, 0xFF]
        let other: [UInt8] = [0x2F, 0xFE]
        let seen = SeenProcess(
            identity: ProcessIdentity(pid: 3, startTime: 1), parent: 1, name: "x",
            executable: directory + Array("/x".utf8), run: nil)
        #expect(numbers(table([seen]).processes(run: nil, below: directory, group: nil)) == [3])
        #expect(numbers(table([seen]).processes(run: nil, below: other, group: nil)) == [])
    }

    @Test func `the run's id is evidence, and stronger than the executable`() {
        let table = table([
            process(3, executable: "/r/apps/a/x", run: Self.run), process(4, run: Self.run), process(5, run: .random()),
            process(6, executable: "/r/apps/a/x", run: .random()),
        ])
        let found = table.processes(run: Self.run, below: "/r/apps/a", group: nil)
        #expect(numbers(found) == [3, 4, 6])
        #expect(found.map(\.evidence) == [.environment, .environment, .executable])
        #expect(found.map(\.name) == ["p3", "p4", "p6"])
    }

    @Test func `descendants are found to the last`() {
        let table = table([
            process(10), process(11, parent: 10), process(12, parent: 11), process(13, parent: 90), process(14),
        ])
        #expect(numbers(table.descendants(of: ProcessIdentity(pid: 10, startTime: 100))) == [11, 12])
        #expect(numbers(table.descendants(of: Self.own)) == [13])
        let evidence = table.descendants(of: Self.own).map(\.evidence)
        #expect(evidence == [.descendant])
    }

    @Test func `a process that got the number later has the descendants of none`() {
        let table = table([process(10), process(11, parent: 10)])
        #expect(table.descendants(of: ProcessIdentity(pid: 10, startTime: 99)) == [])
        #expect(table.descendants(of: ProcessIdentity(pid: 20, startTime: 200)) == [])
    }

    @Test func `whoever looks is not in the table`() {
        let table = table([process(90, parent: 10, executable: "/r/apps/a/x", run: Self.run), process(10)])
        #expect(table.processes(run: Self.run, below: "/r/apps/a", group: nil) == [])
        #expect(table.descendants(of: ProcessIdentity(pid: 10, startTime: 100)) == [])
    }

    @Test(
        arguments: [
            ("APPHOST_RUN=00112233445566778899aabbccddeeff\0", true),
            ("A=b\0APPHOST_RUN=00112233445566778899aabbccddeeff\0C=d\0", true),
            ("APPHOST_RUN=00112233445566778899aabbccddeeff", true),
            ("APPHOST_RUN=00112233445566778899aabbccddeeff0\0", false), ("APPHOST_RUN=\0", false),
            ("XAPPHOST_RUN=00112233445566778899aabbccddeeff\0", false),
            ("A=APPHOST_RUN=00112233445566778899aabbccddeeff\0", false),
            ("APPHOST_RUN=x\0APPHOST_RUN=00112233445566778899aabbccddeeff\0", false), ("", false),
        ] as [(String, Bool)])
    func `the run's id is one whole entry of the environment`(environment: String, isThere: Bool) {
        let run = RunID(environment: Array(environment.utf8))
        #expect(run?.text == (isThere ? "00112233445566778899aabbccddeeff" : nil))
    }
}

/// The table of this host, with processes that are real.
struct LivingProcessTests {
    private let scene: LifeScene

    init() throws { scene = try LifeScene() }

    private func found(below directory: String = "/nowhere") -> [LivingProcess] {
        ProcessTable.read().processes(run: scene.run, below: directory, group: nil)
    }

    @Test func `a child is found by its environment, and as a descendant of this process`() throws {
        let child = try LivingChild(shell: "echo ready; read x", run: scene.run)
        _ = try child.line()
        let identity = try child.identity()
        #expect(found().map(\.identity) == [identity])
        #expect(found().map(\.evidence) == [.environment])
        let descendants = ProcessTable.read().descendants(of: .current)
        #expect(descendants.contains { $0.identity == identity && $0.evidence == .descendant })
        identity.signal(SIGKILL)
        try child.becomeZombie()
        #expect(found() == [])
    }

    @Test func `what forked twice, closed everything and left its session is found by its environment`() throws {
        let child = try LivingChild(
            shell: "(setsid sh -c 'echo $$; exec sleep 300 <&- >&- 2>&-' &)", run: scene.run)
        let daemon = try child.process()
        defer { daemon.signal(SIGKILL) }
        try child.end()
        #expect(found().map(\.identity) == [daemon])
    }

    @Test func `an executable is found by where it lies, also once it was deleted`() throws {
        try scene.disk.makeDirectory("apps/notes/installed/bin")
        let child = try LivingChild(
            shell: "cp \"$(command -v sh)\" \"$1\" && exec \"$1\" -c 'echo ready; read x'",
            [scene.path("installed/bin/sh")])
        _ = try child.line()
        let identity = try child.identity()
        let directory = try #require(realpath(scene.path("."), nil))
        defer { free(directory) }
        let path = String(cString: directory)
        #expect(found(below: path) == [LivingProcess(identity: identity, name: "sh", evidence: .executable)])
        try scene.disk.remove("apps/notes/installed/bin/sh")
        #expect(found(below: path).map(\.identity) == [identity])
        #expect(found(below: path + "2") == [])
    }

    @Test func `a name of parentheses and spaces is a name`() throws {
        let child = try LivingChild(
            shell: "cp \"$(command -v sh)\" \"$1\" && exec \"$1\" -c 'echo ready; read x'",
            [scene.path("x) Z 1 (y")], run: scene.run)
        _ = try child.line()
        let identity = try child.identity()
        #expect(found() == [LivingProcess(identity: identity, name: "x) Z 1 (y", evidence: .environment)])
    }

    @Test func `a process that lost its first thread lives on`() throws {
        let script = """
            import ctypes, platform, sys, threading
            threading.Thread(target=sys.stdin.readline).start()
            print("ready", flush=True)
            ctypes.CDLL(None).syscall({"x86_64": 60, "aarch64": 93}[platform.machine()], 0)
            """
        let child = try LivingChild(["python3", "-c", script], run: scene.run)
        _ = try child.line()
        while ProcessStatus.read(child.pid)?.hasLostMainThread == false { usleep(1000) }
        let identity = try child.identity()
        #expect(found().map(\.identity) == [identity])
        #expect(identity.signal(SIGKILL))
        try child.becomeZombie()
        #expect(found() == [])
    }
}
