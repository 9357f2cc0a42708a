import HostModel

/// A tar header that readers take for different things.
extension CaseBook {
    mutating func addTarCases() {
        addTypeCases()
        addNumberCases()
        addFieldCases()
        addContentlessCases()
    }

    // MARK: Types

    private mutating func addTypeCases() {
        for (name, letter) in [
            ("tar-file-of-the-old-type", "\u{0}"), ("tar-contiguous-file", "7"), ("tar-entry-of-unknown-type", "A"),
            ("tar-entry-of-several-volumes", "M"), ("tar-dumped-directory", "D"), ("tar-old-long-names", "N"),
            ("tar-solaris-header", "X"), ("tar-inode-only", "I"),
        ] as [(String, Unicode.Scalar)] {
            tar(name) { $0.change("data/a.txt") { $0.headerLie = { $0[156] = UInt8(ascii: letter) } } }
        }
        tar("tar-volume-label") { $0.insert(Entry.special("V", name: "label"), at: 0) }
        tar("tar-volume-label-between") { $0.insert(Entry.special("V", name: "label"), before: "data/a.txt") }
        tar("tar-sparse-file-of-old-gnu-without-holes") {
            $0.change("data/a.txt") {
                $0.headerLie = { header in
                    header[156] = UInt8(ascii: "S")
                    header.put(Array("ustar  \u{0}".utf8), at: 257)
                }
            }
        }
    }

    // MARK: Numbers

    private mutating func addNumberCases() {
        let ones = [UInt8](repeating: 0xFF, count: 11)
        let nearMost: [UInt8] = [0x80, 0, 0, 0, 0x7F] + ones.prefix(7)
        let overMost: [UInt8] = [0x80, 0, 0, 0, 0x80] + ones.prefix(7)
        field("tar-size-negative", [0xFF] + ones, at: 124)
        field("tar-size-over-64-bits", [0x80] + ones, at: 124)
        field("tar-size-of-2-to-63-less-1", nearMost, at: 124)
        field("tar-size-over-2-to-63", overMost, at: 124)
        field("tar-size-of-another-base", [0xC0] + ones, at: 124)
        field("tar-size-empty", [UInt8](repeating: 0, count: 12), at: 124)
        field("tar-size-of-spaces", [UInt8](repeating: 0x20, count: 12), at: 124)
        for (name, size) in [
            ("tar-size-with-a-letter", "0000000000z"), ("tar-size-with-an-eight", "00000000008"),
            ("tar-size-with-a-sign", "-0000000002"), ("tar-size-with-a-plus", "+0000000002"),
            ("tar-size-in-hexadecimal", "0x000000002"), ("tar-size-in-two-parts", "0000002 001"),
            ("tar-size-behind-a-nul", "\u{0}0000000002"),
        ] {
            field(name, text(size), at: 124)
        }
        field("tar-mode-with-a-letter", text("000064x"), at: 100)
        field("tar-mode-empty", [UInt8](repeating: 0, count: 8), at: 100)
        field("tar-mode-in-base-256", [0x80, 0, 0, 0, 0, 0, 1, 0xA4], at: 100)
        // One reader takes these for the end of the archive.
        field("tar-owner-of-signs", text("-------"), at: 108)
        field("tar-group-with-a-letter", text("000000x"), at: 116)
        field("tar-time-of-letters", text("zzzzzzzzzzz"), at: 136)
        field("tar-device-number-of-nines", text("9999999"), at: 329)
        field("tar-minor-device-number-of-nines", text("9999999"), at: 337)
        finished("tar-checksum-wrong") { $0.flip(152) }
        finished("tar-checksum-empty") { $0.put([UInt8](repeating: 0, count: 8), at: 148) }
        finished("tar-checksum-with-a-letter") { $0[149] = UInt8(ascii: "x") }
        // Of old, some summed bytes with a sign.
        tar("tar-checksum-of-signed-bytes") {
            var entry = Self.extra("data/\u{E9}.txt")
            entry.finishedLie = { header in
                var counted = header
                counted.put([UInt8](repeating: 0x20, count: 8), at: 148)
                let sum = counted.reduce(0) { $0 + Int(Int8(bitPattern: $1)) }
                header.put(Tar.octal(sum, digits: 6), at: 148)
            }
            $0.append(entry)
        }
        forge(.unpack, "tar-size-over-the-archive", .bundleEntryMismatch) {
            $0.onEntries = {
                $0.change("data/b.txt") { $0.headerLie = { $0.put(Tar.octal(1 << 30, digits: 11), at: 124) } }
            }
        }
    }

