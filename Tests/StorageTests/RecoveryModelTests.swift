import HostModel
import Testing

@testable import Storage

/// The exhaustive model of `swap-model.py` over the real ``RecoveryPlan``: every kind × slot population × crash after
/// every step × recovery killed after every one of its steps. Each step is atomic and durable here; what the disk does
/// in between, `SwapFaultTests` tries.
struct RecoveryModelTests {
    @Test func `whatever is killed wherever, all is as before or as after`() {
        var trial = Trial()
        for population in Self.populations {
            for operation in Self.operations(on: population) { trial.check(operation, on: population) }
        }
        let install = Operation(.swapping(.install, candidate: "c", from: nil, to: .rollback))
        trial.check(install, on: ModelDisk())
        #expect(trial.violations == [])
        #expect(trial.cases >= 4000, "\(trial.cases) cases")
    }

    @Test func `whatever was judged, its undo leads back, and is as whole as any other`() {
        var trial = Trial()
        var undone = 0
        // A damaged bundle is never kept to go back to.
        for population in Self.populations where population.damaged.isEmpty {
            for judged in Self.judged(on: population) {
                trial.checkUndo(of: judged, on: population)
                undone += 1
            }
        }
        #expect(trial.violations == [])
        #expect(undone == 36)
    }

    /// Every way in which a bundle can come into `installed/` and be judged there.
    private static func judged(on disk: ModelDisk) -> [Judged] {
        var judged = [Judged(kind: .update, candidate: "c", from: nil)]
        let slots: [(SwapIntent.Kind, Slot)] = [
            (.apply, .staged), (.rollback, .rollback), (.rollback, .older(sequence: 1)),
            (.rollback, .older(sequence: 2)),
        ]
        for (kind, slot) in slots {
            if let candidate = disk.slots[slot] { judged.append(Judged(kind: kind, candidate: candidate, from: slot)) }
        }
        return judged
    }

    /// Every way in which the slots of an installed app can be filled, sound and damaged.
    private static let populations: [ModelDisk] = {
        var populations: [ModelDisk] = []
        for hasRollback in [false, true] {
            for hasStaged in [false, true] {
                for older in 0...2 {
                    for isDamaged in [false, true] {
                        var disk = ModelDisk()
                        disk.slots[.installed] = "a"
                        if hasRollback { disk.slots[.rollback] = "b" }
                        if hasStaged { disk.slots[.staged] = "d" }
                        if older >= 1 { disk.slots[.older(sequence: 1)] = "1" }
                        if older >= 2 { disk.slots[.older(sequence: 2)] = "2" }
                        disk.owned = [.data, .cache, .secrets]
                        if isDamaged { disk.damaged = ["a", "b"] }
                        populations.append(disk)
                    }
                }
            }
        }
        return populations
    }()

    private static func operations(on disk: ModelDisk) -> [Operation] {
        var operations: [Operation] = [
            Operation(.swapping(.update, candidate: "c", from: nil, to: .rollback)),
            Operation(.swapping(.repair, candidate: "c", from: nil, to: .trash), changesRecord: false),
            Operation(.swapping(.stage, slot: .staged, candidate: "c", from: nil, to: .trash), changesRecord: false),
            Operation(.uninstall(purge: false)),
            Operation(.uninstall(purge: true)),
            Operation(.record(RecordIntent(kind: .config))),
            Operation(.record(RecordIntent(kind: .restart))),
            Operation(.record(RecordIntent(kind: .confirm, retention: 1))),
            Operation(.record(RecordIntent(kind: .confirm, retention: 2))),
        ]
        if disk.slots[.staged] != nil {
            operations.append(Operation(.swapping(.apply, candidate: "d", from: .staged, to: .rollback)))
            operations.append(Operation(.swapping(.repair, candidate: "d", from: .staged, to: .trash)))
        }
        // A damaged bundle is never rolled back to.
        guard disk.slots[.rollback] != nil, disk.damaged.isEmpty else { return operations }
        operations.append(Operation(.swapping(.rollback, candidate: "b", from: .rollback, to: .rollback)))
        operations.append(Operation(.swapping(.rollback, candidate: "b", from: .rollback, to: .trash)))
        operations.append(Operation(.swapping(.undo, candidate: "b", from: .rollback, to: .trash)))
        operations.append(Operation(.swapping(.undo, candidate: "b", from: .rollback, to: .rollback)))
        for sequence: Int64 in 1...2 where disk.slots[.older(sequence: sequence)] != nil {
            let older = Slot.older(sequence: sequence)
            operations.append(Operation(.swapping(.rollback, candidate: "\(sequence)", from: older, to: .rollback)))
            operations.append(
                Operation(.swapping(.undo, candidate: "b", from: .rollback, to: .trash, restores: older)))
        }
        return operations
    }
}

