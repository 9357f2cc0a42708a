import TestSupport
import Testing

@testable import Archives

struct ZipLayoutTests {
    // MARK: what is accepted

    @Test func `every entry is found where it lies`() throws {
        let layout = try read(.sample)
        let expected = [
            ZipLayout.Entry(
                name: Array("dir/".utf8), isDirectory: true, method: 0, compressedSize: 0, size: 0, crc: 0,
                headerOffset: 0, dataOffset: 34, unixMode: 0o040755),
            ZipLayout.Entry(
                name: Array("dir/a".utf8), isDirectory: false, method: 0, compressedSize: 5, size: 5,
                crc: ZipBuilder.crc32(Array("alpha".utf8)), headerOffset: 34, dataOffset: 69, unixMode: 0o100644),
            ZipLayout.Entry(
                name: Array("b".utf8), isDirectory: false, method: 0, compressedSize: 6, size: 6,
                crc: ZipBuilder.crc32(Array("beta!!".utf8)), headerOffset: 74, dataOffset: 105, unixMode: 0o100755),
        ]
        #expect(layout.entries == expected)
    }

    @Test func `the CRC of the builder is the one of ZIP`() {
        #expect(ZipBuilder.crc32(Array("123456789".utf8)) == 0xCBF4_3926)
    }

    @Test func `an end record alone is an archive without entries`() throws {
        #expect(try read(ZipBuilder()).entries.isEmpty)
    }

    @Test func `a mode is known only from Unix`() throws {
        let layout = try read { $0.entries[1].madeBy = 0x001E }
        #expect(layout.entries[1].unixMode == nil)
        #expect(layout.entries[2].unixMode == 0o100755)
    }

    @Test func `a deflated entry has two sizes`() throws {
        let layout = try read { zip in
            zip.entries[1].both {
                $0.method = 8
                $0.flags = 0x0006
                $0.size = 4000
            }
        }
        #expect(layout.entries[1].method == 8)
        #expect(layout.entries[1].compressedSize == 5)
        #expect(layout.entries[1].size == 4000)
    }

    @Test func `a name in UTF-8 is marked so`() throws {
        let layout = try read { zip in
            zip.entries[1].both {
                $0.flags = 0x0800
                $0.name = Array("dir/é".utf8)
            }
        }
        #expect(layout.entries[1].name == Array("dir/é".utf8))
    }

    @Test func `extra fields for times and owners are accepted`() throws {
        let layout = try read { zip in
            zip.entries[1].local.extra =
                ZipBuilder.block(0x5455, [1, 0, 0, 0, 0]) + ZipBuilder.block(0x7875, [1, 0, 0])
            zip.entries[1].central.extra = ZipBuilder.block(0x5455, [1, 0, 0, 0, 0])
        }
        #expect(layout.entries[1].dataOffset == 85)
    }

    @Test func `a data descriptor follows the content`() throws {
        let layout = try read { $0.entries[1].useDescriptor() }
        #expect(layout.entries[1].size == 5)
        #expect(layout.entries[2].headerOffset == 90)
    }

    @Test func `a data descriptor follows nothing that is stored, unless it is empty`() throws {
        refuse("'b' is stored and followed by a data descriptor") { zip in
            zip.entries[2].useDescriptor()
            zip.entries[2].both { $0.method = 0 }
        }
        let layout = try read { zip in
            zip.entries[0].useDescriptor()
            zip.entries[0].both { $0.method = 0 }
        }
        #expect(layout.entries[1].headerOffset == 50)
    }

    @Test func `a local header before a data descriptor may know the values already`() throws {
        let layout = try read { zip in
            zip.entries[1].useDescriptor()
            zip.entries[1].local = zip.entries[1].central
        }
        #expect(layout.entries[2].headerOffset == 90)
    }

    @Test(arguments: [0, 5] as [UInt64])
    func `a ZIP64 local header is followed by a wide data descriptor`(size: UInt64) throws {
        let layout = try read { zip in
            zip.entries[1].useDescriptor(isWide: true)
            zip.entries[1].useLocalZip64(compressedSize: 0, size: size)
        }
        #expect(layout.entries[1].size == 5)
        #expect(layout.entries[2].headerOffset == 118)
    }

    @Test func `an empty ZIP64 field announces a wide data descriptor`() throws {
        let layout = try read { zip in
            zip.entries[1].useDescriptor(isWide: true)
            zip.entries[1].local.extra = ZipBuilder.zip64Block()
        }
        #expect(layout.entries[2].headerOffset == 102)
    }

