import HostModel

/// What a decompressor would have to guess at: a stream that is cut, damaged, followed by another, or needs more memory
/// than a host gives.
extension CaseBook {
    mutating func addFilterCases() {
        addGzipMembers()
        addGzipHeaders()
        addZstdFrames()
        addZstdHeaders()
        addXzStreams()
        addXzHeaders()
    }

    private var tar: [UInt8] { Tar.bytes(of: sound.entries()) }

    // MARK: gzip

    private mutating func addGzipMembers() {
        let tar = tar
        let whole = Gzip().member(tar)
        let nothing = Gzip().member([])
        // Nothing with fixed codes, as gzip(1) writes it.
        let nothingFixed = Gzip { $0.onBlocks = { $0 = [3, 0] } }.member([])
        gzip("gzip-with-a-second-member", whole + whole)
        gzip("gzip-in-two-members", Gzip().member(Array(tar.prefix(1024))) + Gzip().member(Array(tar.dropFirst(1024))))
        let (start, rest) = (Array(tar.prefix(1024)), Array(tar.dropFirst(1024)))
        // What stands at the end is of both.
        let last = Gzip {
            $0.crcError = Checksum.crc32(rest) ^ Checksum.crc32(tar)
            $0.sizeError = UInt32(rest.count ^ tar.count)
        }
        gzip("gzip-in-two-members-with-one-end", Gzip().member(start) + last.member(rest))
        // Nothing with codes of its own.
        let nothingOwn = Gzip { $0.onBlocks = { $0 = [0x05, 0xC0, 0x81, 8, 0, 0, 0, 0, 0xA0, 0xFD, 0xA9, 0x3F] } }
        gzip("gzip-with-an-empty-member-of-its-own-codes-before-it", nothingOwn.member([]) + whole)
        gzip("gzip-with-an-empty-member-before-it", nothing + whole)
        gzip("gzip-with-an-empty-member-of-fixed-codes-before-it", nothingFixed + whole)
        gzip("gzip-with-an-empty-member-behind-it", whole + nothing)
        gzip("gzip-with-a-byte-after-its-end", whole + [1])
        gzip("gzip-with-zeros-after-its-end", whole + [UInt8](repeating: 0, count: 512))
        gzip("gzip-of-a-tar-without-end-marker", Gzip().member(Array(tar.dropLast(1024))))
        for (name, count) in [
            ("gzip-cut-in-its-magic", 2), ("gzip-cut-in-its-header", 9), ("gzip-cut-after-its-header", 10),
            ("gzip-cut-in-a-block-header", 13), ("gzip-cut-in-a-block", 1000),
            ("gzip-without-its-end", whole.count - 8), ("gzip-without-its-length", whole.count - 4),
            ("gzip-cut-by-a-byte", whole.count - 1),
        ] {
            gzip(name, Array(whole.prefix(count)))
        }
        gzip("gzip-with-wrong-crc") { $0.crcError = 1 }
        gzip("gzip-with-wrong-length") { $0.sizeError = 1 }
        gzip("gzip-block-with-a-wrong-length") { $0.onBlocks = { $0.flip(3) } }
        gzip("gzip-block-of-a-reserved-type") { $0.onBlocks = { $0[0] |= 6 } }
        gzip("gzip-block-that-is-damaged") { $0.onBlocks = { $0[0] |= 4 } }
        gzip("gzip-without-a-last-block") { $0.onBlocks = { $0[0] = 0 } }
    }

