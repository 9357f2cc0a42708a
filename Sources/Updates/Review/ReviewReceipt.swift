import HostModel
import Signatures

/// What a reviewer says of one artifact: the payload of a review receipt. It counts for nothing until
/// ``ReviewEvaluation`` has judged who signed it.
///
/// Source: https://in-toto.io/Statement/v1
package struct ReviewReceipt: Sendable, Equatable {
    /// Of the file that was reviewed.
    package var sha256: ContentDigest
    /// In bytes.
    package var size: Int64
    package var app: AppID
    package var version: BundleVersion
    package var policy: ReviewPolicy
    package var verdict: Verdict
    package var reviewedAt: Timestamp
    /// The first moment at which it counts no more; nil for never.
    package var expiresAt: Timestamp?
    package var evidence: Evidence?
    package var note: String?

    package enum Verdict: String, Sendable, CaseIterable { case reviewed, caution, rejected }

    /// Where the reviewer's reasons are. For people, never fetched.
    package struct Evidence: Sendable, Equatable {
        /// `https:`
        package var uri: String?
        package var sha256: ContentDigest?

        package init(uri: String? = nil, sha256: ContentDigest? = nil) {
            self.uri = uri
            self.sha256 = sha256
        }
    }

    package init(
        sha256: ContentDigest, size: Int64, app: AppID, version: BundleVersion, policy: ReviewPolicy, verdict: Verdict,
        reviewedAt: Timestamp, expiresAt: Timestamp? = nil, evidence: Evidence? = nil, note: String? = nil
    ) {
        self.sha256 = sha256
        self.size = size
        self.app = app
        self.version = version
        self.policy = policy
        self.verdict = verdict
        self.reviewedAt = reviewedAt
        self.expiresAt = expiresAt
        self.evidence = evidence
        self.note = note
    }

    package static let payloadType = "application/vnd.in-toto+json"
    package static let predicateType = "urn:apphost:predicate:review:1"
    private static let statementType = "https://in-toto.io/Statement/v1"

    /// What errors call it, wherever it stands.
    static let file = "review receipt"
}

/// The rules that a reviewer followed, by name.
package struct ReviewPolicy: Sendable, Equatable {
    package var id: String
    package var version: String

    package init(id: String, version: String) {
        self.id = id
        self.version = version
    }
}

// MARK: Reading and writing

extension ReviewReceipt {
    /// Reads the payload of an envelope. Keys of the statement that it does not know are ignored, as the specification
    /// says; the predicate is ours, and has no other keys than these.
    ///
    /// - Throws: ``RecordError``, also for a statement that is no review.
    package init(_ envelope: Envelope) throws(RecordError) {
        guard envelope.payloadType == Self.payloadType else {
            throw RecordError(file: Self.file, problem: "its payload type is \(quoted(envelope.payloadType))")
        }
        var record = try JSONRecord(envelope.payload, file: Self.file, limit: Envelope.limit)
        let type = try record.required("_type").string()
        guard type == Self.statementType else { throw record.error("it is a \(quoted(type))") }
        let kind = try record.required("predicateType").string()
        guard kind == Self.predicateType else { throw record.error("it is about \(quoted(kind))") }
        let subjects = try record.required("subject").array()
        guard subjects.count == 1 else { throw record.error("it has \(subjects.count) subjects") }
        var subject = try subjects[0].record()
        var digests = try subject.required("digest").record()
        let sha256 = try digests.required("sha256").parsed("a SHA-256", { ContentDigest(hex: $0) })
        try self.init(record.required("predicate"), about: sha256)
    }

    private init(_ field: JSONField, about sha256: ContentDigest) throws(RecordError) {
        var record = try field.record()
        self.sha256 = sha256
        app = try record.required("app").parsed("an app id", { AppID($0) })
        version = try record.required("version").parsed("a version", { BundleVersion($0) })
        size = try record.required("size").integer()
        policy = try ReviewPolicy(record.required("policy"))
        verdict = try record.required("status").parsed("'reviewed', 'caution' or 'rejected'") { Verdict(rawValue: $0) }
        reviewedAt = try record.required("reviewedAt").parsed("a time", { Timestamp($0) })
        expiresAt = try record.optional("expiresAt")?.parsed("a time", { Timestamp($0) })
        if let field = record.optional("evidence") { evidence = try Evidence(field) } else { evidence = nil }
        note = try record.optional("note")?.words(limit: 512)
        try record.finish()
        if let expiresAt, expiresAt <= reviewedAt {
            throw record.error("it expires at \(expiresAt), which is not after \(reviewedAt), when it was made")
        }
    }

    /// The envelope around it, not signed yet.
    ///
    /// - Parameter name: what the artifact is called, for people.
    package func envelope(naming name: String) -> Envelope {
        let statement: JSONValue = [
            "_type": Self.statementType,
            "subject": JSONValue.array([["name": name, "digest": ["sha256": sha256] as JSONValue]]),
            "predicateType": Self.predicateType,
            "predicate": predicate,
        ]
        return Envelope(payloadType: Self.payloadType, payload: statement.bytes)
    }

    /// What is not said is left out.
    private var predicate: JSONValue {
        var members = [
            JSONValue.Member("app", app.json), JSONValue.Member("version", version.json),
            JSONValue.Member("size", size.json),
            JSONValue.Member("policy", ["id": policy.id, "version": policy.version]),
            JSONValue.Member("status", .string(verdict.rawValue)), JSONValue.Member("reviewedAt", reviewedAt.json),
        ]
        if let expiresAt { members.append(JSONValue.Member("expiresAt", expiresAt.json)) }
        if let evidence { members.append(JSONValue.Member("evidence", evidence.json)) }
        if let note { members.append(JSONValue.Member("note", .string(note))) }
        return .object(members)
    }
}

extension ReviewPolicy {
    fileprivate init(_ field: JSONField) throws(RecordError) {
        var record = try field.record()
        self.init(
            id: try record.required("id").words(limit: 128), version: try record.required("version").words(limit: 64))
        try record.finish()
    }
}

extension ReviewReceipt.Evidence {
    fileprivate init(_ field: JSONField) throws(RecordError) {
        var record = try field.record()
        uri = try record.optional("uri")?.parsed("an 'https:' URL") { text in
            text.hasPrefix("https://") && text.utf8.count <= 2048 ? text : nil
        }
        sha256 = try record.optional("sha256")?.parsed("a SHA-256", { ContentDigest(hex: $0) })
        try record.finish()
    }

    fileprivate var json: JSONValue {
        var members: [JSONValue.Member] = []
        if let uri { members.append(JSONValue.Member("uri", .string(uri))) }
        if let sha256 { members.append(JSONValue.Member("sha256", sha256.json)) }
        return .object(members)
    }
}

extension JSONField {
    /// A string for people: not empty, at most so many bytes.
    fileprivate func words(limit: Int) throws(RecordError) -> String {
        let text = try string()
        guard (1...limit).contains(text.utf8.count) else { throw wrong("a text of 1 to \(limit) bytes") }
        return text
    }
}
