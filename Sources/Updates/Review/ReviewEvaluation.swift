import Catalogs
import HostModel
import Signatures

/// What this host asks of reviews, and whom it asks.
package struct ReviewRules: Sendable {
    package var mode: ReviewMode
    /// Reviewers are those for the purpose ``Purpose/review``.
    package var trusted: TrustedKeys
    /// The rules that a review must have followed; nil takes any.
    package var policy: ReviewPolicy?

    package init(mode: ReviewMode, trusted: TrustedKeys, policy: ReviewPolicy?) {
        self.mode = mode
        self.trusted = trusted
        self.policy = policy
    }
}

/// What a review must be of.
package struct ReviewSubject: Sendable, Equatable {
    package var app: AppID
    package var version: BundleVersion
    /// Of the file that is fetched.
    package var sha256: ContentDigest
    /// In bytes.
    package var size: Int64

    package init(app: AppID, version: BundleVersion, sha256: ContentDigest, size: Int64) {
        self.app = app
        self.version = version
        self.sha256 = sha256
        self.size = size
    }

    package init(_ listed: ListedEntry) {
        self.init(
            app: listed.entry.id, version: listed.entry.version, sha256: listed.artifact.sha256,
            size: listed.artifact.length)
    }
}

/// What the reviews of a bundle amount to on this host. Pure: nothing about a review is an error.
package struct ReviewEvaluation: Sendable, Equatable {
    package let status: ReviewStatus
    /// What its publisher says; nil where nothing.
    package let claim: CatalogEntry.Review?
    /// What decided, where a reviewer of this host really signed it; nothing else of a receipt is repeated.
    package let genuine: Genuine?
    /// What else an operator should know, each a sentence.
    package let warnings: [String]

    package struct Genuine: Sendable, Equatable {
        package let receipt: ReviewReceipt
        package let keyid: KeyID
        /// What this host calls the reviewer.
        package let name: String
    }

    /// Evaluates what a catalog lists of a bundle.
    package static func of(_ listed: ListedEntry, by rules: ReviewRules, at now: Timestamp) -> ReviewEvaluation {
        of(listed.entry.receipts, claim: listed.entry.review, about: ReviewSubject(listed), by: rules, at: now)
    }

    /// - Parameters:
    ///   - receipts: envelopes as they are listed.
    ///   - claim: what the publisher says.
    package static func of(
        _ receipts: [JSONValue], claim: CatalogEntry.Review?, about subject: ReviewSubject, by rules: ReviewRules,
        at now: Timestamp
    ) -> ReviewEvaluation {
        let reader = ReceiptReader(subject: subject, rules: rules, now: now)
        let opinions = receipts.map { reader.opinion($0) }
        guard let deciding = Opinion.deciding(among: opinions) else {
            let missing: ReviewStatus = reader.hasReviewers ? .missingReceipt : .notConfigured
            return ReviewEvaluation(
                status: claim == nil ? missing : .publisherClaimOnly, claim: claim, genuine: nil, warnings: [])
        }
        var warnings = opinions.compactMap(\.problem)
        let others = opinions.filter { $0.status.isTrusted && $0.status != deciding.status }
        if let other = others.first { warnings.append("not all agree: \(other.status.sentence)") }
        if let receipt = deciding.genuine?.receipt, receipt.reviewedAt > now {
            warnings.append("its review is dated \(receipt.reviewedAt), and now it is \(now)")
        }
        if let claim, claim.status == .reviewed, !deciding.status.isPositive {
            warnings.append("its publisher says 'reviewed', which counts for nothing here")
        }
        return ReviewEvaluation(
            status: deciding.status, claim: claim, genuine: deciding.genuine, warnings: warnings)
    }

    /// The same text for the same evaluation. What was acknowledged holds only while it stays the same.
    package var identity: String { "\(status.rawValue):\(DigestStream.digest(of: facts.bytes))" }
}

extension ReviewEvaluation: JSONRepresentable {
    package var json: JSONValue {
        guard case .object(let members) = facts else { return facts }
        return .object(members + [JSONValue.Member("warnings", warnings.json)])
    }

    private var facts: JSONValue {
        let receipt = genuine?.receipt
        return [
            "status": status.rawValue, "reviewerKeyid": genuine?.keyid, "reviewerName": genuine?.name,
            "policyId": receipt?.policy.id, "policyVersion": receipt?.policy.version,
            "reviewedAt": receipt?.reviewedAt, "expiresAt": receipt?.expiresAt,
            "evidenceUri": receipt?.evidence?.uri, "evidenceSha256": receipt?.evidence?.sha256,
            "note": receipt?.note,
        ]
    }
}

