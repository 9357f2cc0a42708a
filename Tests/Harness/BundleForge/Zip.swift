/// Writes a ZIP of stored entries, with the lies that cases tell.
///
/// Source: APPNOTE.TXT 6.3.10, sections 4.3 to 4.5
struct Zip {
    var entries: [Entry]
    /// Of every entry, in both of its headers.
    var flags: UInt16 = 0
    var method: UInt16 = 0
    /// Changes what was made of the entries, before lengths and offsets are written.
    var onParts: (inout [Part]) -> Void = { _ in }
    /// Bytes between the last entry and the central directory.
    var gap: [UInt8] = []
    /// The entries, in the order in which the central directory has them; nil is the order in which they lie.
    var order: [Int]?
    /// Makes the ZIP64 records from the end record, which they stand before.
    var zip64: (([UInt8]) -> [UInt8])?
    /// Changes the end record.
    var onEnd: (inout [UInt8]) -> Void = { _ in }
    var comment: [UInt8] = []

    init(_ entries: [Entry]) { self.entries = entries }

    /// One of the two headers of an entry: all but the lengths and the offset.
    struct Header {
        var fixed: [UInt8]
        var name: [UInt8]
        var extra: [UInt8] = []

        /// - Parameter place: where the lengths of name and extra field stand.
        fileprivate func bytes(lengthsAt place: Int) -> [UInt8] {
            var bytes = fixed
            bytes.put(Zip.number(UInt16(name.count)) + Zip.number(UInt16(extra.count)), at: place)
            return bytes + name + extra
        }
    }

    /// What is made of one entry.
    struct Part {
        var local: Header
        var content: [UInt8]
        /// What stands behind the content.
        var behind: [UInt8] = []
        var central: Header
        /// Where the central header says that the local one is; nil is the truth.
        var offset: UInt32?

        var localBytes: [UInt8] { local.bytes(lengthsAt: 26) }

        fileprivate func centralBytes(at truth: Int) -> [UInt8] {
            var bytes = central.bytes(lengthsAt: 28)
            bytes.put(Zip.number(offset ?? UInt32(truth)), at: 42)
            return bytes
        }
    }

    func bytes() -> [UInt8] {
        var parts = entries.map(part)
        onParts(&parts)
        var file: [UInt8] = []
        var headers: [[UInt8]] = []
        for part in parts {
            headers.append(part.centralBytes(at: file.count))
            file += part.localBytes + part.content + part.behind
        }
        file += gap
        let order = order ?? Array(headers.indices)
        let directory = order.flatMap { headers[$0] }
        return file + directory + end(count: order.count, length: directory.count, at: file.count)
    }

    /// An entry as it stands before the central directory, for hiding one there.
    static func localEntry(_ entry: Entry) -> [UInt8] {
        let part = Zip([]).part(entry)
        return part.localBytes + part.content
    }

    private func part(_ entry: Entry) -> Part {
        // A link's content is its target.
        let content = entry.kind == .link ? entry.target : entry.content
        let name = entry.kind == .directory ? entry.name + [UInt8(ascii: "/")] : entry.name
        let fields = commonFields(content)
        var central = Self.number(UInt32(0x0201_4B50))
        // Made on Unix, by version 3.0.
        central += Self.number(UInt16(0x031E)) + Self.number(UInt16(20)) + fields
        // Lengths of name, extra field and comment, disk, internal attributes.
        central += [UInt8](repeating: 0, count: 10)
        central += Self.number((fileType(of: entry.kind) | entry.mode) << 16)
        // The offset.
        central += [0, 0, 0, 0]
        let local = Self.number(UInt32(0x0403_4B50)) + Self.number(UInt16(20)) + fields
        return Part(
            local: Header(fixed: local + [0, 0, 0, 0], name: name), content: content,
            central: Header(fixed: central, name: name))
    }

    /// Flags, method, time, date, CRC and sizes: what both headers have.
    private func commonFields(_ content: [UInt8]) -> [UInt8] {
        var bytes = Self.number(flags) + Self.number(method) + Self.number(UInt16(0))
        // 1980-01-01
        bytes += Self.number(UInt16(0x0021))
        bytes += Self.number(Checksum.crc32(content))
        return bytes + Self.number(UInt32(content.count)) + Self.number(UInt32(content.count))
    }

    private func end(count: Int, length: Int, at offset: Int) -> [UInt8] {
        var bytes = Self.number(UInt32(0x0605_4B50)) + Self.number(UInt32(0))
        bytes += Self.number(UInt16(count)) + Self.number(UInt16(count))
        bytes += Self.number(UInt32(length)) + Self.number(UInt32(offset))
        bytes += Self.number(UInt16(comment.count))
        let records = zip64?(bytes) ?? []
        onEnd(&bytes)
        return records + bytes + comment
    }

    /// The type of a file as in `st_mode`.
    private func fileType(of kind: Entry.Kind) -> UInt32 {
        switch kind {
        case .file, .hardLink: 0o100000
        case .link: 0o120000
        case .directory: 0o040000
        case .characterDevice: 0o020000
        case .blockDevice: 0o060000
        case .fifo: 0o010000
        }
    }

    static func number(_ number: some FixedWidthInteger) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(littleEndian: number)
        return bytes
    }
}

// MARK: What cases do to a part

extension Zip.Part {
    /// Changes a field that both headers have, at its offset from the flags: 0 flags, 2 method, 8 CRC, 12 compressed
    /// size, 16 size.
    mutating func put(_ bytes: [UInt8], at field: Int) {
        putLocal(bytes, at: field)
        putCentral(bytes, at: field)
    }

    mutating func putLocal(_ bytes: [UInt8], at field: Int) { local.fixed.put(bytes, at: 6 + field) }

    mutating func putCentral(_ bytes: [UInt8], at field: Int) { central.fixed.put(bytes, at: 8 + field) }

    /// Adds a block to the extra field of both headers.
    mutating func add(extra id: UInt16, _ content: [UInt8]) {
        local.extra += Zip.block(id, content)
        central.extra += Zip.block(id, content)
    }

    /// Type and permissions as in `st_mode`.
    mutating func setMode(_ mode: UInt32) { central.fixed.put(Zip.number(mode << 16), at: 38) }

    /// Puts the values of the local header behind the content, where a reader finds them in passing.
    mutating func useDescriptor() {
        put(Zip.number(UInt16(0x0008)), at: 0)
        behind = Zip.number(UInt32(0x0807_4B50)) + local.fixed[14..<26]
        putLocal([UInt8](repeating: 0, count: 12), at: 8)
    }

    /// Stores other bytes, with their sizes and their CRC.
    mutating func store(_ bytes: [UInt8]) {
        content = bytes
        put(Zip.number(Checksum.crc32(bytes)), at: 8)
        for field in [12, 16] { put(Zip.number(UInt32(bytes.count)), at: field) }
    }

    /// Stores other bytes as deflated content; the size stays, and so does the CRC.
    mutating func deflate(_ blocks: [UInt8]) {
        content = blocks
        put(Zip.number(UInt16(8)), at: 2)
        put(Zip.number(UInt32(blocks.count)), at: 12)
    }
}

extension Zip {
    /// A block of an extra field.
    static func block(_ id: UInt16, _ content: [UInt8]) -> [UInt8] {
        number(id) + number(UInt16(content.count)) + content
    }

    /// A block with 64-bit values.
    static func wide(_ values: UInt64...) -> [UInt8] { block(0x0001, values.flatMap { number($0) }) }
}
