/// Whether a file is exactly one `.xz` stream of LZMA2 blocks that can be decompressed in bounded memory.
///
/// A second stream or padding would be read by some and not by others, so the stream must fill the file: header, the
/// blocks that the index counts without a gap, index, footer. No block is decompressed; CRCs are left to the decoder.
package enum XzLayout {
    /// - Parameter maximumWindow: the largest dictionary a block may ask for, in bytes.
    /// - Throws: ``ArchiveError/windowTooLarge(_:)``, ``ArchiveError/unsupportedFormat(_:)`` for a filter other than
    ///   LZMA2, ``ArchiveError/invalid(_:)``, and whatever `source` throws.
    package static func check(_ source: some ByteSource, maximumWindow: UInt64) throws {
        var file = ByteWindow(source: source, capacity: 512)
        let index = try Index(&file, size: source.size)
        var records = index.records
        var position: Int64 = 12
        for _ in 0..<index.count {
            guard let unpadded = records.integer(), records.integer() != nil else { throw Index.torn }
            // Both ends are multiples of 4, so what fits unpadded fits padded.
            guard unpadded >= 5, unpadded <= UInt64(index.offset - position) else { throw Index.misfit }
            let dictionary = try dictionarySize(&file, blockAt: position, length: Int64(unpadded))
            guard dictionary <= maximumWindow else { throw ArchiveError.windowTooLarge(dictionary) }
            position += Int64((unpadded + 3) & ~3)
        }
        guard position == index.offset else { throw Index.misfit }
        guard records.rest.count < 4, records.hasOnlyZeros else { throw Index.torn }
    }

    /// In bytes.
    static let maximumIndex: Int64 = 16 << 20

    /// The list of the blocks, which stands behind them.
    private struct Index {
        /// Of the index, from the start of the file; a multiple of 4.
        let offset: Int64
        /// As the index says; not yet compared with `records`.
        let count: UInt64
        /// Two numbers for each block, then padding.
        let records: Fields

        /// - Parameter size: of the file, in bytes.
        init(_ file: inout ByteWindow<some ByteSource>, size: Int64) throws {
            guard let header = try file.bytes(at: 0, count: 12),
                header.starts(with: [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00])
            else { throw ArchiveError.invalid("it is no xz stream") }
            guard header.u16(at: 6) & 0xF0FF == 0 else {
                throw ArchiveError.invalid("the xz stream has reserved flags set")
            }
            // None, CRC32, CRC64, SHA-256: a decoder that does not know a check passes over it.
            guard [0, 1, 4, 10].contains(header.u16(at: 6) >> 8) else {
                throw ArchiveError.invalid("the xz stream has a check that is not known")
            }
            guard size % 4 == 0, let footer = try file.bytes(at: size - 12, count: 12), footer.u16(at: 10) == 0x5A59
            else { throw ArchiveError.invalid("the file does not end with the footer of an xz stream") }
            guard footer.u16(at: 8) == header.u16(at: 6) else {
                throw ArchiveError.invalid("header and footer of the xz stream have different flags")
            }
            let length = (Int64(footer.u32(at: 4)) + 1) * 4
            guard length <= XzLayout.maximumIndex else {
                throw ArchiveError.invalid("the xz index is larger than \(XzLayout.maximumIndex) bytes")
            }
            let offset = size - 12 - length
            guard offset >= 12, let bytes = try file.bytes(at: offset, count: Int(length)), bytes.first == 0 else {
                throw ArchiveError.invalid("the xz index is not where the footer says")
            }
            // Without its first byte, which marks it as no block, and its CRC.
            var records = Fields(rest: bytes.dropFirst().dropLast(4))
            guard let count = records.integer() else { throw Self.torn }
            self.offset = offset
            self.count = count
            self.records = records
        }

        static let torn = ArchiveError.invalid("the xz index is torn")
        static let misfit = ArchiveError.invalid("the blocks of the xz stream do not end where its index starts")
    }

    /// - Parameter length: of the block without its padding, in bytes.
    /// - Returns: the size of the LZMA2 dictionary, in bytes.
    private static func dictionarySize(
        _ file: inout ByteWindow<some ByteSource>, blockAt position: Int64, length: Int64
    ) throws -> UInt64 {
        guard let first = try file.bytes(at: position, count: 1)?.first, first != 0 else { throw tornHeader }
        let headerLength = (Int(first) + 1) * 4
        guard Int64(headerLength) < length, let header = try file.bytes(at: position, count: headerLength) else {
            throw tornHeader
        }
        var fields = Fields(rest: header.dropFirst().dropLast(4))
        guard let flags = fields.rest.popFirst(), flags & 0x3C == 0 else { throw tornHeader }
        guard flags & 0x03 == 0 else { throw otherFilter }
        // Compressed and uncompressed size, which the decoder compares with the index.
        if flags & 0x40 != 0 {
            guard fields.integer() != nil else { throw tornHeader }
        }
        if flags & 0x80 != 0 {
            guard fields.integer() != nil else { throw tornHeader }
        }
        guard let filter = fields.integer() else { throw tornHeader }
        guard filter == 0x21 else { throw otherFilter }
        guard fields.integer() == 1, let property = fields.rest.popFirst(), property <= 40, fields.hasOnlyZeros else {
            throw tornHeader
        }
        return property == 40 ? UInt64(UInt32.max) : UInt64(2 | property & 1) << (property / 2 + 11)
    }

    private static let tornHeader = ArchiveError.invalid("a block of the xz stream has a torn header")
    private static let otherFilter = ArchiveError.unsupportedFormat("an xz filter other than LZMA2")

    /// What is left to read of a header or an index.
    private struct Fields {
        var rest: ArraySlice<UInt8>

        /// A variable-length integer, taken from the front.
        ///
        /// - Returns: nil when it is cut short, has more than nine bytes, or is not written as short as it can be.
        mutating func integer() -> UInt64? {
            var value: UInt64 = 0
            for shift in stride(from: 0, to: 63, by: 7) {
                guard let byte = rest.popFirst() else { return nil }
                value |= UInt64(byte & 0x7F) << shift
                if byte & 0x80 == 0 { return byte == 0 && shift > 0 ? nil : value }
            }
            return nil
        }

        var hasOnlyZeros: Bool { rest.allSatisfy { $0 == 0 } }
    }
}
