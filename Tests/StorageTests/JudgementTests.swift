import DiskIO
import HostModel
import TestSupport
import Testing

@testable import Storage

/// While an operation is judged, and until it is confirmed or undone, nobody but its judge changes the app.
/// The faults are `SwapFaultTests`.
struct JudgementTests {
    private let bench: Bench

    init() throws { bench = try Bench() }

    private func record() throws -> AppRecord { try #require(try bench.app()).record() }

    /// What nobody may do then, but the judge.
    enum Attempt: CaseIterable, Sendable {
        case update, stage, apply, rollback, unstage, changeRecord, hold, uninstall

        func run(_ bench: Bench, judge: Judgement? = nil) async throws {
            switch self {
            case .update:
                try await bench.put(bench.candidate(.d), .d, .update, replaced: .rollback, judge: judge)
            case .stage:
                try await bench.put(bench.candidate(.d), .d, .stage, slot: .staged, replaced: .trash, judge: judge)
            case .apply:
                try await bench.put(
                    bench.candidate(.c, in: .staged), .c, .apply, replaced: .rollback, judge: judge)
            case .rollback:
                try await bench.put(
                    bench.candidate(.a, in: .rollback), .a, .rollback, replaced: .rollback, judge: judge)
            case .unstage:
                _ = try await bench.unstage(judge: judge)
            case .changeRecord:
                try await bench.changeRecord(judge: judge) { $0.policy.mode = .stage }
            case .hold:
                _ = try await bench.engine.whileLocked(Samples.notes, judge: judge) { $0.sequence }
            case .uninstall:
                try await bench.uninstall(judge: judge)
            }
        }
    }

    /// `b` over `a`, with `c` staged.
    private func prepare() async throws {
        try await bench.install(.a)
        try await bench.update(to: .b)
        try await bench.stage(.c)
    }

    @Test(arguments: Attempt.allCases)
    func `while an app is judged nobody else changes it`(attempt: Attempt) async throws {
        try await prepare()
        let before = try bench.shape()
        do {
            let judge = try await bench.engine.judge(Samples.notes)
            await expectFailure(.busy) { try await attempt.run(bench) }
            #expect(try bench.shape() == before)
            #expect(bench.place.names("root/staging") == [])
            try await attempt.run(bench, judge: judge)
        }
    }

    @Test(arguments: Attempt.allCases)
    func `what is unconfirmed is changed by a judge alone, and not by the next command`(attempt: Attempt) async throws {
        try await prepare()
        try await bench.announce(updateTo: .c)
        let before = try bench.shape()
        await expectFailure(.appUnconfirmed) { try await attempt.run(bench) }
        #expect(try bench.shape() == before)
        #expect(bench.place.names("root/staging") == [])
        try await attempt.run(bench, judge: bench.engine.judge(Samples.notes))
    }

    @Test func `an app has one judge at a time`() async throws {
        try await prepare()
        do {
            let judge = try await bench.engine.judge(Samples.notes)
            let error = await #expect(throws: StorageError.self) { try await bench.engine.judge(Samples.notes) }
            #expect(error?.code == .busy)
            #expect(error?.message == "an update of 'notes' is being judged")
            #expect(try bench.engine.isJudged(Samples.notes))
            withExtendedLifetime(judge) {}
        }
        #expect(try !bench.engine.isJudged(Samples.notes))
        #expect(try await bench.engine.judge(Samples.notes).id == Samples.notes)
        #expect(bench.place.mode(of: "root/apps/notes/confirm.lock") == 0o600)
    }

    @Test func `who looks for a judge keeps none from beginning`() async throws {
        try await prepare()
        let bench = bench
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for _ in 0..<2000 {
                    _ = try bench.engine.isJudged(Samples.notes)
                    await Task.yield()
                }
            }
            group.addTask {
                for _ in 0..<200 { _ = try await bench.engine.judge(Samples.notes) }
            }
            try await group.waitForAll()
        }
    }

    @Test func `what was never installed has no judge, and asking makes nothing`() async throws {
        let before = try bench.place.snapshot()
        #expect(try !bench.engine.isJudged(Samples.notes))
        await expectFailure(.appNotInstalled) { _ = try await bench.engine.judge(Samples.notes) }
        await expectFailure(.appNotInstalled) {
            _ = try await bench.engine.whileLocked(Samples.notes) { $0.sequence }
        }
        #expect(try bench.place.snapshot() == before)
        try await prepare()
        #expect(try !bench.engine.isJudged(Samples.notes))
        #expect(!bench.names().contains("confirm.lock"))
    }

    @Test func `history and checks are kept also while an app is judged`() async throws {
        try await prepare()
        let judge = try await bench.engine.judge(Samples.notes)
        try await bench.engine.logRefusal(
            Samples.notes, kind: "update", detail: HistoryDetail(), by: "test", failure: Interrupted())
        let isNoted = try await bench.engine.noteCheck(Samples.notes, by: "test") { _ in
            (detail: HistoryDetail(), message: "found one")
        } keep: { _ in
        }
        #expect(isNoted)
        try await bench.engine.logFailure(
            Samples.notes, kind: "update", detail: HistoryDetail(to: "2.0"), by: "test", code: .healthCheckFailed,
            message: "it does not answer")
        withExtendedLifetime(judge) {}
        #expect(try bench.history().suffix(3) == ["update refused", "check done", "update failed"])
        let line = try #require(try bench.app()?.history().last)
        #expect(line.code == "health_check_failed")
        #expect(line.message == "it does not answer")
        #expect(line.detail.to == "2.0")
    }

    @Test func `of what is not installed no failure is told`() async throws {
        try await bench.engine.logFailure(
            Samples.notes, kind: "update", detail: HistoryDetail(), by: "test", code: .healthCheckFailed, message: "")
        #expect(try bench.history() == [])
    }

    // MARK: Until it is confirmed

    @Test func `nothing is trimmed until it is confirmed`() async throws {
        try await bench.install(.a)
        try await bench.update(to: .b)
        try await bench.updateUnconfirmed(to: .c)
        #expect(try bench.shape().filled == "installed c, older-3 a, rollback b")
        try await bench.confirm(retention: 1)
        let shape = try bench.shape()
        #expect(shape.filled == "installed c, rollback b")
        #expect(!shape.isUnconfirmed)
        #expect(bench.place.names("root/trash") == [])
        #expect(try bench.history().suffix(2) == ["update done", "confirm done"])
    }

    @Test func `a change that leaves something unconfirmed trims nothing`() async throws {
        try await bench.install(.a)
        try await bench.update(to: .b)
        try await bench.updateUnconfirmed(to: .c)
        try await bench.engine.changeRecord(
            Samples.notes, .config, by: "test", judge: bench.engine.judge(Samples.notes)
        ) { present in
            var record = present.record
            record.configuration.user = "notes"
            return RecordChange(record: record, retention: 1)
        }
        // A swap that leaves the record as it is.
        let judge = try await bench.engine.judge(Samples.notes)
        try await bench.put(
            bench.candidate(.d), .d, .stage, slot: .staged, replaced: .trash, retention: 1, judge: judge)
        #expect(try bench.shape().filled == "installed c, older-3 a, rollback b, staged d")
    }

    @Test func `what failed and is left in place is confirmed as that`() async throws {
        try await bench.install(.a)
        try await bench.updateUnconfirmed(to: .b)
        try await bench.confirm(
            retention: 1, outcome: .failed, code: "health_check_failed", message: "it does not answer")
        #expect(try bench.shape().filled == "installed b, rollback a")
        #expect(try record().unconfirmed == nil)
        let line = try #require(try bench.app()?.history().last)
        #expect(line.kind == "confirm")
        #expect(line.outcome == .failed)
        #expect(line.code == "health_check_failed")
        #expect(line.message == "it does not answer")
    }

    @Test func `that an app is about to be stopped is recorded, and the history does not tell of it`() async throws {
        try await bench.install(.a)
        try await bench.announce(updateTo: .b)
        #expect(try record().unconfirmed?.candidate == Toy.b.stage)
        #expect(try bench.history() == ["install done"])
        #expect(bench.names() == ["confirm.lock", "history.jsonl", "installed", "lock", "record.json"])
    }

    @Test func `what is wanted is recorded, and the history tells of it`() async throws {
        try await bench.install(.a)
        try await bench.changeRecord(.start) { $0.isWanted = true }
        #expect(try record().isWanted)
        try await bench.changeRecord(.stop) { $0.isWanted = false }
        #expect(try !record().isWanted)
        #expect(try bench.history() == ["install done", "start done", "stop done"])
    }

    // MARK: Undo

    @Test func `an undone update is as if it had not been`() async throws {
        try await bench.install(.a)
        try await bench.update(to: .b)
        try await bench.updateUnconfirmed(to: .c)
        try await bench.takeBack(to: .b)
        #expect(try bench.shape().filled == "installed b, rollback a")
        #expect(try record().unconfirmed == nil)
        #expect(try bench.history().last == "undo done")
    }

    @Test func `an undone apply leaves nothing staged`() async throws {
        try await bench.install(.a)
        try await bench.stage(.b)
        try await bench.putUnconfirmed(bench.candidate(.b, in: .staged), .b, .apply)
        try await bench.takeBack(to: .a)
        #expect(try bench.shape().filled == "installed a")
    }

    @Test func `the undo of a rollback keeps the bundle that failed where it was`() async throws {
        try await bench.install(.a)
        try await bench.update(to: .b)
        try await bench.update(to: .c)
        try await bench.putUnconfirmed(bench.candidate(.b, in: .rollback), .b, .rollback)
        try await bench.takeBack(to: .c)
        #expect(try bench.shape().filled == "installed c, older-3 a, rollback b")
    }

    @Test func `the undo of a rollback to an older bundle deletes that one`() async throws {
        try await bench.install(.a)
        try await bench.update(to: .b)
        try await bench.update(to: .c)
        try await bench.putUnconfirmed(bench.candidate(.a, in: .older(sequence: 3)), .a, .rollback)
        #expect(try bench.shape().filled == "installed a, older-4 b, rollback c")
        try await bench.takeBack(to: .c)
        #expect(try bench.shape().filled == "installed c, rollback b")
    }

    // MARK: Under the lock

    @Test func `what is done while an app is locked sees it as it is, and nothing comes between`() async throws {
        try await prepare()
        let seen = try await bench.engine.whileLocked(Samples.notes) { present in
            let lock = try FileLock.acquire(AppFile.lock, in: present.app.directory, .exclusive, wait: false)
            return (isLocked: lock == nil, installed: present.installed?.stage, sequence: present.sequence)
        }
        #expect(seen.isLocked)
        #expect(seen.installed == Toy.b.stage)
        #expect(seen.sequence == 4)
    }

    @Test func `an app that was uninstalled is not held`() async throws {
        try await bench.install(.a)
        try await bench.uninstall()
        await expectFailure(.appNotInstalled) {
            _ = try await bench.engine.whileLocked(Samples.notes) { $0.sequence }
        }
    }
}

