import Glibc

/// How a server is to be.
package struct ServerOptions: Sendable {
    /// Where it listens beside the socket in the root; nil for nowhere.
    package var listen: LoopbackAddress?
    package var limits: ServerLimits

    package init(listen: LoopbackAddress? = nil, limits: ServerLimits = ServerLimits()) {
        self.listen = listen
        self.limits = limits
    }
}

/// A port on loopback: `127.0.0.1:8765`, `[::1]:8765`. There is no other kind of address to listen at.
package struct LoopbackAddress: Sendable, Equatable, CustomStringConvertible {
    package let host: String
    /// 0 for any that is free.
    package let port: Int

    /// - Returns: nil where it is not loopback, or not an address and a port.
    package init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let digits = text[text.index(after: colon)...]
        guard let port = UInt16(digits), !digits.hasPrefix("+") else { return nil }
        switch text[..<colon] {
        case "127.0.0.1": host = "127.0.0.1"
        case "[::1]": host = "::1"
        default: return nil
        }
        self.port = Int(port)
    }

    /// The same, with the port that the kernel chose.
    func at(port: Int) -> LoopbackAddress { LoopbackAddress(host: host, port: port) }

    private init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    package var description: String { host == "::1" ? "[::1]:\(port)" : "\(host):\(port)" }
}

/// What a client may take of the server: room and time.
package struct ServerLimits: Sendable, Equatable {
    /// Most bytes of the path and the query.
    package var target = 8 << 10
    /// Most bytes of one header with its name.
    package var header = 16 << 10
    /// Most bytes of everything before the body.
    package var head = 32 << 10
    package var headerCount = 100
    package var body = APIRequest.bodyLimit
    /// Most connections to one listener: who floods the port does not keep the operator from the socket.
    package var connections = ServerLimits.standardConnections

    /// From the first byte to the end of the head; also how long a new connection may be silent.
    package var headTime = Duration.seconds(10)
    package var bodyTime = Duration.seconds(30)
    /// Between two requests.
    package var idleTime = Duration.seconds(30)
    /// How long a client may take to read an answer.
    package var sendTime = Duration.seconds(30)
    /// How long a client may take to close what was closed, so that it can read why.
    package var closingTime = Duration.seconds(1)
    /// Most bytes of a request that are read beyond those of the largest body.
    package var closingBytes = 64 << 10

    package init() {}

    /// What is left of the descriptors that a process may have is for files, processes and fetching.
    private static let standardConnections: Int = {
        let descriptors = sysconf(Int32(_SC_OPEN_MAX))
        return descriptors < 0 ? 1024 : min(1024, max(16, descriptors / 4))
    }()
}
