import HostModel
import TestSupport
import Testing

@testable import Archives

/// What a confined process sends, and what whoever started it makes of that.
struct EntryWireTests {
    // MARK: What is sent is what arrives

    @Test(arguments: [1, 7, 4096, .max] as [Int])
    func `entries arrive as they were sent, however they are cut on the way`(step: Int) throws {
        let expected = EntryTranscript { Sample.stream() }
        #expect(expected.failure == nil)
        #expect(expected.entries.count == Sample.entries.count)
        #expect(transcript(try Sample.sent(), step: step) == expected)
    }

    @Test func `content is passed over where nobody asks for it`() throws {
        let stream = ConfinedEntryStream(MemoryFrames(try Sample.sent(), step: 1000)) { Unread(number: $0) }
        var names: [[UInt8]] = []
        while let entry = try stream.next() { names.append(entry.name) }
        #expect(names == Sample.entries.map { $0.entry.name })
        #expect(try stream.next() == nil)
    }

    @Test func `an entry that is left in the middle of its content is followed by the next`() throws {
        let stream = ConfinedEntryStream(MemoryFrames(try Sample.sent(), step: 1000)) { Unread(number: $0) }
        while let entry = try stream.next(), entry.name != Array("large".utf8) {}
        #expect(try stream.withNextPiece { _ in })
        #expect(try stream.next()?.name == Array("a".utf8))
    }

    @Test(
        arguments: [
            .unsupportedFormat("no format"), .invalid("a lie with \u{1B}[31m in it"), .windowTooLarge(16 << 20),
            .readerUnavailable("no such file"), .readerFailed("ran out of memory"),
        ] as [ArchiveError])
    func `a failure arrives behind the entries before it`(failure: ArchiveError) throws {
        let sent = try Sample.sent(failingWith: failure)
        let read = transcript(sent)
        #expect(read.entries == EntryTranscript { Sample.stream() }.entries)
        #expect(read.failure == failure.description)
    }

    @Test func `where the archive's file cannot be read, its owner says so`() throws {
        let stream = ConfinedEntryStream(MemoryFrames(try Sample.sent(failingWith: Unread(number: 5)))) {
            Unread(number: $0)
        }
        #expect(throws: Unread(number: 5)) { while try stream.next() != nil {} }
    }

    @Test func `a long text of a failure arrives cut`() throws {
        let long = String(repeating: "x", count: EntryWire.textLimit + 1)
        let read = transcript(try Sample.sent(failingWith: ArchiveError.invalid(long)))
        #expect(read.failure == ArchiveError.invalid(String(long.dropLast())).description)
    }

    // MARK: What does not arrive is refused

    @Test func `what is cut short is refused, wherever it is cut`() throws {
        let sent = try Sample.sent(Sample.small)
        for count in sent.indices {
            let read = transcript(Array(sent[..<count]))
            #expect(read.failure == ArchiveError.readerFailed("said no more").description, "\(count) bytes")
        }
        #expect(transcript(sent).failure == nil)
    }

    @Test func `a byte that is flipped breaks nothing, wherever it stands`() throws {
        let sent = try Sample.sent(Sample.small)
        for index in sent.indices {
            for mask in [0x01, 0x80, 0xFF] as [UInt8] {
                var flipped = sent
                flipped[index] ^= mask
                let read = transcript(flipped)
                // What is no longer there cannot be told from what was never sent; no more than that may come of it.
                #expect(read.entries.count <= Sample.small.count, "byte \(index)")
            }
        }
    }

    /// One lie of a process that is no longer ours.
    struct Lie: Sendable, CustomTestStringConvertible {
        let name: String
        let bytes: [UInt8]
        /// What is said of it. That nothing more came would be another thing: a lie that was believed.
        var failure = ArchiveError.readerFailed("sent something that is no entry of an archive")

        var testDescription: String { name }
    }

