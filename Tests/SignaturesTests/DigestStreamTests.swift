import HostModel
import Testing

@testable import Signatures

/// Known answers of FIPS 180-4 (NIST, "SHA-256 example" and `SHA256ShortMsg`), and the stream's own promises.
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