/// The way back from each operation that is judged.
struct WayBackTests {
    struct Swap: Sendable, CustomTestStringConvertible {
        var kind: SwapIntent.Kind
        var from: Slot?
        var replaced: SwapIntent.Destination = .rollback
        var hadRollback = true
        var wayBack: AppRecord.Unconfirmed.WayBack

        var testDescription: String {
            "\(kind) from \(from?.name ?? "staging"), replaced to \(replaced), had a rollback: \(hadRollback)"
        }
    }

    private static let restoring = AppRecord.Unconfirmed.WayBack.discarding(restores: .older(sequence: 9))
    private static let discarding = AppRecord.Unconfirmed.WayBack.discarding(restores: nil)
    private static let impossible = AppRecord.Unconfirmed.WayBack.none

    static let swaps: [Swap] = [
        Swap(kind: .update, from: nil, wayBack: restoring),
        Swap(kind: .update, from: nil, hadRollback: false, wayBack: discarding),
        Swap(kind: .update, from: nil, replaced: .trash, wayBack: impossible),
        Swap(kind: .apply, from: .staged, wayBack: restoring),
        Swap(kind: .apply, from: .staged, hadRollback: false, wayBack: discarding),
        Swap(kind: .repair, from: nil, replaced: .trash, wayBack: impossible),
        Swap(kind: .repair, from: .staged, replaced: .trash, hadRollback: false, wayBack: impossible),
        Swap(kind: .rollback, from: .rollback, wayBack: .exchanging),
        Swap(kind: .rollback, from: .rollback, replaced: .trash, wayBack: impossible),
        Swap(kind: .rollback, from: .older(sequence: 4), wayBack: restoring),
        Swap(kind: .rollback, from: .older(sequence: 4), hadRollback: false, wayBack: discarding),
        Swap(kind: .rollback, from: .older(sequence: 4), replaced: .trash, wayBack: impossible),
        Swap(kind: .install, from: nil, hadRollback: false, wayBack: impossible),
        Swap(kind: .undo, from: .rollback, hadRollback: true, wayBack: impossible),
    ]

    @Test(arguments: WayBackTests.swaps)
    func `what was replaced says how to go back`(swap: Swap) {
        let wayBack = AppRecord.Unconfirmed.WayBack.after(
            kind: swap.kind, from: swap.from, replaced: swap.replaced, hadRollback: swap.hadRollback, sequence: 9)
        #expect(wayBack == swap.wayBack)
    }

    @Test func `the failed bundle of an exchange is kept, any other is deleted`() {
        #expect(AppRecord.Unconfirmed.WayBack.exchanging.replaced == .rollback)
        #expect(Self.restoring.replaced == .trash)
        #expect(Self.restoring.restores == .older(sequence: 9))
        #expect(Self.discarding.restores == nil)
        #expect(AppRecord.Unconfirmed.WayBack.exchanging.restores == nil)
    }
}
