import HostModel

/// What stands before a tar header and changes it: GNU tar's long names, and the records of pax.
extension CaseBook {
    mutating func addTarExtensionCases() {
        addLongNameCases()
        addPaxHeaderCases()
        addPaxRecordCases()
        addPaxSizeCases()
        addOverridingCases()
        addComposedNames()
        addPackedStarts()
    }

    // MARK: GNU tar's long names

    private mutating func addLongNameCases() {
        before("tar-long-name-twice", .gnuName("data/b.txt"), .gnuName("data/c.txt"))
        before("tar-long-name-twice-the-same", .gnuName("data/b.txt"), .gnuName("data/b.txt"))
        before("tar-long-target-of-a-file", .gnuTarget("data/a.txt"))
        before("tar-long-target-twice", .gnuTarget("data/a.txt"), .gnuTarget("data/a.txt"))
        before("tar-long-name-of-nothing", .special("L"))
        before("tar-long-name-of-a-nul", .special("L", [0]))
        before("tar-long-name-with-a-nul", .special("L", Array("data/b.txt\u{0}.png\u{0}".utf8)))
        before("tar-long-name-with-two-nuls-at-its-end", .special("L", Array("data/b.txt\u{0}\u{0}".utf8)))
        before("tar-long-name-with-a-final-slash", .gnuName("data/b.txt/"))
        before("tar-long-name-and-pax-path", .gnuName("data/b.txt"), .pax(("path", "data/b.txt")))
        before("tar-pax-path-and-long-name", .pax(("path", "data/b.txt")), .gnuName("data/b.txt"))
        before("tar-bytes-behind-a-long-name", .padded("L", Array("data/b.txt".utf8), with: Array("/../passwd".utf8)))
        tar("tar-long-name-of-no-entry") { $0.append(.gnuName("data/c.txt")) }
        before("tar-long-name-over-a-mebibyte", Self.announcing("L", (1 << 20) + 1))
        before("tar-long-name-of-8-gib", Self.announcing("L", (8 << 30) - 1))
        before("tar-long-target-over-a-mebibyte", Self.announcing("K", (1 << 20) + 1))
        cut("tar-cut-after-the-header-of-a-long-name", .gnuName("data/c.txt"), to: 512)
        cut("tar-cut-in-a-long-name", .gnuName("data/c.txt"), to: 517)
        cut("tar-cut-after-a-long-name", .gnuName("data/c.txt"), to: 1024)
    }

    // MARK: Where a pax header stands

    private mutating func addPaxHeaderCases() {
        let comment = Entry.pax(("comment", "none"))
        before("tar-pax-header-twice", comment, comment)
        let none = Pax.record("comment", "none")
        before("tar-bytes-behind-a-pax-header", .padded("x", none, with: Pax.record("path", "data/c.txt")))
        before("tar-pax-headers-in-a-chain", Array(repeating: comment, count: 100))
        before("tar-pax-header-of-nothing", .special("x"))
        tar("tar-pax-header-of-no-entry") { $0.append(comment) }
        before("tar-pax-header-over-a-mebibyte", Self.announcing("x", (1 << 20) + 1))
        before("tar-pax-header-of-8-gib", Self.announcing("x", (8 << 30) - 1))
        cut("tar-cut-after-a-pax-header-block", comment, to: 512)
        cut("tar-cut-in-a-pax-header", comment, to: 517)
        cut("tar-cut-after-a-pax-header", comment, to: 1024)
        let records = Pax.record("path", "data/c.txt")
        tar("tar-global-header") { $0.insert(.special("g", Pax.record("comment", "none")), at: 0) }
        tar("tar-global-header-with-a-path") { $0.insert(.special("g", records), before: "data/b.txt") }
        tar("tar-global-header-with-a-size") {
            $0.insert(.special("g", Pax.record("size", "1024")), before: "data/b.txt")
        }
        before("tar-global-header-behind-a-pax-header", comment, .special("g", records))
    }

    // MARK: Records

