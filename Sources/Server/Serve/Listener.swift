import Glibc
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1

/// What each connection of one listener is made into: HTTP/1.1 in ``Conversation``, answered by the desk.
struct Listener: ServerChildChannel {
    typealias Value = NIOAsyncChannel<Arrival, Departure>

    let way: Way
    let limits: ServerLimits
    let desk: FrontDesk

    /// How clients come.
    enum Way: Sendable, Equatable {
        case socket
        case loopback(LoopbackAddress)
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            var decoder = NIOHTTPDecoderLimitConfiguration()
            decoder.maxHeaderFieldSize = limits.header
            decoder.maxHeaderListSize = limits.head
            decoder.maxHeaderFieldCount = limits.headerCount
            let pipeline = channel.pipeline.syncOperations
            try pipeline.addHandler(ArrivalWatch())
            try pipeline.configureHTTPServerPipeline(
                withPipeliningAssistance: false, withErrorHandling: false, withOutboundHeaderValidation: true,
                withEncoderConfiguration: .init(), withDecoderLimitConfiguration: decoder)
            try pipeline.addHandler(Conversation(limits: limits, way: way))
            return try Value(wrappingChannelSynchronously: channel)
        }
    }

    func handle(value: Value, logger: Logger) async {
        let peer = await way.peer(of: value.channel)
        do {
            try await withTaskCancellationHandler {
                try await value.executeThenClose { inbound, outbound in
                    for try await arrival in inbound {
                        let answer = await desk.answer(arrival, from: peer)
                        try await outbound.write(Departure(answer: answer))
                    }
                }
            } onCancel: {
                value.channel.close(promise: nil)
            }
        } catch {
            // The client went away, and nobody is left to be told.
            logger.trace("a connection broke", metadata: ["error": "\(error)"])
        }
    }
}

extension Listener.Way {
    /// - Parameter address: where the connection was accepted, as the kernel says it.
    func originCheck(at address: SocketAddress?) -> OriginCheck {
        switch self {
        case .socket: .socket
        case .loopback(let asked): .loopback(port: address?.port ?? asked.port)
        }
    }

    func peer(of channel: any Channel) async -> Peer {
        guard self == .socket else { return .loopback }
        guard let options = channel as? any SocketOptionProvider else { return .unknown }
        do {
            let credentials: PeerCredentials = try await options.unsafeGetSocketOption(
                level: NIOBSDSocket.OptionLevel.socket, name: NIOBSDSocket.Option(rawValue: SO_PEERCRED)
            ).get()
            return .user(credentials.user)
        } catch {
            return .unknown
        }
    }
}

/// `struct ucred`, of who connected. unix(7)
private struct PeerCredentials: Sendable {
    let process: Int32
    let user: UInt32
    let group: UInt32
}
