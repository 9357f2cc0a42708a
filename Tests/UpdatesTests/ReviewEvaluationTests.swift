import Catalogs
import HostModel
import Signatures
import Testing
import Updates

/// `behaviour.md` 3 and `formats.md` 5: what receipts amount to, each way in which one can be wrong.
struct ReviewEvaluationTests {
    /// Everything that an evaluation looks at: a good review of notes 1.1.0 by a trusted reviewer.
    struct Case: Sendable {
        var receipts: [JSONValue]
        var claim: CatalogEntry.Review?
        var keys: [TrustedKey] = [Reviews.key()]
        var policy: ReviewPolicy?

        init() throws { receipts = [try Reviews.listed()] }

        /// Changes what the reviewer signs.
        mutating func sign(
            by keys: [PrivateKey] = [Reviews.reviewer], _ change: (inout ReviewReceipt) throws -> Void
        ) throws {
            var receipt = try Reviews.receipt()
            try change(&receipt)
            receipts = [Reviews.envelope(receipt, by: keys).json]
        }

        func evaluation() throws -> ReviewEvaluation {
            var trusted = TrustedKeys.empty
            for key in keys { try trusted.add(key) }
            let rules = ReviewRules(mode: .advisory, trusted: trusted, policy: policy)
            return ReviewEvaluation.of(
                receipts, claim: claim, about: try Reviews.subject(), by: rules, at: Samples.now)
        }
    }

    struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let status: ReviewStatus
        let change: @Sendable (inout Case) throws -> Void

