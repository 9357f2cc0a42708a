import DiskIO
import HostModel
import SystemPackage
import TestSupport
import Testing

@testable import Scheduling

/// One pass: everything that is due, once, whatever becomes of the rest.
struct SchedulerPassTests {
    private let place: TemporaryDirectory
    private let looks = Looks()
    private let demo: AppID
    private let notes: AppID
    private let wiki: AppID

    init() throws {
        place = try TemporaryDirectory()
        demo = try #require(AppID("demo"))
        notes = try #require(AppID("notes"))
        wiki = try #require(AppID("wiki"))
    }

    /// Work on `demo`, `notes` and `wiki` that is noted.
    private func work(
        _ answer: @escaping @Sendable (ScheduledItem) async throws -> Turn = SchedulerPassTests.success
    ) -> TestWork {
        TestWork(catalogs: [demo], apps: [notes, wiki]) { [looks] item in
            looks.add(item)
            return try await answer(item)
        }
    }

    private static let success: @Sendable (ScheduledItem) async throws -> Turn = { item in
        Turn(item.kind == .catalog ? .refresh : .check, "looked at \(item.name)")
    }

    private func pass(
        _ work: TestWork, after seconds: Int64 = 0, files: any FileSystem = FaultyFileSystem(),
        settings: ScheduleSettings = ScheduleSettings(), cancellation: Cancellation = Cancellation()
    ) throws -> SchedulerPass {
        SchedulerPass(
            schedule: Schedule(settings), store: ScheduleStore(try place.open(files)), work: work,
            cancellation: cancellation, now: { Samples.later(seconds) }, chance: Samples.noChance)
    }

    private func told(_ report: PassReport) -> [String] {
        report.turns.map { item, turn in "\(item.name) \(turn.end.word)" }
    }

    // MARK: What is due

    @Test func `catalogs come before apps, and nothing is done before its time`() async throws {
        let first = try await pass(work()).run()
        #expect(looks.names == ["catalog demo", "app notes", "app wiki"])
        #expect(first.isAlone)
        #expect(first.failures.isEmpty)
        #expect(first.nextDue == Samples.later(3600))

        let second = try await pass(work(), after: 3599).run()
        #expect(second.turns.isEmpty)
        #expect(second.nextDue == Samples.later(3600))

        let third = try await pass(work(), after: 3600).run()
        #expect(told(third) == ["notes success", "wiki success"])
        let fourth = try await pass(work(), after: 21_600).run()
        #expect(told(fourth) == ["demo success", "notes success", "wiki success"])
    }

    @Test func `where the scheduler is disabled nothing is looked at`() async throws {
        var settings = ScheduleSettings()
        settings.isEnabled = false
        let report = try await pass(work(), settings: settings).run()
        #expect(report.turns.isEmpty)
        #expect(report.nextDue == nil)
        #expect(place.names() == ["lock"])
    }

    @Test func `what is there no more is forgotten`() async throws {
        _ = try await pass(work()).run()
        #expect(place.names() == ["app-notes.json", "app-wiki.json", "catalog-demo.json", "lock"])
        var fewer = work()
        fewer.apps = [wiki]
        _ = try await pass(fewer, after: 1).run()
        #expect(place.names() == ["app-wiki.json", "catalog-demo.json", "lock"])
        // What cannot be listed may still be there.
        fewer.unlisted = [.app, .catalog]
        let report = try await pass(fewer, after: 2).run()
        #expect(report.failures.map(\.code) == [.diskError, .diskError])
        #expect(place.names() == ["app-wiki.json", "catalog-demo.json", "lock"])
    }

    // MARK: What fails

    @Test func `one that fails stops no other, and backs off by itself`() async throws {
        let notes = notes
        let failing = work { item in
            if item.name == notes { throw Broken() }
            return try await Self.success(item)
        }
        let first = try await pass(failing).run()
        #expect(told(first) == ["demo success", "notes failed", "wiki success"])
        #expect(first.turns.compactMap { $0.turn.failure?.code } == [.sourceUnavailable])
        #expect(first.nextDue == Samples.later(300))
        #expect(try await pass(failing, after: 299).run().turns.isEmpty)
        #expect(try await told(pass(failing, after: 300).run()) == ["notes failed"])
        #expect(try await pass(failing, after: 899).run().turns.isEmpty)
        #expect(try await told(pass(work(), after: 900).run()) == ["notes success"])
        #expect(try await pass(work(), after: 3599).run().turns.isEmpty)
    }

