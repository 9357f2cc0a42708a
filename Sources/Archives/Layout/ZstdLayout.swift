/// Whether a file is exactly one zstd frame (RFC 8878) that can be decompressed in bounded memory.
///
/// A second frame would be read by some and not by others, so nothing may follow the frame. No block is decompressed.
package enum ZstdLayout {
    /// - Parameter maximumWindow: the largest window the frame may ask for, in bytes.
    /// - Throws: ``ArchiveError/windowTooLarge(_:)``, ``ArchiveError/invalid(_:)``, and whatever `source` throws.
    package static func check(_ source: some ByteSource, maximumWindow: UInt64) throws {
        var file = ByteWindow(source: source, capacity: 512)
        let header = try Header(&file)
        guard header.window <= maximumWindow else { throw ArchiveError.windowTooLarge(header.window) }
        let end = try endOfBlocks(&file, from: header.length, size: source.size)
        let rest = source.size - end
        guard rest >= header.checksumLength else { throw endsEarly }
        guard rest == header.checksumLength else {
            throw ArchiveError.invalid("the file goes on after the zstd frame")
        }
    }

    /// What the frame header says, as far as it matters here.
    private struct Header {
        /// In bytes.
        let window: UInt64
        /// Of the header with the magic number, in bytes.
        let length: Int64
        /// Of the checksum behind the last block, in bytes.
        let checksumLength: Int64

        init(_ file: inout ByteWindow<some ByteSource>) throws {
            guard let start = try file.bytes(at: 0, count: 5) else { throw ZstdLayout.endsEarly }
            let magic = start.u32(at: 0)
            guard magic & 0xFFFF_FFF0 != 0x184D_2A50 else {
                throw ArchiveError.invalid("it has a skippable zstd frame")
            }
            guard magic == 0xFD2F_B528 else { throw ArchiveError.invalid("it is no zstd frame") }

            let descriptor = start.number(at: 4, count: 1)
            guard descriptor & 0x08 == 0 else { throw ArchiveError.invalid("the zstd frame has a reserved bit set") }
            guard descriptor & 0x03 == 0 else { throw ArchiveError.invalid("the zstd frame needs a dictionary") }
            let isSingleSegment = descriptor & 0x20 != 0
            // The shortest form of the content size is left out when there is a window descriptor.
            let sizeLength = [isSingleSegment ? 1 : 0, 2, 4, 8][Int(descriptor >> 6)]
            let windowLength = isSingleSegment ? 0 : 1
            guard let fields = try file.bytes(at: 5, count: windowLength + sizeLength) else {
                throw ZstdLayout.endsEarly
            }

            if isSingleSegment {
                let size = fields.number(at: 0, count: sizeLength)
                window = sizeLength == 2 ? size + 256 : size
            } else {
                let exponent = fields.number(at: 0, count: 1) >> 3
                let mantissa = fields.number(at: 0, count: 1) & 0x07
                window = (UInt64(1) << (exponent + 10)) / 8 * (8 + mantissa)
            }
            length = Int64(5 + windowLength + sizeLength)
            checksumLength = descriptor & 0x04 == 0 ? 0 : 4
        }
    }

    /// - Returns: the offset of the first byte behind the last block; at most `size`.
    private static func endOfBlocks(
        _ file: inout ByteWindow<some ByteSource>, from start: Int64, size: Int64
    ) throws -> Int64 {
        var position = start
        var isLast = false
        while !isLast {
            guard let bytes = try file.bytes(at: position, count: 3) else { throw endsEarly }
            let header = bytes.number(at: 0, count: 3)
            isLast = header & 1 == 1
            let blockSize = Int64(header >> 3)
            guard blockSize <= maximumBlock else { throw ArchiveError.invalid("a zstd block is larger than 128 KiB") }
            let length: Int64
            switch header >> 1 & 3 {
            case 0, 2: length = blockSize
            // One byte, repeated `blockSize` times.
            case 1: length = 1
            default: throw ArchiveError.invalid("a zstd block is of a reserved type")
            }
            position += 3
            guard length <= size - position else { throw endsEarly }
            position += length
        }
        return position
    }

    private static let maximumBlock: Int64 = 128 << 10
    private static let endsEarly = ArchiveError.invalid("the zstd frame ends early")
}
