import Dispatch
import Glibc
import HostModel
import Synchronization

/// One try of a tcp probe: a connection to this host that is closed as soon as it stands.
struct TCPProbe: Sendable {
    /// `127.0.0.1`, `::1` or `localhost`; no resolver is asked.
    let host: String
    let port: Int
    let time: Duration
    let clock: any Clock<Duration>

    /// Ends early where its task is cancelled; then its answer means nothing.
    func run() async -> ProbeAnswer {
        let addresses = LoopbackAddress.of(host)
        guard !addresses.isEmpty, let port = UInt16(exactly: port), port > 0 else {
            return .impossible("\(quoted("\(host):\(self.port)")) is no address of this host")
        }
        var refusal: String?
        for address in addresses {
            let socket = ProbingSocket(address, port: port)
            let error = await socket.error == EINPROGRESS ? finish(socket) : socket.error
            switch error {
            case 0?: return .passed
            case nil: return .silent(time)
            case let error?: if refusal == nil { refusal = Self.words(for: error) }
            }
        }
        return .failed(refusal ?? Self.words(for: ECONNREFUSED))
    }

    /// - Returns: what became of the connection, 0 or an error number; nil where the time was over first.
    private func finish(_ socket: ProbingSocket) async -> Int32? {
        let watch = Task { [clock, time] in
            do { try await clock.sleep(for: time) } catch { return }
            socket.giveUp()
        }
        defer { watch.cancel() }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Int32?, Never>) in
                // It waits in the kernel, which no thread of the cooperative pool may.
                DispatchQueue(label: "apphost.probe").async { continuation.resume(returning: socket.wait()) }
            }
        } onCancel: {
            socket.giveUp()
        }
    }

    private static func words(for error: Int32) -> String {
        if error == ECONNREFUSED { return "connection refused" }
        let words = String(cString: strerror(error))
        return words.prefix(1).lowercased() + words.dropFirst()
    }
}

private enum LoopbackAddress {
    case ipv4, ipv6

    /// In the order in which they are tried; none where `host` is another host.
    static func of(_ host: String) -> [LoopbackAddress] {
        switch host {
        case "127.0.0.1": [.ipv4]
        case "::1": [.ipv6]
        case "localhost": [.ipv4, .ipv6]
        default: []
        }
    }

    var family: Int32 { self == .ipv4 ? AF_INET : AF_INET6 }

    /// Begins to connect.
    ///
    /// - Returns: 0 where the connection stands already, else an error number.
    func connect(_ descriptor: Int32, port: UInt16) -> Int32 {
        switch self {
        case .ipv4:
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            return Self.connect(descriptor, to: address)
        case .ipv6:
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            address.sin6_port = port.bigEndian
            inet_pton(AF_INET6, "::1", &address.sin6_addr)
            return Self.connect(descriptor, to: address)
        }
    }

    private static func connect<Address>(_ descriptor: Int32, to address: Address) -> Int32 {
        withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                Glibc.connect(descriptor, pointer, socklen_t(MemoryLayout<Address>.size)) == 0 ? 0 : errno
            }
        }
    }
}

/// A socket that connects. It is closed with its last user.
private final class ProbingSocket: Sendable {
    /// After it began: 0 where it is connected, `EINPROGRESS` where ``wait()`` tells.
    let error: Int32
    private let descriptor: Int32
    private let port: UInt16
    private let isGivenUp = Atomic<Bool>(false)

    init(_ address: LoopbackAddress, port: UInt16) {
        self.port = port
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let opened = socket(address.family, kind, 0)
        descriptor = opened
        guard opened >= 0 else {
            error = errno
            return
        }
        let begun = address.connect(opened, port: port)
        error = begun == 0 && Self.isItself(opened, port) ? ECONNREFUSED : begun
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// Waits until it is connected, refused or given up.
    ///
    /// - Returns: 0 or an error number; nil where it was given up.
    func wait() -> Int32? {
        var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        while poll(&entry, 1, -1) < 0 {
            guard errno == EINTR else { return errno }
        }
        if isGivenUp.load(ordering: .acquiring) { return nil }
        var error: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        guard getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size) == 0 else { return errno }
        return error == 0 && Self.isItself(descriptor, port) ? ECONNREFUSED : error
    }

    /// Ends ``wait()``.
    func giveUp() {
        isGivenUp.store(true, ordering: .releasing)
        // Of a socket that still connects this is the end, and poll(2) says so.
        shutdown(descriptor, Int32(SHUT_RDWR))
    }

    /// Whether it is connected to itself: where nobody listens, the kernel may choose the very port that is asked for
    /// as its own.
    private static func isItself(_ descriptor: Int32, _ port: UInt16) -> Bool {
        var address = sockaddr_in6()
        var size = socklen_t(MemoryLayout<sockaddr_in6>.size)
        let isKnown = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                getsockname(descriptor, pointer, &size) == 0
            }
        }
        // The port stands at the same place in an address of either kind.
        return isKnown && UInt16(bigEndian: address.sin6_port) == port
    }
}
