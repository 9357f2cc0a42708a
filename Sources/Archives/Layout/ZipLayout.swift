import HostModel

/// Where every entry of a ZIP file lies, read from a file that has one meaning only.
///
/// Two readers of one ZIP file can see two trees: one walks the local headers, one the central directory, and bytes
/// between them are seen by some and not by others. So the file is refused unless both say the same and leave no byte
/// over: local headers with their content, in central-directory order and from byte 0; central directory; ZIP64 records
/// where there are any; end record without a comment. Content is not read.
package struct ZipLayout: Sendable {
    package struct Entry: Sendable, Equatable {
        /// As in both headers; not checked to be a path.
        package let name: [UInt8]
        /// Whether the name ends with `/`.
        package let isDirectory: Bool
        /// 0 is stored, 8 is deflate.
        package let method: UInt16
        /// In bytes, as it lies in the file.
        package let compressedSize: Int64
        /// In bytes, once decompressed.
        package let size: Int64
        package let crc: UInt32
        /// Of the local header, from the start of the file.
        package let headerOffset: Int64
        /// Of the compressed content, from the start of the file.
        package let dataOffset: Int64
        /// Type and permissions as in `st_mode`; nil when another system than Unix made the entry.
        package let unixMode: UInt32?
    }

    /// In the order in which they lie in the file.
    package let entries: [Entry]

    /// - Throws: ``ArchiveError/invalid(_:)`` for a file that could mean two things,
    ///   ``ArchiveError/unsupportedFormat(_:)`` for a compression method other than stored and deflate, and whatever
    ///   `source` throws.
    package static func read(_ source: some ByteSource) throws -> ZipLayout {
        let directory = try ZipDirectory(in: source)
        var headers = ByteWindow(source: source, capacity: 65_536)
        var locals = ByteWindow(source: source, capacity: 512)
        var entries: [Entry] = []
        var position = directory.offset
        var next: Int64 = 0
        for _ in 0..<directory.count {
            let header = try CentralHeader(&headers, at: position, end: directory.end)
            position += Int64(header.length)
            let data = try header.checkLocal(&locals, at: next, limit: directory.offset)
            next = try header.endOfContent(&locals, from: data, limit: directory.offset)
            entries.append(header.entry(dataOffset: data.offset))
        }
        guard position == directory.end else {
            throw ArchiveError.invalid("the central directory has more than the \(directory.count) entries it counts")
        }
        guard next == directory.offset else {
            throw ArchiveError.invalid("bytes before the central directory belong to no entry")
        }
        return ZipLayout(entries: entries)
    }

    /// The most that a host takes unless it is told otherwise; what it was told counts once the statement is verified.
    static let maximumEntries = 1_000_000
    /// In bytes.
    static let maximumDirectory = 256 << 20
}

/// Where the central directory lies, as the end record and, where there is one, the ZIP64 end record say.
private struct ZipDirectory {
    let offset: Int64
    /// Where the record behind the central directory starts.
    let end: Int64
    let count: Int

    init(in source: some ByteSource) throws {
        var file = ByteWindow(source: source, capacity: 0)
        let start = source.size - Self.endLength
        guard let record = try file.bytes(at: start, count: Int(Self.endLength)), record.u32(at: 0) == 0x0605_4B50,
            record.u16(at: 20) == 0
        else {
            throw ArchiveError.invalid("the file does not end with an end record without a comment")
        }
        guard record.u16(at: 4) == 0, record.u16(at: 6) == 0 else { throw Self.severalDisks }
        if let zip64 = try Self.zip64Record(&file, before: start) {
            // The short fields hold either the value or all ones; anything else would tell old readers another story.
            guard Self.agrees(record.u16(at: 8), with: zip64.u64(at: 24)),
                Self.agrees(record.u16(at: 10), with: zip64.u64(at: 32)),
                Self.agrees(record.u32(at: 12), with: zip64.u64(at: 40)),
                Self.agrees(record.u32(at: 16), with: zip64.u64(at: 48))
            else {
                throw ArchiveError.invalid("the end record and the ZIP64 end record disagree")
            }
            try self.init(
                countHere: zip64.u64(at: 24), count: zip64.u64(at: 32), length: zip64.u64(at: 40),
                offset: zip64.u64(at: 48), end: start - Self.locatorLength - Self.zip64Length)
        } else {
            try self.init(
                countHere: UInt64(record.u16(at: 8)), count: UInt64(record.u16(at: 10)),
                length: UInt64(record.u32(at: 12)), offset: UInt64(record.u32(at: 16)), end: start)
        }
    }

