import DiskIO
import Glibc
import TestSupport

/// A whole small disk as a value: what a power cut leaves of a directory tree.
struct DiskImage: Sendable {
    /// Index into ``nodes``; the first is the top directory.
    typealias ID = Int

    static let top: ID = 0

    struct Node: Sendable {
        enum Kind: Sendable { case directory, file, link }
        var kind: Kind
        var mode: UInt32
        /// Of a file; of a link its target.
        var content: [UInt8] = []
        /// Of a directory.
        var entries: [DiskPath: ID] = [:]
    }

    /// Everything that ever existed, whether a name leads to it or not.
    var nodes: [Node]

    /// What lies below `path` on the real disk.
    init(of path: String) throws {
        nodes = []
        var known: [UInt64: ID] = [:]
        _ = try read(path, &known)
    }

    private mutating func read(_ path: String, _ known: inout [UInt64: ID]) throws -> ID {
        var status = stat()
        try Self.check(lstat(path, &status), path)
        if let id = known[UInt64(status.st_ino)] { return id }
        let id = nodes.count
        known[UInt64(status.st_ino)] = id
        let mode = status.st_mode & 0o7777
        switch status.st_mode & S_IFMT {
        case S_IFDIR:
            nodes.append(Node(kind: .directory, mode: mode))
            guard let stream = opendir(path) else { throw TestDiskError(call: "opendir", path: path, errno: errno) }
            defer { closedir(stream) }
            while let entry = readdir(stream) {
                let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                    String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
                }
                if name == "." || name == ".." { continue }
                nodes[id].entries[DiskPath(name)] = try read("\(path)/\(name)", &known)
            }
        case S_IFLNK:
            var target = [CChar](repeating: 0, count: 4096)
            let count = readlink(path, &target, target.count)
            nodes.append(
                Node(kind: .link, mode: mode, content: target.prefix(max(0, count)).map { UInt8(bitPattern: $0) }))
        default:
            nodes.append(Node(kind: .file, mode: mode, content: try Self.content(of: path)))
        }
        return id
    }

    // MARK: Looking

    func id(_ path: [DiskPath], from start: ID) -> ID? {
        path.reduce(start) { (id: ID?, name: DiskPath) in
            guard let id else { return nil }
            return name == "." ? id : nodes[id].entries[name]
        }
    }

    /// A directory that two names lead to: no file system can hold it, and one that did would lose it with either name.
    var hasDirectoryTwice: Bool {
        var seen: Set<ID> = []
        func visit(_ id: ID) -> Bool {
            guard nodes[id].kind == .directory else { return false }
            guard seen.insert(id).inserted else { return true }
            return nodes[id].entries.values.contains(where: visit)
        }
        return visit(Self.top)
    }

    /// The same for two disks that hold the same.
    ///
    /// Of trees that are being filled or deleted only the shape counts, not names and content: recovery deletes them either way.
    var fingerprint: Int {
        var hasher = Hasher()
        mix(Self.top, into: &hasher)
        return hasher.finalize()
    }

    private func mix(_ id: ID, into hasher: inout Hasher) {
        let node = nodes[id]
        hasher.combine(node.mode)
        switch node.kind {
        case .file, .link: node.content.withUnsafeBytes { hasher.combine(bytes: $0) }
        case .directory:
            for (name, child) in node.entries.sorted(by: { $0.key < $1.key }) {
                hasher.combine(name)
                if name == "trash" || name == "staging" || name == ".work" {
                    hasher.combine(shape(child))
                } else {
                    mix(child, into: &hasher)
                }
            }
        }
    }

    private func shape(_ id: ID) -> Int {
        let node = nodes[id]
        var hasher = Hasher()
        hasher.combine(node.mode)
        hasher.combine(node.kind)
        hasher.combine(node.entries.values.map { shape($0) }.sorted())
        return hasher.finalize()
    }

    // MARK: Making it real

    /// Writes it into an empty directory.
    func materialize(at path: String) throws {
        var written: [ID: String] = [:]
        try write(Self.top, path, &written, isTop: true)
    }

    private func write(_ id: ID, _ path: String, _ written: inout [ID: String], isTop: Bool) throws {
        let node = nodes[id]
        switch node.kind {
        case .directory:
            if !isTop { try Self.check(mkdir(path, 0o700), path) }
            for (name, child) in node.entries { try write(child, "\(path)/\(name)", &written, isTop: false) }
            try Self.check(chmod(path, node.mode), path)
        case .link:
            let target = node.content.map { CChar(bitPattern: $0) } + [0]
            try Self.check(symlink(target, path), path)
        case .file:
            if let first = written[id] { return try Self.check(link(first, path), path) }
            written[id] = path
            let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            try Self.check(file < 0 ? -1 : 0, path)
            defer { close(file) }
            try Self.check(Glibc.write(file, node.content, node.content.count) == node.content.count ? 0 : -1, path)
            try Self.check(fchmod(file, node.mode), path)
        }
    }

    private static func content(of path: String) throws -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        try check(file < 0 ? -1 : 0, path)
        defer { close(file) }
        var content: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = Glibc.read(file, &buffer, buffer.count)
            try check(count < 0 ? -1 : 0, path)
            if count == 0 { return content }
            content += buffer.prefix(count)
        }
    }

    private static func check(_ result: Int32, _ path: String) throws {
        if result != 0 { throw TestDiskError(call: "a disk image", path: path, errno: errno) }
    }
}