/// What one receipt amounts to.
private struct Opinion {
    let status: ReviewStatus
    /// How many questions it answered before one failed. A receipt that cannot be read answered none.
    let answered: Int
    var genuine: ReviewEvaluation.Genuine?
    var problem: String?

    /// A trusted rejection is never outvoted, nor is trusted caution. Where nobody trusted says anything, the receipt
    /// that came furthest tells most.
    ///
    /// - Returns: nil where there are none.
    static func deciding(among opinions: [Opinion]) -> Opinion? {
        for verdict: ReviewStatus in [.trustedRejected, .trustedCaution, .trustedReviewed] {
            let alike = opinions.filter { $0.status == verdict }
            if let latest = alike.max(by: { $0.reviewedAt < $1.reviewedAt }) { return latest }
        }
        return opinions.max { $0.answered < $1.answered }
    }

    private var reviewedAt: Timestamp { genuine?.receipt.reviewedAt ?? Timestamp(seconds: 0) }
}

/// Asks of one receipt after the other what it is worth.
private struct ReceiptReader {
    let subject: ReviewSubject
    let rules: ReviewRules
    let now: Timestamp

    /// In whatever status: a host whose reviewers are all revoked has reviewers.
    var hasReviewers: Bool { rules.trusted.keys.contains { $0.purposes.contains(.review) } }

    func opinion(_ receipt: JSONValue) -> Opinion {
        let envelope: Envelope
        let review: ReviewReceipt
        do throws(RecordError) {
            envelope = try Envelope.read(receipt.bytes, file: ReviewReceipt.file)
            review = try ReviewReceipt(envelope)
        } catch {
            return Opinion(
                status: .invalidSignature, answered: 0, problem: "a review receipt cannot be read: \(error.problem)")
        }
        let signers = signers(of: envelope)
        // Who signed it and counts goes before who signed it, and that before who is only said to have.
        let signer =
            signers.first(where: { standing(of: $0, review).status.isTrusted })
            ?? signers.first(where: \.isGenuine) ?? signers.first
        var opinion = opinion(on: review, by: signer)
        if let signer, signer.isGenuine {
            opinion.genuine = .init(receipt: review, keyid: signer.key.keyid, name: signer.key.name)
        }
        return opinion
    }

    private struct Signer {
        let key: TrustedKey
        /// Whether the signature under its keyid is its own.
        let isGenuine: Bool
    }

    /// Those of this host's reviewers of the app that are said to have signed.
    private func signers(of envelope: Envelope) -> [Signer] {
        let message = envelope.preAuthenticationEncoding
        var signers: [Signer] = []
        for signature in envelope.signatures {
            guard let keyid = KeyID(hex: signature.keyid), let key = rules.trusted.key(keyid),
                key.purposes.contains(.review), key.maySign(for: subject.app)
            else { continue }
            signers.append(Signer(key: key, isGenuine: key.key.verifies(signature.signature, over: message)))
        }
        return signers
    }

    /// The questions in their order: what it is of, whether it still counts, who made it, by which rules, and at last
    /// whether that is true.
    private func opinion(on review: ReviewReceipt, by signer: Signer?) -> Opinion {
        if review.app != subject.app || review.version != subject.version {
            return Opinion(status: .appMismatch, answered: 1)
        }
        if review.sha256 != subject.sha256 || review.size != subject.size {
            return Opinion(status: .artifactMismatch, answered: 2)
        }
        if let end = review.expiresAt, end <= now { return Opinion(status: .expired, answered: 3) }
        guard hasReviewers else { return Opinion(status: .notConfigured, answered: 4) }
        guard let signer else { return Opinion(status: .unknownReviewer, answered: 5) }
        if let policy = rules.policy, policy != review.policy {
            return Opinion(status: .reviewPolicyMismatch, answered: 6)
        }
        let standing = standing(of: signer, review)
        return Opinion(status: standing.status, answered: standing.answered)
    }

    /// A key counts only inside its validity, at the moment that the review names and now: else whoever has an old key
    /// could date a review back.
    private func standing(of signer: Signer, _ review: ReviewReceipt) -> (status: ReviewStatus, answered: Int) {
        let key = signer.key
        switch key.status {
        case .revoked: return (.revokedReviewer, 7)
        case .retired, .retiring: return (.retiredReviewer, 7)
        case .active: break
        }
        if let start = key.validFrom, min(review.reviewedAt, now) < start { return (.reviewerNotYetValid, 7) }
        if let end = key.validUntil, max(review.reviewedAt, now) > end { return (.reviewerExpired, 7) }
        guard signer.isGenuine else { return (.invalidSignature, 8) }
        return switch review.verdict {
        case .reviewed: (.trustedReviewed, 9)
        case .caution: (.trustedCaution, 9)
        case .rejected: (.trustedRejected, 9)
        }
    }
}