    private init(countHere: UInt64, count: UInt64, length: UInt64, offset: UInt64, end: Int64) throws {
        guard countHere == count else { throw Self.severalDisks }
        guard count <= UInt64(ZipLayout.maximumEntries) else {
            throw ArchiveError.invalid("it has more than \(ZipLayout.maximumEntries) entries")
        }
        guard length <= UInt64(ZipLayout.maximumDirectory) else {
            throw ArchiveError.invalid("its central directory is larger than \(ZipLayout.maximumDirectory) bytes")
        }
        guard let place = Int64(exactly: offset), place <= end, end - place == Int64(length) else {
            throw ArchiveError.invalid("the central directory is not where the end record says")
        }
        self.offset = place
        self.end = end
        self.count = Int(count)
    }

    /// - Returns: nil when no ZIP64 locator stands directly before the end record at `start`.
    private static func zip64Record(
        _ file: inout ByteWindow<some ByteSource>, before start: Int64
    ) throws -> ArraySlice<UInt8>? {
        guard let locator = try file.bytes(at: start - locatorLength, count: Int(locatorLength)),
            locator.u32(at: 0) == 0x0706_4B50
        else { return nil }
        let place = start - locatorLength - zip64Length
        guard let record = try file.bytes(at: place, count: Int(zip64Length)), record.u32(at: 0) == 0x0606_4B50,
            locator.u64(at: 8) == UInt64(place)
        else {
            throw ArchiveError.invalid("the ZIP64 end record is not directly before its locator")
        }
        guard record.u64(at: 4) == UInt64(zip64Length) - 12 else {
            throw ArchiveError.invalid("the ZIP64 end record has extensible data")
        }
        guard locator.u32(at: 4) == 0, locator.u32(at: 16) == 1, record.u32(at: 16) == 0, record.u32(at: 20) == 0
        else { throw severalDisks }
        return record
    }

    private static func agrees<Short: FixedWidthInteger>(_ short: Short, with long: UInt64) -> Bool {
        short == Short.max || UInt64(short) == long
    }

    private static let severalDisks = ArchiveError.invalid("it is a part of an archive on several disks")
    private static let endLength: Int64 = 22
    private static let locatorLength: Int64 = 20
    private static let zip64Length: Int64 = 56
}

/// What one header of the central directory says.
private struct CentralHeader {
    let name: EntryName
    let flags: UInt16
    let method: UInt16
    let crc: UInt32
    let compressedSize: Int64
    let size: Int64
    let offset: Int64
    let unixMode: UInt32?
    /// Of this header, in bytes.
    let length: Int

    init(_ file: inout ByteWindow<some ByteSource>, at position: Int64, end: Int64) throws {
        guard end - position >= 46, let fixed = try file.bytes(at: position, count: 46),
            fixed.u32(at: 0) == 0x0201_4B50
        else { throw Self.tornDirectory }
        let nameLength = Int(fixed.u16(at: 28))
        let extraLength = Int(fixed.u16(at: 30))
        let length = 46 + nameLength + extraLength
        guard Int64(length) <= end - position, let header = try file.bytes(at: position, count: length) else {
            throw Self.tornDirectory
        }
        let name = EntryName(bytes: Array(header.part(at: 46, count: nameLength)))
        let flags = header.u16(at: 8)
        try Self.check(flags: flags, of: name)
        // Without the flag some readers take other letters for the same bytes.
        guard flags & 0x0800 != 0 || name.bytes.allSatisfy({ $0 < 0x80 }) else {
            throw ArchiveError.invalid("\(name) is not marked as UTF-8")
        }
        let method = header.u16(at: 10)
        guard method == 0 || method == 8 else {
            throw ArchiveError.unsupportedFormat("\(name) is compressed by method \(method)")
        }
        guard header.u16(at: 32) == 0 else { throw ArchiveError.invalid("\(name) has a comment") }
        guard header.u16(at: 34) == 0 else { throw ArchiveError.invalid("\(name) is on another disk") }
        let extra = try ExtraField(header.part(at: 46 + nameLength, count: extraLength), of: name)
        // In the order in which the ZIP64 block has them.
        let wide = try extra.widened([header.u32(at: 24), header.u32(at: 20), header.u32(at: 42)])
        guard method == 8 || wide[0] == wide[1] else {
            throw ArchiveError.invalid("\(name) is stored and has two sizes")
        }
        // Deflate's nothing has two bytes. Of none at all some make nothing, others an error.
        guard method == 0 || wide[1] > 0 else { throw ArchiveError.invalid("\(name) is deflated and has no bytes") }
        // What is there may hold what looks like the end, for who reads from the front.
        guard method == 8 || flags & Self.descriptorFlag == 0 || wide[0] == 0 else {
            throw ArchiveError.invalid("\(name) is stored and followed by a data descriptor")
        }
        let isMadeByUnix = header.u16(at: 4) >> 8 == 3
        try Self.check(attributes: header.u32(at: 38), isMadeByUnix: isMadeByUnix, of: name)

        self.name = name
        self.flags = flags
        self.method = method
        self.length = length
        crc = header.u32(at: 16)
        size = wide[0]
        compressedSize = wide[1]
        offset = wide[2]
        unixMode = isMadeByUnix ? header.u32(at: 38) >> 16 : nil
    }

