import Fetching
import HostModel
import Synchronization
import TestSupport

/// Times of which no test notices anything, changed as a test wants them.
func quick(_ change: (inout FetchOptions) -> Void = { _ in }) -> FetchOptions {
    var options = FetchOptions()
    options.times.pause = .milliseconds(1)
    options.times.longestPause = .milliseconds(1)
    // Other tests may keep this one waiting for long.
    options.times.silence = .seconds(3600)
    options.times.window = .seconds(3600)
    options.times.document = .seconds(3600)
    change(&options)
    return options
}

extension TestServer {
    func location(_ path: String) throws -> Location { try Location(url(path)) }
}

/// Lends a server that does what `script` says, and a fetcher.
func serving<Value>(
    _ script: @escaping TestServer.Script, options: FetchOptions = quick(),
    _ body: (Fetcher, TestServer) async throws -> Value
) async throws -> Value {
    let server = try TestServer(script)
    defer { server.stop() }
    return try await Fetcher.withFetcher(options) { fetcher in try await body(fetcher, server) }
}

/// What a stream handed out.
struct Collected {
    var bytes: [UInt8] = []
    var restarts = 0
    var progress: [FetchProgress] = []
}

extension Fetcher {
    /// Streams what is missing behind `bytes`.
    func collect(
        _ location: Location, having bytes: [UInt8] = [], expected: Int64? = nil, limit: Int64 = 1 << 30,
        cancellation: Cancellation = Cancellation()
    ) async throws -> Collected {
        var collected = Collected(bytes: bytes)
        try await stream(
            location, from: Int64(bytes.count), expected: expected, limit: limit, cancellation: cancellation,
            progress: { collected.progress.append($0) },
            restarted: {
                collected.bytes = []
                collected.restarts += 1
            },
            into: { collected.bytes.append(contentsOf: $0) })
        return collected
    }
}

/// What `body` fails with; nil where it does not fail, or with something else.
func failure(_ body: () async throws -> Void) async -> FetchError? {
    do {
        try await body()
        return nil
    } catch {
        return error as? FetchError
    }
}

/// A clock that is moved by sleeping, which takes no time.
final class LeapingClock: Clock {
    typealias Duration = Swift.Duration

    struct Instant: InstantProtocol {
        typealias Duration = Swift.Duration

        let time: Swift.Duration

        func advanced(by duration: Swift.Duration) -> Instant { Instant(time: time + duration) }
        func duration(to other: Instant) -> Swift.Duration { other.time - time }
        static func < (a: Instant, b: Instant) -> Bool { a.time < b.time }
    }

    private let state = Mutex<[Swift.Duration]>([])

    /// How long was slept, each time.
    var pauses: [Swift.Duration] { state.withLock { $0 } }

    var now: Instant { Instant(time: pauses.reduce(.zero, +)) }
    var minimumResolution: Swift.Duration { .zero }

    func sleep(until deadline: Instant, tolerance: Swift.Duration?) async throws {
        let time = now.duration(to: deadline)
        state.withLock { $0.append(time) }
    }
}

/// Bytes of which no two parts are alike.
func content(_ count: Int) -> [UInt8] {
    (0..<count).map { number in UInt8(truncatingIfNeeded: number &* 31 &+ number >> 8) }
}

/// Something that the test itself could not do.
struct TestBroken: Error {
    let doing: String
    let errno: Int32
}
