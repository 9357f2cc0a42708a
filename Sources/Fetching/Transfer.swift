import AsyncHTTPClient
import HostModel
import NIOCore
import NIOHTTP1

/// One fetch over HTTP: as many requests as it takes.
///
/// What was handed on is not asked for again, unless the server has something else now, or cannot continue.
struct Transfer {
    /// What is fetched.
    struct Order: Sendable {
        let location: Location
        let expected: Int64?
        let limit: Int64
        /// Whether a part of it is worth keeping when the connection is cut.
        let resumes: Bool
        /// For all of it.
        let time: Duration
        let cancellation: Cancellation
    }

    /// An attempt that brought so much is followed by the next one at once.
    private static let worthwhile: Int64 = 64 << 10

    private let order: Order
    private let options: FetchOptions
    private let connections: Connections
    private let elapsed: @Sendable () -> Duration

    /// What was handed on: the offset of the next byte.
    private var position: Int64
    /// The largest that `position` was.
    private var furthest: Int64
    /// Of what was handed on.
    private var entityTag: String?
    private var whole: Int64?
    private var pace: Pace

    init(_ order: Order, from offset: Int64, options: FetchOptions, connections: Connections) {
        self.order = order
        self.options = options
        self.connections = connections
        elapsed = stopwatch(options.clock)
        position = offset
        furthest = offset
        pace = Pace(slowest: options.times.slowest, window: options.times.window)
    }

    /// - Parameters:
    ///   - restarted: what was handed on does not count any more; the next byte is the first.
    ///   - sink: takes what comes, in order.
    mutating func run(
        progress: (FetchProgress) -> Void, restarted: () throws -> Void,
        into sink: (UnsafeRawBufferPointer) throws -> Void
    ) async throws(FetchError) {
        if position > 0, position == order.expected { return }
        var fruitless = 0
        while true {
            try check()
            let before = furthest
            do throws(FetchError) {
                try await attempt(progress: progress, restarted: restarted, into: sink)
                return
            } catch {
                let gained = furthest - before
                guard error.isTransient || (error.isSilence && gained > 0) else { throw error }
                if pace.isTooSlow() { throw tooSlow }
                fruitless = gained > 0 ? 0 : fruitless + 1
                if fruitless >= options.attempts { throw error }
                if gained < Self.worthwhile { try await pause(before: fruitless) }
            }
        }
    }

    /// - Throws: where it was cancelled, or takes too long.
    private func check() throws(FetchError) {
        if order.cancellation.isRequested || Task.isCancelled { throw .interrupted }
        if elapsed() > order.time { throw .timeout(order.location, .whole(order.time)) }
    }

    private var tooSlow: FetchError { .timeout(order.location, .slow(options.times.slowest)) }

    /// - Parameter fruitless: how many attempts in a row brought nothing.
    private mutating func pause(before fruitless: Int) async throws(FetchError) {
        let start = elapsed()
        let factor = 1 << min(max(fruitless - 1, 0), 16)
        let time = min(options.times.pause * factor, options.times.longestPause)
        do {
            try await options.clock.sleep(for: time)
        } catch {
            throw FetchError.interrupted
        }
        pace.wait(elapsed() - start)
    }

    // MARK: One attempt

    /// Asks once, and follows redirects.
    private mutating func attempt(
        progress: (FetchProgress) -> Void, restarted: () throws -> Void,
        into sink: (UnsafeRawBufferPointer) throws -> Void
    ) async throws(FetchError) {
        if !order.resumes { try restart(restarted) }
        var here = order.location
        for _ in 0...options.redirects {
            guard let next = try await ask(here, progress: progress, restarted: restarted, into: sink) else { return }
            here = next
        }
        throw .redirectRefused(order.location, problem: "it is the \(options.redirects + 1)th in a row")
    }

    /// Forgets what was handed on.
    private mutating func restart(_ restarted: () throws -> Void) throws(FetchError) {
        entityTag = nil
        whole = nil
        if position == 0 { return }
        position = 0
        do { try restarted() } catch { throw FetchError.sink(error) }
    }

    /// One request.
    ///
    /// - Returns: where to ask next; nil where all of it was handed on.
    private mutating func ask(
        _ here: Location, progress: (FetchProgress) -> Void, restarted: () throws -> Void,
        into sink: (UnsafeRawBufferPointer) throws -> Void
    ) async throws(FetchError) -> Location? {
        let client = try connections.client(for: here)
        let request = try makeRequest(here)
        let exchange = Exchange(now: elapsed)
        let task = client.execute(request: request, delegate: exchange)
        task.futureResult.whenFailure { error in exchange.fail(ClientErrors.translate(error, at: here)) }
        let watch = startWatching(exchange)
        defer {
            watch.cancel()
            exchange.stop(.interrupted)
            task.cancel()
        }
        var isDelimited = true
        while true {
            for piece in try await take(from: exchange) {
                switch piece {
                case .head(let answer):
                    isDelimited = answer.isDelimited
                    switch try decide(answer, at: here, restarted: restarted) {
                    case .ask(let next): return next
                    case .done: return nil
                    case .body: break
                    }
                case .body(let buffer):
                    try hand(buffer, to: sink)
                    progress(FetchProgress(received: position, total: whole ?? order.expected))
                case .end:
                    try finish(isDelimited: isDelimited)
                    return nil
                }
            }
            if pace.isTooSlow() { throw tooSlow }
        }
    }

