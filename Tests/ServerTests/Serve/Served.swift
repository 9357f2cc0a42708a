import DiskIO
import HostModel
import Hosting
import Logging
import Server
import Synchronization
import TestSupport
import Testing

/// A server of a root of its own, in this process, with real sockets.
final class Served: Sendable {
    let place: TemporaryDirectory
    let host: AppHost
    let port: Wire
    let socket: Wire
    let operations: OperationStore
    private let stop: @Sendable () async -> Void
    private let serving: Task<Void, any Error>
    private let ended: Ended

    /// Whether the server has ended.
    private final class Ended: Sendable {
        private let flag = Mutex(false)
        var isSet: Bool { flag.withLock { $0 } }
        func set() { flag.withLock { $0 = true } }
    }

    private init(_ place: TemporaryDirectory, limits: ServerLimits, clock: any Clock<Duration>) async throws {
        let host = Self.host(in: place)
        let server = try Self.server(of: host, limits: limits, clock: clock)
        let ended = Ended()
        let (starts, start) = AsyncStream.makeStream(of: AppHostServer.Started.self)
        let serving = Task {
            defer {
                ended.set()
                start.finish()
            }
            try await server.run { start.yield($0) }
        }
        var waiting = starts.makeAsyncIterator()
        guard let started = await waiting.next() else {
            try await serving.value
            throw TestBroken(doing: "start a server")
        }
        self.place = place
        self.host = host
        self.ended = ended
        self.serving = serving
        operations = started.operations
        stop = started.stop
        port = .port(try #require(started.port))
        socket = .socket(place.path + "/root/apphost.sock")
    }

    /// Serves while `body` runs, and ends the server whatever becomes of it.
    static func run(
        in place: TemporaryDirectory? = nil, limits: ServerLimits = ServerLimits(),
        clock: any Clock<Duration> = ContinuousClock(), _ body: (Served) async throws -> Void
    ) async throws {
        let served = try await Served(place ?? TemporaryDirectory(), limits: limits, clock: clock)
        do { try await body(served) } catch {
            try? await served.end()
            throw error
        }
        try await served.end()
    }

    var hasEnded: Bool { ended.isSet }

    /// Asks it to end, and does not wait for it.
    func askToEnd() async { await stop() }

    /// Ends it, where it has not ended.
    func end() async throws {
        await stop()
        try await serving.value
    }

    /// A new token of an operator, as a header.
    func authorization(_ name: String = "ci") throws -> String {
        let made = try host.newToken(try #require(AppID(name))).token
        return "Authorization: Bearer \(try #require(made).text)"
    }

    static func host(in place: TemporaryDirectory) -> AppHost { AppHost(rootPath: place.path + "/root", by: "test") }

    static func server(
        of host: AppHost, limits: ServerLimits = ServerLimits(), clock: any Clock<Duration> = ContinuousClock()
    ) throws -> AppHostServer {
        var logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        logger.logLevel = .critical
        return AppHostServer(
            host: host, options: ServerOptions(listen: LoopbackAddress("127.0.0.1:0"), limits: limits),
            logger: logger, scheduler: { _ in }, wanted: { _ in }, clock: clock)
    }
}

struct TestBroken: Error {
    let doing: String
}
