import Archives
import Bundles
import DiskIO
import HostModel
import Signatures
import Storage

/// What a publisher does with directories and keys. Needs no root.
package struct Publishing: Sendable {
    let files: any FileSystem

    package init(files: any FileSystem = LinuxFileSystem()) { self.files = files }

    /// Makes a key pair.
    ///
    /// - On disk: `path` (PKCS#8 PEM, 0600) and `path.pub` (the key object).
    /// - Throws: where one of the two is there already; nothing was written.
    /// - Returns: the keyid.
    package func newKey(at path: String) throws -> String {
        let (place, name) = try parent(of: path)
        let publicName = DiskPath(name.bytes + Array(".pub".utf8))
        for taken in [name, publicName] where try place.status(of: taken) != nil {
            throw HostError.fileExists(place.full(taken))
        }
        let key = PrivateKey.generate()
        try DurableFile.replace(name, in: place, with: key.pem, mode: 0o600)
        try DurableFile.replace(publicName, in: place, with: key.publicKey.json.line, mode: 0o644)
        return key.publicKey.keyid.hex
    }

    /// What signing or packing made.
    package struct Outcome: Sendable, JSONRepresentable {
        package let app: AppID
        package let version: BundleVersion
        package let digest: ContentDigest
        package let files: Int64
        package let bytes: Int64
        package let keyids: [String]
        /// The archive; nil for a directory that was signed.
        package let output: String?

        package var json: JSONValue {
            [
                "app": app, "version": version, "digest": digest, "files": files, "bytes": bytes, "keyids": keyids,
                "output": output,
            ]
        }
    }

    /// Writes a directory's inventory and adds or replaces a key's signature. Twice gives the same bytes.
    package func sign(
        _ path: String, keyFile: String, caseSensitive: Bool?, dryRun: Bool,
        progress: @escaping @Sendable (Progress) -> Void
    ) throws -> Outcome {
        let directory = try directory(path)
        let key = try privateKey(keyFile)
        let signer = BundleSigner(directory) { progress(Progress(step: .hashing, app: path, done: $0, total: nil)) }
        let prepared = try signer.prepare(caseSensitive: caseSensitive)
        let envelope = dryRun ? prepared.envelope.signed(with: key) : try signer.sign(prepared, with: key)
        return outcome(prepared, envelope, output: nil)
    }

    /// Packs a directory, with the signatures it has, or those it would have after signing with `keyFile`.
    ///
    /// - On disk: `output` is replaced, whole or not at all. The directory is only read.
    package func pack(
        _ path: String, output: String, keyFile: String?, caseSensitive: Bool?, dryRun: Bool,
        progress: @escaping @Sendable (Progress) -> Void
    ) throws -> Outcome {
        guard let format = ArchiveFormat(fileName: output) else {
            throw ArchiveError.unsupportedFormat(
                "the name \(quoted(output)) ends in none of .zip, .tar, .tar.gz, .tar.zst, .tar.xz")
        }
        let directory = try directory(path)
        let key = try keyFile.map { try privateKey($0) }
        let (place, name) = try parent(of: output)
        let signer = BundleSigner(directory) { progress(Progress(step: .hashing, app: path, done: $0, total: nil)) }
        let prepared = try signer.prepare(caseSensitive: caseSensitive)
        var envelope: Envelope? = prepared.envelope
        if let key {
            envelope = prepared.envelope.signed(with: key)
        } else if prepared.envelope.signatures.isEmpty {
            // Signatures over something else would be refused everywhere; none at all is an unsigned bundle.
            if try directory.status(of: "apphost")?.kind == .directory,
                try directory.directory("apphost").status(of: "signatures.json") != nil
            {
                throw BundleError.signaturesStale(directory: path)
            }
            envelope = nil
        }
        if !dryRun {
            try BundlePacker(directory, prepared) {
                progress(Progress(step: .packing, app: path, done: $0, total: prepared.statement.bytes))
            }.pack(as: name, in: place, format: format, envelope: envelope)
        }
        return outcome(prepared, envelope, output: output)
    }

    private func outcome(_ prepared: BundleSigner.Prepared, _ envelope: Envelope?, output: String?) -> Outcome {
        Outcome(
            app: prepared.statement.app, version: prepared.statement.version, digest: prepared.statement.digest,
            files: prepared.statement.files, bytes: prepared.statement.bytes,
            keyids: envelope?.signatures.map(\.keyid) ?? [], output: output)
    }

    private func directory(_ path: String) throws -> Directory {
        do throws(FileSystemError) { return try Directory.open(path, files: files) } catch {
            if error.isNotFound { throw BundleError.sourceNotFound(path) }
            throw error
        }
    }

    /// Reads a key as ``newKey(at:)`` writes it.
    func privateKey(_ path: String) throws -> PrivateKey {
        let file = try File.named(path, files: files)
        guard let bytes = try file.content(limit: 64 << 10) else {
            throw SignatureError.keyInvalid(file: path, problem: "it is too long")
        }
        return try PrivateKey(pem: bytes, file: path)
    }

    /// The directory that holds what `path` names, and its name there.
    func parent(of path: String) throws -> (Directory, DiskPath) {
        let slash = path.lastIndex(of: "/")
        let name = slash.map { path[path.index(after: $0)...] } ?? path[...]
        let parent = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        guard !name.isEmpty, name != ".", name != ".." else {
            throw BundleError.sourceUnusable(path, problem: "it names no file")
        }
        return (try Directory.open(parent, files: files), DiskPath(String(name)))
    }
}
