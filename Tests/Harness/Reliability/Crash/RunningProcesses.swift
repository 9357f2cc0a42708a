import Glibc

/// What lives of one root, as the kernel tells it: found without any of AppHost's own ways to find it.
struct RunningProcesses: Equatable, Sendable, CustomStringConvertible {
    /// Of the app, with the version that each was started as.
    private(set) var app: [pid_t: String] = [:]
    private(set) var supervisors: Set<pid_t> = []
    /// Commands that work on the root, and what they fork, before it becomes something else.
    private(set) var commands: Set<pid_t> = []

    /// Looks once at every process. Zombies have neither an environment nor a working directory, and are none.
    ///
    /// - Parameter place: the directory that holds `root/`, without links.
    static func look(in place: String) -> RunningProcesses {
        var found = RunningProcesses()
        var environment = [CChar](repeating: 0, count: 32 << 10)
        for pid in Self.numbers() { found.look(at: pid, place, &environment) }
        return found
    }

    var isEmpty: Bool { app.isEmpty && supervisors.isEmpty && commands.isEmpty }

    /// Whether nothing of it is on its way: no command works, and a supervisor has its app.
    var isAtRest: Bool { commands.isEmpty && (supervisors.isEmpty || (supervisors.count == 1 && app.count == 1)) }

    /// What `status` has to say of it while it is at rest.
    var state: String { app.isEmpty ? "stopped" : supervisors.isEmpty ? "left_behind" : "running" }

    /// In the order in which they can be killed: who would bring others back comes first.
    var all: [pid_t] { Array(commands) + Array(supervisors) + Array(app.keys) }

    /// L: it runs once, or not at all, as the version that is installed.
    ///
    /// - Parameter runs: whether it has to run; nil where both is right.
    func problems(runs: Bool?, installed: String?) -> [String] {
        if isEmpty { return runs == true ? ["L: it does not run"] : [] }
        guard supervisors.count == 1, app.count == 1 else { return ["L: it does not run once: \(self)"] }
        if runs == false { return ["L: it runs: \(self)"] }
        guard let version = app.values.first, version != installed else { return [] }
        return ["L: \(version) runs, and \(installed ?? "nothing") is installed"]
    }

    var description: String {
        let versions = app.values.sorted().joined(separator: ", ")
        return "\(app.count) of the app (\(versions)), \(supervisors.count) supervisors, \(commands.count) commands"
    }

    // MARK: Looking

    /// - Parameter environment: room for that of one process.
    private mutating func look(at pid: pid_t, _ place: String, _ environment: inout [CChar]) {
        Self.read("/proc/\(pid)/environ", into: &environment)
        func isBelow(_ path: String?) -> Bool { path?.hasPrefix(place + "/") == true }
        if isBelow(Self.value(of: "APPHOST_APP_DATA_DIR=", in: environment)) {
            app[pid] = Self.value(of: "APPHOST_APP_VERSION=", in: environment) ?? "no version"
        } else if isBelow(Self.value(of: "APPHOST_ROOT=", in: environment)) {
            commands.insert(pid)
        } else if isBelow(Self.target(of: "/proc/\(pid)/cwd")) {
            supervisors.insert(pid)
        }
    }

    private static func numbers() -> [pid_t] {
        guard let stream = opendir("/proc") else { return [] }
        defer { closedir(stream) }
        var numbers: [pid_t] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in Array(bytes.prefix { $0 != 0 }) }
            if let number = pid_t(String(decoding: name, as: UTF8.self)) { numbers.append(number) }
        }
        return numbers
    }

    /// As much as there is room for, and two NUL behind it; nothing where it may not be read.
    private static func read(_ path: String, into buffer: inout [CChar]) {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        let count = file < 0 ? 0 : Glibc.read(file, &buffer, buffer.count - 2)
        if file >= 0 { close(file) }
        for index in 0..<2 { buffer[max(0, count) + index] = 0 }
    }

    /// - Parameters:
    ///   - name: with its equals sign.
    ///   - environment: entries that end with NUL, and one more NUL.
    private static func value(of name: String, in environment: [CChar]) -> String? {
        environment.withUnsafeBufferPointer { bytes in
            guard var entry = bytes.baseAddress else { return nil }
            // The C library does it fast enough to look at all processes many times a second, also unoptimised.
            while entry.pointee != 0 {
                if strncmp(entry, name, name.utf8.count) == 0 { return String(cString: entry + name.utf8.count) }
                entry += strlen(entry) + 1
            }
            return nil
        }
    }

    private static func target(of link: String) -> String? {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink(link, &buffer, buffer.count)
        guard count >= 0 else { return nil }
        return String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
