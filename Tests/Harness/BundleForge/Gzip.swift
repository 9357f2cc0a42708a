/// Writes a gzip member, with the lies that cases tell.
///
/// Source: RFC 1952 §2.3
struct Gzip {
    var method: UInt8 = 8
    var flags: UInt8 = 0
    /// What the flags announce, behind the fixed part of the header.
    var fields: [UInt8] = []
    /// What is wrong at the end.
    var crcError: UInt32 = 0
    var sizeError: UInt32 = 0
    /// Changes the compressed content.
    var onBlocks: (inout [UInt8]) -> Void = { _ in }

    init(_ lie: (inout Gzip) -> Void = { _ in }) { lie(&self) }

    /// A member of stored blocks.
    func member(_ content: [UInt8]) -> [UInt8] {
        var blocks: [UInt8] = []
        var rest = content[...]
        repeat {
            let part = rest.prefix(0xFFFF)
            rest = rest.dropFirst(part.count)
            blocks += Deflate.stored(Array(part), isLast: rest.isEmpty)
        } while !rest.isEmpty
        return member(blocks, of: content)
    }

    /// A member of `content` and then many zeros.
    func member(_ content: [UInt8], zeros repeats: Int) -> [UInt8] {
        let blocks = Deflate.stored(content, isLast: false) + Deflate.zeros(repeats: repeats)
        return member(blocks, of: content + [UInt8](repeating: 0, count: Deflate.count(repeats: repeats)))
    }

    private func member(_ blocks: [UInt8], of content: [UInt8]) -> [UInt8] {
        var blocks = blocks
        onBlocks(&blocks)
        var bytes: [UInt8] = [0x1F, 0x8B, method, flags, 0, 0, 0, 0, 0, 0xFF]
        bytes += fields + blocks
        bytes.append(littleEndian: Checksum.crc32(content) ^ crcError)
        bytes.append(littleEndian: UInt32(truncatingIfNeeded: content.count) ^ sizeError)
        return bytes
    }
}