    @Test func `ZIP64 fields replace what is all ones`() throws {
        let layout = try read { zip in
            zip.entries[1].useLocalZip64(compressedSize: 5, size: 5)
            zip.entries[1].central.size = .max
            zip.entries[1].central.compressedSize = .max
            zip.entries[1].offset = .max
            zip.entries[1].central.extra = ZipBuilder.zip64Block(5, 5, 34)
            zip.entries[2].offset = .max
            zip.entries[2].central.extra = ZipBuilder.zip64Block(94)
        }
        #expect(layout.entries[1].headerOffset == 34)
        #expect(layout.entries[1].size == 5)
        #expect(layout.entries[2].headerOffset == 94)
    }

    @Test func `a ZIP64 field may have the offset once more, as Go's writer has it`() throws {
        let layout = try read { zip in
            zip.entries[1].central.size = .max
            zip.entries[1].central.compressedSize = .max
            zip.entries[1].central.extra = ZipBuilder.zip64Block(5, 5, 34)
        }
        #expect(layout.entries[1].headerOffset == 34)
        #expect(layout.entries[1].size == 5)
    }

    @Test func `a ZIP64 end record may repeat the end record`() throws {
        let layout = try read { $0.zip64 = ZipBuilder.Zip64() }
        #expect(layout.entries.count == 3)
    }

    @Test func `a ZIP64 end record replaces what is all ones`() throws {
        let layout = try read { zip in
            zip.zip64 = ZipBuilder.Zip64()
            zip.end.countHere = .max
            zip.end.count = .max
            zip.end.length = .max
            zip.end.offset = .max
        }
        #expect(layout.entries.count == 3)
    }

    @Test func `one read is enough for a local header`() throws {
        var zip = ZipBuilder()
        let text = String(repeating: "x", count: 600)
        for number in 0..<500 { zip.entries.append(ZipBuilder.Entry("\(number)", text)) }
        let source = CountingSource(MemorySource(zip.bytes()))
        #expect(try ZipLayout.read(source).entries.count == 500)
        #expect(source.count <= 510)
    }

    @Test func `small entries share reads`() throws {
        var zip = ZipBuilder()
        for number in 0..<500 { zip.entries.append(ZipBuilder.Entry("\(number)", "small")) }
        let source = CountingSource(MemorySource(zip.bytes()))
        #expect(try ZipLayout.read(source).entries.count == 500)
        #expect(source.count <= 60)
    }

    // MARK: the end of the file

    @Test func `an empty file is refused`() {
        refuse(Self.noEndRecord, file: [])
    }

    @Test func `every archive that is cut short is refused`() {
        var zip = ZipBuilder.sample
        zip.entries[1].useDescriptor()
        zip.zip64 = ZipBuilder.Zip64()
        let file = zip.bytes()
        for count in file.indices {
            #expect(throws: ArchiveError.self) { try ZipLayout.read(MemorySource(Array(file[..<count]))) }
        }
    }

    @Test func `a byte behind the end record is refused`() {
        refuse(Self.noEndRecord) { $0.trailing = [0] }
    }

    @Test func `a second end record is refused`() {
        refuse(Self.misplaced) { $0.trailing = Array($0.bytes().suffix(22)) }
    }

    @Test func `an archive comment is refused`() {
        refuse(Self.noEndRecord) { $0.end.comment = Array("hello".utf8) }
    }

    /// A reader that looks for the end record by its signature finds it, one that believes the length does not.
    @Test func `an archive comment that is announced and not there is refused`() {
        var file = ZipBuilder.sample.bytes()
        file[file.count - 2] = 1
        refuse(Self.noEndRecord, file: file)
    }

    @Test func `an archive comment that looks like an end record is refused`() {
        refuse(Self.misplaced) { $0.end.comment = ZipBuilder().bytes() }
    }

    @Test func `an archive on several disks is refused`() {
        refuse(Self.severalDisks) { $0.end.disk = 1 }
        refuse(Self.severalDisks) { $0.end.directoryDisk = 1 }
        refuse(Self.severalDisks) { $0.end.countHere = 2 }
    }

    @Test func `fewer entries than counted are refused`() {
        refuse("the central directory ends before all the entries it counts") {
            $0.end.countHere = 4
            $0.end.count = 4
        }
    }

