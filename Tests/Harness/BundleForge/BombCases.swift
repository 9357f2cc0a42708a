import HostModel

/// A little that becomes much, wherever a reader could be made to take it before anything is compared.
extension CaseBook {
    mutating func addBombCases() {
        addBombsInSidecars()
        addBombsInPayload()
        addBombsAroundEntries()
        addBombOfNames()
        addXzBombs()
        addZipBombs()
    }

    /// A quarter of a GiB, of which a frame takes 8 KiB.
    private static let large = 256 << 20

    // MARK: In the place of a sidecar, of content, or of neither

    private mutating func addBombsInSidecars() {
        bomb(.verify, "zstd-bomb-in-the-signatures", .bundleLimitExceeded, at: Sidecar.signatures)
        bomb(.verify, "zstd-bomb-in-the-inventory", .bundleLimitExceeded, at: Sidecar.inventory)
        bomb(.verify, "zstd-bomb-in-the-manifest", .bundleEntryMismatch, at: Sidecar.manifest)
    }

    private mutating func addBombsInPayload() {
        bomb(.unpack, "zstd-bomb-where-a-file-is-listed", .bundleEntryMismatch, at: "data/b.txt")
        let entries = sound.entries()
        let unlisted = Tar.body(of: entries + [Self.announcing(Self.large, "data/c.txt")])
        zstd(.unpack, "zstd-bomb-unlisted", .bundleEntryUnexpected, unlisted, zeros: Self.large)
        forge(.verify, "bomb-listed", .bundleLimitExceeded) {
            // What a signer lists is held against the host's limits before any of it is read.
            $0.onLines = { lines in
                let line = String(decoding: lines[4], as: UTF8.self)
                lines[4] = Array(line.changing("\"size\":2", to: "\"size\":1099511627776").utf8)
            }
            $0.onClaims = { $0.bytes += (1 << 40) - 2 }
        }
    }

    private mutating func addBombsAroundEntries() {
        let tar = Tar.bytes(of: sound.entries())
        let body = Tar.body(of: sound.entries())
        zstd(.read, "zstd-bomb-behind-the-end", .bundleArchiveInvalid, tar, zeros: Self.large)
        zstd(.read, "zstd-bomb-of-end-markers", .bundleArchiveInvalid, body, zeros: Self.large)
        for (name, letter) in [("zstd-bomb-in-a-pax-header", "x"), ("zstd-bomb-in-a-long-name", "L")]
            as [(String, Unicode.Scalar)]
        {
            let header = Self.announcing(letter, Self.large)
            zstd(.read, name, .bundleArchiveInvalid, body + Tar.body(of: [header]), zeros: Self.large)
        }
        // Some 2 MiB from 13 KiB.
        let gzip = Gzip().member(tar, zeros: 8192)
        add(.read, "gzip-bomb-behind-the-end", .bundleArchiveInvalid, file: "bundle.tar.gz", gzip)
        let unlisted = Tar.body(of: sound.entries() + [Self.announcing(Self.large, "data/c.txt")])
        let other = Gzip().member(unlisted, zeros: 8192)
        add(.unpack, "gzip-bomb-unlisted", .bundleEntryUnexpected, file: "bundle.tar.gz", other)
    }

    /// A bundle of which one entry, and all behind it, are zeros without an end.
    private mutating func bomb(_ step: RefusedCase.Step, _ name: String, _ code: FailureCode, at path: String) {
        let entries = sound.entries()
        let before = Array(entries.prefix(entries.place(of: path)))
        let tar = Tar.body(of: before + [Self.announcing(Self.large, path)])
        zstd(step, name, code, tar, zeros: Self.large)
    }

    /// The header of a file whose content is written elsewhere.
    private static func announcing(_ size: Int, _ path: String) -> Entry {
        var entry = Entry(path)
        entry.headerLie = { $0.put(Tar.octal(size, digits: 11), at: 124) }
        return entry
    }

    private mutating func zstd(
        _ step: RefusedCase.Step, _ name: String, _ code: FailureCode, _ content: [UInt8], zeros: Int
    ) {
        add(step, name, code, file: "bundle.tar.zst", Zstd.frame(content, zeros: zeros))
    }