    private func makeRequest(_ here: Location) throws(FetchError) -> HTTPClient.Request {
        var headers = HTTPHeaders()
        headers.add(name: "User-Agent", value: options.userAgent)
        headers.add(name: "Accept", value: "*/*")
        headers.add(name: "Accept-Encoding", value: "identity")
        if position > 0 {
            headers.add(name: "Range", value: "bytes=\(position)-")
            if let entityTag { headers.add(name: "If-Range", value: entityTag) }
        }
        do {
            return try HTTPClient.Request(url: here.url ?? "", method: .GET, headers: headers)
        } catch {
            throw FetchError.locationInvalid(here.description, problem: "the HTTP client cannot read it")
        }
    }

    /// Ends an exchange that is cancelled or too slow, also while nothing comes.
    private func startWatching(_ exchange: Exchange) -> Task<Void, Never> {
        let order = self.order
        let times = options.times
        let elapsed = self.elapsed
        let look = min(Duration.milliseconds(100), times.silence / 4)
        return Task {
            while !Task.isCancelled {
                try? await Task.sleep(for: look)
                if order.cancellation.isRequested { return exchange.stop(.interrupted) }
                if exchange.waited > times.silence {
                    return exchange.stop(.timeout(order.location, .silence(times.silence)))
                }
                if elapsed() > order.time { return exchange.stop(.timeout(order.location, .whole(order.time))) }
            }
        }
    }

    private mutating func take(from exchange: Exchange) async throws(FetchError) -> [Exchange.Piece] {
        let start = elapsed()
        defer { pace.wait(elapsed() - start) }
        return try await exchange.take()
    }

    // MARK: What came

    private enum Decision {
        case body
        /// Everything is there already.
        case done
        case ask(Location)
    }

    private mutating func decide(
        _ answer: Answer, at here: Location, restarted: () throws -> Void
    ) throws(FetchError) -> Decision {
        switch answer.status {
        case 200:
            // It cannot continue, or has something else now.
            try restart(restarted)
            entityTag = answer.entityTag
            try begin(answer, at: here, whole: answer.length)
            return .body
        case 206: return try resume(answer, at: here, restarted: restarted)
        case 416 where position > 0:
            if answer.range?.whole == position, order.expected == nil { return .done }
            try restart(restarted)
            return .ask(here)
        case 301, 302, 303, 307, 308:
            guard let destination = answer.destination else {
                throw .unavailable(here, .answer("it is a redirect that leads nowhere"))
            }
            return .ask(try here.redirected(to: destination))
        case 404, 410: throw .notFound(here)
        case 408, 425, 429, 500...599: throw .unavailable(here, .status(answer.status))
        case 400...499: throw .refused(here, status: answer.status)
        default: throw .unavailable(here, .answer("its status is \(answer.status)"))
        }
    }

    /// A part of it, as was asked for.
    private mutating func resume(
        _ answer: Answer, at here: Location, restarted: () throws -> Void
    ) throws(FetchError) -> Decision {
        guard position > 0, let range = answer.range, range.first == position else {
            throw .unavailable(here, .answer("it is another part than was asked for"))
        }
        let isOther = entityTag != nil && answer.entityTag != nil && answer.entityTag != entityTag
        if isOther || (whole != nil && range.whole != nil && range.whole != whole) {
            try restart(restarted)
            return .ask(here)
        }
        entityTag = entityTag ?? answer.entityTag
        try begin(answer, at: here, whole: range.whole ?? whole)
        return .body
    }

    /// Refuses a body before it comes.
    private mutating func begin(_ answer: Answer, at here: Location, whole: Int64?) throws(FetchError) {
        if let encoding = answer.encoding {
            throw .unavailable(here, .answer("it is encoded as '\(printable(encoding.prefix(20)))'"))
        }
        self.whole = whole
        guard let whole else { return }
        if let expected = order.expected, whole != expected {
            throw .lengthDiffers(here, expected: expected, actual: whole)
        }
        if whole > order.limit { throw .tooLong(here, limit: order.limit) }
    }

    private mutating func hand(
        _ buffer: ByteBuffer, to sink: (UnsafeRawBufferPointer) throws -> Void
    ) throws(FetchError) {
        let count = Int64(buffer.readableBytes)
        let end = min(order.limit, order.expected ?? Int64.max, whole ?? Int64.max)
        guard count <= end - position else { throw .tooLong(order.location, limit: end) }
        do {
            try buffer.withUnsafeReadableBytes { bytes in try sink(bytes) }
        } catch {
            throw FetchError.sink(error)
        }
        position += count
        furthest = max(furthest, position)
        pace.add(count)
    }

    private func finish(isDelimited: Bool) throws(FetchError) {
        if let whole, position < whole { throw .unavailable(order.location, .connectionCut) }
        guard let expected = order.expected, position < expected else { return }
        if isDelimited { throw .lengthDiffers(order.location, expected: expected, actual: position) }
        throw .unavailable(order.location, .connectionCut)
    }
}

/// Whether bytes come fast enough. Only the time counts in which they were waited for.
struct Pace: Sendable {
    /// In a second.
    private let slowest: Int64
    private let window: Duration
    private var waited: Duration = .zero
    private var bytes: Int64 = 0

    init(slowest: Int64, window: Duration) {
        self.slowest = slowest
        self.window = window
    }

    mutating func wait(_ time: Duration) { waited += time }

    mutating func add(_ count: Int64) { bytes += count }

    /// Looks once a window is over, and begins the next one.
    mutating func isTooSlow() -> Bool {
        guard waited >= window else { return false }
        let seconds = waited / Duration.seconds(1)
        let isTooSlow = Double(bytes) < Double(slowest) * seconds
        waited = .zero
        bytes = 0
        return isTooSlow
    }
}

/// The time since it was made.
private func stopwatch(_ clock: some Clock<Duration>) -> @Sendable () -> Duration {
    let start = clock.now
    return { start.duration(to: clock.now) }
}
