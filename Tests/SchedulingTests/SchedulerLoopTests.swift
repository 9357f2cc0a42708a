import DiskIO
import HostModel
import TestSupport
import Testing

@testable import Scheduling

/// Pass after pass, on a clock that takes no time.
struct SchedulerLoopTests {
    private let place: TemporaryDirectory

    init() throws { place = try TemporaryDirectory() }

    /// One catalog and one app for a year, which the host's clock crosses in jumps, and a time in which the app's check
    /// fails.
    private struct Year {
        let time = VirtualTime(
            lasting: Samples.year,
            jumps: [
                (at: 60 * Samples.day, by: Samples.year), (at: 130 * Samples.day + 1234, by: -Samples.year),
                (at: 200 * Samples.day + 77, by: -Samples.year), (at: 280 * Samples.day + 4321, by: Samples.year),
            ])
        let outage = 100 * Samples.day..<102 * Samples.day
        let looks = Looks()
        let store: ScheduleStore
        let demo: ScheduledItem
        let notes: ScheduledItem

        func run() async {
            let dice = Dice()
            let work = TestWork(catalogs: [demo.name], apps: [notes.name]) { [time, looks, outage] item in
                looks.add(item, at: time.elapsed)
                if item.kind == .app, outage.contains(time.elapsed) { throw Broken() }
                return Turn(.check, "looked")
            }
            let pass = SchedulerPass(
                schedule: Schedule(ScheduleSettings()), store: store, work: work, cancellation: Cancellation(),
                now: { [time] in time.wall }, chance: { dice.roll($0) })
            let loop = SchedulerLoop(
                clock: time, now: { [time] in time.wall }, longestSleep: .seconds(21_600),
                pass: {
                    while true {
                        let report = try await pass.run()
                        // A program that another test starts has the lock of this one until it is executed, and a year
                        // takes no time here.
                        if report.isAlone { return report.nextDue }
                        await Task.yield()
                    }
                }, failed: { Issue.record("\($0)") })
            await loop.run()
        }

        /// Seconds that really lie between two looks, with when the first was.
        func gaps(_ item: ScheduledItem) -> [(after: Int64, seconds: Int64)] {
            let times = looks.all.filter { $0.item == item }.map(\.elapsed)
            return zip(times, times.dropFirst()).map { (after: $0, seconds: $1 - $0) }
        }
    }

    @Test func `a year on a clock that jumps has neither a storm nor a stall`() async throws {
        let year = Year(
            store: ScheduleStore(try place.open(FaultyFileSystem())), demo: try Samples.item(.catalog, "demo"),
            notes: try Samples.item(.app, "notes"))
        await year.run()
        for (item, interval) in [(year.demo, 21_600), (year.notes, 3600)] as [(ScheduledItem, Int64)] {
            let gaps = year.gaps(item)
            // No stall: also across a jump, and after a failure.
            #expect(gaps.allSatisfy { $0.seconds <= interval + 300 })
            // No storm: sooner than the interval only after a failure, and once for each jump.
            let early = gaps.filter { $0.seconds < interval }
            let afterFailure = early.filter { item == year.notes && year.outage.contains($0.after) }
            #expect(early.count - afterFailure.count <= year.time.jumps.count)
            #expect(afterFailure.allSatisfy { $0.seconds >= 300 })
            // A day has no more of them than fit into it, and those of its jump and its failures.
            let days = Dictionary(grouping: gaps) { $0.after / Samples.day }
            let most = 86_400 / interval + 1
            for (day, gaps) in days {
                let failures = item == year.notes && (100...102).contains(day) ? 5 : 0
                #expect(gaps.count <= Int(most) + 1 + failures, "day \(day)")
            }
            // Every day had its looks, to the last.
            #expect(days.count == 365)
            #expect(gaps.count >= Int(Samples.year / (interval + 300)))
            let last = try #require(gaps.last)
            #expect(Samples.year - (last.after + last.seconds) <= interval + 300)
        }
        let failed = year.gaps(year.notes).filter { year.outage.contains($0.after) }.map { $0.seconds }
        let least: [Int64] = [300, 600, 1200, 2400, 3600, 3600]
        #expect(failed.count > 40)
        for (seconds, least) in zip(failed, least) { #expect((least...least + 300).contains(seconds)) }
    }

    static let pauses: [(Int64?, Int64)] = [(nil, 180), (0, 1), (-Samples.year, 1), (1, 1), (90, 90), (3600, 180)]

    @Test(arguments: SchedulerLoopTests.pauses)
    func `it sleeps until something is due, and never for long`(due: Int64?, seconds: Int64) {
        let loop = SchedulerLoop(
            clock: ContinuousClock(), now: { Samples.now }, pass: { nil }, failed: { _ in })
        #expect(loop.pause(until: due.map { Samples.later($0) }) == .seconds(seconds))
    }

    @Test func `a pass that fails is told, and the next one comes after the longest sleep`() async {
        let time = VirtualTime(lasting: 1000)
        let tries = Moments()
        let told = Moments()
        await SchedulerLoop(
            clock: time, now: { time.wall },
            pass: {
                tries.add(time.elapsed)
                throw Broken()
            }, failed: { _ in told.add(time.elapsed) }
        ).run()
        #expect(tries.all == [0, 180, 360, 540, 720, 900])
        #expect(told.all == tries.all)
    }

    @Test func `a pass that was asked to stop is the last`() async {
        let time = VirtualTime(lasting: 1000)
        let tries = Moments()
        await SchedulerLoop(
            clock: time, now: { time.wall },
            pass: {
                tries.add(time.elapsed)
                throw Interrupted()
            }, failed: { Issue.record("\($0)") }
        ).run()
        #expect(tries.all == [0])
    }
}