    @Test func `more entries than counted are refused`() {
        refuse("the central directory has more than the 2 entries it counts") {
            $0.end.countHere = 2
            $0.end.count = 2
        }
    }

    @Test func `a central directory elsewhere is refused`() {
        refuse(Self.misplaced) { $0.end.offset = 110 }
        refuse(Self.misplaced) { $0.end.offset = 112 }
        refuse(Self.misplaced) { $0.end.length = 0 }
        refuse(Self.misplaced) { $0.end.length = 1000 }
        refuse(Self.misplaced) { $0.end.offset = .max }
    }

    @Test func `bytes between central directory and end record are refused`() {
        refuse(Self.misplaced) { $0.afterDirectory = [0] }
    }

    @Test func `a central directory with bytes behind its entries is refused`() {
        refuse("the central directory has more than the 3 entries it counts") { zip in
            zip.end.length = UInt32(zip.bytes().count - 111 - 22 + 1)
            zip.afterDirectory = [0]
        }
    }

    @Test func `more than a million entries are refused before they are read`() {
        refuse("it has more than 1000000 entries") { zip in
            zip.zip64 = ZipBuilder.Zip64(countHere: 1_000_001, count: 1_000_001)
            zip.end.countHere = .max
            zip.end.count = .max
        }
    }

    @Test func `a central directory of more than 256 MiB is refused before it is read`() {
        refuse("its central directory is larger than 268435456 bytes") { $0.end.length = 268_435_457 }
    }

    // MARK: the ZIP64 end record

    @Test func `a ZIP64 end record with extensible data is refused`() {
        refuse(Self.misplacedZip64) { $0.zip64 = ZipBuilder.Zip64(extensible: [0, 0, 0, 0]) }
        refuse("the ZIP64 end record has extensible data") { $0.zip64 = ZipBuilder.Zip64(recordLength: 48) }
    }

    @Test func `a ZIP64 locator without its record before it is refused`() {
        refuse(Self.misplacedZip64) { $0.zip64 = ZipBuilder.Zip64(signature: 0) }
        refuse(Self.misplacedZip64) { $0.zip64 = ZipBuilder.Zip64(locatorOffset: 0) }
        refuse(Self.misplacedZip64) { $0.zip64 = ZipBuilder.Zip64(locatorOffset: .max) }
    }

    @Test func `a ZIP64 archive on several disks is refused`() {
        refuse(Self.severalDisks) { $0.zip64 = ZipBuilder.Zip64(disk: 1) }
        refuse(Self.severalDisks) { $0.zip64 = ZipBuilder.Zip64(directoryDisk: 1) }
        refuse(Self.severalDisks) { $0.zip64 = ZipBuilder.Zip64(locatorDisk: 1) }
        refuse(Self.severalDisks) { $0.zip64 = ZipBuilder.Zip64(disks: 2) }
        refuse(Self.severalDisks) { zip in
            zip.zip64 = ZipBuilder.Zip64(countHere: 2)
            zip.end.countHere = 2
        }
    }

    @Test func `end records that disagree are refused`() {
        let problem = "the end record and the ZIP64 end record disagree"
        refuse(problem) { $0.zip64 = ZipBuilder.Zip64(countHere: 2) }
        refuse(problem) { $0.zip64 = ZipBuilder.Zip64(count: 2) }
        refuse(problem) { $0.zip64 = ZipBuilder.Zip64(length: 2) }
        refuse(problem) { $0.zip64 = ZipBuilder.Zip64(offset: 2) }
    }

    @Test func `a central directory offset that is no file offset is refused`() {
        refuse(Self.misplaced) { zip in
            zip.zip64 = ZipBuilder.Zip64(offset: .max)
            zip.end.offset = .max
        }
    }

    // MARK: entries fill the file

    @Test func `bytes before the first entry are refused`() {
        refuse("bytes before 'dir/' belong to no entry") { $0.entries[0].gap = Array("#!".utf8) }
    }

    @Test func `a gap between two entries is refused`() {
        refuse("bytes before 'b' belong to no entry") { $0.entries[2].gap = [0] }
    }

    @Test func `an entry that only the local headers have is refused`() {
        refuse("bytes before 'b' belong to no entry") { zip in
            zip.directoryOrder = [0, 2]
            zip.end.countHere = 2
            zip.end.count = 2
        }
    }

