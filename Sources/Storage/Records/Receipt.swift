import HostModel

/// `apphost/receipt.json` in every tree in a slot: where this copy came from and who vouched for it. Written before the
/// tree is flushed, and never after.
package struct Receipt: Sendable, Equatable {
    package let stage: StageID
    /// The bundle's digest.
    package let digest: ContentDigest
    package let source: String
    package let artifact: Artifact?
    /// The trusted keys whose signatures were good, sorted.
    package let keyids: [ContentDigest]
    package let unsigned: Bool
    /// The digest of `installed/` when this was staged.
    package let base: ContentDigest?
    /// What the operator consented to.
    package let accepted: [Accepted]
    /// The fingerprint of the catalog's entry that it was taken by; nil where it came from no catalog.
    package let entry: ContentDigest?
    package let stagedAt: Timestamp
    package let by: String

    /// The archive, where the bundle came in one.
    package struct Artifact: Sendable, Equatable {
        /// In bytes.
        package let size: Int64
        package let sha256: ContentDigest

        package init(size: Int64, sha256: ContentDigest) {
            self.size = size
            self.sha256 = sha256
        }
    }

    /// One thing that the operator consented to.
    package struct Accepted: Sendable, Equatable {
        package let what: String
        /// Of a review: the evaluation that was acknowledged. It holds for no other.
        package let evaluation: String?

        package init(what: String, evaluation: String? = nil) {
            self.what = what
            self.evaluation = evaluation
        }
    }

    package static let limit = 64 << 10

    package init(
        stage: StageID, digest: ContentDigest, source: String, artifact: Artifact?, keyids: [ContentDigest],
        unsigned: Bool, base: ContentDigest?, accepted: [Accepted], entry: ContentDigest? = nil, stagedAt: Timestamp,
        by: String
    ) {
        self.stage = stage
        self.digest = digest
        self.source = source
        self.artifact = artifact
        self.keyids = keyids
        self.unsigned = unsigned
        self.base = base
        self.accepted = accepted
        self.entry = entry
        self.stagedAt = stagedAt
        self.by = by
    }

    /// The same of another copy of the bundle.
    package func ofCopy(_ stage: StageID) -> Receipt {
        Receipt(
            stage: stage, digest: digest, source: source, artifact: artifact, keyids: keyids, unsigned: unsigned,
            base: base, accepted: accepted, entry: entry, stagedAt: stagedAt, by: by)
    }

    package static func read(_ bytes: [UInt8], file: String) throws(RecordError) -> Receipt {
        var record = try JSONRecord(bytes, file: file, limit: limit, schema: 1)
        var artifact: Artifact?
        if let field = record.optional("artifact") {
            var object = try field.record()
            artifact = Artifact(
                size: try object.required("size").integer(),
                sha256: try object.required("sha256").parsed("a SHA-256", ContentDigest.init(hex:)))
            try object.finish()
        }
        let receipt = Receipt(
            stage: try record.required("stage").parsed("a stage", StageID.init),
            digest: try record.required("digest").parsed("a SHA-256", ContentDigest.init(hex:)),
            source: try record.required("source").string(),
            artifact: artifact,
            keyids: try record.required("keyids").digests(),
            unsigned: try record.required("unsigned").bool(),
            base: try record.optional("base")?.parsed("a SHA-256", ContentDigest.init(hex:)),
            accepted: try record.required("accepted").accepted(),
            entry: try record.optional("entry")?.parsed("a SHA-256", ContentDigest.init(hex:)),
            stagedAt: try record.required("stagedAt").parsed("a time", Timestamp.init),
            by: try record.required("by").string())
        try record.finish()
        return receipt
    }

    package var json: JSONValue {
        [
            "schema": 1, "stage": stage.text, "digest": digest, "source": source,
            "artifact": artifact.map { ["size": $0.size, "sha256": $0.sha256] as JSONValue },
            "keyids": keyids, "unsigned": unsigned, "base": base,
            "accepted": accepted.map { ["what": $0.what, "evaluation": $0.evaluation] as JSONValue },
            "entry": entry, "stagedAt": stagedAt, "by": by,
        ]
    }
}

/// Names one copy of a bundle on this host: 32 random hexadecimal digits.
package struct StageID: Hashable, Sendable, CustomStringConvertible {
    package let text: String

    package init?(_ text: String) {
        guard text.utf8.count == 32, Hex.bytes(text.utf8) != nil else { return nil }
        self.text = text
    }

    package static func random() -> StageID { StageID(unchecked: Hex.random(bytes: 16)) }

    private init(unchecked text: String) { self.text = text }

    package var description: String { text }
}

extension JSONField {
    /// A list of SHA-256.
    package func digests() throws(RecordError) -> [ContentDigest] {
        var digests: [ContentDigest] = []
        for element in try array() { digests.append(try element.parsed("a SHA-256", ContentDigest.init(hex:))) }
        return digests
    }

    fileprivate func accepted() throws(RecordError) -> [Receipt.Accepted] {
        var accepted: [Receipt.Accepted] = []
        for element in try array() {
            var object = try element.record()
            accepted.append(
                Receipt.Accepted(
                    what: try object.required("what").string(),
                    evaluation: try object.optional("evaluation")?.string()))
            try object.finish()
        }
        return accepted
    }
}
