import DiskIO
import HostModel
import Signatures

/// Where one file's content goes while it passes: a new file, or only a comparison with the same file in a tree that is
/// there already, which is then shared.
final class FileTarget {
    private let path: RelativePath
    private let isExecutable: Bool
    private let sha256: ContentDigest
    private let writer: TreeWriter
    private let sharing: ReuseSource.Sharing
    private var way: Way
    private var offset: Int64 = 0

    private enum Way {
        case write(File)
        /// Every byte so far was equal to that file's.
        case compare(File)
    }

    init(
        _ path: RelativePath, size: Int64, isExecutable: Bool, _ sha256: ContentDigest, _ writer: TreeWriter,
        _ reuse: ReuseSource?
    ) throws {
        self.path = path
        self.isExecutable = isExecutable
        self.sha256 = sha256
        self.writer = writer
        sharing = reuse?.sharing ?? .none
        let same = try reuse?.file(at: path, size: size, isExecutable: isExecutable, sha256)
        way = try same.map { .compare($0) } ?? .write(writer.create(path, isExecutable: isExecutable))
    }

    func take(_ piece: UnsafeRawBufferPointer) throws {
        if case .compare(let file) = way, try !file.holds(piece, at: offset) {
            // The tree that is there is damaged in this place; what went before was equal.
            let copy = try writer.create(path, isExecutable: isExecutable)
            try FileCopy.copy(file, to: copy, count: offset)
            way = .write(copy)
        }
        if case .write(let file) = way { try file.write(piece) }
        offset += Int64(piece.count)
    }

    /// - Precondition: all content was taken, and its digest is the listed one.
    func finish() throws {
        switch way {
        case .write(let file): try file.close()
        case .compare(let file): try share(file)
        }
    }

    private func share(_ file: File) throws {
        if sharing == .link {
            do throws(FileSystemError) { return try writer.link(file, to: path) } catch {
                // Another file system, or no more links: then it is written.
                guard error.isUnsupported || error.isNotFound else { throw error }
            }
        }
        let copy = try writer.create(path, isExecutable: isExecutable)
        if try sharing == .none || !copy.clone(file) { try FileCopy.copy(file, to: copy) }
        try copy.close()
    }
}

enum FileCopy {
    /// Appends the first `count` bytes of `source`, or all, to `target`.
    static func copy(_ source: File, to target: File, count: Int64 = .max) throws(FileSystemError) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 16)
        defer { buffer.deallocate() }
        var offset: Int64 = 0
        while offset < count {
            let part = UnsafeMutableRawBufferPointer(rebasing: buffer[..<Int(min(Int64(buffer.count), count - offset))])
            let read = try source.read(at: offset, into: part)
            if read == 0 { return }
            try target.write(UnsafeRawBufferPointer(rebasing: part[..<read]))
            offset += Int64(read)
        }
    }
}

extension File {
    /// Whether exactly `bytes` stand at `offset`.
    fileprivate func holds(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws(FileSystemError) -> Bool {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: max(bytes.count, 1), alignment: 16)
        defer { buffer.deallocate() }
        var filled = 0
        while filled < bytes.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[filled..<bytes.count])
            let count = try read(at: offset + Int64(filled), into: rest)
            if count == 0 { return false }
            filled += count
        }
        return buffer[..<filled].elementsEqual(bytes)
    }
}
