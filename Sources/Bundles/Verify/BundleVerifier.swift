import Archives
import DiskIO
import HostModel
import Signatures

/// Verifies a bundle's sidecars in the one order in which each byte is checked by what came before it:
/// envelope → statement → inventory → manifest.
package struct BundleVerifier {
    private let policy: AcceptancePolicy
    private let files: any FileSystem

    package init(policy: AcceptancePolicy, files: any FileSystem) {
        self.policy = policy
        self.files = files
    }

    /// Reads the sidecars, which are the first entries, and no payload.
    ///
    /// - On disk: nothing changes; the inventory is kept in memory that belongs to the file system.
    /// - Throws: ``BundleError``, ``SignatureError`` or ``ArchiveError``.
    package func verify(_ stream: any HashedEntryStream) throws -> VerifiedBundle {
        switch try Opening(of: stream) {
        case .signed(let statement): return try verifySigned(statement, stream)
        case .unsigned(let inventory):
            guard policy.acceptsUnsigned else { throw BundleError.unsigned }
            return try readUnsigned(inventory, stream)
        }
    }

    /// As ``verify(_:)``, whoever signed it: for showing what a bundle is, never for installing it.
    ///
    /// - Returns: the bundle as one that nobody vouches for, and its envelope; nil where it has none.
    package func inspect(_ stream: any HashedEntryStream) throws -> (VerifiedBundle, Envelope?) {
        switch try Opening(of: stream) {
        case .signed(let statement):
            let (bytes, envelope) = try readEnvelope(statement, stream)
            return (try verifyContent(of: try Statement(envelope), bytes, nil, stream), envelope)
        case .unsigned(let inventory): return (try readUnsigned(inventory, stream), nil)
        }
    }

    private func verifySigned(_ entry: ArchiveEntry, _ stream: any HashedEntryStream) throws -> VerifiedBundle {
        let (signatures, envelope) = try readEnvelope(entry, stream)
        // Nothing unsigned is parsed but the envelope: first the signatures, then what they are over.
        let signers = try Vouching.signers(of: envelope, among: policy.trusted)
        let statement = try Statement(envelope)
        let vouching = try Vouching.judge(signers, for: statement.app, as: policy.standing, at: policy.now)
        return try verifyContent(of: statement, signatures, vouching, stream)
    }

    private func readEnvelope(_ entry: ArchiveEntry, _ stream: any HashedEntryStream) throws -> ([UInt8], Envelope) {
        let bytes = try sidecar(entry, Statement.path, limit: Int64(Envelope.limit), stream)
        do throws(RecordError) { return (bytes, try Envelope.read(bytes, file: Statement.path)) } catch {
            throw BundleError.statementInvalid(error.problem)
        }
    }

    private func verifyContent(
        of statement: Statement, _ signatures: [UInt8], _ vouching: Vouching?, _ stream: any HashedEntryStream
    ) throws -> VerifiedBundle {
        try checkApp(statement.app)
        try checkLimits(files: statement.files, bytes: statement.bytes)
        let inventory = try spool(try required(InventoryReader.path, stream), limit: statement.inventoryBytes, stream)
        guard inventory.digest == statement.digest else { throw BundleError.inventoryDigestDiffers }
        let summary = try check(inventory.file, caseSensitive: statement.caseSensitive)
        guard summary.files == statement.files, summary.bytes == statement.bytes,
            summary.header.app == statement.app, summary.header.version == statement.version,
            inventory.size == statement.inventoryBytes
        else { throw BundleError.inconsistent("the signed statement and the inventory contradict each other") }
        return try finish(stream, signatures, inventory, summary, vouching)
    }

    private func readUnsigned(_ entry: ArchiveEntry, _ stream: any HashedEntryStream) throws -> VerifiedBundle {
        let inventory = try spool(entry, limit: InventoryReader.limit, stream)
        // No statement says that twins in letter case are meant.
        let summary = try check(inventory.file, caseSensitive: false)
        try checkApp(summary.header.app)
        try checkLimits(files: summary.files, bytes: summary.bytes)
        return try finish(stream, nil, inventory, summary, nil)
    }

    private func finish(
        _ stream: any HashedEntryStream, _ signatures: [UInt8]?, _ inventory: Spool, _ summary: InventorySummary,
        _ vouching: Vouching?
    ) throws -> VerifiedBundle {
        guard case .file(_, _, let sha256) = summary.manifest else { throw BundleError.entryMissing(Manifest.path) }
        let entry = try required(Manifest.path, stream)
        if let problem = EntryPolicy.problem(of: entry, listedAs: summary.manifest) {
            throw BundleError.entryMismatch(Manifest.path, problem: problem)
        }
        let bytes = try sidecar(entry, Manifest.path, limit: Int64(Manifest.limit), stream)
        guard DigestStream.digest(of: bytes) == sha256 else { throw BundleError.digestMismatch(Manifest.path) }
        let manifest = try ManifestCheck.read(bytes, against: summary.header, inventory: inventory.file)
        return VerifiedBundle(
            digest: inventory.digest, manifest: manifest, summary: summary, vouching: vouching,
            sidecars: .init(signatures: signatures, inventory: inventory.file, manifest: bytes), payload: stream)
    }

    private func checkApp(_ found: AppID) throws {
        if let expected = policy.app, expected != found {
            throw BundleError.wrongApp(found: found, expected: expected)
        }
    }

    private func checkLimits(files: Int64, bytes: Int64) throws {
        let limits = policy.limits
        guard files <= limits.entries else {
            throw BundleError.limitExceeded(setting: "limits.entries", needed: files, limit: limits.entries)
        }
        guard bytes <= limits.expandedBytes else {
            throw BundleError.limitExceeded(setting: "limits.expandedBytes", needed: bytes, limit: limits.expandedBytes)
        }
    }

    private func check(_ inventory: File, caseSensitive: Bool) throws -> InventorySummary {
        try InventoryCheck.run(
            inventory, caseSensitive: caseSensitive, entryLimit: policy.limits.entries,
            onlySums: policy.standing == .installed)
    }

    // MARK: Reading sidecars

    private struct Spool {
        let file: File
        let size: Int64
        let digest: ContentDigest
    }

    private func required(_ path: String, _ stream: any HashedEntryStream) throws -> ArchiveEntry {
        guard let entry = try stream.next() else { throw BundleError.entryMissing(path) }
        guard entry.name.elementsEqual(path.utf8) else { throw BundleError.entryMissing(path) }
        return entry
    }

    private func sidecar(
        _ entry: ArchiveEntry, _ path: String, limit: Int64, _ stream: any HashedEntryStream
    ) throws -> [UInt8] {
        var bytes: [UInt8] = []
        try read(entry, path, limit: limit, stream) { bytes.append(contentsOf: $0) }
        return bytes
    }

    private func spool(_ entry: ArchiveEntry, limit: Int64, _ stream: any HashedEntryStream) throws -> Spool {
        let file = try File.anonymous(files: files)
        var digest = DigestStream()
        let size = try read(entry, InventoryReader.path, limit: limit, stream) { piece in
            digest.update(piece)
            try file.write(piece)
        }
        return Spool(file: file, size: size, digest: digest.finish())
    }

    @discardableResult
    private func read(
        _ entry: ArchiveEntry, _ path: String, limit: Int64, _ stream: any HashedEntryStream,
        _ take: (UnsafeRawBufferPointer) throws -> Void
    ) throws -> Int64 {
        guard case .file(let size) = entry.kind else { throw BundleError.entryRefused(path, problem: "it is no file") }
        if let problem = EntryPolicy.problem(ofMode: entry.mode, isExecutable: false) {
            throw BundleError.entryRefused(path, problem: problem)
        }
        guard size <= limit else { throw BundleError.sidecarTooLong(path, limit: limit) }
        var total: Int64 = 0
        while try stream.withNextPiece({ piece in
            total += Int64(piece.count)
            guard total <= limit else { throw BundleError.sidecarTooLong(path, limit: limit) }
            try take(piece)
        }) {}
        return total
    }
}

