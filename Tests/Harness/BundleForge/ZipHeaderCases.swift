import HostModel

/// A ZIP that says one thing to who walks its local headers, and another to who walks its central directory.
extension CaseBook {
    mutating func addZipHeaderCases() {
        addDisagreements()
        addExtraFields()
        addZip64Cases()
        addDescriptorCases()
        addDirectoryCases()
        addEndCases()
        addFeatureCases()
        addZipNames()
        addZipKinds()
        addAmbiguousKinds()
        addDeflateCases()
    }

    // MARK: Two headers

    private mutating func addDisagreements() {
        for (name, field, bytes) in [
            ("flags", 0, [0x00, 0x08]), ("methods", 2, [8, 0]), ("crcs", 8, [1, 2, 3, 4]),
            ("packed-sizes", 12, [1, 0, 0, 0]), ("sizes", 16, [1, 0, 0, 0]),
        ] as [(String, Int, [UInt8])] {
            part("zip-two-\(name)-the-local-wrong") { $0.putLocal(bytes, at: field) }
            part("zip-two-\(name)-the-central-wrong") { $0.putCentral(bytes, at: field) }
        }
        part("zip-two-names-of-two-lengths") { $0.local.name += Array(".png".utf8) }
        part("zip-two-names-in-letter-case") { $0.local.name = Array("data/B.txt".utf8) }
        part("zip-two-names-above-the-root") { $0.local.name = Array("../../b.txt".utf8) }
        part("zip-without-a-local-name") { $0.local.name = [] }
        part("zip-without-a-central-name") { $0.central.name = [] }
        part("zip-local-sizes-of-zero") { $0.putLocal([UInt8](repeating: 0, count: 8), at: 12) }
        part("zip-without-local-header") { $0.local.fixed.flip(0) }
        part("zip-without-central-header") { $0.central.fixed.flip(0) }
        part("zip-local-name-not-utf-8") { $0.local.name = Array("data/".utf8) + [0xFF] }
        part("zip-encrypted-in-the-local-header-alone") { $0.putLocal([1, 0], at: 0) }
        part("zip-encrypted-in-the-central-header-alone") { $0.putCentral([1, 0], at: 0) }
        zip("zip-encrypted-first-entry-alone") { $0.onParts = { $0[0].put([1, 0], at: 0) } }
        deflated("zip-deflate-two-packed-sizes-the-local-wrong") { $0.putLocal([8, 0, 0, 0], at: 12) }
        deflated("zip-deflate-two-packed-sizes-the-central-wrong") { $0.putCentral([8, 0, 0, 0], at: 12) }
        deflated("zip-deflate-with-a-size-of-zero-in-the-central-header") { $0.putCentral([0, 0, 0, 0], at: 16) }
        part("zip-stored-with-two-sizes") { $0.put([3, 0, 0, 0], at: 16) }
    }

    // MARK: Extra fields

    private mutating func addExtraFields() {
        let name = Array("data/c.txt".utf8)
        // Version, CRC of the name in the header, name.
        let path = [1] + Zip.number(Checksum.crc32(Array("data/b.txt".utf8))) + name
        part("zip-unicode-path") { $0.add(extra: 0x7075, path) }
        part("zip-unicode-path-in-the-local-header") { $0.local.extra = Zip.block(0x7075, path) }
        part("zip-unicode-path-in-the-central-header") { $0.central.extra = Zip.block(0x7075, path) }
        part("zip-unicode-comment") { $0.add(extra: 0x6375, path) }
        for (name, id) in [("long", 0x2605), ("short", 0x2805)] as [(String, UInt16)] {
            let other = Array("ZPIT".utf8) + [UInt8(path.count - 5)] + path.dropFirst(5)
            part("zip-with-the-\(name)-field-of-zipit") { $0.add(extra: id, other) }
        }
        // Which fields follow: version, attributes; a link's mode.
        part("zip-with-attributes-of-libarchive") { $0.add(extra: 0x6C78, [0x05, 0x1E, 0x03, 0, 0, 0xFF, 0xA1]) }
        part("zip-extra-field-twice") { part in
            for _ in 0..<2 { part.add(extra: 0x5455, [1, 0, 0, 0, 0]) }
        }
        part("zip-extra-field-over-its-end") { $0.central.extra = [0x55, 0x54, 9, 0, 1] }
        part("zip-local-extra-field-over-its-end") { $0.local.extra = [0x55, 0x54, 9, 0, 1] }
        part("zip-extra-field-of-three-bytes") { $0.central.extra = [0x55, 0x54, 0] }
        part("zip-entry-comment-into-the-end") { $0.central.fixed[32] = 3 }
    }

