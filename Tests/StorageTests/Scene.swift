import DiskIO
import HostModel
import TestSupport

@testable import Storage

/// A mutating operation of the engine, on slots that give it the most to do.
enum Change: String, CaseIterable, Sendable {
    case install, stage, stageAgain, update, updateAndTrim, apply, repair, repairRollback, rollback, rollbackToOlder
    case undo, undoFirst, undoRollback, undoRollbackToOlder, announce, confirm
    case uninstall, purge, unstage, setSecret, replaceSecret, removeSecret

    func prepare(_ bench: Bench) async throws {
        if self == .install { return }
        try await bench.install(.a)
        switch self {
        case .install, .stage, .setSecret:
            break
        case .replaceSecret, .removeSecret:
            try await bench.setSecret("old")
        case .stageAgain, .unstage:
            try await bench.stage(.b)
        case .update, .updateAndTrim, .repair, .repairRollback, .rollback, .announce:
            try await bench.update(to: .b)
        case .apply:
            try await bench.update(to: .b)
            try await bench.stage(.c)
        case .rollbackToOlder:
            try await bench.update(to: .b)
            try await bench.update(to: .c)
        case .undo, .confirm:
            try await bench.update(to: .b)
            try await bench.updateUnconfirmed(to: .c)
        case .undoFirst:
            try await bench.updateUnconfirmed(to: .b)
        case .undoRollback:
            try await bench.update(to: .b)
            try await bench.putUnconfirmed(bench.candidate(.a, in: .rollback), .a, .rollback)
        case .undoRollbackToOlder:
            try await bench.update(to: .b)
            try await bench.update(to: .c)
            try await bench.putUnconfirmed(bench.candidate(.a, in: .older(sequence: 3)), .a, .rollback)
        case .uninstall, .purge:
            try await bench.update(to: .b)
            try await bench.stage(.c)
            try bench.makeOwned()
        }
    }

    func run(_ bench: Bench) async throws {
        switch self {
        case .install: try await bench.install(.a)
        case .stage, .stageAgain: try await bench.stage(.c)
        case .update: try await bench.update(to: .c)
        case .updateAndTrim: try await bench.update(to: .c, retention: 1)
        case .apply: try await bench.apply(.c)
        case .repair: try await bench.repair(with: .c)
        case .repairRollback: try await bench.repair(with: .c, in: .rollback)
        case .rollback: try await bench.rollback(to: .a)
        case .rollbackToOlder: try await bench.rollback(to: .a, in: .older(sequence: 3))
        case .undo, .undoRollback: try await bench.takeBack(to: .b)
        case .undoFirst: try await bench.takeBack(to: .a)
        case .undoRollbackToOlder: try await bench.takeBack(to: .c)
        case .announce: try await bench.announce(updateTo: .c)
        case .confirm: try await bench.confirm(retention: 1)
        case .uninstall: try await bench.uninstall()
        case .purge: try await bench.uninstall(purge: true)
        case .unstage: _ = try await bench.unstage()
        case .setSecret, .replaceSecret: try await bench.setSecret("new")
        case .removeSecret:
            try await bench.changeRecord(.secret) { $0.configuration.secrets[Samples.token] = nil }
        }
    }

    /// What the history calls it; empty where it tells nothing.
    var lines: [String] {
        switch self {
        case .stageAgain: ["stage"]
        case .updateAndTrim: ["update"]
        case .repairRollback: ["repair"]
        case .rollbackToOlder: ["rollback"]
        case .undoFirst, .undoRollback, .undoRollbackToOlder: ["undo"]
        case .announce: []
        case .purge: ["uninstall"]
        case .setSecret, .replaceSecret, .removeSecret: ["secret"]
        default: [rawValue]
        }
    }

    /// Whether it fills a staging tree first, which takes its first ``Scene/stagingCalls`` calls.
    var stages: Bool {
        switch self {
        case .install, .stage, .stageAgain, .update, .updateAndTrim, .repair, .repairRollback: true
        case .apply, .rollback, .rollbackToOlder, .uninstall, .purge, .unstage: false
        case .undo, .undoFirst, .undoRollback, .undoRollbackToOlder, .announce, .confirm: false
        case .setSecret, .replaceSecret, .removeSecret: false
        }
    }

