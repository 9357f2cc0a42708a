import Archives
import DiskIO
import HostModel
import Signatures

/// Packs a directory into an archive whose bytes depend on nothing but the directory's content.
package struct BundlePacker {
    private let directory: Directory
    private let prepared: BundleSigner.Prepared
    private let progress: (Int64) -> Void

    /// - Parameter prepared: what ``BundleSigner/prepare(caseSensitive:)`` found in the same directory.
    package init(
        _ directory: Directory, _ prepared: BundleSigner.Prepared, progress: @escaping (Int64) -> Void = { _ in }
    ) {
        self.directory = directory
        self.prepared = prepared
        self.progress = progress
    }

    /// Writes the archive.
    ///
    /// - On disk: `name` in `place` is replaced, whole and for good; the directory is only read.
    /// - Parameter envelope: goes into the archive; nil packs an unsigned bundle.
    /// - Throws: ``BundleError/changedWhilePacking(_:)`` when a file is not what was listed; no archive is left.
    package func pack(
        as name: DiskPath, in place: Directory, format: ArchiveFormat, envelope: Envelope?
    ) throws {
        let temporary = DurableFile.successor(of: name)
        try place.unlinkIfPresent(temporary)
        let file = try place.file(temporary, as: .creating(mode: 0o644))
        do {
            try file.setMode(0o644)
            try write(to: file, format: format, envelope: envelope)
            try file.sync()
            try file.close()
            try place.replace(name, with: temporary)
            try place.sync()
        } catch {
            try place.unlinkIfPresent(temporary)
            throw error
        }
    }

    private func write(to file: File, format: ArchiveFormat, envelope: Envelope?) throws {
        let archive = try ArchiveWriter(format) { try file.write($0) }
        if let envelope { try add(envelope.bytes, as: Statement.path, to: archive) }
        guard let inventory = try prepared.inventory.content(limit: Int(InventoryReader.limit)) else {
            throw BundleError.sidecarTooLong(InventoryReader.path, limit: InventoryReader.limit)
        }
        try add(inventory, as: InventoryReader.path, to: archive)

        let stream = DirectoryEntryStream(directory)
        var entry = try stream.next()
        while let name = entry?.name, !name.elementsEqual(Manifest.path.utf8) { entry = try stream.next() }
        let manifest = prepared.summary.manifest
        guard let found = entry, let path = RelativePath(Manifest.path) else {
            throw BundleError.changedWhilePacking(Manifest.path)
        }
        var packed: Int64 = 0
        try copy(InventoryEntry(path: path, kind: manifest), found, from: stream, to: archive, &packed)
        var merge = try InventoryMerge(prepared.inventory, stream)
        while let step = try merge.next() {
            switch step {
            case .match(let listed, let entry): try copy(listed, entry, from: stream, to: archive, &packed)
            case .missing(let listed): throw BundleError.changedWhilePacking(listed.path.description)
            case .unexpected(let entry):
                throw BundleError.changedWhilePacking(String(decoding: entry.name, as: UTF8.self))
            }
        }
        try archive.finish()
    }

    private func add(_ bytes: [UInt8], as name: String, to archive: ArchiveWriter) throws {
        guard let path = RelativePath(name) else { preconditionFailure("\(name) is no relative path") }
        try archive.entry(path, .file(size: Int64(bytes.count)))
        try bytes.withUnsafeBytes { try archive.content($0) }
    }

    /// Copies one entry, and sees that it is still what was listed.
    private func copy(
        _ listed: InventoryEntry, _ entry: ArchiveEntry, from stream: DirectoryEntryStream, to archive: ArchiveWriter,
        _ packed: inout Int64
    ) throws {
        let name = listed.path.description
        guard EntryPolicy.problem(of: entry, listedAs: listed.kind) == nil else {
            throw BundleError.changedWhilePacking(name)
        }
        guard case .file(let size, let isExecutable, let sha256) = listed.kind else {
            return try archive.entry(listed.path, entry.kind)
        }
        try archive.entry(listed.path, .file(size: size), isExecutable: isExecutable)
        var total: Int64 = 0
        while try stream.withNextPiece({ piece in
            total += Int64(piece.count)
            guard total <= size else { throw BundleError.changedWhilePacking(name) }
            try archive.content(piece)
            progress(packed + total)
        }) {}
        guard try stream.contentDigest() == sha256 else { throw BundleError.changedWhilePacking(name) }
        packed += total
    }
}
