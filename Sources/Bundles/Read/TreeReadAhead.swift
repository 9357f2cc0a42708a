import Archives
import DiskIO
import Dispatch
import HostModel
import Synchronization

/// The entries of a tree that is there already, opened and hashed ahead on a thread of its own. Their content is not handed
/// on: who goes along only wants to know whether it is right, and perhaps to share the file.
///
/// Memory: names and digests of the files on the way, each of which is open.
final class TreeReadAhead: HashedEntryStream {
    private struct Item: Sendable {
        let entry: ArchiveEntry
        let file: File?
        let digest: ContentDigest?
    }

    private let queue = BoundedQueue<Result<[Item], any Error>>(depth: 8)
    private var items: [Item] = []
    private var position = -1
    private var isAtEnd = false

    /// Files that are open at once are at most this many times the depth of the queue.
    private static let batch = 16

    /// - Parameter inner: given up by the caller, whose thread never touches it again.
    init(_ inner: DirectoryEntryStream) {
        let queue = queue
        // Whoever read the sidecars from it is done with it: only the thread below uses it from now on.
        nonisolated(unsafe) let inner = inner
        DispatchQueue(label: "apphost.tree").async { Self.fill(queue, inner) }
    }

    deinit { queue.abandon() }

    func next() throws -> ArchiveEntry? {
        position += 1
        while position == items.count {
            if isAtEnd { return nil }
            items = try queue.take().get()
            position = 0
            // An empty batch is the last.
            isAtEnd = items.isEmpty
        }
        return items[position].entry
    }

    func withNextPiece(_ body: (UnsafeRawBufferPointer) throws -> Void) -> Bool { false }

    func contentDigest() throws -> ContentDigest {
        guard let digest = items[position].digest else { preconditionFailure("only files have a digest") }
        return digest
    }

    /// The present entry, where it is a file.
    var file: File? { items[position].file }

    private static func fill(_ queue: BoundedQueue<Result<[Item], any Error>>, _ inner: DirectoryEntryStream) {
        do {
            var batch: [Item] = []
            while let entry = try inner.next() {
                let file = inner.file
                batch.append(Item(entry: entry, file: file, digest: try file.map { _ in try inner.contentDigest() }))
                if batch.count == Self.batch {
                    guard queue.put(.success(batch)) else { return }
                    batch = []
                }
            }
            if !batch.isEmpty, !queue.put(.success(batch)) { return }
            _ = queue.put(.success([]))
        } catch {
            _ = queue.put(.failure(error))
        }
    }
}

/// A bounded queue between two threads.
private final class BoundedQueue<Element: Sendable>: Sendable {
    private let elements = Mutex<[Element]>([])
    private let isAbandoned = Atomic<Bool>(false)
    private let freeCount = DispatchSemaphore(value: 0)
    private let filledCount = DispatchSemaphore(value: 0)

    init(depth: Int) {
        // Raised from zero, because a semaphore that is below its first value when it is freed is a crash.
        for _ in 0..<depth { freeCount.signal() }
    }

    /// - Returns: false once nobody will take it any more.
    func put(_ element: Element) -> Bool {
        freeCount.wait()
        if isAbandoned.load(ordering: .acquiring) { return false }
        elements.withLock { $0.append(element) }
        filledCount.signal()
        return true
    }

    func take() -> Element {
        filledCount.wait()
        let element = elements.withLock { $0.removeFirst() }
        freeCount.signal()
        return element
    }

    func abandon() {
        isAbandoned.store(true, ordering: .releasing)
        freeCount.signal()
    }
}
