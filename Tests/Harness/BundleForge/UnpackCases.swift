import HostModel

/// A payload that is not what the inventory lists: refused at the first entry that is not as it should be.
extension CaseBook {
    mutating func addUnpackCases() {
        addEntryCases()
        addKindCases()
        addModeCases()
        addContentCases()
        addPathNameCases()
        addZipCases()
    }

    // MARK: Which entries there are, and in which order

    private mutating func addEntryCases() {
        entries("extra-entry", .bundleEntryUnexpected) { $0.append(Self.extra("data/c.txt")) }
        entries("extra-entry-between", .bundleEntryUnexpected) { $0.insert(Self.extra("bin/sh"), before: "data/a.txt") }
        entries("extra-entry-below-a-file", .bundleEntryUnexpected) {
            $0.insert(Self.extra("data/a.txt/c"), before: "data/b.txt")
        }
        entries("extra-empty-directory", .bundleEntryUnexpected) {
            $0.append(Entry("spool", kind: .directory, mode: 0o755))
        }
        entries("extra-link", .bundleEntryUnexpected) {
            $0.append(Entry("link", kind: .link, mode: 0o777, target: "data/a.txt"))
        }
        entries("implied-directory-has-an-entry", .bundleEntryUnexpected) {
            $0.insert(Entry("data", kind: .directory, mode: 0o755), before: "data/a.txt")
        }
        entries("receipt-in-the-archive", .bundleEntryUnexpected) {
            $0.insert(Self.extra("apphost/receipt.json"), before: "bin/run")
        }
        entries("sidecar-of-another-name", .bundleEntryUnexpected) {
            $0.insert(Self.extra("apphost/extra"), before: "bin/run")
        }
        entries("sidecar-in-capitals", .bundleEntryUnexpected) {
            $0.insert(Self.extra("APPHOST/manifest.json"), before: "bin/run")
        }
        entries("inventory-twice", .bundleEntryUnexpected) { $0.insert($0[1], before: "bin/run") }
        entries("manifest-twice", .bundleOrder) { $0.insert($0[2], before: "bin/run") }
        entries("missing-entry", .bundleEntryMissing) { $0.omit("data/a.txt") }
        entries("missing-first-entry", .bundleEntryMissing) { $0.omit("bin/run") }
        entries("missing-last-entry", .bundleEntryMissing) { $0.omit("data/b.txt") }
        entries("missing-payload", .bundleEntryMissing) { $0.removeLast(3) }
        entries("repeated-entry", .bundleOrder) { $0.insert($0[4], before: "data/b.txt") }
        entries("repeated-last-entry", .bundleOrder) { $0.append($0[5]) }
        entries("swapped-entries", .bundleEntryMissing) { $0.swapAt(4, 5) }
        forge(.unpack, "link-out-of-place", .bundleOrder) {
            $0.items.append(Item.link("data/a-link", to: "b.txt"))
            $0.onEntries = { $0.swapAt($0.place(of: "data/a-link"), $0.place(of: "data/a.txt")) }
        }
        forge(.unpack, "missing-empty-directory", .bundleEntryMissing) {
            $0.items.append(Item.directory("spool"))
            $0.onEntries = { $0.omit("spool") }
        }
        forge(.unpack, "entry-below-a-link", .bundleEntryUnexpected) {
            $0.items.append(Item.link("lib", to: "data"))
            $0.onEntries = { $0.append(Entry("lib/c.txt", content: Array("c\n".utf8))) }
        }
        forge(.unpack, "entry-in-an-empty-directory", .bundleEntryUnexpected) {
            $0.items.append(Item.directory("spool"))
            $0.onEntries = { $0.append(Entry("spool/c.txt", content: Array("c\n".utf8))) }
        }
    }

    // MARK: What stands where a file, a link or a directory is listed

