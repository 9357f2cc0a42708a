import DiskIO
import HostModel

/// Looks at everything that is due, once, one after the other.
package struct SchedulerPass: Sendable {
    private let schedule: Schedule
    private let store: ScheduleStore
    private let work: any SchedulerWork
    private let cancellation: Cancellation
    private let now: @Sendable () -> Timestamp
    private let chance: Schedule.Chance

    package init(
        schedule: Schedule, store: ScheduleStore, work: any SchedulerWork, cancellation: Cancellation,
        now: @escaping @Sendable () -> Timestamp, chance: @escaping Schedule.Chance = { Int64.random(in: $0) }
    ) {
        self.schedule = schedule
        self.store = store
        self.work = work
        self.cancellation = cancellation
        self.now = now
        self.chance = chance
    }

    /// One thing that fails keeps no other from being looked at.
    ///
    /// - On disk: what the work does, and in `scheduler/` the state of each thing before and after it, durably. What is
    ///   there no more is forgotten.
    /// - Throws: ``ScheduleError`` where that cannot be written: then nothing more is done, and what was done is not
    ///   repeated at once. ``Interrupted`` once it was asked to stop; what it stopped at is due at once.
    package func run() async throws -> PassReport {
        guard let lock = try store.lock() else { return PassReport(isAlone: false) }
        defer { withExtendedLifetime(lock) {} }
        var report = PassReport(isAlone: true)
        for kind in ScheduledItem.Kind.allCases { try await lookAtAll(kind, &report) }
        return report
    }

    private func lookAtAll(_ kind: ScheduledItem.Kind, _ report: inout PassReport) async throws {
        let items: [ScheduledItem]
        do {
            items = try await work.names(kind).map { ScheduledItem(kind, $0) }
        } catch let failure as any Failure where failure.code != .interrupted {
            report.add(failure)
            return
        }
        for item in items {
            try cancellation.check()
            let state: ItemState
            do throws(ScheduleError) { state = try store.state(of: item)?.settled ?? ItemState() } catch {
                // When it is due cannot be known, and doing it all the same might do it again and again.
                report.add(error)
                continue
            }
            let moment = now()
            guard schedule.isDue(item, state, at: moment) else {
                if schedule.settings.isEnabled { report.wait(until: schedule.next(item, state, at: moment)) }
                continue
            }
            try await look(at: item, state, &report)
        }
        for known in try store.items() where known.kind == kind && !items.contains(known) { try store.forget(known) }
    }

    private func look(at item: ScheduledItem, _ state: ItemState, _ report: inout PassReport) async throws {
        try store.write(schedule.begun(state, at: now(), chance), of: item)
        let turn: Turn
        do { turn = try await self.turn(of: item) } catch {
            // Where not even this can be written, it counts as failed.
            try? store.write(state, of: item)
            throw error
        }
        let next = schedule.ended(state, item, turn.end, at: now(), chance)
        do throws(ScheduleError) { try store.write(next, of: item) } catch {
            guard case .unwritable(let cause) = error else { throw error }
            throw ScheduleError.notKept(item, cause)
        }
        report.add(turn, of: item)
        if let moment = next.nextCheck { report.wait(until: moment) }
    }

    private func turn(of item: ScheduledItem) async throws -> Turn {
        do {
            switch item.kind {
            case .catalog: return try await work.refresh(item.name)
            case .app: return try await work.check(item.name)
            }
        } catch let failure as any Failure where failure.code != .interrupted {
            return Turn(item.kind == .catalog ? .refresh : .check, failure)
        }
    }
}