    static let lies: [Lie] = [
        Lie(name: "content before any entry", bytes: frame(2, [1]) + end),
        Lie(name: "a piece without content", bytes: entry("a", size: 1) + frame(2, []) + end),
        Lie(name: "a piece that is too long", bytes: entry("a", size: 1) + head(2, 256 << 10 + 1)),
        Lie(name: "a piece without an end", bytes: entry("a", size: 1) + head(2, .max)),
        Lie(name: "a frame of no kind", bytes: frame(0, [])),
        Lie(name: "a frame of an unknown kind", bytes: frame(6, [])),
        Lie(name: "an entry that is too long", bytes: head(1, (4 << 20) + 1)),
        Lie(name: "an entry that is empty", bytes: frame(1, [])),
        Lie(name: "an entry without its name", bytes: frame(1, Array(payload(0, size: 0, name: []).dropLast(1)))),
        Lie(name: "a name longer than its entry", bytes: frame(1, payload(0, size: 0, nameLength: 2, name: [97]))),
        Lie(name: "a name longer than anything", bytes: frame(1, payload(0, size: 0, nameLength: .max, name: []))),
        Lie(name: "a mode of more than twelve bits", bytes: frame(1, payload(0, mode: 0x1000, size: 0, name: [97]))),
        Lie(name: "a type of no entry", bytes: frame(1, payload(9, size: 0, name: [97]))),
        Lie(name: "a file with a target", bytes: frame(1, payload(0, size: 0, name: [97], target: [98]))),
        Lie(name: "a directory with a size", bytes: frame(1, payload(1, size: 1, name: [97]))),
        Lie(name: "a link with a size", bytes: frame(1, payload(2, size: 1, name: [97], target: [98]))),
        Lie(name: "a device with words of its own", bytes: frame(1, payload(7, size: 0, name: [97], target: [98]))),
        Lie(name: "an end with something in it", bytes: frame(3, [0])),
        Lie(name: "a byte behind the end", bytes: end + [0]),
        Lie(name: "an entry behind the end", bytes: end + entry("a", size: 0) + end),
        Lie(name: "a failure without a reason", bytes: frame(4, [])),
        Lie(name: "a failure of no reason", bytes: frame(4, [9] + [UInt8](repeating: 0, count: 8))),
        Lie(name: "a failure that is too long", bytes: head(4, 9 + (64 << 10) + 1)),
        Lie(name: "an error of a file without a number", bytes: frame(4, [4] + [UInt8](repeating: 0, count: 8))),
        Lie(name: "an error of a file with a wide number", bytes: frame(4, [4] + [UInt8](repeating: 255, count: 8))),
        Lie(
            name: "content without end", bytes: entry("a", size: 1) + frame(2, [1, 2]) + frame(2, [3]) + end,
            failure: .invalid("an entry has more content than its size")),
        Lie(
            name: "content of a directory without end",
            bytes: frame(1, payload(1, size: 0, name: [97])) + frame(2, [1]) + frame(2, [2]) + end,
            failure: .invalid("an entry has more content than its size")),
    ]

    @Test(arguments: EntryWireTests.lies)
    func `a lie is refused`(lie: Lie) throws {
        #expect(transcript(lie.bytes).failure == lie.failure.description)
    }

    /// The words of these tests are those of the code: what they say without a lie is understood.
    @Test func `without a lie it is understood`() {
        let sent = Self.entry("a", size: 3) + Self.frame(2, [1, 2]) + Self.frame(2, [3]) + Self.end
        let read = transcript(sent)
        #expect(read.failure == nil)
        #expect(read.entries.map(\.content) == [[1, 2, 3]])
    }

    // MARK: Frames by hand

    private func transcript(_ bytes: [UInt8], step: Int = .max) -> EntryTranscript {
        EntryTranscript { ConfinedEntryStream(MemoryFrames(bytes, step: step)) { Unread(number: $0) } }
    }

    private static let end = frame(3, [])

    private static func entry(_ name: String, size: Int64) -> [UInt8] {
        frame(1, payload(0, size: size, name: Array(name.utf8)))
    }

    private static func payload(
        _ type: UInt8, mode: UInt16 = 0o644, size: Int64, nameLength: UInt32? = nil, name: [UInt8],
        target: [UInt8] = []
    ) -> [UInt8] {
        var payload = [type]
        payload += bytes(mode)
        payload += bytes(size)
        payload += bytes(nameLength ?? UInt32(name.count))
        payload += name
        payload += target
        return payload
    }

    private static func frame(_ kind: UInt8, _ payload: [UInt8]) -> [UInt8] {
        head(kind, UInt32(payload.count)) + payload
    }

    private static func head(_ kind: UInt8, _ length: UInt32) -> [UInt8] { [kind] + bytes(length) }

    private static func bytes(_ number: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: number.littleEndian) { Array($0) }
    }
}

/// Entries of every kind.
private enum Sample {
    typealias Entry = EntryTranscript.Entry

    static let small: [Entry] = [
        file("a", Array("content".utf8)), Entry(ArchiveEntry(name: [0xFF, 0], kind: .directory, mode: 0o7777)),
        Entry(ArchiveEntry(name: Array("link".utf8), kind: .link(target: [0xC3]), mode: 0o777)),
    ]

    static let entries: [Entry] = {
        var entries = [file("", []), file("empty", [])]
        entries.append(file("large", (0..<700_000).map { UInt8(truncatingIfNeeded: $0 * 7) }))
        entries += small
        for what in ["encrypted", "a hard link", "a FIFO", "a socket", "a device", "no file, directory or link"] {
            entries.append(Entry(ArchiveEntry(name: Array(what.utf8), kind: .other(what), mode: 0)))
        }
        entries.append(file(String(repeating: "long/", count: 200_000), [1]))
        return entries
    }()

    static func stream(_ entries: [Entry] = Sample.entries, failingWith error: (any Error)? = nil) -> any EntryStream {
        MemoryEntries(entries, error: error)
    }

    /// What is sent of them.
    static func sent(_ entries: [Entry] = Sample.entries, failingWith error: (any Error)? = nil) throws -> [UInt8] {
        var sent: [UInt8] = []
        try EntryWriter { sent.append(contentsOf: $0) }.send(sourceNumber: { ($0 as? Unread)?.number }) {
            stream(entries, failingWith: error)
        }
        return sent
    }

    private static func file(_ name: String, _ content: [UInt8]) -> Entry {
        Entry(
            ArchiveEntry(name: Array(name.utf8), kind: .file(size: Int64(content.count)), mode: 0o644),
            content: content)
    }
}

/// An error of the archive's file, as its owner throws it.
private struct Unread: Error, Equatable {
    let number: Int32
}
