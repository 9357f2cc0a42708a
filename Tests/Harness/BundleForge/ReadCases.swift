import HostModel

/// What is no archive, is one of another kind, or contradicts itself: refused before anything in it counts.
extension CaseBook {
    mutating func addReadCases() {
        addOtherFormats()
        addBrokenTars()
        addBrokenZips()
        addZstdFrames()
    }

    private mutating func addOtherFormats() {
        readTar("empty-file", .bundleFormatUnsupported, [])
        readTar("not-an-archive", .bundleFormatUnsupported, Array("This is a letter, not a bundle.\n".utf8))
        readTar("rar-magic", .bundleFormatUnsupported, [0x52, 0x61, 0x72, 0x21, 0x1A, 0x07, 0x01, 0x00])
        readTar("7z-magic", .bundleFormatUnsupported, [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C, 0x00, 0x04])
        readTar("bzip2-magic", .bundleFormatUnsupported, Array("BZh91AY&SY".utf8))
        readTar("cpio-magic", .bundleFormatUnsupported, Array("070701".utf8))
        var old = sound.entries()
        // The tar of before 1988 has neither magic nor version.
        old[0].headerLie = { $0.put([UInt8](repeating: 0, count: 8), at: 257) }
        readTar("tar-without-magic", .bundleFormatUnsupported, Tar.bytes(of: old))
    }

    private mutating func addBrokenTars() {
        let entries = sound.entries()
        let whole = Tar.bytes(of: entries)
        let body = Tar.body(of: entries)
        let untilLast = Tar.body(of: Array(entries.dropLast()))
        let last = Tar.body(of: Array(entries.suffix(1)))
        let sidecars = Tar.body(of: Array(entries.prefix(3)))
        let zeros = [UInt8](repeating: 0, count: 512)

        readTar("tar-cut-in-its-first-header", .bundleFormatUnsupported, Array(whole.prefix(300)))
        readTar("tar-cut-in-a-sidecar", .bundleArchiveInvalid, Array(whole.prefix(600)))
        readTar("tar-cut-after-a-sidecar", .bundleArchiveInvalid, Tar.body(of: Array(entries.prefix(1))))
        readTar("tar-cut-after-the-sidecars", .bundleArchiveInvalid, sidecars)
        readTar("tar-cut-in-a-header", .bundleArchiveInvalid, untilLast + Array(last.prefix(100)))
        readTar("tar-cut-after-a-header", .bundleArchiveInvalid, untilLast + Array(last.prefix(512)))
        readTar("tar-cut-in-content", .bundleArchiveInvalid, untilLast + Array(last.prefix(513)))
        readTar("tar-cut-in-padding", .bundleArchiveInvalid, untilLast + Array(last.dropLast(100)))
        readTar("tar-cut-between-entries", .bundleArchiveInvalid, untilLast)
        readTar("tar-without-end-marker", .bundleArchiveInvalid, body)
        readTar("tar-with-half-an-end-marker", .bundleArchiveInvalid, body + zeros)
        readTar("tar-with-an-end-marker-too-short", .bundleArchiveInvalid, Array(whole.dropLast()))
        readTar("tar-with-a-byte-after-its-end", .bundleArchiveInvalid, whole + [1])
        readTar("tar-with-a-block-after-its-end", .bundleArchiveInvalid, whole + [UInt8](repeating: 0x78, count: 512))
        readTar("tar-with-a-second-archive-after-its-end", .bundleArchiveInvalid, whole + whole)
        let parted = untilLast + zeros + last + Tar.endMarker
        readTar("tar-with-a-zero-block-between-entries", .bundleArchiveInvalid, parted)

        var damaged = whole
        damaged.flip(untilLast.count)
        readTar("tar-with-a-damaged-header", .bundleArchiveInvalid, damaged)

        var sparse = entries
        sparse.change("data/a.txt") {
            $0.content = [UInt8](repeating: 0x61, count: 512)
            $0.headerLie = CaseBook.makeSparse
        }
        readTar("tar-with-a-sparse-file", .bundleArchiveInvalid, Tar.bytes(of: sparse))
    }

