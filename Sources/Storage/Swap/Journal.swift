import HostModel

/// `journal.json`: what is in flight in one app's directory, written before it begins and removed when all of it is done.
package struct Journal: Sendable, Equatable {
    package var operation: String
    package var sequence: Int64
    package var intent: Intent
    /// What the history line of this operation tells, kept here so that recovery can write it.
    package var detail: HistoryDetail
    package var by: String
    package var at: Timestamp

    package enum Intent: Sendable, Equatable {
        case swap(SwapIntent)
        /// Every slot and every directory of the app goes; its data only when `purge` is set.
        case uninstall(purge: Bool)
        /// What is in `staged/` goes.
        case unstage
        /// The record changes, and nothing else but the values of secrets, and which bundles are kept to roll back to.
        case record(RecordIntent)
    }

    static let limit = 64 << 10

    package var kind: String {
        switch intent {
        case .swap(let swap): swap.kind.rawValue
        case .uninstall: "uninstall"
        case .unstage: "unstage"
        case .record(let change): change.kind.rawValue
        }
    }

    /// What the history line of this operation says where it ended so, and nothing kept it from being carried out.
    func verdict(_ outcome: HistoryLine.Outcome) -> (code: String?, message: String?) {
        switch intent {
        case .record(let change): (change.code, change.message)
        case .swap(let swap) where outcome == .done: (nil, swap.message)
        case .swap, .uninstall, .unstage: (nil, nil)
        }
    }

    package static func read(_ bytes: [UInt8], file: String) throws(RecordError) -> Journal {
        var record = try JSONRecord(bytes, file: file, limit: limit, schema: 1)
        let operation = try record.required("operation").string()
        let sequence = try record.required("sequence").integer()
        let kind = try record.required("kind").string()
        let intent: Intent
        if kind == "uninstall" {
            intent = .uninstall(purge: try record.required("purge").bool())
        } else if kind == "unstage" {
            intent = .unstage
        } else if let change = RecordChange.Kind(rawValue: kind) {
            intent = .record(try RecordIntent(change, from: &record))
        } else {
            intent = .swap(try SwapIntent(kind: kind, from: &record))
        }
        var history = try record.required("history").record()
        let detail = try HistoryDetail(from: &history)
        try history.finish()
        let journal = Journal(
            operation: operation, sequence: sequence, intent: intent, detail: detail,
            by: try record.required("by").string(), at: try record.required("at").parsed("a time", Timestamp.init))
        try record.finish()
        return journal
    }

    package var json: JSONValue {
        let history: JSONValue = [
            "from": detail.from, "to": detail.to, "digest": detail.digest, "source": detail.source,
        ]
        switch intent {
        case .unstage:
            return [
                "schema": 1, "operation": operation, "sequence": sequence, "kind": kind, "history": history, "by": by,
                "at": at,
            ]
        case .record(let change):
            return [
                "schema": 1, "operation": operation, "sequence": sequence, "kind": kind, "message": change.message,
                "outcome": change.outcome.rawValue, "code": change.code, "retention": change.retention,
                "history": history, "by": by, "at": at,
            ]
        case .uninstall(let purge):
            return [
                "schema": 1, "operation": operation, "sequence": sequence, "kind": kind, "purge": purge,
                "history": history, "by": by, "at": at,
            ]
        case .swap(let swap):
            return [
                "schema": 1, "operation": operation, "sequence": sequence, "kind": kind, "slot": swap.slot.name,
                "candidate": swap.candidate.text, "from": swap.from?.name ?? "staging",
                "replaced": swap.replaced.rawValue, "restores": swap.restores?.name, "retention": swap.retention,
                "message": swap.message, "history": history, "by": by,
                "at": at,
            ]
        }
    }
}

/// Which tree goes into which slot, and where the one that it replaces goes.
package struct SwapIntent: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        case stage, install, update, apply, repair, rollback, undo
    }

    package enum Destination: String, Sendable { case rollback, trash }

    package var kind: Kind
    package var slot: Slot
    package var candidate: StageID
    /// The slot that the candidate lies in; nil for `staging/<id>/`.
    package var from: Slot?
    package var replaced: Destination
    /// For an undo: the `older-<sequence>/` that the undone update made, which becomes `rollback/` again.
    package var restores: Slot?
    /// How many bundles are kept to roll back to, `rollback/` included; nil deletes none.
    package var retention: Int64?
    /// What the history tells of it once it is done; nil where its kind says it all.
    package var message: String?

    package init(
        kind: Kind, slot: Slot, candidate: StageID, from: Slot?, replaced: Destination, restores: Slot? = nil,
        retention: Int64? = nil, message: String? = nil
    ) {
        self.retention = retention
        self.message = message
        self.kind = kind
        self.slot = slot
        self.candidate = candidate
        self.from = from
        self.replaced = replaced
        self.restores = restores
    }

    fileprivate init(kind: String, from record: inout JSONRecord) throws(RecordError) {
        guard let kind = Kind(rawValue: kind) else { throw record.error("the kind \(quoted(kind)) is unknown") }
        self.kind = kind
        slot = try record.required("slot").parsed("a slot", Slot.init(name:))
        candidate = try record.required("candidate").parsed("a stage", StageID.init)
        let place = try record.required("from")
        from = try place.string() == "staging" ? nil : place.parsed("a slot", Slot.init(name:))
        replaced = try record.required("replaced").parsed("'rollback' or 'trash'", Destination.init)
        restores = try record.optional("restores")?.parsed("a slot", Slot.init(name:))
        retention = try record.optional("retention")?.integer(in: 1...Int64.max)
        message = try record.optional("message")?.string()
    }
}

/// How a record changes, and what the history tells of it.
package struct RecordIntent: Sendable, Equatable {
    package var kind: RecordChange.Kind
    package var message: String?
    package var outcome: HistoryLine.Outcome
    package var code: String?
    /// How many bundles are kept to roll back to, `rollback/` included; nil deletes none.
    package var retention: Int64?

    package init(
        kind: RecordChange.Kind, message: String? = nil, outcome: HistoryLine.Outcome = .done, code: String? = nil,
        retention: Int64? = nil
    ) {
        self.kind = kind
        self.message = message
        self.outcome = outcome
        self.code = code
        self.retention = retention
    }

    fileprivate init(_ kind: RecordChange.Kind, from record: inout JSONRecord) throws(RecordError) {
        self.kind = kind
        message = try record.optional("message")?.string()
        outcome = try record.optional("outcome")?.parsed("an outcome", HistoryLine.Outcome.init) ?? .done
        code = try record.optional("code")?.string()
        retention = try record.optional("retention")?.integer(in: 1...Int64.max)
    }
}
