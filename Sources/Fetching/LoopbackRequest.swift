import AsyncHTTPClient
import HostModel
import NIOCore
import NIOHTTP1
import NIOPosix

/// One `GET` to this host, as a health probe asks: no proxy, no redirect followed, no second try, and a connection of
/// its own that is closed after it.
package struct LoopbackRequest: Sendable {
    /// Of the body, in bytes. The rest is not waited for.
    package static let bodyLimit = 64 << 10

    /// Asked in this order, until one takes the connection.
    private let addresses: [WebAddress]
    /// What `Host` says.
    private let authority: String
    /// Path and query.
    private let target: String
    private let time: Duration
    private let clock: any Clock<Duration>

    /// - Parameters:
    ///   - url: `http://` and a name or address of this host. `localhost` is 127.0.0.1 and, where nothing answers
    ///     there, ::1; no resolver is asked. A fragment is not sent.
    ///   - time: until the answer is there, by `clock`.
    /// - Throws: ``LoopbackError/addressRefused(_:)``.
    package init(
        _ url: String, time: Duration, clock: any Clock<Duration> = ContinuousClock()
    ) throws(LoopbackError) {
        guard url.hasPrefix("http://"), url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw .addressRefused(url)
        }
        let rest = url.dropFirst("http://".count).prefix { $0 != "#" }
        let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        let place: (host: String, port: Int?)
        do throws(AddressFlaw) {
            place = try HostName.parse(rest[..<end])
        } catch {
            throw LoopbackError.addressRefused(url)
        }
        guard HostName.isLoopback(place.host) else { throw .addressRefused(url) }
        let hosts = place.host == "localhost" ? ["127.0.0.1", "::1"] : [place.host]
        addresses = hosts.map { WebAddress(host: $0, port: place.port, path: "/", query: nil) }
        authority = WebAddress(host: place.host, port: place.port, path: "/", query: nil).authority
        target = rest[end...].hasPrefix("/") ? String(rest[end...]) : "/\(rest[end...])"
        self.time = time
        self.clock = clock
    }

    /// Asks once. It ends early where its task is cancelled.
    package func send() async throws(LoopbackError) -> LoopbackAnswer {
        var first: LoopbackError?
        for address in addresses {
            do throws(LoopbackError) {
                return try await send(to: address)
            } catch {
                guard error.isNobodyThere else { throw error }
                if first == nil { first = error }
            }
        }
        throw first ?? .connectionRefused
    }

    /// With a client and a thread for this request alone, so that no connection outlives it.
    private func send(to address: WebAddress) async throws(LoopbackError) -> LoopbackAnswer {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let client = HTTPClient(eventLoopGroup: group, configuration: configuration)
        let answer: Result<LoopbackAnswer, LoopbackError>
        do throws(FetchError) {
            answer = .success(try await ask(client, at: address))
        } catch {
            answer = .failure(LoopbackError(error))
        }
        try? await client.shutdown()
        try? await group.shutdownGracefully()
        return try answer.get()
    }

    private func ask(_ client: HTTPClient, at address: WebAddress) async throws(FetchError) -> LoopbackAnswer {
        let location = Location.http(address)
        let request = try makeRequest(to: address)
        let exchange = Exchange(now: { Duration.zero })
        let task = client.execute(request: request, delegate: exchange)
        task.futureResult.whenFailure { error in exchange.fail(ClientErrors.translate(error, at: location)) }
        let watch = Task { [clock, time] in
            do { try await clock.sleep(for: time) } catch { return }
            exchange.stop(.timeout(location, .whole(time)))
        }
        defer {
            watch.cancel()
            exchange.stop(.interrupted)
            task.cancel()
        }
        var status = 0
        var body: [UInt8] = []
        while true {
            for piece in try await exchange.take() {
                switch piece {
                case .head(let answer): status = answer.status
                case .body(let buffer):
                    body.append(contentsOf: buffer.readableBytesView.prefix(Self.bodyLimit - body.count))
                    if body.count == Self.bodyLimit { return LoopbackAnswer(status: status, body: body) }
                case .end: return LoopbackAnswer(status: status, body: body)
                }
            }
        }
    }

    private func makeRequest(to address: WebAddress) throws(FetchError) -> HTTPClient.Request {
        var headers = HTTPHeaders()
        headers.add(name: "Host", value: authority)
        headers.add(name: "User-Agent", value: "apphost")
        headers.add(name: "Accept", value: "*/*")
        headers.add(name: "Accept-Encoding", value: "identity")
        headers.add(name: "Connection", value: "close")
        do {
            return try HTTPClient.Request(
                url: "http://\(address.authority)\(target)", method: .GET, headers: headers)
        } catch {
            throw FetchError.locationInvalid(address.authority, problem: "the HTTP client cannot read it")
        }
    }

    private var configuration: HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration()
        configuration.httpVersion = .http1Only
        configuration.redirectConfiguration = .disallow
        configuration.connectionPool.retryConnectionEstablishment = false
        // The watch ends it before, by its own clock.
        configuration.timeout = HTTPClient.Configuration.Timeout(connect: TimeAmount(time + .seconds(1)))
        return configuration
    }
}

/// What this host answered.
package struct LoopbackAnswer: Hashable, Sendable {
    package let status: Int
    /// No more of it than ``LoopbackRequest/bodyLimit``.
    package let body: [UInt8]
}

/// Why a ``LoopbackRequest`` has no answer.
package enum LoopbackError: Error, Hashable {
    /// With the URL, which is none of this host.
    case addressRefused(String)
    case connectionRefused
    /// Before the whole answer was there.
    case connectionCut
    case timedOut
    /// With the reason why the answer cannot be used.
    case unusable(String)
    /// The kernel's words.
    case network(String)
    /// Its task was cancelled.
    case interrupted

    /// A few words: `connection refused`.
    package var reason: String {
        switch self {
        case .addressRefused(let url): "\(quoted(url)) is no 'http:' address of this host"
        case .connectionRefused: "connection refused"
        case .connectionCut: "the connection was cut"
        case .timedOut: "timed out"
        case .unusable(let problem): "its answer cannot be used: \(problem)"
        case .network(let words): words
        case .interrupted: "interrupted"
        }
    }

    /// Whether another address of the same host may answer.
    fileprivate var isNobodyThere: Bool {
        switch self {
        case .connectionRefused, .network: true
        case .addressRefused, .connectionCut, .timedOut, .unusable, .interrupted: false
        }
    }

    fileprivate init(_ error: FetchError) {
        switch error {
        case .unavailable(_, .connectionRefused): self = .connectionRefused
        case .unavailable(_, .connectionCut): self = .connectionCut
        case .unavailable(_, .answer(let problem)): self = .unusable(problem)
        case .unavailable(_, .network(let words)): self = .network(words)
        case .timeout: self = .timedOut
        case .interrupted: self = .interrupted
        default: self = .unusable(error.message)
        }
    }
}
