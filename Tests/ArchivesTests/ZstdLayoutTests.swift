import TestSupport
import Testing

@testable import Archives

/// The frames were made by zstd 1.5.4 from `apphost\n`, unless they say otherwise.
struct ZstdLayoutTests {
    /// `zstd -c FILE`: a single segment of 8 bytes, one raw block, a checksum.
    static let ofFile = hex("28b52ffd 24 08 410000 617070686f73740a 533f4761")
    /// `zstd -c`, from a pipe: a window of 2 MiB.
    static let ofPipe = hex("28b52ffd 04 58 410000 617070686f73740a 533f4761")
    /// `zstd -c --no-check`, from a pipe.
    static let withoutChecksum = hex("28b52ffd 00 58 410000 617070686f73740a")
    /// `zstd -c --ultra -22 --long=27`, from a pipe: a window of 128 MiB.
    static let withLongWindow = hex("28b52ffd 04 88 410000 617070686f73740a 533f4761")
    /// `head -c 300000 /dev/zero | zstd -c`: a compressed block and two that repeat a byte.
    static let ofZeros = hex("28b52ffd 04 58 540000 1000000100fbff39c002 020010 00 039f04 00 2d28de26")
    /// `zstd -c` of an empty file.
    static let ofNothing = hex("28b52ffd 24 00 010000 99e9d851")
    static let sound = [ofFile, ofPipe, withoutChecksum, ofZeros, ofNothing]

    @Test(arguments: ZstdLayoutTests.sound)
    func `one frame that fills the file is accepted`(frame: [UInt8]) throws {
        try check(frame)
    }

    @Test(arguments: ZstdLayoutTests.sound)
    func `a frame that is cut short is refused`(frame: [UInt8]) {
        for count in frame.indices { refuse("the zstd frame ends early", Array(frame[..<count])) }
    }

    @Test func `a window larger than allowed is refused`() throws {
        refuse(.windowTooLarge(128 << 20), Self.withLongWindow)
        try check(Self.withLongWindow, maximumWindow: 128 << 20)
        refuse(.windowTooLarge(2 << 20), Self.ofPipe, maximumWindow: (2 << 20) - 1)
        try check(Self.ofPipe, maximumWindow: 2 << 20)
    }

    @Test func `a window has an exponent and a mantissa`() {
        var frame = Self.ofPipe
        frame[5] = 0x59
        refuse(.windowTooLarge((2 << 20) + (256 << 10)), frame, maximumWindow: 2 << 20)
        frame[5] = 0xFF
        refuse(.windowTooLarge((1 << 41) + 7 * (1 << 38)), frame)
        frame[5] = 0x00
        refuse(.windowTooLarge(1024), frame, maximumWindow: 1023)
    }

    @Test func `a single segment has its content size as window`() {
        refuse(.windowTooLarge(8), Self.ofFile, maximumWindow: 7)
        refuse(.windowTooLarge(256), hex("28b52ffd 60 0000 410000 617070686f73740a"), maximumWindow: 255)
        refuse(.windowTooLarge(0x0100_0000), hex("28b52ffd a0 00000001 410000 617070686f73740a"))
        refuse(.windowTooLarge(.max), hex("28b52ffd e0 ffffffffffffffff 410000 617070686f73740a"))
    }

    @Test func `a content size beside a window is skipped`() throws {
        try check(hex("28b52ffd 40 58 0000 410000 617070686f73740a"))
        try check(hex("28b52ffd 80 58 08000000 410000 617070686f73740a"))
        try check(hex("28b52ffd c0 58 0800000000000000 410000 617070686f73740a"))
    }

    @Test func `what is no frame is refused`() {
        var frame = Self.ofFile
        frame[3] = 0xFC
        refuse("it is no zstd frame", frame)
    }

    @Test func `a skippable frame is refused`() {
        let skippable = hex("5a2a4d18 02000000 0000")
        refuse("it has a skippable zstd frame", skippable)
        refuse("it has a skippable zstd frame", skippable + Self.ofFile)
        refuse("the file goes on after the zstd frame", Self.ofFile + skippable)
    }

    @Test func `bytes behind the frame are refused`() {
        refuse("the file goes on after the zstd frame", Self.ofFile + [0])
        refuse("the file goes on after the zstd frame", Self.withoutChecksum + [0])
        refuse("the file goes on after the zstd frame", Self.ofFile + Self.ofFile)
    }

    @Test func `a dictionary is refused`() {
        refuse("the zstd frame needs a dictionary", hex("28b52ffd 25 01 08 410000 617070686f73740a 533f4761"))
        refuse("the zstd frame needs a dictionary", hex("28b52ffd 27 01000000 08 410000 617070686f73740a 533f4761"))
    }

    @Test func `a reserved bit is refused`() {
        refuse("the zstd frame has a reserved bit set", hex("28b52ffd 2c 08 410000 617070686f73740a 533f4761"))
    }

    @Test func `a block of a reserved type is refused`() {
        refuse("a zstd block is of a reserved type", hex("28b52ffd 24 08 470000 617070686f73740a 533f4761"))
    }

    @Test func `a block of more than 128 KiB is refused`() throws {
        refuse("a zstd block is larger than 128 KiB", hex("28b52ffd 00 58 0b0010 00"))
        try check(hex("28b52ffd 00 58 030010 00"))
    }

    @Test func `a frame without a last block is refused`() {
        refuse("the zstd frame ends early", hex("28b52ffd 00 58 400000 617070686f73740a"))
    }

    @Test func `no changed byte is a trap`() {
        for frame in [Self.ofFile, Self.ofZeros] {
            for index in frame.indices {
                for value in [0x00, 0x7F, 0x80, 0xFF] as [UInt8] {
                    var changed = frame
                    changed[index] = value
                    try? check(changed)
                }
            }
        }
    }

    private func check(_ file: [UInt8], maximumWindow: UInt64 = 8 << 20) throws {
        try ZstdLayout.check(MemorySource(file), maximumWindow: maximumWindow)
    }

    private func refuse(_ problem: String, _ file: [UInt8], sourceLocation: SourceLocation = #_sourceLocation) {
        refuse(.invalid(problem), file, sourceLocation: sourceLocation)
    }

    private func refuse(
        _ error: ArchiveError, _ file: [UInt8], maximumWindow: UInt64 = 8 << 20,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(throws: error, sourceLocation: sourceLocation) {
            try ZstdLayout.check(MemorySource(file), maximumWindow: maximumWindow)
        }
    }
}
