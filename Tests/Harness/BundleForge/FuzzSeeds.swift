/// Sound archives of every form that is read, for the fuzzers to begin with: `TestBundles/fuzz/<target>/`.
///
/// What is text there was written by hand. Nothing is cleared: findings are kept beside the seeds.
enum FuzzSeeds {
    static func write(to output: Output) throws {
        for (name, bytes) in archives + zips { try output.write(bytes, to: "fuzz/archive/\(name)") }
        for (name, bytes) in zips { try output.write(bytes, to: "fuzz/zip-layout/\(name)") }
        for (name, bytes) in zstdFrames { try output.write(bytes, to: "fuzz/zstd-layout/\(name)") }
        for (name, bytes) in xzStreams { try output.write(bytes, to: "fuzz/xz-layout/\(name)") }
        for (name, bytes) in wires { try output.write(bytes, to: "fuzz/entry-wire/\(name)") }
    }

    private typealias Seed = (name: String, bytes: [UInt8])

    private static var entries: [Entry] {
        [
            Entry("bin/run", mode: 0o755, content: Array("#!/bin/sh\n".utf8)),
            Entry("data/a.txt", content: Array("a\n".utf8)),
            Entry("empty", kind: .directory, mode: 0o755),
            Entry("link", kind: .link, mode: 0o777, target: "bin/run"),
        ]
    }

    // MARK: Tars

    private static var archives: [Seed] {
        let tar = Tar.bytes(of: entries)
        let others = [
            Entry("a.txt", content: Array("a\n".utf8)), Entry("hard", kind: .hardLink, target: "a.txt"),
            Entry("fifo", kind: .fifo), Entry("device", kind: .characterDevice),
        ]
        return [
            (name: "sound.tar", bytes: tar), (name: "sound.tar.gz", bytes: Gzip().member(tar)),
            (name: "sound.tar.zst", bytes: Zstd.frame(tar, windowLog: 13)),
            (name: "sound.tar.xz", bytes: Xz().stream(tar)),
            (name: "what-no-bundle-holds.tar", bytes: Tar.bytes(of: others)),
            (name: "pax-name.tar", bytes: extended(by: "x", record("path", "caf\u{E9}/menu.txt"))),
            (name: "pax-size.tar", bytes: extended(by: "x", record("size", "2"))),
            (name: "pax-global.tar", bytes: extended(by: "g", record("comment", "none"))),
            (name: "gnu-name.tar", bytes: extended(by: "L", Array("a/name/in/an/entry/of/its/own\u{0}".utf8))),
        ]
    }

    /// A tar with one file, before which stands an entry of another type that says more about it.
    private static func extended(by type: Unicode.Scalar, _ content: [UInt8]) -> [UInt8] {
        var more = Entry("more", content: content)
        more.headerLie = { $0[156] = UInt8(ascii: type) }
        return Tar.bytes(of: [more, Entry("a.txt", content: Array("a\n".utf8))])
    }

    /// A record of a pax header, which begins with its own length.
    ///
    /// Source: POSIX.1-2017, pax, "pax Extended Header"
    private static func record(_ key: String, _ value: String) -> [UInt8] {
        let rest = " \(key)=\(value)\n".utf8.count
        var length = rest
        while String(length).utf8.count + rest != length { length += 1 }
        return Array("\(length) \(key)=\(value)\n".utf8)
    }

    // MARK: ZIPs

    private static var zips: [Seed] {
        let deflated = Deflate.stored(OneEntry.text)
        return [
            (name: "sound.zip", bytes: Zip(entries).bytes()), (name: "empty.zip", bytes: Zip([]).bytes()),
            (name: "deflated.zip", bytes: OneEntry(method: 8, content: deflated).bytes()),
            (name: "descriptor.zip", bytes: OneEntry(method: 8, flags: 8, content: deflated).bytes()),
            (name: "zip64.zip", bytes: OneEntry(isWide: true).bytes()),
            (
                name: "zip64-descriptor.zip",
                bytes: OneEntry(method: 8, flags: 8, isWide: true, content: deflated).bytes()
            ),
        ]
    }