    private mutating func addPaxRecordCases() {
        for (name, text) in [
            ("tar-pax-length-too-large", "99 path=data/b.txt\n"), ("tar-pax-length-too-small", "10 path=data/b.txt\n"),
            ("tar-pax-length-of-zero", "0 path=data/b.txt\n"), ("tar-pax-length-with-a-zero", "020 path=data/b.txt\n"),
            ("tar-pax-length-with-a-sign", "+20 path=data/b.txt\n"),
            ("tar-pax-length-negative", "-1 path=data/b.txt\n"),
            ("tar-pax-length-of-30-digits", String(repeating: "9", count: 30) + " path=data/b.txt\n"),
            ("tar-pax-length-of-2-to-64-and-19", "18446744073709551635 path=data/b.txt\n"),
            ("tar-pax-length-missing", "path=data/b.txt\n"), ("tar-pax-length-behind-a-space", " 20 path=data/b.txt\n"),
            ("tar-pax-length-before-a-tab", "19\tpath=data/b.txt\n"),
            ("tar-pax-record-without-equals-sign", "7 path\n"),
            ("tar-pax-record-without-line-feed", "18 path=data/b.txt"),
            ("tar-pax-record-with-another-end", "19 path=data/b.txt\u{0}"), ("tar-pax-record-without-key", "5 =a\n"),
            ("tar-pax-record-of-a-line-feed", "3 \n"), ("tar-pax-record-behind-a-line-feed", "\n19 path=data/b.txt\n"),
            ("tar-pax-record-before-a-nul", "19 path=data/b.txt\n\u{0}"),
            ("tar-pax-record-that-is-cut", "19 path=data/b.txt\n19 path=dat"),
        ] as [(String, String)] {
            before(name, .special("x", Array(text.utf8)))
        }
        before("tar-pax-path-twice", .pax(("path", "data/c.txt"), ("path", "data/b.txt")))
        before("tar-pax-path-empty", .pax(("path", "")))
        before("tar-pax-path-with-a-nul", .pax(("path", "data/b.txt\u{0}.png")))
        before("tar-pax-path-with-a-final-slash", .pax(("path", "data/b.txt/")))
        before("tar-pax-target-of-a-file", .pax(("linkpath", "data/a.txt")))
        before("tar-pax-target-empty", .pax(("linkpath", "")))
        before("tar-pax-key-unknown", .pax(("VENDOR.path", "data/c.txt")))
        before("tar-pax-key-in-capitals", .pax(("PATH", "data/c.txt")))
        before("tar-pax-character-set", .pax(("hdrcharset", "BINARY")))
        before("tar-pax-file-type", .pax(("SCHILY.filetype", "sparse")))
        before(
            "tar-pax-sparse-0.0",
            .pax(
                ("GNU.sparse.size", "1024"), ("GNU.sparse.numblocks", "1"), ("GNU.sparse.offset", "512"),
                ("GNU.sparse.numbytes", "2")))
        before("tar-pax-sparse-0.1", .pax(("GNU.sparse.size", "1024"), ("GNU.sparse.map", "512,2")))
        before(
            "tar-pax-sparse-1.0",
            .pax(
                ("GNU.sparse.major", "1"), ("GNU.sparse.minor", "0"), ("GNU.sparse.name", "data/c.txt"),
                ("GNU.sparse.realsize", "1024")))
        before("tar-pax-sparse-name-alone", .pax(("GNU.sparse.name", "data/c.txt")))
        before("tar-pax-holes-of-solaris", .pax(("SUN.holesdata", " 0 2")))
        before("tar-pax-real-size-of-star", .pax(("SCHILY.realsize", "1024")))
    }

    // MARK: A size that is said twice

    private mutating func addPaxSizeCases() {
        for (name, size) in [
            ("tar-pax-size-larger", "1024"), ("tar-pax-size-smaller", "0"), ("tar-pax-size-negative", "-2"),
            ("tar-pax-size-with-a-plus", "+2"), ("tar-pax-size-with-a-fraction", "2.0"),
            ("tar-pax-size-in-hexadecimal", "0x2"), ("tar-pax-size-empty", ""),
            ("tar-pax-size-of-2-to-63", "9223372036854775808"),
            ("tar-pax-size-of-30-digits", String(repeating: "2", count: 30)),
        ] {
            before(name, .pax(("size", size)))
        }
        // CVE-2025-62518: to a reader that goes by the tar header the content begins with an entry.
        let hidden = Tar.body(of: [Self.extra("data/hidden.txt")])
        forge(.read, "tar-pax-size-hides-an-entry", .bundleArchiveInvalid) {
            $0.onEntries = { entries in
                entries.append(.pax(("size", String(hidden.count))))
                var entry = Entry("data/c.txt", content: hidden)
                entry.headerLie = { $0.put(Tar.octal(0, digits: 11), at: 124) }
                entries.append(entry)
            }
        }
        forge(.read, "tar-pax-size-hides-an-entry-listed", .bundleArchiveInvalid) {
            $0.items.append(Item.file("data/c.txt", String(decoding: hidden, as: UTF8.self)))
            $0.onEntries = { entries in
                entries.insert(.pax(("size", String(hidden.count))), before: "data/c.txt")
                entries.change("data/c.txt") { $0.headerLie = { $0.put(Tar.octal(0, digits: 11), at: 124) } }
            }
        }
    }

    // MARK: A sound extension that leads elsewhere

