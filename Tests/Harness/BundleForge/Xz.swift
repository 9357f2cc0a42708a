/// Writes an xz stream of one block of LZMA2 that is not compressed, with the lies that cases tell.
///
/// Source: The .xz File Format 1.1.0, sections 2 to 4; of chunks, "LZMA2" in Igor Pavlov's 7zFormat and lzma2_decoder.c
/// of XZ Utils
struct Xz {
    /// 1 is CRC32, which is what is written whatever this says.
    var check: UInt8 = 1
    /// 0x21 is LZMA2.
    var filter: UInt8 = 0x21
    /// Stands for the size of the dictionary; this for 2 MiB.
    var dictionary: UInt8 = 18
    /// The control byte of the first chunk; this one resets the dictionary.
    var control: UInt8 = 1
    /// What is wrong with the header's, the index's and the content's checksum.
    var headerError: UInt32 = 0
    var indexError: UInt32 = 0
    var checkError: UInt32 = 0
    /// What is wrong with the size that the index has.
    var sizeError = 0
    /// Of the footer; nil is the header's.
    var footerCheck: UInt8?

    init(_ lie: (inout Xz) -> Void = { _ in }) { lie(&self) }

    /// A stream of `content` and then of zeros, which take a few hundred bytes for each two MiB. The check is that of
    /// `content` alone: whoever comes to it read all of them.
    ///
    /// - Parameter chunks: of ``Lzma/repeatedCount`` zeros each; there is a zero before them to repeat.
    func stream(_ content: [UInt8], zeroChunks chunks: Int = 0) -> [UInt8] {
        precondition(chunks == 0 || content.last == 0, "there is no zero to repeat")
        let flags: [UInt8] = [0, check]
        let header: [UInt8] = [2, 0, filter, 1, dictionary, 0, 0, 0]
        let zeros = (0..<chunks).flatMap { _ in Self.zeroChunk }
        let data = header + Self.crc(header, 0) + chunk(content) + zeros + [0]
        let sum = Self.crc(content, checkError)
        let size = content.count + chunks * Lzma.repeatedCount
        let index = index(unpadded: data.count + sum.count, size: size + sizeError)
        var footer: [UInt8] = []
        footer.append(littleEndian: UInt32(index.count / 4 - 1))
        footer += [0, footerCheck ?? check]
        var bytes: [UInt8] = [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0]
        bytes += flags + Self.crc(flags, headerError)
        bytes += Self.padded(data) + sum + index
        bytes += Self.crc(footer, 0) + footer
        return bytes + [0x59, 0x5A]
    }

    private func chunk(_ content: [UInt8]) -> [UInt8] {
        precondition((1...0x10000).contains(content.count), "the content is too long for one chunk")
        return [control] + Self.bigEndian(content.count - 1) + content
    }

    /// Begins with a state and properties of its own; all of these are 0.
    private static let zeroChunk: [UInt8] = {
        let size = Lzma.repeatedCount - 1
        return [0xC0 | UInt8(size >> 16)] + bigEndian(size & 0xFFFF) + bigEndian(Lzma.repeated.count - 1) + [0]
            + Lzma.repeated
    }()

    private static func bigEndian(_ number: Int) -> [UInt8] {
        [UInt8(number >> 8), UInt8(truncatingIfNeeded: number)]
    }

    private func index(unpadded: Int, size: Int) -> [UInt8] {
        let sizes = Self.number(unpadded) + Self.number(size)
        let index = Self.padded([0, 1] + sizes)
        return index + Self.crc(index, indexError)
    }

    private static func crc(_ bytes: [UInt8], _ error: UInt32) -> [UInt8] {
        var crc: [UInt8] = []
        crc.append(littleEndian: Checksum.crc32(bytes) ^ error)
        return crc
    }

    /// Seven bits in each byte, the lowest first.
    private static func number(_ number: Int) -> [UInt8] {
        if number < 0x80 { return [UInt8(number)] }
        return [UInt8(number & 0x7F) | 0x80] + Self.number(number >> 7)
    }

    private static func padded(_ bytes: [UInt8]) -> [UInt8] {
        bytes + [UInt8](repeating: 0, count: (4 - bytes.count % 4) % 4)
    }
}
