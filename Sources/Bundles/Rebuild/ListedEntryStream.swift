import Archives
import DiskIO
import HostModel

/// The entries of a tree in a slot: the sidecars, then what is listed, each with the mode that it should have.
///
/// Only what is listed is opened, in directories that are entered one by one and never through a link.
final class ListedEntryStream: HashedEntryStream {
    private var pendingSidecars = DirectoryEntryStream.sidecars
    /// Nil until the sidecars were verified.
    private var inventory: InventoryReader?
    private var stack: DirectoryStack
    private let content = FileContent()

    init(_ root: Directory) {
        stack = DirectoryStack(root: root, setsModes: false) { (above, name) throws(FileSystemError) in
            try above.directory(name)
        }
    }

    /// - Parameter inventory: the one that was verified, whatever lies in the tree by now.
    func goOn(with inventory: File) throws { self.inventory = try InventoryReader(inventory) }

    /// - Throws: ``BundleError/entryMissing(_:)`` where something that is listed is not there.
    func next() throws -> ArchiveEntry? {
        content.end()
        while let name = pendingSidecars.first {
            pendingSidecars.removeFirst()
            guard let path = RelativePath(name) else { preconditionFailure("\(name) is no relative path") }
            if let entry = try entry(path, mode: 0o444) { return entry }
        }
        guard let listed = try inventory?.nextOfPayload() else { return nil }
        guard let entry = try entry(listed.path, mode: listed.slotMode ?? 0o555) else {
            throw BundleError.entryMissing(listed.path.description)
        }
        return entry
    }

    func withNextPiece(_ body: (UnsafeRawBufferPointer) throws -> Void) throws -> Bool {
        try content.withNextPiece(body)
    }

    func contentDigest() throws -> ContentDigest { try content.finish() }

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
            content.begin(opened, size: status.size)
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
