import CArchive
import HostModel

/// The entries of an archive, read by libarchive after its structure was checked.
package enum ArchiveEntryStream {
    /// Opens an archive of one of the five formats.
    ///
    /// - Throws: ``ArchiveError`` where the format is another, or its structure is not sound; or what `source` throws.
    package static func open(_ source: any ByteSource) throws -> any EntryStream {
        switch try ArchiveFormat.detect(source) {
        case .zip:
            return try ZipEntryStream(source)
        case .tar:
            return try TarEntryStream(SourceFeed(source))
        case .tarGzip:
            return try TarEntryStream(Decompressor(source) { archive_read_support_filter_gzip($0) })
        case .tarZstd:
            try ZstdLayout.check(source, maximumWindow: ArchiveFormat.maximumWindow)
            return try TarEntryStream(Decompressor(source) { archive_read_support_filter_zstd($0) })
        case .tarXz:
            try XzLayout.check(source, maximumWindow: ArchiveFormat.maximumWindow)
            return try TarEntryStream(Decompressor(source) { archive_read_support_filter_xz($0) })
        }
    }
}

/// A ZIP, of which ``ZipLayout`` has seen that its local headers and its central directory say the same.
private final class ZipEntryStream: EntryStream {
    private let layout: ZipLayout
    private let archive: LibArchive
    private var index = 0
    private var offset: Int64 = 0

    init(_ source: any ByteSource) throws {
        layout = try ZipLayout.read(source)
        archive = try LibArchive(feed: SourceFeed(source)) { archive_read_support_format_zip_seekable($0) }
    }

    func next() throws -> ArchiveEntry? {
        guard let header = try archive.nextHeader() else {
            guard index == layout.entries.count else { throw ArchiveError.invalid("entries are missing") }
            return nil
        }
        let read = try ArchiveEntry(header)
        // A name is bytes: libarchive's view of one that is not composed, or has a backslash, is another.
        guard index < layout.entries.count, isSame(read, layout.entries[index]) else {
            throw ArchiveError.invalid(
                "\(quoted(String(decoding: read.name, as: UTF8.self))) is not what its header says")
        }
        let listed = layout.entries[index]
        index += 1
        offset = 0
        return ArchiveEntry(
            name: ArchiveEntry.withoutFinalSlash(listed.name), kind: try kind(read.kind, listed), mode: read.mode)
    }

    func withNextPiece(_ body: (UnsafeRawBufferPointer) throws -> Void) throws -> Bool {
        guard let piece = try archive.nextPiece(at: offset) else { return false }
        offset += Int64(piece.count)
        try body(piece)
        return true
    }

    /// libarchive takes what is no directory and no link for a file, and drops a directory's content.
    private func kind(_ read: ArchiveEntry.Kind, _ listed: ZipLayout.Entry) throws -> ArchiveEntry.Kind {
        if listed.isDirectory, listed.size > 0 { throw ArchiveError.invalid("a directory has content") }
        switch listed.unixMode.map({ $0 & 0o170000 }) {
        case nil, 0, 0o100000, 0o040000, 0o120000: return read
        default: return .other("no file, directory or link")
        }
    }

    private func isSame(_ entry: ArchiveEntry, _ listed: ZipLayout.Entry) -> Bool {
        let listedName = String(decoding: ArchiveEntry.withoutFinalSlash(listed.name), as: UTF8.self)
        // Canonical equivalence is what composing keeps.
        let isRenamed =
            String(decoding: entry.name, as: UTF8.self).replacingBackslashes != listedName.replacingBackslashes
        guard !isRenamed else { return false }
        if case .file(let size) = entry.kind { return size == listed.size }
        return true
    }
}

/// A tar, whose bytes are looked at to their end: after the end marker only zeros may follow.
private final class TarEntryStream: EntryStream {
    private let feed: TailWatch
    private let archive: LibArchive
    private var offset: Int64 = 0
    private var isInEntry = false
    /// Where the content of the last entry, with its padding, ends.
    private var contentEnd: Int64 = 0

    init(_ inner: any Feed) throws {
        feed = TailWatch(inner)
        archive = try LibArchive(feed: feed) { archive_read_support_format_tar($0) }
    }

    func next() throws -> ArchiveEntry? {
        if isInEntry {
            try archive.skipContent()
            contentEnd = (archive.consumedByFormat + 511) / 512 * 512
        }
        guard let header = try archive.nextHeader() else {
            try feed.drain()
            // tar(5): "two 512-byte blocks of zero bytes".
            let tail = feed.total - contentEnd
            guard tail >= 1024 else { throw ArchiveError.invalid("it ends before its end marker") }
            guard feed.trailingZeros >= tail else { throw ArchiveError.invalid("bytes follow its end marker") }
            return nil
        }
        isInEntry = true
        offset = 0
        guard archive_entry_sparse_count(header) == 0 else { throw ArchiveError.invalid("an entry is sparse") }
        return try ArchiveEntry(header)
    }

