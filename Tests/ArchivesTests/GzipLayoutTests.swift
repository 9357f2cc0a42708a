import TestSupport
import Testing

@testable import Archives

/// What is accepted. What is refused stands in `TestBundles/`.
struct GzipLayoutTests {
    /// `printf 'apphost\n' | gzip -n -c`.
    static let member = hex("1f8b0800000000000003 4b2c28c8c82f2ee102 00 9afa1fa9 08000000")

    @Test func `the end of a member is compared with its content`() throws {
        let layout = try GzipLayout.read(MemorySource(Self.member))
        try layout.check(crc: 0xA91F_FA9A, size: 8)
        let misfit = ArchiveError.invalid("the end of the gzip member does not fit its content")
        #expect(throws: misfit) { try layout.check(crc: 0xA91F_FA9B, size: 8) }
        #expect(throws: misfit) { try layout.check(crc: 0xA91F_FA9A, size: 9) }
        try layout.check(crc: 0xA91F_FA9A, size: 4 << 30 | 8)
    }

    @Test func `a member may have a name`() throws {
        var named = Self.member
        named[3] = 8
        named.insert(contentsOf: Array("bundle.tar\u{0}".utf8), at: 10)
        try GzipLayout.read(MemorySource(named)).check(crc: 0xA91F_FA9A, size: 8)
    }

    @Test(arguments: [1, 2, 3, 4, 5, 9])
    func `the checksum is the one of gzip, in whatever pieces the bytes come`(count: Int) {
        let digits = Array("123456789".utf8)
        var checksum = CRC32()
        for start in stride(from: 0, to: digits.count, by: count) {
            digits[start..<min(start + count, digits.count)].withUnsafeBytes { checksum.update($0) }
        }
        #expect(checksum.value == 0xCBF4_3926)
    }
}