    @Test func `a state that cannot be read is told, left as it is, and stops no other`() async throws {
        try place.write("{", to: "app-notes.json", mode: 0o600)
        let report = try await pass(work()).run()
        #expect(told(report) == ["demo success", "wiki success"])
        #expect(report.failures.map(\.code) == [.recordUnreadable])
        #expect(report.failures.first?.message.contains("scheduler/app-notes.json") == true)
        #expect(place.text("app-notes.json") == "{")
    }

    @Test func `apps are checked where catalogs cannot be listed`() async throws {
        var half = work()
        half.unlisted = [.catalog]
        let report = try await pass(half).run()
        #expect(told(report) == ["notes success", "wiki success"])
        #expect(report.failures.map(\.code) == [.diskError])
    }

    // MARK: Who does it

    @Test func `of two schedulers at once one does the work, and the other says so`() async throws {
        let other = try pass(work())
        let outer = work { item in
            let report = try await other.run()
            #expect(!report.isAlone)
            #expect(report.turns.isEmpty)
            return try await Self.success(item)
        }
        let report = try await pass(outer).run()
        #expect(report.isAlone)
        #expect(looks.names == ["catalog demo", "app notes", "app wiki"])
        #expect(try await other.run().isAlone)
        #expect(looks.all.count == 3)
    }

    @Test func `two schedulers that run side by side do everything once`() async throws {
        let passes = try [pass(work()), pass(work()), pass(work())]
        try await withThrowingTaskGroup(of: Void.self) { group in
            for pass in passes { group.addTask { _ = try await pass.run() } }
            try await group.waitForAll()
        }
        #expect(looks.names.sorted() == ["app notes", "app wiki", "catalog demo"])
    }

    @Test func `what was stopped is due at once, and so is what had not begun`() async throws {
        let notes = notes
        let stopped = try pass(
            work { item in
                if item.name == notes { throw Interrupted() }
                return try await Self.success(item)
            })
        await #expect(throws: Interrupted.self) { _ = try await stopped.run() }
        #expect(looks.names == ["catalog demo", "app notes"])
        let cancelled = Cancellation()
        cancelled.cancel()
        let none = try pass(work(), cancellation: cancelled)
        await #expect(throws: Interrupted.self) { _ = try await none.run() }
        #expect(looks.all.count == 2)
        #expect(try await told(pass(work()).run()) == ["notes success", "wiki success"])
    }

    // MARK: A disk that fails

    @Test func `what cannot be written down is not done`() async throws {
        // The lock is there to be had; the first file is not to be made.
        let full = FaultyFileSystem(at: 3, .fromThenOn(.noSpace))
        let stopped = try pass(work(), files: full)
        let error = await #expect(throws: ScheduleError.self) { _ = try await stopped.run() }
        #expect(error?.code == .diskFull)
        #expect(error?.state == .unchanged)
        #expect(looks.all.isEmpty)
    }

    static let effects: [FaultyFileSystem.Fault.Effect] = [.kill, .once(.ioError), .fromThenOn(.noSpace)]

    @Test(arguments: SchedulerPassTests.effects)
    func `wherever the disk fails, the pass stops, and nothing is done twice`(
        effect: FaultyFileSystem.Fault.Effect
    ) async throws {
        var call = 1
        while true {
            let trial = try SchedulerPassTests()
            let files = FaultyFileSystem(at: call, effect)
            var failure: (any Error)?
            do { _ = try await trial.pass(trial.work(), files: files).run() } catch { failure = error }
            guard files.hasStruck else { break }
            #expect(failure is ScheduleError, "call \(call)")
            _ = try await trial.pass(trial.work()).run()
            #expect(Set(trial.looks.names).count == trial.looks.names.count, "call \(call)")
            // What it stopped at comes back after the backoff.
            _ = try await trial.pass(trial.work(), after: 300).run()
            #expect(Set(trial.looks.names) == ["catalog demo", "app notes", "app wiki"], "call \(call)")
            call += 1
        }
        #expect(call > 20)
    }
}
