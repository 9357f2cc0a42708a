/// A piece of a source that moves forward on demand, so that many small reads in one neighbourhood cost one.
struct ByteWindow<Source: ByteSource> {
    private let source: Source
    private let capacity: Int
    private var start: Int64 = 0
    private var held: [UInt8] = []

    /// - Parameter capacity: how many bytes are read at once, unless more are asked for.
    init(source: Source, capacity: Int) {
        self.source = source
        self.capacity = capacity
    }

    /// - Returns: nil when they are not all inside the source.
    mutating func bytes(at offset: Int64, count: Int) throws -> ArraySlice<UInt8>? {
        guard offset >= 0, offset <= source.size, Int64(count) <= source.size - offset else { return nil }
        let heldCount = Int64(held.count)
        if offset < start || offset - start > heldCount || heldCount - (offset - start) < Int64(count) {
            let wanted = min(Int64(max(capacity, count)), source.size - offset)
            guard let fresh = try source.bytes(at: offset, count: Int(wanted)) else { return nil }
            held = fresh
            start = offset
        }
        let first = Int(offset - start)
        return held[first..<(first + count)]
    }
}

/// Numbers in little-endian order. Offsets count from the first byte of the slice and are checked by the caller.
extension ArraySlice<UInt8> {
    func u16(at offset: Int) -> UInt16 { UInt16(truncatingIfNeeded: number(at: offset, count: 2)) }
    func u32(at offset: Int) -> UInt32 { UInt32(truncatingIfNeeded: number(at: offset, count: 4)) }
    func u64(at offset: Int) -> UInt64 { number(at: offset, count: 8) }

    func number(at offset: Int, count: Int) -> UInt64 {
        var value: UInt64 = 0
        for index in (0..<count).reversed() { value = value << 8 | UInt64(self[startIndex + offset + index]) }
        return value
    }

    func part(at offset: Int, count: Int) -> ArraySlice<UInt8> {
        self[(startIndex + offset)..<(startIndex + offset + count)]
    }
}
