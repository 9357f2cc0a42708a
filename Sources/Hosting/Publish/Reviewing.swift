import Bundles
import DiskIO
import HostModel
import Signatures
import Storage
import Updates

/// What a reviewer does with archives. Needs no root.
package struct Reviewing: Sendable {
    private let files: any FileSystem
    private let archiveReader: ArchiveReader
    private let now: @Sendable () -> Timestamp

    /// - Parameter archiveReader: who reads archives.
    package init(
        files: any FileSystem = LinuxFileSystem(), archiveReader: ArchiveReader = .thisProcess,
        now: @escaping @Sendable () -> Timestamp = { Timestamp.now }
    ) {
        self.files = files
        self.archiveReader = archiveReader
        self.now = now
    }

    /// What a review may come to.
    package static let verdicts = ReviewReceipt.Verdict.allCases.map(\.rawValue)

    /// What a reviewer says of an archive.
    package struct Opinion: Sendable {
        /// A word of ``Reviewing/verdicts``.
        package var verdict: String
        package var policy: PolicyName
        package var note: String?
        /// Where the reasons are: `https:`
        package var evidenceURI: String?
        package var evidenceSHA256: ContentDigest?
        /// The first moment at which it counts no more; nil for never.
        package var expiresAt: Timestamp?

        package init(
            verdict: String, policy: PolicyName = .unnamed, note: String? = nil, evidenceURI: String? = nil,
            evidenceSHA256: ContentDigest? = nil, expiresAt: Timestamp? = nil
        ) {
            self.verdict = verdict
            self.policy = policy
            self.note = note
            self.evidenceURI = evidenceURI
            self.evidenceSHA256 = evidenceSHA256
            self.expiresAt = expiresAt
        }
    }

    /// The rules that a reviewer followed, by name: `careful@2`.
    package struct PolicyName: Sendable {
        let id: String
        let version: String

        /// What a receipt says whose reviewer names no rules.
        package static let unnamed = PolicyName(id: "unnamed", version: "1")

        private init(id: String, version: String) {
            self.id = id
            self.version = version
        }

        /// - Returns: nil where `text` is no name and version with an `@` between them.
        package init?(_ text: String) {
            let parts = text.split(separator: "@", omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { return nil }
            self.init(id: String(parts[0]), version: String(parts[1]))
        }
    }

    /// What was signed.
    package struct Outcome: Sendable, JSONRepresentable {
        let receipt: ReviewReceipt
        let keyid: KeyID
        /// The receipt's file.
        package let output: String

        package var app: AppID { receipt.app }
        package var version: BundleVersion { receipt.version }
        package var verdict: String { receipt.verdict.rawValue }
        /// Of the archive.
        package var sha256: ContentDigest { receipt.sha256 }
        /// The first digits of the reviewer's keyid.
        package var signer: String { keyid.short }

        package var json: JSONValue {
            [
                "app": receipt.app, "version": receipt.version, "sha256": receipt.sha256, "bytes": receipt.size,
                "status": receipt.verdict.rawValue, "policyId": receipt.policy.id,
                "policyVersion": receipt.policy.version, "reviewedAt": receipt.reviewedAt,
                "expiresAt": receipt.expiresAt, "keyid": keyid, "output": output,
            ]
        }
    }

    /// Signs a review of an archive, after all of it was read and held against its own inventory.
    ///
    /// - On disk: `output` is written, whole or not at all. An earlier receipt there is replaced, and nothing else is.
    ///   In a dry run nothing changes.
    /// - Throws: where the archive contradicts itself, or the review could not be read by any host.
    package func sign(
        _ path: String, keyFile: String, opinion: Opinion, output: String, options: ChangeOptions
    ) throws -> Outcome {
        let publishing = Publishing(files: files)
        let key = try publishing.privateKey(keyFile)
        let moment = now()
        guard let verdict = ReviewReceipt.Verdict(rawValue: opinion.verdict) else {
            throw HostError.settingInvalid("review status", problem: "cannot be \(quoted(opinion.verdict))")
        }
        if let end = opinion.expiresAt, end <= moment { throw ReviewingError.expiresTooEarly(end, now: moment) }
        let (place, name) = try publishing.parent(of: output)
        try requireReceiptOrNothing(name, in: place)

        let archive = try CheckedArchive.read(path, by: archiveReader, files: files, now: moment, options)
        let receipt = ReviewReceipt(
            sha256: archive.content.sha256, size: archive.content.size, app: archive.manifest.id,
            version: archive.manifest.version,
            policy: ReviewPolicy(id: opinion.policy.id, version: opinion.policy.version), verdict: verdict,
            reviewedAt: moment, expiresAt: opinion.expiresAt, evidence: evidence(of: opinion), note: opinion.note)
        let envelope: Envelope
        do throws(RecordError) {
            envelope = try ReviewSigner.sign(receipt, naming: archive.name, with: key)
        } catch {
            throw ReviewingError.cannotBeSaid(problem: error.problem)
        }
        try options.cancellation.check()
        if !options.dryRun { try DurableFile.replace(name, in: place, with: envelope.bytes, mode: 0o644) }
        return Outcome(receipt: receipt, keyid: key.publicKey.keyid, output: output)
    }

    private func evidence(of opinion: Opinion) -> ReviewReceipt.Evidence? {
        guard opinion.evidenceURI != nil || opinion.evidenceSHA256 != nil else { return nil }
        return ReviewReceipt.Evidence(uri: opinion.evidenceURI, sha256: opinion.evidenceSHA256)
    }

    /// The names of a bundle, its key and its receipt are easily taken for each other, and only a receipt can be made
    /// again.
    private func requireReceiptOrNothing(_ name: DiskPath, in place: Directory) throws {
        guard let status = try place.status(of: name) else { return }
        let path = place.full(name)
        guard status.kind == .file, (try? ReceiptFile(place.file(name), path: path)) != nil else {
            throw HostError.fileExists(path)
        }
    }
}

/// Why a review receipt was not made, or not listed. Nothing was changed.
package enum ReviewingError: Error {
    case expiresTooEarly(Timestamp, now: Timestamp)
    /// No host could read it.
    case cannotBeSaid(problem: String)
    case receiptUnreadable(file: String, problem: String)
    /// It is not of what is published with it.
    case receiptMismatch(file: String, problem: String)
}

extension ReviewingError: Failure {
    package var code: FailureCode {
        switch self {
        case .expiresTooEarly, .cannotBeSaid: .usage
        case .receiptUnreadable: .recordUnreadable
        case .receiptMismatch: .appReviewMismatch
        }
    }

    package var message: String {
        switch self {
        case .expiresTooEarly(let end, let now): "a review that expires at \(end) counts for nothing: now it is \(now)"
        case .cannotBeSaid(let problem): "no host could read this review: \(problem)"
        case .receiptUnreadable(let file, let problem): "\(quoted(file)) is no review receipt: \(problem)"
        case .receiptMismatch(let file, let problem):
            "the review receipt \(quoted(file)) is of something else: \(problem)"
        }
    }

    package var help: String? {
        switch self {
        case .expiresTooEarly: "give a later '--expires', or none"
        case .cannotBeSaid: nil
        case .receiptUnreadable: "give a file that 'apphost review sign' wrote"
        case .receiptMismatch: "have this very file reviewed, or publish without the receipt"
        }
    }
}
