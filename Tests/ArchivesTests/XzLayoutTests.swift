import TestSupport
import Testing

@testable import Archives

/// The streams were made by xz 5.4.1 from `apphost\n`, unless they say otherwise.
struct XzLayoutTests {
    static let header = hex("fd377a585a00 0004 e6d6b446")
    /// With a dictionary of 8 MiB, which is the byte at 4.
    static let block = hex("02 00 2101 16 000000 742fe5a3 010007 617070686f73740a 00 c661f3556da5c68a")
    static let index = hex("00 01 20 08 bb19d9bb")
    static let footer = hex("1fb6f37d 01000000 0004 595a")
    /// `xz -c`.
    static let stream = header + block + index + footer
    /// `xz -9 -c`: a dictionary of 64 MiB.
    static let ofBest = hex(
        """
        fd377a585a000004e6d6b446 020021011c00000010cf58cc 010007617070686f73740a00 c661f3556da5c68a 00012008bb19d9bb
        1fb6f37d010000000004595a
        """)
    /// `xz --check=none -c`.
    static let withoutCheck = hex(
        """
        fd377a585a000000ff12d941 0200210116000000742fe5a3 010007617070686f73740a00 0001180840a546ac
        06729e7a010000000000595a
        """)
    /// `xz -c` of nothing.
    static let ofNothing = hex("fd377a585a000004e6d6b446 000000001cdf4421 1fb6f37d010000000004595a")
    /// `xz -T2 --block-size=4 -c`: two blocks, whose headers have their sizes. The second starts at 40.
    static let ofTwoBlocks = hex(
        """
        fd377a585a000004e6d6b446
        02c008042101160089741df7 0100036170706800 1afcfcced5158bc6
        02c008042101160089741df7 0100036f73740a00 b6b1649db04ffc8e
        00021c041c0400009beaef6e b1c467fb020000000004595a
        """)
    static let sound = [stream, withoutCheck, ofNothing, ofTwoBlocks]
    /// `xz --x86 --lzma2=preset=0 -c`.
    static let withX86Filter = hex(
        """
        fd377a585a000004e6d6b446 0201040021010c00d67c18af 010007617070686f73740a00 c661f3556da5c68a 00012008bb19d9bb
        1fb6f37d010000000004595a
        """)

    static let misfit = "the blocks of the xz stream do not end where its index starts"
    static let tornHeader = "a block of the xz stream has a torn header"
    static let tornIndex = "the xz index is torn"
    static let noFooter = "the file does not end with the footer of an xz stream"

    @Test(arguments: XzLayoutTests.sound)
    func `one stream that fills the file is accepted`(stream: [UInt8]) throws {
        try check(stream)
    }

    @Test(arguments: XzLayoutTests.sound)
    func `a stream that is cut short is refused`(stream: [UInt8]) {
        for count in stream.indices {
            #expect(throws: ArchiveError.self) { try check(Array(stream[..<count])) }
        }
    }

    // MARK: dictionaries and filters

    @Test func `a dictionary larger than allowed is refused`() throws {
        refuse(.windowTooLarge(64 << 20), Self.ofBest)
        try check(Self.ofBest, maximumWindow: 64 << 20)
        refuse(.windowTooLarge(8 << 20), Self.stream, maximumWindow: (8 << 20) - 1)
    }

    @Test(
        arguments: [
            (0, 4096), (1, 6144), (2, 8192), (23, 12 << 20), (39, 3 << 30), (40, 0xFFFF_FFFF),
        ] as [(UInt8, UInt64)])
    func `a dictionary size is one byte`(property: UInt8, size: UInt64) {
        refuse(.windowTooLarge(size), Self.changing(block: 4, property), maximumWindow: size - 1)
    }

    @Test func `a dictionary size that does not exist is refused`() {
        for property in [41, 63, 64, 255] as [UInt8] {
            refuse(.invalid(Self.tornHeader), Self.changing(block: 4, property))
        }
    }

    @Test func `the dictionary of every block counts`() {
        var stream = Self.ofTwoBlocks
        stream[46] = 23
        refuse(.windowTooLarge(12 << 20), stream)
    }

    @Test func `a filter other than LZMA2 is not supported`() {
        let error = ArchiveError.unsupportedFormat("an xz filter other than LZMA2")
        refuse(error, Self.withX86Filter)
        refuse(error, Self.changing(block: 2, 0x03))
    }

    // MARK: block headers

    @Test func `a torn block header is refused`() {
        // Reserved flags, a length of the properties other than 1, padding that is not zero.
        refuse(.invalid(Self.tornHeader), Self.changing(block: 1, 0x04))
        refuse(.invalid(Self.tornHeader), Self.changing(block: 3, 0x02))
        refuse(.invalid(Self.tornHeader), Self.changing(block: 7, 0x01))
        // A header that is an index, and one that is longer than its block.
        refuse(.invalid(Self.tornHeader), Self.changing(block: 0, 0x00))
        refuse(.invalid(Self.tornHeader), Self.changing(block: 0, 0x07))
        refuse(.invalid(Self.tornHeader), Self.changing(block: 0, 0xFF))
    }

