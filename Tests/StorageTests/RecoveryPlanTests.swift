import HostModel
import Testing

@testable import Storage

/// What recovery plans, step by step, for one situation after another.
struct RecoveryPlanTests {
    private static func journal(_ swap: SwapIntent) -> Journal {
        Journal(
            operation: "op", sequence: 9, intent: .swap(swap), detail: HistoryDetail(), by: "test", at: Samples.now)
    }

    private static func uninstall(purge: Bool) -> Journal {
        Journal(
            operation: "op", sequence: 9, intent: .uninstall(purge: purge), detail: HistoryDetail(), by: "test",
            at: Samples.now)
    }

    private static func swap(
        _ kind: SwapIntent.Kind, slot: Slot = .installed, from: Slot?, to replaced: SwapIntent.Destination,
        restores: Slot? = nil
    ) -> SwapIntent {
        SwapIntent(
            kind: kind, slot: slot, candidate: Samples.stage("c"), from: from, replaced: replaced, restores: restores)
    }

    static let update = swap(.update, from: nil, to: .rollback)
    static let apply = swap(.apply, from: .staged, to: .rollback)
    static let repair = swap(.repair, from: nil, to: .trash)
    static let repairOfRollback = swap(.repair, slot: .rollback, from: nil, to: .trash)
    static let stage = swap(.stage, slot: .staged, from: nil, to: .trash)
    static let rollback = swap(.rollback, from: .rollback, to: .rollback)
    static let rollbackToOlder = swap(.rollback, from: .older(sequence: 4), to: .rollback)
    static let undo = swap(.undo, from: .rollback, to: .trash, restores: .older(sequence: 7))
    static let undoAlone = swap(.undo, from: .rollback, to: .trash)
    static let undoneRollback = swap(.undo, from: .rollback, to: .rollback)

    struct Situation: Sendable, CustomTestStringConvertible {
        var what: String
        var journal: Journal
        var slots: Set<Slot>
        var hasNextRecord = true
        var owned: Set<OwnedDirectory> = []
        /// Whether the slot that the journal names holds the candidate.
        var isSwapped: Bool
        var steps: [RecoveryStep]

        var testDescription: String { what }
    }

    /// These steps, then what follows after the point of no return.
    private static func done(_ steps: RecoveryStep...) -> [RecoveryStep] {
        steps + [.emptyTrash, .adoptRecord, .log(.done), .clearJournal]
    }

    /// The same where the record does not change.
    private static func doneWithoutRecord(_ steps: RecoveryStep...) -> [RecoveryStep] {
        steps + [.emptyTrash, .log(.done), .clearJournal]
    }

    /// These steps, then what follows before the point of no return.
    private static func undone(_ steps: RecoveryStep...) -> [RecoveryStep] {
        steps + [.emptyTrash, .dropRecord, .log(.interrupted), .clearJournal]
    }

    static let updates: [Situation] = [
        Situation(
            what: "update: swapped", journal: journal(update), slots: [.installed, .backup], isSwapped: true,
            steps: done(.move(.backup, to: .rollback))),
        Situation(
            what: "update: swapped, beside a rollback", journal: journal(update),
            slots: [.installed, .backup, .rollback], isSwapped: true,
            steps: done(.move(.rollback, to: .older(sequence: 9)), .move(.backup, to: .rollback))),
        Situation(
            what: "update: the rollback is moved aside", journal: journal(update),
            slots: [.installed, .backup, .older(sequence: 9)], isSwapped: true,
            steps: done(.move(.backup, to: .rollback))),
        Situation(
            what: "update: only the record is left", journal: journal(update),
            slots: [.installed, .rollback, .older(sequence: 9)], isSwapped: true, steps: done()),
        Situation(
            what: "update: only the history is left", journal: journal(update), slots: [.installed, .rollback],
            hasNextRecord: false, isSwapped: true, steps: doneWithoutRecord()),
        Situation(
            what: "update: only announced", journal: journal(update), slots: [.installed, .rollback], isSwapped: false,
            steps: undone()),
        Situation(
            what: "update: the candidate is aside", journal: journal(update), slots: [.installed, .rollback, .backup],
            isSwapped: false, steps: undone(.discardSlot(.backup))),
        Situation(
            what: "install: the candidate is aside", journal: journal(update), slots: [.backup], isSwapped: false,
            steps: undone(.discardSlot(.backup))),
        Situation(
            what: "install: swapped", journal: journal(update), slots: [.installed], isSwapped: true, steps: done()),
    ]

