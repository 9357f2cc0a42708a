import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Synchronization

/// The answer to one request: the client's thread brings its pieces, a task takes them.
///
/// It reads ahead by up to ``readAhead`` bytes. So nothing that came before a connection was cut is lost, which is
/// what the client does with bytes that nobody has asked for yet.
final class Exchange: HTTPClientResponseDelegate {
    typealias Response = Void

    enum Piece: Sendable {
        case head(Answer)
        case body(ByteBuffer)
        case end
    }

    private struct State {
        var pieces: [Piece] = []
        /// In `pieces`.
        var bytes = 0
        /// Comes after `pieces`.
        var failure: FetchError?
        var taker: CheckedContinuation<Void, Never>?
        var takerSince: Duration?
        /// Kept when there is no room for more.
        var room: EventLoopPromise<Void>?
    }

    private static let readAhead = 4 << 20

    private let state = Mutex(State())
    private let now: @Sendable () -> Duration

    /// - Parameter now: the time since some moment.
    init(now: @escaping @Sendable () -> Duration) { self.now = now }

    // MARK: The task's side

    /// Everything that has come, once there is something.
    func take() async throws(FetchError) -> [Piece] {
        await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
                if !waits(continuation) { continuation.resume() }
            }
        } onCancel: {
            stop(.interrupted)
        }
        let (pieces, failure, room) = state.withLock { state in
            let taken = (state.pieces, state.failure, state.room)
            state.pieces = []
            state.bytes = 0
            state.room = nil
            return taken
        }
        room?.succeed(())
        if pieces.isEmpty, let failure { throw failure }
        return pieces
    }

    /// Ends it at once: what has come and was not taken is dropped.
    func stop(_ error: FetchError) {
        let (taker, room) = state.withLock { state in
            let left = (state.taker, state.room)
            state.pieces = []
            if state.failure == nil { state.failure = error }
            state.taker = nil
            state.takerSince = nil
            state.room = nil
            return left
        }
        taker?.resume()
        room?.succeed(())
    }

    /// For how long the task has been waiting for the next piece; zero where it is not waiting.
    var waited: Duration {
        let now = self.now()
        return state.withLock { state -> Duration in
            guard let since = state.takerSince else { return .zero }
            return now - since
        }
    }

    /// - Returns: false where there is something to take.
    private func waits(_ continuation: CheckedContinuation<Void, Never>) -> Bool {
        let now = self.now()
        return state.withLock { state -> Bool in
            guard state.pieces.isEmpty, state.failure == nil else { return false }
            state.taker = continuation
            state.takerSince = now
            return true
        }
    }

    // MARK: The client's side

    func didReceiveHead(task: HTTPClient.Task<Void>, _ head: HTTPResponseHead) -> EventLoopFuture<Void> {
        add(.head(Answer(head)), bytes: 0, room: nil)
        return task.eventLoop.makeSucceededVoidFuture()
    }

    func didReceiveBodyPart(task: HTTPClient.Task<Void>, _ buffer: ByteBuffer) -> EventLoopFuture<Void> {
        let room = task.eventLoop.makePromise(of: Void.self)
        add(.body(buffer), bytes: buffer.readableBytes, room: room)
        return room.futureResult
    }

    func didFinishRequest(task: HTTPClient.Task<Void>) throws { add(.end, bytes: 0, room: nil) }

    /// The request failed, after all that was brought.
    func fail(_ error: FetchError) {
        let taker = state.withLock { state in
            let taker = state.taker
            if state.failure == nil { state.failure = error }
            state.taker = nil
            state.takerSince = nil
            return taker
        }
        taker?.resume()
    }

    /// - Parameter room: succeeds once the next piece may come.
    private func add(_ piece: Piece, bytes: Int, room: EventLoopPromise<Void>?) {
        let (taker, isRoom) = state.withLock { state in
            if state.failure == nil {
                state.pieces.append(piece)
                state.bytes += bytes
            }
            let taker = state.taker
            state.taker = nil
            state.takerSince = nil
            let isRoom = state.failure != nil || state.bytes < Self.readAhead
            if !isRoom { state.room = room }
            return (taker, isRoom)
        }
        taker?.resume()
        if isRoom { room?.succeed(()) }
    }
}