    // MARK: index

    @Test func `blocks that do not end at the index are refused`() {
        for unpadded in [0x00, 0x04, 0x1C, 0x21, 0x7F] as [UInt8] {
            refuse(.invalid(Self.misfit), Self.replacing(index: hex("00 01") + [unpadded] + hex("08 00000000")))
        }
        refuse(.invalid(Self.misfit), Self.replacing(index: hex("00 00 0000 00000000")))
        refuse(.invalid(Self.misfit), Self.header + Self.block + hex("00000000") + Self.index + Self.footer)
    }

    @Test func `an unpadded size is rounded up`() throws {
        try check(Self.replacing(index: hex("00 01 1f 08 00000000")))
        try check(Self.replacing(index: hex("00 01 1d 08 00000000")))
    }

    @Test func `a block of any claimed size is refused`() {
        refuse(.invalid(Self.misfit), Self.replacing(index: hex("00 01 ffffffffffffffff7f 08 00000000")))
    }

    @Test(
        arguments: [
            // Fewer records than counted, and half a one.
            "00 02 20 08 00000000", "00 01 20 88 00000000",
            // Padding that is not zero, and too much of it.
            "00 01 20 8801 000001 00000000", "00 01 20 08 00000000 00000000",
            // Numbers longer than they need to be, and longer than nine bytes.
            "00 8100 20 08 000000 00000000", "00 01 a000 08 000000 00000000", "00 01 20 8800 000000 00000000",
            "00 01 20 ffffffffffffffffff01 000000 00000000",
        ])
    func `a torn index is refused`(index: String) {
        refuse(.invalid(Self.tornIndex), Self.replacing(index: hex(index)))
    }

    @Test func `an index that is not where the footer says is refused`() {
        for backward in ["02000000", "05000000", "0a000000", "ffff3f00"] {
            let footer = hex("1fb6f37d") + hex(backward) + hex("0004 595a")
            refuse(
                .invalid("the xz index is not where the footer says"),
                Self.header + Self.block + Self.index + footer)
        }
    }

    @Test func `an index of more than 16 MiB is refused before it is read`() {
        for backward in ["00004000", "ffffffff"] {
            let footer = hex("1fb6f37d") + hex(backward) + hex("0004 595a")
            refuse(
                .invalid("the xz index is larger than 16777216 bytes"),
                Self.header + Self.block + Self.index + footer)
        }
    }

    // MARK: header and footer

    @Test func `what is no stream is refused`() {
        refuse(.invalid("it is no xz stream"), [0] + Array(Self.stream.dropFirst()))
        refuse(.invalid("it is no xz stream"), [])
    }

    @Test func `reserved stream flags are refused`() {
        let header = hex("fd377a585a00 0014 e6d6b446")
        refuse(.invalid("the xz stream has reserved flags set"), header + Self.block + Self.index + Self.footer)
        let other = hex("fd377a585a00 0104 e6d6b446")
        refuse(.invalid("the xz stream has reserved flags set"), other + Self.block + Self.index + Self.footer)
    }

    @Test func `a footer with other flags than the header is refused`() {
        refuse(
            .invalid("header and footer of the xz stream have different flags"),
            Self.header + Self.block + Self.index + hex("1fb6f37d 01000000 0001 595a"))
    }

    @Test func `bytes behind the stream are refused`() {
        refuse(.invalid(Self.noFooter), Self.stream + [0])
        refuse(.invalid(Self.noFooter), Self.stream + [0, 0, 0, 0])
    }

    @Test func `a second stream is refused`() {
        refuse(.invalid(Self.misfit), Self.stream + Self.stream)
        refuse(.invalid(Self.misfit), Self.stream + Self.ofNothing)
    }

    @Test func `no changed byte is a trap`() {
        for stream in [Self.stream, Self.ofTwoBlocks] {
            for index in stream.indices {
                for value in [0x00, 0x7F, 0x80, 0xFF] as [UInt8] {
                    var changed = stream
                    changed[index] = value
                    try? check(changed)
                }
            }
        }
    }

    // MARK: helpers

    /// The stream with one byte of its block changed.
    private static func changing(block offset: Int, _ value: UInt8) -> [UInt8] {
        var changed = block
        changed[offset] = value
        return header + changed + index + footer
    }

    /// The stream with another index, and a footer that knows its length.
    private static func replacing(index: [UInt8]) -> [UInt8] {
        let footer = hex("1fb6f37d") + [UInt8(index.count / 4 - 1)] + hex("000000 0004 595a")
        return header + block + index + footer
    }

    private func check(_ file: [UInt8], maximumWindow: UInt64 = 8 << 20) throws {
        try XzLayout.check(MemorySource(file), maximumWindow: maximumWindow)
    }

    private func refuse(
        _ error: ArchiveError, _ file: [UInt8], maximumWindow: UInt64 = 8 << 20,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(throws: error, sourceLocation: sourceLocation) {
            try XzLayout.check(MemorySource(file), maximumWindow: maximumWindow)
        }
    }
}
