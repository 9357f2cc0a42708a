import Glibc

/// Tells systemd how the server is: ready, stopping, alive.
///
/// Source: sd_notify(3), sd_watchdog_enabled(3).
package struct SystemdNotifier: Sendable {
    /// A path, or an abstract name that begins with `@`.
    private let address: String
    /// How often systemd wants to hear that the server is alive; nil where it does not.
    package let heartbeat: Duration?

    package enum State: Sendable, Equatable {
        case ready(status: String)
        case stopping
        case alive

        var text: String {
            switch self {
            case .ready(let status): "READY=1\nSTATUS=\(status)"
            case .stopping: "STOPPING=1\nSTATUS=stopping"
            case .alive: "WATCHDOG=1"
            }
        }
    }

    /// - Parameter environment: what a variable says; nil where it is not there.
    /// - Returns: nil where nobody wants to be told.
    package init?(environment: (String) -> String?) {
        guard let address = environment("NOTIFY_SOCKET"), address.hasPrefix("/") || address.hasPrefix("@"),
            address.utf8.count <= Self.longestAddress
        else { return nil }
        self.address = address
        let isOurs = environment("WATCHDOG_PID").map { $0 == "\(getpid())" } ?? true
        let patience = environment("WATCHDOG_USEC").flatMap { Int64($0) }
        // Half of it, as the manual advises.
        heartbeat = isOurs ? patience.flatMap { $0 > 1 ? Duration.microseconds($0 / 2) : nil } : nil
    }

    /// Where systemd does not listen, there is nothing to do about it.
    package func tell(_ state: State) {
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        var target = sockaddr_un()
        target.sun_family = sa_family_t(AF_UNIX)
        let name = Array(address.utf8)
        withUnsafeMutableBytes(of: &target.sun_path) { $0.copyBytes(from: name) }
        // An abstract name begins with NUL, and has the length that it is given: unix(7).
        let isAbstract = name.first == UInt8(ascii: "@")
        if isAbstract { target.sun_path.0 = 0 }
        let offset = MemoryLayout<sockaddr_un>.offset(of: \.sun_path) ?? MemoryLayout<sa_family_t>.size
        let size = socklen_t(offset + name.count + (isAbstract ? 0 : 1))
        let text = Array(state.text.utf8)
        withUnsafePointer(to: &target) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                _ = sendto(descriptor, text, text.count, Int32(MSG_NOSIGNAL), pointer, size)
            }
        }
    }

    /// Of `sun_path`, with its NUL.
    private static let longestAddress = 107
}