    // MARK: ZIP64

    private mutating func addZip64Cases() {
        let ones: [UInt8] = [0xFF, 0xFF, 0xFF, 0xFF]
        part("zip64-sizes-off-by-4-gib") { part in
            part.putCentral(ones + ones, at: 12)
            part.central.extra = Zip.wide((4 << 30) + 2, (4 << 30) + 2)
        }
        part("zip64-sizes-off-by-4-gib-in-the-local-header") { part in
            part.putLocal(ones + ones, at: 12)
            part.local.extra = Zip.wide((4 << 30) + 2, (4 << 30) + 2)
        }
        part("zip64-two-sizes") { part in
            part.put(ones + ones, at: 12)
            part.local.extra = Zip.wide(2, 2)
            part.central.extra = Zip.wide(3, 3)
        }
        part("zip64-sizes-negative") { part in
            part.put(ones + ones, at: 12)
            part.add(extra: 1, [UInt8](repeating: 0xFF, count: 16))
        }
        part("zip64-sizes-missing") { $0.put(ones + ones, at: 12) }
        part("zip64-sizes-that-nothing-asks-for") { $0.central.extra = Zip.wide(2, 2) }
        part("zip64-one-size-of-two") { part in
            part.put(ones + ones, at: 12)
            part.add(extra: 1, Zip.number(UInt64(2)))
        }
        part("zip64-one-size-of-two-in-the-local-header") { part in
            part.putLocal(ones, at: 12)
            part.local.extra = Zip.wide(2)
        }
        part("zip64-sizes-that-nothing-asks-for-in-the-local-header") { $0.local.extra = Zip.wide(2, 2) }
        part("zip64-field-of-four-bytes") { part in
            part.putCentral(ones, at: 16)
            part.central.extra = Zip.block(1, [2, 0, 0, 0])
        }
        part("zip64-field-twice") { part in
            part.putCentral(ones + ones, at: 12)
            part.central.extra = Zip.wide(2, 2) + Zip.wide(3, 3)
        }
        part("zip64-offset-twice-and-different") { part in
            part.putCentral(ones + ones, at: 12)
            part.central.extra = Zip.wide(2, 2, 0)
        }
        for (name, sizes) in [("one-size", [2]), ("no-size", [])] as [(String, [UInt64])] {
            zip("zip64-offset-twice-beside-\(name)") {
                $0.onParts = { parts in
                    let offset = parts[..<5].reduce(0) { $0 + $1.localBytes.count + $1.content.count }
                    if !sizes.isEmpty { parts[5].putCentral(ones, at: 16) }
                    parts[5].central.extra = Zip.block(1, (sizes + [UInt64(offset)]).flatMap { Zip.number($0) })
                }
            }
        }
        part("zip64-offset-of-another-entry") { part in
            part.offset = .max
            part.central.extra = Zip.wide(0)
        }
        part("zip64-offset-over-the-end") { part in
            part.offset = .max
            part.central.extra = Zip.wide(UInt64(Int64.max))
        }
        part("zip64-on-another-disk") { part in
            part.central.fixed.put([0xFF, 0xFF], at: 34)
            part.central.extra = Zip.block(1, [0, 0, 0, 0])
        }
        for (name, offset, bytes) in [
            ("zip64-end-with-another-count", 32, [7]), ("zip64-end-with-another-count-here", 24, [7]),
            ("zip64-end-with-another-length", 40, [1]), ("zip64-end-with-another-offset", 48, [0, 0]),
            ("zip64-end-with-more-data", 4, [45]), ("zip64-end-of-another-kind", 0, [0]),
            ("zip64-end-on-another-disk", 16, [1]), ("zip64-directory-on-another-disk", 20, [1]),
            ("zip64-locator-on-another-disk", 60, [1]), ("zip64-locator-elsewhere", 64, [0, 0]),
            ("zip64-locator-over-the-end", 71, [0x7F]), ("zip64-locator-of-two-disks", 72, [2]),
        ] as [(String, Int, [UInt8])] {
            readZip64(name) { $0.put(bytes, at: offset) }
        }
        readZip64("zip64-locator-twice") { $0 += $0[56...] }
        readZip64("zip64-locator-alone") { $0.removeFirst(56) }
        readZip64("zip64-end-in-the-way") { $0 = $0 + $0[..<56] }
    }

