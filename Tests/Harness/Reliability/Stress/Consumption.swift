import Glibc
import TestSupport

/// What this process holds, and what a root takes on the disk.
struct Consumption: Sendable {
    let descriptors: Int
    /// In KiB, `VmRSS`.
    let memory: Int
    /// Blocks of 512 bytes and names of a root, without the histories, which grow up to a bound.
    private(set) var blocks = 0
    private(set) var names = 0
    /// Bytes of the record of `notes`.
    let record: Int
    /// Bytes of the longest history file.
    private(set) var history = 0

    /// - Parameter root: the path of a managed root.
    init(ofRoot root: String) throws {
        Self.trimMemory()
        memory = try Self.residentMemory()
        descriptors = try Self.entries(in: "/proc/self/fd").count
        record = try Int(Self.status(of: "\(root)/apps/notes/record.json").st_size)
        var seen: Set<UInt64> = []
        try walk(root, &seen)
    }

    /// A file with several names takes its blocks once.
    private mutating func walk(_ directory: String, _ seen: inout Set<UInt64>) throws {
        for name in try Self.entries(in: directory) {
            let path = "\(directory)/\(name)"
            let status = try Self.status(of: path)
            names += 1
            if name == "history.jsonl" || name == "history.1.jsonl" {
                history = max(history, Int(status.st_size))
                // There from the first rotation on.
                if name == "history.1.jsonl" { names -= 1 }
                continue
            }
            if seen.insert(UInt64(status.st_ino)).inserted { blocks += Int(status.st_blocks) }
            if status.st_mode & S_IFMT == S_IFDIR { try walk(path, &seen) }
        }
    }

    private static func status(of path: String) throws -> stat {
        var status = stat()
        guard lstat(path, &status) == 0 else { throw TestDiskError(call: "lstat", path: path, errno: errno) }
        return status
    }

    private static func entries(in path: String) throws -> [String] {
        guard let stream = opendir(path) else { throw TestDiskError(call: "opendir", path: path, errno: errno) }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }

    /// Gives back what was freed, so that only what is held counts. malloc_trim(3) is in no header that Swift reads.
    private static func trimMemory() {
        guard let symbol = dlsym(nil, "malloc_trim") else { return }
        let trim = unsafeBitCast(symbol, to: (@convention(c) (Int) -> Int32).self)
        _ = trim(0)
    }

    private static func residentMemory() throws -> Int {
        let path = "/proc/self/status"
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw TestDiskError(call: "open", path: path, errno: errno) }
        defer { close(file) }
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        let count = read(file, &buffer, buffer.count)
        let text = String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
        let line = text.split(separator: "\n").first(where: { $0.hasPrefix("VmRSS:") })
        let words = (line ?? "").split(whereSeparator: { $0 == " " || $0 == "\t" })
        guard words.count > 1, let number = Int(words[1]) else {
            throw TestDiskError(call: "find VmRSS in", path: path, errno: 0)
        }
        return number
    }
}
