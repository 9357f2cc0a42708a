import DiskIO
import Glibc

/// Every path below a directory, with what is there: its kind, its mode, and its content or target.
package typealias Tree = [String: String]

/// A directory of a test's own, which goes with this value.
///
/// All paths are relative to it. What is in it is made and read here without the code that is tested.
package final class TemporaryDirectory: Sendable {
    package let path: String

    package init() throws {
        var parent = "/tmp"
        if let said = getenv("TMPDIR"), said.pointee != 0 { parent = String(cString: said) }
        var template = CPath("\(parent)/apphost-test-XXXXXX")
        guard mkdtemp(&template) != nil else { throw TestDiskError(call: "mkdtemp", path: parent, errno: errno) }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { RawDisk.removeTree(CPath(path)) }

    // MARK: Making

    /// Writes a file with exactly `mode`, in the place of one that is there, and makes the directories above it.
    package func write(_ text: String, to name: String, mode: UInt32 = 0o644) throws {
        try makeParents(of: name)
        try RawDisk.write(Array(text.utf8), to: CPath(full(name)), mode: mode)
    }

    /// Puts a byte at an offset of a file, which is made where it is not there. What lies before it takes no room.
    package func put(_ byte: UInt8, at offset: Int64, in name: String) throws {
        let file = Glibc.open(full(name), O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw TestDiskError(call: "open", path: name, errno: errno) }
        defer { _ = Glibc.close(file) }
        guard pwrite(file, [byte], 1, off_t(offset)) == 1 else {
            throw TestDiskError(call: "pwrite", path: name, errno: errno)
        }
    }

    /// Makes a directory with exactly `mode`, and those above it.
    package func makeDirectory(_ name: String, mode: UInt32 = 0o755) throws {
        try makeParents(of: name)
        try RawDisk.makeDirectory(CPath(full(name)), mode: mode)
    }

    package func makeLink(_ name: String, to target: String) throws {
        try makeParents(of: name)
        try RawDisk.check(symlink(target, full(name)), "symlink", full(name))
    }

    package func makeFIFO(_ name: String) throws {
        try makeParents(of: name)
        try RawDisk.check(mkfifo(full(name), 0o600), "mkfifo", full(name))
    }

    package func setMode(_ name: String, to mode: UInt32) throws {
        try RawDisk.check(chmod(full(name), mode_t(mode)), "chmod", full(name))
    }

    /// Makes a file that has other names as well one of its own, so that what is done to it is done to no other.
    package func separate(_ name: String) throws {
        let file = CPath(full(name))
        guard let status = RawDisk.status(of: file), status.st_mode & S_IFMT == S_IFREG, status.st_nlink > 1 else {
            return
        }
        guard let content = RawDisk.content(of: file) else {
            throw TestDiskError(call: "read", path: full(name), errno: errno)
        }
        try RawDisk.check(unlink(file), "unlink", full(name))
        try RawDisk.write(content, to: file, mode: status.st_mode & 0o7777)
    }

    package func remove(_ name: String) throws {
        try RawDisk.check(unlink(full(name)), "unlink", full(name))
    }

    /// A directory of its own with the same in it. Names of one file are names of one file there too.
    package func duplicate() throws -> TemporaryDirectory {
        let copy = try TemporaryDirectory()
        var copies: [UInt64: CPath] = [:]
        try RawDisk.copyContent(of: CPath(path), to: CPath(copy.path), &copies)
        return copy
    }

    /// Copies all that is in a directory anywhere into one that it makes.
    package func copy(contentOf source: String, to name: String) throws {
        try makeDirectory(name)
        var copies: [UInt64: CPath] = [:]
        try RawDisk.copyContent(of: CPath(source), to: CPath(full(name)), &copies)
    }

    // MARK: Looking

    /// - Returns: nil where there is no such file.
    package func read(_ name: String) -> [UInt8]? { RawDisk.content(of: CPath(full(name))) }

    /// - Returns: nil where there is no such file.
    package func text(_ name: String) -> String? { read(name).map { String(decoding: $0, as: UTF8.self) } }

    package func exists(_ name: String) -> Bool { RawDisk.status(of: CPath(full(name))) != nil }

    /// The twelve permission bits; nil where nothing has that name.
    package func mode(of name: String) -> UInt32? {
        RawDisk.status(of: CPath(full(name))).map { $0.st_mode & 0o7777 }
    }

    /// The names in a directory, sorted; none where there is no such directory.
    package func names(_ name: String = "") -> [String] {
        RawDisk.names(in: CPath(full(name))).map { String(decoding: $0, as: UTF8.self) }.sorted()
    }

    /// Everything below this directory, to show that nothing changed.
    package func snapshot() throws -> Tree { try Self.snapshot(of: path) }

    /// Everything below any directory.
    package static func snapshot(of path: String) throws -> Tree {
        var tree: Tree = [:]
        try RawDisk.describe(CPath(path), as: "", into: &tree)
        return tree
    }

    /// This directory, opened.
    package func open(_ files: any FileSystem = LinuxFileSystem()) throws -> Directory {
        try Directory.open(path, files: files)
    }

    private func full(_ name: String) -> String { name.isEmpty ? path : path + "/" + name }

    private func makeParents(of name: String) throws {
        var made = path
        for part in name.split(separator: "/").dropLast() {
            made += "/\(part)"
            if RawDisk.status(of: CPath(made)) == nil { try RawDisk.makeDirectory(CPath(made), mode: 0o755) }
        }
    }
}

/// A test could not set itself up.
package struct TestDiskError: Error {
    package let call: String
    package let path: String
    package let errno: Int32

    package init(call: String, path: String, errno: Int32) {
        self.call = call
        self.path = path
        self.errno = errno
    }
}

/// A path as C takes it: any bytes, and a NUL.
private typealias CPath = [CChar]

extension CPath {
    fileprivate init(_ text: String) { self = text.utf8.map { CChar(bitPattern: $0) } + [0] }

    fileprivate func appending(_ name: [UInt8]) -> CPath {
        dropLast() + [CChar(bitPattern: UInt8(ascii: "/"))] + name.map { CChar(bitPattern: $0) } + [0]
    }

    fileprivate var text: String { String(decoding: dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self) }
}

/// The disk by its plain calls. Nothing here follows a link but where it says so.
private enum RawDisk {
    static func check(_ result: Int32, _ call: String, _ path: String) throws {
        if result != 0 { throw TestDiskError(call: call, path: path, errno: errno) }
    }

    static func status(of path: CPath) -> stat? {
        var status = stat()
        return lstat(path, &status) == 0 ? status : nil
    }

    static func isDirectory(_ path: CPath) -> Bool {
        guard let status = status(of: path) else { return false }
        return status.st_mode & S_IFMT == S_IFDIR
    }

    static func makeDirectory(_ path: CPath, mode: UInt32) throws {
        try check(mkdir(path, 0o700), "mkdir", path.text)
        try check(chmod(path, mode_t(mode)), "chmod", path.text)
    }

    static func write(_ bytes: [UInt8], to path: CPath, mode: UInt32) throws {
        // What a bundle holds can be written by nobody; only the superuser is not asked.
        if status(of: path) != nil { _ = chmod(path, 0o600) }
        let file = Glibc.open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw TestDiskError(call: "open", path: path.text, errno: errno) }
        defer { _ = Glibc.close(file) }
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            guard count > 0 else { throw TestDiskError(call: "write", path: path.text, errno: errno) }
            written += count
        }
        try check(fchmod(file, mode_t(mode)), "fchmod", path.text)
    }

    /// - Returns: nil where there is no such file.
    static func content(of path: CPath) -> [UInt8]? {
        let file = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard file >= 0 else { return nil }
        defer { _ = Glibc.close(file) }
        var content: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            let count = buffer.withUnsafeMutableBytes { Glibc.read(file, $0.baseAddress, $0.count) }
            guard count >= 0 else { return nil }
            if count == 0 { return content }
            content += buffer[..<count]
        }
    }

    static func names(in path: CPath) -> [[UInt8]] {
        guard let stream = opendir(path) else { return [] }
        defer { closedir(stream) }
        var names: [[UInt8]] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in Array(bytes.prefix { $0 != 0 }) }
            if name != Array(".".utf8) && name != Array("..".utf8) { names.append(name) }
        }
        return names
    }

    static func linkTarget(_ path: CPath) -> [UInt8] {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink(path, &buffer, buffer.count)
        return buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }
    }

    /// Removes what is there, also from directories that cannot be written.
    static func removeTree(_ path: CPath) {
        if isDirectory(path) {
            _ = chmod(path, 0o700)
            for name in names(in: path) { removeTree(path.appending(name)) }
            _ = rmdir(path)
        } else {
            _ = unlink(path)
        }
    }

    /// - Parameter copies: where the copy of each file with several names is.
    static func copyContent(of source: CPath, to target: CPath, _ copies: inout [UInt64: CPath]) throws {
        for name in names(in: source) {
            let from = source.appending(name)
            let to = target.appending(name)
            guard let status = status(of: from) else { continue }
            let mode = status.st_mode & 0o7777
            switch status.st_mode & S_IFMT {
            case S_IFDIR:
                try makeDirectory(to, mode: 0o700)
                try copyContent(of: from, to: to, &copies)
                try check(chmod(to, mode), "chmod", to.text)
            case S_IFLNK:
                let link = linkTarget(from).map { CChar(bitPattern: $0) } + [0]
                try check(symlink(link, to), "symlink", to.text)
            default:
                if let copy = copies[UInt64(status.st_ino)] {
                    try check(link(copy, to), "link", to.text)
                    continue
                }
                try write(content(of: from) ?? [], to: to, mode: mode)
                if status.st_nlink > 1 { copies[UInt64(status.st_ino)] = to }
            }
        }
    }

    static func describe(_ path: CPath, as prefix: String, into tree: inout Tree) throws {
        for name in names(in: path) {
            let below = path.appending(name)
            guard let status = status(of: below) else {
                throw TestDiskError(call: "lstat", path: below.text, errno: errno)
            }
            let key = prefix + String(decoding: name, as: UTF8.self)
            let mode = String(status.st_mode & 0o7777, radix: 8)
            switch status.st_mode & S_IFMT {
            case S_IFDIR:
                tree[key] = "directory \(mode)"
                try describe(below, as: key + "/", into: &tree)
            case S_IFLNK:
                tree[key] = "link to " + String(decoding: linkTarget(below), as: UTF8.self)
            case S_IFREG:
                guard let content = content(of: below) else {
                    throw TestDiskError(call: "read", path: below.text, errno: errno)
                }
                let text = String(validating: content, as: UTF8.self) ?? "bytes \(content)"
                tree[key] = "file \(mode) \(text)"
            default:
                tree[key] = "other \(mode)"
            }
        }
    }
}