    /// GNU tar's older sparse file: 512 bytes of hole, then the 512 bytes that are stored.
    private static func makeSparse(_ header: inout [UInt8]) {
        header[156] = UInt8(ascii: "S")
        header.put(Array("ustar  \u{0}".utf8), at: 257)
        header.put([UInt8](repeating: 0, count: 167), at: 345)
        header.put(Tar.octal(512, digits: 11) + Tar.octal(512, digits: 11), at: 386)
        header.put(Tar.octal(1024, digits: 11), at: 483)
    }

    private mutating func addBrokenZips() {
        let whole = Zip(sound.entries()).bytes()
        readZip("zip-cut-in-half", .bundleArchiveInvalid, Array(whole.prefix(whole.count / 2)))
        readZip("zip-without-end-record", .bundleArchiveInvalid, Array(whole.dropLast(22)))
        readZip("zip-cut-by-a-byte", .bundleArchiveInvalid, Array(whole.dropLast()))
        readZip("zip-with-a-byte-after-its-end", .bundleArchiveInvalid, whole + [0])
        readZip("zip-with-bytes-before-it", .bundleFormatUnsupported, Array("#!/bin/sh\n".utf8) + whole)

        let hidden = Zip.localEntry(Entry("data/hidden.txt", content: Array("hidden\n".utf8)))
        forgeZip(.read, "zip-with-comment", .bundleArchiveInvalid) { $0.comment = Array("a comment".utf8) }
        forgeZip(.read, "zip-with-gap", .bundleArchiveInvalid) { $0.gap = [0, 0, 0, 0] }
        forgeZip(.read, "zip-with-hidden-entry", .bundleArchiveInvalid) { $0.gap = hidden }
        forgeZip(.read, "zip-encrypted", .bundleArchiveInvalid) { $0.flags = 0x0001 }
        forgeZip(.read, "zip-with-unknown-flag", .bundleArchiveInvalid) { $0.flags = 0x8000 }
        forgeZip(.read, "zip-compressed-by-bzip2", .bundleFormatUnsupported) { $0.method = 12 }
        forgeZip(.read, "zip-with-two-names-for-an-entry", .bundleArchiveInvalid) {
            $0.lastLocalName = Array("data/c.txt".utf8)
        }
        forgeZip(.read, "zip-with-wrong-crc", .bundleArchiveInvalid) { $0.lastCRCError = 1 }
    }

    private mutating func addZstdFrames() {
        let tar = Tar.bytes(of: sound.entries())
        let file = "bundle.tar.zst"
        let large = Zstd.frame(tar, windowLog: 24)
        let frame = Zstd.frame(tar, windowLog: 20)
        add(.read, "zstd-window-of-16-mib", .bundleWindowTooLarge, file: file, large)
        add(.read, "zstd-with-a-second-frame", .bundleArchiveInvalid, file: file, frame + frame)
        add(.read, "zstd-with-a-byte-after-its-end", .bundleArchiveInvalid, file: file, frame + [0])
        add(.read, "zstd-cut-by-a-byte", .bundleArchiveInvalid, file: file, Array(frame.dropLast()))
        let truncated = Zstd.frame(Array(tar.dropLast(1024)), windowLog: 20)
        add(.read, "zstd-of-a-tar-without-end-marker", .bundleArchiveInvalid, file: file, truncated)
    }

    private mutating func readTar(_ name: String, _ code: FailureCode, _ bytes: [UInt8]) {
        add(.read, name, code, file: "bundle.tar", bytes)
    }

    private mutating func readZip(_ name: String, _ code: FailureCode, _ bytes: [UInt8]) {
        add(.read, name, code, file: "bundle.zip", bytes)
    }
}