    @Test func `a last entry that only the local headers have is refused`() {
        refuse("bytes before the central directory belong to no entry") { zip in
            zip.directoryOrder = [0, 1]
            zip.end.countHere = 2
            zip.end.count = 2
        }
    }

    @Test func `bytes before the central directory are refused`() {
        refuse("bytes before the central directory belong to no entry") { $0.beforeDirectory = [0] }
        refuse("bytes before the central directory belong to no entry") { zip in
            zip = ZipBuilder()
            zip.beforeDirectory = [0]
        }
    }

    @Test func `a central directory in another order is refused`() {
        refuse("bytes before 'b' belong to no entry") { $0.directoryOrder = [0, 2, 1] }
    }

    @Test func `two entries for one local header are refused`() {
        refuse("'dir/a' and the entry before it overlap") { $0.directoryOrder = [0, 1, 1] }
    }

    @Test func `entries that overlap are refused`() {
        refuse("'b' and the entry before it overlap") { $0.entries[1].setSizes(6) }
    }

    @Test func `content that runs into the central directory is refused`() {
        refuse("'b' runs into the central directory") { $0.entries[2].setSizes(7) }
    }

    @Test func `content longer than any file is refused`() {
        refuse("'b' runs into the central directory") { zip in
            zip.entries[2].useLocalZip64(compressedSize: UInt64(Int64.max), size: UInt64(Int64.max))
            zip.entries[2].central.size = .max
            zip.entries[2].central.compressedSize = .max
            zip.entries[2].central.extra = ZipBuilder.zip64Block(UInt64(Int64.max), UInt64(Int64.max))
        }
    }

    @Test func `an entry without a local header is refused`() {
        refuse("'b' has no local header") { $0.entries[2].localSignature = 0x0403_4B51 }
    }

    @Test func `a local header that runs into the central directory is refused`() {
        var file = ZipBuilder.sample.bytes()
        // Six bytes of content are behind the header; an extra field of seven does not fit.
        file[74 + 28] = 7
        refuse("'b' runs into the central directory", file: file)
    }

    // MARK: headers agree

    @Test func `headers that disagree are refused`() {
        refuse("the two headers of 'b' disagree about its name") { $0.entries[2].local.name = Array("c".utf8) }
        refuse("the two headers of 'b' disagree about its name") { $0.entries[2].local.name = Array("bb".utf8) }
        refuse("the two headers of 'b' disagree about its flags") { $0.entries[2].local.flags = 0x0800 }
        refuse("the two headers of 'b' disagree about its method") { $0.entries[2].local.method = 8 }
        refuse("the two headers of 'b' disagree about its CRC") { $0.entries[2].local.crc = 0 }
        refuse("the two headers of 'b' disagree about its sizes") { $0.entries[2].local.compressedSize = 0 }
        refuse("the two headers of 'b' disagree about its sizes") { $0.entries[2].local.size = 0 }
    }

    @Test func `a local header that disagrees is refused even before a data descriptor`() {
        refuse("the two headers of 'b' disagree about its CRC") { zip in
            zip.entries[2].useDescriptor()
            zip.entries[2].local.crc = 1
        }
        refuse("the two headers of 'b' disagree about its sizes") { zip in
            zip.entries[2].useDescriptor()
            zip.entries[2].local.size = 5
        }
        refuse("the two headers of 'b' disagree about its sizes") { zip in
            zip.entries[2].useDescriptor(isWide: true)
            zip.entries[2].useLocalZip64(compressedSize: 7, size: 0)
        }
        refuse("the two headers of 'b' disagree about its sizes") { zip in
            zip.entries[2].useDescriptor()
            zip.entries[2].local.size = .max
        }
    }

    @Test func `a stored entry with two sizes is refused`() {
        refuse("'b' is stored and has two sizes") { $0.entries[2].both { $0.size = 7 } }
    }

    @Test func `a name in a message is harmless`() {
        refuse("'\\u{1b}[2J' has a comment") { zip in
            zip.entries[2].both { $0.name = [0x1B] + Array("[2J".utf8) }
            zip.entries[2].comment = [0x20]
        }
    }

    // MARK: data descriptors

    @Test func `a data descriptor that is missing is refused`() {
        refuse("'dir/a' has no data descriptor with a signature") { zip in
            zip.entries[1].useDescriptor()
            zip.entries[1].descriptor = []
        }
        refuse("'b' has no data descriptor with a signature") { zip in
            zip.entries[2].useDescriptor()
            zip.entries[2].descriptor = []
        }
    }

