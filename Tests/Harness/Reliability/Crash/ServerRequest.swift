import Glibc
import HostModel
import TestSupport

/// What a server is asked to do, on a connection of its own: HTTP/1.1 and nothing of AppHost's.
struct ServerRequest: Sendable {
    private let method: String
    /// Without `/api/v1`.
    private let path: String
    private let body: JSONValue?

    init(_ method: String, _ path: String, _ body: JSONValue? = nil) {
        self.method = method
        self.path = path
        self.body = body
    }

    /// What a line of the audit log has that says it is allowed, and not done yet.
    var account: [String] {
        let route = path.replacing("/notes", with: "/{id}")
        return [
            #""method":"\#(method)","route":"/api/v1\#(route)""#, #""decision":"allowed","status":null"#,
        ]
    }

    // MARK: Asking

    /// Asks the server of the root in `place`, once it listens, and waits for the end of what it does.
    ///
    /// - Parameter hasEnded: whether there is no server to wait for any more.
    /// - Returns: nil where no whole answer came.
    func ask(in place: String, unless hasEnded: () -> Bool) throws -> ServerAnswer? {
        guard let connection = try Self.connection(in: place, unless: hasEnded) else { return nil }
        defer { close(connection) }
        // What never comes ends a trial, and not all of them.
        var limit = timeval(tv_sec: Self.patience, tv_usec: 0)
        setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return nil }
            rest = rest.dropFirst(count)
        }
        var received: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = recv(connection, &buffer, buffer.count, 0)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return ServerAnswer(received) }
            received += buffer.prefix(count)
        }
    }

    private var bytes: [UInt8] {
        let content = body?.text ?? ""
        var lines = ["\(method) /api/v1\(path)?wait=60 HTTP/1.1", "Host: localhost", "Connection: close"]
        if !content.isEmpty {
            lines += ["Content-Type: application/json", "Content-Length: \(content.utf8.count)"]
        }
        return Array((lines.joined(separator: "\r\n") + "\r\n\r\n" + content).utf8)
    }

    // MARK: Connecting

    /// Seconds.
    private static let patience = 120
    private static let looksPerSecond = 500

    /// - Returns: nil where nobody comes to listen.
    private static func connection(in place: String, unless hasEnded: () -> Bool) throws -> Int32? {
        let root = open(place + "/root", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard root >= 0 else { throw TestDiskError(call: "open", path: place + "/root", errno: errno) }
        defer { close(root) }
        // However long the path of the root is.
        let address = address(of: "/proc/self/fd/\(root)/apphost.sock")
        for _ in 0..<patience * looksPerSecond {
            let connection = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
            guard connection >= 0 else { throw TestDiskError(call: "socket", path: place, errno: errno) }
            let isConnected = withUnsafePointer(to: address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                    connect(connection, pointer, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
                }
            }
            if isConnected { return connection }
            close(connection)
            if hasEnded() { return nil }
            usleep(1_000_000 / UInt32(looksPerSecond))
        }
        return nil
    }

    private static func address(of path: String) -> sockaddr_un {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8).prefix(107)) }
        return address
    }
}

/// What a server said of the operation that a request began.
struct ServerAnswer: Sendable {
    let text: String
    private let operation: LooseJSON

    /// - Parameter received: all that came.
    /// - Returns: nil where it is no whole answer.
    fileprivate init?(_ received: [UInt8]) {
        guard let head = received.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        text = String(decoding: received[head.upperBound...], as: UTF8.self)
        let json = LooseJSON(text: text)
        guard json.isThere else { return nil }
        operation = json["operation"]
    }

    /// Whether all of it was done, and nothing went wrong beside it.
    var isDone: Bool { operation["state"].string == "done" && operation["warnings"].elements.isEmpty }

    /// What `verify` says of everything that is installed.
    var isSound: Bool { isDone && operation["result"]["sound"].isTrue }
}

extension UseCase {
    /// The same as a request; nil where it is not tried so.
    func request(_ workshop: Workshop) -> ServerRequest? {
        switch self {
        case .install: ServerRequest("POST", "/apps/install", ["source": workshop.archive(.first)])
        case .update: ServerRequest("POST", "/apps/notes/update", ["source": workshop.archive(.second)])
        case .stage: ServerRequest("POST", "/apps/notes/updates/stage", ["source": workshop.archive(.second)])
        case .apply: ServerRequest("POST", "/apps/notes/updates/apply")
        case .rollback: ServerRequest("POST", "/apps/notes/updates/rollback")
        case .uninstall: ServerRequest("DELETE", "/apps/notes")
        default: nil
        }
    }
}
