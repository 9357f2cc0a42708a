import Bundles
import HostModel
import Testing

/// `formats.md` 2.2: one line, and one way to write it.
struct InventoryEntryTests {
    private static let zeros = String(repeating: "0", count: 64)

    private func read(_ line: String) -> InventoryEntry? { InventoryEntry(line: Array(line.utf8)[...]) }

    @Test func `each kind of entry has the line that the format gives`() throws {
        let digest = try #require(ContentDigest(hex: Self.zeros))
        let manifest = InventoryEntry(
            path: try Samples.path(Manifest.path), kind: .file(size: 812, isExecutable: false, sha256: digest))
        let program = InventoryEntry(
            path: try Samples.path("bin/notes"), kind: .file(size: 48_211, isExecutable: true, sha256: digest))
        let lines: [(InventoryEntry, String)] = [
            (manifest, #"{"path":"apphost/manifest.json","size":812,"mode":"0644","sha256":"\#(Self.zeros)"}"#),
            (program, #"{"path":"bin/notes","size":48211,"mode":"0755","sha256":"\#(Self.zeros)"}"#),
            (
                try Samples.link("lib/libnotes.so", to: "libnotes.so.1"),
                #"{"path":"lib/libnotes.so","link":"libnotes.so.1"}"#
            ),
            (try Samples.directory("spool"), #"{"path":"spool","directory":true}"#),
            (try Samples.directory("a \"b\""), #"{"path":"a \"b\"","directory":true}"#),
            (try Samples.directory("\u{E9}/e\u{301}"), "{\"path\":\"\u{E9}/e\u{301}\",\"directory\":true}"),
        ]
        for (entry, line) in lines {
            #expect(entry.line == Array(line.utf8))
            #expect(read(line) == entry)
        }
    }

    @Test(arguments: [0, 1, 9, 10, Int64.max])
    func `sizes come back`(size: Int64) throws {
        let digest = Samples.digest(of: "content")
        let entry = InventoryEntry(
            path: try Samples.path("a"), kind: .file(size: size, isExecutable: false, sha256: digest))
        #expect(InventoryEntry(line: entry.line[...]) == entry)
    }

    @Test(arguments: [
        "a", "..", "/", "../a", "a\"b", "\"", "\"\"", "", " ", "\u{E9}", "e\u{301}", "\u{1F469}\u{200D}\u{1F467}",
    ])
    func `targets of links come back`(target: String) throws {
        let entry = try Samples.link("link", to: target)
        #expect(InventoryEntry(line: entry.line[...]) == entry)
    }

    @Test func `a line is read wherever it stands in a buffer`() throws {
        let entry = try Samples.file("bin/notes", "content", isExecutable: true)
        let buffer = Array("before".utf8) + entry.line + Array("behind".utf8)
        #expect(InventoryEntry(line: buffer[6..<(6 + entry.line.count)]) == entry)
        #expect(InventoryEntry(line: buffer[5..<(6 + entry.line.count)]) == nil)
        #expect(InventoryEntry(line: buffer[6..<(7 + entry.line.count)]) == nil)
    }

    @Test(arguments: [
        "",
        "{}",
        "[]",
        "null",
        #"{"path":"a"}"#,
        #"{"directory":true}"#,
        #"{"path":"a","directory":false}"#,
        #"{"path":"a","directory":"true"}"#,
        #"{"path":"a","directory":true,"x-note":""}"#,
        #"{"path":"a","directory":true}}"#,
        #"{"path":"a","directory":true} "#,
        #" {"path":"a","directory":true}"#,
        #"{ "path":"a","directory":true}"#,
        #"{"path": "a","directory":true}"#,
        #"{"path":"a", "directory":true}"#,
        #"{"directory":true,"path":"a"}"#,
        #"{"path":"a","path":"a","directory":true}"#,
        #"{"path":"a","link":"b","directory":true}"#,
        #"{"path":"a","link":null}"#,
        #"{"path":"a","link":"b"#,
        #"{"path":"a","link":"b\"}"#,
        #"{"path":"a","link":"\u0062"}"#,
        #"{"path":"a","link":"b\/c"}"#,
        #"{"path":"a","link":"b\\c"}"#,
        #"{"path":"a","link":"b\n"}"#,
        #"{"path":"\u0061","directory":true}"#,
        #"{"path":"a\\b","directory":true}"#,
        #"{"path":"","directory":true}"#,
        #"{"path":".","directory":true}"#,
        #"{"path":"..","directory":true}"#,
        #"{"path":"a/../b","directory":true}"#,
        #"{"path":"/a","directory":true}"#,
        #"{"path":"a/","directory":true}"#,
        #"{"path":"a//b","directory":true}"#,
        #"{"path":"C:a","directory":true}"#,
        "{\"path\":\"a\u{7F}\",\"directory\":true}",
        "{\"path\":\"a\u{1}\",\"directory\":true}",
        "{\"path\":\"a\u{202E}\",\"directory\":true}",
    ])
    func `what is not as apphost writes it is refused`(line: String) {
        #expect(read(line) == nil)
    }

    @Test(arguments: [
        (#""size":2"#, #""size":02"#), (#""size":2"#, #""size":-2"#), (#""size":2"#, #""size":+2"#),
        (#""size":2"#, #""size":2.0"#), (#""size":2"#, #""size":2e0"#), (#""size":2"#, #""size":"2""#),
        (#""size":2"#, #""size":"#), (#""size":2"#, #""size":9223372036854775808"#),
        (#""size":2"#, #""size":10000000000000000000"#),
        (#""0644""#, #""0600""#), (#""0644""#, #""0444""#), (#""0644""#, #""0777""#), (#""0644""#, #""4755""#),
        (#""0644""#, #""644""#), (#""0644""#, #""00644""#), (#""0644""#, "420"),
        (#""sha256":"00"#, #""sha256":"0A"#), (#""sha256":"00"#, #""sha256":"0"#),
        (#""sha256":"00"#, #""sha256":"000"#), (#""sha256":"00"#, #""sha256":"0g"#),
        (#""sha256""#, #""sha512""#), (#","mode":"0644""#, ""), (#""size":2,"#, ""),
        (#""size":2,"mode":"0644""#, #""mode":"0644","size":2"#),
    ])
    func `a file is listed in one way`(old: String, new: String) {
        let line = #"{"path":"a","size":2,"mode":"0644","sha256":"\#(Self.zeros)"}"#
        #expect(read(line) != nil)
        #expect(read(line.replacing(old, with: new, maxReplacements: 1)) == nil)
    }

    @Test func `a name that is not UTF-8 is refused`() throws {
        var line = try Samples.directory("a?b").line
        let place = try #require(line.firstIndex(of: UInt8(ascii: "?")))
        line[place] = 0xFF
        #expect(InventoryEntry(line: line[...]) == nil)
    }

    /// JSON has them escaped, so that line is not the one that apphost writes.
    @Test func `a bare control character in the target of a link is refused`() {
        for character in ["\t", "\n", "\u{1}", "\u{1F}"] {
            #expect(read("{\"path\":\"a\",\"link\":\"b\(character)c\"}") == nil)
            #expect(read("{\"path\":\"a\",\"link\":\"\\\"b\(character)c\"}") == nil)
        }
    }

    /// Whatever is read from a line is written as that line: so nothing can be said in two ways.
    @Test func `every line that can be read is the only one for what it says`() throws {
        let entries = [
            try Samples.file("a/b.txt", "content"), try Samples.file("bin/run", "", isExecutable: true),
            try Samples.link("a/\"link\"", to: "../b"), try Samples.directory("spool"),
        ]
        var broken: [String] = []
        for line in entries.map(\.line) {
            for changed in Self.neighbours(of: line) {
                guard let entry = InventoryEntry(line: changed[...]), entry.line != changed else { continue }
                broken.append(String(decoding: changed, as: UTF8.self))
            }
        }
        #expect(broken.isEmpty)
    }

    /// `line` with one byte more, one less, or one other.
    private static func neighbours(of line: [UInt8]) -> [[UInt8]] {
        let others = Array(" \"\\/0aA,:}{\t\n".utf8) + [0, 0xFF]
        var neighbours: [[UInt8]] = []
        for index in line.indices {
            var shorter = line
            shorter.remove(at: index)
            neighbours.append(shorter)
            for other in others {
                var longer = line
                longer.insert(other, at: index)
                neighbours.append(longer)
                var changed = line
                changed[index] = other
                neighbours.append(changed)
            }
        }
        return neighbours
    }
}

/// The first line of an inventory, and the lines below it as they are read.
struct InventoryReaderTests {
    private func header(_ text: String) throws -> InventoryHeader {
        try InventoryReader(Samples.memory(Array(text.utf8))).header
    }

    private func reader(behindHeader bytes: [UInt8]) throws -> InventoryReader {
        try InventoryReader(Samples.memory(Array((Samples.header + "\n").utf8) + bytes))
    }

    @Test func `the header has the line that the format gives`() throws {
        let expected = InventoryHeader(app: try Samples.app("notes"), version: try Samples.version("1.2.0"))
        #expect(expected.line == Array(Samples.header.utf8))
        #expect(try header(Samples.header + "\n") == expected)
    }

    @Test(arguments: [
        "", "{}", "[]",
        #"{"schema":1,"app":"notes","version":"1.2.0"} "#,
        #"{"schema": 1,"app":"notes","version":"1.2.0"}"#,
        #"{"schema":0,"app":"notes","version":"1.2.0"}"#,
        #"{"schema":"1","app":"notes","version":"1.2.0"}"#,
        #"{"app":"notes","schema":1,"version":"1.2.0"}"#,
        #"{"schema":1,"app":"Notes","version":"1.2.0"}"#,
        #"{"schema":1,"app":"notes","version":""}"#,
        #"{"schema":1,"app":"notes"}"#,
        #"{"schema":1,"app":"notes","version":"1.2.0","color":1}"#,
        #"{"schema":1,"app":"notes","version":"1.2.0","x-note":1}"#,
        #"{"schema":1,"app":"n\u006ftes","version":"1.2.0"}"#,
    ])
    func `another header is refused`(line: String) {
        let code = failureCode { _ = try header(line + "\n") }
        #expect(code == .bundleInventoryInvalid)
    }

    @Test func `an inventory without a first line is refused`() {
        for text in ["", Samples.header] {
            let code = failureCode { _ = try header(text) }
            #expect(code == .bundleInventoryInvalid)
        }
    }

    @Test func `a newer inventory is told as such`() {
        let code = failureCode { _ = try header("{\"schema\":2,\"app\":\"notes\",\"version\":\"1.2.0\"}\n") }
        #expect(code == .needsNewerApphost)
    }

    @Test func `a line without line feed is refused`() throws {
        let entry = try Samples.directory("spool")
        let reader = try reader(behindHeader: entry.line)
        let code = failureCode { _ = try reader.next() }
        #expect(code == .bundleInventoryInvalid)
    }

    @Test func `a line over 16 KiB is refused, with and without its line feed`() throws {
        let long = [UInt8](repeating: UInt8(ascii: "a"), count: InventoryReader.lineLimit + 1)
        for rest in [long + [0x0A], long] {
            let reader = try reader(behindHeader: rest)
            let code = failureCode { _ = try reader.next() }
            #expect(code == .bundleInventoryInvalid)
        }
    }

    @Test func `many lines are read, whatever they cross`() throws {
        let entries = try (1000..<4000).map { try Samples.file("data/\($0)", "\($0)") }
        let reader = try InventoryReader(Samples.inventory(lines: entries.map(\.line)))
        var found: [InventoryEntry] = []
        while let entry = try reader.next() { found.append(entry) }
        #expect(found == entries)
    }

    @Test(arguments: [
        ["b", "a"], ["a", "a"], ["a", "a/b"], ["a/b", "a"], ["a.txt", "a/b"], ["a/b", "A/b"], ["b", "a/c"],
    ])
    func `paths that do not ascend are refused`(paths: [String]) throws {
        let reader = try InventoryReader(Samples.inventory(lines: paths.map { try Samples.directory($0).line }))
        let first = try #require(try reader.next())
        #expect(first.path.description == paths[0])
        let code = failureCode { _ = try reader.next() }
        #expect(code == .bundleInventoryInvalid)
    }

    @Test func `a directory's content stands before what its name is the beginning of`() throws {
        let paths = ["a/b", "a/c/d", "a-b", "a.txt", "a0", "aa"]
        let reader = try InventoryReader(Samples.inventory(lines: paths.map { try Samples.directory($0).line }))
        var found: [String] = []
        while let entry = try reader.next() { found.append(entry.path.description) }
        #expect(found == paths)
    }
}