    @Test func `a data descriptor without its signature is refused`() {
        refuse("'dir/a' has no data descriptor with a signature") { zip in
            zip.entries[1].useDescriptor()
            zip.entries[1].descriptor.removeFirst(4)
        }
    }

    @Test func `a data descriptor that lies is refused`() {
        let problem = "the data descriptor of 'b' is wrong"
        let crc = ZipBuilder.sample.entries[2].central.crc
        refuse(problem) { zip in
            zip.entries[2].useDescriptor()
            zip.entries[2].putDescriptor(crc: crc ^ 1, compressedSize: 6, size: 6)
        }
        refuse(problem) { zip in
            zip.entries[2].useDescriptor()
            zip.entries[2].putDescriptor(crc: crc, compressedSize: 5, size: 6)
        }
        refuse(problem) { zip in
            zip.entries[2].useDescriptor()
            zip.entries[2].putDescriptor(crc: crc, compressedSize: 6, size: 7)
        }
    }

    @Test func `a data descriptor that is not announced is refused`() {
        refuse("bytes before 'b' belong to no entry") { zip in
            zip.entries[1].useDescriptor()
            zip.entries[1].both { $0.flags = 0 }
            zip.entries[1].local = zip.entries[1].central
        }
    }

    @Test func `a wide data descriptor without ZIP64 is refused`() {
        refuse("the data descriptor of 'dir/a' is wrong") { $0.entries[1].useDescriptor(isWide: true) }
    }

    @Test func `a narrow data descriptor with ZIP64 is refused`() {
        refuse("the data descriptor of 'dir/a' is wrong") { zip in
            zip.entries[1].useDescriptor()
            zip.entries[1].useLocalZip64(compressedSize: 0, size: 0)
        }
    }

    // MARK: features that are not read

    @Test func `flags other than the plain ones are refused`() {
        for bit in [0, 6] as [UInt16] {
            refuse("'b' is encrypted") { $0.entries[2].both { $0.flags = 1 << bit } }
        }
        refuse("'b' is a patch") { $0.entries[2].both { $0.flags = 1 << 5 } }
        refuse("'b' has masked headers") { $0.entries[2].both { $0.flags = 1 << 13 } }
        for bit in [4, 7, 8, 9, 10, 12, 14, 15] as [UInt16] {
            refuse("'b' has flags that are not known") { $0.entries[2].both { $0.flags = 1 << bit } }
        }
    }

