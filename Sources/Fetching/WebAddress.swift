import Glibc

/// Where an HTTP server is, and a path on it. Only ``Location`` makes one.
package struct WebAddress: Hashable, Sendable {
    /// In lower case; an IPv6 address without its brackets.
    package let host: String
    /// nil is the one that its scheme has.
    package let port: Int?
    /// Percent-encoded, from the first `/` on; without a last `/` unless that is all.
    package let path: String
    /// Percent-encoded. Only a redirect leads to one.
    let query: String?

    /// Host and port, as a URL has them.
    package var authority: String {
        (host.contains(":") ? "[\(host)]" : host) + (port.map { ":\($0)" } ?? "")
    }

    /// Whether this is a name or address of this host: `localhost`, 127.0.0.0/8, ::1.
    package var isLoopback: Bool { HostName.isLoopback(host) }

    var text: String { authority + path + (query.map { "?" + $0 } ?? "") }

    /// A query may hold a secret.
    var shown: String { authority + path + (query == nil ? "" : "?…") }

    func appending(_ components: [String]) -> WebAddress {
        var path = path
        for name in components { path += (path.hasSuffix("/") ? "" : "/") + Percent.encoded(name) }
        return WebAddress(host: host, port: port, path: path, query: nil)
    }
}

/// What is wrong with an address.
enum AddressFlaw: Error {
    case sentence(String)
    /// A scheme that AppHost knows of and does not have.
    case unsupported
}

extension WebAddress {
    /// Reads what follows `scheme://`.
    init(parsing text: String, defaultPort: Int, allowsQuery: Bool) throws(AddressFlaw) {
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !Self.never.contains($0) }) else {
            throw .sentence("it has a character that is written percent-encoded in a URL")
        }
        guard !text.contains("#") else { throw .sentence("it has a fragment") }
        let authorityEnd = text.firstIndex { $0 == "/" || $0 == "?" } ?? text.endIndex
        let authority = text[..<authorityEnd]
        guard !authority.contains("@") else {
            throw .sentence("it has a user name or password, which AppHost does not keep")
        }
        var tail = text[authorityEnd...]
        var query: String?
        if let mark = tail.firstIndex(of: "?") {
            guard allowsQuery else { throw .sentence("it has a query") }
            query = String(tail[tail.index(after: mark)...])
            tail = tail[..<mark]
        }
        let (host, port) = try HostName.parse(authority)
        self.init(
            host: host, port: port == defaultPort ? nil : port, path: try Self.normalized(tail), query: query)
    }

    /// `"<>\^{|}` and the grave accent.
    private static let never: Set<UInt8> = [0x22, 0x3C, 0x3E, 0x5C, 0x5E, 0x60, 0x7B, 0x7C, 0x7D]

    private static func normalized(_ path: Substring) throws(AddressFlaw) -> String {
        var parts = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        if parts.last?.isEmpty == true { parts.removeLast() }
        for part in parts {
            guard !part.isEmpty else { throw .sentence("its path has an empty part") }
            guard let bytes = Percent.decoded(part) else { throw .sentence(Percent.flaw) }
            let name = String(decoding: bytes, as: UTF8.self)
            guard name != ".", name != "..", !bytes.contains(0) else {
                throw .sentence("its path has '.', '..' or a NUL")
            }
        }
        return "/" + parts.joined(separator: "/")
    }
}

/// Names and addresses of hosts, as URLs have them.
enum HostName {
    /// Host and port of `host`, `host:port`, `[::1]`, `[::1]:port`.
    static func parse(_ authority: Substring) throws(AddressFlaw) -> (host: String, port: Int?) {
        let host: String
        let rest: Substring
        if authority.hasPrefix("[") {
            guard let bracket = authority.firstIndex(of: "]") else { throw .sentence("']' is missing in its host") }
            host = authority[..<bracket].dropFirst().lowercased()
            rest = authority[authority.index(after: bracket)...]
            guard ipv6(host) != nil else { throw .sentence("its host is no IPv6 address") }
        } else {
            let colon = authority.firstIndex(of: ":") ?? authority.endIndex
            host = authority[..<colon].lowercased()
            rest = authority[colon...]
            guard isName(host) else { throw .sentence("its host is no name and no address") }
        }
        if rest.isEmpty { return (host, nil) }
        let digits = rest.dropFirst()
        guard rest.hasPrefix(":"), (1...5).contains(digits.utf8.count), digits.utf8.allSatisfy({ $0.isDigit }),
            let port = Int(digits), (1...65_535).contains(port)
        else { throw .sentence("its port is no number from 1 to 65535") }
        return (host, port)
    }

    static func isLoopback(_ host: String) -> Bool {
        if host == "localhost" { return true }
        if let address = ipv6(host) { return address == [UInt8](repeating: 0, count: 15) + [1] }
        return ipv4(host)?.first == 127
    }

    /// The four bytes of an address.
    static func ipv4(_ text: String) -> [UInt8]? {
        var address = in_addr()
        guard inet_pton(AF_INET, text, &address) == 1 else { return nil }
        return withUnsafeBytes(of: &address) { Array($0) }
    }

    /// The sixteen bytes of an address.
    static func ipv6(_ text: String) -> [UInt8]? {
        var address = in6_addr()
        guard inet_pton(AF_INET6, text, &address) == 1 else { return nil }
        return withUnsafeBytes(of: &address) { Array($0) }
    }

    /// RFC 1123, section 2.1, and the low line that some hosts have.
    private static func isName(_ text: String) -> Bool {
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        return text.utf8.count <= 253
            && labels.allSatisfy { label in
                (1...63).contains(label.utf8.count)
                    && label.utf8.allSatisfy { $0.isLetter || $0.isDigit || $0 == 0x2D || $0 == 0x5F }
            }
    }
}

/// Percent-encoding, RFC 3986, section 2.1.
enum Percent {
    static let flaw = "a '%' in it is not followed by two hexadecimal digits"

    /// `text` as one part of a path: all but letters, digits and `-._~` is encoded.
    static func encoded(_ text: String) -> String {
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            if byte.isLetter || byte.isDigit || [0x2D, 0x2E, 0x5F, 0x7E].contains(byte) {
                bytes.append(byte)
            } else {
                bytes += [UInt8(ascii: "%"), hexadecimal[Int(byte >> 4)], hexadecimal[Int(byte & 0xF)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// - Returns: nil where a `%` is not followed by two hexadecimal digits.
    static func decoded(_ text: some StringProtocol) -> [UInt8]? {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst()?.hexadecimalValue, let low = rest.popFirst()?.hexadecimalValue else {
                return nil
            }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    private static let hexadecimal = Array("0123456789ABCDEF".utf8)
}

extension UInt8 {
    var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }

    /// A to Z in either case.
    var isLetter: Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self | 0x20) }

    fileprivate var hexadecimalValue: UInt8? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