    /// A ZIP of one file, with what larger ones need.
    ///
    /// Source: APPNOTE.TXT 6.3.10, sections 4.3 and 4.5.3
    private struct OneEntry {
        static let text = Array("a\n".utf8)
        private static let name = Array("a.txt".utf8)

        var method: UInt16 = 0
        var flags: UInt16 = 0
        /// Whether sizes and offsets stand in 64-bit fields.
        var isWide = false
        /// As it lies in the file.
        var content = OneEntry.text

        func bytes() -> [UInt8] {
            let local = localHeader + content + descriptor
            let directory = centralHeader
            return local + directory + ends(directoryLength: directory.count, at: local.count)
        }

        private var hasDescriptor: Bool { flags & 8 != 0 }

        private var localHeader: [UInt8] {
            var bytes: [UInt8] = []
            bytes.append(littleEndian: UInt32(0x0403_4B50))
            bytes.append(littleEndian: UInt16(isWide ? 45 : 20))
            bytes += fields(areKnown: !hasDescriptor)
            bytes.append(littleEndian: UInt16(Self.name.count))
            let extra = wideField([Self.text.count, content.count], areKnown: !hasDescriptor)
            bytes.append(littleEndian: UInt16(extra.count))
            return bytes + Self.name + extra
        }

        private var centralHeader: [UInt8] {
            var bytes: [UInt8] = []
            bytes.append(littleEndian: UInt32(0x0201_4B50))
            bytes.append(littleEndian: UInt16(0x031E))
            bytes.append(littleEndian: UInt16(isWide ? 45 : 20))
            bytes += fields(areKnown: true)
            bytes.append(littleEndian: UInt16(Self.name.count))
            let extra = wideField([Self.text.count, content.count, 0], areKnown: true)
            bytes.append(littleEndian: UInt16(extra.count))
            // Comment, disk, internal attributes.
            for _ in 0..<3 { bytes.append(littleEndian: UInt16(0)) }
            bytes.append(littleEndian: UInt32(0o100644) << 16)
            bytes.append(littleEndian: isWide ? UInt32.max : 0)
            return bytes + Self.name + extra
        }

        /// Flags, method, time, date, CRC and sizes.
        private func fields(areKnown: Bool) -> [UInt8] {
            var bytes: [UInt8] = []
            for field in [flags, method, 0, 0x0021] { bytes.append(littleEndian: field) }
            bytes.append(littleEndian: areKnown ? Checksum.crc32(Self.text) : 0)
            for size in [content.count, Self.text.count] {
                bytes.append(littleEndian: isWide ? UInt32.max : areKnown ? UInt32(size) : 0)
            }
            return bytes
        }

        private func wideField(_ numbers: [Int], areKnown: Bool) -> [UInt8] {
            guard isWide else { return [] }
            var bytes: [UInt8] = []
            bytes.append(littleEndian: UInt16(1))
            bytes.append(littleEndian: UInt16(8 * numbers.count))
            for number in numbers { bytes.append(littleEndian: areKnown ? UInt64(number) : 0) }
            return bytes
        }

        private var descriptor: [UInt8] {
            guard hasDescriptor else { return [] }
            var bytes: [UInt8] = []
            bytes.append(littleEndian: UInt32(0x0807_4B50))
            bytes.append(littleEndian: Checksum.crc32(Self.text))
            for size in [content.count, Self.text.count] {
                if isWide { bytes.append(littleEndian: UInt64(size)) } else { bytes.append(littleEndian: UInt32(size)) }
            }
            return bytes
        }