    /// A ZIP with ZIP64 records, which say what the end record says, but for `lie`.
    private mutating func readZip64(_ name: String, _ lie: @escaping (inout [UInt8]) -> Void) {
        zip(name) {
            $0.zip64 = { end in
                var records = Zip.records(before: end)
                lie(&records)
                return records
            }
        }
    }

    // MARK: Data descriptors

    private mutating func addDescriptorCases() {
        descriptor("zip-descriptor-missing") { $0.removeAll() }
        descriptor("zip-descriptor-without-signature") { $0.removeFirst(4) }
        descriptor("zip-descriptor-of-another-signature") { $0.flip(0) }
        descriptor("zip-descriptor-with-a-wrong-crc") { $0.flip(4) }
        descriptor("zip-descriptor-with-a-wrong-packed-size") { $0.flip(8) }
        descriptor("zip-descriptor-with-a-wrong-size") { $0.flip(12) }
        descriptor("zip-descriptor-cut") { $0.removeLast(1) }
        descriptor("zip-descriptor-twice") { $0 += $0 }
        descriptor("zip-descriptor-of-64-bits") {
            $0 = Array($0[..<8]) + Zip.number(UInt64(7)) + Zip.number(UInt64(2))
        }
        deflated("zip-descriptor-of-32-bits-beside-zip64") { part in
            part.useDescriptor()
            part.local.extra = Zip.block(1, [])
        }
        part("zip-descriptor-unannounced") { $0.behind = Zip.number(UInt32(0x0807_4B50)) + $0.local.fixed[14..<26] }
        part("zip-descriptor-behind-what-is-stored") { $0.useDescriptor() }
        deflated("zip-descriptor-behind-what-is-deflated-in-the-local-header-alone") { part in
            part.useDescriptor()
            part.putCentral([0, 0], at: 2)
        }
        deflated("zip-descriptor-in-one-header-alone") { part in
            part.useDescriptor()
            part.putLocal([0, 0], at: 0)
        }
    }

    private mutating func descriptor(_ name: String, _ lie: @escaping (inout [UInt8]) -> Void) {
        deflated(name) { part in
            part.useDescriptor()
            lie(&part.behind)
        }
    }

    // MARK: What the central directory lists

    private mutating func addDirectoryCases() {
        zip("zip-directory-out-of-order") { $0.order = [0, 1, 2, 3, 5, 4] }
        zip("zip-entry-listed-twice") { $0.order = [0, 1, 2, 3, 4, 5, 5] }
        zip("zip-entry-not-listed") { $0.order = [0, 1, 2, 3, 5] }
        zip("zip-last-entry-not-listed") { $0.order = [0, 1, 2, 3, 4] }
        zip("zip-first-entry-not-listed") { $0.order = [1, 2, 3, 4, 5] }
        zip("zip-gap-between-entries") { $0.onParts = { $0[4].behind = [0, 0, 0, 0] } }
        zip("zip-entry-between-entries") {
            let hidden = Zip.localEntry(Self.extra("data/ab.txt"))
            $0.onParts = { $0[4].behind = hidden }
        }
        zip("zip-end-between-entries") {
            let hidden = Zip([Self.extra("data/ab.txt")]).bytes()
            $0.onParts = { $0[4].behind = hidden }
        }
        part("zip-entry-within-what-is-stored") { part in
            part.store(Zip.localEntry(Self.extra("data/b.txt")))
            part.offset = UInt32(part.localBytes.count)
        }
        part("zip-offset-of-the-entry-before") { $0.offset = 0 }
        part("zip-offset-over-the-end") { $0.offset = .max }
        part("zip-entry-on-another-disk") { $0.central.fixed[34] = 1 }
        part("zip-entry-into-the-directory") { $0.put([0xFF, 0, 0, 0, 0xFF, 0, 0, 0], at: 12) }
        zip("zip-entry-into-the-next") { $0.onParts = { $0[4].put([9, 0, 0, 0, 9, 0, 0, 0], at: 12) } }
    }

