import Glibc
import HostModel

/// Whether a tar means one thing to every reader, looked at while its bytes pass.
///
/// Readers differ in what they make of a size that is said twice, of a link that has content, of a header for all that
/// follow, of holes: one takes for content what another takes for an entry. So the file is refused unless each entry
/// has one header of a kind that all know, and no more extensions than say each thing once; and after the end marker
/// there are only zeros. Content is not looked at.
struct TarLayout {
    /// The block, or the content of an extension, that is being collected, and how long it will be.
    private var held: [UInt8] = []
    private var wanted = Self.block
    private var isAtStart = true
    /// Of an entry's content, with its padding, what has not passed yet, in bytes.
    private var skip: Int64 = 0
    /// The extension whose content is being collected.
    private var open: TarHeader?
    private var extensions = TarExtensions()
    /// What the file ends with; nil before its end marker.
    private var zeros: Int64?
    /// Of the entries that passed and that nobody took yet.
    private var members: [TarMember] = []

    /// Takes the next bytes.
    ///
    /// - Throws: ``ArchiveError/invalid(_:)`` at the first header that could be read in two ways.
    mutating func take(_ bytes: UnsafeRawBufferPointer) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            if zeros != nil { return try pass(zeros: rest) }
            if skip > 0 {
                let passed = Int(min(skip, Int64(rest.count)))
                rest = rest.dropFirst(passed)
                skip -= Int64(passed)
                continue
            }
            let part = rest.prefix(wanted - held.count)
            held.append(contentsOf: part)
            rest = rest.dropFirst(part.count)
            if held.count == wanted { try takeHeld() }
        }
    }

    /// What the next entry is called, byte for byte; nil where none has passed.
    mutating func takeMember() -> TarMember? { members.isEmpty ? nil : members.removeFirst() }

    /// To be asked when all bytes were taken.
    func finish() throws {
        // tar(5): "two 512-byte blocks of zero bytes".
        guard let zeros, zeros >= Int64(2 * Self.block) else {
            throw ArchiveError.invalid("it ends before its end marker")
        }
    }

    private mutating func takeHeld() throws {
        let bytes = held
        held.removeAll(keepingCapacity: true)
        wanted = Self.block
        if let header = open {
            open = nil
            let count = Int(header.size)
            // Some read on there.
            guard bytes[count...].allSatisfy({ $0 == 0 }) else {
                throw ArchiveError.invalid("bytes follow the content of a tar extension")
            }
            return try extensions.add(header, content: bytes.prefix(count))
        }
        if bytes.allSatisfy({ $0 == 0 }) {
            guard extensions.isEmpty else { throw ArchiveError.invalid("a tar extension belongs to no entry") }
            zeros = Int64(bytes.count)
            return
        }
        let header = try TarHeader(bytes)
        if isAtStart {
            guard Self.isPlain(header, bytes) else {
                throw ArchiveError.invalid("its first tar header begins as something that is packed")
            }
            isAtStart = false
        }
        if header.isExtension {
            guard (1...Self.longestExtension).contains(header.size) else {
                throw ArchiveError.invalid("a tar extension has \(header.size) bytes")
            }
            wanted = Int(Self.padded(header.size))
            open = header
        } else {
            try extensions.check(header)
            members.append(extensions.member(of: header))
            extensions = TarExtensions()
            skip = Self.padded(header.size)
        }
    }

    private mutating func pass(zeros bytes: Slice<UnsafeRawBufferPointer>) throws {
        let total = (zeros ?? 0) + Int64(bytes.count)
        zeros = total
        guard total <= Self.longestTail, bytes.allSatisfy({ $0 == 0 }) else {
            throw ArchiveError.invalid("bytes follow its end marker")
        }
    }

    /// Whether some reader takes a block for a tar header, however lenient it is.
    static func isHeader(_ block: [UInt8]) -> Bool {
        guard block.count == Self.block else { return false }
        let field = block[148..<156]
        let others = block[..<148] + block[156...]
        let spaces = field.count * 0x20
        let sum = others.reduce(spaces) { $0 + Int($1) }
        // Old ones add signed bytes.
        let signedSum = others.reduce(spaces) { $0 + Int(Int8(bitPattern: $1)) }
        if checksums(field).contains(where: { $0 == sum || $0 == signedSum }) { return true }
        // To some a checksum that is none is zero; they look at mode, owner, group, size and time, too.
        let numbers = [block[100..<108], block[108..<116], block[116..<124], block[124..<136], block[136..<148]]
        return signedSum == 0 && numbers.allSatisfy(couldBeNumber)
    }

    /// Whether the most lenient reader finds a number, or none, in a field.
    private static func couldBeNumber(_ field: ArraySlice<UInt8>) -> Bool {
        let text = field.prefix { $0 != 0 }
        return [0x80, 0xFF].contains(text.first)
            || text.allSatisfy {
                isOctalDigit($0) || (9...13).contains($0) || (0x1C...0x20).contains($0) || "+-_oO".utf8.contains($0)
            }
    }

    /// What a checksum is taken for: the first octal digits, whatever stands before them; all of them; a number in base
    /// 256; one in base 64, as some versions of GNU tar wrote it. With a minus, too: a sum of signed bytes may have one.
    private static func checksums(_ field: ArraySlice<UInt8>) -> [Int] {
        func octal(_ digits: some Sequence<UInt8>) -> Int { digits.reduce(0) { $0 << 3 | Int($1 & 7) } }
        var found: [Int] = []
        if let digit = field.firstIndex(where: isOctalDigit) {
            found += [octal(field[digit...].prefix(while: isOctalDigit)), octal(field.filter(isOctalDigit))]
        }
        if let mark = field.firstIndex(where: { [0x80, 0xFF].contains($0) }) {
            found.append(field[(mark + 1)...].reduce(field[mark] == 0xFF ? -1 : 0) { $0 << 8 | Int($1) })
        }
        if let sign = field.firstIndex(where: { "+-".utf8.contains($0) }) {
            let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
            let values = field[(sign + 1)...].map { digits.firstIndex(of: $0) }.prefix { $0 != nil }
            found.append(values.reduce(0) { $0 << 6 | ($1 ?? 0) })
        }
        return found + found.map(-)
    }

    private static func isOctalDigit(_ byte: UInt8) -> Bool { (0x30...0x37).contains(byte) }

    /// Whether no reader takes the first block for something packed, or for text that holds it. Some look at what they
    /// have unpacked as at a file, and the header of an extension may have any name.
    private static func isPlain(_ header: TarHeader, _ block: [UInt8]) -> Bool {
        // What is packed begins with another byte, or with one of these; what is text has lines.
        let words = ["BZh", "LZIP", "LRZI", "GRZip", "begin"]
        return (header.name + header.target).allSatisfy { (0x20...0x7E).contains($0) }
            && !words.contains { block.starts(with: $0.utf8) }
    }

    private static func padded(_ size: Int64) -> Int64 { (size + 511) / 512 * 512 }

    private static let block = 512
    /// In bytes: as much as libarchive takes.
    private static let longestExtension: Int64 = 1 << 20
    /// A tar's last record is filled up with zeros; more than this is no padding.
    private static let longestTail: Int64 = 1 << 20 + 1024
}

