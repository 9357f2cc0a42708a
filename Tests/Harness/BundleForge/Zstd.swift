/// Writes a Zstandard frame of one raw block, so that its bytes depend on no compressor.
///
/// Source: RFC 8878 §3.1.1
enum Zstd {
    /// - Parameter windowLog: the binary logarithm of the window it asks for, in bytes; from 10 to 41.
    static func frame(_ content: [UInt8], windowLog: Int) -> [UInt8] {
        precondition(content.count < 128 << 10, "the content is too long for one block")
        var bytes: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0x00, UInt8((windowLog - 10) << 3)]
        let header = UInt32(content.count) << 3 | 1
        for shift in [0, 8, 16] { bytes.append(UInt8(truncatingIfNeeded: header >> shift)) }
        return bytes + content
    }
}
