import TestSupport
import Testing

@testable import Archives

/// What is accepted, and that it does not matter how the bytes come. What is refused stands in `TestBundles/`.
struct TarLayoutTests {
    static let end = [UInt8](repeating: 0, count: 1024)
    static let sound: [[UInt8]] = [
        end,
        entry("0", "a.txt", "content\n") + end,
        entry("0", "empty") + entry("5", "directory/") + entry("2", "link") + entry("1", "again") + end,
        entry("L", "././@LongLink", "long/name.txt\u{0}") + entry("0", "cut", "a") + end,
        entry("K", "././@LongLink", "to") + entry("L", "././@LongLink", "from") + entry("2", "cut") + end,
        entry("x", "pax", "19 path=long/a.txt\n13 mtime=1.5\n") + entry("0", "cut", "a") + end,
        entry("x", "pax", "9 size=8\n") + entry("0", "a.txt", "content\n") + end,
        // As GNU tar fills up its last record.
        entry("0", "a.txt", "content\n") + [UInt8](repeating: 0, count: 20 << 10),
    ]

    @Test(arguments: TarLayoutTests.sound)
    func `a tar of one meaning is accepted`(tar: [UInt8]) throws {
        try check(tar, by: tar.count)
    }

    @Test(arguments: [1, 7, 511, 512, 513])
    func `it does not matter in which pieces the bytes come`(count: Int) throws {
        let tar = Self.sound[3]
        try check(tar, by: count)
        let wrong = Self.entry("g", "global", "9 size=8\n") + tar
        #expect(throws: ArchiveError.invalid("an entry is of the type 'g'")) { try check(wrong, by: count) }
    }

    @Test(arguments: [0, 1, 512, 1023])
    func `an end marker that is cut is refused`(count: Int) {
        let tar = Self.entry("0", "a.txt", "content\n") + Self.end.prefix(count)
        #expect(throws: ArchiveError.invalid("it ends before its end marker")) { try check(tar, by: 512) }
    }

    @Test func `a size may be in base 256`() throws {
        var header = Self.entry("0", "a.txt", "content\n")
        header.replaceSubrange(124..<136, with: [0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8])
        try check(Self.summed(header) + Self.end, by: 512)
    }

    @Test func `a megabyte of padding is the most there is`() throws {
        try check([UInt8](repeating: 0, count: 1 << 20 + 1024), by: 4096)
        let more = [UInt8](repeating: 0, count: 1 << 20 + 1025)
        #expect(throws: ArchiveError.invalid("bytes follow its end marker")) { try check(more, by: 4096) }
    }

    private func check(_ tar: [UInt8], by count: Int) throws {
        var layout = TarLayout()
        for start in stride(from: 0, to: tar.count, by: count) {
            try tar[start..<min(start + count, tar.count)].withUnsafeBytes { try layout.take($0) }
        }
        try layout.finish()
    }

    private static func entry(_ type: String, _ name: String, _ content: String = "") -> [UInt8] {
        var header = [UInt8](repeating: 0, count: 512)
        let digits = String(content.utf8.count, radix: 8)
        let size = String(repeating: "0", count: 11 - digits.utf8.count) + digits
        for (offset, text) in [(0, name), (100, "0000644"), (124, size), (156, type), (257, "ustar\u{0}00")] {
            header.replaceSubrange(offset..<(offset + text.utf8.count), with: text.utf8)
        }
        let padding = (512 - content.utf8.count % 512) % 512
        return summed(header) + Array(content.utf8) + [UInt8](repeating: 0, count: padding)
    }

    /// With its checksum.
    private static func summed(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        bytes.replaceSubrange(148..<156, with: [UInt8](repeating: 0x20, count: 8))
        let digits = String(bytes[..<512].reduce(0) { $0 + Int($1) }, radix: 8)
        let text = String(repeating: "0", count: 6 - digits.utf8.count) + digits + "\u{0}"
        bytes.replaceSubrange(148..<155, with: text.utf8)
        return bytes
    }
}
