import Archives
import DiskIO
import HostModel
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
    /// - Parameter reuse: the installed tree, whose unchanged files are shared instead of written again.
    /// - Returns: the tree, which holds exactly the bundle; its root and `apphost/` are still writable.
    /// - Throws: the first thing that is not as the inventory lists it. The tree was discarded.
    package func unpack(into tree: consuming StagingTree, reuse: Reuse?) throws -> UnpackedTree {
        do {
            let hasBareEntries = bundle.summary.hasBareEntries
            let writer = TreeWriter(root: tree.directory, closesDirectories: !hasBareEntries)
            try writeSidecars(to: writer)
            let target = FileTarget(writer, reuse)
            do {
                try payload(target).run()
                try target.finish()
            } catch {
                target.abandon()
                throw error
            }
            try writer.finish()
            if hasBareEntries { try TreeFinish.run(tree.directory, inventory: bundle.sidecars.inventory) }
        } catch {
            try tree.discard()
            throw error
        }
        return UnpackedTree(tree: tree)
    }

    /// Verifies the whole payload and writes nothing.
    package func check() throws {
        try payload(nil).run()
    }

    private func payload(_ target: FileTarget?) -> Payload {
        Payload(bundle: bundle, target: target, progress: progress, cancellation: cancellation)
    }

    private func writeSidecars(to writer: TreeWriter) throws {
        if let signatures = bundle.sidecars.signatures { try writer.write(signatures, to: Statement.path) }
        let inventory = try writer.create(InventoryReader.path)
        let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 16)
        defer { scratch.deallocate() }
        try inventory.append(bundle.sidecars.inventory, scratch: scratch)
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
private struct Payload {
    let bundle: VerifiedBundle
    /// Nil to verify alone.
    let target: FileTarget?
    let progress: (Int64) -> Void
    let cancellation: Cancellation

    func run() throws {
        var merge = try InventoryMerge(bundle.sidecars.inventory, bundle.payload)
        var verified: Int64 = 0
        while let step = try merge.next() {
            try cancellation.check()
            switch step {
            case .match(let listed, let entry): try take(listed, entry, &verified)
            case .missing(let listed):
                // A listed link may be absent: it is made from the inventory.
                if case .link = listed.kind { continue }
                throw BundleError.entryMissing(listed.path.description)
            case .unexpected(let entry): throw try refusal(of: entry)
            }
        }
    }

    private func take(
        _ listed: InventoryEntry, _ entry: ArchiveEntry, _ verified: inout Int64
    ) throws {
        if let problem = EntryPolicy.problem(of: entry, listedAs: listed.kind) {
            throw BundleError.entryMismatch(listed.path.description, problem: problem)
        }
        guard case .file(let size, _, let sha256) = listed.kind else { return }
        try target?.begin(listed)
        var total: Int64 = 0
        while try bundle.payload.withNextPiece({ piece in
            total += Int64(piece.count)
            guard total <= size else { throw BundleError.digestMismatch(listed.path.description) }
            try target?.take(piece)
            progress(verified + total)
            try cancellation.check()
        }) {}
        guard total == size, try bundle.payload.contentDigest() == sha256 else {
            throw BundleError.digestMismatch(listed.path.description)
        }
        try target?.finish(listed)
        verified += total
    }

    /// Why an entry that is not listed in this place is refused.
    private func refusal(of entry: ArchiveEntry) throws -> BundleError {
        let name = String(decoding: entry.name, as: UTF8.self)
        guard let path = RelativePath(entry.name) else {
            return .entryRefused(name, problem: "its name is no relative path")
        }
        if case .other(let what) = entry.kind { return .entryRefused(name, problem: "it is \(what)") }
        let reader = try InventoryReader(bundle.sidecars.inventory)
        while let listed = try reader.next(), listed.path <= path {
            if listed.path == path { return .outOfOrder(name) }
        }
        return .entryUnexpected(name)
    }
}