/// What an entry of a tar is called, by its header or by an extension, and its mode.
struct TarMember: Equatable {
    let path: [UInt8]
    /// Of a link or hard link.
    let target: [UInt8]?
    /// The permissions of the header, whatever an extension says of them.
    let mode: UInt32
}

/// What a header says, where no two readers can take it for different things.
private struct TarHeader {
    let type: UInt8
    /// Permissions.
    let mode: UInt32
    /// In bytes; at most what its padding can be added to.
    let size: Int64
    /// As this header has it.
    let name: [UInt8]
    /// Likewise.
    let target: [UInt8]

    init(_ block: [UInt8]) throws {
        var sum: UInt64 = 0
        // The checksum counts as spaces in itself.
        for (index, byte) in block.enumerated() { sum += (148..<156).contains(index) ? 0x20 : UInt64(byte) }
        guard Self.octal(block[148..<156]) == sum else {
            throw ArchiveError.invalid("a tar header has a wrong checksum")
        }
        let isGNU = block[257..<265].elementsEqual("ustar  \u{0}".utf8)
        guard isGNU || block[257..<265].elementsEqual("ustar\u{0}00".utf8) else {
            throw ArchiveError.invalid("a tar header is of another kind than ustar")
        }
        guard let size = Self.size(block[124..<136]) else { throw ArchiveError.invalid("a tar header has no size") }
        guard let mode = Self.octal(block[100..<108]) else { throw ArchiveError.invalid("a tar header has no mode") }
        // One reader takes a number that is none for the end of the archive.
        for field in [block[108..<116], block[116..<124], block[136..<148], block[329..<337], block[337..<345]] {
            guard Self.isNumber(field) else { throw ArchiveError.invalid("a tar header has a number that is none") }
        }
        guard let name = Self.text(block[0..<100]), let target = Self.text(block[157..<257]) else { throw Self.torn }
        // What stands there makes the header one of star's, whose name is shorter.
        guard block[500...].allSatisfy({ $0 == 0 }) else {
            throw ArchiveError.invalid("a tar header has bytes behind its fields")
        }
        var prefix: [UInt8] = []
        if isGNU {
            // Times and holes stand here in GNU's own entries, a part of the name in all others.
            guard block[345..<500].allSatisfy({ $0 == 0 }) else {
                throw ArchiveError.invalid("a GNU tar header has more than a file needs")
            }
        } else {
            guard let text = Self.text(block[345..<500]) else { throw Self.torn }
            prefix = text.isEmpty ? [] : text + [UInt8(ascii: "/")]
        }
        type = block[156]
        self.mode = UInt32(mode & 0o7777)
        self.size = size
        self.name = prefix + name
        self.target = target
        switch type {
        case UInt8(ascii: "0"), Self.pax, Self.gnuName, Self.gnuTarget: break
        case UInt8(ascii: "1")...UInt8(ascii: "6"):
            guard size == 0 else { throw ArchiveError.invalid("an entry that is no file has content") }
        default:
            throw ArchiveError.invalid("an entry is of the type \(quoted(String(decoding: [type], as: UTF8.self)))")
        }
    }

