import Glibc
import TestSupport
import Testing

@testable import Processes

/// What stands between the parent and the number of threads, and says nothing here.
private let middle = "4115 29995 0 -1 4194560 2923 6471 4 0 3 2 5 3 20 0"

struct ProcessStatusTests {
    @Test(
        arguments: [
            ("17 (sh) S 1 \(middle) 1 0 3659468 0 0\n", "sh", 1, 1, 3_659_468, false),
            ("17 (a) (b) R 12 \(middle) 2 0 5 0 0\n", "a) (b", 12, 2, 5, false),
            ("17 () R) Z 3 ()) S 12 \(middle) 1 0 5\n", ") R) Z 3 ()", 12, 1, 5, false),
            ("17 (two words\nand a line) D 1 \(middle) 1 0 5\n", "two words\nand a line", 1, 1, 5, false),
            ("17 () S 1 \(middle) 1 0 18446744073709551615 0\n", "", 1, 1, UInt64.max, false),
            ("17 (gone) Z 1 \(middle) 1 0 5 0 0\n", "gone", 1, 1, 5, true),
            ("17 (gone) X 1 \(middle) 0 0 5 0 0\n", "gone", 1, 0, 5, true),
            ("17 (half) Z 1 \(middle) 2 0 5 0 0\n", "half", 1, 2, 5, false),
        ] as [(String, String, Int32, Int64, UInt64, Bool)])
    func `a line of the kernel is taken apart`(
        line: String, name: String, parent: Int32, threads: Int64, startTime: UInt64, isDead: Bool
    ) throws {
        let status = try #require(ProcessStatus(Array(line.utf8)))
        #expect(status.name == name)
        #expect(status.parent == parent)
        #expect(status.threads == threads)
        #expect(status.startTime == startTime)
        #expect(status.isDead == isDead)
    }

    @Test(arguments: [
        "", "17", "17 (sh", "17 sh) S 1", "17 )sh( S 1 \(middle) 1 0 5", "17 (sh) S 1 \(middle) 1 0",
        "17 (sh) S x \(middle) 1 0 5", "17 (sh) S 1 \(middle) 1 0 -5", "17 (sh) SS 1 \(middle) 1 0 5",
    ])
    func `anything else is none`(line: String) {
        #expect(ProcessStatus(Array(line.utf8)) == nil)
    }
}

struct ProcessIdentityTests {
    @Test func `this process is alive`() {
        let own = ProcessIdentity.current
        #expect(own.pid == getpid())
        #expect(own.startTime > 0)
        #expect(own.isAlive)
    }

    @Test func `a number with another start is another process, and never signalled`() throws {
        let child = try LivingChild(shell: "echo ready; read x")
        _ = try child.line()
        let identity = try child.identity()
        let stranger = ProcessIdentity(pid: identity.pid, startTime: identity.startTime + 1)
        #expect(!stranger.isAlive)
        #expect(!stranger.signal(SIGKILL))
        #expect(identity.isAlive)
        #expect(identity.signal(SIGKILL))
        try child.becomeZombie()
        #expect(!identity.isAlive)
    }

    @Test func `a zombie is dead, and so is what was waited for`() throws {
        let child = try LivingChild(shell: "exit 3")
        try child.becomeZombie()
        #expect(ProcessStatus.read(child.pid)?.isDead == true)
        #expect(ProcessIdentity.of(child.pid) == nil)
        try child.end()
        #expect(ProcessStatus.read(child.pid) == nil)
    }

    @Test(arguments: [0, -1, Int32.min, Int32.max])
    func `a number that no process has is none, and not a whole group`(pid: Int32) {
        #expect(ProcessIdentity.of(pid) == nil)
        #expect(!ProcessIdentity(pid: pid, startTime: 1).signal(SIGTERM))
    }
}
