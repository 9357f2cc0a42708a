import Synchronization
import Testing

@testable import Server

/// Many who ask for the same, and one reading for all who asked before it began.
struct SharedReadingsTests {
    /// Readings that end when they are told to, each with its number.
    private final class Readings: Sendable {
        private let begun = Atomic<Int>(0)
        private let gates: [AsyncStream<Void>.Continuation]
        private let streams: [AsyncStream<Void>]
        private let starts = AsyncStream.makeStream(of: Int.self)

        init() {
            let pairs = (0..<2).map { _ in AsyncStream.makeStream(of: Void.self) }
            gates = pairs.map(\.continuation)
            streams = pairs.map(\.stream)
        }

        func read() async -> Int {
            let number = begun.add(1, ordering: .relaxed).newValue
            starts.continuation.yield(number)
            for await _ in streams[number - 1] {}
            return number
        }

        func end(_ number: Int) { gates[number - 1].finish() }

        func untilBegun(_ number: Int) async {
            for await begun in starts.stream where begun == number { return }
        }

        var count: Int { begun.load(ordering: .relaxed) }
    }

    @Test func `who asks while one is read gets the next reading, and all of them the same`() async {
        let readings = Readings()
        let shared = SharedReadings<String, Int>(on: WorkExecutor())
        async let first = shared.value(of: "apps") { await readings.read() }
        await readings.untilBegun(1)
        // Each has asked when its task was made.
        let later = (0..<8).map { _ in Task.immediate { await shared.value(of: "apps") { await readings.read() } } }
        readings.end(1)
        readings.end(2)
        await #expect(first == 1)
        for task in later { await #expect(task.value == 2) }
        #expect(readings.count == 2)
    }

    @Test func `who asks for something else does not wait`() async {
        let readings = Readings()
        let shared = SharedReadings<String, Int>(on: WorkExecutor())
        async let first = shared.value(of: "apps") { await readings.read() }
        await readings.untilBegun(1)
        await #expect(shared.value(of: "catalogs") { 7 } == 7)
        readings.end(1)
        await #expect(first == 1)
    }

    @Test func `what was read is not kept`() async {
        let shared = SharedReadings<String, Int>(on: WorkExecutor())
        for number in 1...3 {
            await #expect(shared.value(of: "apps") { number } == number)
        }
    }
}
