import Archives
import Bundles
import HostModel
import Signatures
import Storage

/// What `inspect` tells of a source, and whether this host would take it.
package struct Inspection: Sendable, JSONRepresentable {
    let path: String
    let manifest: Manifest
    let digest: ContentDigest
    package let files: Int64
    package let bytes: Int64
    let signatures: [Signer]
    /// Why this host would not take it; nil where it would.
    package let refusal: (code: FailureCode, message: String)?

    struct Signer: Sendable {
        let keyid: String
        /// As this host calls it; nil for a stranger.
        let name: String?
        let status: KeyStatus?
    }

    /// Label and value, for people; what is not there is left out.
    package var rows: [(label: String, value: String)] {
        var rows = [
            ("app", manifest.id.text), ("name", manifest.name), ("version", manifest.version.text),
            ("digest", digest.hex),
        ]
        if let summary = manifest.summary { rows.append(("summary", summary)) }
        if !manifest.permissions.isEmpty { rows.append(("permissions", manifest.permissions.joined(separator: ", "))) }
        for signer in signatures {
            let who =
                signer.name.map { "\($0), \(signer.status?.rawValue ?? "")" } ?? "a key that this host does not know"
            rows.append(("signed by", "\(signer.keyid.prefix(12)) (\(who))"))
        }
        rows.append(("trusted", refusal.map { "no: \($0.message) (\($0.code.rawValue))" } ?? "yes"))
        return rows
    }

    package var json: JSONValue {
        [
            "path": path, "id": manifest.id, "name": manifest.name, "version": manifest.version, "digest": digest,
            "files": files, "bytes": bytes, "summary": manifest.summary, "permissions": manifest.permissions,
            "transport": manifest.transport?.rawValue, "permissionProfile": manifest.permissionProfile,
            "environment": manifest.environment.map {
                ["name": $0.name, "required": $0.required, "secret": $0.secret] as JSONValue
            },
            "signatures": signatures.map {
                ["keyid": $0.keyid, "name": $0.name, "status": $0.status?.rawValue] as JSONValue
            },
            "trusted": refusal == nil,
            "refusal": refusal.map { ["code": $0.code.rawValue, "message": $0.message] as JSONValue },
        ]
    }
}

extension AppHost {
    /// Reads all of a bundle and checks it against its own inventory, whoever signed it.
    ///
    /// - On disk: nothing changes.
    /// - Throws: where the bundle contradicts itself.
    package func inspect(_ path: String, options: ChangeOptions) throws -> Inspection {
        let root = try openRoot()
        let keys = try trustedKeys(root)
        let source = try BundleSource.open(path, files: files, reading: archiveReader.reading)
        var policy = try policy(root, standing: .new, acceptsUnsigned: true)
        policy.limits = .init(entries: .max, expandedBytes: .max, keepFreeBytes: 0)
        let (bundle, envelope) = try BundleVerifier(policy: policy, files: files).inspect(source.entries())
        let progress = options.progress
        try BundleUnpacker(bundle, cancellation: options.cancellation) {
            [app = bundle.app.text, total = bundle.bytes] done in
            progress(Progress(step: .verifying, app: app, done: done, total: total))
        }.check()
        return Inspection(
            path: path, manifest: bundle.manifest, digest: bundle.digest, files: bundle.summary.files,
            bytes: bundle.bytes,
            signatures: envelope?.signatures.map { signature in
                let known = KeyID(hex: signature.keyid).flatMap { keys.key($0) }
                return .init(keyid: signature.keyid, name: known?.name, status: known?.status)
            } ?? [],
            refusal: refusal(envelope, of: bundle.app, keys: keys))
    }

    private func refusal(
        _ envelope: Envelope?, of app: AppID, keys: TrustedKeys
    ) -> (code: FailureCode, message: String)? {
        guard let envelope else { return (.bundleUnsigned, BundleError.unsigned.message) }
        do throws(SignatureError) {
            _ = try Vouching.judge(envelope, by: keys, for: app, as: .new, at: now())
            return nil
        } catch {
            return (error.code, error.message)
        }
    }
}
