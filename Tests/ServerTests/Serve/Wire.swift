import Dispatch
import Glibc

/// Where a server listens, as a client names it.
enum Wire: Sendable {
    case port(Int)
    case socket(String)

    /// What came back on one connection.
    struct Reply: Sendable {
        let text: String

        /// Of each answer, in order; 100 is none.
        var statuses: [Int] {
            text.split(separator: "HTTP/1.1 ").compactMap { Int($0.prefix(3)) }.filter { $0 != 100 }
        }

        var status: Int? { statuses.first }

        /// Of the last answer.
        var body: String { text.ranges(of: "\r\n\r\n").last.map { String(text[$0.upperBound...]) } ?? "" }

        /// Of the first answer.
        func header(_ name: String) -> String? {
            let head = text[..<(text.firstRange(of: "\r\n\r\n")?.lowerBound ?? text.endIndex)]
            let line = head.split(separator: "\r\n").first { $0.lowercased().hasPrefix(name.lowercased() + ": ") }
            return line.map { String($0.dropFirst(name.count + 2)) }
        }
    }

    /// Sends bytes as they are, and reads until the server closes.
    ///
    /// It blocks in a thread of its own: those of the test are the server's too.
    func send(_ text: String) async throws -> Reply { try await send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) async throws -> Reply {
        try await withCheckedThrowingContinuation { continuation in
            Self.queue.async { continuation.resume(with: Result { try self.exchange(bytes) }) }
        }
    }

    /// Asks for one thing, as a client does that means well, on a connection of its own.
    func ask(
        _ method: String, _ target: String, _ headers: [String] = [], body: String = ""
    ) async throws -> Reply {
        let host =
            switch self {
            case .port(let port): "127.0.0.1:\(port)"
            case .socket: "localhost"
            }
        let length = body.isEmpty ? [] : ["Content-Length: \(body.utf8.count)"]
        let lines = ["\(method) \(target) HTTP/1.1", "Host: \(host)", "Connection: close"] + length + headers
        return try await send(lines.joined(separator: "\r\n") + "\r\n\r\n" + body)
    }

    private static let queue = DispatchQueue(label: "clients", attributes: .concurrent)

    private func exchange(_ bytes: [UInt8]) throws -> Reply {
        let descriptor = try connected()
        defer { close(descriptor) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            // The server may refuse before it was told all.
            if count <= 0 { break }
            rest = rest.dropFirst(count)
        }
        var reply: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count < 0 && errno == EINTR { continue }
            if count <= 0 { return Reply(text: String(decoding: reply, as: UTF8.self)) }
            reply += buffer.prefix(count)
        }
    }

    private func connected() throws -> Int32 {
        switch self {
        case .port(let port):
            let descriptor = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = UInt16(port).bigEndian
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            try connect(descriptor, &address)
            return descriptor
        case .socket(let path):
            let descriptor = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
            var address = UnixAddress.of(path)
            try connect(descriptor, &address)
            return descriptor
        }
    }

    private func connect<Address>(_ descriptor: Int32, _ address: inout Address) throws {
        let size = socklen_t(MemoryLayout<Address>.size)
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { Glibc.connect(descriptor, $0, size) }
        }
        guard result == 0 else {
            let number = errno
            close(descriptor)
            throw TestBroken(doing: "connect to \(self): \(number)")
        }
    }
}

enum UnixAddress {
    static func of(_ path: String) -> sockaddr_un {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8).prefix(107)) }
        return address
    }

    /// Binds a socket and leaves it.
    static func bound(_ path: String, kind: __socket_type = SOCK_STREAM) throws -> Int32 {
        let descriptor = Glibc.socket(AF_UNIX, Int32(kind.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = of(path)
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, size) }
        }
        guard result == 0 else { throw TestBroken(doing: "bind \(path): \(errno)") }
        return descriptor
    }
}
