/// Writes Zstandard frames of raw blocks and of one byte repeated, so that their bytes depend on no compressor.
///
/// Source: RFC 8878 §3.1.1
enum Zstd {
    /// A frame of one block.
    ///
    /// - Parameter windowLog: the binary logarithm of the window it asks for, in bytes; from 10 to 41.
    static func frame(_ content: [UInt8], windowLog: Int) -> [UInt8] {
        header(windowLog: windowLog) + raw(content, isLast: true)
    }

    /// A frame of `content` and then `zeros` bytes, which take four bytes for each 128 KiB.
    static func frame(_ content: [UInt8], zeros: Int) -> [UInt8] {
        header(windowLog: 20) + raw(content, isLast: zeros == 0) + repeated(0, count: zeros, isLast: true)
    }

    /// Blocks of one byte, `count` times; none where that is 0.
    static func repeated(_ byte: UInt8, count: Int, isLast: Bool = false) -> [UInt8] {
        var bytes: [UInt8] = []
        for start in stride(from: 0, to: count, by: longestBlock) {
            let length = min(longestBlock, count - start)
            bytes += blockHeader(type: 1, count: length, isLast: isLast && start + length == count) + [byte]
        }
        return bytes
    }

    /// - Parameter descriptor: of what the header tells besides the window.
    static func header(windowLog: Int, descriptor: UInt8 = 0) -> [UInt8] {
        [0x28, 0xB5, 0x2F, 0xFD, descriptor, UInt8((windowLog - 10) << 3)]
    }

    static func raw(_ content: [UInt8], isLast: Bool) -> [UInt8] {
        precondition(content.count < longestBlock, "the content is too long for one block")
        return blockHeader(type: 0, count: content.count, isLast: isLast) + content
    }

    /// - Parameter type: 0 is raw, 1 is one byte repeated, 2 is compressed, 3 is reserved.
    static func blockHeader(type: UInt32, count: Int, isLast: Bool) -> [UInt8] {
        let header = UInt32(count) << 3 | type << 1 | (isLast ? 1 : 0)
        return [0, 8, 16].map { UInt8(truncatingIfNeeded: header >> $0) }
    }

    static let longestBlock = 128 << 10
}
