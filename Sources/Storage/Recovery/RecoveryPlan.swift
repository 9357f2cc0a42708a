import HostModel

/// What is still to be done for the operation that a journal names: a pure function of the journal, the names in the app's
/// directory, and the stage in the slot that the journal names.
///
/// Each move is planned only where its source is there and its target is not, so a plan made again after any of its steps
/// is the rest of the plan. A swap settles and undoes itself by these same words; recovery is what a swap does anyway.
package enum RecoveryPlan {
    /// - Parameters:
    ///   - names: what the app's directory and its directories elsewhere hold.
    ///   - slotStage: the stage of the tree in the journal's slot; nil where it is empty.
    package static func steps(for journal: Journal, names: AppNames, slotStage: StageID?) -> [RecoveryStep] {
        switch journal.intent {
        case .uninstall(let purge):
            // Writing the journal was the point of no return.
            uninstall(names: names, purge: purge)
        case .unstage:
            (names.slots.contains(.staged) ? [.discardSlot(.staged)] : []) + [.emptyTrash, .log(.done), .clearJournal]
        case .record(let change):
            // Writing the journal was the point of no return.
            record(change, names: names)
        case .swap(let swap) where slotStage == swap.candidate:
            settle(swap, sequence: journal.sequence, names: names)
        case .swap(let swap):
            undo(swap, names: names, outcome: .interrupted)
        }
    }

    /// After the point of no return: the replaced bundle to its place, the record, the history, then the journal.
    static func settle(_ swap: SwapIntent, sequence: Int64, names: AppNames) -> [RecoveryStep] {
        var names = names
        var steps: [RecoveryStep] = []
        if swap.replaced == .rollback, names.slots.contains(.backup) {
            let older = Slot.older(sequence: sequence)
            if names.slots.contains(.rollback), !names.slots.contains(older) {
                steps.append(names.move(.rollback, to: older))
            }
            if !names.slots.contains(.rollback) { steps.append(names.move(.backup, to: .rollback)) }
        }
        if swap.replaced == .trash {
            if let restores = swap.restores, names.slots.contains(restores), !names.slots.contains(.rollback) {
                steps.append(names.move(restores, to: .rollback))
            }
            if names.slots.contains(.backup) { steps.append(.discardSlot(.backup)) }
        }
        if let retention = swap.retention { steps += trimming(names, keeping: retention) }
        // Deleting comes before writing, so that a full disk does not stop it.
        steps.append(.emptyTrash)
        if names.hasNextRecord { steps.append(.adoptRecord) }
        return steps + sweep(names) + [.log(.done), .clearJournal]
    }

    /// Before the point of no return: everything back to where it was.
    static func undo(_ swap: SwapIntent, names: AppNames, outcome: HistoryLine.Outcome) -> [RecoveryStep] {
        var steps: [RecoveryStep] = []
        if names.slots.contains(.backup) {
            if let from = swap.from, !names.slots.contains(from) {
                steps.append(.move(.backup, to: from))
            } else {
                steps.append(.discardSlot(.backup))
            }
        }
        steps.append(.emptyTrash)
        if names.hasNextRecord { steps.append(.dropRecord) }
        return steps + sweep(names) + [.log(outcome), .clearJournal]
    }

    static func uninstall(names: AppNames, purge: Bool) -> [RecoveryStep] {
        let slots = names.slots.sorted { $0.name < $1.name }.map { RecoveryStep.discardSlot($0) }
        let owned = names.owned.filter { $0 != .data || purge }
            .sorted { $0.rawValue < $1.rawValue }.map { RecoveryStep.discardOwned($0) }
        let record: [RecoveryStep] = names.hasNextRecord ? [.adoptRecord] : []
        return slots + owned + [.emptyTrash] + record + [.log(.done), .clearJournal]
    }

    static func record(_ change: RecordIntent, names: AppNames) -> [RecoveryStep] {
        let told: RecoveryStep = change.kind.isTold ? .log(change.outcome) : .flush
        var steps: [RecoveryStep] = []
        if let retention = change.retention {
            steps = trimming(names, keeping: retention)
            steps.append(.emptyTrash)
        }
        if names.hasNextRecord { steps.append(.adoptRecord) }
        return steps + sweep(names) + [told, .clearJournal]
    }

    /// Rollback targets that are not kept any more.
    private static func trimming(_ names: AppNames, keeping retention: Int64) -> [RecoveryStep] {
        let expired = Retention.expired(Array(names.slots), keeping: Int(clamping: retention))
        return expired.map { .discardSlot($0) }
    }

    /// Once the record is the one that counts: whichever it is, no other names a value any more.
    private static func sweep(_ names: AppNames) -> [RecoveryStep] {
        names.owned.contains(.secrets) ? [.sweepSecrets, .emptyTrash] : []
    }
}

/// What recovery looks at: names, and nothing that is in the files.
package struct AppNames: Sendable, Equatable {
    package var slots: Set<Slot>
    /// Whether `record.json.new` is there.
    package var hasNextRecord: Bool
    /// The app's own directories that exist elsewhere in the root.
    package var owned: Set<OwnedDirectory>

    package init(slots: Set<Slot>, hasNextRecord: Bool, owned: Set<OwnedDirectory> = []) {
        self.slots = slots
        self.hasNextRecord = hasNextRecord
        self.owned = owned
    }

    fileprivate mutating func move(_ from: Slot, to slot: Slot) -> RecoveryStep {
        slots.remove(from)
        slots.insert(slot)
        return .move(from, to: slot)
    }
}

/// A directory of one app outside `apps/<id>/`.
package enum OwnedDirectory: String, Sendable, CaseIterable {
    case data, cache, run, logs, secrets

    var part: ManagedRoot.Part {
        switch self {
        case .data: .data
        case .cache: .cache
        case .run: .run
        case .logs: .logs
        case .secrets: .secrets
        }
    }
}

/// One step of recovery. Each changes names in at most two directories.
package enum RecoveryStep: Sendable, Equatable {
    case move(Slot, to: Slot)
    case discardSlot(Slot)
    case discardOwned(OwnedDirectory)
    case emptyTrash
    /// `record.json.new` becomes `record.json`.
    case adoptRecord
    case dropRecord
    /// Values of secrets that the record does not name go to the trash.
    case sweepSecrets
    /// Makes the steps before it durable, and adds the history line unless one with this operation is there.
    case log(HistoryLine.Outcome)
    /// Makes the steps before it durable, where the history tells nothing.
    case flush
    case clearJournal
}
