import HostModel

/// What is cut, goes on after its end, or contradicts itself: refused before anything in it counts.
extension CaseBook {
    mutating func addReadCases() {
        addBrokenTars()
        addBrokenZips()
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
            $0.onParts = { $0[5].local.name = Array("data/c.txt".utf8) }
        }
        forgeZip(.read, "zip-with-wrong-crc", .bundleArchiveInvalid) {
            $0.onParts = { parts in
                parts[5].local.fixed.flip(14)
                parts[5].central.fixed.flip(16)
            }
        }
    }

    private mutating func readTar(_ name: String, _ code: FailureCode, _ bytes: [UInt8]) {
        add(.read, name, code, file: "bundle.tar", bytes)
    }

    private mutating func readZip(_ name: String, _ code: FailureCode, _ bytes: [UInt8]) {
        add(.read, name, code, file: "bundle.zip", bytes)
    }
}
