import HostModel
import NIOCore
import NIOHTTP1

/// What arrived from the network, told to ``Conversation`` before it is parsed.
struct BytesArrived: Sendable {
    let count: Int
    let hasLineFeed: Bool
}

/// Tells of everything that arrives.
final class ArrivalWatch: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = unwrapInboundIn(data)
        let hasLineFeed = bytes.readableBytesView.contains(UInt8(ascii: "\n"))
        context.fireUserInboundEventTriggered(BytesArrived(count: bytes.readableBytes, hasLineFeed: hasLineFeed))
        context.fireChannelRead(data)
    }
}

/// One connection: makes whole requests of what arrives, within the limits of room and time, one after the other, and
/// sends what is answered.
///
/// A request is handed on only once all of it is there, so nothing is ever done for half of one.
final class Conversation: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = Arrival
    typealias OutboundIn = Departure
    typealias OutboundOut = HTTPServerResponsePart

    private let limits: ServerLimits
    private let way: Listener.Way

    private enum Phase {
        /// Nothing of a request has come.
        case waiting
        case readingHead
        case readingBody
        /// A request was handed on.
        case answering
        case sending
        /// Nothing is read any more but to be dropped.
        case closing
    }

    private var phase = Phase.waiting
    /// Of the request that is being read.
    private var head: HTTPRequestHead?
    private var body = ByteBuffer()
    private var hasLine = false
    /// What arrived behind a request that is not answered yet: no more than was read at once.
    private var held = CircularBuffer<HTTPServerRequestPart>()
    private var heldError: HTTPParserError?
    private var isReadWanted = false
    /// Whether the connection is closed after the next answer.
    private var isLast = false
    /// Whether the client sends nothing any more.
    private var isInputClosed = false
    /// Bytes of the request that is read, and of what arrives behind one that is the last.
    private var received = 0
    private var deadline: Scheduled<Void>?
    private var origin: OriginCheck?

    init(limits: ServerLimits, way: Listener.Way) {
        self.limits = limits
        self.way = way
    }

    // MARK: The connection

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { setDeadline(limits.headTime, context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        setDeadline(limits.headTime, context)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        phase = .closing
        clearDeadline()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { clearDeadline() }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case let arrived as BytesArrived: note(arrived, context)
        case is ChannelShouldQuiesceEvent:
            isLast = true
            closeUnlessAnswering(context)
        case ChannelEvent.inputClosed:
            // Not told to who answers, so that what was sent before is answered.
            isInputClosed = true
            closeUnlessAnswering(context)
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // The parser, told more after it had failed. That is dropped like all that follows.
        if error is ByteToMessageDecoderError { return }
        guard let error = error as? HTTPParserError else { return context.close(promise: nil) }
        switch phase {
        case .answering, .sending: heldError = error
        case .closing: break
        case .waiting, .readingHead, .readingBody:
            refuse(RequestHead.refusal(for: error, hasLine: hasLine), context)
            context.fireChannelReadComplete()
        }
    }

    private func note(_ arrived: BytesArrived, _ context: ChannelHandlerContext) {
        received += arrived.count
        switch phase {
        case .waiting:
            phase = .readingHead
            received = arrived.count
            hasLine = arrived.hasLineFeed
            setDeadline(limits.headTime, context)
        case .readingHead: hasLine = hasLine || arrived.hasLineFeed
        case .closing:
            // What sends no more than a whole request may have, and a little, gets to read why it was refused.
            if received > limits.body + limits.closingBytes { context.close(promise: nil) }
        case .readingBody:
            // What stands around the pieces of a body is read as well, and has no other limit.
            guard received > limits.body + limits.closingBytes else { break }
            refuse(.bodyTooLarge, context)
            context.fireChannelReadComplete()
        case .answering, .sending: break
        }
    }

    private func closeUnlessAnswering(_ context: ChannelHandlerContext) {
        switch phase {
        case .waiting, .readingHead, .readingBody, .closing: context.close(promise: nil)
        case .answering, .sending: break
        }
    }

    // MARK: In

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        switch phase {
        case .waiting, .readingHead, .readingBody: take(part, context)
        case .answering, .sending: held.append(part)
        case .closing: break
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        // Nobody waits for what is dropped, so nobody else asks for more of it.
        if phase == .closing { context.read() }
        context.fireChannelReadComplete()
    }

    func read(context: ChannelHandlerContext) {
        switch phase {
        case .answering, .sending: isReadWanted = true
        case .waiting, .readingHead, .readingBody, .closing: context.read()
        }
    }

    private func take(_ part: HTTPServerRequestPart, _ context: ChannelHandlerContext) {
        switch part {
        case .head(let head): begin(head, context)
        case .body(var bytes):
            guard body.readableBytes + bytes.readableBytes <= limits.body else {
                return refuse(.bodyTooLarge, context)
            }
            body.writeBuffer(&bytes)
        case .end: finish(context)
        }
    }

    private func begin(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        self.head = head
        received = 0
        let origin = self.origin ?? way.originCheck(at: context.channel.localAddress)
        self.origin = origin
        if let refusal = RequestHead.refusal(of: head, limits: limits, origin: origin) {
            return refuse(refusal, context)
        }
        phase = .readingBody
        setDeadline(limits.bodyTime, context)
        if RequestHead.waitsForContinue(head) {
            let goOn = HTTPResponseHead(version: .http1_1, status: .continue)
            context.writeAndFlush(wrapOutboundOut(.head(goOn)), promise: nil)
        }
    }

    private func finish(_ context: ChannelHandlerContext) {
        guard let head, let target = RequestTarget(head.uri) else { return refuse(.malformed, context) }
        // The parser takes what follows such a request for another protocol.
        if !head.isKeepAlive || head.headers.contains(name: "upgrade") { isLast = true }
        let request = ReceivedRequest(
            method: head.method.rawValue, target: target,
            headers: head.headers.map { (name: $0.name, value: $0.value) }, body: Array(body.readableBytesView))
        handOn(.request(request), context)
    }

    private func refuse(_ refusal: HTTPRefusal, _ context: ChannelHandlerContext) {
        isLast = true
        let isRead = ReceivedRequest.isRead(accept: head?.headers.first(name: "accept"))
        handOn(.refused(refusal, method: head?.method.rawValue ?? "-", isRead: isRead), context)
    }

    private func handOn(_ arrival: Arrival, _ context: ChannelHandlerContext) {
        head = nil
        body = ByteBuffer()
        phase = .answering
        clearDeadline()
        context.fireChannelRead(wrapInboundOut(arrival))
    }

    /// Goes on with what arrived behind the request that was answered.
    private func resume(_ context: ChannelHandlerContext) {
        phase = .waiting
        setDeadline(limits.idleTime, context)
        while phase != .answering, let part = held.popFirst() { take(part, context) }
        if phase != .answering, let error = heldError {
            heldError = nil
            refuse(RequestHead.refusal(for: error, hasLine: true), context)
        }
        if phase == .answering { return context.fireChannelReadComplete() }
        if isInputClosed { return context.close(promise: nil) }
        if isReadWanted {
            isReadWanted = false
            context.read()
        }
    }

    // MARK: Out

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard phase == .answering else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        phase = .sending
        let answer = unwrapOutboundIn(data).answer
        var head = HTTPResponseHead(version: .http1_1, status: HTTPResponseStatus(statusCode: answer.status))
        for header in answer.headers { head.headers.add(name: header.name, value: header.value) }
        head.headers.replaceOrAdd(name: "Date", value: HTTPDate.text(.now))
        head.headers.replaceOrAdd(name: "Content-Length", value: "\(answer.length)")
        if isLast { head.headers.replaceOrAdd(name: "Connection", value: "close") }
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if !answer.body.isEmpty {
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: answer.body)))), promise: nil)
        }
        let sent = context.eventLoop.makePromise(of: Void.self)
        sent.futureResult.assumeIsolated().whenComplete { result in self.sent(result, context) }
        if let promise { sent.futureResult.cascade(to: promise) }
        setDeadline(limits.sendTime, context)
        context.write(wrapOutboundOut(.end(nil)), promise: sent)
    }

    private func sent(_ result: Result<Void, any Error>, _ context: ChannelHandlerContext) {
        guard phase == .sending else { return }
        guard case .success = result else { return context.close(promise: nil) }
        if isLast { close(context) } else { resume(context) }
    }

    /// Closes so that what was sent can be read: who closes with something unread cuts off its own last words. tcp(7)
    private func close(_ context: ChannelHandlerContext) {
        phase = .closing
        held.removeAll()
        if isInputClosed { return context.close(promise: nil) }
        setDeadline(limits.closingTime, context)
        context.close(mode: .output, promise: nil)
        isReadWanted = false
        context.read()
    }

    // MARK: Time

    private func setDeadline(_ time: Duration, _ context: ChannelHandlerContext) {
        deadline?.cancel()
        deadline = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(time)) { self.expire(context) }
    }

    private func clearDeadline() {
        deadline?.cancel()
        deadline = nil
    }

    private func expire(_ context: ChannelHandlerContext) {
        switch phase {
        case .waiting, .sending, .closing: context.close(promise: nil)
        case .readingHead, .readingBody:
            refuse(.tooSlow, context)
            context.fireChannelReadComplete()
        case .answering: break
        }
    }
}

/// What goes out on a connection.
struct Departure: Sendable {
    let answer: HTTPAnswer
}