    // MARK: Other fields

    private mutating func addFieldCases() {
        field("tar-entry-without-magic", [UInt8](repeating: 0, count: 8), at: 257)
        field("tar-entry-of-another-version", Array("ustar\u{0}01".utf8), at: 257)
        field("tar-entry-of-another-magic", Array("USTAR\u{0}00".utf8), at: 257)
        field("tar-header-of-star", Array("tar\u{0}".utf8), at: 508)
        field("tar-name-with-a-nul", Array("data/a.txt\u{0}.png".utf8), at: 0)
        field("tar-target-with-a-nul", Array("data\u{0}/a.txt".utf8), at: 157)
        field("tar-prefix-with-a-nul", Array("\u{0}data".utf8), at: 345)
        tar("tar-gnu-header-with-a-prefix") {
            $0.change("data/a.txt") {
                $0.headerLie = { header in
                    header.put(Array("ustar  \u{0}".utf8), at: 257)
                    header.put(Array("prefix".utf8), at: 345)
                }
            }
        }
        tar("tar-file-whose-name-ends-with-a-slash") { $0.append(Self.extra("data/c/")) }
        tar("tar-file-whose-name-ends-with-a-slash-listed") {
            $0.change("data/b.txt") { $0.name.append(UInt8(ascii: "/")) }
        }
        forge(.unpack, "tar-prefix-above-the-root", .bundleEntryRefused) {
            $0.onEntries = {
                $0.change("data/b.txt") { $0.headerLie = { $0.put(Array("../..".utf8), at: 345) } }
            }
        }
        forge(.unpack, "tar-prefix-of-another-directory", .bundleEntryMissing) {
            $0.onEntries = { $0.change("data/b.txt") { $0.headerLie = { $0.put(Array("more".utf8), at: 345) } } }
        }
    }

    // MARK: Content of what has none

    private mutating func addContentlessCases() {
        for (name, kind) in [
            ("tar-hard-link-with-content", .hardLink), ("tar-link-with-content", .link),
            ("tar-directory-with-content", .directory), ("tar-fifo-with-content", .fifo),
            ("tar-device-with-content", .characterDevice),
        ] as [(String, Entry.Kind)] {
            // To a reader that goes by the type the content is the next entry.
            let hidden = Tar.body(of: [Self.extra("data/hidden.txt")])
            tar(name) { $0.append(Entry("extra", kind: kind, target: "data/a.txt", content: hidden)) }
        }
        forge(.read, "tar-link-with-content-listed", .bundleArchiveInvalid) {
            $0.items.append(Item.link("link", to: "data/a.txt"))
            $0.onEntries = { $0.change("link") { $0.content = Array("a\n".utf8) } }
        }
        forge(.read, "tar-directory-with-content-listed", .bundleArchiveInvalid) {
            $0.items.append(Item.directory("spool"))
            $0.onEntries = { $0.change("spool") { $0.content = Array("a\n".utf8) } }
        }
        tar("tar-hard-link-to-itself-with-content-listed") {
            $0.change("data/b.txt") {
                $0.kind = .hardLink
                $0.target = Array("data/b.txt".utf8)
            }
        }
    }

    // MARK: One kind of lie each

    private mutating func tar(_ name: String, _ lie: @escaping (inout [Entry]) -> Void) {
        forge(.read, name, .bundleArchiveInvalid) { $0.onEntries = lie }
    }

    /// A header with other bytes in one field.
    private mutating func field(_ name: String, _ bytes: [UInt8], at offset: Int) {
        tar(name) { $0.change("data/a.txt") { $0.headerLie = { $0.put(bytes, at: offset) } } }
    }

    /// A header that was changed after its checksum was computed.
    private mutating func finished(_ name: String, _ lie: @escaping (inout [UInt8]) -> Void) {
        tar(name) { $0.change("data/a.txt") { $0.finishedLie = lie } }
    }

    /// Ended by a NUL, as a number in a header is.
    private func text(_ text: String) -> [UInt8] { Array(text.utf8) + [0] }
}

extension Entry {
    /// An entry of a type of its own, by the letter that its header has.
    static func special(_ letter: Unicode.Scalar, name: String = "special", _ content: [UInt8] = []) -> Entry {
        var entry = Entry(name, content: content)
        entry.headerLie = { $0[156] = UInt8(ascii: letter) }
        return entry
    }
}
