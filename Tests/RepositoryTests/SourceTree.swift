import Glibc

/// The package that these tests are of, as text.
enum SourceTree {
    /// Without a final slash.
    static let root: String = {
        // Tests/RepositoryTests/SourceTree.swift
        let parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        return parts.dropLast(3).joined(separator: "/")
    }()

    struct File: Sendable {
        /// Below `Sources/`.
        let path: String
        let lines: [String]

        var target: String { String(path.prefix { $0 != "/" }) }
    }

    /// Every Swift file below `Sources/`, in order.
    static let swiftFiles: [File] = {
        let paths = SourceTree.entries(below: "Sources").files.filter { $0.hasSuffix(".swift") }
        return paths.map { path -> File in
            let text = SourceTree.text(SourceTree.root + "/Sources/" + path)
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            return File(path: path, lines: lines.map { String($0) })
        }
    }()

    /// Every file and directory below a directory of the package, by its path from there, sorted.
    static func entries(below top: String) -> (files: [String], directories: [String]) {
        var files: [String] = []
        var directories: [String] = []
        var open = [""]
        while let directory = open.popLast() {
            for name in names(in: "\(root)/\(top)/\(directory)") {
                let path = directory.isEmpty ? name : "\(directory)/\(name)"
                if isDirectory("\(root)/\(top)/\(path)") {
                    directories.append(path)
                    open.append(path)
                } else {
                    files.append(path)
                }
            }
        }
        return (files.sorted(), directories.sorted())
    }

    private static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    private static func names(in path: String) -> [String] {
        guard let stream = opendir(path) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let bytes = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in Array(bytes.prefix { $0 != 0 }) }
            let name = String(decoding: bytes, as: UTF8.self)
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names
    }

    /// - Returns: nothing where there is no such file.
    static func text(_ path: String) -> String {
        guard let file = fopen(path, "r") else { return "" }
        defer { fclose(file) }
        var content: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = fread(&buffer, 1, buffer.count, file)
            if count == 0 { return String(decoding: content, as: UTF8.self) }
            content += buffer[..<count]
        }
    }
}

/// One `import` line.
struct ImportLine: Sendable, CustomStringConvertible {
    let module: String
    /// `@testable`, `@_spi(Verified)`, as they stand.
    let attributes: [String]
    /// Below `Sources/`.
    let path: String

    var description: String { "\(path): \((attributes + ["import", module]).joined(separator: " "))" }

    /// - Returns: nil when `line` is no import.
    init?(_ line: String, in path: String) {
        let comment = line.firstRange(of: "//")?.lowerBound ?? line.endIndex
        var words = line[..<comment].split(whereSeparator: { $0 == " " || $0 == "\t" || $0 == ";" }).map { String($0) }
        var attributes: [String] = []
        let access: Set<String> = ["public", "package", "internal", "fileprivate", "private"]
        while let first = words.first, first.hasPrefix("@") || access.contains(first) {
            attributes.append(first)
            words.removeFirst()
        }
        guard words.first == "import" else { return nil }
        words.removeFirst()
        let kinds: Set<String> = ["typealias", "struct", "class", "enum", "protocol", "let", "var", "func"]
        if let first = words.first, kinds.contains(first) { words.removeFirst() }
        guard let name = words.first else { return nil }
        module = String(name.prefix { $0 != "." })
        self.attributes = attributes
        self.path = path
    }
}