    @Test(arguments: [1, 9, 12, 14, 93, 95, 99, 256, 264, 65_535] as [UInt16])
    func `a method other than stored and deflate is not supported`(method: UInt16) {
        var zip = ZipBuilder.sample
        zip.entries[2].both { $0.method = method }
        let source = MemorySource(zip.bytes())
        #expect(throws: ArchiveError.unsupportedFormat("'b' is compressed by method \(method)")) {
            try ZipLayout.read(source)
        }
    }

    @Test func `an entry on another disk is refused`() {
        refuse("'b' is on another disk") { $0.entries[2].disk = 1 }
        refuse("'b' is on another disk") { $0.entries[2].disk = .max }
    }

    @Test func `an entry with a comment is refused`() {
        refuse("'b' has a comment") { $0.entries[2].comment = [0x21] }
    }

    // MARK: extra fields

    @Test func `a torn extra field is refused`() {
        let torn: [[UInt8]] = [[0], [0, 0, 0], [0x55, 0x54, 1, 0], ZipBuilder.block(0x5455, [1]) + [0]]
        for extra in torn {
            refuse("'b' has a torn extra field") { $0.entries[2].central.extra = extra }
            refuse("'b' has a torn extra field") { $0.entries[2].local.extra = extra }
        }
    }

    @Test func `an extra field that comes twice is refused`() {
        let twice = ZipBuilder.block(0x5455, [1]) + ZipBuilder.block(0x7875) + ZipBuilder.block(0x5455, [1])
        refuse("'b' has an extra field twice") { $0.entries[2].central.extra = twice }
        refuse("'b' has an extra field twice") { $0.entries[2].local.extra = twice }
    }

    @Test(arguments: [0x7075, 0x6375, 0x6C78] as [UInt16])
    func `an extra field that renames or retypes the entry is refused`(id: UInt16) {
        let extra = ZipBuilder.block(id, [1, 0, 0, 0, 0, 0x61])
        refuse("'b' has an extra field that replaces parts of its header") { $0.entries[2].central.extra = extra }
        refuse("'b' has an extra field that replaces parts of its header") { $0.entries[2].local.extra = extra }
    }

    @Test func `a ZIP64 field that does not fit its header is refused`() {
        let problem = "the ZIP64 field of 'b' does not fit its header"
        // Values for fields that are not all ones.
        refuse(problem) { $0.entries[2].central.extra = ZipBuilder.zip64Block(6) }
        refuse(problem) { $0.entries[2].local.extra = ZipBuilder.zip64Block(6, 6) }
        // One value for two fields, another offset than the header has, and four.
        for values in [ZipBuilder.zip64Block(6), ZipBuilder.zip64Block(6, 6, 73), ZipBuilder.zip64Block(6, 6, 74, 74)] {
            refuse(problem) { zip in
                zip.entries[2].central.size = .max
                zip.entries[2].central.compressedSize = .max
                zip.entries[2].central.extra = values
            }
        }
        // The disk, which is never elsewhere.
        refuse(problem) { zip in
            zip.entries[2].offset = .max
            zip.entries[2].central.extra = ZipBuilder.block(0x0001, [74, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
        }
        // No number of bytes in a file.
        refuse(problem) { zip in
            zip.entries[2].offset = .max
            zip.entries[2].central.extra = ZipBuilder.zip64Block(UInt64(Int64.max) + 1)
        }
        // All ones with nothing to replace them.
        refuse(problem) { zip in
            zip.entries[2].useDescriptor(isWide: true)
            zip.entries[2].local.size = .max
            zip.entries[2].local.extra = ZipBuilder.zip64Block()
        }
    }

    @Test func `a ZIP64 field of a local header that lacks a size is refused`() {
        let problem = "'b' has a ZIP64 field in its local header that lacks a size"
        refuse(problem) { zip in
            zip.entries[2].local.size = .max
            zip.entries[2].local.extra = ZipBuilder.zip64Block(6)
        }
        refuse(problem) { $0.entries[2].local.extra = ZipBuilder.zip64Block() }
    }

    @Test func `all ones without a ZIP64 field are a number`() {
        refuse("'b' runs into the central directory") { $0.entries[2].setSizes(.max) }
        refuse("bytes before 'b' belong to no entry") { $0.entries[2].offset = .max }
    }

    // MARK: hostile bytes

    @Test func `no changed byte moves an entry or renames it`() throws {
        var zip = ZipBuilder.sample
        zip.entries[1].useDescriptor()
        zip.zip64 = ZipBuilder.Zip64()
        let truth = try read(zip)
        let file = zip.bytes()
        for index in file.indices {
            for value in [0x00, 0x01, 0x7F, 0x80, 0xFF] as [UInt8] {
                var changed = file
                changed[index] = value
                guard let layout = try? ZipLayout.read(MemorySource(changed)) else { continue }
                #expect(layout.entries.map(\.name) == truth.entries.map(\.name))
                #expect(layout.entries.map(\.dataOffset) == truth.entries.map(\.dataOffset))
                #expect(layout.entries.map(\.size) == truth.entries.map(\.size))
            }
        }
    }

    // MARK: helpers

    private static let noEndRecord = "the file does not end with an end record without a comment"
    private static let severalDisks = "it is a part of an archive on several disks"
    private static let misplaced = "the central directory is not where the end record says"
    private static let misplacedZip64 = "the ZIP64 end record is not directly before its locator"

    private func read(_ zip: ZipBuilder) throws -> ZipLayout {
        try ZipLayout.read(MemorySource(zip.bytes()))
    }

    private func read(_ change: (inout ZipBuilder) -> Void) throws -> ZipLayout {
        var zip = ZipBuilder.sample
        change(&zip)
        return try read(zip)
    }

    private func refuse(
        _ problem: String, sourceLocation: SourceLocation = #_sourceLocation, _ lie: (inout ZipBuilder) -> Void
    ) {
        var zip = ZipBuilder.sample
        lie(&zip)
        refuse(problem, file: zip.bytes(), sourceLocation: sourceLocation)
    }

    private func refuse(
        _ problem: String, file: [UInt8], sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(throws: ArchiveError.invalid(problem), sourceLocation: sourceLocation) {
            try ZipLayout.read(MemorySource(file))
        }
    }
}
