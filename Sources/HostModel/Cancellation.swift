import Synchronization

/// A request to stop that long work looks at between its steps, and that nothing looks at between journal and swap.
package final class Cancellation: Sendable {
    private let requested = Atomic<Bool>(false)
    private let committed = Atomic<Bool>(false)

    package init() {}

    package func cancel() { requested.store(true, ordering: .relaxed) }

    package var isRequested: Bool { requested.load(ordering: .relaxed) }

    /// Says that what follows is not interrupted any more.
    ///
    /// - Throws: ``Interrupted`` when it was asked for before.
    package func commit() throws(Interrupted) {
        try check()
        committed.store(true, ordering: .relaxed)
    }

    package var isCommitted: Bool { committed.load(ordering: .relaxed) }

    /// - Throws: ``Interrupted`` once ``cancel()`` was called.
    package func check() throws(Interrupted) {
        if isRequested { throw Interrupted() }
    }
}

/// The operator stopped the command before anything was swapped.
package struct Interrupted: Failure {
    package init() {}
    package var code: FailureCode { .interrupted }
    package var message: String { "interrupted" }
    package var help: String? { nil }
}
