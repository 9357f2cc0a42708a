import DiskIO
import TestSupport
import Testing

/// A file beyond the places at which 31 and 32 bits end. It is sparse, so it takes no room.
struct LargeOffsetTests {
    static let offsets: [Int64] = [
        0, 2_147_483_647, 2_147_483_648, 2_147_483_649, 4_294_967_295, 4_294_967_296, 4_294_967_297,
    ]

    @Test func `what lies beyond 2 and 4 GiB is read where it lies`() throws {
        let place = try TemporaryDirectory()
        for (index, offset) in Self.offsets.enumerated() { try place.put(UInt8(index + 1), at: offset, in: "large") }
        let file = try place.open().file("large")
        #expect(try file.status().size == 4_294_967_298)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1, alignment: 1)
        defer { buffer.deallocate() }
        for (index, offset) in Self.offsets.enumerated() {
            let count = try file.read(at: offset, into: buffer)
            #expect(count == 1, "\(offset)")
            #expect(buffer[0] == UInt8(index + 1), "\(offset)")
        }
        let behind = try file.read(at: 4_294_967_298, into: buffer)
        #expect(behind == 0)
    }
}
