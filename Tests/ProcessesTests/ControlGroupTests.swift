import Glibc
import HostModel
import TestSupport
import Testing

@testable import Processes

private let unified = "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n"
private let hybrid = """
    31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
    32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime shared:2 - cgroup cgroup rw,cpu
    41 31 0:38 / /sys/fs/cgroup/unified rw,relatime shared:3 master:4 - cgroup2 cgroup2 rw

    """
private let nested = "5 1 0:26 /docker/c1 /sys/fs/cgroup rw - cgroup2 cgroup rw\n"

struct ControlGroupPathTests {
    @Test(
        arguments: [
            ("0::/user.slice/a.scope\n", unified, "/sys/fs/cgroup/user.slice/a.scope"),
            ("0::/\n", unified, "/sys/fs/cgroup"),
            ("3:cpu:/x\n1:name=systemd:/y\n0::/z\n", hybrid, "/sys/fs/cgroup/unified/z"),
            ("0::/docker/c1/app\n", nested, "/sys/fs/cgroup/app"),
            ("0::/docker/c1\n", nested, "/sys/fs/cgroup"),
            ("0::/a\n", "5 1 0:26 / /with\\040space\\134 rw - cgroup2 cgroup rw\n", "/with space\\/a"),
            ("0::/a\n", unified + "50 1 0:26 / /mnt rw - cgroup2 cgroup rw\n", "/mnt/a"),
            ("0::/a:b c\n", unified, "/sys/fs/cgroup/a:b c"),
        ] as [(String, String, String)])
    func `our own group is found below its mount`(groups: String, mounts: String, path: String) {
        #expect(ControlGroup.ownDirectory(groups: groups, mounts: mounts) == path)
    }

    @Test(
        arguments: [
            ("", unified), ("3:cpu:/x\n", unified), ("0::/a\n", ""),
            ("0::/a\n", "32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu\n"),
            ("0::/docker/c10\n", nested),
            ("0::/../other\n", unified), ("0::/a\n", "5 1 0:26 / /sys/fs/cgroup rw -\n"), ("0::/a\n", "5 1 0:26 / x\n"),
        ] as [(String, String)])
    func `where it is not mounted there is none`(groups: String, mounts: String) {
        #expect(ControlGroup.ownDirectory(groups: groups, mounts: mounts) == nil)
    }

    @Test func `a path that is no group of this run is not taken for one`() throws {
        let scene = try LifeScene()
        let name = "apphost-notes-\(scene.run.text.prefix(8))"
        try scene.disk.makeDirectory(name)
        // Named as it should be, but on an ordinary disk.
        for path in ["\(scene.disk.path)/\(name)", "/sys/fs/cgroup", "/", "", name, "/nowhere/\(name)"] {
            #expect(ControlGroup.standing(at: path, of: scene.id, run: scene.run) == nil, "\(path)")
        }
    }
}

/// Whether tests can make control groups here.
enum ControlGroupAccess {
    static let isThere: Bool = {
        guard let id = AppID("probe"), let group = ControlGroup.make(for: id, run: .random()) else { return false }
        return group.remove()
    }()
}

@Suite(.enabled(if: ControlGroupAccess.isThere, "it takes a control group that this user may write to"))
struct LiveControlGroupTests {
    private let scene: LifeScene
    private let group: ControlGroup

    init() throws {
        scene = try LifeScene()
        group = try #require(ControlGroup.make(for: scene.id, run: scene.run))
    }

    /// Starts a shell that is in the group, and writes its number.
    private func member(_ script: String) throws -> LivingChild {
        try LivingChild(shell: "echo 0 > \"$1\"; echo $$; \(script)", [group.enroll()])
    }

    /// Kills until nothing is left, as processes take a moment to end.
    private func clear() {
        for _ in 0..<30_000 where !group.remove() {
            group.kill()
            usleep(1000)
        }
    }

    @Test func `a group is made for a run once, and known again by its path`() {
        defer { clear() }
        #expect(ControlGroup.make(for: scene.id, run: scene.run) == group)
        #expect(ControlGroup.standing(at: group.path, of: scene.id, run: scene.run) == group)
        #expect(ControlGroup.standing(at: group.path, of: scene.id, run: .random()) == nil)
        #expect(group.processes() == [])
    }

    @Test func `what clears its environment and detaches stays in the group`() throws {
        defer { clear() }
        let child = try member("(env -i setsid sh -c 'echo $$; exec sleep 300 <&- >&- 2>&-' &)")
        _ = try child.line()
        let daemon = try child.process()
        try child.end()
        let found = ProcessTable.read().processes(run: nil, below: "/nowhere", group: group)
        #expect(found.map(\.identity) == [daemon])
        #expect(found.map(\.evidence) == [.group])
        #expect(!group.remove())
    }

    @Test func `what began after the pass is found in the group`() throws {
        defer { clear() }
        let table = ProcessTable.read()
        let child = try member("read x")
        let identity = try child.process()
        #expect(table.processes(run: nil, below: "/nowhere", group: group).map(\.identity) == [identity])
    }

    @Test func `killing ends all that is in it and below it`() throws {
        defer { clear() }
        #expect(mkdir(group.path + "/inner", 0o755) == 0)
        let child = try member("read x")
        let inner = try LivingChild(
            shell: "echo 0 > \"$1\"; echo $$; trap '' TERM; read x", [group.path + "/inner/cgroup.procs"])
        let members = [try child.process(), try inner.process()]
        #expect(Set(group.processes()) == Set(members.map(\.pid)))
        group.kill()
        try child.becomeZombie()
        try inner.becomeZombie()
        #expect(members.allSatisfy { !$0.isAlive })
        clear()
        #expect(access(group.path, F_OK) != 0)
        #expect(group.remove(), "what is gone is gone")
    }
}
