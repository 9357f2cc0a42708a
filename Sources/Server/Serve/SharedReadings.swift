import Synchronization

/// Has one reading answer all who ask for the same at once. It begins after the last of them asked, so what each of them
/// gets is as fresh as if it had read alone; nothing is kept.
///
/// Who asks while one is under way shares the next one: what is read already may have changed since.
final class SharedReadings<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct Turn {
        /// Has begun to read; nobody joins it.
        var current: Task<Value, Never>?
        /// Begins after it.
        var next: Task<Value, Never>?
    }

    private let turns = Mutex<[Key: Turn]>([:])
    private let executor: any TaskExecutor

    /// - Parameter executor: where readings run, which may block.
    init(on executor: any TaskExecutor) { self.executor = executor }

    /// - Parameter read: must give the same to everybody who asks with this key.
    func value(of key: Key, _ read: @escaping @Sendable () async -> Value) async -> Value {
        await turn(key, read).value
    }

    private func turn(_ key: Key, _ read: @escaping @Sendable () async -> Value) -> Task<Value, Never> {
        turns.withLock { turns in
            let turn = turns[key] ?? Turn()
            if let next = turn.next { return next }
            let next = Task(executorPreference: executor) {
                _ = await turn.current?.value
                // Whoever is about to ask goes first, and joins.
                await Task.yield()
                self.begin(key)
                defer { self.end(key) }
                return await read()
            }
            turns[key] = Turn(current: turn.current, next: next)
            return next
        }
    }

    private func begin(_ key: Key) { turns.withLock { $0[key] = Turn(current: $0[key]?.next, next: nil) } }

    private func end(_ key: Key) {
        turns.withLock { turns in
            guard let next = turns[key]?.next else { return turns[key] = nil }
            turns[key] = Turn(current: nil, next: next)
        }
    }
}