    static let others: [Situation] = [
        Situation(
            what: "apply: the candidate is aside", journal: journal(apply), slots: [.installed, .backup],
            isSwapped: false, steps: undone(.move(.backup, to: .staged))),
        Situation(
            what: "apply: swapped", journal: journal(apply), slots: [.installed, .backup], isSwapped: true,
            steps: done(.move(.backup, to: .rollback))),
        Situation(
            what: "repair: swapped", journal: journal(repair), slots: [.installed, .backup, .rollback],
            hasNextRecord: false, isSwapped: true, steps: doneWithoutRecord(.discardSlot(.backup))),
        Situation(
            what: "repair of the rollback: swapped", journal: journal(repairOfRollback),
            slots: [.installed, .backup, .rollback], hasNextRecord: false, isSwapped: true,
            steps: doneWithoutRecord(.discardSlot(.backup))),
        Situation(
            what: "stage: swapped", journal: journal(stage), slots: [.installed, .staged, .backup],
            hasNextRecord: false, isSwapped: true, steps: doneWithoutRecord(.discardSlot(.backup))),
        Situation(
            what: "stage: into an empty slot", journal: journal(stage), slots: [.installed, .staged],
            hasNextRecord: false, isSwapped: true, steps: doneWithoutRecord()),
    ]

    static let returns: [Situation] = [
        Situation(
            what: "rollback: the candidate is aside", journal: journal(rollback), slots: [.installed, .backup],
            isSwapped: false, steps: undone(.move(.backup, to: .rollback))),
        Situation(
            what: "rollback: swapped", journal: journal(rollback), slots: [.installed, .backup], isSwapped: true,
            steps: done(.move(.backup, to: .rollback))),
        Situation(
            what: "rollback to an older one: the candidate is aside", journal: journal(rollbackToOlder),
            slots: [.installed, .backup, .rollback], isSwapped: false,
            steps: undone(.move(.backup, to: .older(sequence: 4)))),
        Situation(
            what: "rollback to an older one: swapped", journal: journal(rollbackToOlder),
            slots: [.installed, .backup, .rollback], isSwapped: true,
            steps: done(.move(.rollback, to: .older(sequence: 9)), .move(.backup, to: .rollback))),
        Situation(
            what: "undo: the candidate is aside", journal: journal(undo),
            slots: [.installed, .backup, .older(sequence: 7)], isSwapped: false,
            steps: undone(.move(.backup, to: .rollback))),
        Situation(
            what: "undo: swapped", journal: journal(undo), slots: [.installed, .backup, .older(sequence: 7)],
            isSwapped: true, steps: done(.move(.older(sequence: 7), to: .rollback), .discardSlot(.backup))),
        Situation(
            what: "undo: restored", journal: journal(undo), slots: [.installed, .backup, .rollback], isSwapped: true,
            steps: done(.discardSlot(.backup))),
        Situation(
            what: "undo: nothing to restore", journal: journal(undoAlone),
            slots: [.installed, .backup, .older(sequence: 7)], isSwapped: true, steps: done(.discardSlot(.backup))),
        Situation(
            what: "undo of a rollback: the candidate is aside", journal: journal(undoneRollback),
            slots: [.installed, .backup, .older(sequence: 7)], isSwapped: false,
            steps: undone(.move(.backup, to: .rollback))),
        Situation(
            what: "undo of a rollback: swapped", journal: journal(undoneRollback),
            slots: [.installed, .backup, .older(sequence: 7)], isSwapped: true,
            steps: done(.move(.backup, to: .rollback))),
    ]

    static let uninstalls: [Situation] = [
        Situation(
            what: "uninstall: announced", journal: uninstall(purge: false),
            slots: [.staged, .rollback, .installed, .older(sequence: 3)], owned: [.secrets, .data, .cache],
            isSwapped: false,
            steps: done(
                .discardSlot(.installed), .discardSlot(.older(sequence: 3)), .discardSlot(.rollback),
                .discardSlot(.staged), .discardOwned(.cache), .discardOwned(.secrets))),
        Situation(
            what: "uninstall with its data: half done", journal: uninstall(purge: true), slots: [.staged],
            owned: [.run, .data, .logs], isSwapped: false,
            steps: done(.discardSlot(.staged), .discardOwned(.data), .discardOwned(.logs), .discardOwned(.run))),
        Situation(
            what: "uninstall: only the journal is left", journal: uninstall(purge: false), slots: [],
            hasNextRecord: false, owned: [.data], isSwapped: false, steps: doneWithoutRecord()),
    ]

    private static func change(_ intent: RecordIntent = RecordIntent(kind: .secret)) -> Journal {
        Journal(
            operation: "op", sequence: 9, intent: .record(intent), detail: HistoryDetail(), by: "test",
            at: Samples.now)
    }