        init(_ what: String, _ status: ReviewStatus, _ change: @escaping @Sendable (inout Case) throws -> Void) {
            testDescription = what
            self.status = status
            self.change = change
        }
    }

    private static let second = Timestamp(seconds: Samples.now.seconds - 1)
    private static let hourAgo = Timestamp(seconds: Samples.now.seconds - 3600)
    private static let twoHoursAgo = Timestamp(seconds: Samples.now.seconds - 7200)

    static let rows: [Row] = [
        Row("a good review", .trustedReviewed) { _ in },
        Row("advice of caution", .trustedCaution) { try $0.sign { $0.verdict = .caution } },
        Row("a rejection", .trustedRejected) { try $0.sign { $0.verdict = .rejected } },

        // Nothing was signed.
        Row("no receipt", .missingReceipt) { $0.receipts = [] },
        Row("no receipt, and nobody who could have made one", .notConfigured) {
            $0.receipts = []
            $0.keys = [Reviews.key(purposes: [.bundle])]
        },
        Row("no receipt, and a claim", .publisherClaimOnly) {
            $0.receipts = []
            $0.claim = .init(status: .reviewed)
        },
        Row("no receipt, and a claim of nothing, where nobody reviews", .publisherClaimOnly) {
            $0.receipts = []
            $0.claim = .init(status: .unreviewed)
            $0.keys = []
        },

        // It is of something else.
        Row("of another app", .appMismatch) { try $0.sign { $0.app = try Samples.app("wiki") } },
        Row("of another version", .appMismatch) { try $0.sign { $0.version = try Samples.version("1.0.0") } },
        Row("of an equal version", .appMismatch) { try $0.sign { $0.version = try Samples.version("1.1") } },
        Row("of another artifact", .artifactMismatch) { try $0.sign { $0.sha256 = try Samples.digest(0xB) } },
        Row("of another size", .artifactMismatch) { try $0.sign { $0.size += 1 } },

        // It counts no more.
        Row("expired", .expired) { try $0.sign { $0.expiresAt = Self.second } },
        Row("expired now", .expired) { try $0.sign { $0.expiresAt = Samples.now } },
        Row("that will expire", .trustedReviewed) { try $0.sign { $0.expiresAt = Samples.tomorrow } },

        // Who made it.
        Row("where nobody may review", .notConfigured) { $0.keys = [] },
        Row("where only bundles are signed", .notConfigured) { $0.keys = [Reviews.key(purposes: [.bundle])] },
        Row("by a stranger", .unknownReviewer) { try $0.sign(by: [Reviews.stranger]) { _ in } },
        Row("by a bundle key, where others review", .unknownReviewer) {
            $0.keys = [Reviews.key(purposes: [.bundle]), Reviews.key(Reviews.second, name: "bob")]
        },
        Row("by a key for bundles and reviews", .trustedReviewed) {
            $0.keys = [Reviews.key(purposes: [.bundle, .review])]
        },
        Row("by a reviewer of other apps", .unknownReviewer) {
            $0.keys = [Reviews.key(apps: [try Samples.app("wiki")])]
        },
        Row("by a reviewer of this app", .trustedReviewed) {
            $0.keys = [Reviews.key(apps: [try Samples.app("notes")])]
        },
        Row("by a revoked reviewer", .revokedReviewer) { $0.keys = [Reviews.key(status: .revoked)] },
        Row("by a retired reviewer", .retiredReviewer) { $0.keys = [Reviews.key(status: .retired)] },
        Row("by a retiring reviewer", .retiredReviewer) { $0.keys = [Reviews.key(status: .retiring)] },
        Row("by a reviewer from tomorrow on", .reviewerNotYetValid) { $0.keys = [Reviews.key(from: Samples.tomorrow)] },
        Row("made before its reviewer was valid", .reviewerNotYetValid) {
            $0.keys = [Reviews.key(from: Timestamp(seconds: Self.hourAgo.seconds + 1))]
        },
        Row("made in the first second of its reviewer", .trustedReviewed) {
            $0.keys = [Reviews.key(from: Self.hourAgo)]
        },
        Row("by a reviewer until an instant ago", .reviewerExpired) { $0.keys = [Reviews.key(until: Self.second)] },
        Row("by a reviewer until now", .trustedReviewed) { $0.keys = [Reviews.key(until: Samples.now)] },
        Row("dated back by an expired reviewer", .reviewerExpired) {
            $0.keys = [Reviews.key(until: Samples.yesterday)]
            try $0.sign { $0.reviewedAt = Timestamp(seconds: Samples.yesterday.seconds - 1) }
        },
        Row("dated after its reviewer expires", .reviewerExpired) {
            $0.keys = [Reviews.key(until: Samples.tomorrow)]
            try $0.sign { $0.reviewedAt = Timestamp(seconds: Samples.tomorrow.seconds + 1) }
        },

        // By which rules.
        Row("under the rules that are asked for", .trustedReviewed) { $0.policy = .init(id: "careful", version: "2") },
        Row("under other rules", .reviewPolicyMismatch) { $0.policy = .init(id: "careless", version: "2") },
        Row("under older rules", .reviewPolicyMismatch) { $0.policy = .init(id: "careful", version: "3") },

        // Whether it is true.
        Row("with an altered signature", .invalidSignature) { $0.receipts = [try Self.altered(signature: true)] },
        Row("with an altered payload", .invalidSignature) { $0.receipts = [try Self.altered(signature: false)] },
        Row("with a stranger's signature under a reviewer's name", .invalidSignature) {
            $0.receipts = [try Self.impersonated()]
        },
        Row("that is no envelope", .invalidSignature) { $0.receipts = [["payloadType": "x"]] },
        Row("that is a statement of another type", .invalidSignature) {
            let payload = Array(#"{"_type":"x"}"#.utf8)
            let envelope = Envelope(payloadType: ReviewReceipt.payloadType, payload: payload)
            $0.receipts = [envelope.signed(with: Reviews.reviewer).json]
        },

        // The order of the questions.
        Row("of another app, expired, by a stranger", .appMismatch) {
            try $0.sign(by: [Reviews.stranger]) {
                $0.app = try Samples.app("wiki")
                $0.size += 1
                $0.expiresAt = Self.second
            }
        },
        Row("of another artifact, expired, by a stranger", .artifactMismatch) {
            try $0.sign(by: [Reviews.stranger]) {
                $0.size += 1
                $0.expiresAt = Self.second
            }
        },
        Row("expired, by a stranger, under other rules", .expired) {
            try $0.sign(by: [Reviews.stranger]) { $0.expiresAt = Self.second }
            $0.policy = .init(id: "careless", version: "2")
        },
        Row("by a stranger, under other rules", .unknownReviewer) {
            try $0.sign(by: [Reviews.stranger]) { _ in }
            $0.policy = .init(id: "careless", version: "2")
        },
        Row("under other rules, by a revoked reviewer", .reviewPolicyMismatch) {
            $0.keys = [Reviews.key(status: .revoked)]
            $0.policy = .init(id: "careless", version: "2")
        },
        Row("altered, by a revoked reviewer", .revokedReviewer) {
            $0.keys = [Reviews.key(status: .revoked)]
            $0.receipts = [try Self.altered(signature: true)]
        },

        // Several
        Row("a rejection among praise", .trustedRejected) {
            let rejection = try Reviews.listed(.rejected)
            $0.receipts = [try Reviews.listed(), rejection, try Reviews.listed(), try Reviews.listed(.caution)]
        },
        Row("caution among praise", .trustedCaution) {
            $0.receipts = [try Reviews.listed(), try Reviews.listed(.caution)]
        },
        Row("praise by two", .trustedReviewed) { $0.receipts = [try Reviews.listed(), try Reviews.listed()] },
        Row("a rejection by a stranger", .trustedReviewed) {
            $0.receipts.append(Reviews.envelope(try Reviews.receipt(.rejected), by: [Reviews.stranger]).json)
        },
        Row("praise by strangers against a rejection", .trustedRejected) {
            let praise = Reviews.envelope(try Reviews.receipt(), by: [Reviews.stranger]).json
            $0.receipts = [praise, try Reviews.listed(.rejected), praise]
        },
        Row("a rejection that expired", .trustedReviewed) {
            var rejection = try Reviews.receipt(.rejected)
            rejection.expiresAt = Self.second
            $0.receipts.append(Reviews.envelope(rejection).json)
        },
        Row("something that cannot be read beside a review", .trustedReviewed) { $0.receipts.append(.null) },
        Row("something that cannot be read beside one that expired", .expired) {
            try $0.sign { $0.expiresAt = Self.second }
            $0.receipts.append(.null)
        },
        Row("one envelope by a stranger and a reviewer", .trustedReviewed) {
            try $0.sign(by: [Reviews.stranger, Reviews.reviewer]) { _ in }
        },
        Row("one envelope by a revoked and an active reviewer", .trustedReviewed) {
            $0.keys = [Reviews.key(), Reviews.key(Reviews.second, name: "bob", status: .revoked)]
            try $0.sign(by: [Reviews.reviewer, Reviews.second]) { _ in }
        },

        // What its publisher says
        Row("a rejection of what its publisher praises", .trustedRejected) {
            try $0.sign { $0.verdict = .rejected }
            $0.claim = .init(status: .reviewed)
        },
        Row("praise of what its publisher rejects", .trustedReviewed) { $0.claim = .init(status: .rejected) },
    ]

    /// A good receipt with one byte changed behind the signature's back.
    private static func altered(signature: Bool) throws -> JSONValue {
        let good = Reviews.envelope(try Reviews.receipt())
        var payload = good.payload
        var signatures = good.signatures
        if signature {
            var bytes = signatures[0].signature
            bytes[40] ^= 1
            signatures = [EnvelopeSignature(keyid: signatures[0].keyid, signature: bytes)]
        } else {
            // Another moment of review, which is still of this artifact.
            var later = try Reviews.receipt()
            later.reviewedAt = Self.twoHoursAgo
            payload = later.envelope(naming: "notes.tar").payload
        }
        return Envelope(payloadType: good.payloadType, payload: payload, signatures: signatures).json
    }

    private static func impersonated() throws -> JSONValue {
        let forged = Reviews.envelope(try Reviews.receipt(), by: [Reviews.stranger])
        let signature = EnvelopeSignature(
            keyid: Reviews.reviewer.publicKey.keyid.hex, signature: forged.signatures[0].signature)
        return Envelope(payloadType: forged.payloadType, payload: forged.payload, signatures: [signature]).json
    }

    @Test(arguments: ReviewEvaluationTests.rows)
    func `what receipts amount to`(row: Row) throws {
        var subject = try Case()
        try row.change(&subject)
        #expect(try subject.evaluation().status == row.status)
    }

    @Test func `every status is met by some row`() {
        let met = Set(Self.rows.map(\.status))
        let missing = ReviewStatus.allCases.filter { !met.contains($0) }
        #expect(missing == [])
    }

    /// Only what a reviewer of this host really said is told, and only a trusted review is positive.
    @Test(arguments: ReviewEvaluationTests.rows)
    func `nothing is repeated that nobody vouches for`(row: Row) throws {
        var subject = try Case()
        try row.change(&subject)
        let evaluation = try subject.evaluation()
        let json = evaluation.json
        #expect(
            json.keys == [
                "status", "reviewerKeyid", "reviewerName", "policyId", "policyVersion", "reviewedAt", "expiresAt",
                "evidenceUri", "evidenceSha256", "note", "warnings",
            ])
        #expect(json.member("status")?.text == #""\#(row.status.rawValue)""#)
        switch row.status {
        case .missingReceipt, .publisherClaimOnly, .notConfigured, .unknownReviewer, .invalidSignature:
            #expect(evaluation.genuine == nil)
            #expect(json.member("reviewerName")?.text == "null")
        case .trustedReviewed, .trustedCaution, .trustedRejected:
            #expect(evaluation.genuine?.keyid == Reviews.reviewer.publicKey.keyid)
            #expect(json.member("policyId")?.text == #""careful""#)
        default: break
        }
        #expect(evaluation.status.isPositive == (row.status == .trustedReviewed))
    }

    @Test func `a review tells who made it, when, by which rules, and why`() throws {
        var subject = try Case()
        try subject.sign {
            $0.expiresAt = Samples.tomorrow
            $0.evidence = .init(uri: "https://example.org/review", sha256: try Samples.digest(0xE))
            $0.note = "Read it all."
        }
        let keyid = Reviews.reviewer.publicKey.keyid.hex
        let evidence = String(repeating: "0e", count: 32)
        let expected: String =
            #"{"status":"trusted_reviewed","reviewerKeyid":"\#(keyid)","reviewerName":"alice","#
            + #""policyId":"careful","policyVersion":"2","reviewedAt":"2026-05-01T09:00:00Z","#
            + #""expiresAt":"2026-05-02T10:00:00Z","evidenceUri":"https://example.org/review","#
            + #""evidenceSha256":"\#(evidence)","note":"Read it all.","warnings":[]}"#
        #expect(try subject.evaluation().json.text == expected)
    }

    @Test func `what else an operator should know is told`() throws {
        var subject = try Case()
        subject.receipts = [try Reviews.listed(), .null, try Reviews.listed(.rejected)]
        subject.claim = .init(status: .reviewed)
        #expect(
            try subject.evaluation().warnings == [
                "a review receipt cannot be read: it is not an object", "not all agree: a trusted reviewer reviewed it",
                "its publisher says 'reviewed', which counts for nothing here",
            ])

        var early = try Case()
        try early.sign { $0.reviewedAt = Samples.tomorrow }
        let warning = "its review is dated 2026-05-02T10:00:00Z, and now it is 2026-05-01T10:00:00Z"
        #expect(try early.evaluation().warnings == [warning])
    }

    @Test func `of two reviews that agree the later is told`() throws {
        var subject = try Case()
        var later = try Reviews.receipt()
        later.reviewedAt = Self.second
        subject.keys.append(Reviews.key(Reviews.second, name: "bob"))
        subject.receipts = [
            try Reviews.listed(), Reviews.envelope(later, by: [Reviews.second]).json, try Reviews.listed(),
        ]
        #expect(try subject.evaluation().genuine?.name == "bob")
    }

    // MARK: What was acknowledged

    @Test func `an evaluation is the same only while everything that was reviewed is`() throws {
        let before = try Case().evaluation()
        #expect(try Case().evaluation().identity == before.identity)

        var others: [ReviewEvaluation] = []
        for row in Self.rows where row.status != .trustedReviewed {
            var subject = try Case()
            try row.change(&subject)
            others.append(try subject.evaluation())
        }
        var noted = try Case()
        try noted.sign { $0.note = "Read it all." }
        others.append(try noted.evaluation())
        for other in others { #expect(other.identity != before.identity) }
    }

    @Test func `a warning that comes with time changes no evaluation`() throws {
        var disputed = try Case()
        disputed.receipts.append(.null)
        let evaluation = try disputed.evaluation()
        #expect(evaluation.warnings.count == 1)
        #expect(try evaluation.identity == Case().evaluation().identity)
    }
}