extension Journal.Intent {
    fileprivate static func swapping(
        _ kind: SwapIntent.Kind, slot: Slot = .installed, candidate: String, from: Slot?,
        to replaced: SwapIntent.Destination, restores: Slot? = nil
    ) -> Journal.Intent {
        .swap(
            SwapIntent(
                kind: kind, slot: slot, candidate: Samples.stage(candidate), from: from, replaced: replaced,
                restores: restores))
    }
}

/// An operation whose gate fails.
private struct Judged {
    let kind: SwapIntent.Kind
    let candidate: String
    let from: Slot?

    static let sequence: Int64 = 9

    var operation: Operation { Operation(.swapping(kind, candidate: candidate, from: from, to: .rollback)) }

    func wayBack(on disk: ModelDisk) -> AppRecord.Unconfirmed.WayBack {
        .after(
            kind: kind, from: from, replaced: .rollback, hadRollback: disk.slots[.rollback] != nil,
            sequence: Self.sequence)
    }

    /// What the slots hold once it is undone: what they held, but for a candidate that failed and can be had again.
    func undone(on disk: ModelDisk) -> [Slot: String] {
        var slots = disk.slots
        if let from, from != .rollback { slots[from] = nil }
        return slots
    }
}

/// One operation as the engine does it: what it announces, then its steps.
private struct Operation {
    let journal: Journal
    let changesRecord: Bool

    init(_ intent: Journal.Intent, changesRecord: Bool = true, sequence: Int64 = Judged.sequence) {
        journal = Journal(
            operation: "op", sequence: sequence, intent: intent, detail: HistoryDetail(), by: "test", at: Samples.now)
        self.changesRecord = changesRecord
    }

    /// `BundleSwap`, and `StorageEngine.uninstall`.
    func run(on disk: inout ModelDisk) throws {
        if changesRecord { try disk.step { $0.nextRecord = 1 } }
        let journal = journal
        try disk.step { $0.journal = journal }
        switch journal.intent {
        case .uninstall, .unstage, .record:
            try disk.perform(RecoveryPlan.steps(for: journal, names: disk.names, slotStage: nil))
        case .swap(let swap):
            if let from = swap.from {
                try disk.move(from, to: .backup)
            } else {
                try disk.step { disk in
                    disk.slots[.backup] = disk.staging
                    disk.staging = nil
                }
            }
            if disk.slots[swap.slot] == nil {
                try disk.move(.backup, to: swap.slot)
            } else {
                try disk.step { disk in
                    let candidate = disk.slots[.backup]
                    disk.slots[.backup] = disk.slots[swap.slot]
                    disk.slots[swap.slot] = candidate
                }
            }
            try disk.perform(RecoveryPlan.settle(swap, sequence: journal.sequence, names: disk.names))
        }
    }

    /// Whether the history has a line of it.
    var isTold: Bool {
        if case .record(let change) = journal.intent { change.kind.isTold } else { true }
    }

    var name: String {
        guard case .swap(let swap) = journal.intent else { return journal.kind }
        return "\(journal.kind) from \(swap.from?.name ?? "staging") to \(swap.slot.name)"
    }
}

/// Names, and what they lead to.
private struct ModelDisk {
    /// The digit of the bundle in each slot.
    var slots: [Slot: String] = [:]
    /// The bundle in `staging/<id>/`.
    var staging: String?
    /// How many trees are in `trash/`.
    var trash = 0
    var owned: Set<OwnedDirectory> = []
    var journal: Journal?
    /// Which record it is.
    var record = 0
    var nextRecord: Int?
    var history: [HistoryLine.Outcome] = []
    /// The bundles whose receipt cannot be read.
    var damaged: Set<String> = []
    /// How many more steps the process lives; nil for ever.
    var life: Int?

    /// What can be seen of it, without its history.
    struct View: Equatable {
        let slots: [Slot: String]
        let staging: String?
        let trash: Int
        let owned: Set<OwnedDirectory>
        let hasJournal: Bool
        let record: Int
        let nextRecord: Int?
    }

    var view: View {
        View(
            slots: slots, staging: staging, trash: trash, owned: owned, hasJournal: journal != nil, record: record,
            nextRecord: nextRecord)
    }

    var names: AppNames { AppNames(slots: Set(slots.keys), hasNextRecord: nextRecord != nil, owned: owned) }

    /// One atomic, durable change.
    mutating func step(_ change: (inout ModelDisk) -> Void) throws {
        if let left = life {
            if left == 0 { throw ModelEnd.killed }
            life = left - 1
        }
        change(&self)
    }

    mutating func move(_ from: Slot, to slot: Slot) throws {
        guard slots[from] != nil, slots[slot] == nil else { throw ModelEnd.impossible("\(from) to \(slot)") }
        try step { $0.slots[slot] = $0.slots.removeValue(forKey: from) }
    }

    mutating func perform(_ steps: [RecoveryStep]) throws {
        for step in steps { try perform(step) }
    }

