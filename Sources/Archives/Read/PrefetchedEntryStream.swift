import Dispatch
import Synchronization

/// Another stream, read ahead on a thread of its own: what decompresses and what hashes and writes then overlap.
///
/// Memory: at most `depth` batches of about 256 KiB.
package final class PrefetchedEntryStream: EntryStream {
    private let queue: BatchQueue
    private var batch = Batch()
    private var position = 0

    /// - Parameter open: makes the inner stream; called on the reading thread, where that stream stays.
    package init(depth: Int = 8, open: @escaping @Sendable () throws -> any EntryStream) {
        let queue = BatchQueue(depth: depth)
        self.queue = queue
        // A thread, not the cooperative pool: it blocks on its reader and on its files.
        DispatchQueue(label: "apphost.prefetch").async { Self.fill(queue, open) }
    }

    deinit { queue.abandon() }

    package func next() throws -> ArchiveEntry? {
        while true {
            switch try event() {
            case .entry(let entry):
                position += 1
                return entry
            case .piece: position += 1
            case .end: return nil
            case .failed(let error): throw error
            }
        }
    }

    package func withNextPiece(_ body: (UnsafeRawBufferPointer) throws -> Void) throws -> Bool {
        switch try event() {
        case .piece(let range):
            position += 1
            try batch.bytes.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[range])) }
            return true
        case .entry, .end: return false
        case .failed(let error): throw error
        }
    }

    /// The event at the present position, which stays until it is taken.
    private func event() throws -> Batch.Event {
        while position == batch.events.count {
            batch = queue.take()
            position = 0
        }
        return batch.events[position]
    }

    private static func fill(_ queue: BatchQueue, _ open: () throws -> any EntryStream) {
        var batch = Batch()
        do {
            let inner = try open()
            while let entry = try inner.next() {
                batch.events.append(.entry(entry))
                while try inner.withNextPiece({ batch.append($0) }) {
                    if batch.isFull, !queue.put(&batch) { return }
                }
                if batch.isFull, !queue.put(&batch) { return }
            }
            batch.events.append(.end)
        } catch {
            batch.events.append(.failed(error))
        }
        _ = queue.put(&batch)
    }
}

/// Some entries and pieces of content, in order.
private struct Batch: Sendable {
    enum Event: Sendable {
        case entry(ArchiveEntry)
        case piece(Range<Int>)
        case end
        case failed(any Error)
    }

    var events: [Event] = []
    var bytes: [UInt8] = []

    var isFull: Bool { bytes.count >= 256 << 10 || events.count >= 1024 }

    mutating func append(_ piece: UnsafeRawBufferPointer) {
        let start = bytes.count
        bytes.append(contentsOf: piece)
        events.append(.piece(start..<bytes.count))
    }
}

/// A bounded queue between two threads.
private final class BatchQueue: Sendable {
    private let batches = Mutex<[Batch]>([])
    private let abandoned = Atomic<Bool>(false)
    private let free: DispatchSemaphore
    private let filled = DispatchSemaphore(value: 0)
    private let depth: Int

    init(depth: Int) {
        self.depth = depth
        // Begins at zero and is raised, because a semaphore that goes below its first value when freed is a crash.
        free = DispatchSemaphore(value: 0)
        for _ in 0..<depth { free.signal() }
    }

    /// - Returns: false once nobody will take it any more.
    func put(_ batch: inout Batch) -> Bool {
        free.wait()
        if abandoned.load(ordering: .acquiring) { return false }
        let full = batch
        batch = Batch()
        batches.withLock { $0.append(full) }
        filled.signal()
        return true
    }

    func take() -> Batch {
        filled.wait()
        let batch = batches.withLock { $0.removeFirst() }
        free.signal()
        return batch
    }

    func abandon() {
        abandoned.store(true, ordering: .releasing)
        free.signal()
    }
}
