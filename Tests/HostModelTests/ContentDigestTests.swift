import HostModel
import Testing

struct ContentDigestTests {
    private static let hex = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

    @Test func `a digest is 64 hexadecimal digits`() throws {
        let digest = try #require(ContentDigest(hex: Self.hex))
        #expect(digest.bytes.count == 32)
        #expect(digest.bytes.first == 0x9F)
        #expect(digest.hex == Self.hex)
        #expect("\(digest)" == Self.hex)
        #expect(digest.short == "9f86d081884c")
        #expect(ContentDigest(bytes: digest.bytes) == digest)
    }

    static let refused: [String] = {
        let hex = ContentDigestTests.hex
        let rest = hex.dropFirst()
        return [
            "", "9f", "9\(rest.dropLast())", "\(hex)0", hex.uppercased(), "sha256:\(hex.dropFirst(7))", " \(rest)",
            "g\(rest)", "\(hex.dropLast())\n", "\u{FF10}\u{FF10}\(hex.dropFirst(6))",
        ]
    }()

    @Test(arguments: ContentDigestTests.refused)
    func `another text is none`(text: String) {
        #expect(ContentDigest(hex: text) == nil)
    }

    @Test(arguments: [0, 31, 33])
    func `another number of bytes is none`(count: Int) {
        #expect(ContentDigest(bytes: [UInt8](repeating: 0, count: count)) == nil)
    }
}

struct HexTests {
    @Test func `every byte goes both ways`() {
        let all = Array(UInt8.min...UInt8.max)
        let text = Hex.text(all)
        #expect(text.hasPrefix("000102"))
        #expect(text.hasSuffix("fdfeff"))
        #expect(Hex.bytes(text.utf8) == all)
        #expect(Hex.bytes(Array(text.utf8)[2..<6]) == [1, 2])
        #expect(Hex.bytes("".utf8) == [])
    }

    @Test func `random digits are as many as asked for, and no two the same`() {
        #expect(Hex.random(bytes: 0) == "")
        let texts = (0..<100).map { _ in Hex.random(bytes: 16) }
        #expect(Set(texts).count == 100)
        // Of so many bytes each value comes up, but once in a hundred billion runs.
        let bytes = Hex.bytes(Hex.random(bytes: 8192).utf8) ?? []
        #expect(bytes.count == 8192)
        #expect(Set(bytes).count == 256)
    }

    @Test(arguments: ["0", "000", "AB", "aB", "0x", "zz", " 0", "0\n", "+1", "\u{E9}"])
    func `odd lengths and other characters are refused`(text: String) {
        #expect(Hex.bytes(text.utf8) == nil)
    }
}
