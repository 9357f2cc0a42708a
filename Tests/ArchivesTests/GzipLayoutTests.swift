import TestSupport
import Testing

@testable import Archives

/// What a gzip member yields, and where it ends. What else is refused stands in `TestBundles/`.
struct GzipLayoutTests {
    /// `printf 'apphost\n' | gzip -n -c`.
    private static let member = hex("1f8b0800000000000003 4b2c28c8c82f2ee102 00 9afa1fa9 08000000")
    /// Of nothing, in a block with fixed codes, a stored one, and one with codes of its own.
    private static let nothing = [
        hex("1f8b0800000000000003 0300 00000000 00000000"), hex("1f8b0800000000000003 010000ffff 00000000 00000000"),
        hex("1f8b0800000000000003 05c0810800000000a0fda93f 00000000 00000000"),
    ]

    private func content(_ file: [UInt8]) throws -> [UInt8] {
        let member = try GzipMember(MemorySource(file))
        var content: [UInt8] = []
        var piece: UnsafeRawPointer?
        while true {
            let count = try member.next(&piece)
            if count == 0 { return content }
            content += UnsafeRawBufferPointer(start: piece, count: count)
        }
    }

    @Test func `a member yields its content, named or not`() throws {
        #expect(try content(Self.member) == Array("apphost\n".utf8))
        var named = Self.member
        named[3] = 8
        named.insert(contentsOf: Array("bundle.tar\u{0}".utf8), at: 10)
        #expect(try content(named) == Array("apphost\n".utf8))
    }

    @Test(arguments: GzipLayoutTests.nothing)
    func `a member of nothing is one, and none before another`(nothing: [UInt8]) throws {
        #expect(try content(nothing).isEmpty)
        #expect(throws: ArchiveError.invalid("bytes follow the gzip member")) { try content(nothing + Self.member) }
    }

    /// The end of the last one fits the content of both, so that who only compares that is content.
    @Test func `two members are refused, whatever the last one says`() {
        var second = Self.member
        second.replaceSubrange((second.count - 8)..., with: hex("9d7ae658 10000000"))
        #expect(throws: ArchiveError.invalid("bytes follow the gzip member")) { try content(Self.member + second) }
    }

    @Test func `an end that does not fit its content is refused`() {
        for index in (Self.member.count - 8)..<Self.member.count {
            var other = Self.member
            other[index] ^= 1
            #expect(throws: ArchiveError.invalid("the gzip member is damaged")) { try content(other) }
        }
    }

    @Test func `a member that is cut is refused, wherever it is cut`() {
        for count in 0..<Self.member.count {
            #expect(throws: ArchiveError.self) { try content(Array(Self.member[..<count])) }
        }
    }
}