    func entry(dataOffset: Int64) -> ZipLayout.Entry {
        ZipLayout.Entry(
            name: name.bytes, isDirectory: name.bytes.last == UInt8(ascii: "/"), method: method,
            compressedSize: compressedSize, size: size, crc: crc, headerOffset: offset, dataOffset: dataOffset,
            unixMode: unixMode)
    }

    /// Where the content of an entry starts, and how a data descriptor behind it is written.
    struct DataStart {
        let offset: Int64
        let hasZip64: Bool
    }

    /// Compares the local header with this one.
    ///
    /// - Parameters:
    ///   - position: where the entry before ends, in bytes from the start of the file.
    ///   - limit: where the central directory starts, likewise.
    func checkLocal(
        _ file: inout ByteWindow<some ByteSource>, at position: Int64, limit: Int64
    ) throws -> DataStart {
        guard offset <= position else { throw ArchiveError.invalid("bytes before \(name) belong to no entry") }
        guard offset == position else { throw ArchiveError.invalid("\(name) and the entry before it overlap") }
        guard limit - position >= 30, let fixed = try file.bytes(at: position, count: 30),
            fixed.u32(at: 0) == 0x0403_4B50
        else { throw ArchiveError.invalid("\(name) has no local header") }
        let nameLength = Int(fixed.u16(at: 26))
        let extraLength = Int(fixed.u16(at: 28))
        let length = 30 + nameLength + extraLength
        guard Int64(length) <= limit - position, let local = try file.bytes(at: position, count: length) else {
            throw ArchiveError.invalid("\(name) runs into the central directory")
        }
        guard local.part(at: 30, count: nameLength).elementsEqual(name.bytes) else { throw disagreement(about: "name") }
        guard local.u16(at: 6) == flags else { throw disagreement(about: "flags") }
        guard local.u16(at: 8) == method else { throw disagreement(about: "method") }
        guard agrees(local.u32(at: 14), with: crc) else { throw disagreement(about: "CRC") }

        let extra = try ExtraField(local.part(at: 30 + nameLength, count: extraLength), of: name)
        // Both sizes or, as newer libarchives write it before a 64-bit data descriptor, none.
        guard extra.zip64.map({ $0.count == 16 || $0.isEmpty && hasDescriptor }) ?? true else {
            throw ArchiveError.invalid("\(name) has a ZIP64 field in its local header that lacks a size")
        }
        let wide = try extra.widened([local.u32(at: 22), local.u32(at: 18)])
        guard agrees(wide[0], with: size), agrees(wide[1], with: compressedSize) else {
            throw disagreement(about: "sizes")
        }
        return DataStart(offset: position + Int64(length), hasZip64: extra.zip64 != nil)
    }

    /// - Returns: the offset of the first byte behind the content and its data descriptor.
    func endOfContent(
        _ file: inout ByteWindow<some ByteSource>, from start: DataStart, limit: Int64
    ) throws -> Int64 {
        guard compressedSize <= limit - start.offset else {
            throw ArchiveError.invalid("\(name) runs into the central directory")
        }
        let end = start.offset + compressedSize
        guard hasDescriptor else { return end }
        // A reader that streams must choose between the two forms by the local header; so do we.
        let isWide = start.hasZip64 || max(compressedSize, size) > Int64(UInt32.max)
        let length = isWide ? 24 : 16
        guard Int64(length) <= limit - end, let descriptor = try file.bytes(at: end, count: length),
            descriptor.u32(at: 0) == 0x0807_4B50
        else { throw ArchiveError.invalid("\(name) has no data descriptor with a signature") }
        let sizes =
            isWide
            ? [descriptor.u64(at: 8), descriptor.u64(at: 16)]
            : [UInt64(descriptor.u32(at: 8)), UInt64(descriptor.u32(at: 12))]
        guard descriptor.u32(at: 4) == crc, sizes == [UInt64(compressedSize), UInt64(size)] else {
            throw ArchiveError.invalid("the data descriptor of \(name) is wrong")
        }
        return end + Int64(length)
    }

    private var hasDescriptor: Bool { flags & Self.descriptorFlag != 0 }