    // MARK: The end of the file

    private mutating func addEndCases() {
        let whole = Zip(sound.entries()).bytes()
        let other = Zip([Self.extra("data/c.txt")]).bytes()
        let file = "bundle.zip"
        add(.read, "zip-with-a-second-end", .bundleArchiveInvalid, file: file, whole + whole.suffix(22))
        add(.read, "zip-behind-another", .bundleArchiveInvalid, file: file, other + whole)
        add(.read, "zip-before-another", .bundleArchiveInvalid, file: file, whole + other)
        add(.read, "zip-twice", .bundleArchiveInvalid, file: file, whole + whole)
        zip("zip-with-a-zip-in-its-comment") { $0.comment = other }
        zip("zip-with-an-end-in-its-comment") { $0.comment = Zip([]).bytes() }
        let tar = Tar.bytes(of: sound.entries())
        add(.read, "tar-before-a-zip", .bundleArchiveInvalid, file: "bundle.tar", tar + whole)
        for (name, offset, bytes) in [
            ("zip-end-with-a-count-too-small", 8, [5, 0, 5]), ("zip-end-with-a-count-too-large", 8, [7, 0, 7]),
            ("zip-end-with-two-counts", 8, [5]), ("zip-end-with-a-count-of-zero", 8, [0, 0, 0]),
            ("zip-end-with-a-length-too-small", 12, [1, 0]), ("zip-end-with-a-length-of-zero", 12, [0, 0, 0, 0]),
            ("zip-end-with-an-offset-of-zero", 16, [0, 0, 0, 0]),
            ("zip-end-with-an-offset-over-the-end", 16, [0xFF, 0xFF, 0xFF, 0x7F]),
            ("zip-end-of-ones-without-zip64", 8, [UInt8](repeating: 0xFF, count: 12)),
            ("zip-end-on-another-disk", 4, [1]), ("zip-directory-on-another-disk", 6, [1]),
            ("zip-end-with-a-comment-over-the-end", 20, [1]),
        ] as [(String, Int, [UInt8])] {
            zip(name) { $0.onEnd = { $0.put(bytes, at: offset) } }
        }
        for (name, count) in [
            ("zip-cut-in-a-local-header", 20), ("zip-cut-in-a-name", 40), ("zip-cut-in-content", 100),
            ("zip-cut-in-the-directory", whole.count - 60), ("zip-cut-in-the-end-record", whole.count - 10),
        ] {
            add(.read, name, .bundleArchiveInvalid, file: file, Array(whole.prefix(count)))
        }
    }

    // MARK: What AppHost does not read

    private mutating func addFeatureCases() {
        for (name, flag) in [
            ("zip-patched", 0x0020), ("zip-strongly-encrypted", 0x0041), ("zip-with-masked-headers", 0x2000),
            ("zip-with-enhanced-deflate", 0x0010), ("zip-with-a-reserved-flag", 0x0080),
        ] as [(String, UInt16)] {
            zip(name) { $0.flags = flag }
        }
        part("zip-encrypted-by-aes") { part in
            part.put([1, 0, 99, 0], at: 0)
            part.add(extra: 0x9901, [2, 0, 0x41, 0x45, 3, 0, 0])
        }
        for (name, method) in [
            ("shrinking", 1), ("reducing", 2), ("imploding", 6), ("deflate64", 9), ("lzma", 14), ("zstd", 93),
            ("xz", 95), ("jpeg", 96), ("ppmd", 98), ("aes-alone", 99),
        ] as [(String, UInt16)] {
            forgeZip(.read, "zip-compressed-by-\(name)", .bundleFormatUnsupported) { $0.method = method }
        }
    }

    // MARK: Names

