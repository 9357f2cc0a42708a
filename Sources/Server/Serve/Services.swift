import HostModel
import Hosting
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Synchronization

/// One listener, from its first connection to its last answer.
struct ListenerService: Service {
    let listener: Listener
    let address: BindAddress
    /// As the operator knows it.
    let place: String
    let logger: Logger
    /// Called once it listens, with the port, where it has one. What it throws ends the listener.
    let listening: @Sendable (Int?) throws -> Void

    func run() async throws {
        // Hummingbird tells paths of the host at the level of information.
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        let trouble = Trouble()
        let server = listener.server(
            configuration: ServerConfiguration(
                address: address,
                availableConnectionsDelegate: MaximumAvailableConnections(listener.limits.connections, logger: quiet)),
            onServerRunning: { channel in
                do { try listening(channel.localAddress?.port) } catch {
                    trouble.set(error)
                    channel.close(promise: nil)
                }
            },
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: quiet)
        do { try await server.run() } catch { throw ServerFailure(error, place: place) }
        if let error = trouble.error { throw error }
    }
}

/// Why a listener had to end that listened already.
private final class Trouble: Sendable {
    private let last = Mutex<(any Error)?>(nil)

    var error: (any Error)? { last.withLock { $0 } }

    func set(_ error: any Error) { last.withLock { $0 = error } }
}

/// Lets every operation end, or stop where it has changed nothing yet, before anything that waits for one is closed.
struct OperationsService: Service {
    let operations: OperationStore

    func run() async {
        // What this throws is that it was cancelled, which comes to the same.
        try? await gracefulShutdown()
        await operations.shutdown()
    }
}

/// Something that goes on beside the requests, until it is over or the server is stopped.
struct BackgroundService: Service {
    let name: String
    let logger: Logger
    /// Given what it is stopped by: between its steps, and never in the middle of a swap.
    let work: @Sendable (Cancellation) async throws -> Void

    func run() async {
        await runWork()
        // A service that ends while others are being stopped counts as one that failed.
        try? await gracefulShutdown()
    }

    private func runWork() async {
        let cancellation = Cancellation()
        do {
            try await withGracefulShutdownHandler {
                // What sleeps is woken as well.
                try await cancelWhenGracefulShutdown { try await work(cancellation) }
            } onGracefulShutdown: {
                cancellation.cancel()
            }
        } catch is CancellationError {
            return
        } catch let failure as any Failure where failure.code == .interrupted {
            return
        } catch {
            let code = (error as? any Failure)?.code ?? .internalError
            logger.error("\(name) ended", metadata: ["code": "\(code.rawValue)"])
        }
    }
}

/// Tells systemd that the server is alive, for as long as it is, and that it stops.
struct NotifierService: Service {
    let notifier: SystemdNotifier?

    func run() async {
        if let notifier, let heartbeat = notifier.heartbeat {
            try? await cancelWhenGracefulShutdown {
                while true {
                    notifier.tell(.alive)
                    try await Task.sleep(for: heartbeat)
                }
            }
        } else {
            try? await gracefulShutdown()
        }
        notifier?.tell(.stopping)
    }
}

/// Counts what has to be ready before the server is.
final class Readiness: Sendable {
    private let missing: Mutex<Int>
    private let port = Mutex<Int?>(nil)
    private let ready: @Sendable (Int?) -> Void

    /// - Parameter ready: called once, with the port on loopback, where there is one.
    init(count: Int, _ ready: @escaping @Sendable (Int?) -> Void) {
        missing = Mutex(count)
        self.ready = ready
    }

    func one(port: Int?) {
        if let port { self.port.withLock { $0 = port } }
        let isReady = missing.withLock { missing in
            missing -= 1
            return missing == 0
        }
        if isReady { ready(self.port.withLock { $0 }) }
    }
}
