import AsyncHTTPClient
import NIOCore
import NIOPosix
import Synchronization

/// The HTTP clients of one ``Fetcher``, with one thread of their own. Both are made when they are first needed.
final class Connections: Sendable {
    private struct Running: Sendable {
        let group: MultiThreadedEventLoopGroup
        /// By the proxy that they go through.
        var clients: [ProxyAddress?: HTTPClient] = [:]
    }

    private let options: FetchOptions
    private let state = Mutex<Running?>(nil)

    init(_ options: FetchOptions) { self.options = options }

    deinit {
        // A client that is given up without this stops a debug build.
        guard let left = takeAll() else { return }
        Task { await Connections.shutDown(left) }
    }

    /// The client for `location`, which is none of a path.
    func client(for location: Location) throws(FetchError) -> HTTPClient {
        let proxy = try ProxyRules(options.environment).proxy(for: location)
        if let client = state.withLock({ $0?.clients[proxy] }) { return client }
        let configuration = try makeConfiguration(through: proxy)
        return state.withLock { state -> HTTPClient in
            if let client = state?.clients[proxy] { return client }
            var running = state ?? Running(group: MultiThreadedEventLoopGroup(numberOfThreads: 1))
            let client = HTTPClient(eventLoopGroup: running.group, configuration: configuration)
            running.clients[proxy] = client
            state = running
            return client
        }
    }

    /// Closes what is open. What is fetched afterwards opens it again.
    func close() async {
        guard let left = takeAll() else { return }
        await Self.shutDown(left)
    }

    private func takeAll() -> Running? {
        state.withLock { state in
            let left = state
            state = nil
            return left
        }
    }

    private static func shutDown(_ running: Running) async {
        for client in running.clients.values { try? await client.shutdown() }
        try? await running.group.shutdownGracefully()
    }

    private func makeConfiguration(through proxy: ProxyAddress?) throws(FetchError) -> HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration()
        configuration.tlsConfiguration = try Authorities(options).configuration()
        configuration.httpVersion = .http1Only
        // What a redirect may do, and what is asked again, is ours to say: see `Transfer`.
        configuration.redirectConfiguration = .disallow
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.timeout = HTTPClient.Configuration.Timeout(connect: TimeAmount(options.times.connect))
        if let proxy {
            let authorization = proxy.credentials.map { credentials in
                HTTPClient.Authorization.basic(username: credentials.user, password: credentials.password)
            }
            configuration.proxy = HTTPClient.Configuration.Proxy.server(
                host: proxy.host, port: proxy.port, authorization: authorization)
        }
        return configuration
    }
}