    var isExtension: Bool { [Self.pax, Self.gnuName, Self.gnuTarget].contains(type) }
    var isFile: Bool { type == UInt8(ascii: "0") }
    var hasTarget: Bool { type == UInt8(ascii: "1") || type == UInt8(ascii: "2") }

    static let pax = UInt8(ascii: "x")
    static let gnuName = UInt8(ascii: "L")
    static let gnuTarget = UInt8(ascii: "K")
    private static let torn = ArchiveError.invalid("a tar header has bytes behind the end of a name")

    /// Digits, with nothing but spaces before them, and spaces and NULs behind.
    private static func octal(_ field: ArraySlice<UInt8>) -> UInt64? {
        let digits = field.drop { $0 == 0x20 }.prefix { (0x30...0x37).contains($0) }
        guard !digits.isEmpty, field[digits.endIndex...].allSatisfy({ $0 == 0x20 || $0 == 0 }) else { return nil }
        return digits.reduce(0) { $0 << 3 | UInt64($1 & 7) }
    }

    /// Whether it is nothing, octal, or in GNU's base 256: of what is not restored.
    private static func isNumber(_ field: ArraySlice<UInt8>) -> Bool {
        field.first == 0x80 || field.first == 0xFF || field.allSatisfy { $0 == 0 } || octal(field) != nil
    }

    /// In octal, or where that has no room for it in GNU's base 256.
    private static func size(_ field: ArraySlice<UInt8>) -> Int64? {
        guard field.first == 0x80 else { return octal(field).flatMap { Int64(exactly: $0) } }
        let first = field.startIndex
        guard field[(first + 1)..<(first + 4)].allSatisfy({ $0 == 0 }) else { return nil }
        let value = field[(first + 4)...].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return value <= UInt64(Int64.max - 511) ? Int64(value) : nil
    }

    /// Up to the first NUL, behind which there is no other byte.
    private static func text(_ field: ArraySlice<UInt8>) -> [UInt8]? {
        let text = field.prefix { $0 != 0 }
        return field[text.endIndex...].allSatisfy { $0 == 0 } ? Array(text) : nil
    }
}

/// What stands before a header and changes it.
private struct TarExtensions {
    private var hasPax = false
    private var path: [UInt8]?
    private var target: [UInt8]?
    private var size: Int64?

    var isEmpty: Bool { !hasPax && path == nil && target == nil }

