import CLinux
import Glibc
import HostModel

/// A control group (version 2) of one run: no process leaves it by forking, detaching or clearing its environment.
package struct ControlGroup: Sendable, Equatable {
    /// Absolute, in a mounted cgroup2 file system.
    package let path: String

    /// One that was made before, by its path. Nothing is looked at.
    package init(existing path: String) { self.path = path }

    /// Makes a group below our own, or takes the one that this run has already.
    ///
    /// - Returns: nil where it cannot be had: no cgroup2, or no right to it.
    package static func make(for app: AppID, run: RunID) -> ControlGroup? {
        guard let own = writableParent() else { return nil }
        let group = ControlGroup(existing: own + "/" + name(for: app, run: run))
        guard mkdir(group.path, 0o755) == 0 || errno == EEXIST else { return nil }
        // Below a threaded group it would be one that takes no process.
        if KernelFile.text(group.path + "/cgroup.type", limit: 64) == "domain\n" { return group }
        group.remove()
        return nil
    }

    /// Whether one could be had for an app that was started now, as far as can be seen without making one.
    package static var canBeHad: Bool { writableParent() != nil }

    /// Our own group, where others may be made below it.
    private static func writableParent() -> String? {
        guard let groups = KernelFile.text("/proc/self/cgroup", limit: 1 << 20),
            let mounts = KernelFile.text("/proc/self/mountinfo", limit: 16 << 20),
            let own = ownDirectory(groups: groups, mounts: mounts),
            // Who moves a process has to be allowed to write to both groups and to the one above them: this one.
            faccessat(AT_FDCWD, own + "/cgroup.procs", W_OK, AT_EACCESS) == 0
        else { return nil }
        return own
    }

    /// The group of a run, by the path that its supervisor left.
    ///
    /// - Returns: nil where that is no control group any more, or not one that ``make(for:run:)`` made for this run.
    static func standing(at path: String, of app: AppID, run: RunID) -> ControlGroup? {
        guard path.hasPrefix("/"), path.hasSuffix("/" + name(for: app, run: run)) else { return nil }
        let directory = clinux_openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0)
        guard directory >= 0 else { return nil }
        defer { close(directory) }
        var magic: Int64 = 0
        guard clinux_file_system_magic(directory, &magic) == 0, magic == cgroup2Magic else { return nil }
        return ControlGroup(existing: path)
    }

    /// The file to which a process is written to become a member: its number, or 0 for the writer itself.
    package func enroll() -> String { path + "/cgroup.procs" }

    /// The numbers of all that is in it, and in groups that were made below it.
    package func processes() -> [Int32] {
        var members: [Int32] = []
        for directory in tree() {
            let lines = (KernelFile.text(directory + "/cgroup.procs", limit: 1 << 20) ?? "").split(separator: "\n")
            // 0 stands for a process of another PID namespace.
            members += lines.compactMap { Int32($0) }.filter { $0 > 0 }
        }
        return members
    }

    /// Ends every process in it and below it. Before Linux 5.14, those forked meanwhile may escape: ask again.
    package func kill() {
        if KernelFile.write("1", to: path + "/cgroup.kill") { return }
        let identities = processes().compactMap { ProcessIdentity.of($0) }
        // A number that was given to a stranger in between is not in the group.
        let members = Set(processes())
        for identity in identities where members.contains(identity.pid) { identity.signal(SIGKILL) }
    }

    /// - Returns: whether it is gone; it stays while a process is in it.
    @discardableResult
    package func remove() -> Bool {
        for directory in tree().dropFirst().reversed() { rmdir(directory) }
        return rmdir(path) == 0 || errno == ENOENT
    }

    /// Where this process's own group is mounted.
    ///
    /// - Parameters:
    ///   - groups: `/proc/self/cgroup`. cgroups(7)
    ///   - mounts: `/proc/self/mountinfo`. proc_pid_mountinfo(5)
    static func ownDirectory(groups: String, mounts: String) -> String? {
        guard let line = groups.split(separator: "\n").first(where: { $0.hasPrefix("0::/") }) else { return nil }
        let own = String(line.dropFirst(3))
        // What lies outside of our cgroup namespace begins with "/..".
        guard !own.split(separator: "/").contains("..") else { return nil }
        var found: String?
        for mount in mounts.split(separator: "\n") {
            let fields = mount.split(separator: " ")
            // Behind the sixth stand any number of optional fields, then a dash and the type.
            guard fields.count > 6, let dash = fields[6...].firstIndex(of: "-"), dash + 1 < fields.count,
                fields[dash + 1] == "cgroup2", let rest = path(of: own, below: unescaped(fields[3]))
            else { continue }
            // A later mount lies over an earlier one.
            found = unescaped(fields[4]) + rest
        }
        return found
    }

    private static func name(for app: AppID, run: RunID) -> String { "apphost-\(app.text)-\(run.text.prefix(8))" }

    /// CGROUP2_SUPER_MAGIC. statfs(2)
    private static let cgroup2Magic: Int64 = 0x6367_7270

    /// What a group's path has behind that of `root`: empty, or from a slash on. Nil where it is not below it.
    private static func path(of group: String, below root: String) -> String? {
        if root == "/" { return group == "/" ? "" : group }
        if group == root { return "" }
        guard group.utf8.starts(with: (root + "/").utf8) else { return nil }
        return String(decoding: group.utf8.dropFirst(root.utf8.count), as: UTF8.self)
    }

    /// The kernel writes a space, tab, line feed or backslash as a backslash and three octal digits.
    private static func unescaped(_ field: Substring) -> String {
        let bytes = Array(field.utf8)
        var plain: [UInt8] = []
        var index = 0
        while index < bytes.count {
            let digits = bytes[index...].dropFirst().prefix(3)
            if bytes[index] == UInt8(ascii: "\\"), digits.count == 3,
                let byte = UInt8(String(decoding: digits, as: UTF8.self), radix: 8)
            {
                plain.append(byte)
                index += 4
            } else {
                plain.append(bytes[index])
                index += 1
            }
        }
        return String(decoding: plain, as: UTF8.self)
    }

    /// It and the groups below it, each behind the one that it is in.
    private func tree() -> [String] {
        var tree = [path]
        var next = 0
        while next < tree.count {
            let directory = tree[next]
            tree += (KernelFile.directories(in: directory) ?? []).map { directory + "/" + $0 }
            next += 1
        }
        return tree
    }
}
