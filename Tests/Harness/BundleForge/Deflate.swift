/// Writes the blocks of deflate that need no compressor: stored ones, and one byte repeated.
///
/// Source: RFC 1951 §3.2
enum Deflate {
    /// - Parameter isLast: false where more blocks follow.
    static func stored(_ content: [UInt8], isLast: Bool = true) -> [UInt8] {
        precondition(content.count <= 0xFFFF, "the content is too long for one block")
        var bytes: [UInt8] = [isLast ? 1 : 0]
        bytes.append(littleEndian: UInt16(content.count))
        bytes.append(littleEndian: ~UInt16(content.count))
        return bytes + content
    }

    /// A last block with fixed codes that says a zero, and then `repeats` times to repeat it 258 times: 13 bits each.
    static func zeros(repeats: Int) -> [UInt8] {
        var writer = BitWriter()
        writer.put([1, 1, 0])
        // Literal 0, in eight bits.
        writer.put([0, 0, 1, 1, 0, 0, 0, 0])
        for _ in 0..<repeats {
            // Length 258 and distance 1.
            writer.put([1, 1, 0, 0, 0, 1, 0, 1])
            writer.put([0, 0, 0, 0, 0])
        }
        writer.put([0, 0, 0, 0, 0, 0, 0])
        return writer.bytes
    }

    /// How many zeros ``zeros(repeats:)`` stands for.
    static func count(repeats: Int) -> Int { 1 + 258 * repeats }

    /// Bits from the lowest of each byte.
    private struct BitWriter {
        var bytes: [UInt8] = []
        private var used = 8

        mutating func put(_ bits: [UInt8]) {
            for bit in bits {
                if used == 8 {
                    bytes.append(0)
                    used = 0
                }
                bytes[bytes.count - 1] |= bit << used
                used += 1
            }
        }
    }
}

/// The checksum of ZIP, gzip and xz.
enum Checksum {
    static func crc32(_ bytes: [UInt8]) -> UInt32 { ~bytes.reduce(UInt32.max) { add($1, to: $0) } }

    private static func add(_ byte: UInt8, to crc: UInt32) -> UInt32 {
        crc >> 8 ^ table[Int(UInt8(truncatingIfNeeded: crc) ^ byte)]
    }

    private static let table: [UInt32] = (0..<256).map { byte in
        var crc = UInt32(byte)
        for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
        return crc
    }
}