    private mutating func addZipNames() {
        zip("zip-name-not-marked-as-utf-8") { $0.entries.append(Self.extra("data/\u{E9}.txt")) }
        forgeZip(
            .read, "zip-name-not-marked-as-utf-8-listed", .bundleArchiveInvalid,
            listing: [Item.file("data/\u{E9}.txt", "e\n")]
        ) { _ in }
        for (name, bytes) in [
            ("zip-name-with-a-nul", Array("data/c.txt\u{0}.png".utf8)), ("zip-name-not-utf-8", [0x64, 0xFF]),
            ("zip-name-with-an-overlong-slash", [0x64, 0xC0, 0xAF, 0x64]),
        ] as [(String, [UInt8])] {
            zip(name) {
                var entry = Self.extra("data/c.txt")
                entry.name = bytes
                $0.entries.append(entry)
                $0.onParts = { $0[6].put([0x00, 0x08], at: 0) }
            }
        }
        for (name, path) in [
            ("zip-name-with-dot-dot", "data/../passwd"), ("zip-name-with-drive", "C:/c.txt"),
            ("zip-name-of-a-share", "\\\\host\\share"), ("zip-name-above-the-root-by-backslash", "..\\passwd"),
            ("zip-name-with-control-character", "data/\u{1B}[2J"),
        ] {
            forgeZip(.unpack, name, .bundleEntryRefused) { $0.entries.append(Self.extra(path)) }
        }
    }

    // MARK: Kinds

    private mutating func addZipKinds() {
        for (name, type) in [
            ("fifo", 0o010000), ("block-device", 0o060000), ("socket", 0o140000), ("file-of-no-kind", 0o170000),
        ] as [(String, UInt32)] {
            forgeZip(.unpack, "zip-\(name)-where-a-file-is-listed", .bundleEntryMismatch) {
                $0.onParts = { $0[5].setMode(type | 0o644) }
            }
            forgeZip(.unpack, "zip-unlisted-\(name)", .bundleEntryRefused) {
                $0.entries.append(Self.extra("data/c.txt"))
                $0.onParts = { $0[6].setMode(type | 0o644) }
            }
        }
        for (name, bits) in [("zip-setgid", 0o2755), ("zip-sticky-bit", 0o1755)] as [(String, UInt32)] {
            forgeZip(.unpack, name, .bundleEntryMismatch) { $0.entries.change("bin/run") { $0.mode = bits } }
        }
        part("zip-directory-by-its-mode-alone") { $0.setMode(0o040755) }
        forgeZip(
            .read, "zip-directory-by-its-mode-alone-listed", .bundleArchiveInvalid, listing: [Item.directory("spool")]
        ) {
            $0.onParts = { parts in
                parts[6].local.name.removeLast()
                parts[6].central.name.removeLast()
            }
        }
        part("zip-directory-with-content") { part in
            part.local.name.append(UInt8(ascii: "/"))
            part.central.name.append(UInt8(ascii: "/"))
        }
        forgeZip(
            .unpack, "zip-link-out-of-the-bundle-listed", .bundleEntryMismatch,
            listing: [Item.link("link", to: "data/a.txt")]
        ) {
            $0.entries.change("link") { $0.target = Array("/etc/passwd".utf8) }
        }
        forgeZip(.unpack, "zip-unlisted-link", .bundleEntryUnexpected) {
            $0.entries.append(Entry("link", kind: .link, mode: 0o777, target: "/etc/passwd"))
        }
    }

    // MARK: What only some take for something else

