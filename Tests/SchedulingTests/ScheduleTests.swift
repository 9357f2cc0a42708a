import HostModel
import Testing

@testable import Scheduling

/// When things are looked at: intervals, jitter, backoff, and clocks that jump.
struct ScheduleTests {
    private let schedule = Schedule(ScheduleSettings())

    private func state(next: Int64?, last: Int64? = nil) -> ItemState {
        var state = ItemState()
        state.nextCheck = next.map { Samples.later($0) }
        state.lastCheck = last.map { Samples.later($0) }
        return state
    }

    // MARK: When

    /// When it was last looked at, when it is planned, and when it is due, in seconds from now.
    struct Plan: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let last: Int64?
        let planned: Int64?
        let due: Int64

        init(_ what: String, last: Int64?, planned: Int64?, due: Int64) {
            testDescription = what
            self.last = last
            self.planned = planned
            self.due = due
        }
    }

    static let plans: [Plan] = [
        Plan("it was never looked at", last: nil, planned: nil, due: 0),
        Plan("it waits", last: -600, planned: 3000, due: 3000),
        Plan("it waits as long as it can", last: 0, planned: 3900, due: 3900),
        Plan("its time has come", last: -3600, planned: 0, due: 0),
        Plan("its time came while the host was off", last: -9000, planned: -5000, due: -5000),
        Plan(
            "the clock went a year forward", last: -Samples.year, planned: 3600 - Samples.year,
            due: 3600 - Samples.year),
        Plan("the clock went a year back", last: Samples.year, planned: Samples.year + 3600, due: 0),
        Plan("the clock went back by an hour and a bit", last: 3650, planned: 7250, due: 0),
        Plan("the clock went back by a little", last: 60, planned: 3660, due: 3660),
        Plan("the interval was a day before", last: -600, planned: 85_800, due: 3000),
        Plan("the interval was a day before, and an hour is over", last: -7200, planned: 79_200, due: -3600),
        Plan("it was planned by a clock far ahead, and never looked at", last: nil, planned: Samples.year, due: 0),
    ]

    @Test(arguments: ScheduleTests.plans)
    func `something is due when`(plan: Plan) throws {
        let app = try Samples.item(.app, "notes")
        let state = state(next: plan.planned, last: plan.last)
        let due = schedule.next(app, state, at: Samples.now)
        #expect(due.seconds - Samples.now.seconds == plan.due)
        #expect(schedule.isDue(app, state, at: Samples.now) == (plan.due <= 0))
    }

    @Test func `a catalog has an interval of its own`() throws {
        let catalog = try Samples.item(.catalog, "demo")
        let app = try Samples.item(.app, "demo")
        let planned = state(next: 6 * 3600, last: 0)
        #expect(schedule.next(catalog, planned, at: Samples.now) == Samples.later(6 * 3600))
        #expect(schedule.next(app, planned, at: Samples.now) == Samples.later(3600))
    }

    @Test func `where the scheduler is disabled nothing is due`() throws {
        var settings = ScheduleSettings()
        settings.isEnabled = false
        #expect(try !Schedule(settings).isDue(Samples.item(.app, "notes"), ItemState(), at: Samples.now))
    }

    // MARK: What follows

    @Test func `after success the next is an interval away, with jitter`() throws {
        for (kind, interval) in [(ScheduledItem.Kind.app, 3600), (.catalog, 21_600)] as [(ScheduledItem.Kind, Int64)] {
            let item = try Samples.item(kind, "notes")
            for end in [TurnEnd.success, .skipped(.appRunning)] {
                let least = schedule.ended(ItemState(), item, end, at: Samples.now, Samples.noChance)
                let most = schedule.ended(ItemState(), item, end, at: Samples.now, Samples.mostChance)
                #expect(least.nextCheck == Samples.later(interval))
                #expect(most.nextCheck == Samples.later(interval + 300))
                #expect(least.lastCheck == Samples.now)
                #expect(least.failureCount == 0)
            }
        }
    }

    @Test func `failures double the wait up to an hour, with jitter, and success ends that`() throws {
        let app = try Samples.item(.app, "notes")
        var state = ItemState()
        for (count, wait) in [300, 600, 1200, 2400, 3600, 3600, 3600].enumerated() {
            let most = schedule.ended(state, app, .failed(.diskError), at: Samples.now, Samples.mostChance)
            #expect(most.nextCheck == Samples.later(Int64(wait) + 300))
            state = schedule.ended(state, app, .failed(.diskError), at: Samples.now, Samples.noChance)
            #expect(state.nextCheck == Samples.later(Int64(wait)))
            #expect(state.failureCount == Int64(count) + 1)
            #expect(state.lastResult == .failed)
            #expect(state.errorCode == "disk_error")
        }
        let end = schedule.ended(state, app, .success, at: Samples.later(9), Samples.noChance)
        #expect(end.failureCount == 0)
        #expect(end.errorCode == nil)
        #expect(end.lastResult == .success)
        #expect(end.lastFailure == Samples.now)
    }

    @Test func `the longest backoff is at least the first, and no count is too large`() {
        var settings = ScheduleSettings()
        settings.backoffSeconds = 600
        settings.maxBackoffSeconds = 60
        let small = Schedule(settings)
        #expect([1, 2, 3].map { small.backoff(after: $0) } == [600, 600, 600])
        settings.backoffSeconds = 86_400
        settings.maxBackoffSeconds = 86_400
        #expect(Schedule(settings).backoff(after: 1_000_000_000) == 86_400)
    }

    @Test func `who is killed while something is looked at has failed, and it is not repeated at once`() throws {
        let app = try Samples.item(.app, "notes")
        let begun = schedule.begun(ItemState(), at: Samples.now, Samples.noChance)
        #expect(begun.lastResult == .never)
        let dead = begun.settled
        #expect(dead.startedAt == nil)
        #expect(dead.lastResult == .failed)
        #expect(dead.errorCode == "interrupted")
        #expect(dead.failureCount == 1)
        #expect(!schedule.isDue(app, dead, at: Samples.later(299)))
        #expect(schedule.isDue(app, dead, at: Samples.later(300)))
        let again = schedule.begun(dead, at: Samples.later(300), Samples.noChance)
        #expect(again.nextCheck == Samples.later(900))
    }

    // MARK: Chance

    @Test func `whatever settings and clocks do, nothing is further away than the longest wait`() throws {
        let dice = Dice()
        for _ in 0..<20_000 {
            var settings = ScheduleSettings()
            settings.refreshSeconds = dice.roll(60...100_000)
            settings.checkSeconds = dice.roll(60...100_000)
            settings.jitterSeconds = dice.roll(0...1000)
            settings.backoffSeconds = dice.roll(1...10_000)
            settings.maxBackoffSeconds = dice.roll(1...10_000)
            let schedule = Schedule(settings)
            let item = try Samples.item(dice.roll(0...1) == 0 ? .app : .catalog, "notes")
            let state = state(
                next: dice.roll(-2 * Samples.year...2 * Samples.year),
                last: dice.roll(-2 * Samples.year...2 * Samples.year))
            let due = schedule.next(item, state, at: Samples.now)
            #expect(due <= Samples.later(schedule.longestWait(for: item.kind)))
            // Once it was looked at, the clock that jumped counts no more.
            let next = schedule.ended(state, item, .success, at: Samples.now) { dice.roll($0) }
            #expect(!schedule.isDue(item, next, at: Samples.later(59)))
            #expect(next.nextCheck.map { schedule.next(item, next, at: Samples.now) == $0 } == true)
        }
    }

    // MARK: In words

    static let statuses: [(String, ScheduleSummary.Status)] = [
        ("new", .waiting), ("waiting", .waiting), ("failed", .backoff), ("running", .running),
        ("disabled", .disabled), ("gone", .notInstalled),
    ]

    @Test(arguments: ScheduleTests.statuses)
    func `a summary says how it stands`(word: String, status: ScheduleSummary.Status) throws {
        let app = try Samples.item(.app, "notes")
        var settings = ScheduleSettings()
        settings.isEnabled = word != "disabled"
        var state = word == "new" ? ItemState() : self.state(next: 1800, last: -1800)
        if word == "failed" { state.failureCount = 2 }
        let summary = ScheduleSummary(
            of: app, state, by: Schedule(settings), isThere: word != "gone", isRunning: word == "running",
            at: Samples.now)
        #expect(summary.status == status)
        let isPlanned = !["new", "disabled", "gone"].contains(word)
        #expect(summary.nextCheck == (isPlanned ? Samples.later(1800) : nil))
        guard case .object(let members) = summary.json else {
            Issue.record("no object")
            return
        }
        #expect(
            members.map(\.key) == [
                "enabled", "status", "lastCheck", "nextCheck", "lastResult", "lastFailure", "failureCount", "errorCode",
            ])
    }

    static let ends: [(FailureCode, ItemState.LastResult)] = [
        (.appRunning, .skipped), (.busy, .skipped), (.updateConsentRequired, .skipped),
        (.updateCandidateChanged, .skipped), (.appReviewRejected, .skipped), (.sourceUnavailable, .failed),
        (.bundleDigestMismatch, .failed), (.diskFull, .failed), (.swapUnsettled, .failed),
    ]

    @Test(arguments: ScheduleTests.ends)
    func `what somebody has to decide is skipped, and what is broken has failed`(
        code: FailureCode, result: ItemState.LastResult
    ) {
        let turn = Turn(.check, Broken(code: code))
        #expect(turn.end.result == result)
        #expect(turn.end.code == code)
        #expect((turn.failure == nil) == (result == .skipped))
    }
}
