/// Writes a ZIP of stored entries, with the lies that cases tell.
///
/// Source: APPNOTE.TXT 6.3.10, sections 4.3 and 4.4
struct Zip {
    var entries: [Entry]
    /// Of every entry, in both of its headers.
    var flags: UInt16 = 0
    var method: UInt16 = 0
    /// The name of the last entry in its local header; nil is the truth.
    var lastLocalName: [UInt8]?
    /// What is wrong with the CRC of the last entry.
    var lastCRCError: UInt32 = 0
    /// Bytes between the last entry and the central directory.
    var gap: [UInt8] = []
    var comment: [UInt8] = []

    init(_ entries: [Entry]) { self.entries = entries }

    func bytes() -> [UInt8] {
        var file: [UInt8] = []
        var directory: [UInt8] = []
        for (index, entry) in entries.enumerated() {
            let isLast = index == entries.count - 1
            let content = content(of: entry)
            let fields = commonFields(content, crcError: isLast ? lastCRCError : 0)
            var localName = name(of: entry)
            if isLast, let lie = lastLocalName { localName = lie }
            directory += central(entry, fields, at: UInt32(file.count))
            file += local(localName, fields) + content
        }
        file += gap
        let start = UInt32(file.count)
        return file + directory + end(directoryLength: UInt32(directory.count), at: start)
    }

    /// An entry as it stands before the central directory, for hiding one there.
    static func localEntry(_ entry: Entry) -> [UInt8] {
        let zip = Zip([])
        let content = zip.content(of: entry)
        return zip.local(zip.name(of: entry), zip.commonFields(content, crcError: 0)) + content
    }

    /// Flags, method, time, date, CRC and sizes: what both headers have.
    private func commonFields(_ content: [UInt8], crcError: UInt32) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(littleEndian: flags)
        bytes.append(littleEndian: method)
        bytes.append(littleEndian: UInt16(0))
        // 1980-01-01
        bytes.append(littleEndian: UInt16(0x0021))
        bytes.append(littleEndian: Self.crc32(content) ^ crcError)
        bytes.append(littleEndian: UInt32(content.count))
        bytes.append(littleEndian: UInt32(content.count))
        return bytes
    }

    private func local(_ name: [UInt8], _ fields: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(littleEndian: UInt32(0x0403_4B50))
        bytes.append(littleEndian: UInt16(20))
        bytes += fields
        bytes.append(littleEndian: UInt16(name.count))
        bytes.append(littleEndian: UInt16(0))
        return bytes + name
    }

    private func central(_ entry: Entry, _ fields: [UInt8], at offset: UInt32) -> [UInt8] {
        let name = name(of: entry)
        var bytes: [UInt8] = []
        bytes.append(littleEndian: UInt32(0x0201_4B50))
        // Made on Unix, by version 3.0.
        bytes.append(littleEndian: UInt16(0x031E))
        bytes.append(littleEndian: UInt16(20))
        bytes += fields
        bytes.append(littleEndian: UInt16(name.count))
        // Extra field, comment, disk, internal attributes.
        for _ in 0..<4 { bytes.append(littleEndian: UInt16(0)) }
        bytes.append(littleEndian: (fileType(of: entry.kind) | entry.mode) << 16)
        bytes.append(littleEndian: offset)
        return bytes + name
    }

    private func end(directoryLength: UInt32, at offset: UInt32) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(littleEndian: UInt32(0x0605_4B50))
        bytes.append(littleEndian: UInt32(0))
        bytes.append(littleEndian: UInt16(entries.count))
        bytes.append(littleEndian: UInt16(entries.count))
        bytes.append(littleEndian: directoryLength)
        bytes.append(littleEndian: offset)
        bytes.append(littleEndian: UInt16(comment.count))
        return bytes + comment
    }

    private func name(of entry: Entry) -> [UInt8] {
        entry.kind == .directory ? entry.name + [UInt8(ascii: "/")] : entry.name
    }

    /// A link's content is its target.
    private func content(of entry: Entry) -> [UInt8] { entry.kind == .link ? entry.target : entry.content }

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

    private static func crc32(_ bytes: [UInt8]) -> UInt32 {
        var crc = UInt32.max
        for byte in bytes {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? (crc >> 1) ^ 0xEDB8_8320 : crc >> 1 }
        }
        return ~crc
    }
}
