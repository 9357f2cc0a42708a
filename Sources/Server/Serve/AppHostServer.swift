import HostModel
import Hosting
import HummingbirdCore
import Logging
import ServiceLifecycle
import Synchronization
import UnixSignals

/// The server of one root: its listeners, and what goes on beside them.
package struct AppHostServer: Sendable {
    private let host: AppHost
    private let options: ServerOptions
    private let logger: Logger
    private let notifier: SystemdNotifier?
    private let scheduler: Background
    private let wanted: Background
    private let clock: any Clock<Duration>
    private let now: @Sendable () -> Timestamp

    /// Work that goes on beside the requests. Given what it is stopped by.
    package typealias Background = @Sendable (Cancellation) async throws -> Void

    /// A server that listens.
    package struct Started: Sendable {
        /// On loopback; nil where it does not listen there.
        package let port: Int?
        package let operations: OperationStore
        /// Asks it to stop, as SIGTERM does.
        package let stop: @Sendable () async -> Void
    }

    /// - Parameters:
    ///   - scheduler: refreshes catalogs and checks apps, until it is stopped.
    ///   - wanted: starts what a boot starts, once.
    ///   - clock: how long somebody waits for an operation is measured by it.
    ///   - now: for sessions, operations and the audit log.
    package init(
        host: AppHost, options: ServerOptions, logger: Logger, notifier: SystemdNotifier? = nil,
        scheduler: @escaping Background, wanted: @escaping Background, clock: any Clock<Duration> = ContinuousClock(),
        now: @escaping @Sendable () -> Timestamp = { Timestamp.now }
    ) {
        self.host = host
        self.options = options
        self.logger = logger
        self.notifier = notifier
        self.scheduler = scheduler
        self.wanted = wanted
        self.clock = clock
        self.now = now
    }

    /// Serves until SIGTERM or SIGINT comes, or it is asked to stop.
    ///
    /// What was begun then is ended: what has not swapped anything yet is stopped, what has is waited for.
    ///
    /// - On disk: `serve.lock`, `apphost.sock` for as long as it serves, `audit.jsonl`.
    /// - Parameter started: called once it listens everywhere.
    /// - Throws: ``ServerRuns`` at once where another server has this root; ``ServerFailure``.
    package func run(started: @escaping @Sendable (Started) -> Void = { _ in }) async throws {
        let lock = try host.lockServer()
        let logger = logger
        let unexpected: @Sendable (any Error) -> Void = { error in
            // What it says may hold a path of the host.
            logger.error("a defect was met", metadata: ["type": "\(type(of: error))"])
        }
        let operations = OperationStore(clock: clock, now: now, unexpected: unexpected)
        let api = API(host: host, operations: operations, unexpected: unexpected)
        let desk = FrontDesk(
            host: host, api: api, sessions: Sessions(now: now), owner: lock.owner, audit: try host.auditLog(),
            logger: logger, now: now)

        let stopper = Stopper()
        let isBound = Mark()
        let readiness = Readiness(count: options.listen == nil ? 1 : 2) { [notifier, options] port in
            let address = options.listen.map { $0.at(port: port ?? $0.port).description } ?? "none"
            logger.notice("listening", metadata: ["socket": "apphost.sock", "address": "\(address)"])
            notifier?.tell(.ready(status: "listening"))
            started(Started(port: port, operations: operations, stop: { await stopper.stop() }))
        }
        // They are stopped from the last to the first, each when the one behind it has ended.
        var services = try listeners(desk, lock, isBound, readiness)
        services.append(service(OperationsService(operations: operations)))
        services.append(service(BackgroundService(name: "starting apps", logger: logger, work: wanted)))
        services.append(service(BackgroundService(name: "the scheduler", logger: logger, work: scheduler)))
        services.append(service(NotifierService(notifier: notifier)))

        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        var configuration = ServiceGroupConfiguration(
            services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet)
        // Then whoever still reads is cut off; what changes something is never.
        configuration.maximumGracefulShutdownDuration = .seconds(25)
        let group = ServiceGroup(configuration: configuration)
        stopper.take(group)
        do { try await group.run() } catch {
            if isBound.isSet { try? lock.removeSocket() }
            throw error
        }
        // Under the lock, so it is no other server's.
        if isBound.isSet { try lock.removeSocket() }
        logger.notice("stopped")
    }

    private func listeners(
        _ desk: FrontDesk, _ lock: ServerLock, _ isBound: Mark, _ readiness: Readiness
    ) throws -> [ServiceGroupConfiguration.ServiceConfiguration] {
        let socket = ListenerService(
            listener: Listener(way: .socket, limits: options.limits, desk: desk),
            address: .unixDomainSocket(path: try lock.socketPath()), place: "apphost.sock", logger: logger,
            listening: { _ in
                isBound.set()
                try lock.protectSocket()
                readiness.one(port: nil)
            })
        guard let listen = options.listen else { return [service(socket)] }
        let loopback = ListenerService(
            listener: Listener(way: .loopback(listen), limits: options.limits, desk: desk),
            address: .hostname(listen.host, port: listen.port), place: "\(listen)", logger: logger,
            listening: { port in readiness.one(port: port) })
        return [service(socket), service(loopback)]
    }

    /// Without a listener there is no server; what else ends has nothing more to do.
    private func service(_ service: any Service) -> ServiceGroupConfiguration.ServiceConfiguration {
        let isListener = service is ListenerService
        return ServiceGroupConfiguration.ServiceConfiguration(
            service: service, successTerminationBehavior: isListener ? .gracefullyShutdownGroup : .ignore,
            failureTerminationBehavior: .gracefullyShutdownGroup, serviceName: "\(type(of: service))")
    }
}

/// Stops a group of services that is there only after what may stop it.
private final class Stopper: Sendable {
    private let group = Mutex<ServiceGroup?>(nil)

    func take(_ group: ServiceGroup) { self.group.withLock { $0 = group } }

    func stop() async {
        let group = group.withLock { $0 }
        await group?.triggerGracefulShutdown()
    }
}
