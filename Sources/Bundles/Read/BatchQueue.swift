import Dispatch
import Synchronization

/// A bounded queue between two threads, in which batches go round: one thread fills them, the other uses them up.
///
/// Memory: `depth` batches, and the one that is being used. They are used again and again.
final class BatchQueue<Batch: Sendable>: Sendable {
    private struct Batches {
        var filled: [Batch] = []
        var free: [Batch]
    }

    private let empty: Batch
    private let batches: Mutex<Batches>
    private let isAbandoned = Atomic<Bool>(false)
    private let freeCount = DispatchSemaphore(value: 0)
    private let filledCount = DispatchSemaphore(value: 0)

    /// - Parameter empty: a batch that nothing was ever put into.
    init(depth: Int, empty: Batch) {
        self.empty = empty
        batches = Mutex(Batches(free: Array(repeating: empty, count: depth)))
        // Raised from zero, because a semaphore that is below its first value when it is freed is a crash.
        for _ in 0..<depth { freeCount.signal() }
    }

    /// An empty batch to fill.
    ///
    /// - Returns: nil once nobody will take it any more.
    func free() -> Batch? {
        freeCount.wait()
        if isAbandoned.load(ordering: .acquiring) { return nil }
        return batches.withLock { $0.free.removeLast() }
    }

    /// Hands over `batch`, and leaves an empty one in its place.
    ///
    /// - Returns: false once nobody will take it any more.
    func put(_ batch: inout Batch) -> Bool {
        // Whoever takes it must be its only owner, or its memory could not be used again.
        batches.withLock { batches in
            batches.filled.append(batch)
            batch = empty
        }
        filledCount.signal()
        guard let next = free() else { return false }
        batch = next
        return true
    }

    /// Gives back `batch`, which was emptied, and leaves the next filled one in its place.
    func exchange(_ batch: inout Batch) {
        filledCount.wait()
        batches.withLock { batches in
            batches.free.append(batch)
            batch = batches.filled.removeFirst()
        }
        freeCount.signal()
    }

    /// Releases the thread that fills, now or when it next waits. Nothing may be taken after it.
    func abandon() {
        isAbandoned.store(true, ordering: .releasing)
        freeCount.signal()
    }
}