    private mutating func addOverridingCases() {
        for (kind, entry) in [("long-name", Entry.gnuName), ("pax-path", { Entry.pax(("path", $0)) })]
            as [(String, (String) -> Entry)]
        {
            unpacked("tar-\(kind)-above-the-root", .bundleEntryRefused, entry("../passwd"))
            unpacked("tar-\(kind)-absolute", .bundleEntryRefused, entry("/etc/passwd"))
            let deep = String(repeating: "n/", count: 64) + "n"
            unpacked("tar-\(kind)-of-65-components", .bundleEntryRefused, entry(deep))
            let long = String(repeating: String(repeating: "n", count: 240) + "/", count: 18) + "n"
            unpacked("tar-\(kind)-over-4096-bytes", .bundleEntryRefused, entry(long))
            unpacked(
                "tar-\(kind)-with-a-component-of-256-bytes", .bundleEntryRefused,
                entry(String(repeating: "n", count: 256)))
            unpacked("tar-\(kind)-of-another-entry", .bundleOrder, entry("data/a.txt"))
            unpacked("tar-\(kind)-of-a-sidecar", .bundleOrder, entry(Sidecar.manifest))
            unpacked("tar-\(kind)-unlisted", .bundleEntryUnexpected, entry("data/aa.txt"))
        }
        for (name, entry) in [
            ("tar-long-target-out-of-the-bundle-listed", Entry.gnuTarget("../../etc/passwd")),
            ("tar-pax-target-out-of-the-bundle-listed", .pax(("linkpath", "../../etc/passwd"))),
        ] {
            forge(.unpack, name, .bundleEntryMismatch) {
                $0.items.append(Item.link("link", to: "data/a.txt"))
                $0.onEntries = { $0.insert(entry, before: "link") }
            }
        }
    }

    /// The same letters in other bytes: to some readers the same name.
    private mutating func addComposedNames() {
        forge(.unpack, "tar-pax-path-in-another-form-listed", .bundleEntryUnexpected) {
            $0.items.append(Item.file("data/caf\u{E9}.txt", "c\n"))
            $0.onEntries = { $0.insert(.pax(("path", "data/cafe\u{301}.txt")), at: $0.count - 1) }
        }
        forge(.unpack, "tar-pax-target-in-another-form-listed", .bundleEntryMismatch) {
            $0.items += [Item.file("data/caf\u{E9}.txt", "c\n"), Item.link("link", to: "data/caf\u{E9}.txt")]
            $0.onEntries = { $0.insert(.pax(("linkpath", "data/cafe\u{301}.txt")), before: "link") }
        }
    }

    /// A header that some unpack, because of how its name begins: a frame of zstd that is passed over, and the like.
    private mutating func addPackedStarts() {
        let starts = [
            ("as-a-frame-of-zstd", "P*M\u{18}\u{4}\u{2}"), ("as-a-bzip2", "BZh91AY&SY"), ("as-an-lzip", "LZIP\u{1}"),
            ("with-a-line-feed", "a\nbegin 644 b\n"), ("with-a-uuencoded-file", "begin 644 b"),
        ]
        for (what, start) in starts {
            let header = Entry.special("x", name: start, Pax.record("comment", "none"))
            tar("tar-that-begins-\(what)") { $0.insert(header, at: 0) }
            let packed = Gzip().member(Tar.bytes(of: [header] + sound.entries()))
            add(.read, "gzip-of-a-tar-that-begins-\(what)", .bundleArchiveInvalid, file: "bundle.tar.gz", packed)
        }
    }

    // MARK: One kind of lie each

    private mutating func tar(_ name: String, _ lie: @escaping (inout [Entry]) -> Void) {
        forge(.read, name, .bundleArchiveInvalid) { $0.onEntries = lie }
    }

    /// A tar with these before the last entry.
    private mutating func before(_ name: String, _ extensions: Entry...) { before(name, extensions) }

    private mutating func before(_ name: String, _ extensions: [Entry]) {
        tar(name) { $0.insert(contentsOf: extensions, at: $0.count - 1) }
    }

    private mutating func unpacked(_ name: String, _ code: FailureCode, _ entry: Entry) {
        forge(.unpack, name, code) { $0.onEntries = { $0.insert(entry, at: $0.count - 1) } }
    }

    /// A tar that ends in an extension, or behind it.
    private mutating func cut(_ name: String, _ entry: Entry, to count: Int) {
        let bytes = Tar.body(of: sound.entries()) + Tar.body(of: [entry]).prefix(count)
        add(.read, name, .bundleArchiveInvalid, file: "bundle.tar", bytes)
    }

    /// An extension that says to be of `size` bytes.
    static func announcing(_ letter: Unicode.Scalar, _ size: Int) -> Entry {
        var entry = Entry("special")
        entry.headerLie = { header in
            header[156] = UInt8(ascii: letter)
            header.put(Tar.octal(size, digits: 11), at: 124)
        }
        return entry
    }
}

extension Entry {
    static func gnuName(_ name: String) -> Entry { special("L", Array(name.utf8) + [0]) }

    static func gnuTarget(_ target: String) -> Entry { special("K", Array(target.utf8) + [0]) }

    /// An extension whose padding holds more.
    static func padded(_ letter: Unicode.Scalar, _ content: [UInt8], with more: [UInt8]) -> Entry {
        var entry = CaseBook.announcing(letter, content.count)
        entry.content = content + more
        return entry
    }

    static func pax(_ records: (String, String)...) -> Entry {
        special("x", records.flatMap { Pax.record($0.0, $0.1) })
    }
}

/// Source: POSIX.1-2017, pax, "pax Extended Header"
enum Pax {
    /// A record with its own length before it.
    static func record(_ key: String, _ value: String) -> [UInt8] {
        let rest = " \(key)=\(value)\n"
        var length = rest.utf8.count + 1
        while String(length).utf8.count + rest.utf8.count != length { length += 1 }
        return Array("\(length)\(rest)".utf8)
    }
}
