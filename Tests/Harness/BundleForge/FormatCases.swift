import HostModel

/// What is no archive, or one that AppHost does not read, whatever it is called.
extension CaseBook {
    mutating func addFormatCases() {
        addOtherArchives()
        addOtherCompressions()
        addArchivesOfNothing()
        addStackedFilters()
    }

    private mutating func addOtherArchives() {
        other("empty-file", [])
        other("not-an-archive", "This is a letter, not a bundle.\n")
        other("rar-magic", [0x52, 0x61, 0x72, 0x21, 0x1A, 0x07, 0x01, 0x00])
        other("rar4-magic", [0x52, 0x61, 0x72, 0x21, 0x1A, 0x07, 0x00])
        other("7z-magic", [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C, 0x00, 0x04])
        other("cpio-magic", "070701")
        other("cpio-of-odc-magic", "070707")
        other("cpio-of-bytes-magic", [0xC7, 0x71, 0x00, 0x00])
        other("cab-magic", "MSCF\u{0}\u{0}\u{0}\u{0}")
        other("iso-magic", [UInt8](repeating: 0, count: 0x8000) + [1] + Array("CD001\u{1}\u{0}".utf8))
        other("lha-magic", [0x21, 0x00] + Array("-lh5-".utf8))
        other("xar-magic", "xar!\u{0}\u{1C}\u{0}\u{1}")
        other("ar-magic", "!<arch>\ndebian-binary   ")
        other("rpm-magic", [0xED, 0xAB, 0xEE, 0xDB, 0x03, 0x00])
        other("warc-magic", "WARC/1.0\r\nWARC-Type: warcinfo\r\n\r\n")
        other("mtree-magic", "#mtree\n./data type=dir\n")
        other("shar-magic", "#!/bin/sh\n# This is a shell archive\n")
        other("zip-on-several-disks-magic", [0x50, 0x4B, 0x07, 0x08] + Zip(sound.entries()).bytes())
        other("zip-on-one-disk-of-several-magic", Array("PK00".utf8) + Zip(sound.entries()).bytes())
        var old = sound.entries()
        // The tar of before 1988 has neither magic nor version.
        old[0].headerLie = { $0.put([UInt8](repeating: 0, count: 8), at: 257) }
        other("tar-without-magic", Tar.bytes(of: old))
        other("tar-of-nothing-but-zeros", Tar.endMarker)
    }

    private mutating func addOtherCompressions() {
        other("bzip2-magic", "BZh91AY&SY")
        other("compress-magic", [0x1F, 0x9D, 0x90])
        other("pack-magic", [0x1F, 0x1E])
        other("lzma-magic", [0x5D, 0x00, 0x00, 0x80, 0x00] + [UInt8](repeating: 0xFF, count: 8))
        other("lzip-magic", "LZIP\u{1}")
        other("lzop-magic", [0x89, 0x4C, 0x5A, 0x4F, 0x00, 0x0D, 0x0A, 0x1A, 0x0A])
        other("lz4-magic", [0x04, 0x22, 0x4D, 0x18, 0x64, 0x40, 0xA7])
        other("lrzip-magic", "LRZI\u{0}\u{6}")
        other("grzip-magic", "GRZipII\u{0}\u{2}\u{4}:)")
        other("brotli-of-nothing", [0x3B])
        other("uuencoded", "begin 644 bundle.tar\n`\nend\n")
        other("base64-encoded", "begin-base64 644 bundle.tar\n====\n")
    }

    private mutating func addArchivesOfNothing() {
        let empty = Zip([]).bytes()
        add(.read, "zip-without-entries", .bundleArchiveInvalid, file: "bundle.zip", empty)
        let gzip = Gzip().member([])
        add(.read, "gzip-of-nothing", .bundleArchiveInvalid, file: "bundle.tar.gz", gzip)
        let zstd = Zstd.frame([], windowLog: 20)
        add(.read, "zstd-of-nothing", .bundleArchiveInvalid, file: "bundle.tar.zst", zstd)
        let zeros = Zstd.frame([], zeros: 1024)
        add(.verify, "zstd-of-an-end-marker", .bundleOrder, file: "bundle.tar.zst", zeros)
    }

    /// What a reader that tries all that it knows would go on with.
    private mutating func addStackedFilters() {
        let tar = Tar.bytes(of: sound.entries())
        let zip = Zip(sound.entries()).bytes()
        let gzip = Gzip().member(tar)
        stacked("gzip-of-a-zip", "gz", Gzip().member(zip))
        stacked("gzip-of-a-gzip", "gz", Gzip().member(gzip))
        stacked("zstd-of-a-zstd", "zst", Zstd.frame(Zstd.frame(tar, windowLog: 20), windowLog: 20))
        stacked("zstd-of-a-zstd-of-128-mib", "zst", Zstd.frame(Zstd.frame(tar, windowLog: 27), windowLog: 20))
        stacked("xz-of-an-xz", "xz", Xz().stream(Xz().stream(tar)))
        stacked("gzip-of-a-zstd", "gz", Gzip().member(Zstd.frame(tar, windowLog: 20)))
        stacked("zstd-of-a-zip", "zst", Zstd.frame(zip, windowLog: 20))
        stacked("zstd-of-a-gzip", "zst", Zstd.frame(gzip, windowLog: 20))
        stacked("zstd-of-an-xz", "zst", Zstd.frame(Xz().stream(tar), windowLog: 20))
        stacked("gzip-of-a-letter", "gz", Gzip().member(Array("This is a letter.\n".utf8)))
        stacked("zstd-of-a-cpio", "zst", Zstd.frame(Array("070701".utf8), windowLog: 20))
    }

    private mutating func stacked(_ name: String, _ suffix: String, _ bytes: [UInt8]) {
        add(.read, name, .bundleArchiveInvalid, file: "bundle.tar.\(suffix)", bytes)
    }

    private mutating func other(_ name: String, _ bytes: [UInt8]) {
        add(.read, name, .bundleFormatUnsupported, file: "bundle.tar", bytes)
    }

    private mutating func other(_ name: String, _ text: String) { other(name, Array(text.utf8)) }
}
