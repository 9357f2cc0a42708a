import HostModel

/// `record.json`: what the operator and the engine remember of an app beside its bundles. Changed under the app's lock
/// alone, by an operation that ``Journal`` announces.
package struct AppRecord: Sendable, Equatable {
    /// The keys that vouched for what is installed; kept over uninstall while the app's data is. Nil when there is none.
    package var publisher: [ContentDigest]?
    package var grants: [Grant] = []
    package var knownBad: [KnownBad] = []
    package var policy = Policy()
    package var configuration = Configuration()
    /// Whether the operator started the app, and did not stop it since.
    package var isWanted = false
    /// The last operation, where nobody has said yet that it was good.
    package var unconfirmed: Unconfirmed?

    /// A permission that the app was given.
    package struct Grant: Sendable, Equatable {
        package enum State: String, Sendable { case active, inactive }
        package var permission: String
        package var state: State
        package var since: Timestamp
        package var by: String

        package init(permission: String, state: State, since: Timestamp, by: String) {
            self.permission = permission
            self.state = state
            self.since = since
            self.by = by
        }
    }

    /// A bundle that was left because it was bad. No policy takes it again.
    package struct KnownBad: Sendable, Equatable {
        package var digest: ContentDigest
        package var version: String
        package var reason: String
        package var at: Timestamp

        package init(digest: ContentDigest, version: String, reason: String, at: Timestamp) {
            self.digest = digest
            self.version = version
            self.reason = reason
            self.at = at
        }
    }

    package static let limit = 1 << 20

    package init() {}

    package static func read(_ bytes: [UInt8], file: String) throws(RecordError) -> AppRecord {
        var record = try JSONRecord(bytes, file: file, limit: limit, schema: 1)
        var result = AppRecord()
        result.publisher = try record.optional("publisher")?.publisher()
        result.grants = try record.required("grants").grants()
        for field in try record.required("knownBad").array() {
            var object = try field.record()
            result.knownBad.append(
                KnownBad(
                    digest: try object.required("digest").parsed("a SHA-256", ContentDigest.init(hex:)),
                    version: try object.required("version").string(),
                    reason: try object.required("reason").string(),
                    at: try object.required("at").parsed("a time", Timestamp.init)))
            try object.finish()
        }
        if let field = record.optional("policy") { result.policy = try Policy(field) }
        if let field = record.optional("configuration") { result.configuration = try Configuration(field) }
        if let field = record.optional("wanted") { result.isWanted = try field.bool() }
        if let field = record.optional("unconfirmed") { result.unconfirmed = try Unconfirmed(field) }
        try record.finish()
        return result
    }

    package var json: JSONValue {
        [
            "schema": 1,
            "publisher": publisher.map { ["keyids": $0] as JSONValue },
            "grants": grants,
            "knownBad": knownBad.map {
                ["digest": $0.digest, "version": $0.version, "reason": $0.reason, "at": $0.at] as JSONValue
            },
            "policy": policy.json, "configuration": configuration.json, "wanted": isWanted,
            "unconfirmed": unconfirmed,
        ]
    }
}

extension AppRecord.Grant: JSONRepresentable {
    package var json: JSONValue { ["permission": permission, "state": state.rawValue, "since": since, "by": by] }
}

extension JSONField {
    /// `{"keyids":[…]}`
    func publisher() throws(RecordError) -> [ContentDigest] {
        var object = try record()
        let keyids = try object.required("keyids").digests()
        try object.finish()
        return keyids
    }

    func grants() throws(RecordError) -> [AppRecord.Grant] {
        var grants: [AppRecord.Grant] = []
        for element in try array() {
            var object = try element.record()
            grants.append(
                AppRecord.Grant(
                    permission: try object.required("permission").string(),
                    state: try object.required("state").parsed("a state", AppRecord.Grant.State.init),
                    since: try object.required("since").parsed("a time", Timestamp.init),
                    by: try object.required("by").string()))
            try object.finish()
        }
        return grants
    }
}
