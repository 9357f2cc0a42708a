import HostModel

extension AppRecord {
    /// An operation on the installed bundle whose health gate has not spoken yet.
    ///
    /// It stands in the record from before the app is stopped for it until it is confirmed or undone. Where it stands
    /// and nobody holds the ``Judgement``, whoever judged it died, and that is a gate that failed.
    package struct Unconfirmed: Sendable, Equatable {
        /// `update`, `apply`, `repair` or `rollback`.
        package var operation: SwapIntent.Kind
        package var gate: HealthMode
        /// The copy that is to be installed. Once it is in `installed/`, the swap was done.
        package var candidate: StageID
        /// Whether the app ran before.
        package var ran: Bool
        package var wayBack: WayBack
        /// The app's grants as they were before.
        package var grants: [Grant]
        /// The app's publisher as it was before.
        package var publisher: [ContentDigest]?
        package var at: Timestamp
        package var by: String

        package init(
            operation: SwapIntent.Kind, gate: HealthMode, candidate: StageID, ran: Bool, wayBack: WayBack,
            grants: [Grant], publisher: [ContentDigest]?, at: Timestamp, by: String
        ) {
            self.operation = operation
            self.gate = gate
            self.candidate = candidate
            self.ran = ran
            self.wayBack = wayBack
            self.grants = grants
            self.publisher = publisher
            self.at = at
            self.by = by
        }
    }
}

extension AppRecord.Unconfirmed {
    /// How an undo makes `installed/` and `rollback/` what they were before.
    package enum WayBack: Sendable, Equatable {
        /// There is nothing to go back to: the bundle that was replaced was damaged.
        case none
        /// The failed bundle goes to the trash, and `restores`, which the operation made of `rollback/`, becomes
        /// `rollback/` again.
        case discarding(restores: Slot?)
        /// The failed bundle goes back to `rollback/`, where it came from.
        case exchanging

        /// The way back from a swap. Pure.
        ///
        /// - Parameters:
        ///   - slot: where the candidate lies before the swap; nil for `staging/<id>/`.
        ///   - hadRollback: whether there is a `rollback/` before it.
        ///   - sequence: the swap's own, see ``StorageEngine/Present/sequence``.
        package static func after(
            kind: SwapIntent.Kind, from slot: Slot?, replaced: SwapIntent.Destination, hadRollback: Bool,
            sequence: Int64
        ) -> WayBack {
            guard replaced == .rollback else { return .none }
            switch kind {
            case .rollback where slot == .rollback: return .exchanging
            case .update, .apply, .rollback:
                return .discarding(restores: hadRollback ? .older(sequence: sequence) : nil)
            case .stage, .install, .repair, .undo: return .none
            }
        }

        /// Where an undo puts the failed bundle.
        package var replaced: SwapIntent.Destination { self == .exchanging ? .rollback : .trash }

        /// What an undo makes `rollback/` again.
        package var restores: Slot? {
            if case .discarding(let restores) = self { restores } else { nil }
        }
    }
}

// MARK: JSON

extension AppRecord.Unconfirmed {
    init(_ field: JSONField) throws(RecordError) {
        var record = try field.record()
        operation = try record.required("operation").parsed("an operation that is judged", Self.operation)
        gate = try record.required("gate").parsed("a health mode", HealthMode.init(rawValue:))
        candidate = try record.required("candidate").parsed("a stage", StageID.init)
        ran = try record.required("ran").bool()
        let restores = try record.optional("restores")?.parsed("an older rollback target", Self.older)
        wayBack = try record.required("wayBack").parsed("a way back", { WayBack(word: $0, restores: restores) })
        grants = try record.required("grants").grants()
        publisher = try record.optional("publisher")?.publisher()
        at = try record.required("at").parsed("a time", Timestamp.init)
        by = try record.required("by").string()
        try record.finish()
    }

    private static func operation(_ text: String) -> SwapIntent.Kind? {
        guard let kind = SwapIntent.Kind(rawValue: text) else { return nil }
        switch kind {
        case .update, .apply, .repair, .rollback: return kind
        case .stage, .install, .undo: return nil
        }
    }

    private static func older(_ name: String) -> Slot? {
        guard let slot = Slot(name: name), case .older = slot else { return nil }
        return slot
    }
}

extension AppRecord.Unconfirmed: JSONRepresentable {
    package var json: JSONValue {
        [
            "operation": operation.rawValue, "gate": gate.rawValue, "candidate": candidate.text, "ran": ran,
            "wayBack": wayBack.word, "restores": wayBack.restores?.name, "grants": grants,
            "publisher": publisher.map { ["keyids": $0] as JSONValue }, "at": at, "by": by,
        ]
    }
}

extension AppRecord.Unconfirmed.WayBack {
    fileprivate init?(word: String, restores: Slot?) {
        switch word {
        case "discarding": self = .discarding(restores: restores)
        case "none" where restores == nil: self = .none
        case "exchanging" where restores == nil: self = .exchanging
        default: return nil
        }
    }

    fileprivate var word: String {
        switch self {
        case .none: "none"
        case .discarding: "discarding"
        case .exchanging: "exchanging"
        }
    }
}
