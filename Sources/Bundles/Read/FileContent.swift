import DiskIO
import HostModel
import Signatures

/// The content of one file after the other, hashed as it passes.
final class FileContent {
    /// The present one; nil before the first, and for what is no file.
    private(set) var file: File?
    private var size: Int64 = 0
    private var offset: Int64 = 0
    private var digest = DigestStream()
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 16)

    deinit { buffer.deallocate() }

    /// - Parameter size: in bytes. What the file grows by while it is read is no content of it.
    func begin(_ file: File, size: Int64) {
        end()
        (self.file, self.size) = (file, size)
    }

    func end() {
        if offset > 0 { digest.reset() }
        (file, size, offset) = (nil, 0, 0)
    }

    /// As ``EntryStream/withNextPiece(_:)``.
    func withNextPiece(_ body: (UnsafeRawBufferPointer) throws -> Void) throws -> Bool {
        guard let file, offset < size else { return false }
        let part = UnsafeMutableRawBufferPointer(rebasing: buffer[..<Int(min(Int64(buffer.count), size - offset))])
        let count = try file.read(at: offset, into: part)
        guard count > 0 else { return false }
        offset += Int64(count)
        let piece = UnsafeRawBufferPointer(rebasing: buffer[..<count])
        digest.update(piece)
        try body(piece)
        return true
    }

    /// As ``HashedEntryStream/contentDigest()``.
    func finish() throws -> ContentDigest {
        while try withNextPiece({ _ in }) {}
        return digest.finishAndReset()
    }
}
