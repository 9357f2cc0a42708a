import Glibc
import HostModel

/// Where a server is to be found.
enum Endpoint {
    case socket(String)
    case port(Int)

    /// What a client that means well says in `Host`.
    var host: String {
        switch self {
        case .socket: "localhost"
        case .port(let port): "127.0.0.1:\(port)"
        }
    }

    /// Asks for one thing, as a client does that means well, on a connection of its own.
    ///
    /// - Parameters:
    ///   - headers: beside `Host`, `Connection` and the length; a body is JSON where they do not say otherwise.
    func ask(_ method: String, _ target: String, _ headers: [String] = [], body: String = "") throws -> Reply {
        var lines = ["\(method) \(target) HTTP/1.1", "Host: \(host)", "Connection: close"] + headers
        if !body.isEmpty {
            lines.append("Content-Length: \(body.utf8.count)")
            let hasType = headers.contains { $0.lowercased().hasPrefix("content-type:") }
            if !hasType { lines.append("Content-Type: application/json") }
        }
        let connection = try Connection(self)
        try connection.send(lines.joined(separator: "\r\n") + "\r\n\r\n" + body)
        guard let reply = try connection.reply(isHead: method == "HEAD") else {
            throw NeverCame(description: "an answer to \(method) \(target)")
        }
        return reply
    }

    /// Sends bytes as they are.
    ///
    /// - Returns: the first answer, and whether the server closed the connection behind it; no answer where it closed
    ///   at once.
    func exchange(_ bytes: [UInt8], isHead: Bool = false) throws -> (reply: Reply?, isClosed: Bool) {
        let connection = try Connection(self)
        try connection.send(bytes)
        guard let reply = try connection.reply(isHead: isHead) else { return (reply: nil, isClosed: true) }
        guard reply.header("Connection") == "close" else { return (reply: reply, isClosed: false) }
        let rest = try connection.rest()
        return (reply: reply, isClosed: rest.isEmpty)
    }

    func exchange(_ text: String) throws -> (reply: Reply?, isClosed: Bool) { try exchange(Array(text.utf8)) }
}

/// An answer, taken apart without the code that is tested.
struct Reply {
    let status: Int
    let headers: [(name: String, value: String)]
    let body: [UInt8]

    var text: String { String(decoding: body, as: UTF8.self) }

    /// The first header of a name.
    func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    func json() throws -> JSONValue { try StrictJSON.parse(body) }

    /// What the envelope of an error names; nil where it is none.
    var code: String? { (try? json())?.member("error")?.member("code")?.asString }

    /// All that a client sees, to look for what it must not see.
    var everything: String {
        ([String(status)] + headers.map { "\($0.name): \($0.value)" }).joined(separator: "\n") + "\n\n" + text
    }

    /// The first answer in what was received, and how many bytes it takes.
    ///
    /// - Returns: nil where not all of it is there.
    static func first(in received: [UInt8], isHead: Bool) -> (reply: Reply, count: Int)? {
        guard let end = received.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        let lines = String(decoding: received[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
        let words = (lines.first ?? "").split(separator: " ")
        guard words.count > 1, words[0] == "HTTP/1.1", let status = Int(words[1]) else { return nil }
        let headers = lines.dropFirst().map { line -> (name: String, value: String) in
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            let value = parts.count > 1 ? parts[1].drop { $0 == " " } : ""
            return (name: String(parts[0]), value: String(value))
        }
        let said = headers.first { $0.name.lowercased() == "content-length" }.flatMap { Int($0.value) } ?? 0
        let length = isHead || status == 100 ? 0 : said
        let start = end.upperBound
        guard received.count >= start + length else { return nil }
        let body = Array(received[start..<start + length])
        return (reply: Reply(status: status, headers: headers, body: body), count: start + length)
    }
}

/// One connection to a server, as raw as a test wants it. It is closed with this value.
final class Connection {
    private let descriptor: Int32
    private var received: [UInt8] = []

    /// - Parameters:
    ///   - sendBuffer: how many bytes the kernel is asked to keep of what is sent; nil leaves that to it.
    ///   - receiveBuffer: the same of what comes.
    init(_ endpoint: Endpoint, sendBuffer: Int32? = nil, receiveBuffer: Int32? = nil) throws {
        let family: Int32
        switch endpoint {
        case .socket: family = AF_UNIX
        case .port: family = AF_INET
        }
        descriptor = Glibc.socket(family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw TestBroken(doing: "make a socket", errno: errno) }
        if let sendBuffer { set(SO_SNDBUF, sendBuffer) }
        if let receiveBuffer { set(SO_RCVBUF, receiveBuffer) }
        // What never comes ends the test, and not the whole run.
        set(SO_RCVTIMEO, timeval(tv_sec: 120, tv_usec: 0))
        set(SO_SNDTIMEO, timeval(tv_sec: 120, tv_usec: 0))
        let isConnected =
            switch endpoint {
            case .socket(let path): connect(to: Self.address(of: path))
            case .port(let port): connect(to: Self.address(of: port))
            }
        guard isConnected else { throw TestBroken(doing: "connect to \(endpoint)", errno: errno) }
    }

    deinit { close(descriptor) }

    // MARK: Out

    /// Sends bytes as they are.
    ///
    /// - Returns: how many were taken before the server closed its end.
    @discardableResult
    func send(_ bytes: [UInt8]) throws -> Int {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes { part in
                Glibc.send(descriptor, part.baseAddress, part.count, Int32(MSG_NOSIGNAL))
            }
            if count < 0 {
                if errno == EINTR { continue }
                if errno == EAGAIN { throw NeverCame(description: "somebody who reads what is sent") }
                return sent
            }
            sent += count
        }
        return sent
    }

    @discardableResult
    func send(_ text: String) throws -> Int { try send(Array(text.utf8)) }

    /// Sends nothing any more.
    func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    // MARK: In

    /// The next answer; nil where the connection ended before all of it came. 100 is none.
    func reply(isHead: Bool = false) throws -> Reply? {
        while true {
            if let (reply, count) = Reply.first(in: received, isHead: isHead) {
                received.removeFirst(count)
                if reply.status != 100 { return reply }
            } else if try !receive() {
                return nil
            }
        }
    }

    /// All that still comes, until the server closes the connection.
    func rest() throws -> [UInt8] {
        while try receive() {}
        let rest = received
        received = []
        return rest
    }

    /// - Returns: false where the server has closed the connection.
    private func receive() throws -> Bool {
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count > 0 {
                received += buffer.prefix(count)
                return true
            }
            if count < 0 && errno == EINTR { continue }
            if count < 0 && errno == EAGAIN { throw NeverCame(description: "an answer, or the end of a connection") }
            return false
        }
    }

    // MARK: The kernel's words

    private func set<Value>(_ option: Int32, _ value: Value) {
        withUnsafeBytes(of: value) { bytes in
            _ = setsockopt(descriptor, SOL_SOCKET, option, bytes.baseAddress, socklen_t(bytes.count))
        }
    }

    private func connect<Address>(to address: Address) -> Bool {
        withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                Glibc.connect(descriptor, pointer, socklen_t(MemoryLayout<Address>.size)) == 0
            }
        }
    }

    private static func address(of path: String) -> sockaddr_un {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8).prefix(107)) }
        return address
    }

    private static func address(of port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }
}
