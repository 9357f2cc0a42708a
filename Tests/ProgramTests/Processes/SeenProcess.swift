import Glibc

/// A process as `/proc` shows it, read without the code that is tested.
struct SeenProcess: Hashable {
    let pid: pid_t

    /// All that there are.
    static func all() -> [SeenProcess] {
        names(in: "/proc").compactMap { pid_t($0) }.map { SeenProcess(pid: $0) }
    }

    /// Whether it is there, and no zombie.
    var isAlive: Bool {
        // proc_pid_stat(5): the state stands behind the name, which may hold anything.
        let stat = text("stat")
        guard let end = stat.lastIndex(of: ")") else { return false }
        let state = stat[stat.index(after: end)...].first { $0 != " " }
        return state != "Z" && state != "X"
    }

    /// The variables that it was started with; none where they cannot be read.
    var environment: [String: String] {
        var variables: [String: String] = [:]
        for entry in text("environ").split(separator: "\0") {
            let parts = entry.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { variables[String(parts[0])] = String(parts[1]) }
        }
        return variables
    }

    /// A line of `/proc/PID/status`, its words with a space between any two.
    func status(_ name: String) -> String? {
        let line = text("status").split(separator: "\n").first { $0.hasPrefix("\(name):") }
        return line.map { line in
            line.dropFirst(name.count + 1).split { $0 == " " || $0 == "\t" }.joined(separator: " ")
        }
    }

    /// Where `cwd`, `exe` or `fd/N` leads to.
    func link(_ name: String) -> String {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/\(pid)/\(name)", &buffer, buffer.count)
        return String(decoding: buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Where everything leads to that it has open: a path, or `socket:[…]`.
    var openFiles: [String] { Self.names(in: "/proc/\(pid)/fd").map { link("fd/\($0)") }.filter { !$0.isEmpty } }

    /// Whether it has to do with a directory: by its variables, its program, where it is, or what it has open.
    func touches(_ path: String) -> Bool {
        if text("environ").contains(path) || link("exe").hasPrefix(path) || link("cwd").hasPrefix(path) { return true }
        return openFiles.contains { $0.hasPrefix(path) }
    }

    /// All of a file of it.
    func text(_ name: String) -> String {
        let file = open("/proc/\(pid)/\(name)", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return "" }
        defer { close(file) }
        var content: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            let count = read(file, &buffer, buffer.count)
            guard count > 0 else { break }
            content += buffer.prefix(count)
        }
        return String(decoding: content, as: UTF8.self)
    }

    private static func names(in directory: String) -> [String] {
        guard let stream = opendir(directory) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in Array(bytes.prefix { $0 != 0 }) }
            names.append(String(decoding: name, as: UTF8.self))
        }
        return names
    }
}