    private mutating func addGzipHeaders() {
        gzip("gzip-of-another-method") { $0.method = 7 }
        gzip("gzip-with-a-checksum-of-its-header") {
            $0.flags = 0x02
            $0.fields = [0x12, 0x34]
        }
        gzip("gzip-with-an-extra-field") {
            $0.flags = 0x04
            $0.fields = [2, 0, 0x41, 0x42]
        }
        gzip("gzip-with-an-extra-field-over-its-end") {
            $0.flags = 0x04
            $0.fields = [0xFF, 0xFF]
        }
        gzip("gzip-with-a-comment") {
            $0.flags = 0x10
            $0.fields = Array("a comment\u{0}".utf8)
        }
        gzip("gzip-with-a-name-of-5000-bytes") {
            $0.flags = 0x08
            $0.fields = [UInt8](repeating: 0x61, count: 5000) + [0]
        }
        gzip("gzip-that-is-encrypted") { $0.flags = 0x20 }
        gzip("gzip-with-a-reserved-flag") { $0.flags = 0x80 }
        let name: [UInt8] = [0x1F, 0x8B, 8, 8, 0, 0, 0, 0, 0, 0xFF] + [UInt8](repeating: 0x61, count: 100)
        gzip("gzip-with-a-name-without-end", name)
    }

    private mutating func gzip(_ name: String, _ bytes: [UInt8]) {
        add(.read, name, .bundleArchiveInvalid, file: "bundle.tar.gz", bytes)
    }

    private mutating func gzip(_ name: String, _ lie: (inout Gzip) -> Void) { gzip(name, Gzip(lie).member(tar)) }

    // MARK: Zstandard

    private mutating func addZstdFrames() {
        let tar = tar
        let frame = Zstd.frame(tar, windowLog: 20)
        let skippable: [UInt8] = [0x50, 0x2A, 0x4D, 0x18, 4, 0, 0, 0, 1, 2, 3, 4]
        zstd("zstd-with-a-second-frame", frame + frame)
        zstd("zstd-with-an-empty-frame-behind-it", frame + Zstd.frame([], windowLog: 20))
        zstd("zstd-with-an-empty-frame-before-it", Zstd.frame([], windowLog: 20) + frame)
        zstd("zstd-with-a-skippable-frame-behind-it", frame + skippable)
        zstd("zstd-with-a-skippable-frame-before-it", skippable + frame, .bundleFormatUnsupported)
        zstd("zstd-with-a-byte-after-its-end", frame + [0])
        for (name, count) in [
            ("zstd-cut-in-its-header", 5), ("zstd-cut-after-its-header", 6), ("zstd-cut-in-a-block-header", 8),
            ("zstd-cut-in-a-block", 1000), ("zstd-cut-by-a-byte", frame.count - 1),
        ] {
            zstd(name, Array(frame.prefix(count)))
        }
        zstd("zstd-of-a-tar-without-end-marker", Zstd.frame(Array(tar.dropLast(1024)), windowLog: 20))
        let head = Zstd.header(windowLog: 20)
        zstd("zstd-without-a-last-block", head + Zstd.raw(tar, isLast: false))
        zstd("zstd-block-of-a-reserved-type", head + Zstd.blockHeader(type: 3, count: tar.count, isLast: true) + tar)
        zstd("zstd-block-that-is-damaged", head + Zstd.blockHeader(type: 2, count: tar.count, isLast: true) + tar)
        let long = Zstd.blockHeader(type: 1, count: Zstd.longestBlock + 1, isLast: true) + [0]
        zstd("zstd-block-over-128-kib", head + Zstd.raw(tar, isLast: false) + long)
    }