    mutating func add(_ header: TarHeader, content: ArraySlice<UInt8>) throws {
        switch header.type {
        case TarHeader.pax:
            guard isEmpty else { throw Self.several }
            hasPax = true
            try read(pax: content)
        case TarHeader.gnuName:
            guard !hasPax, path == nil else { throw Self.several }
            path = try Self.name(gnu: content)
        default:
            guard !hasPax, target == nil else { throw Self.several }
            target = try Self.name(gnu: content)
        }
    }

    /// Whether the entry that they belong to can have them.
    func check(_ header: TarHeader) throws {
        guard size ?? header.size == header.size else {
            throw ArchiveError.invalid("a pax header and its tar header have two sizes")
        }
        guard target == nil || header.hasTarget else {
            throw ArchiveError.invalid("a target is given to an entry that is no link")
        }
        // To some a file, to some a directory.
        guard !header.isFile || (path ?? header.name).last != UInt8(ascii: "/") else {
            throw ArchiveError.invalid("the name of a file ends with a slash")
        }
    }

    func member(of header: TarHeader) -> TarMember {
        TarMember(
            path: path ?? header.name, target: header.hasTarget ? target ?? header.target : nil, mode: header.mode)
    }

    private static func name(gnu content: ArraySlice<UInt8>) throws -> [UInt8] {
        let name = content.last == 0 ? content.dropLast() : content
        guard !name.isEmpty, !name.hasNUL else { throw ArchiveError.invalid("a long name is torn") }
        return Array(name)
    }

    /// Records of `LENGTH KEY=VALUE\n`, of which LENGTH counts all.
    ///
    /// Source: POSIX.1-2017, pax, "pax Extended Header"
    private mutating func read(pax content: ArraySlice<UInt8>) throws {
        var rest = content
        var keys: Set<String> = []
        while !rest.isEmpty {
            let digits = rest.prefix { (0x30...0x39).contains($0) }
            // The longest extension has seven digits.
            guard (1...7).contains(digits.count), digits.first != 0x30,
                let length = Int(String(decoding: digits, as: UTF8.self)), length <= rest.count,
                length > digits.count + 2, rest[digits.endIndex] == 0x20
            else { throw Self.tornPax }
            let record = rest.prefix(length)
            rest = rest.dropFirst(length)
            let text = record[(digits.endIndex + 1)...].dropLast()
            guard record.last == 0x0A, let equals = text.firstIndex(of: UInt8(ascii: "=")) else { throw Self.tornPax }
            let key = String(decoding: text[..<equals], as: UTF8.self)
            guard keys.insert(key).inserted else { throw ArchiveError.invalid("a pax header has \(quoted(key)) twice") }
            try take(key, text[(equals + 1)...])
        }
    }

    private mutating func take(_ key: String, _ value: ArraySlice<UInt8>) throws {
        switch key {
        case "path": path = try Self.name(pax: value)
        case "linkpath": target = try Self.name(pax: value)
        case "size":
            guard value.allSatisfy({ (0x30...0x39).contains($0) }),
                let number = Int64(String(decoding: value, as: UTF8.self))
            else { throw Self.tornPax }
            size = number
        default:
            guard Self.harmless.contains(key) || Self.harmlessPrefixes.contains(where: key.hasPrefix) else {
                throw ArchiveError.invalid("a pax header has \(quoted(key)), which could change the entry")
            }
        }
    }

    private static func name(pax value: ArraySlice<UInt8>) throws -> [UInt8] {
        guard !value.isEmpty, !value.hasNUL else { throw tornPax }
        return Array(value)
    }

    /// What says nothing of name, kind, size or content. It is not restored.
    private static let harmless: Set<String> = [
        "atime", "ctime", "mtime", "uid", "gid", "uname", "gname", "comment", "LIBARCHIVE.creationtime", "SCHILY.dev",
        "SCHILY.ino", "SCHILY.nlink", "SCHILY.fflags",
    ]
    private static let harmlessPrefixes = ["SCHILY.xattr.", "SCHILY.acl.", "LIBARCHIVE.xattr.", "RHT.security."]

    private static let several = ArchiveError.invalid("an entry has several tar extensions of one kind")
    private static let tornPax = ArchiveError.invalid("a pax header is torn")
}

extension ArraySlice<UInt8> {
    /// Whether a byte is 0. A name may have a mebibyte, of which a loop makes seconds where nothing is optimised.
    fileprivate var hasNUL: Bool {
        withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress else { return false }
            return memchr(start, 0, bytes.count) != nil
        }
    }
}
