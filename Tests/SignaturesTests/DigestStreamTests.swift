import HostModel
import Testing

@testable import Signatures

/// Known answers of FIPS 180-4 (NIST, "SHA-256 example", "additional data" and `SHA256ShortMsg`), and the stream's own
/// promises.
struct DigestStreamTests {
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
    ])
    func `the known answers come out`(text: String, digest: String) {
        #expect(DigestStream.digest(of: Array(text.utf8)).hex == digest)
    }

    /// The example of 896 bits: two blocks.
    @Test func `the known answer over two blocks comes out`() {
        let rows = (0..<14).map { start in "abcdefghijklmnopqrstu".dropFirst(start).prefix(8) }
        let text = rows.joined(separator: "")
        #expect(text.utf8.count == 112)
        let digest = DigestStream.digest(of: Array(text.utf8))
        #expect(digest.hex == "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1")
    }

    /// From 56 bytes on the length no longer fits into the block that the message ends in. Those of 63, 65 and 119 to 129
    /// were computed with Python's hashlib, the others are NIST's.
    private static let zeros: [(count: Int, digest: String)] = [
        (55, "02779466cdec163811d078815c633f21901413081449002f24aa3e80f0b88ef7"),
        (56, "d4817aa5497628e7c77e6b606107042bbba3130888c5f47a375e6179be789fbb"),
        (57, "65a16cb7861335d5ace3c60718b5052e44660726da4cd13bb745381b235a1785"),
        (63, "c7723fa1e0127975e49e62e753db53924c1bd84b8ac1ac08df78d09270f3d971"),
        (64, "f5a5fd42d16a20302798ef6ed309979b43003d2320d9f0e8ea9831a92759fb4b"),
        (65, "98ce42deef51d40269d542f5314bef2c7468d401ad5d85168bfab4c0108f75f7"),
        (119, "f616b0d54e78571a9611f343c9f8e022e859e920381ab0e4d3da01e193a7bd7e"),
        (120, "6edd9f6f9cc92cded36e6c4a580933f9c9f1b90562b46903b806f21902a1a54f"),
        (127, "15dae5979058bfbf4f9166029b6e340ea3ca374fef578a11dc9e6e923860d7ae"),
        (128, "38723a2e5e8a17aa7950dc008209944e898f69a7bd10a23c839d341e935fd5ca"),
        (129, "2c80619d7e7c58257293cda3a878c13e5856f4e06f6f90601276f7b9179c9e07"),
        (1000, "541b3e9daa09b20bf85fa273e5cbd3e80185aa4ec298e765db87742b70138a53"),
    ]

    @Test func `the known answers come out around the ends of blocks, in one piece and byte by byte`() {
        for (count, expected) in Self.zeros {
            let message = [UInt8](repeating: 0, count: count)
            #expect(DigestStream.digest(of: message).hex == expected, "\(count)")
            var stream = DigestStream()
            for byte in message { stream.update([byte]) }
            let digest = stream.finish()
            #expect(digest.hex == expected, "\(count), byte by byte")
        }
    }

    @Test func `a million letters in pieces have the known digest`() {
        var stream = DigestStream()
        let piece = [UInt8](repeating: UInt8(ascii: "a"), count: 1000)
        for _ in 0..<1000 { stream.update(piece) }
        let digest = stream.finish()
        #expect(digest.hex == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    }

    @Test func `pieces of memory count as the same bytes in an array`() {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 3, alignment: 1)
        defer { memory.deallocate() }
        memory.copyBytes(from: Array("abc".utf8))
        var stream = DigestStream()
        stream.update(UnsafeRawBufferPointer(rebasing: memory[..<1]))
        stream.update(UnsafeRawBufferPointer(start: nil, count: 0))
        stream.update(UnsafeRawBufferPointer(rebasing: memory[1...]))
        let digest = stream.finish()
        #expect(digest == DigestStream.digest(of: Array("abc".utf8)))
    }

    @Test func `one stream serves many files`() {
        var stream = DigestStream()
        stream.update(Array("abc".utf8))
        let first = stream.finishAndReset()
        let empty = stream.finishAndReset()
        stream.update(Array("forgotten".utf8))
        stream.reset()
        stream.update(Array("abc".utf8))
        let last = stream.finish()
        #expect(first == DigestStream.digest(of: Array("abc".utf8)))
        #expect(empty == DigestStream.digest(of: []))
        #expect(last == first)
    }
}