    func withNextPiece(_ body: (UnsafeRawBufferPointer) throws -> Void) throws -> Bool {
        guard let piece = try archive.nextPiece(at: offset) else { return false }
        offset += Int64(piece.count)
        try body(piece)
        return true
    }
}

/// Passes bytes on and remembers how many there were, and how many zeros they end with.
private final class TailWatch: Feed {
    var error: (any Error)?
    private let inner: any Feed
    private(set) var total: Int64 = 0
    private(set) var trailingZeros: Int64 = 0

    /// A tar's last record is filled up with zeros; more than this is no padding.
    private static let longestTail: Int64 = 1 << 20

    init(_ inner: any Feed) { self.inner = inner }

    func next(_ buffer: UnsafeMutablePointer<UnsafeRawPointer?>) throws -> Int {
        let count = try inner.next(buffer)
        let bytes = UnsafeRawBufferPointer(start: buffer.pointee, count: count)
        total += Int64(count)
        if let last = bytes.lastIndex(where: { $0 != 0 }) {
            trailingZeros = Int64(count - 1 - last)
        } else {
            trailingZeros += Int64(count)
        }
        return count
    }

    func drain() throws {
        let start = total
        var ignored: UnsafeRawPointer?
        while try next(&ignored) > 0 {
            if total - start > Self.longestTail { throw ArchiveError.invalid("bytes follow its end marker") }
        }
    }
}

/// The bytes that one filter of libarchive yields.
private final class Decompressor: Feed {
    var error: (any Error)?
    private let source: any ByteSource
    private let archive: LibArchive
    private var offset: Int64 = 0
    private var isAtEnd = false

    init(_ source: any ByteSource, enableFilter: (OpaquePointer) -> Int32) throws {
        self.source = source
        archive = try LibArchive(feed: SourceFeed(source)) { handle in
            let status = enableFilter(handle)
            return status == ARCHIVE_OK ? archive_read_support_format_raw(handle) : status
        }
        guard try archive.nextHeader() != nil else { throw ArchiveError.invalid("it is empty") }
    }

    func next(_ buffer: UnsafeMutablePointer<UnsafeRawPointer?>) throws -> Int {
        while !isAtEnd {
            guard let piece = try archive.nextPiece(at: offset) else {
                isAtEnd = true
                guard archive.consumedOfSource == source.size else {
                    throw ArchiveError.invalid("bytes follow the compressed data")
                }
                break
            }
            offset += Int64(piece.count)
            // To libarchive a piece without bytes would be the end.
            if piece.isEmpty { continue }
            buffer.pointee = piece.baseAddress
            return piece.count
        }
        buffer.pointee = nil
        return 0
    }
}

extension ArchiveEntry {
    fileprivate init(_ header: OpaquePointer) throws {
        guard let path = archive_entry_pathname(header) else { throw ArchiveError.invalid("a name is not UTF-8") }
        let mode = UInt32(archive_entry_perm(header)) & 0o7777
        let kind: Kind
        if archive_entry_is_encrypted(header) != 0 {
            kind = .other("encrypted")
        } else if archive_entry_hardlink(header) != nil {
            kind = .other("a hard link")
        } else {
            switch UInt32(archive_entry_filetype(header)) {
            case 0o100000:
                guard archive_entry_size_is_set(header) != 0 else { throw ArchiveError.invalid("a size is missing") }
                kind = .file(size: archive_entry_size(header))
            case 0o040000: kind = .directory
            case 0o120000: kind = .link(target: archive_entry_symlink(header).map { Self.bytes($0) } ?? [])
            case 0o010000: kind = .other("a FIFO")
            case 0o140000: kind = .other("a socket")
            default: kind = .other("a device")
            }
        }
        self.init(name: Self.withoutFinalSlash(Self.bytes(path)), kind: kind, mode: mode)
    }

    fileprivate static func withoutFinalSlash(_ name: [UInt8]) -> [UInt8] {
        name.last == UInt8(ascii: "/") ? name.dropLast() : name
    }

    private static func bytes(_ text: UnsafePointer<CChar>) -> [UInt8] {
        var end = 0
        while text[end] != 0 { end += 1 }
        return UnsafeRawBufferPointer(start: text, count: end).map { $0 }
    }
}

extension String {
    /// As libarchive shows a name that was written on a system with backslashes.
    fileprivate var replacingBackslashes: String {
        utf8.contains(UInt8(ascii: "\\")) ? String(map { $0 == "\\" ? "/" : $0 }) : self
    }
}
