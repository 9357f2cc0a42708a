import HostModel
import Hosting

/// The operations that are under way, and the last that are over.
///
/// Each runs in a task of its own, on threads of its own. That two do not change one app at a time is the engine's
/// affair: the second is `busy`.
package actor OperationStore {
    private let now: @Sendable () -> Timestamp
    private let clock: any Clock<Duration>
    private let unexpected: @Sendable (any Error) -> Void
    private let executor = WorkExecutor()
    private var entries: [OperationID: Entry] = [:]
    /// Those that are over, the oldest first.
    private var ended: [OperationID] = []
    private var keys: [RequestKey: OperationID] = [:]
    private var isStopping = false
    private var nextWaiter = 0

    /// Most that are under way at once.
    package static let openLimit = 32
    /// Most that are remembered when they are over.
    package static let endedLimit = 256

    private struct Entry {
        var operation: Operation
        let order: Int
        let key: RequestKey?
        let fingerprint: Int
        let cancellation = Cancellation()
        let progress = LastProgress()
        let warnings = Warnings()
        var task: Task<Void, Never>?
        var waiters: [Int: CheckedContinuation<Void, Never>] = [:]

        /// As it is now.
        var present: Operation {
            var present = operation
            if !present.isOver { present.progress = progress.value }
            present.warnings = warnings.all
            return present
        }
    }

    /// What a request is repeated by: who asks, and the key that they gave.
    package struct RequestKey: Hashable, Sendable {
        let actor: String
        let text: String

        /// - Returns: nil where `text` is not 1 to 255 visible characters of ASCII.
        package init?(_ text: String, of actor: String) {
            guard (1...255).contains(text.utf8.count), text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
                return nil
            }
            self.actor = actor
            self.text = text
        }
    }

    /// - Parameters:
    ///   - clock: how long somebody waits is measured by it.
    ///   - unexpected: told of each error that no layer named, which no answer repeats.
    package init(
        clock: any Clock<Duration> = ContinuousClock(), now: @escaping @Sendable () -> Timestamp = { Timestamp.now },
        unexpected: @escaping @Sendable (any Error) -> Void = { _ in }
    ) {
        self.clock = clock
        self.now = now
        self.unexpected = unexpected
    }

    // MARK: Beginning and ending

    /// Begins an operation, unless the same request began it before.
    ///
    /// - Parameters:
    ///   - key: nil where each request is one of its own.
    ///   - fingerprint: of the request: another one with the same key is refused.
    /// - Throws: ``APIError/keyReused``, ``APIError/tooManyOperations``, ``APIError/stopping``.
    package func begin(
        _ kind: String, _ work: Work, askedBy: AppID? = nil, key: RequestKey? = nil, fingerprint: Int = 0
    ) throws(APIError) -> Operation {
        if let key, let known = keys[key], let entry = entries[known] {
            guard entry.fingerprint == fingerprint else { throw .keyReused }
            return entry.present
        }
        if isStopping { throw .stopping }
        guard entries.count - ended.count < Self.openLimit else { throw .tooManyOperations }
        let operation = Operation(
            id: .random(), kind: kind, app: work.app, askedBy: askedBy, startedAt: now())
        let order = (entries.values.map(\.order).max() ?? 0) + 1
        var entry = Entry(operation: operation, order: order, key: key, fingerprint: fingerprint)
        let options = ChangeOptions(
            cancellation: entry.cancellation, progress: { [progress = entry.progress] in progress.set($0) },
            warn: { [warnings = entry.warnings] in warnings.add($0) })
        entry.task = Task(executorPreference: executor) { [id = operation.id] in
            await self.run(work, of: id, options)
        }
        entries[operation.id] = entry
        if let key { keys[key] = operation.id }
        return entry.present
    }

    /// On no thread of this actor's: work may block for as long as it takes.
    private nonisolated func run(_ work: Work, of id: OperationID, _ options: ChangeOptions) async {
        await begun(id)
        do {
            // What was stopped before it began has done nothing.
            try options.cancellation.check()
            let outcome = try await work.run(options)
            await end(id, .success(outcome))
        } catch {
            if !(error is APIError), !(error is any Failure) { unexpected(error) }
            await end(id, .failure(error))
        }
    }

    private func begun(_ id: OperationID) { entries[id]?.operation.state = .running }

    private func end(_ id: OperationID, _ outcome: Result<WorkOutcome, any Error>) {
        guard var entry = entries[id] else { return }
        entry.operation.endedAt = now()
        entry.operation.progress = entry.progress.value
        switch outcome {
        case .success(let outcome):
            entry.operation.state = outcome.failure == nil ? .done : .failed
            entry.operation.result = outcome.result
            entry.operation.error = outcome.failure.map { APIError($0) }
        case .failure(let error):
            entry.operation.state = .failed
            entry.operation.error = APIError(error)
        }
        let waiters = entry.waiters
        entry.waiters = [:]
        entries[id] = entry
        ended.append(id)
        for waiter in waiters.values { waiter.resume() }
        forgetOldest()
    }

    private func forgetOldest() {
        while ended.count > Self.endedLimit {
            let oldest = ended.removeFirst()
            if let key = entries.removeValue(forKey: oldest)?.key { keys[key] = nil }
        }
    }

    // MARK: Looking

    /// - Returns: nil where there is none, or it was forgotten.
    package func operation(_ id: OperationID) -> Operation? { entries[id]?.present }

    /// The newest first.
    package var all: [Operation] { entries.values.sorted { $0.order > $1.order }.map(\.present) }

    /// Waits until an operation is over.
    ///
    /// - Returns: what is known of it then, or once that took too long; nil where there is none.
    package func operation(_ id: OperationID, within limit: Duration) async -> Operation? {
        guard let entry = entries[id] else { return nil }
        if entry.operation.isOver || limit <= .zero { return entry.present }
        nextWaiter += 1
        let number = nextWaiter
        let timer = Task.detached { [weak self, clock] in
            try? await clock.sleep(for: limit)
            await self?.wake(number, of: id)
        }
        await withCheckedContinuation { continuation in entries[id]?.waiters[number] = continuation }
        timer.cancel()
        return entries[id]?.present
    }

    private func wake(_ number: Int, of id: OperationID) {
        entries[id]?.waiters.removeValue(forKey: number)?.resume()
    }

    // MARK: Stopping

    /// Asks an operation to stop. What swaps already is not interrupted any more.
    ///
    /// - Returns: as it is then; nil where there is none.
    package func cancel(_ id: OperationID) -> Operation? {
        guard let entry = entries[id] else { return nil }
        stop(entry)
        return entry.present
    }

    /// Begins nothing any more, stops what has swapped nothing yet, and waits for everything to end.
    package func shutdown() async {
        isStopping = true
        let open = entries.values.filter { !$0.operation.isOver }
        for entry in open { stop(entry) }
        for entry in open { await entry.task?.value }
    }

    private func stop(_ entry: Entry) {
        if !entry.cancellation.isCommitted { entry.cancellation.cancel() }
    }
}
