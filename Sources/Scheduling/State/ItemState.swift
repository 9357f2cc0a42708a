import HostModel

/// What the scheduler keeps of one thing that it looks at: `scheduler/<kind>-<name>.json`.
package struct ItemState: Sendable, Equatable {
    package enum LastResult: String, Sendable {
        /// It was never looked at.
        case never = "none"
        case success, failed
        /// Somebody has to decide, or another command was at work.
        case skipped
    }

    /// When it was last looked at; nil for never. `lastResult` and `errorCode` are of that.
    package var lastCheck: Timestamp?
    /// As it was planned; see ``Schedule/next(_:_:at:)``.
    package var nextCheck: Timestamp?
    package var lastResult = LastResult.never
    package var lastFailure: Timestamp?
    /// In a row.
    package var failureCount: Int64 = 0
    /// Nil unless it failed or was skipped.
    package var errorCode: String?
    /// When somebody began to look at it, and has not ended yet, or died.
    package var startedAt: Timestamp?

    /// Of what was never looked at.
    package init() {}

    /// What it comes to where nobody looks at it now: who began died.
    package var settled: ItemState {
        guard let startedAt else { return self }
        var state = self
        state.startedAt = nil
        state.lastCheck = startedAt
        state.lastResult = .failed
        state.lastFailure = startedAt
        state.failureCount += 1
        state.errorCode = FailureCode.interrupted.rawValue
        return state
    }
}

// MARK: On disk

extension ItemState {
    static let limit = 16 << 10

    static func read(_ bytes: [UInt8], of item: ScheduledItem) throws(RecordError) -> ItemState {
        let file = "scheduler/\(item.file)"
        var record = try JSONRecord(bytes, file: file, limit: limit, schema: 1)
        let kind = try record.required("kind").string()
        let name = try record.required("name").string()
        guard kind == item.kind.rawValue, name == item.name.text else {
            throw record.error("it is the state of something else")
        }
        var state = ItemState()
        state.lastCheck = try record.optional("lastCheck")?.parsed("a time", { Timestamp($0) })
        state.nextCheck = try record.optional("nextCheck")?.parsed("a time", { Timestamp($0) })
        state.lastResult = try record.required("lastResult").parsed("a result", { LastResult(rawValue: $0) })
        state.lastFailure = try record.optional("lastFailure")?.parsed("a time", { Timestamp($0) })
        state.failureCount = try record.required("failureCount").integer(in: 0...1_000_000_000)
        state.errorCode = try record.optional("errorCode")?.string()
        state.startedAt = try record.optional("startedAt")?.parsed("a time", { Timestamp($0) })
        try record.finish()
        return state
    }

    func json(of item: ScheduledItem) -> JSONValue {
        [
            "schema": 1, "kind": item.kind.rawValue, "name": item.name, "lastCheck": lastCheck, "nextCheck": nextCheck,
            "lastResult": lastResult.rawValue, "lastFailure": lastFailure, "failureCount": failureCount,
            "errorCode": errorCode, "startedAt": startedAt,
        ]
    }
}
