import Archives
import Bundles
import HostModel
import TestSupport

enum ArchiveTargets {
    // MARK: Layouts

    /// The entries fill the file from byte 0 to the central directory, and each lies where its local header says.
    static func zipLayout(_ input: [UInt8]) throws -> Bool {
        guard let layout = try accepted({ try ZipLayout.read(MemorySource(input)) }) else { return false }
        let bytes = LittleEndian(input)
        let directory = try directoryStart(bytes)
        let ends = layout.entries.dropFirst().map(\.headerOffset) + [directory]
        try require(layout.entries.first?.headerOffset ?? directory == 0, "nothing lies before the first entry")
        for (entry, end) in zip(layout.entries, ends) { try check(entry, end: end, in: bytes) }
        return true
    }

    /// - Parameter end: where the next entry begins, or the central directory.
    private static func check(_ entry: ZipLayout.Entry, end: Int64, in bytes: LittleEndian) throws {
        let start = entry.headerOffset
        try require(try bytes.number(at: start, count: 4) == 0x0403_4B50, "an entry begins with a local header")
        let nameLength = try bytes.number(at: start + 26, count: 2)
        let extraLength = try bytes.number(at: start + 28, count: 2)
        try require(try bytes.part(at: start + 30, count: nameLength) == entry.name, "an entry has its local name")
        try require(entry.dataOffset == start + 30 + nameLength + extraLength, "content follows its header")
        try require(try bytes.number(at: start + 8, count: 2) == Int64(entry.method), "an entry has its local method")
        try require(entry.method == 8 || entry.size == entry.compressedSize, "what is stored has one size")
        let hasDescriptor = try bytes.number(at: start + 6, count: 2) & 8 != 0
        let rest = end - entry.dataOffset - entry.compressedSize
        try require(hasDescriptor ? [16, 24].contains(rest) : rest == 0, "the next entry follows without a gap")
    }

    private static func directoryStart(_ bytes: LittleEndian) throws -> Int64 {
        let end = bytes.count - 22
        let short = try bytes.number(at: end + 16, count: 4)
        // Where the 64-bit record lies if there is one; without it all ones are a number like others.
        guard short == Int64(UInt32.max), end >= 76 else { return short }
        return try bytes.number(at: end - 20 - 56 + 48, count: 8)
    }

    static func zstdLayout(_ input: [UInt8]) throws -> Bool {
        try fillsFile(input, unit: 1) { try ZstdLayout.check($0, maximumWindow: ArchiveFormat.maximumWindow) }
    }

    static func xzLayout(_ input: [UInt8]) throws -> Bool {
        try fillsFile(input, unit: 4) { try XzLayout.check($0, maximumWindow: ArchiveFormat.maximumWindow) }
    }

    /// What is one frame or stream is none when anything is cut off its end or stands behind it.
    ///
    /// - Parameter unit: of lengths of this format, in bytes.
    private static func fillsFile(
        _ input: [UInt8], unit: Int, _ check: (MemorySource) throws -> Void
    ) throws -> Bool {
        guard try accepted({ try check(MemorySource(input)) }) != nil else { return false }
        let zeros = [UInt8](repeating: 0, count: unit)
        for other in [Array(input.dropLast(unit)), input + zeros, input + [0], input + input] {
            try require(try accepted { try check(MemorySource(other)) } == nil, "it ends where the file ends")
        }
        return true
    }

    // MARK: Content

    /// What all of it is read as is what is found by going from entry to entry, and each is as long as it says.
    static func archive(_ input: [UInt8]) throws -> Bool {
        let source = MemorySource(input)
        guard let read = try accepted({ try entries(of: source, withContent: true) }) else { return false }
        let found = try accepted { try entries(of: source, withContent: false) }
        try require(found == read, "the entries are the same whether their content is read or not")
        return true
    }

    /// A host stops at the numbers and sizes that an inventory lists. These stand for them.
    private static let entryLimit: Int64 = 4096
    private static let sizeLimit: Int64 = 4 << 20

    private static func entries(of source: MemorySource, withContent: Bool) throws -> [ArchiveEntry] {
        let stream = try ArchiveEntryStream.open(source)
        var entries: [ArchiveEntry] = []
        var total: Int64 = 0
        while let entry = try stream.next() {
            entries.append(entry)
            let count = Int64(entries.count)
            guard count <= entryLimit else {
                throw BundleError.limitExceeded(setting: "limits.entries", needed: count, limit: entryLimit)
            }
            guard withContent else { continue }
            let length = try contentLength(in: stream, limit: sizeLimit - total)
            if case .file(let size) = entry.kind { try require(length == size, "a file is as long as it says") }
            total += length
        }
        return entries
    }

    private static func contentLength(in stream: any EntryStream, limit: Int64) throws -> Int64 {
        // Copied, so that a sanitizer has seen every byte.
        var content: [UInt8] = []
        while try stream.withNextPiece({ content.append(contentsOf: $0) }) {
            let needed = Int64(content.count)
            guard needed <= limit else {
                throw BundleError.limitExceeded(setting: "limits.expandedBytes", needed: needed, limit: sizeLimit)
            }
        }
        return Int64(content.count)
    }
}

/// Numbers of a file, by their offsets.
private struct LittleEndian {
    private let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var count: Int64 { Int64(bytes.count) }

    func part(at offset: Int64, count length: Int64) throws -> [UInt8] {
        try require(offset >= 0 && length >= 0 && offset <= count - length, "what is accepted lies in the file")
        return Array(bytes[Int(offset)..<Int(offset + length)])
    }

    func number(at offset: Int64, count length: Int64) throws -> Int64 {
        var number: UInt64 = 0
        for byte in try part(at: offset, count: length).reversed() { number = number << 8 | UInt64(byte) }
        return Int64(bitPattern: number)
    }
}