    static let changes: [Situation] = [
        Situation(
            what: "a change of the record: announced", journal: change(), slots: [.installed, .rollback],
            owned: [.data], isSwapped: false, steps: [.adoptRecord, .log(.done), .clearJournal]),
        Situation(
            what: "a change of the record: adopted", journal: change(), slots: [.installed], hasNextRecord: false,
            isSwapped: false, steps: [.log(.done), .clearJournal]),
        Situation(
            what: "a change of secrets: announced", journal: change(), slots: [.installed], owned: [.secrets, .data],
            isSwapped: false, steps: [.adoptRecord, .sweepSecrets, .emptyTrash, .log(.done), .clearJournal]),
        Situation(
            what: "a change of secrets: adopted, not yet swept", journal: change(), slots: [.installed],
            hasNextRecord: false, owned: [.secrets], isSwapped: false,
            steps: [.sweepSecrets, .emptyTrash, .log(.done), .clearJournal]),
        Situation(
            what: "update with secrets: swapped", journal: journal(update), slots: [.installed, .backup],
            owned: [.secrets], isSwapped: true,
            steps: [
                .move(.backup, to: .rollback), .emptyTrash, .adoptRecord, .sweepSecrets, .emptyTrash, .log(.done),
                .clearJournal,
            ]),
        Situation(
            what: "update with secrets: only announced", journal: journal(update), slots: [.installed],
            owned: [.secrets], isSwapped: false,
            steps: [.emptyTrash, .dropRecord, .sweepSecrets, .emptyTrash, .log(.interrupted), .clearJournal]),
    ]

    static let confirmation = change(RecordIntent(kind: .confirm, retention: 2))
    static let failure = change(RecordIntent(kind: .confirm, outcome: .failed, code: "health_check_failed"))
    static let restart = change(RecordIntent(kind: .restart))

    static let judgements: [Situation] = [
        Situation(
            what: "confirm: announced", journal: confirmation,
            slots: [.installed, .rollback, .older(sequence: 3), .older(sequence: 7)], isSwapped: false,
            steps: done(.discardSlot(.older(sequence: 3)))),
        Situation(
            what: "confirm: trimmed", journal: confirmation, slots: [.installed, .rollback, .older(sequence: 7)],
            isSwapped: false, steps: done()),
        Situation(
            what: "confirm: only the history is left", journal: confirmation, slots: [.installed],
            hasNextRecord: false, isSwapped: false, steps: doneWithoutRecord()),
        Situation(
            what: "confirm: it failed, and stays all the same", journal: failure,
            slots: [.installed, .rollback, .older(sequence: 7)], isSwapped: false,
            steps: [.adoptRecord, .log(.failed), .clearJournal]),
        Situation(
            what: "restart: announced", journal: restart, slots: [.installed], isSwapped: false,
            steps: [.adoptRecord, .flush, .clearJournal]),
        Situation(
            what: "restart: adopted", journal: restart, slots: [.installed], hasNextRecord: false, isSwapped: false,
            steps: [.flush, .clearJournal]),
    ]

    static let situations: [Situation] = [updates, others, returns, uninstalls, changes, judgements].flatMap { $0 }

    @Test(arguments: RecoveryPlanTests.situations)
    func `what is planned is what is left to do`(situation: Situation) {
        let names = AppNames(
            slots: situation.slots, hasNextRecord: situation.hasNextRecord, owned: situation.owned)
        let stage = situation.isSwapped ? Samples.stage("c") : Samples.stage("a")
        #expect(RecoveryPlan.steps(for: situation.journal, names: names, slotStage: stage) == situation.steps)
    }

    @Test func `an empty slot, or a bundle that cannot be read, is not the candidate`() {
        let names = AppNames(slots: [.installed, .backup], hasNextRecord: false)
        let steps = RecoveryPlan.steps(for: Self.journal(Self.apply), names: names, slotStage: nil)
        #expect(steps == [.move(.backup, to: .staged), .emptyTrash, .log(.interrupted), .clearJournal])
    }

    @Test func `an operation that failed is undone with the same steps`() {
        let names = AppNames(slots: [.installed, .backup], hasNextRecord: true)
        #expect(
            RecoveryPlan.undo(Self.update, names: names, outcome: .failed)
                == [.discardSlot(.backup), .emptyTrash, .dropRecord, .log(.failed), .clearJournal])
    }

    @Test(arguments: RecoveryPlanTests.situations)
    func `a bundle is never moved onto another, and none is lost but to the trash`(situation: Situation) {
        var slots = situation.slots
        for step in situation.steps {
            switch step {
            case .move(let from, let to):
                let wasThere = slots.remove(from) != nil
                let wasFree = slots.insert(to).inserted
                #expect(wasThere && wasFree)
            case .discardSlot(let slot):
                let wasThere = slots.remove(slot) != nil
                #expect(wasThere)
            case .discardOwned(let owned):
                #expect(situation.owned.contains(owned))
            case .emptyTrash, .adoptRecord, .dropRecord, .sweepSecrets, .log, .flush, .clearJournal:
                break
            }
        }
        #expect(!slots.contains(.backup))
        #expect(situation.steps.last == .clearJournal)
    }
}
