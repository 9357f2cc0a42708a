import Glibc

/// What lies below a directory: each path with its kind, mode, and content or link target. To show that nothing changed.
package typealias Tree = [String: String]

/// A directory of a test's own, gone with this value, read-only content and all.
package final class TemporaryDirectory: Sendable {
    package let path: String

    package init() throws {
        let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array((base + "/apphost-test-XXXXXX").utf8CString)
        guard mkdtemp(&template) != nil else { throw TestFailure("mkdtemp: \(errno)") }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { Self.remove(path) }

    package func full(_ name: String) -> String { path + "/" + name }

    /// Writes a file, and the directories above it.
    package func write(_ bytes: [UInt8], to name: String, mode: UInt32 = 0o644) throws {
        var directory = path
        for part in name.split(separator: "/").dropLast() {
            directory += "/" + part
            if mkdir(directory, 0o755) != 0 && errno != EEXIST { throw TestFailure("mkdir \(directory): \(errno)") }
        }
        guard let file = fopen(full(name), "w") else { throw TestFailure("open \(name): \(errno)") }
        let count = fwrite(bytes, 1, bytes.count, file)
        guard fclose(file) == 0, count == bytes.count else { throw TestFailure("write \(name): \(errno)") }
        guard chmod(full(name), mode) == 0 else { throw TestFailure("chmod \(name): \(errno)") }
    }

    package func write(_ text: String, to name: String, mode: UInt32 = 0o644) throws {
        try write(Array(text.utf8), to: name, mode: mode)
    }

    /// - Returns: nil where there is no such file.
    package func read(_ name: String) -> [UInt8]? { Self.content(full(name)) }

    package func exists(_ name: String) -> Bool {
        var status = stat()
        return lstat(full(name), &status) == 0
    }

    /// The names in one directory, sorted.
    package func names(_ name: String = "") throws -> [String] {
        let place = name.isEmpty ? path : full(name)
        guard access(place, R_OK) == 0 else { throw TestFailure("\(place) cannot be listed: \(errno)") }
        return Self.names(place).sorted()
    }

    /// Everything below `name`, by its path relative to this directory.
    package func snapshot(_ name: String = "") throws -> Tree {
        var tree: Tree = [:]
        try collect(name, into: &tree)
        return tree
    }

    private func collect(_ name: String, into tree: inout Tree) throws {
        for child in try names(name) {
            let relative = name.isEmpty ? child : name + "/" + child
            var status = stat()
            guard lstat(full(relative), &status) == 0 else { continue }
            let mode = String(status.st_mode & 0o7777, radix: 8)
            switch status.st_mode & S_IFMT {
            case S_IFDIR:
                tree[relative] = "directory \(mode)"
                try collect(relative, into: &tree)
            case S_IFLNK:
                var target = [CChar](repeating: 0, count: 4096)
                let count = readlink(full(relative), &target, target.count)
                let bytes = target[..<max(0, count)].map { UInt8(bitPattern: $0) }
                tree[relative] = "link \(String(decoding: bytes, as: UTF8.self))"
            case S_IFREG:
                let content = Self.content(full(relative)) ?? []
                tree[relative] = "file \(mode) \(String(decoding: content, as: UTF8.self))"
            default: tree[relative] = "other \(mode)"
            }
        }
    }

    private static func content(_ path: String) -> [UInt8]? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var content: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = fread(&buffer, 1, buffer.count, file)
            if count == 0 { return content }
            content.append(contentsOf: buffer[..<count])
        }
    }

    private static func names(_ path: String) -> [String] {
        guard let stream = opendir(path) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }

    private static func remove(_ path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            unlink(path)
            return
        }
        chmod(path, 0o700)
        for name in names(path) { remove(path + "/" + name) }
        rmdir(path)
    }
}

/// A test that cannot go on.
package struct TestFailure: Error, CustomStringConvertible {
    package let description: String
    package init(_ description: String) { self.description = description }
}