    /// Links without content, each with a name and a target of a MiB: who counts only content reads many of them ahead.
    private mutating func addBombOfNames() {
        let longest = 1 << 20
        let text = Zstd.repeated(UInt8(ascii: "a"), count: longest)
        let name = Zstd.raw(Tar.body(of: [Self.announcing("L", longest)]), isLast: false) + text
        let target = Zstd.raw(Tar.body(of: [Self.announcing("K", longest)]), isLast: false) + text
        let header = Zstd.raw(Tar.body(of: [Entry("link", kind: .link, target: "target")]), isLast: false)
        var frame = Zstd.header(windowLog: 20) + Zstd.raw(Tar.body(of: sound.entries()), isLast: false)
        for _ in 0..<160 { frame += name + target + header }
        frame += Zstd.raw(Tar.endMarker, isLast: true)
        add(.unpack, "zstd-bomb-of-names", .bundleEntryRefused, file: "bundle.tar.zst", frame)
    }

    // MARK: In an xz stream

    /// As `large`, from 40 KiB.
    private mutating func addXzBombs() {
        let entries = sound.entries()
        let unlisted = Tar.body(of: entries + [Self.announcing(Self.large, "data/c.txt")])
        xz(.unpack, "xz-bomb-unlisted", .bundleEntryUnexpected, unlisted)
        let before = Array(entries.prefix(entries.place(of: Sidecar.inventory)))
        let inventory = Tar.body(of: before + [Self.announcing(Self.large, Sidecar.inventory)])
        xz(.verify, "xz-bomb-in-the-inventory", .bundleLimitExceeded, inventory)
        xz(.read, "xz-bomb-behind-the-end", .bundleArchiveInvalid, Tar.bytes(of: entries))
    }

    private mutating func xz(_ step: RefusedCase.Step, _ name: String, _ code: FailureCode, _ content: [UInt8]) {
        add(step, name, code, file: "bundle.tar.xz", Xz().stream(content, zeroChunks: Self.large / Lzma.repeatedCount))
    }

    // MARK: In a ZIP

    private mutating func addZipBombs() {
        let repeats = 4096
        forgeZip(.unpack, "zip-bomb-unlisted", .bundleEntryUnexpected) {
            let size = Zip.number(UInt32(Deflate.count(repeats: repeats)))
            $0.entries.append(Self.extra("data/c.txt"))
            $0.onParts = {
                $0[6].deflate(Deflate.zeros(repeats: repeats))
                $0[6].put(size, at: 16)
            }
        }
        forgeZip(.read, "zip-bomb-of-entries-in-one-another", .bundleArchiveInvalid) { $0.onParts = Self.nest }
        forgeZip(.read, "zip-bomb-of-one-content-for-many", .bundleArchiveInvalid) {
            for number in 0..<200 { $0.entries.append(Self.extra("data/c\(number).txt")) }
            $0.onParts = { parts in
                let shared = parts[..<6].reduce(0) { $0 + 30 + $1.local.name.count + $1.content.count }
                for index in 6..<parts.count { parts[index].offset = UInt32(shared) }
            }
        }
    }

    /// Entries of which each has the header of the next one in a stored block of its content, and goes on with the
    /// content of that: every reader of one entry goes to the end of all.
    ///
    /// Source: David Fifield, "A better zip bomb", WOOT 2019
    private static func nest(_ parts: inout [Zip.Part]) {
        let first = parts.count
        let kernel = Deflate.zeros(repeats: 64)
        var content = [UInt8](repeating: 0, count: Deflate.count(repeats: 64))
        var blocks = kernel
        var nested: [Zip.Part] = []
        for number in (0..<60).reversed() {
            var part = parts[first - 1]
            part.local.name = Array("data/c\(number / 10)\(number % 10).txt".utf8)
            part.central.name = part.local.name
            part.deflate(blocks)
            part.put(Zip.number(Checksum.crc32(content)), at: 8)
            part.put(Zip.number(UInt32(content.count)), at: 16)
            var header = part.local.fixed
            header.put(Zip.number(UInt16(part.local.name.count)), at: 26)
            header += part.local.name
            let quote = Deflate.stored(header, isLast: false)
            // What a block needs before the next entry's header; the headers are of one length.
            part.content = number == 59 ? kernel : Array(quote.prefix(5))
            nested.insert(part, at: 0)
            content = header + content
            blocks = quote + blocks
        }
        parts += nested
    }
}
