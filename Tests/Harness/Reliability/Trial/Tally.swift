import Glibc
import Synchronization

/// Counts what was tried, says how far it is, and keeps what went wrong.
package final class Tally: Sendable {
    private struct State {
        var points = 0
        var violations: [String] = []
        var struck = 0
        var said = 0
    }

    private let name: String
    private let state = Mutex(State())
    private let isVerbose: Bool

    /// Violations after these are only counted: more would bury the first.
    private let shown: Int

    /// - Parameters:
    ///   - name: what each line begins with.
    ///   - isVerbose: whether progress and violations are written as they come.
    package init(_ name: String, isVerbose: Bool, shown: Int = 20) {
        self.shown = shown
        self.name = name
        self.isVerbose = isVerbose
    }

    package var points: Int { state.withLock { $0.points } }
    package var violations: Int { state.withLock { $0.struck } }
    package var shownViolations: [String] { state.withLock { $0.violations } }

    /// One point was tried.
    package func add(_ problems: [String], at place: @autoclosure () -> String) {
        let new = problems.isEmpty ? [] : problems.map { "\(place()): \($0)" }
        let lines = state.withLock { state -> [String] in
            state.points += 1
            if !new.isEmpty { state.struck += 1 }
            let room = shown - state.violations.count
            let kept = new.prefix(max(0, room))
            state.violations += kept
            return Array(kept)
        }
        if isVerbose { for line in lines { write("\(name): violation: \(line)") } }
    }

    /// A line about the part that just ended.
    package func say(_ what: String) {
        guard isVerbose else { return }
        let (points, new) = state.withLock { state in
            let new = state.points - state.said
            state.said = state.points
            return (state.points, new)
        }
        write("\(name): \(what): \(new) points (\(points) in all)")
    }

    private func write(_ line: String) {
        print(line)
        fflush(nil)
    }
}

/// Does the work items one after the other, as many at a time as this machine has processors.
package func forEachInParallel<Item: Sendable>(
    _ items: [Item], _ body: @escaping @Sendable (Item) async throws -> Void
) async throws {
    let next = Counter()
    try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) {
            group.addTask {
                while case let index = next.next(), index < items.count { try await body(items[index]) }
            }
        }
        try await group.waitForAll()
    }
}

/// 0, 1, 2 and so on, each once, whoever asks.
final class Counter: Sendable {
    private let count = Atomic<Int>(0)

    func next() -> Int { count.add(1, ordering: .relaxed).oldValue }
}