    private mutating func addKindCases() {
        let inPlaceOfFile: [(String, Entry.Kind)] = [
            ("link-where-a-file-is-listed", .link), ("directory-where-a-file-is-listed", .directory),
            ("hard-link-where-a-file-is-listed", .hardLink), ("fifo-where-a-file-is-listed", .fifo),
            ("character-device-where-a-file-is-listed", .characterDevice),
            ("block-device-where-a-file-is-listed", .blockDevice),
        ]
        for (name, kind) in inPlaceOfFile {
            entries(name, .bundleEntryMismatch) {
                $0.change("data/b.txt") { $0 = Entry("data/b.txt", kind: kind, target: "data/a.txt") }
            }
        }
        let unlisted: [(String, Entry.Kind)] = [
            ("unlisted-hard-link", .hardLink), ("unlisted-fifo", .fifo),
            ("unlisted-character-device", .characterDevice), ("unlisted-block-device", .blockDevice),
        ]
        for (name, kind) in unlisted {
            entries(name, .bundleEntryRefused) { $0.append(Entry("extra", kind: kind, target: "data/a.txt")) }
        }
        let inPlaceOfLink: [(String, Entry)] = [
            ("file-where-a-link-is-listed", Entry("link", content: Array("a\n".utf8))),
            ("directory-where-a-link-is-listed", Entry("link", kind: .directory, mode: 0o755)),
            ("hard-link-where-a-link-is-listed", Entry("link", kind: .hardLink, target: "data/a.txt")),
            ("link-to-another-target", Entry("link", kind: .link, mode: 0o777, target: "data/b.txt")),
            ("link-to-the-target-in-another-way", Entry("link", kind: .link, mode: 0o777, target: "./data/a.txt")),
            ("link-out-of-the-bundle", Entry("link", kind: .link, mode: 0o777, target: "/etc/passwd")),
        ]
        for (name, entry) in inPlaceOfLink {
            forge(.unpack, name, .bundleEntryMismatch) {
                $0.items.append(Item.link("link", to: "data/a.txt"))
                $0.onEntries = { $0.change("link") { $0 = entry } }
            }
        }
        let inPlaceOfDirectory: [(String, Entry)] = [
            ("file-where-a-directory-is-listed", Entry("spool")),
            ("link-where-a-directory-is-listed", Entry("spool", kind: .link, mode: 0o777, target: "data")),
            ("fifo-where-a-directory-is-listed", Entry("spool", kind: .fifo)),
            ("directory-with-sticky-bit", Entry("spool", kind: .directory, mode: 0o1755)),
            ("directory-with-setgid", Entry("spool", kind: .directory, mode: 0o2755)),
        ]
        for (name, entry) in inPlaceOfDirectory {
            forge(.unpack, name, .bundleEntryMismatch) {
                $0.items.append(Item.directory("spool"))
                $0.onEntries = { $0.change("spool") { $0 = entry } }
            }
        }
    }

    // MARK: Modes

    private mutating func addModeCases() {
        mode("file-with-setuid", "bin/run", 0o4755)
        mode("file-with-setgid", "bin/run", 0o2755)
        mode("file-with-sticky-bit", "data/a.txt", 0o1644)
        mode("execute-bit-missing", "bin/run", 0o644)
        mode("execute-bit-of-others-alone", "bin/run", 0o655)
        mode("execute-bit-added", "data/a.txt", 0o755)
        mode("execute-bit-added-for-the-owner-alone", "data/a.txt", 0o744)
    }

    // MARK: Content

    private mutating func addContentCases() {
        content("content-flipped-byte", .bundleDigestMismatch) { $0.flip(0) }
        content("content-of-another-file", .bundleDigestMismatch) { $0 = Array("b\n".utf8) }
        content("content-longer", .bundleEntryMismatch) { $0.append(0x0A) }
        content("content-shorter", .bundleEntryMismatch) { $0.removeLast(1) }
        content("content-empty", .bundleEntryMismatch) { $0.removeAll() }
    }

    // MARK: Names

    private mutating func addPathNameCases() {
        name("name-with-dot-dot", "data/../passwd")
        name("name-above-the-root", "../passwd")
        name("name-absolute", "/etc/passwd")
        name("name-with-backslash", "data\\c.txt")
        name("name-with-drive", "C:/c.txt")
        name("name-with-control-character", "data/\u{7F}.txt")
        name("name-with-bidirectional-control", "data/\u{202E}txt.exe")
        name("name-with-empty-component", "data//c.txt")
        entries("name-not-utf-8", .bundleEntryRefused) {
            var entry = Self.extra("data/c.txt")
            entry.name = Array("data/".utf8) + [0xFF]
            $0.append(entry)
        }
        entries("name-with-dot-slash", .bundleEntryRefused) {
            $0.change("data/a.txt") { $0.name = Array("./data/a.txt".utf8) }
        }
        entries("name-in-another-letter-case", .bundleEntryUnexpected) {
            $0.change("data/a.txt") { $0.name = Array("data/A.txt".utf8) }
        }
    }

    // MARK: The same in a ZIP

