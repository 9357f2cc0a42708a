import HostModel

/// What one pass of the scheduler came to.
package struct PassReport: Sendable {
    /// False where another scheduler is at work on this root: then nothing was done.
    package let isAlone: Bool
    /// In the order in which they were done.
    package private(set) var turns: [(item: ScheduledItem, turn: Turn)] = []
    /// Why things could not be looked at all; none of them kept others from it.
    package private(set) var failures: [any Failure] = []
    /// When the first thing is due; nil where there is none.
    package private(set) var nextDue: Timestamp?

    init(isAlone: Bool) { self.isAlone = isAlone }

    mutating func add(_ turn: Turn, of item: ScheduledItem) { turns.append((item: item, turn: turn)) }

    mutating func add(_ failure: any Failure) { failures.append(failure) }

    mutating func wait(until moment: Timestamp) { nextDue = min(nextDue ?? moment, moment) }
}
