import DiskIO
import HostModel

/// Where the content of one file after the other goes while it passes: into a new file, or nowhere, because the installed
/// tree has the same file, which is shared.
final class FileTarget {
    private let writer: TreeWriter
    private let reuse: Reuse?
    private let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 16)
    private let behind = WriteBehind()
    private var canClone = true
    private var way = Way.none

    private enum Way {
        case none
        case write(File)
        /// A file of the installed tree with the listed digest.
        case share(File)
    }

    init(_ writer: TreeWriter, _ reuse: Reuse?) {
        self.writer = writer
        self.reuse = reuse
    }

    deinit { scratch.deallocate() }

    func begin(_ listed: InventoryEntry) throws {
        way = try reuse?.walk.file(listedAs: listed).map { .share($0) } ?? .write(create(listed))
    }

    func take(_ piece: UnsafeRawBufferPointer) throws {
        if case .write(let file) = way { try behind.write(piece, to: file) }
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
        case .share(let file): try share(file, as: listed)
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
        if !canClone { try copy.append(file, scratch: scratch) }
        try copy.close()
    }

    private func create(_ listed: InventoryEntry) throws -> File {
        try writer.create(listed.path, mode: listed.slotMode ?? 0o444)
    }
}