    /// A local header that is written before the content is known holds zeros, and a data descriptor follows.
    private func agrees<Value: FixedWidthInteger>(_ local: Value, with central: Value) -> Bool {
        local == central || hasDescriptor && local == 0
    }

    private func disagreement(about what: String) -> ArchiveError {
        .invalid("the two headers of \(name) disagree about its \(what)")
    }

    private static func check(flags: UInt16, of name: EntryName) throws {
        guard flags & 0x0041 == 0 else { throw ArchiveError.invalid("\(name) is encrypted") }
        guard flags & 0x0020 == 0 else { throw ArchiveError.invalid("\(name) is a patch") }
        guard flags & 0x2000 == 0 else { throw ArchiveError.invalid("\(name) has masked headers") }
        guard flags & ~(0x0006 | descriptorFlag | 0x0800) == 0 else {
            throw ArchiveError.invalid("\(name) has flags that are not known")
        }
    }

    /// Readers differ in whose modes they believe. libarchive believes Unix's alone.
    private static func check(attributes: UInt32, isMadeByUnix: Bool, of name: EntryName) throws {
        let isDirectory = name.bytes.last == UInt8(ascii: "/")
        let type = attributes >> 16 & 0o170000
        guard isMadeByUnix || type == 0 || type == (isDirectory ? 0o040000 : 0o100000) else {
            throw ArchiveError.invalid("\(name) has a type that not every reader believes")
        }
        // MS-DOS's.
        guard isDirectory || attributes & 0x10 == 0 else {
            throw ArchiveError.invalid("\(name) is a directory by its attributes alone")
        }
        // Some pass over it.
        guard attributes & 0x08 == 0 else { throw ArchiveError.invalid("\(name) is the label of a volume") }
    }

    private static let descriptorFlag: UInt16 = 0x0008
    private static let tornDirectory = ArchiveError.invalid(
        "the central directory ends before all the entries it counts")
}

/// The name of an entry, made harmless only where a message is made: a sound archive may have a million names.
private struct EntryName: CustomStringConvertible {
    let bytes: [UInt8]

    var description: String { quoted(String(decoding: bytes, as: UTF8.self)) }
}

/// The extra field of one header, local or central.
private struct ExtraField {
    /// The content of the ZIP64 block, where there is one.
    let zip64: ArraySlice<UInt8>?
    private let name: EntryName

    init(_ bytes: ArraySlice<UInt8>, of name: EntryName) throws {
        var zip64: ArraySlice<UInt8>?
        var ids: Set<UInt16> = []
        var rest = bytes
        while !rest.isEmpty {
            guard rest.count >= 4, rest.count - 4 >= Int(rest.u16(at: 2)) else {
                throw ArchiveError.invalid("\(name) has a torn extra field")
            }
            let id = rest.u16(at: 0)
            let count = Int(rest.u16(at: 2))
            guard ids.insert(id).inserted else { throw ArchiveError.invalid("\(name) has an extra field twice") }
            guard !Self.overriding.contains(id) else {
                throw ArchiveError.invalid("\(name) has an extra field that replaces parts of its header")
            }
            if id == 0x0001 { zip64 = rest.part(at: 4, count: count) }
            rest = rest.dropFirst(4 + count)
        }
        self.zip64 = zip64
        self.name = name
    }

    /// The values of `fields`, of which those that are all ones stand in the ZIP64 block instead.
    ///
    /// Without a ZIP64 block all ones are a number like others; libarchive writes a size of 4 GiB - 1 so.
    func widened(_ fields: [UInt32]) throws -> [Int64] {
        guard let zip64 else { return fields.map { Int64($0) } }
        var rest = zip64
        var values: [Int64] = []
        for field in fields {
            guard field == UInt32.max else {
                values.append(Int64(field))
                continue
            }
            guard rest.count >= 8, let value = Int64(exactly: rest.u64(at: 0)) else { throw wrongZip64 }
            values.append(value)
            rest = rest.dropFirst(8)
        }
        // Beside two sizes Go's writer has the offset, too, where it had room in the header.
        let mayHaveOffset = fields.count == 3 && fields[..<2] == [.max, .max] && fields[2] != .max
        guard rest.isEmpty || mayHaveOffset && rest.count == 8 && rest.u64(at: 0) == UInt64(values[2]) else {
            throw wrongZip64
        }
        return values
    }

    private var wrongZip64: ArchiveError { .invalid("the ZIP64 field of \(name) does not fit its header") }

    /// Unicode path, Unicode comment; ZipIt's two, with a name; libarchive's `xl` and ASi's, which bring a file type of
    /// their own.
    private static let overriding: Set<UInt16> = [0x7075, 0x6375, 0x2605, 0x2805, 0x6C78, 0x756E]
}
