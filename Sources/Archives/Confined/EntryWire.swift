/// How a confined process sends the entries of an archive: as frames, one behind the other.
///
///     frame    = kind:1 length:4 payload
///     entry    = type:1 mode:2 size:8 nameLength:4 name target
///     piece    = content of the entry before it
///     end      = (nothing) every entry was sent, and the archive is sound to its last byte
///     failure  = reason:1 number:8 text; of one kind behind an entry, and of another within its content
///
/// Numbers are little-endian. Every length has a limit, so whoever reads holds no more than one entry's names.
enum EntryWire {
    enum Kind: UInt8 {
        case entry = 1
        case piece, end, failure, contentFailure

        /// Most bytes that its payload may have.
        var limit: Int {
            switch self {
            // libarchive reads no name and no target of more than 1 MiB.
            case .entry: 4 << 20
            case .piece: EntryWire.pieceLimit
            case .end: 0
            case .failure, .contentFailure: EntryWire.failureHeadLength + EntryWire.textLimit
            }
        }
    }

    /// Of a frame: what stands before its payload.
    static let headLength = 5
    /// Of an entry's payload: what stands before its name.
    static let entryHeadLength = 15
    /// Of a failure's payload: what stands before its text.
    static let failureHeadLength = 9
    static let pieceLimit = 256 << 10
    static let textLimit = 8 << 10
}

/// Why no more entries come.
package enum SentFailure: Sendable, Equatable {
    case archive(ArchiveError)
    /// The file could not be read, by the number that the kernel gave.
    case source(number: Int32)
}

extension ArchiveEntry {
    /// - Throws: ``ArchiveError/invalid(_:)`` where it is more than can be sent.
    func payload() throws(ArchiveError) -> [UInt8] {
        var (type, size, target): (UInt8, Int64, [UInt8]) = (0, 0, [])
        switch kind {
        case .file(let bytes): size = bytes
        case .directory: type = 1
        case .link(let leadsTo): (type, target) = (2, leadsTo)
        case .other(let what):
            guard let index = Self.others.firstIndex(of: what) else { throw .invalid("an entry is \(what)") }
            type = Self.firstOther + UInt8(index)
        }
        var payload = [type]
        payload.append(number: UInt16(mode & 0o7777))
        payload.append(number: size)
        payload.append(number: UInt32(clamping: name.count))
        payload += name
        payload += target
        guard payload.count <= EntryWire.Kind.entry.limit else { throw .invalid("a name is too long") }
        return payload
    }

    /// - Returns: nil for what ``payload()`` never makes.
    init?(payload: UnsafeRawBufferPointer) {
        guard payload.count >= EntryWire.entryHeadLength else { return nil }
        let mode = UInt32(payload.number(at: 1, as: UInt16.self))
        let size = payload.number(at: 3, as: Int64.self)
        let nameEnd = EntryWire.entryHeadLength + Int(payload.number(at: 11, as: UInt32.self))
        guard mode <= 0o7777, nameEnd <= payload.count else { return nil }
        let target = payload[nameEnd...]
        let kind: Kind
        switch payload[0] {
        case 0: kind = .file(size: size)
        case 1: kind = .directory
        case 2: kind = .link(target: Array(target))
        case let type:
            let index = Int(type) - Int(Self.firstOther)
            guard Self.others.indices.contains(index) else { return nil }
            kind = .other(Self.others[index])
        }
        guard payload[0] == 0 || size == 0, payload[0] == 2 || target.isEmpty else { return nil }
        self.init(name: Array(payload[EntryWire.entryHeadLength..<nameEnd]), kind: kind, mode: mode)
    }

    private static let firstOther: UInt8 = 3
    /// They are sent by number, so that no word in a message is another process's.
    private static let others = [
        "encrypted", "a hard link", "a FIFO", "a socket", "a device", "no file, directory or link",
    ]
}

extension SentFailure {
    /// How a failure is sent.
    private enum Reason: UInt8 {
        case unsupportedFormat, invalid, windowTooLarge, readerUnavailable, source, readerFailed
    }

    func payload() -> [UInt8] {
        let (reason, number, text): (Reason, UInt64, String) =
            switch self {
            case .archive(.unsupportedFormat(let text)): (.unsupportedFormat, 0, text)
            // Nothing is written where an archive is read.
            case .archive(.invalid(let text)), .archive(.cannotWrite(let text)): (.invalid, 0, text)
            case .archive(.windowTooLarge(let bytes)): (.windowTooLarge, bytes, "")
            case .archive(.readerUnavailable(let text)): (.readerUnavailable, 0, text)
            case .archive(.readerFailed(let text)): (.readerFailed, 0, text)
            case .source(let number): (.source, UInt64(UInt32(bitPattern: number)), "")
            }
        var payload = [reason.rawValue]
        payload.append(number: number)
        payload += text.utf8.prefix(EntryWire.textLimit)
        return payload
    }

    /// - Returns: nil for what ``payload()`` never makes.
    init?(payload: UnsafeRawBufferPointer) {
        guard payload.count >= EntryWire.failureHeadLength else { return nil }
        let number = payload.number(at: 1, as: UInt64.self)
        let text = String(decoding: payload[EntryWire.failureHeadLength...], as: UTF8.self)
        switch Reason(rawValue: payload[0]) {
        case .unsupportedFormat where number == 0: self = .archive(.unsupportedFormat(text))
        case .invalid where number == 0: self = .archive(.invalid(text))
        case .windowTooLarge where text.isEmpty: self = .archive(.windowTooLarge(number))
        case .readerUnavailable where number == 0: self = .archive(.readerUnavailable(text))
        // errno(3): no number of the kernel's is larger.
        case .source where text.isEmpty && (1...4095).contains(number): self = .source(number: Int32(number))
        case .readerFailed where number == 0: self = .archive(.readerFailed(text))
        default: return nil
        }
    }
}

extension [UInt8] {
    mutating func append(number: some FixedWidthInteger) {
        // The array has a method of that name.
        Swift.withUnsafeBytes(of: number.littleEndian) { append(contentsOf: $0) }
    }
}

extension UnsafeRawBufferPointer {
    /// The caller has seen that it is all there.
    func number<Value: FixedWidthInteger & BitwiseCopyable>(at offset: Int, as type: Value.Type) -> Value {
        Value(littleEndian: loadUnaligned(fromByteOffset: offset, as: type))
    }
}
