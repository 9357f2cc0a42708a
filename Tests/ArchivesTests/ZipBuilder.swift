/// Writes a ZIP file byte by byte, with whatever lies a test has put into its fields.
struct ZipBuilder {
    var entries: [Entry] = []
    /// The central directory lists the entries in this order; nil is the order in which they lie.
    var directoryOrder: [Int]?
    var beforeDirectory: [UInt8] = []
    var afterDirectory: [UInt8] = []
    var zip64: Zip64?
    var end = End()
    var trailing: [UInt8] = []

    /// A directory and two stored files: `dir/` at 0, `dir/a` at 34, `b` at 74; the central directory is at 111.
    static var sample: ZipBuilder {
        var builder = ZipBuilder()
        builder.entries = [
            Entry("dir/", "", mode: 0o040755),
            Entry("dir/a", "alpha", mode: 0o100644),
            Entry("b", "beta!!", mode: 0o100755),
        ]
        return builder
    }

    func bytes() -> [UInt8] {
        var file: [UInt8] = []
        var headers: [[UInt8]] = []
        for entry in entries {
            file += entry.gap
            headers.append(entry.centralHeader(offset: UInt32(file.count)))
            file += entry.localHeader()
            file += entry.content
            file += entry.descriptor
        }
        file += beforeDirectory
        let start = file.count
        for index in directoryOrder ?? Array(entries.indices) { file += headers[index] }
        let length = file.count - start
        file += afterDirectory
        if let zip64 { file += zip64.bytes(count: entries.count, length: length, offset: start, place: file.count) }
        file += end.bytes(count: entries.count, length: length, offset: start)
        file += trailing
        return file
    }

    /// A block of an extra field.
    static func block(_ id: UInt16, _ content: [UInt8] = []) -> [UInt8] {
        var block: [UInt8] = []
        block.put(id)
        block.put(UInt16(content.count))
        return block + content
    }

    static func zip64Block(_ values: UInt64...) -> [UInt8] {
        var content: [UInt8] = []
        for value in values { content.put(value) }
        return block(0x0001, content)
    }

    static func crc32(_ bytes: [UInt8]) -> UInt32 {
        var crc = UInt32.max
        for byte in bytes {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? (crc >> 1) ^ 0xEDB8_8320 : crc >> 1 }
        }
        return ~crc
    }
}

extension ZipBuilder {
    /// What a local and a central header both have.
    struct Header {
        var flags: UInt16 = 0
        var method: UInt16 = 0
        var crc: UInt32
        var compressedSize: UInt32
        var size: UInt32
        var name: [UInt8]
        var extra: [UInt8] = []
    }

    struct Entry {
        /// Bytes before the local header.
        var gap: [UInt8] = []
        var localSignature: UInt32 = 0x0403_4B50
        var local: Header
        var content: [UInt8]
        var descriptor: [UInt8] = []
        var central: Header
        var madeBy: UInt16 = 0x031E
        var attributes: UInt32
        var comment: [UInt8] = []
        var disk: UInt16 = 0
        /// Of the local header, as the central one says; nil is the truth.
        var offset: UInt32?

        init(_ name: String, _ text: String, mode: UInt32 = 0o100644) {
            content = Array(text.utf8)
            local = Header(
                crc: ZipBuilder.crc32(content), compressedSize: UInt32(content.count), size: UInt32(content.count),
                name: Array(name.utf8))
            central = local
            attributes = mode << 16
        }

        mutating func both(_ change: (inout Header) -> Void) {
            change(&local)
            change(&central)
        }

        /// Sets both sizes in both headers.
        mutating func setSizes(_ size: UInt32) {
            both {
                $0.compressedSize = size
                $0.size = size
            }
        }

        /// Moves CRC and sizes from the local header to behind the content.
        mutating func useDescriptor(isWide: Bool = false) {
            both { $0.flags |= 0x0008 }
            // What is stored may have none.
            both { $0.method = 8 }
            local.crc = 0
            local.compressedSize = 0
            local.size = 0
            putDescriptor(
                crc: central.crc, compressedSize: central.compressedSize, size: central.size, isWide: isWide)
        }

