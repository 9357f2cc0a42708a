import CArchive
import CZlib
import Glibc
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
            return try TarEntryStream(GzipMember(source))
        case .tarZstd:
            try ZstdLayout.check(source, maximumWindow: ArchiveFormat.maximumWindow)
            return try TarEntryStream(Decompressor(source, ARCHIVE_FILTER_ZSTD))
        case .tarXz:
            try XzLayout.check(source, maximumWindow: ArchiveFormat.maximumWindow)
            return try TarEntryStream(Decompressor(source, ARCHIVE_FILTER_XZ))
        }
    }
}

/// A ZIP, of which ``ZipLayout`` has seen that its local headers and its central directory say the same.
private final class ZipEntryStream: EntryStream {
    private let source: any ByteSource
    private let layout: ZipLayout
    private let archive: LibArchive
    private var index = 0
    private var offset: Int64 = 0
    /// Of the present entry's content.
    private var size: Int64 = 0

    init(_ source: any ByteSource) throws {
        self.source = source
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
        if case .file = read.kind { size = listed.size } else { size = 0 }
        return ArchiveEntry(
            name: ArchiveEntry.withoutFinalSlash(listed.name), kind: try kind(read.kind, listed), mode: read.mode)
    }

    func withNextPiece(_ body: (UnsafeRawBufferPointer) throws -> Void) throws -> Bool {
        let piece = try archive.nextPiece(at: offset)
        offset += Int64(piece?.count ?? 0)
        // Before a piece is handed on: it may be all that a bomb ever needs.
        guard piece == nil ? offset == size : offset <= size else {
            throw ArchiveError.invalid("the content of an entry has not the size that its header says")
        }
        guard let piece else { return false }
        try body(piece)
        return true
    }

    /// libarchive takes what is no directory and no link for a file, and looks at the content of files alone.
    private func kind(_ read: ArchiveEntry.Kind, _ listed: ZipLayout.Entry) throws -> ArchiveEntry.Kind {
        // Some go by the slash, some by the mode.
        let type = listed.unixMode.map { $0 & 0o170000 } ?? 0
        guard (read == .directory) == listed.isDirectory, !listed.isDirectory || [0, 0o040000].contains(type) else {
            throw ArchiveError.invalid("an entry is a directory by its name or by its mode alone")
        }
        guard [0, 0o100000, 0o040000, 0o120000].contains(type) else { return .other("no file, directory or link") }
        switch read {
        case .directory:
            guard listed.size == 0, listed.crc == 0, try isNothing(listed) else {
                throw ArchiveError.invalid("a directory has content")
            }
            return .directory
        case .link: return .link(target: try target(of: listed))
        case .file, .other: return read
        }
    }

    /// Whether an entry has no bytes in the archive, or the two that deflate makes of nothing.
    private func isNothing(_ entry: ZipLayout.Entry) throws -> Bool {
        if entry.compressedSize == 0 { return true }
        guard entry.method == 8, entry.compressedSize == 2 else { return false }
        return try source.bytes(at: entry.dataOffset, count: 2) == [3, 0]
    }

    /// A link's target as it lies in the archive. libarchive's would be composed, end at a NUL, and have any checksum.
    private func target(of link: ZipLayout.Entry) throws -> [UInt8] {
        guard link.method == 0, (1...Self.longestTarget).contains(link.size),
            let target = try source.bytes(at: link.dataOffset, count: Int(link.size)), !target.contains(0)
        else { throw ArchiveError.invalid("the target of a link is compressed, empty, torn or too long") }
        guard UInt32(truncatingIfNeeded: crc32(0, target, UInt32(target.count))) == link.crc else {
            throw ArchiveError.invalid("the target of a link has another checksum than its header says")
        }
        return target
    }

    /// In bytes. Source: PATH_MAX of Linux, less the final NUL
    private static let longestTarget: Int64 = 4095

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

/// A tar, of which ``TarLayout`` sees all bytes before libarchive does.
private final class TarEntryStream: EntryStream {
    private let feed: WatchedFeed
    private let archive: LibArchive
    private var offset: Int64 = 0
    private var isInEntry = false

    init(_ inner: any Feed) throws {
        feed = WatchedFeed(inner)
        archive = try LibArchive(feed: feed) { archive_read_support_format_tar($0) }
    }

