import HostModel

/// One thing that was done to an app, or refused.
package struct HistoryLine: Sendable, Equatable {
    /// Names the operation; it is logged once.
    package var operation: String
    /// Counts the app's operations. Order is by it, never by the clock.
    package var sequence: Int64
    package var at: Timestamp
    package var kind: String
    package var outcome: Outcome
    package var detail: HistoryDetail
    package var by: String
    package var code: String?
    package var message: String?

    package enum Outcome: String, Sendable { case done, refused, failed, interrupted }

    package init(
        operation: String, sequence: Int64, at: Timestamp, kind: String, outcome: Outcome, detail: HistoryDetail,
        by: String, code: String? = nil, message: String? = nil
    ) {
        self.operation = operation
        self.sequence = sequence
        self.at = at
        self.kind = kind
        self.outcome = outcome
        self.detail = detail
        self.by = by
        self.code = code
        self.message = message.map(Self.shortened)
    }

    /// A sentence can name thousands of things, and a name can be one character of any length; a line has a limit.
    static func shortened(_ message: String) -> String {
        HostModel.shortened(message, over: 2048, to: 500)
    }

    package static func read(_ bytes: [UInt8], file: String) throws(RecordError) -> HistoryLine {
        var record = try JSONRecord(bytes, file: file, limit: History.lineLimit, schema: 1)
        let line = HistoryLine(
            operation: try record.required("operation").string(),
            sequence: try record.required("sequence").integer(),
            at: try record.required("at").parsed("a time", Timestamp.init),
            kind: try record.required("kind").string(),
            outcome: try record.required("outcome").parsed("an outcome", Outcome.init),
            detail: try HistoryDetail(from: &record),
            by: try record.required("by").string(),
            code: try record.optional("code")?.string(),
            message: try record.optional("message")?.string())
        try record.finish()
        return line
    }

    package var json: JSONValue {
        [
            "schema": 1, "operation": operation, "sequence": sequence, "at": at, "kind": kind,
            "outcome": outcome.rawValue, "from": detail.from, "to": detail.to, "digest": detail.digest,
            "source": detail.source, "by": by, "code": code, "message": message,
        ]
    }
}

/// What a history line tells of bundles: versions as text, because the engine knows no manifests.
package struct HistoryDetail: Sendable, Equatable {
    package var from: String?
    package var to: String?
    package var digest: ContentDigest?
    package var source: String?

    package init(from: String? = nil, to: String? = nil, digest: ContentDigest? = nil, source: String? = nil) {
        self.from = from
        self.to = to
        self.digest = digest
        self.source = source
    }

    init(from record: inout JSONRecord) throws(RecordError) {
        from = try record.optional("from")?.string()
        to = try record.optional("to")?.string()
        digest = try record.optional("digest")?.parsed("a SHA-256", ContentDigest.init(hex:))
        source = try record.optional("source")?.string()
    }
}