/// Whether a manifest and its inventory say the same.
enum ManifestCheck {
    static func read(_ bytes: [UInt8], against header: InventoryHeader, inventory: File) throws -> Manifest {
        let manifest: Manifest
        do throws(RecordError) { manifest = try Manifest.read(bytes) } catch {
            throw BundleError.manifestInvalid(error)
        }
        guard manifest.id == header.app, manifest.version == header.version else {
            throw BundleError.inconsistent("the manifest and the inventory name different apps or versions")
        }
        try check(manifest.programs, inventory: inventory)
        return manifest
    }

    /// All in one pass: a manifest has room for thousands of programs, and an inventory for far more files.
    private static func check(_ programs: [(key: String, path: RelativePath)], inventory: File) throws {
        guard !programs.isEmpty else { return }
        var missing = Set(programs.map { $0.path })
        let reader = try InventoryReader(inventory)
        while !missing.isEmpty, let entry = try reader.next() {
            if case .file(_, isExecutable: true, _) = entry.kind { missing.remove(entry.path) }
        }
        guard let first = programs.first(where: { missing.contains($0.path) }) else { return }
        throw BundleError.manifestContradicts(
            "'\(first.key)' begins with \(quoted(first.path.description)), which is no executable file of the bundle")
    }
}

/// The first entry of a bundle, which says what kind of one it is.
private enum Opening {
    /// The signed statement.
    case signed(ArchiveEntry)
    /// The inventory: there is no statement.
    case unsigned(ArchiveEntry)

    init(of stream: any HashedEntryStream) throws {
        guard let first = try stream.next() else { throw BundleError.notABundle(first: nil) }
        if first.name.elementsEqual(Statement.path.utf8) {
            self = .signed(first)
        } else if first.name.elementsEqual(InventoryReader.path.utf8) {
            self = .unsigned(first)
        } else {
            throw BundleError.notABundle(first: String(decoding: first.name, as: UTF8.self))
        }
    }
}
