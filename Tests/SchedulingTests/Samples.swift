import HostModel
import Scheduling
import Synchronization
import Testing

/// Values and workers that decisions are tried with.
enum Samples {
    /// 2026-05-01T10:00:00Z
    static let now = Timestamp(seconds: 1_777_629_600)
    static let day: Int64 = 86_400
    static let year: Int64 = 365 * day

    static func later(_ seconds: Int64) -> Timestamp { Timestamp(seconds: now.seconds + seconds) }

    static func item(_ kind: ScheduledItem.Kind, _ name: String) throws -> ScheduledItem {
        ScheduledItem(kind, try #require(AppID(name)))
    }

    /// A chance that always yields the least.
    static let noChance: Schedule.Chance = { $0.lowerBound }
    /// A chance that always yields the most.
    static let mostChance: Schedule.Chance = { $0.upperBound }
}

/// A chance that is the same in every run.
final class Dice: Sendable {
    private let state = Mutex<UInt64>(1)

    /// Knuth's MMIX generator; its upper bits are good enough here.
    func roll(_ range: ClosedRange<Int64>) -> Int64 {
        let bits = state.withLock { state -> UInt64 in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state >> 33
        }
        return range.lowerBound + Int64(bits) % (range.upperBound - range.lowerBound + 1)
    }
}

/// What can go wrong with one thing.
struct Broken: Failure, Equatable {
    var code = FailureCode.sourceUnavailable
    var message: String { "it is broken" }
    var help: String? { nil }
}

/// Work that a test does itself.
struct TestWork: SchedulerWork {
    var catalogs: [AppID] = []
    var apps: [AppID] = []
    /// Kinds that cannot be listed.
    var unlisted: Set<ScheduledItem.Kind> = []
    let look: @Sendable (ScheduledItem) async throws -> Turn

    func names(_ kind: ScheduledItem.Kind) async throws -> [AppID] {
        if unlisted.contains(kind) { throw Broken(code: .diskError) }
        return kind == .catalog ? catalogs : apps
    }

    func refresh(_ catalog: AppID) async throws -> Turn { try await look(ScheduledItem(.catalog, catalog)) }

    func check(_ app: AppID) async throws -> Turn { try await look(ScheduledItem(.app, app)) }
}

/// What was looked at, and when.
final class Looks: Sendable {
    struct Look: Sendable, Equatable {
        let item: ScheduledItem
        /// Seconds that really passed.
        let elapsed: Int64
    }

    private let noted = Mutex<[Look]>([])

    var all: [Look] { noted.withLock { $0 } }
    var names: [String] { all.map { "\($0.item.kind) \($0.item.name)" } }

    func add(_ item: ScheduledItem, at elapsed: Int64 = 0) {
        noted.withLock { $0.append(Look(item: item, elapsed: elapsed)) }
    }
}

/// Moments in their order, in seconds.
final class Moments: Sendable {
    private let noted = Mutex<[Int64]>([])

    var all: [Int64] { noted.withLock { $0 } }

    func add(_ moment: Int64) { noted.withLock { $0.append(moment) } }
}

/// Time that passes only while somebody sleeps, and a host's clock that jumps.
final class VirtualTime: Clock {
    typealias Duration = Swift.Duration

    struct Instant: InstantProtocol {
        typealias Duration = Swift.Duration

        let time: Swift.Duration

        func advanced(by duration: Swift.Duration) -> Instant { Instant(time: time + duration) }
        func duration(to other: Instant) -> Swift.Duration { other.time - time }
        static func < (a: Instant, b: Instant) -> Bool { a.time < b.time }
    }

    /// After how many seconds the host's clock jumps, and by how many.
    let jumps: [(at: Int64, by: Int64)]
    private let end: Int64
    private let passed = Mutex<Int64>(0)

    init(lasting end: Int64, jumps: [(at: Int64, by: Int64)] = []) {
        self.end = end
        self.jumps = jumps
    }

    /// Seconds.
    var elapsed: Int64 { passed.withLock { $0 } }

    /// What the host's clock shows.
    var wall: Timestamp {
        let elapsed = elapsed
        let jumped = jumps.filter { $0.at <= elapsed }.reduce(0) { $0 + $1.by }
        return Samples.later(elapsed + jumped)
    }

    var now: Instant { Instant(time: .seconds(elapsed)) }
    var minimumResolution: Swift.Duration { .seconds(1) }

    /// Takes no time. At the end of all time it is cancelled.
    func sleep(until deadline: Instant, tolerance: Swift.Duration?) async throws {
        passed.withLock { $0 = max($0, deadline.time.components.seconds) }
        if elapsed >= end { throw CancellationError() }
    }
}
