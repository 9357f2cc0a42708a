/// Whether a file can be exactly one gzip member (RFC 1952), and what its end says of the content.
///
/// A second member would be read by some and not by others. Where one ends is known only to the decompressor, which
/// goes on with the next; so the end of the file is compared with the content as a whole: it is that of one member.
struct GzipLayout {
    private let crc: UInt32
    /// Of the content, in bytes, modulo 2^32.
    private let size: UInt32

    /// - Throws: ``ArchiveError/invalid(_:)``, and whatever `source` throws.
    static func read(_ source: some ByteSource) throws -> GzipLayout {
        guard let header = try source.bytes(at: 0, count: 10), header[2] == 8,
            let trailer = try source.bytes(at: source.size - 8, count: 8)
        else { throw ArchiveError.invalid("it is no gzip member") }
        // A name, and that it is text. Of a checksum, of what is extra, of a comment not all know where it ends.
        guard header[3] & ~(0x08 | 0x01) == 0 else {
            throw ArchiveError.invalid("the gzip header has more than a name")
        }
        let start = try header[3] & 0x08 == 0 ? 10 : endOfName(source)
        guard let block = try source.bytes(at: start, count: 5), !isEmpty(block) else {
            throw ArchiveError.invalid("the gzip member begins with nothing")
        }
        return GzipLayout(crc: trailer[...].u32(at: 0), size: trailer[...].u32(at: 4))
    }

    /// - Parameter total: of the content, in bytes.
    func check(crc content: UInt32, size total: Int64) throws {
        guard content == crc, UInt32(truncatingIfNeeded: total) == size else {
            throw ArchiveError.invalid("the end of the gzip member does not fit its content")
        }
    }

    private static func endOfName(_ source: some ByteSource) throws -> Int64 {
        guard let bytes = try source.bytes(at: 10, count: Int(min(longestName, source.size - 10))),
            let end = bytes.firstIndex(of: 0)
        else { throw ArchiveError.invalid("the gzip header has a name without an end") }
        return 10 + Int64(end) + 1
    }

    /// Whether a block, stored or with fixed codes (RFC 1951, 3.2.4 and 3.2.6), ends at once. A first member of nothing
    /// would not show at the end of the file.
    private static func isEmpty(_ block: [UInt8]) -> Bool {
        switch block[0] >> 1 & 3 {
        case 0: block[1] == 0 && block[2] == 0
        case 1: block[0] >> 3 == 0 && block[1] & 3 == 0
        default: false
        }
    }

    /// In bytes, with its end.
    private static let longestName: Int64 = 4097
}

/// The checksum of gzip (RFC 1952, section 8), four bytes at a time.
struct CRC32 {
    private var register = UInt32.max

    var value: UInt32 { ~register }

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        var crc = register
        Self.tables.withUnsafeBufferPointer { tables in
            var index = 0
            while index + 4 <= bytes.count {
                crc ^= UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt32.self))
                let first = tables[768 + Int(crc & 0xFF)] ^ tables[512 + Int(crc >> 8 & 0xFF)]
                crc = first ^ tables[256 + Int(crc >> 16 & 0xFF)] ^ tables[Int(crc >> 24)]
                index += 4
            }
            while index < bytes.count {
                crc = crc >> 8 ^ tables[Int((crc ^ UInt32(bytes[index])) & 0xFF)]
                index += 1
            }
        }
        register = crc
    }

    /// Four tables of 256: what a byte adds when none, one, two or three follow it.
    private static let tables: [UInt32] = {
        var tables = [UInt32](repeating: 0, count: 1024)
        for byte in 0..<256 {
            var crc = UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
            tables[byte] = crc
        }
        for index in 256..<1024 {
            let before = tables[index - 256]
            tables[index] = before >> 8 ^ tables[Int(before & 0xFF)]
        }
        return tables
    }()
}
