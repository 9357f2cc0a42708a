import Archives
import DiskIO
import HostModel
import Signatures
import Storage

/// Reads the payload of a verified bundle once, and compares, hashes and writes each entry as it passes.
package struct BundleUnpacker {
    private let bundle: VerifiedBundle
    private let progress: @Sendable (Int64) -> Void
    private let cancellation: Cancellation

    /// - Parameter progress: told the bytes of content that were verified so far; the whole is ``VerifiedBundle/bytes``.
    package init(
        _ bundle: VerifiedBundle, cancellation: Cancellation, progress: @escaping @Sendable (Int64) -> Void = { _ in }
    ) {
        self.bundle = bundle
        self.cancellation = cancellation
        self.progress = progress
    }

    /// Unpacks into an empty staging tree.
    ///
    /// - Parameter reuse: trees whose unchanged files are shared instead of written again, where that is safe.
    /// - Returns: the tree, which holds exactly the bundle; its root and `apphost/` are still writable.
    /// - Throws: the first thing that is not as the inventory lists it. The tree was discarded.
    package func unpack(into tree: consuming StagingTree, reuse: ReuseSource?) throws -> UnpackedTree {
        do {
            let writer = TreeWriter(root: tree.directory)
            try writeSidecars(to: writer)
            var visitor = UnpackVisitor(
                inventory: bundle.sidecars.inventory, writer: writer, reuse: reuse, progress: progress,
                cancellation: cancellation)
            try InventoryMerge.run(bundle.sidecars.inventory, bundle.payload, &visitor)
            try TreeFinish.run(tree.directory, inventory: bundle.sidecars.inventory)
        } catch {
            try tree.discard()
            throw error
        }
        return UnpackedTree(tree: tree)
    }

    /// Verifies the whole payload and writes nothing.
    package func check() throws {
        var visitor = UnpackVisitor(
            inventory: bundle.sidecars.inventory, writer: nil, reuse: nil, progress: progress,
            cancellation: cancellation)
        try InventoryMerge.run(bundle.sidecars.inventory, bundle.payload, &visitor)
    }

    private func writeSidecars(to writer: TreeWriter) throws {
        if let signatures = bundle.sidecars.signatures { try writer.write(signatures, to: Statement.path) }
        let inventory = try writer.create(InventoryReader.path, isExecutable: false)
        try FileCopy.copy(bundle.sidecars.inventory, to: inventory)
        try inventory.close()
        try writer.write(bundle.sidecars.manifest, to: Manifest.path)
    }
}

/// A staging tree that holds exactly one verified bundle. Only ``VerifiedBundle/seal(_:receipt:)`` makes more of it.
package struct UnpackedTree: ~Copyable {
    let tree: StagingTree

    package consuming func discard() throws { try tree.discard() }
}

/// Takes each listed entry from the stream; refuses the bundle at the first that is not as it should be.
private struct UnpackVisitor: InventoryMerge.Visitor {
    let inventory: File
    /// Nil to verify alone.
    let writer: TreeWriter?
    let reuse: ReuseSource?
    let progress: (Int64) -> Void
    let cancellation: Cancellation
    private var digest = ReusableDigest()
    private var verified: Int64 = 0

    init(
        inventory: File, writer: TreeWriter?, reuse: ReuseSource?, progress: @escaping (Int64) -> Void,
        cancellation: Cancellation
    ) {
        self.inventory = inventory
        self.writer = writer
        self.reuse = reuse
        self.progress = progress
        self.cancellation = cancellation
    }

    mutating func match(_ listed: InventoryEntry, _ entry: ArchiveEntry, _ stream: any EntryStream) throws {
        try cancellation.check()
        if let problem = EntryPolicy.problem(of: entry, listedAs: listed.kind) {
            throw BundleError.entryMismatch(listed.path.description, problem: problem)
        }
        guard case .file(let size, let isExecutable, let sha256) = listed.kind else { return }
        let target = try writer.map { writer in
            try FileTarget(listed.path, size: size, isExecutable: isExecutable, sha256, writer, reuse)
        }
        var total: Int64 = 0
        while try stream.withNextPiece({ piece in
            total += Int64(piece.count)
            guard total <= size else { throw BundleError.digestMismatch(listed.path.description) }
            digest.stream.update(piece)
            try target?.take(piece)
            progress(verified + total)
            try cancellation.check()
        }) {}
        guard digest.stream.finishAndReset() == sha256, total == size else {
            throw BundleError.digestMismatch(listed.path.description)
        }
        try target?.finish()
        verified += total
    }

    func missing(_ listed: InventoryEntry) throws {
        // A listed link may be absent: it is made from the inventory.
        if case .link = listed.kind { return }
        throw BundleError.entryMissing(listed.path.description)
    }

    func unexpected(_ entry: ArchiveEntry) throws {
        let name = String(decoding: entry.name, as: UTF8.self)
        guard let path = RelativePath(entry.name) else {
            throw BundleError.entryRefused(name, problem: "its name is no relative path")
        }
        if case .other(let what) = entry.kind { throw BundleError.entryRefused(name, problem: "it is \(what)") }
        let reader = try InventoryReader(inventory)
        while let listed = try reader.next(), listed.path <= path {
            if listed.path == path { throw BundleError.outOfOrder(name) }
        }
        throw BundleError.entryUnexpected(name)
    }
}

/// A digest that serves one file after the other; a class, so that it can be changed from a closure.
private final class ReusableDigest {
    var stream = DigestStream()
}
