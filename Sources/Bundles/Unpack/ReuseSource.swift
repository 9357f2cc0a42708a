import DiskIO
import HostModel
import Storage

/// A tree in a slot whose unchanged files need not be written again. Asked in the order of paths.
package final class ReuseSource {
    /// How an unchanged file gets into the new tree.
    package enum Sharing: Sendable, Equatable {
        /// Never. Every file is written.
        case none
        /// One more name for the same file: only where nothing that AppHost runs can write it.
        case link
        /// The content is shared until one of the two is written, where the file system can.
        case clone
    }

    package let sharing: Sharing
    private let tree: Directory
    private let inventory: InventoryReader
    private var entry: InventoryEntry?

    /// - Returns: nil where the tree's own inventory cannot be read: then there is nothing to reuse.
    package init?(_ slot: SlotTree, sharing: Sharing) {
        guard sharing != .none, let file = try? slot.tree.file(DiskPath(InventoryReader.path)),
            let reader = try? InventoryReader(file)
        else { return nil }
        self.sharing = sharing
        tree = slot.tree
        inventory = reader
        entry = try? reader.next()
    }

    /// The file at `path`, where the tree lists it with the same size, mode and digest. Its content is unchecked.
    func file(at path: RelativePath, size: Int64, isExecutable: Bool, _ sha256: ContentDigest) throws -> File? {
        while let listed = entry, listed.path < path { entry = try? inventory.next() }
        guard let listed = entry, listed.path == path,
            listed.kind == .file(size: size, isExecutable: isExecutable, sha256: sha256)
        else { return nil }
        guard let file = try? tree.file(DiskPath(path)) else { return nil }
        let status = try file.status()
        guard status.kind == .file, status.size == size, status.mode == (isExecutable ? 0o555 : 0o444) else { return nil }
        return file
    }
}