    func next() throws -> ArchiveEntry? {
        if isInEntry { try archive.skipContent() }
        guard let header = try archive.nextHeader() else {
            try feed.finish()
            return nil
        }
        isInEntry = true
        offset = 0
        guard archive_entry_sparse_count(header) == 0 else { throw ArchiveError.invalid("an entry is sparse") }
        let read = try ArchiveEntry(header)
        // libarchive composes the letters of a name in a pax header, and changes modes by lists that are there: what
        // counts is what the layout has.
        guard let member = feed.takeMember(), let entry = read.having(member) else {
            throw ArchiveError.invalid(
                "\(quoted(String(decoding: read.name, as: UTF8.self))) is not what its header says")
        }
        return entry
    }

    func withNextPiece(_ body: (UnsafeRawBufferPointer) throws -> Void) throws -> Bool {
        guard let piece = try archive.nextPiece(at: offset) else { return false }
        offset += Int64(piece.count)
        try body(piece)
        return true
    }
}

/// Passes a tar's bytes on once its layout was found good up to there.
private final class WatchedFeed: Feed {
    var error: (any Error)?
    private let inner: any Feed
    private var layout = TarLayout()

    init(_ inner: any Feed) { self.inner = inner }

    func next(_ buffer: UnsafeMutablePointer<UnsafeRawPointer?>) throws -> Int {
        let count = try inner.next(buffer)
        try layout.take(UnsafeRawBufferPointer(start: buffer.pointee, count: count))
        return count
    }

    func takeMember() -> TarMember? { layout.takeMember() }

    /// Reads what libarchive left, which is the rest of the end.
    func finish() throws {
        var ignored: UnsafeRawPointer?
        while try next(&ignored) > 0 {}
        try layout.finish()
    }
}

/// The bytes that one filter of libarchive yields.
private final class Decompressor: Feed {
    var error: (any Error)?
    private let source: any ByteSource
    private let archive: LibArchive
    private var offset: Int64 = 0
    private var isAtEnd = false

    /// - Parameter filter: this one, once. A filter that libarchive may choose it also chooses again for what it yields,
    ///   whose window nobody looked at.
    init(_ source: any ByteSource, _ filter: Int32) throws {
        self.source = source
        archive = try LibArchive(feed: SourceFeed(source)) { handle in
            let status = archive_read_append_filter(handle, filter)
            return status == ARCHIVE_OK ? archive_read_support_format_raw(handle) : status
        }
        guard try archive.nextHeader() != nil else { throw ArchiveError.invalid("it is empty") }
    }

    func next(_ buffer: UnsafeMutablePointer<UnsafeRawPointer?>) throws -> Int {
        while !isAtEnd {
            guard let piece = try archive.nextPiece(at: offset) else {
                isAtEnd = true
                try checkEnd()
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

    private func checkEnd() throws {
        guard archive.consumedOfSource == source.size else {
            throw ArchiveError.invalid("bytes follow the compressed data")
        }
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

    /// This entry with the name and the mode that a tar has for it; nil where the name is that of another.
    fileprivate func having(_ member: TarMember) -> ArchiveEntry? {
        let path = Self.withoutFinalSlash(member.path)
        guard Self.isSame(name, path) else { return nil }
        guard case .link(let target) = kind else { return ArchiveEntry(name: path, kind: kind, mode: member.mode) }
        guard let own = member.target, Self.isSame(target, own) else { return nil }
        return ArchiveEntry(name: path, kind: .link(target: own), mode: member.mode)
    }

    /// Canonical equivalence is what composing keeps, and how Swift compares text.
    private static func isSame(_ one: [UInt8], _ other: [UInt8]) -> Bool {
        one == other || String(decoding: one, as: UTF8.self) == String(decoding: other, as: UTF8.self)
    }

    fileprivate static func withoutFinalSlash(_ name: [UInt8]) -> [UInt8] {
        name.last == UInt8(ascii: "/") ? name.dropLast() : name
    }

    private static func bytes(_ text: UnsafePointer<CChar>) -> [UInt8] {
        Array(UnsafeRawBufferPointer(start: text, count: strlen(text)))
    }
}

extension String {
    /// As libarchive shows a name that was written on a system with backslashes.
    fileprivate var replacingBackslashes: String {
        utf8.contains(UInt8(ascii: "\\")) ? String(map { $0 == "\\" ? "/" : $0 }) : self
    }
}
