import Synchronization

/// A thing that happens once, whoever comes first.
final class Once: Sendable {
    private let happened = Atomic<Bool>(false)

    /// - Returns: true for the first caller alone.
    func first() -> Bool { !happened.exchange(true, ordering: .acquiringAndReleasing) }
}