        /// The end record; where it is wide, the 64-bit one and its locator before it.
        private func ends(directoryLength: Int, at offset: Int) -> [UInt8] {
            var bytes: [UInt8] = []
            if isWide {
                bytes.append(littleEndian: UInt32(0x0606_4B50))
                bytes.append(littleEndian: UInt64(44))
                for version in [UInt16(0x031E), 45] { bytes.append(littleEndian: version) }
                for disk in [UInt32(0), 0] { bytes.append(littleEndian: disk) }
                for number in [1, 1, directoryLength, offset] { bytes.append(littleEndian: UInt64(number)) }
                bytes.append(littleEndian: UInt32(0x0706_4B50))
                bytes.append(littleEndian: UInt32(0))
                bytes.append(littleEndian: UInt64(offset + directoryLength))
                bytes.append(littleEndian: UInt32(1))
            }
            bytes.append(littleEndian: UInt32(0x0605_4B50))
            bytes.append(littleEndian: UInt32(0))
            for _ in 0..<2 { bytes.append(littleEndian: isWide ? UInt16.max : 1) }
            for number in [directoryLength, offset] {
                bytes.append(littleEndian: isWide ? UInt32.max : UInt32(number))
            }
            bytes.append(littleEndian: UInt16(0))
            return bytes
        }
    }

    // MARK: Frames and streams

    private static var zstdFrames: [Seed] {
        let text = Array("apphost\n".utf8)
        // One segment of 8 bytes; a raw block and an empty one.
        var oneSegment: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0x20, 8, 0x40, 0, 0]
        oneSegment += text
        oneSegment += [1, 0, 0]
        // A byte repeated 100 times, and room for a checksum.
        let repeated: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0x04, 0, 0x23, 0x03, 0, 0x61, 0, 0, 0, 0]
        return [
            (name: "raw", bytes: Zstd.frame(text, windowLog: 10)),
            (name: "window-of-8-mib", bytes: Zstd.frame(text, windowLog: 23)),
            (name: "one-segment", bytes: oneSegment), (name: "repeated", bytes: repeated),
        ]
    }

    private static var xzStreams: [Seed] {
        // Header, an index of no blocks, footer.
        let nothing: [UInt8] = [
            0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00, 0x00, 0x04, 0xE6, 0xD6, 0xB4, 0x46, 0x00, 0x00, 0x00, 0x00, 0x1C, 0xDF,
            0x44, 0x21, 0x1F, 0xB6, 0xF3, 0x7D, 0x01, 0x00, 0x00, 0x00, 0x00, 0x04, 0x59, 0x5A,
        ]
        let stored = Xz().stream(Array("apphost\n".utf8))
        return [(name: "stored", bytes: stored), (name: "nothing", bytes: nothing)]
    }

    // MARK: What a confined process says

    private static var wires: [Seed] {
        let file = frame(1, wireEntry(0, size: 4, name: "a.txt")) + frame(2, Array("a\nb\n".utf8))
        let others =
            frame(1, wireEntry(1, name: "data")) + frame(1, wireEntry(2, name: "link", target: "a.txt"))
            + frame(1, wireEntry(4, name: "hard"))
        let end = frame(3, [])
        return [
            (name: "sound", bytes: file + others + end), (name: "nothing", bytes: end),
            (name: "unsound", bytes: file + frame(4, reason(1, text: "no end"))),
            (name: "unsound-content", bytes: file + frame(5, reason(1, text: "no end"))),
            (name: "unreadable", bytes: frame(4, reason(4, number: 5))),
            (name: "window", bytes: frame(4, reason(2, number: 16 << 20))),
        ]
    }

    private static func wireEntry(_ type: UInt8, size: UInt64 = 0, name: String, target: String = "") -> [UInt8] {
        var payload = [type]
        payload.append(littleEndian: UInt16(0o644))
        payload.append(littleEndian: size)
        payload.append(littleEndian: UInt32(name.utf8.count))
        return payload + Array((name + target).utf8)
    }

    private static func reason(_ reason: UInt8, number: UInt64 = 0, text: String = "") -> [UInt8] {
        var payload = [reason]
        payload.append(littleEndian: number)
        return payload + Array(text.utf8)
    }

    private static func frame(_ kind: UInt8, _ payload: [UInt8]) -> [UInt8] {
        var bytes = [kind]
        bytes.append(littleEndian: UInt32(payload.count))
        return bytes + payload
    }
}
