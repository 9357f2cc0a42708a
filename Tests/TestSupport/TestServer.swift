import Glibc
import Synchronization

/// A small HTTP server on loopback, in threads of its own, that answers each request as a script says, and then
/// closes the connection.
package final class TestServer: Sendable {
    package struct Request: Sendable {
        package let method: String
        package let target: String
        /// By their names in lower case.
        package let headers: [String: String]

        /// N of `Range: bytes=N-`; 0 where there is none.
        package var start: Int {
            guard let range = headers["range"], range.hasPrefix("bytes="), range.hasSuffix("-") else { return 0 }
            return Int(range.dropFirst(6).dropLast()) ?? 0
        }
    }

    /// What it does, in order.
    package enum Step: Sendable {
        case send([UInt8])
        /// The same byte every two milliseconds, until the client goes.
        case drip(UInt8)
        /// The same again and again, until the client goes.
        case forever([UInt8])
        /// Nothing, until the client goes.
        case hold
    }

    /// - Parameter number: of the request, from 0.
    package typealias Script = @Sendable (_ request: Request, _ number: Int) -> [Step]

    private struct State {
        var requests: [Request] = []
        var open: Set<Int32> = []
        var isStopped = false
        var sent = 0
    }

    package let port: Int
    private let listener: Int32
    private let script: Script
    private let state = Mutex(State())

    package init(_ script: @escaping Script) throws {
        let listening = try TestServer.listen()
        listener = listening.listener
        port = listening.port
        self.script = script
        startThread { self.accept() }
    }

    /// Ends it, also where it holds a connection.
    package func stop() {
        state.withLock { state in
            state.isStopped = true
            for connection in state.open { shutdown(connection, Int32(SHUT_RDWR)) }
        }
        shutdown(listener, Int32(SHUT_RDWR))
    }

    /// What was asked so far.
    package var requests: [Request] { state.withLock { $0.requests } }

    /// How many bytes were sent, with the heads.
    package var sent: Int { state.withLock { $0.sent } }

    /// - Parameter path: from its `/` on.
    package func url(_ path: String) -> String { "http://127.0.0.1:\(port)\(path)" }

    /// A port at which nothing answers.
    package static func unusedPort() throws -> Int {
        let (listener, port) = try listen()
        close(listener)
        return port
    }

    private static func listen() throws -> (listener: Int32, port: Int) {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard listener >= 0 else { throw TestDiskError(call: "socket", path: "loopback", errno: errno) }
        _ = fcntl(listener, F_SETFD, FD_CLOEXEC)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(listener, pointer, size) == 0 && Glibc.listen(listener, 64) == 0
                    && getsockname(listener, pointer, &size) == 0
            }
        }
        guard isBound else { throw TestDiskError(call: "listen", path: "loopback", errno: errno) }
        return (listener, Int(UInt16(bigEndian: address.sin_port)))
    }

    private func accept() {
        while true {
            let connection = Glibc.accept(listener, nil, nil)
            if connection < 0 {
                if errno == EINTR || errno == ECONNABORTED { continue }
                break
            }
            _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
            let isStopped = state.withLock { state in
                if !state.isStopped { state.open.insert(connection) }
                return state.isStopped
            }
            if isStopped {
                close(connection)
            } else {
                startThread { self.answer(connection) }
            }
        }
        close(listener)
    }

    private func answer(_ connection: Int32) {
        defer {
            state.withLock { state in
                state.open.remove(connection)
                close(connection)
            }
        }
        guard let request = readRequest(connection) else { return }
        let number = state.withLock { state in
            state.requests.append(request)
            return state.requests.count - 1
        }
        for step in script(request, number) {
            guard perform(step, on: connection) else { return }
        }
    }

    /// - Returns: false where the client has gone.
    private func perform(_ step: Step, on connection: Int32) -> Bool {
        switch step {
        case .send(let bytes): return send(bytes, to: connection)
        case .drip(let byte):
            while send([byte], to: connection) {
                if isGone(connection, within: 2) { break }
            }
            return false
        case .forever(let bytes):
            while send(bytes, to: connection) {}
            return false
        case .hold:
            _ = isGone(connection, within: -1)
            return false
        }
    }

    private func send(_ bytes: [UInt8], to connection: Int32) -> Bool {
        var position = 0
        while position < bytes.count {
            let count = bytes[position...].withUnsafeBytes { part in
                Glibc.send(connection, part.baseAddress, part.count, Int32(MSG_NOSIGNAL))
            }
            if count < 0 {
                if errno == EINTR { continue }
                return false
            }
            state.withLock { $0.sent += count }
            position += count
        }
        return true
    }

    /// Waits until the client closes the connection, for so many milliseconds.
    private func isGone(_ connection: Int32, within time: Int32) -> Bool {
        var entry = pollfd(fd: connection, events: Int16(POLLIN), revents: 0)
        guard poll(&entry, 1, time) > 0 else { return false }
        var byte: UInt8 = 0
        return recv(connection, &byte, 1, 0) <= 0
    }

    private func readRequest(_ connection: Int32) -> Request? {
        var head: [UInt8] = []
        var byte: UInt8 = 0
        while !head.suffix(4).elementsEqual([13, 10, 13, 10]) {
            guard head.count < 64 << 10, recv(connection, &byte, 1, 0) == 1 else { return nil }
            head.append(byte)
        }
        let lines = head.split(separator: 10).map { line in
            String(decoding: line.filter { $0 != 13 }, as: UTF8.self)
        }
        let words = (lines.first ?? "").split(separator: " ").map { String($0) }
        guard words.count == 3 else { return nil }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let value = line[line.index(after: colon)...].drop { $0 == " " }
            headers[line[..<colon].lowercased()] = String(value)
        }
        return Request(method: words[0], target: words[1], headers: headers)
    }
}

