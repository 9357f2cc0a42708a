import DiskIO
import HostModel

/// Where the content of one file after the other goes while it passes: into a new file, or only into a comparison with the
/// same file of the installed tree, which is then shared.
final class FileTarget {
    private let writer: TreeWriter
    private let reuse: Reuse?
    private let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 16)
    private let behind = WriteBehind()
    private var canClone = true
    private var way = Way.none
    private var offset: Int64 = 0

    private enum Way {
        case none
        case write(File)
        /// Every byte so far was equal to that file's.
        case compare(File)
    }

    init(_ writer: TreeWriter, _ reuse: Reuse?) {
        self.writer = writer
        self.reuse = reuse
    }

    deinit { scratch.deallocate() }

    func begin(_ listed: InventoryEntry) throws {
        offset = 0
        way = try reuse?.walk.file(listedAs: listed).map { .compare($0) } ?? .write(create(listed))
    }

    func take(_ piece: UnsafeRawBufferPointer, of listed: InventoryEntry) throws {
        if case .compare(let file) = way, try !file.holds(piece, at: offset, scratch: scratch) {
            // The installed tree is damaged here; what went before was equal.
            reuse?.walk.take(listed, isSound: false)
            let copy = try create(listed)
            try copy.append(file, count: offset, scratch: scratch)
            way = .write(copy)
        }
        if case .write(let file) = way { try behind.write(piece, to: file) }
        offset += Int64(piece.count)
    }

    /// Waits for every write. Nothing may be taken after it.
    func finish() throws { try behind.finish() }

    /// Waits for every write, whose outcome no longer matters.
    func abandon() { behind.abandon() }

    /// - Precondition: all content was taken, and its digest is the listed one.
    func finish(_ listed: InventoryEntry) throws {
        switch way {
        case .none: break
        case .write(let file): behind.close(file)
        case .compare(let file):
            reuse?.walk.take(listed, isSound: true)
            try share(file, as: listed)
        }
        way = .none
    }

    private func share(_ file: File, as listed: InventoryEntry) throws {
        if reuse?.sharing == .link {
            do throws(FileSystemError) { return try writer.link(file, to: listed.path) } catch {
                // Another file system, no more links, or no /proc: then it is written.
                guard error.isUnsupported || error.isNotFound else { throw error }
            }
        }
        let copy = try create(listed)
        if canClone { canClone = try copy.clone(file) }
        if !canClone { try copy.append(file, count: offset, scratch: scratch) }
        try copy.close()
    }

    private func create(_ listed: InventoryEntry) throws -> File {
        try writer.create(listed.path, isExecutable: listed.slotMode == 0o555)
    }
}
