/// Writes LZMA that says the byte before it again and again, which needs no search.
///
/// Source: LZMA SDK, "lzma-specification.txt"
enum Lzma {
    /// How many bytes ``repeated`` stands for: nearly as many as a chunk of LZMA2 may.
    static let repeatedCount = matches * 273

    /// Matches of the greatest length at the last distance, which in the beginning is one byte. It needs lc, lp and pb
    /// to be 0.
    static let repeated: [UInt8] = {
        var coder = RangeEncoder()
        var kind = [UInt16](repeating: RangeEncoder.even, count: 4 * 3)
        var length = [UInt16](repeating: RangeEncoder.even, count: 2 + 8)
        for match in 0..<matches {
            // It begins as after a literal, then there was a match before, then two; from there it stays the same.
            let state = min(match, 2)
            // A match, at one of the last distances, at the very last, and longer than a byte.
            for (index, bit) in [true, true, false, true].enumerated() { coder.put(bit, &kind[index * 3 + state]) }
            // Of the third kind of lengths the last.
            for index in length.indices { coder.put(true, &length[index]) }
        }
        return coder.end()
    }()

    private static let matches = 7680
}

/// Writes bits that are expected with probabilities which adapt.
private struct RangeEncoder {
    static let even: UInt16 = 1024

    private var low: UInt64 = 0
    private var range = UInt32.max
    private var held: UInt8 = 0
    /// How many bytes a carry could still change: the one that is held, and 0xFF behind it.
    private var open = 1
    private var bytes: [UInt8] = []

    /// - Parameter zero: how probable a zero is, of 2,048.
    mutating func put(_ bit: Bool, _ zero: inout UInt16) {
        let bound = (range >> 11) * UInt32(zero)
        if bit {
            low += UInt64(bound)
            range -= bound
            zero -= zero >> 5
        } else {
            range = bound
            zero += (2048 - zero) >> 5
        }
        if range < 1 << 24 {
            range <<= 8
            shift()
        }
    }

    mutating func end() -> [UInt8] {
        for _ in 0..<5 { shift() }
        return bytes
    }

    private mutating func shift() {
        if low < 0xFF00_0000 || low > UInt64(UInt32.max) {
            let carry = UInt8(low >> 32)
            bytes.append(held &+ carry)
            for _ in 1..<open { bytes.append(0xFF &+ carry) }
            open = 0
            held = UInt8(truncatingIfNeeded: low >> 24)
        }
        open += 1
        low = (low & 0x00FF_FFFF) << 8
    }
}
