import Archives
import Bundles
import DiskIO
import HostModel
import Signatures
import Storage

/// An archive that was read to its last byte and agrees with its own inventory, whoever signed it.
struct CheckedArchive: Sendable {
    /// As it was named.
    let path: String
    let manifest: Manifest
    /// The bundle's.
    let digest: ContentDigest
    /// The archive's.
    let content: Receipt.Artifact
    let isSigned: Bool

    /// The file's name, without a directory.
    var name: String { path.split(separator: "/").last.map { String($0) } ?? path }

    /// - On disk: nothing changes.
    /// - Throws: where it contradicts itself, or is a directory.
    static func read(
        _ path: String, by reader: ArchiveReader, files: any FileSystem, now: Timestamp, _ options: ChangeOptions
    ) throws -> CheckedArchive {
        let directory = BundleError.sourceUnusable(path, problem: "it is a directory; 'apphost pack' makes an archive")
        guard (try? Directory.open(path, files: files)) == nil else { throw directory }
        let source = try BundleSource.open(path, files: files, reading: reader.reading)
        let policy = AcceptancePolicy(
            trusted: .empty, standing: .new, now: now, acceptsUnsigned: true,
            limits: .init(entries: .max, expandedBytes: .max, keepFreeBytes: 0))
        let (bundle, envelope) = try BundleVerifier(policy: policy, files: files).inspect(source.entries())
        let progress = options.progress
        try BundleUnpacker(bundle, cancellation: options.cancellation) {
            [app = bundle.app.text, total = bundle.bytes] done in
            progress(Progress(step: .verifying, app: app, done: done, total: total))
        }.check()
        guard let content = try source.artifact() else { throw directory }
        return CheckedArchive(
            path: path, manifest: bundle.manifest, digest: bundle.digest, content: content, isSigned: envelope != nil)
    }
}