    private mutating func addZstdHeaders() {
        let tar = tar
        let block = Zstd.raw(tar, isLast: true)
        for (name, log) in [
            ("zstd-window-of-16-mib", 24), ("zstd-window-of-2-gib", 31), ("zstd-window-of-2-tib", 41),
        ] {
            zstd(name, Zstd.frame(tar, windowLog: log), .bundleWindowTooLarge)
        }
        // In one segment the window is as large as the content says.
        let segment: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0xE0]
        let huge = segment + [UInt8](repeating: 0xFF, count: 8) + block
        zstd("zstd-content-of-16-eib", huge, .bundleWindowTooLarge)
        zstd("zstd-content-longer-than-it-is", segment + Zip.number(UInt64(tar.count + 1)) + block)
        zstd("zstd-content-shorter-than-it-is", segment + Zip.number(UInt64(tar.count - 1)) + block)
        let withDictionary = Zstd.header(windowLog: 20, descriptor: 0x01) + [7] + block
        zstd("zstd-with-a-dictionary", withDictionary)
        zstd("zstd-with-a-reserved-bit", Zstd.header(windowLog: 20, descriptor: 0x08) + block)
        let checked = Zstd.header(windowLog: 20, descriptor: 0x04) + block
        zstd("zstd-with-a-wrong-checksum", checked + [0, 0, 0, 0])
        zstd("zstd-without-its-checksum", checked)
    }

    private mutating func zstd(
        _ name: String, _ bytes: [UInt8], _ code: FailureCode = .bundleArchiveInvalid
    ) {
        add(.read, name, code, file: "bundle.tar.zst", bytes)
    }

    // MARK: xz

    private mutating func addXzStreams() {
        let tar = tar
        let stream = Xz().stream(tar)
        let zeros: [UInt8] = [0, 0, 0, 0]
        xz("xz-with-a-second-stream", stream + stream)
        xz("xz-with-padding", stream + zeros)
        xz("xz-with-padding-between-two-streams", stream + zeros + stream)
        xz("xz-with-a-byte-after-its-end", stream + [0])
        xz("xz-of-a-tar-without-end-marker", Xz().stream(Array(tar.dropLast(1024))))
        let end = stream.count
        for (name, count) in [
            ("xz-cut-in-its-magic", 6), ("xz-cut-in-its-header", 8), ("xz-cut-after-its-header", 12),
            ("xz-cut-in-a-block-header", 16), ("xz-cut-after-a-block-header", 24), ("xz-cut-in-a-block", 1000),
            ("xz-cut-in-its-check", end - 26), ("xz-cut-in-its-index", end - 16), ("xz-cut-after-its-index", end - 12),
            ("xz-cut-by-a-byte", end - 1),
        ] {
            xz(name, Array(stream.prefix(count)))
        }
        var damaged = stream
        damaged.flip(8)
        xz("xz-with-a-wrong-checksum-of-its-header", damaged)
        xz("xz-with-a-wrong-checksum-of-its-index") { $0.indexError = 1 }
        xz("xz-with-a-wrong-check") { $0.checkError = 1 }
        xz("xz-index-with-a-wrong-size") { $0.sizeError = 1 }
        xz("xz-footer-with-another-check") { $0.footerCheck = 0 }
    }

    private mutating func addXzHeaders() {
        for (name, property) in [
            ("xz-dictionary-of-12-mib", 23), ("xz-dictionary-of-16-mib", 24), ("xz-dictionary-of-1536-mib", 37),
            ("xz-dictionary-of-4-gib", 40),
        ] as [(String, UInt8)] {
            xz(name, .bundleWindowTooLarge) { $0.dictionary = property }
        }
        xz("xz-dictionary-of-no-size") { $0.dictionary = 41 }
        for (name, filter) in [("xz-with-delta", 0x03), ("xz-with-x86", 0x04), ("xz-with-lzma1", 0x20)]
            as [(String, UInt8)]
        {
            xz(name, .bundleFormatUnsupported) { $0.filter = filter }
        }
        xz("xz-with-a-check-of-no-kind") { $0.check = 2 }
        xz("xz-with-a-reserved-flag") { $0.check = 0x11 }
        xz("xz-chunk-of-no-kind") { $0.control = 0x7F }
        xz("xz-chunk-that-keeps-no-dictionary") { $0.control = 2 }
        xz("xz-chunk-that-is-damaged") { $0.control = 0xE0 }
    }

    private mutating func xz(_ name: String, _ bytes: [UInt8], _ code: FailureCode = .bundleArchiveInvalid) {
        add(.read, name, code, file: "bundle.tar.xz", bytes)
    }

    private mutating func xz(
        _ name: String, _ code: FailureCode = .bundleArchiveInvalid, _ lie: (inout Xz) -> Void
    ) {
        xz(name, Xz(lie).stream(tar), code)
    }
}
