import CArchive
import Glibc
import HostModel

/// A libarchive reader over bytes that Swift hands it. One format and one filter are enabled, whatever the bytes say.
final class LibArchive {
    let handle: OpaquePointer
    private let feed: any Feed

    /// - Parameters:
    ///   - feed: where the bytes come from; it must be able to seek for ZIP.
    ///   - enable: enables the one format and filter.
    init(feed: some Feed, enable: (OpaquePointer) -> Int32) throws {
        Self.useUTF8Names
        guard let handle = archive_read_new() else { preconditionFailure("libarchive has no memory for a reader") }
        self.handle = handle
        self.feed = feed
        guard enable(handle) == ARCHIVE_OK else {
            throw ArchiveError.unsupportedFormat("this libarchive was built without it")
        }
        archive_read_set_callback_data(handle, Unmanaged.passUnretained(feed as AnyObject).toOpaque())
        archive_read_set_read_callback(handle) { _, context, buffer in
            guard let context, let buffer else { return -1 }
            return withFeed(context) { try $0.next(buffer) } ?? -1
        }
        if feed.canSeek {
            archive_read_set_seek_callback(handle) { _, context, offset, whence in
                guard let context else { return Int64(ARCHIVE_FATAL) }
                return withFeed(context) { try $0.seek(offset, whence) } ?? Int64(ARCHIVE_FATAL)
            }
            archive_read_set_skip_callback(handle) { _, context, count in
                guard let context else { return 0 }
                return withFeed(context) { try $0.skip(count) } ?? 0
            }
        }
        try check(archive_read_open1(handle))
    }

    deinit { archive_read_free(handle) }

    /// - Returns: nil at the end of the archive.
    func nextHeader() throws -> OpaquePointer? {
        var entry: OpaquePointer?
        let status = archive_read_next_header(handle, &entry)
        if status == ARCHIVE_EOF {
            if let error = feed.error { throw error }
            return nil
        }
        try check(status)
        return entry
    }

    /// - Parameter expected: where the piece must begin; anything else is a hole.
    /// - Returns: nil at the end of the entry.
    func nextPiece(at expected: Int64) throws -> UnsafeRawBufferPointer? {
        var start: UnsafeRawPointer?
        var count = 0
        var offset: Int64 = 0
        let status = archive_read_data_block(handle, &start, &count, &offset)
        if status == ARCHIVE_EOF { return nil }
        try check(status)
        guard offset == expected || count == 0 else { throw ArchiveError.invalid("an entry is sparse") }
        return UnsafeRawBufferPointer(start: start, count: count)
    }

    func skipContent() throws { try check(archive_read_data_skip(handle)) }

    /// Bytes that were consumed of the source itself.
    var consumedOfSource: Int64 { archive_filter_bytes(handle, -1) }

    /// libarchive's warnings are failures here: what one reader warns of another may read in another way.
    private func check(_ status: Int32) throws {
        if status == ARCHIVE_OK { return }
        if let error = feed.error { throw error }
        // That says nothing of the archive.
        if archive_errno(handle) == ENOMEM { throw ArchiveError.readerFailed("ran out of memory") }
        let words = archive_error_string(handle).map { String(cString: $0) } ?? "it ends early"
        // "ZIP decompression failed" keeps its first letter, "Truncated input" does not.
        let isWord = words.dropFirst().first?.isLowercase == true
        throw ArchiveError.invalid(isWord ? words.prefix(1).lowercased() + words.dropFirst() : words)
    }

    /// Names pass libarchive unchanged only where the locale's encoding is UTF-8. Only the type of characters is set.
    static let useUTF8Names: Void = { _ = setlocale(LC_CTYPE, "C.UTF-8") }()
}

/// Where a ``LibArchive`` gets its bytes. An error is kept until libarchive has returned, for it cannot pass through C.
protocol Feed: AnyObject {
    var error: (any Error)? { get set }
    var canSeek: Bool { get }

    /// Points `buffer` at the next bytes, which stay until the next call.
    func next(_ buffer: UnsafeMutablePointer<UnsafeRawPointer?>) throws -> Int
    func seek(_ offset: Int64, _ whence: Int32) throws -> Int64
    func skip(_ count: Int64) throws -> Int64
}

extension Feed {
    var canSeek: Bool { false }
    func seek(_ offset: Int64, _ whence: Int32) throws -> Int64 { Int64(ARCHIVE_FATAL) }
    func skip(_ count: Int64) throws -> Int64 { 0 }
}

private func withFeed<Value>(_ context: UnsafeMutableRawPointer, _ body: (any Feed) throws -> Value) -> Value? {
    guard let feed = Unmanaged<AnyObject>.fromOpaque(context).takeUnretainedValue() as? any Feed else { return nil }
    do { return try body(feed) } catch {
        feed.error = error
        return nil
    }
}

/// The bytes of a file, with seeking.
final class SourceFeed: Feed {
    var error: (any Error)?
    var canSeek: Bool { true }
    private let source: any ByteSource
    private var position: Int64 = 0
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 128 << 10, alignment: 16)

    init(_ source: any ByteSource) { self.source = source }

    deinit { buffer.deallocate() }

    func next(_ pointer: UnsafeMutablePointer<UnsafeRawPointer?>) throws -> Int {
        let count = try source.read(at: position, into: buffer)
        position += Int64(count)
        pointer.pointee = UnsafeRawPointer(buffer.baseAddress)
        return count
    }

    func seek(_ offset: Int64, _ whence: Int32) throws -> Int64 {
        let base: Int64 = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? position : source.size
        let (target, overflow) = base.addingReportingOverflow(offset)
        guard !overflow, (0...source.size).contains(target) else {
            throw ArchiveError.invalid("it points outside itself")
        }
        position = target
        return target
    }

    func skip(_ count: Int64) throws -> Int64 {
        let skipped = max(0, min(count, source.size - position))
        position += skipped
        return skipped
    }
}
