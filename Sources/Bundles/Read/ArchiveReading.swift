import Archives
import DiskIO

/// Who reads an archive: this process, or another one for it. Its entries are the same.
package struct ArchiveReading: Sendable {
    /// Makes the stream of an open file of so many bytes. It is called on the thread that reads the stream to its end.
    package let open: @Sendable (File, Int64) throws -> any EntryStream

    package init(open: @escaping @Sendable (File, Int64) throws -> any EntryStream) { self.open = open }

    package static let inThisProcess = ArchiveReading { file, size in
        try ArchiveEntryStream.open(FileBytes(file: file, size: size))
    }
}

/// The bytes of an open file, for libarchive.
private struct FileBytes: ByteSource {
    let file: File
    let size: Int64

    func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        try file.read(at: offset, into: buffer)
    }
}