/// Runs `work` on a thread of its own, so that what waits there takes no thread from what is tested.
private func startThread(_ work: @escaping @Sendable () -> Void) {
    let held = Unmanaged.passRetained(Work(work))
    var thread = pthread_t()
    let error = pthread_create(
        &thread, nil,
        { held in
            if let held { Unmanaged<Work>.fromOpaque(held).takeRetainedValue().work() }
            return nil
        }, held.toOpaque())
    precondition(error == 0, "no thread could be made")
    pthread_detach(thread)
}

private final class Work: Sendable {
    let work: @Sendable () -> Void

    init(_ work: @escaping @Sendable () -> Void) { self.work = work }
}

// MARK: Scripts

/// The head of a response, and that the connection is closed after it.
package func head(_ status: Int, _ headers: [String] = []) -> TestServer.Step {
    let lines = ["HTTP/1.1 \(status) Status"] + headers + ["Connection: close", "", ""]
    return .send(Array(lines.joined(separator: "\r\n").utf8))
}

/// A response that is as it should be.
package func whole(_ body: [UInt8], status: Int = 200, _ headers: [String] = []) -> [TestServer.Step] {
    [head(status, ["Content-Length: \(body.count)"] + headers), .send(body)]
}

/// The answer of a server that can continue.
///
/// - Parameters:
///   - cut: the connection is closed after so many bytes of the body.
///   - tag: sent as the entity tag; another one in `If-Range` gives all of it.
package func part(
    of body: [UInt8], for request: TestServer.Request, tag: String? = nil, cut: Int? = nil
) -> [TestServer.Step] {
    var start = request.start
    if let tag, let condition = request.headers["if-range"], condition != tag { start = 0 }
    guard start < body.count else { return whole([], status: 416, ["Content-Range: bytes */\(body.count)"]) }
    let rest = Array(body[start...])
    var headers = ["Content-Length: \(rest.count)"]
    if let tag { headers.append("ETag: \(tag)") }
    if start > 0 { headers.append("Content-Range: bytes \(start)-\(body.count - 1)/\(body.count)") }
    return [head(start > 0 ? 206 : 200, headers), .send(Array(rest.prefix(cut ?? rest.count)))]
}
