import CArchive
import HostModel

/// Writes an archive for a publisher: the same bytes for the same entries, with fixed times and owners.
///
/// Zstandard and xz are written with windows of at most 8 MiB, which is what is read.
package final class ArchiveWriter {
    private let handle: OpaquePointer
    private let sink: Sink

    /// - Parameter write: is given the archive's bytes in order, and must take all of them.
    package init(_ format: ArchiveFormat, write: @escaping (UnsafeRawBufferPointer) throws -> Void) throws {
        LibArchive.useUTF8Names
        guard let handle = archive_write_new() else { preconditionFailure("libarchive has no memory for a writer") }
        self.handle = handle
        sink = Sink(write)
        try check(Self.configure(handle, for: format))
        try check(archive_write_set_bytes_per_block(handle, 64 << 10))
        try check(archive_write_set_bytes_in_last_block(handle, 1))
        let context = Unmanaged.passUnretained(sink).toOpaque()
        try check(
            archive_write_open(
                handle, context, nil,
                { _, context, bytes, count in
                    guard let context else { return -1 }
                    return Unmanaged<Sink>.fromOpaque(context).takeUnretainedValue().take(bytes, count)
                }, nil))
    }

    deinit { archive_write_free(handle) }

    /// Begins an entry. For a file, exactly `size` bytes of ``content(_:)`` follow.
    ///
    /// - Parameter isExecutable: chooses 0755 or 0644; links and directories have modes of their own.
    package func entry(_ path: RelativePath, _ kind: ArchiveEntry.Kind, isExecutable: Bool = false) throws {
        guard let entry = archive_entry_new() else { preconditionFailure("libarchive has no memory for an entry") }
        defer { archive_entry_free(entry) }
        archive_entry_set_pathname(entry, path.description)
        archive_entry_set_mtime(entry, Self.time, 0)
        archive_entry_set_uid(entry, 0)
        archive_entry_set_gid(entry, 0)
        switch kind {
        case .file(let size):
            archive_entry_set_filetype(entry, 0o100000)
            archive_entry_set_perm(entry, isExecutable ? 0o755 : 0o644)
            archive_entry_set_size(entry, size)
        case .directory:
            archive_entry_set_filetype(entry, 0o040000)
            archive_entry_set_perm(entry, 0o755)
        case .link(let target):
            archive_entry_set_filetype(entry, 0o120000)
            archive_entry_set_perm(entry, 0o777)
            archive_entry_set_size(entry, 0)
            archive_entry_set_symlink(entry, String(decoding: target, as: UTF8.self))
        case .other(let what):
            throw ArchiveError.cannotWrite("\(quoted(path.description)) is \(what)")
        }
        try check(archive_write_header(handle, entry))
    }

    package func content(_ bytes: UnsafeRawBufferPointer) throws {
        var rest = bytes
        while !rest.isEmpty {
            let count = archive_write_data(handle, rest.baseAddress, rest.count)
            guard count > 0 else { throw failure() }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }

    /// Writes the end of the archive. Nothing may follow.
    package func finish() throws { try check(archive_write_close(handle)) }

    /// 1980-01-01, the earliest time that ZIP can tell.
    private static let time = 315_532_800

    private static func configure(_ handle: OpaquePointer, for format: ArchiveFormat) -> Int32 {
        if format == .zip { return archive_write_set_format_zip(handle) }
        var steps = [
            // GNU's tar has names as they are. Where pax says that one is UTF-8, libarchive's reader composes its letters.
            archive_write_set_format_gnutar(handle)
        ]
        switch format {
        case .zip, .tar: break
        case .tarGzip:
            steps.append(archive_write_add_filter_gzip(handle))
            steps.append(archive_write_set_filter_option(handle, "gzip", "timestamp", nil))
        case .tarZstd:
            // Level 9 has a window of 4 MiB whatever the input's size.
            steps.append(archive_write_add_filter_zstd(handle))
            steps.append(archive_write_set_filter_option(handle, "zstd", "compression-level", "9"))
        case .tarXz:
            // Preset 6 has a dictionary of 8 MiB.
            steps.append(archive_write_add_filter_xz(handle))
            steps.append(archive_write_set_filter_option(handle, "xz", "compression-level", "6"))
        }
        return steps.min() ?? ARCHIVE_OK
    }

    private func check(_ status: Int32) throws {
        if status != ARCHIVE_OK { throw failure() }
    }

    private func failure() -> any Error {
        if let error = sink.error { return error }
        return ArchiveError.cannotWrite(
            archive_error_string(handle).map { String(cString: $0) } ?? "libarchive gives no reason")
    }
}

/// Takes what libarchive writes. An error is kept, for it cannot pass through C.
private final class Sink {
    private let write: (UnsafeRawBufferPointer) throws -> Void
    private(set) var error: (any Error)?

    init(_ write: @escaping (UnsafeRawBufferPointer) throws -> Void) { self.write = write }

    func take(_ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
        do {
            try write(UnsafeRawBufferPointer(start: bytes, count: count))
            return count
        } catch {
            self.error = error
            return -1
        }
    }
}