    private mutating func addZipCases() {
        forgeZip(.unpack, "zip-extra-entry", .bundleEntryUnexpected) { $0.entries.append(Self.extra("data/c.txt")) }
        forgeZip(.unpack, "zip-missing-entry", .bundleEntryMissing) { $0.entries.omit("data/a.txt") }
        forgeZip(.unpack, "zip-repeated-entry", .bundleOrder) { $0.entries.append($0.entries[5]) }
        // Each in the way of one that is listed, for who overwrites, and for who keeps the first.
        for (name, path, code) in [
            ("-with-an-empty-component", "data//b.txt", .bundleEntryRefused),
            ("-with-a-dot", "./data/b.txt", .bundleEntryRefused),
            ("-within-a-dot", "data/./b.txt", .bundleEntryRefused),
            ("-ending-with-a-dot", "data/b.txt/.", .bundleEntryRefused),
            ("-absolute", "/data/b.txt", .bundleEntryRefused),
            ("-with-a-backslash", "data\\b.txt", .bundleEntryRefused),
            ("-above-the-root", "../data/b.txt", .bundleEntryRefused),
            ("-in-letter-case", "data/b.TXT", .bundleEntryUnexpected), ("-without-a-name", "", .bundleEntryRefused),
        ] as [(String, String, FailureCode)] {
            let other = Entry(path, content: Array("c\n".utf8))
            forgeZip(.unpack, "zip-twin\(name)", code) { $0.entries.append(other) }
            forgeZip(.unpack, "zip-twin\(name)-first", code) { $0.entries.insert(other, before: "data/b.txt") }
        }
        let twin = Entry("data/b.txt", content: Array("c\n".utf8))
        forgeZip(.unpack, "zip-twin", .bundleOrder) { $0.entries.append(twin) }
        forgeZip(.unpack, "zip-twin-first", .bundleDigestMismatch) { $0.entries.insert(twin, before: "data/b.txt") }
        forgeZip(.unpack, "zip-twin-that-is-a-link", .bundleOrder) {
            $0.entries.append(Entry("data/b.txt", kind: .link, mode: 0o777, target: "a.txt"))
        }
        for (name, code) in [
            ("manifest.json", .bundleOrder), ("inventory.jsonl", .bundleEntryUnexpected),
            ("signatures.json", .bundleEntryUnexpected),
        ] as [(String, FailureCode)] {
            forgeZip(.unpack, "zip-twin-of-\(name.prefix { $0 != "." })", code) {
                $0.entries.append(Entry("apphost/\(name)", content: []))
            }
        }
        forgeZip(.unpack, "zip-swapped-entries", .bundleEntryMissing) { $0.entries.swapAt(4, 5) }
        forgeZip(.unpack, "zip-content-flipped-byte", .bundleDigestMismatch) {
            $0.entries.change("data/a.txt") { $0.content.flip(0) }
        }
        forgeZip(.unpack, "zip-implied-directory-has-an-entry", .bundleEntryUnexpected) {
            $0.entries.insert(Entry("data", kind: .directory, mode: 0o755), before: "data/a.txt")
        }
        forgeZip(.unpack, "zip-link-where-a-file-is-listed", .bundleEntryMismatch) {
            $0.entries.change("data/b.txt") { $0 = Entry("data/b.txt", kind: .link, mode: 0o777, target: "a.txt") }
        }
        forgeZip(.unpack, "zip-device-where-a-file-is-listed", .bundleEntryMismatch) {
            $0.entries.change("data/b.txt") { $0.kind = .characterDevice }
        }
        forgeZip(.unpack, "zip-setuid", .bundleEntryMismatch) { $0.entries.change("bin/run") { $0.mode = 0o4755 } }
        forgeZip(.unpack, "zip-execute-bit-missing", .bundleEntryMismatch) {
            $0.entries.change("bin/run") { $0.mode = 0o644 }
        }
        forgeZip(.unpack, "zip-name-above-the-root", .bundleEntryRefused) {
            $0.entries.append(Self.extra("../passwd"))
        }
        forgeZip(.unpack, "zip-name-absolute", .bundleEntryRefused) { $0.entries.append(Self.extra("/etc/passwd")) }
        forgeZip(.unpack, "zip-name-with-backslash", .bundleEntryRefused) {
            $0.entries.append(Self.extra("data\\c.txt"))
        }
    }
}

// MARK: One kind of lie each

extension CaseBook {
    /// A tar with other entries.
    private mutating func entries(
        _ name: String, _ code: FailureCode, _ lie: @escaping (inout [Entry]) -> Void
    ) {
        forge(.unpack, name, code) { $0.onEntries = lie }
    }

    private mutating func mode(_ name: String, _ path: String, _ mode: UInt32) {
        entries(name, .bundleEntryMismatch) { $0.change(path) { $0.mode = mode } }
    }

    /// A tar with another content of `data/a.txt`.
    private mutating func content(_ name: String, _ code: FailureCode, _ lie: @escaping (inout [UInt8]) -> Void) {
        entries(name, code) { $0.change("data/a.txt") { lie(&$0.content) } }
    }

    /// A tar with one more entry, of a name that is no relative path.
    private mutating func name(_ name: String, _ path: String) {
        entries(name, .bundleEntryRefused) { $0.append(Self.extra(path)) }
    }

    /// An entry that no inventory lists.
    static func extra(_ path: String) -> Entry { Entry(path, content: Array("extra\n".utf8)) }
}
