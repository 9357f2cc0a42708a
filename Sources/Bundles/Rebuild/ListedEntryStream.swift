import Archives
import DiskIO
import HostModel
import Signatures

/// The entries of a tree in a slot: the sidecars, then what is listed, each with the mode that it should have.
///
/// Only what is listed is opened, in directories that are entered one by one and never through a link.
final class ListedEntryStream: HashedEntryStream {
    private var pendingSidecars = DirectoryEntryStream.sidecars
    /// Nil until the sidecars were verified.
    private var inventory: InventoryReader?
    private var stack: DirectoryStack
    /// The present entry, where it is a file.
    private var file: File?
    private var size: Int64 = 0
    private var offset: Int64 = 0
    private var digest = DigestStream()
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 16)

    init(_ root: Directory) {
        stack = DirectoryStack(root: root, setsModes: false) { (above, name) throws(FileSystemError) in
            try above.directory(name)
        }
    }

    deinit { buffer.deallocate() }

    /// - Parameter inventory: the one that was verified, whatever lies in the tree by now.
    func goOn(with inventory: File) throws { self.inventory = try InventoryReader(inventory) }

    /// - Throws: ``BundleError/entryMissing(_:)`` where something that is listed is not there.
    func next() throws -> ArchiveEntry? {
        if offset > 0 { digest.reset() }
        (file, size, offset) = (nil, 0, 0)
        while let name = pendingSidecars.first {
            pendingSidecars.removeFirst()
            guard let path = RelativePath(name) else { preconditionFailure("\(name) is no relative path") }
            if let entry = try entry(path, mode: 0o444) { return entry }
        }
        guard let listed = try nextListed() else { return nil }
        guard let entry = try entry(listed.path, mode: listed.slotMode ?? 0o555) else {
            throw BundleError.entryMissing(listed.path.description)
        }
        return entry
    }

    func withNextPiece(_ body: (UnsafeRawBufferPointer) throws -> Void) throws -> Bool {
        // What a file grows by while it is read is no content of this entry.
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

    func contentDigest() throws -> ContentDigest {
        while try withNextPiece({ _ in }) {}
        return digest.finishAndReset()
    }

    /// The manifest is listed in its place, but stands with the sidecars.
    private func nextListed() throws -> InventoryEntry? {
        let next = try inventory?.next()
        if let next, next.path.bytes.elementsEqual(Manifest.path.utf8) { return try inventory?.next() }
        return next
    }

    /// - Returns: nil where it is not there, or what leads to it is no directory.
    private func entry(_ path: RelativePath, mode: UInt32) throws -> ArchiveEntry? {
        guard let (directory, name) = try place(path), let kind = try directory.status(of: name)?.kind else {
            return nil
        }
        let other = ArchiveEntry.Kind.other("no file, directory or link")
        switch kind {
        case .file:
            guard let opened = try directory.fileIfPresent(name) else { return nil }
            // Of the descriptor that is read, whatever the name leads to by now.
            let status = try opened.status()
            guard status.kind == .file else { return ArchiveEntry(name: path.bytes, kind: other, mode: mode) }
            (file, size) = (opened, status.size)
            return ArchiveEntry(name: path.bytes, kind: .file(size: status.size), mode: mode)
        case .link:
            let target = try directory.linkTarget(name).bytes
            return ArchiveEntry(name: path.bytes, kind: .link(target: target), mode: mode)
        case .directory: return ArchiveEntry(name: path.bytes, kind: .directory, mode: mode)
        case .other: return ArchiveEntry(name: path.bytes, kind: other, mode: mode)
        }
    }

    private func place(_ path: RelativePath) throws(FileSystemError) -> (Directory, DiskPath)? {
        do throws(FileSystemError) { return try stack.place(path) } catch {
            guard error.isNotFound || error.isNotADirectory else { throw error }
            return nil
        }
    }
}
