import Archives
import DiskIO
import Dispatch
import HostModel

/// The entries of a tree that is there already, opened and hashed ahead on a thread of its own. Their content is not handed
/// on: who goes along only wants to know whether it is right, and perhaps to share the file.
///
/// Only what may be right is hashed: a file of any size may lie in the tree of an app.
///
/// Memory: names and digests of the files on the way, each of which is open.
final class TreeReadAhead: HashedEntryStream {
    private struct Item: Sendable {
        let entry: ArchiveEntry
        let file: File?
        let digest: ContentDigest?
    }

    /// Some entries, in order; none at the end.
    private struct Batch: Sendable {
        var items: [Item] = []
        /// Why there are no more.
        var failure: (any Error)?

        /// Files that are open at once are at most this many in each batch that goes round.
        var isFull: Bool { items.count == 16 }
    }

    private let queue = BatchQueue(depth: 8, empty: Batch())
    private var batch = Batch()
    private var position = -1
    private var isAtEnd = false

    /// - Parameters:
    ///   - inner: stands behind the sidecars; given up by the caller, whose thread never touches it again.
    ///   - inventory: of the same tree.
    init(_ inner: DirectoryEntryStream, listedIn inventory: File) {
        let queue = queue
        // Whoever read the sidecars from it is done with it: only the thread below uses it from now on.
        nonisolated(unsafe) let inner = inner
        DispatchQueue(label: "apphost.tree").async { Self.fill(queue, inner, inventory) }
    }

    deinit { queue.abandon() }

    func next() throws -> ArchiveEntry? {
        position += 1
        while position == batch.items.count {
            if isAtEnd { return nil }
            batch.items.removeAll(keepingCapacity: true)
            queue.exchange(&batch)
            if let failure = batch.failure { throw failure }
            position = 0
            isAtEnd = batch.items.isEmpty
        }
        return batch.items[position].entry
    }

    func withNextPiece(_ body: (UnsafeRawBufferPointer) throws -> Void) -> Bool { false }

    func contentDigest() throws -> ContentDigest {
        guard let digest = batch.items[position].digest else {
            preconditionFailure("only a file that is as long as listed has a digest")
        }
        return digest
    }

    /// The present entry, where it is a file.
    var file: File? { batch.items[position].file }

    private static func fill(_ queue: BatchQueue<Batch>, _ inner: DirectoryEntryStream, _ inventory: File) {
        guard var batch = queue.free() else { return }
        do {
            var listed = try ListedSizes(inventory)
            while let entry = try inner.next() {
                let file = inner.file
                let digest = try listed.isListed(entry) ? file.map { _ in try inner.contentDigest() } : nil
                batch.items.append(Item(entry: entry, file: file, digest: digest))
                if batch.isFull, !queue.put(&batch) { return }
            }
            if !batch.items.isEmpty, !queue.put(&batch) { return }
        } catch {
            batch = Batch(failure: error)
        }
        _ = queue.put(&batch)
    }
}

/// The files of an inventory, gone through in its order.
private struct ListedSizes {
    private let reader: InventoryReader
    private var next: InventoryEntry?

    init(_ inventory: File) throws {
        reader = try InventoryReader(inventory)
        next = try reader.next()
    }

    /// Whether a file of this name and size is listed.
    ///
    /// - Parameter entry: behind the one that was asked for before, in the order of paths.
    mutating func isListed(_ entry: ArchiveEntry) throws -> Bool {
        guard let path = RelativePath(entry.name) else { return false }
        while let listed = next, listed.path < path { next = try reader.next() }
        guard let listed = next, listed.path == path, case .file(let size, _, _) = listed.kind else { return false }
        return entry.kind == .file(size: size)
    }
}