    private mutating func perform(_ step: RecoveryStep) throws {
        switch step {
        case .move(let from, let slot):
            try move(from, to: slot)
        case .discardSlot(let slot):
            guard slots[slot] != nil else { throw ModelEnd.impossible("discard \(slot)") }
            try self.step { disk in
                disk.slots[slot] = nil
                disk.trash += 1
            }
        case .discardOwned(let directory):
            guard owned.contains(directory) else { throw ModelEnd.impossible("discard \(directory)") }
            try self.step { disk in
                disk.owned.remove(directory)
                disk.trash += 1
            }
        case .emptyTrash:
            try emptyTrash()
        case .adoptRecord:
            guard let next = nextRecord else { throw ModelEnd.impossible("adopt") }
            try self.step { disk in
                disk.record = next
                disk.nextRecord = nil
            }
        case .dropRecord:
            try self.step { $0.nextRecord = nil }
        case .sweepSecrets:
            // Every secret of the model is named by its record.
            guard owned.contains(.secrets) else { throw ModelEnd.impossible("sweep") }
        case .log(let outcome):
            if history.isEmpty { try self.step { $0.history.append(outcome) } }
        case .flush:
            // Each step of the model is durable.
            break
        case .clearJournal:
            try self.step { $0.journal = nil }
        }
    }

    private mutating func emptyTrash() throws {
        while trash > 0 { try step { $0.trash -= 1 } }
    }

    /// `LockedApp.recover` and `Sweep`.
    mutating func recover() throws {
        if let journal {
            var stage: StageID?
            if case .swap(let swap) = journal.intent, let digit = slots[swap.slot], !damaged.contains(digit) {
                stage = Samples.stage(digit)
            }
            try perform(RecoveryPlan.steps(for: journal, names: names, slotStage: stage))
        }
        if nextRecord != nil { try step { $0.nextRecord = nil } }
        if staging != nil {
            try step { disk in
                disk.staging = nil
                disk.trash += 1
            }
        }
        try emptyTrash()
    }
}

private enum ModelEnd: Error {
    case killed
    /// A step that the disk would refuse.
    case impossible(String)
}

/// Counts cases and collects what should not be.
private struct Trial {
    var cases = 0
    var violations: [String] = []

    /// Does `judged`, then tries its undo.
    mutating func checkUndo(of judged: Judged, on population: ModelDisk) {
        var disk = population
        if judged.from == nil { disk.staging = judged.candidate }
        guard live(judged.operation.name, { try judged.operation.run(on: &disk) }),
            let installed = disk.slots[.rollback]
        else {
            violations.append("\(judged.operation.name): nothing to undo to")
            return
        }
        disk.history = []
        let wayBack = judged.wayBack(on: population)
        let undo = Operation(
            .swapping(
                .undo, candidate: installed, from: .rollback, to: wayBack.replaced, restores: wayBack.restores),
            sequence: Judged.sequence + 1)
        var undone = disk
        if live(undo.name, { try undo.run(on: &undone) }), undone.slots != judged.undone(on: population) {
            violations.append("\(judged.operation.name): undone to \(undone.slots)")
        }
        check(undo, on: disk)
    }

    mutating func check(_ operation: Operation, on population: ModelDisk) {
        var base = population
        if case .swap(let swap) = operation.journal.intent, swap.from == nil { base.staging = "c" }
        var done = base
        var untouched = base
        guard live(operation.name, { try operation.run(on: &done) }),
            live(operation.name, { try untouched.recover() })
        else {
            return
        }
        let (before, after) = (untouched.view, done.view)

        var isFinished = false
        var steps = 0
        while !isFinished {
            var disk = base
            disk.life = steps
            isFinished = live("\(operation.name), \(steps) steps") { try operation.run(on: &disk) }
            var isRecovered = false
            var recoverySteps = 0
            while !isRecovered {
                let place = "\(operation.name), \(steps) steps, recovered \(recoverySteps)"
                var recovered = disk
                recovered.life = recoverySteps
                isRecovered = live(place) { try recovered.recover() }
                recovered.life = nil
                _ = live(place) { try recovered.recover() }
                check(recovered, before, after, operation.isTold, place)
                recoverySteps += 1
            }
            steps += 1
        }
    }

    private mutating func check(
        _ disk: ModelDisk, _ before: ModelDisk.View, _ after: ModelDisk.View, _ isTold: Bool, _ place: String
    ) {
        cases += 1
        let view = disk.view
        if view != before && view != after { violations.append("\(place): neither before nor after: \(view)") }
        if disk.history.count > 1 { violations.append("\(place): logged twice") }
        let isLogged = disk.history.contains(.done)
        if before != after && isLogged != (isTold && view == after) {
            violations.append("\(place): the history says \(disk.history)")
        }
        var again = disk
        _ = live("\(place), again") { try again.recover() }
        if again.view != view || again.history != disk.history { violations.append("\(place): not idempotent") }
    }

    /// - Returns: false where the process was killed in `body`.
    private mutating func live(_ place: String, _ body: () throws -> Void) -> Bool {
        do {
            try body()
            return true
        } catch ModelEnd.killed {
            return false
        } catch {
            violations.append("\(place): \(error)")
            return true
        }
    }
}