    private mutating func addAmbiguousKinds() {
        for (name, system) in [("vms", 2), ("atari", 5), ("beos", 16), ("macos", 19)] as [(String, UInt8)] {
            part("zip-link-made-on-\(name)") { part in
                part.central.fixed[5] = system
                part.setMode(0o120777)
            }
        }
        part("zip-link-by-a-field-of-its-own") { part in
            part.setMode(0)
            part.add(extra: 0x756E, [0, 0, 0, 0, 0xFF, 0xA1] + [UInt8](repeating: 0, count: 8))
        }
        for (name, system, type) in [
            ("unix", 3, 0x81A4), ("ntfs", 10, 0), ("macos", 19, 0),
        ] as [(String, UInt8, UInt32)] {
            part("zip-directory-by-its-attributes-made-on-\(name)") { part in
                part.central.fixed[5] = system
                part.central.fixed.put(Zip.number(type << 16 | 0x10), at: 38)
            }
        }
        part("zip-directory-by-its-mode-made-on-dos") { part in
            part.central.fixed[5] = 0
            part.setMode(0o040755)
        }
        part("zip-directory-by-its-attributes-alone") { part in
            part.central.fixed[5] = 0
            part.central.fixed.put([0x10, 0, 0, 0], at: 38)
        }
        part("zip-label-of-a-volume") { $0.central.fixed[38] = 0x08 }
        part("zip-label-of-a-volume-made-on-dos") { part in
            part.central.fixed[5] = 0
            part.central.fixed.put([0x08, 0, 0, 0], at: 38)
        }
        let spool = Item.directory("spool")
        last("zip-directory-with-the-mode-of-a-file-listed", spool) { $0.setMode(0o100755) }
        last("zip-directory-with-the-mode-of-a-link-listed", spool) { $0.setMode(0o120777) }
        last("zip-directory-with-content-listed", spool) { $0.store(Array("content\n".utf8)) }
        last("zip-directory-with-a-checksum-listed", spool) { $0.put([1, 2, 3, 4], at: 8) }
        last("zip-directory-deflated-with-a-size-listed", spool) { part in
            part.deflate([0x03, 0x00])
            part.put([5, 0, 0, 0], at: 16)
        }
        last("zip-directory-deflated-to-no-bytes-listed", spool) { $0.deflate([]) }
        last("zip-empty-file-deflated-to-no-bytes-listed", .file("empty", "")) { $0.deflate([]) }
        last("zip-directory-with-two-other-bytes-listed", spool) { $0.deflate([0x01, 0x00]) }
        let hidden = Zip.localEntry(Self.extra("data/hidden.txt"))
        last("zip-directory-with-compressed-bytes-listed", spool) { $0.deflate([3, 0] + hidden) }
        let link = Item.link("link", to: "data/a.txt")
        last("zip-link-deflated-listed", link) { $0.deflate(Deflate.stored($0.content)) }
        last("zip-link-with-another-checksum-listed", link) { $0.put([1, 2, 3, 4], at: 8) }
        last("zip-link-with-an-entry-behind-a-nul-listed", link) { $0.store($0.content + [0] + hidden) }
        zip("zip-that-is-the-image-of-a-disc") {
            $0.onParts = { parts in
                parts[0].local.extra = Zip.block(0xCAFE, [UInt8](repeating: 0, count: 40 << 10))
                let start = parts[0].localBytes.count - parts[0].local.extra.count
                parts[0].local.extra.put(Array("\u{1}CD001".utf8), at: 32768 - start)
            }
        }
        begunAsTar("zip-that-begins-as-a-tar") { sum, _ in Tar.octal(sum, digits: 6) + [0x20] }
        begunAsTar("zip-that-begins-as-a-tar-in-base-256") { sum, _ in Self.base256(sum) }
        // To GNU tar alone, which needs no mode.
        let text = "no mode!"
        begunAsTar("zip-that-begins-as-a-tar-behind-a-tab", mode: text) { sum, _ in [0x0B] + Tar.octal(sum, digits: 6) }
        begunAsTar("zip-that-begins-as-a-tar-in-base-256-without-a-mode", mode: text) { sum, _ in Self.base256(sum) }
        begunAsTar("zip-that-begins-as-a-tar-in-base-64-without-a-mode", mode: text) { sum, _ in
            let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
            return [UInt8(ascii: "+")] + (0..<7).reversed().map { digits[sum >> (6 * $0) & 63] }
        }
        begunAsTar("zip-that-begins-as-a-tar-without-a-checksum") { _, header in
            Self.fill(&header, toSignedSum: 0)
            return [UInt8](repeating: 0x20, count: 8)
        }
        begunAsTar("zip-that-begins-as-a-tar-with-a-minus") { _, header in
            Self.fill(&header, toSignedSum: -1)
            return Array("-000001".utf8) + [0]
        }
    }

    /// Lowers a header's sum of signed bytes by some behind its numbers.
    private static func fill(_ header: inout [UInt8], toSignedSum wanted: Int) {
        var rest = header.reduce(-wanted) { $0 + Int(Int8(bitPattern: $1)) }
        for index in 400..<512 where rest > 0 {
            let part = min(rest, 128)
            header[index] = UInt8(bitPattern: Int8(-part))
            rest -= part
        }
    }