    /// Whether "uncertain" may be said of it before its point of no return: what it announced may not be taken back.
    var mayBeUncertain: Bool {
        switch self {
        case .uninstall, .purge, .setSecret, .replaceSecret, .removeSecret, .announce, .confirm: true
        default: false
        }
    }
}

/// A change on a disk that was prepared for it, and what that disk looks like before and after.
struct Scene: Sendable {
    let change: Change
    /// The disk before, to be duplicated.
    let template: TemporaryDirectory
    let before: Shape
    let after: [Shape]
    /// How many lines the history has before.
    private let logged: Int

    /// How many calls filling and sealing a staging tree takes.
    static let stagingCalls = 22

    /// How an attempt ended, as its caller sees it.
    enum End {
        case done
        case failed(any Error)
        /// Killed, so there is nobody to be told.
        case dead
    }

    init(_ change: Change) async throws {
        self.change = change
        template = try TemporaryDirectory()
        let bench = try Bench(in: template)
        try await change.prepare(bench)
        before = try Shape(of: template)
        logged = try bench.history().count
        let done = try template.duplicate()
        try await change.run(Bench(in: done))
        let whole = try Shape(of: done)
        after = [whole]
    }

    /// Runs the change on `place`.
    func attempt(in place: TemporaryDirectory, _ files: any FileSystem) async -> End {
        do {
            try await change.run(Bench(in: place, files: files))
            return .done
        } catch {
            return .failed(error)
        }
    }

    /// What is wrong with `place` after an attempt and the recovery that follows it (`architecture.md` 7).
    func problems(in place: TemporaryDirectory, after end: End) -> [String] {
        do {
            let bench = try Bench(in: place)
            let failures = bench.engine.recover().map { "recovery failed: \($0)" }
            return try failures + look(at: bench, after: end)
        } catch {
            return ["cannot be read: \(error)"]
        }
    }

    private func look(at bench: Bench, after end: End) throws -> [String] {
        let place = bench.place
        let shape = try bench.shape()
        let isBefore = shape == before
        let isAfter = after.contains(shape)
        var problems: [String] = []
        if !isBefore && !isAfter { problems.append("B, F: neither before nor after: \(shape)") }
        for (slot, digit) in shape.slots {
            if digit == "?" {
                problems.append("A: \(slot) has no receipt")
            } else if let problem = Toy(digit).problem(in: "root/apps/notes/\(slot)", at: place) {
                problems.append("A: \(problem)")
            }
        }

        let lasting: Set<String> = ["lock", "confirm.lock", "record.json", "history.jsonl"]
        let debris = bench.names().filter { !lasting.contains($0) && shape.slots[$0] == nil }
        let others = place.names("root/staging") + place.names("root/trash")
        if !debris.isEmpty || !others.isEmpty || shape.slots["backup"] != nil {
            problems.append("C: left over: \(debris + others)")
        }

        let once = try place.snapshot()
        _ = bench.engine.recover()
        if try place.snapshot() != once { problems.append("D: recovering twice changed something") }

        if let lie = lie(end, isBefore: isBefore, isAfter: isAfter) { problems.append("E: \(lie)") }

        let lines = try bench.app()?.history() ?? []
        let new = lines.dropFirst(logged)
        let done = new.filter { $0.outcome == .done }
        if new.count > 1 || Set(lines.map(\.operation)).count != lines.count { problems.append("G: logged twice") }
        if isAfter && done.map(\.kind) != change.lines { problems.append("G: done, but not in the history") }
        if isBefore && !done.isEmpty { problems.append("G: not done, but in the history") }
        if lines.map(\.sequence) != lines.map(\.sequence).sorted() { problems.append("G: sequences out of order") }
        return problems
    }

    /// What was said that is not so; nil where the truth was told.
    private func lie(_ end: End, isBefore: Bool, isAfter: Bool) -> String? {
        switch end {
        case .dead:
            return nil
        case .done:
            return isAfter ? nil : "said to be done, and it is not"
        case .failed(let error):
            guard let failure = error as? any Failure else { return "no failure: \(error)" }
            let isTrue =
                switch failure.state {
                case .unchanged: isBefore
                case .changed: isAfter
                case .uncertain: isAfter || change.mayBeUncertain
                }
            return isTrue ? nil : "said to be \(failure.state.rawValue), and it is not: \(failure)"
        }
    }
}
