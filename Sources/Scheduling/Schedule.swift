import HostModel

/// When each thing is looked at next, and what is kept of how it went. Pure: the moment and the chance are handed in.
///
/// The moment is that of the host's clock, which may jump. After a jump forward everything is due, once. After a jump
/// back a moment that was planned may be far away, and the last look lies in the future: then that is due too, once.
package struct Schedule: Sendable, Equatable {
    /// A number from a range, each as likely as any other.
    package typealias Chance = @Sendable (ClosedRange<Int64>) -> Int64

    package let settings: ScheduleSettings

    package init(_ settings: ScheduleSettings) { self.settings = settings }

    /// When something is to be looked at; a moment that is over means now.
    package func next(_ item: ScheduledItem, _ state: ItemState, at now: Timestamp) -> Timestamp {
        guard let planned = state.nextCheck else { return now }
        if planned.seconds - now.seconds <= longestWait(for: item.kind) { return planned }
        // It was planned by another clock, or by other settings.
        guard let last = state.lastCheck, last <= now else { return now }
        return Timestamp(seconds: last.seconds + interval(for: item.kind))
    }

    package func isDue(_ item: ScheduledItem, _ state: ItemState, at now: Timestamp) -> Bool {
        settings.isEnabled && next(item, state, at: now) <= now
    }

    /// The state while something is looked at. Who is killed then has failed, and is not repeated at once.
    package func begun(_ state: ItemState, at now: Timestamp, _ chance: Chance) -> ItemState {
        var next = state
        next.startedAt = now
        next.nextCheck = later(backoff(after: state.failureCount + 1), than: now, chance)
        return next
    }

    /// The state after something was looked at.
    ///
    /// - Parameter state: the one before it began.
    package func ended(
        _ state: ItemState, _ item: ScheduledItem, _ end: TurnEnd, at now: Timestamp, _ chance: Chance
    ) -> ItemState {
        var next = state
        next.startedAt = nil
        next.lastCheck = now
        next.lastResult = end.result
        next.errorCode = end.code?.rawValue
        var wait = interval(for: item.kind)
        if case .failed = end {
            next.lastFailure = now
            next.failureCount = state.failureCount + 1
            wait = backoff(after: next.failureCount)
        } else {
            next.failureCount = 0
        }
        next.nextCheck = later(wait, than: now, chance)
        return next
    }

    /// Seconds between two looks that go well, without jitter.
    func interval(for kind: ScheduledItem.Kind) -> Int64 {
        switch kind {
        case .catalog: settings.refreshSeconds
        case .app: settings.checkSeconds
        }
    }

    /// Seconds after as many failures in a row, without jitter.
    ///
    /// - Parameter failures: at least 1.
    func backoff(after failures: Int64) -> Int64 {
        let most = max(settings.backoffSeconds, settings.maxBackoffSeconds)
        var wait = settings.backoffSeconds
        var doublings = failures - 1
        while doublings > 0, wait < most {
            wait = min(most, 2 * wait)
            doublings -= 1
        }
        return wait
    }

    /// Seconds. Nothing that these settings plan is further away.
    func longestWait(for kind: ScheduledItem.Kind) -> Int64 {
        max(interval(for: kind), settings.backoffSeconds, settings.maxBackoffSeconds) + settings.jitterSeconds
    }

    private func later(_ seconds: Int64, than now: Timestamp, _ chance: Chance) -> Timestamp {
        Timestamp(seconds: now.seconds + seconds + chance(0...settings.jitterSeconds))
    }
}