    /// A ZIP whose first block has what a tar's has: its numbers, and a checksum of eight bytes.
    ///
    /// - Parameter checksum: makes it from the sum of the block's bytes, and may change those behind the numbers.
    private mutating func begunAsTar(
        _ name: String, mode: String = "", _ checksum: @escaping (Int, inout [UInt8]) -> [UInt8]
    ) {
        zip(name) {
            $0.onParts = { parts in
                parts[0].local.extra = Zip.block(0xCAFE, [UInt8](repeating: 0, count: 512))
                let start = parts[0].localBytes.count - parts[0].local.extra.count
                var header = Array(parts[0].localBytes.prefix(512))
                header.put(Array(mode.utf8), at: 100)
                header.put([UInt8](repeating: 0x20, count: 8), at: 148)
                let field = checksum(header.reduce(0) { $0 + Int($1) }, &header)
                header.put(field, at: 148)
                parts[0].local.extra.put(Array(header[start...]), at: 0)
            }
        }
    }

    private static func base256(_ number: Int) -> [UInt8] { [0x80] + Zip.number(UInt64(number)).prefix(7).reversed() }

    /// A ZIP of a bundle with one item more, which is wrong.
    private mutating func last(_ name: String, _ item: Item, _ lie: @escaping (inout Zip.Part) -> Void) {
        forgeZip(.read, name, .bundleArchiveInvalid, listing: [item]) {
            $0.onParts = { lie(&$0[6]) }
        }
    }

    // MARK: Deflated content

    private mutating func addDeflateCases() {
        let sound = Array("b\n".utf8)
        part("zip-deflate-of-a-reserved-type") { $0.deflate([0x07]) }
        part("zip-deflate-with-a-wrong-length") { part in
            var blocks = Deflate.stored(sound)
            blocks.flip(3)
            part.deflate(blocks)
        }
        part("zip-deflate-without-a-last-block") { $0.deflate(Deflate.stored(sound, isLast: false)) }
        part("zip-deflate-that-is-cut") { $0.deflate(Array(Deflate.stored(sound).dropLast())) }
        part("zip-deflate-before-other-bytes") { $0.deflate(Deflate.stored(sound) + [0, 0, 0, 0]) }
        part("zip-deflate-of-nothing") { $0.deflate([]) }
        part("zip-deflate-shorter-than-listed") { $0.deflate(Deflate.stored(Array(sound.dropLast()))) }
        part("zip-deflate-longer-than-listed") { $0.deflate(Deflate.stored(sound + sound)) }
        part("zip-deflate-bomb-where-a-file-is-listed") { $0.deflate(Deflate.zeros(repeats: 4096)) }
    }

    // MARK: One kind of lie each

    /// A ZIP of which the last entry is deflated, and wrong.
    private mutating func deflated(_ name: String, _ lie: @escaping (inout Zip.Part) -> Void) {
        part(name) { part in
            part.deflate(Deflate.stored(part.content))
            lie(&part)
        }
    }

    private mutating func zip(_ name: String, _ lie: (inout Zip) -> Void) {
        forgeZip(.read, name, .bundleArchiveInvalid, lie)
    }

    /// A ZIP of which the last entry is wrong.
    private mutating func part(_ name: String, _ lie: @escaping (inout Zip.Part) -> Void) {
        zip(name) { $0.onParts = { lie(&$0[5]) } }
    }
}

extension Zip {
    /// The ZIP64 end record, of 56 bytes, and its locator, which say the same as an end record.
    fileprivate static func records(before end: [UInt8]) -> [UInt8] {
        func value(_ offset: Int, _ count: Int) -> UInt64 {
            end[offset..<(offset + count)].reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
        var record = number(UInt32(0x0606_4B50)) + number(UInt64(44)) + number(UInt16(0x031E)) + number(UInt16(45))
        record += number(UInt64(0)) + number(value(8, 2)) + number(value(10, 2))
        record += number(value(12, 4)) + number(value(16, 4))
        let place = value(12, 4) + value(16, 4)
        return record + number(UInt32(0x0706_4B50)) + number(UInt32(0)) + number(place) + number(UInt32(1))
    }
}
