import Archives
import DiskIO
import HostModel
import Signatures

/// Makes the inventory of a directory and signs it.
package struct BundleSigner {
    private let directory: Directory
    private let progress: (Int64) -> Void

    package init(_ directory: Directory, progress: @escaping (Int64) -> Void = { _ in }) {
        self.directory = directory
        self.progress = progress
    }

    /// What ``prepare(caseSensitive:)`` makes of a directory, in memory.
    package struct Prepared {
        package let manifest: Manifest
        package let statement: Statement
        /// The unsigned envelope, or one with the signatures in the directory that are over this very statement.
        package let envelope: Envelope
        let summary: InventorySummary
        let inventory: File
    }

    /// Reads and hashes everything, and checks what a host will check.
    ///
    /// - Parameter caseSensitive: whether paths may differ in letter case alone; nil keeps what was signed before.
    /// - On disk: nothing changes.
    /// - Throws: ``BundleError`` for what a host would refuse.
    package func prepare(caseSensitive: Bool?) throws -> Prepared {
        let manifestBytes = try manifestBytes()
        let manifest: Manifest
        do throws(RecordError) { manifest = try Manifest.read(manifestBytes) } catch {
            throw BundleError.manifestInvalid(error)
        }
        let signed = try presentEnvelope()
        let before = signed.flatMap { try? Statement($0) }
        let caseSensitive = caseSensitive ?? before?.caseSensitive ?? false
        let inventory = try writeInventory(for: manifest)
        let summary = try InventoryCheck.run(inventory.file, caseSensitive: caseSensitive, entryLimit: .max)
        _ = try ManifestCheck.read(manifestBytes, against: summary.header, inventory: inventory.file)
        let statement = Statement(
            digest: inventory.digest, app: manifest.id, version: manifest.version, inventoryBytes: inventory.size,
            files: summary.files, bytes: summary.bytes, caseSensitive: caseSensitive)
        // Signatures over anything else are dropped: they would refuse the bundle.
        let envelope = statement == before ? signed ?? statement.envelope : statement.envelope
        return Prepared(
            manifest: manifest, statement: statement, envelope: envelope, summary: summary, inventory: inventory.file)
    }

    /// Writes the inventory and the envelope, signed with `key`, into the directory.
    ///
    /// - On disk: `apphost/inventory.jsonl` and `apphost/signatures.json` are replaced. Twice gives the same bytes.
    package func sign(_ prepared: Prepared, with key: PrivateKey) throws -> Envelope {
        let sidecars = try directory.directory("apphost")
        guard let inventory = try prepared.inventory.content(limit: Int(InventoryReader.limit)) else {
            throw BundleError.sidecarTooLong(InventoryReader.path, limit: InventoryReader.limit)
        }
        let envelope = prepared.envelope.signed(with: key)
        try DurableFile.replace("inventory.jsonl", in: sidecars, with: inventory, mode: 0o644)
        try DurableFile.replace("signatures.json", in: sidecars, with: envelope.bytes, mode: 0o644)
        return envelope
    }

    private func manifestBytes() throws -> [UInt8] {
        guard let file = try directory.fileIfPresent(DiskPath(Manifest.path)) else {
            throw BundleError.entryMissing(Manifest.path)
        }
        guard let bytes = try file.content(limit: Manifest.limit) else {
            throw BundleError.sidecarTooLong(Manifest.path, limit: Int64(Manifest.limit))
        }
        return bytes
    }

    private func presentEnvelope() throws -> Envelope? {
        guard let file = try directory.fileIfPresent(DiskPath(Statement.path)) else { return nil }
        guard let bytes = try file.content(limit: Envelope.limit) else { return nil }
        return try? Envelope.read(bytes, file: Statement.path)
    }

    private func writeInventory(for manifest: Manifest) throws -> (file: File, size: Int64, digest: ContentDigest) {
        let output = BufferedOutput(try File.anonymous(files: directory.files))
        try output.write(InventoryHeader(app: manifest.id, version: manifest.version).line + [lineFeed])
        let stream = DirectoryEntryStream(directory)
        // The manifest stands in its sorted place in the inventory, and first among the entries.
        var pending: InventoryEntry?
        var hashed: Int64 = 0
        while let entry = try stream.next() {
            if isUnlisted(entry) { continue }
            let listed = try list(entry, stream, &hashed)
            if listed.path.bytes.elementsEqual(Manifest.path.utf8) {
                pending = listed
                continue
            }
            if let manifest = pending, manifest.path < listed.path {
                try output.write(manifest.line + [lineFeed])
                pending = nil
            }
            try output.write(listed.line + [lineFeed])
        }
        if let pending { try output.write(pending.line + [lineFeed]) }
        return try output.finish()
    }

    private func isUnlisted(_ entry: ArchiveEntry) -> Bool {
        entry.name.elementsEqual(Statement.path.utf8) || entry.name.elementsEqual(InventoryReader.path.utf8)
    }

    private func list(
        _ entry: ArchiveEntry, _ stream: DirectoryEntryStream, _ hashed: inout Int64
    ) throws -> InventoryEntry {
        let name = String(decoding: entry.name, as: UTF8.self)
        guard let path = RelativePath(entry.name) else {
            throw BundleError.entryRefused(name, problem: "its name is no relative path that every host can have")
        }
        switch entry.kind {
        case .other(let what): throw BundleError.entryRefused(name, problem: "it is \(what)")
        case .directory: return InventoryEntry(path: path, kind: .directory)
        case .link(let target): return InventoryEntry(path: path, kind: .link(target: target))
        case .file(let size):
            if entry.mode & 0o7000 != 0 {
                throw BundleError.entryRefused(name, problem: "it carries setuid, setgid or sticky")
            }
            var total: Int64 = 0
            while try stream.withNextPiece({ total += Int64($0.count) }) {}
            guard total == size else { throw BundleError.changedWhilePacking(name) }
            hashed += total
            progress(hashed)
            return InventoryEntry(
                path: path,
                kind: .file(size: size, isExecutable: entry.mode & 0o100 != 0, sha256: try stream.contentDigest()))
        }
    }

    private var lineFeed: UInt8 { UInt8(ascii: "\n") }
}

/// Gathers small writes, and hashes them.
private final class BufferedOutput {
    private let file: File
    private var buffer: [UInt8] = []
    private var size: Int64 = 0
    private var digest = DigestStream()

    init(_ file: File) { self.file = file }

    func write(_ bytes: [UInt8]) throws {
        buffer += bytes
        if buffer.count >= 64 << 10 { try flush() }
    }

    func finish() throws -> (file: File, size: Int64, digest: ContentDigest) {
        try flush()
        guard size <= InventoryReader.limit else {
            throw BundleError.sidecarTooLong(InventoryReader.path, limit: InventoryReader.limit)
        }
        return (file, size, digest.finishAndReset())
    }

    private func flush() throws {
        try file.write(buffer)
        digest.update(buffer)
        size += Int64(buffer.count)
        buffer.removeAll(keepingCapacity: true)
    }
}
