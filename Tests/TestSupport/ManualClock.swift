import Synchronization

/// A clock that stands still until a test moves it on. Whoever sleeps wakes when their time has come.
package final class ManualClock: Clock {
    package typealias Duration = Swift.Duration

    package struct Instant: InstantProtocol {
        package typealias Duration = Swift.Duration

        /// Since the clock was made.
        package let time: Swift.Duration

        package func advanced(by duration: Swift.Duration) -> Instant { Instant(time: time + duration) }
        package func duration(to other: Instant) -> Swift.Duration { other.time - time }
        package static func < (a: Instant, b: Instant) -> Bool { a.time < b.time }
    }

    /// Somebody who waits: for a time, or for somebody else to sleep until it.
    private struct Waiter {
        let isSleeper: Bool
        let time: Swift.Duration
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var time: Swift.Duration = .zero
        /// Of the last who came to wait.
        var number = 0
        /// By their numbers.
        var waiters: [Int: Waiter] = [:]
        /// The numbers of those whose task was cancelled before they waited.
        var cancelled: Set<Int> = []

        /// Removes those who have waited long enough.
        mutating func takeReady() -> [Waiter] {
            let awaited = Set(waiters.values.filter { $0.isSleeper }.map { $0.time })
            let ready = waiters.filter { _, waiter in
                waiter.isSleeper ? waiter.time <= time : awaited.contains(waiter.time)
            }
            for number in ready.keys { waiters[number] = nil }
            return Array(ready.values)
        }
    }

    private let state = Mutex(State())

    package init() {}

    package var now: Instant { Instant(time: state.withLock { $0.time }) }
    package var minimumResolution: Swift.Duration { .zero }

    package func sleep(until deadline: Instant, tolerance: Swift.Duration?) async throws {
        try await wait(until: deadline.time, isSleeper: true)
    }

    /// Returns once somebody sleeps until exactly `moment`.
    ///
    /// - Parameter moment: since the clock was made.
    package func awaitSleeper(until moment: Swift.Duration) async throws {
        try await wait(until: moment, isSleeper: false)
    }

    /// Wakes everybody whose time has come then.
    ///
    /// - Parameter moment: since the clock was made.
    package func advance(to moment: Swift.Duration) {
        state.withLock { $0.time = max($0.time, moment) }
        wakeReady()
    }

    /// Passes these moments, each as soon as somebody sleeps until exactly then.
    package func pass(_ moments: [Swift.Duration]) async throws {
        for moment in moments {
            try await awaitSleeper(until: moment)
            advance(to: moment)
        }
    }

    private func wait(until time: Swift.Duration, isSleeper: Bool) async throws {
        let number = state.withLock { state in
            state.number += 1
            return state.number
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                add(Waiter(isSleeper: isSleeper, time: time, continuation: continuation), as: number)
            }
        } onCancel: {
            cancel(number)
        }
    }

    private func add(_ waiter: Waiter, as number: Int) {
        let isCancelled = state.withLock { state in
            if state.cancelled.remove(number) != nil { return true }
            state.waiters[number] = waiter
            return false
        }
        if isCancelled {
            waiter.continuation.resume(throwing: CancellationError())
        } else {
            wakeReady()
        }
    }

    private func cancel(_ number: Int) {
        let waiter = state.withLock { state -> Waiter? in
            if let waiter = state.waiters.removeValue(forKey: number) { return waiter }
            state.cancelled.insert(number)
            return nil
        }
        waiter?.continuation.resume(throwing: CancellationError())
    }

    private func wakeReady() {
        for waiter in state.withLock({ $0.takeReady() }) { waiter.continuation.resume() }
    }
}