        mutating func putDescriptor(crc: UInt32, compressedSize: UInt32, size: UInt32, isWide: Bool = false) {
            descriptor = []
            descriptor.put(UInt32(0x0807_4B50))
            descriptor.put(crc)
            if isWide {
                descriptor.put(UInt64(compressedSize))
                descriptor.put(UInt64(size))
            } else {
                descriptor.put(compressedSize)
                descriptor.put(size)
            }
        }

        /// Moves the sizes of the local header to its extra field.
        mutating func useLocalZip64(compressedSize: UInt64, size: UInt64) {
            local.compressedSize = .max
            local.size = .max
            local.extra += ZipBuilder.zip64Block(size, compressedSize)
        }

        fileprivate func localHeader() -> [UInt8] {
            var bytes: [UInt8] = []
            bytes.put(localSignature)
            bytes.put(UInt16(20))
            bytes.put(local)
            bytes.put(UInt16(local.name.count))
            bytes.put(UInt16(local.extra.count))
            return bytes + local.name + local.extra
        }

        fileprivate func centralHeader(offset truth: UInt32) -> [UInt8] {
            var bytes: [UInt8] = []
            bytes.put(UInt32(0x0201_4B50))
            bytes.put(madeBy)
            bytes.put(UInt16(20))
            bytes.put(central)
            bytes.put(UInt16(central.name.count))
            bytes.put(UInt16(central.extra.count))
            bytes.put(UInt16(comment.count))
            bytes.put(disk)
            bytes.put(UInt16(0))
            bytes.put(attributes)
            bytes.put(offset ?? truth)
            return bytes + central.name + central.extra + comment
        }
    }

    /// The end record; nil is the truth.
    struct End {
        var disk: UInt16 = 0
        var directoryDisk: UInt16 = 0
        var countHere: UInt16?
        var count: UInt16?
        var length: UInt32?
        var offset: UInt32?
        var comment: [UInt8] = []

        fileprivate func bytes(count truth: Int, length trueLength: Int, offset trueOffset: Int) -> [UInt8] {
            var bytes: [UInt8] = []
            bytes.put(UInt32(0x0605_4B50))
            bytes.put(disk)
            bytes.put(directoryDisk)
            bytes.put(countHere ?? UInt16(truth))
            bytes.put(count ?? UInt16(truth))
            bytes.put(length ?? UInt32(trueLength))
            bytes.put(offset ?? UInt32(trueOffset))
            bytes.put(UInt16(comment.count))
            return bytes + comment
        }
    }

    /// The ZIP64 end record and its locator; nil is the truth.
    struct Zip64 {
        var signature: UInt32 = 0x0606_4B50
        /// The size field of the record, which leaves out 12 bytes.
        var recordLength: UInt64?
        var extensible: [UInt8] = []
        var disk: UInt32 = 0
        var directoryDisk: UInt32 = 0
        var countHere: UInt64?
        var count: UInt64?
        var length: UInt64?
        var offset: UInt64?
        var locatorDisk: UInt32 = 0
        var locatorOffset: UInt64?
        var disks: UInt32 = 1

        fileprivate func bytes(
            count truth: Int, length trueLength: Int, offset trueOffset: Int, place: Int
        ) -> [UInt8] {
            var bytes: [UInt8] = []
            bytes.put(signature)
            bytes.put(recordLength ?? UInt64(44 + extensible.count))
            bytes.put(UInt16(45))
            bytes.put(UInt16(45))
            bytes.put(disk)
            bytes.put(directoryDisk)
            bytes.put(countHere ?? UInt64(truth))
            bytes.put(count ?? UInt64(truth))
            bytes.put(length ?? UInt64(trueLength))
            bytes.put(offset ?? UInt64(trueOffset))
            bytes += extensible
            bytes.put(UInt32(0x0706_4B50))
            bytes.put(locatorDisk)
            bytes.put(locatorOffset ?? UInt64(place))
            bytes.put(disks)
            return bytes
        }
    }
}

extension [UInt8] {
    /// Appends a number in little-endian order.
    mutating func put(_ number: some FixedWidthInteger) {
        for shift in stride(from: 0, to: number.bitWidth, by: 8) { append(UInt8(truncatingIfNeeded: number >> shift)) }
    }

    /// Appends flags, method, time, date, CRC and sizes.
    fileprivate mutating func put(_ header: ZipBuilder.Header) {
        put(header.flags)
        put(header.method)
        put(UInt32(0))
        put(header.crc)
        put(header.compressedSize)
        put(header.size)
    }
}
