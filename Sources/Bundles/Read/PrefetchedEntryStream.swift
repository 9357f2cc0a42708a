import Archives
import Dispatch
import HostModel
import Signatures

/// A stream of entries that knows the SHA-256 of each one's content.
package protocol HashedEntryStream: EntryStream {
    /// The digest of all content of the present entry; pieces not read yet are passed over.
    func contentDigest() throws -> ContentDigest
}

/// Another stream, read ahead and hashed on a thread of its own: decompressing and hashing overlap with writing.
///
/// Memory: at most ``depth`` batches of about 256 KiB, which are used again and again, and in each one more entry's names.
package final class PrefetchedEntryStream: HashedEntryStream {
    private let queue: BatchQueue<Batch>
    private var batch = Batch()
    private var position = 0

    private static let depth = 16

    /// - Parameter open: makes the inner stream; called on the reading thread, where that stream stays.
    package init(open: @escaping @Sendable () throws -> any EntryStream) {
        let queue = BatchQueue(depth: Self.depth, empty: Batch())
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
            case .piece, .digest: position += 1
            case .end: return nil
            case .failed(let error): throw error
            }
        }
    }

    package func withNextPiece(_ body: (UnsafeRawBufferPointer) throws -> Void) throws -> Bool {
        switch try event() {
        case .piece(let range):
            position += 1
            try batch.withBytes(range, body)
            return true
        case .entry, .digest, .end: return false
        case .failed(let error): throw error
        }
    }

    package func contentDigest() throws -> ContentDigest {
        while true {
            switch try event() {
            case .piece: position += 1
            case .digest(let digest): return digest
            case .failed(let error): throw error
            case .entry, .end: preconditionFailure("a digest was asked for without an entry")
            }
        }
    }

    /// The event at the present position, which stays until it is passed.
    private func event() throws -> Batch.Event {
        while position == batch.events.count {
            batch.clear()
            queue.exchange(&batch)
            position = 0
        }
        return batch.events[position]
    }

    private static func fill(_ queue: BatchQueue<Batch>, _ open: () throws -> any EntryStream) {
        guard var batch = queue.free() else { return }
        do {
            let inner = try open()
            var digest = DigestStream()
            while let entry = try inner.next() {
                batch.append(.entry(entry))
                while try inner.withNextPiece({ piece in
                    digest.update(piece)
                    batch.append(piece)
                }) {
                    if batch.isFull, !queue.put(&batch) { return }
                }
                batch.append(.digest(digest.finishAndReset()))
                if batch.isFull, !queue.put(&batch) { return }
            }
            batch.append(.end)
        } catch {
            batch.append(.failed(error))
        }
        _ = queue.put(&batch)
    }
}

/// Some entries and pieces of content, in order.
struct Batch: Sendable {
    enum Event: Sendable {
        case entry(ArchiveEntry)
        case piece(Range<Int>)
        /// Of all pieces since the entry.
        case digest(ContentDigest)
        case end
        case failed(any Error)
    }

    private(set) var events: [Event] = []
    private var bytes: [UInt8] = []
    /// Of names and targets: in an archive, which nobody has judged yet, each may have a MiB.
    private var nameBytes = 0

    private static let size = 256 << 10

    var isFull: Bool { bytes.count + nameBytes >= Self.size || events.count >= 3072 }

    mutating func append(_ piece: UnsafeRawBufferPointer) {
        if piece.isEmpty { return }
        // A decompressor's piece may come when it is almost full; growing would touch twice the memory.
        if bytes.capacity == 0 { bytes.reserveCapacity(Self.size + 128 << 10) }
        let start = bytes.count
        bytes.append(contentsOf: piece)
        events.append(.piece(start..<bytes.count))
    }

    mutating func append(_ event: Event) {
        if case .entry(let entry) = event {
            nameBytes += entry.name.count
            if case .link(let target) = entry.kind { nameBytes += target.count }
        }
        events.append(event)
    }

    func withBytes(_ range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws -> Void) rethrows {
        try bytes.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[range])) }
    }

    /// Empties it, and keeps its memory.
    mutating func clear() {
        events.removeAll(keepingCapacity: true)
        bytes.removeAll(keepingCapacity: true)
        nameBytes = 0
    }
}
