import HostModel

/// What may be fetched from: `https:`, `http:` to this host, and a file or directory of this host.
package enum Location: Hashable, Sendable {
    case https(WebAddress)
    /// To loopback only.
    case http(WebAddress)
    /// A path, or what a `file:` URL names.
    case path(String)

    /// Reads what an operator wrote: a URL, or a path. A path with a `:` before its first `/` begins with `./`.
    ///
    /// - Throws: ``FetchError/locationInvalid(_:problem:)`` or ``FetchError/unsupportedSource(_:)``.
    package init(_ text: String) throws(FetchError) {
        guard !text.isEmpty else { throw .locationInvalid("", problem: "it is empty") }
        guard !text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) else {
            throw .locationInvalid(Self.redacted(text), problem: "it has a control character")
        }
        guard let (scheme, rest) = Self.scheme(of: text) else {
            self = .path(text)
            return
        }
        do throws(AddressFlaw) {
            switch scheme {
            case "https", "http": self = try Self.web(scheme, rest, allowsQuery: false)
            case "file": self = .path(try Self.filePath(rest))
            case "crypta": throw AddressFlaw.unsupported
            default: throw AddressFlaw.sentence("AppHost does not speak '\(scheme):'")
            }
        } catch {
            switch error {
            case .sentence(let problem): throw FetchError.locationInvalid(Self.redacted(text), problem: problem)
            case .unsupported: throw FetchError.unsupportedSource(scheme)
            }
        }
    }

    /// What lies below, one name after the other. A name is never more than one part of the path.
    package func appending(_ components: String...) throws(FetchError) -> Location { try appending(components) }

    /// What lies below, one name after the other. A name is never more than one part of the path.
    ///
    /// - Throws: where a name cannot be one: empty, `.`, `..`, and with a `/` or NUL where this is a path.
    package func appending(_ components: [String]) throws(FetchError) -> Location {
        for name in components where ["", ".", ".."].contains(name) {
            throw .locationInvalid(name, problem: "it cannot be the name of a file")
        }
        switch self {
        case .https(let address): return .https(address.appending(components))
        case .http(let address): return .http(address.appending(components))
        case .path(let path):
            var path = path
            for name in components {
                guard !name.utf8.contains(where: { $0 == UInt8(ascii: "/") || $0 == 0 }) else {
                    throw .locationInvalid(name, problem: "it cannot be the name of a file")
                }
                path += path.hasSuffix("/") ? name : "/" + name
            }
            return .path(path)
        }
    }

    /// The scheme in lower case, and what follows its `:`; nil where there is none.
    private static func scheme(of text: some StringProtocol) -> (name: String, rest: String)? {
        guard let colon = text.firstIndex(of: ":"), let first = text.utf8.first, first.isLetter,
            text[..<colon].utf8.allSatisfy({ $0.isLetter || $0.isDigit || [0x2B, 0x2D, 0x2E].contains($0) })
        else { return nil }
        return (text[..<colon].lowercased(), String(text[text.index(after: colon)...]))
    }

    private static func web(_ scheme: String, _ rest: String, allowsQuery: Bool) throws(AddressFlaw) -> Location {
        guard rest.hasPrefix("//") else { throw .sentence("'//' is missing after its scheme") }
        let isSecure = scheme == "https"
        let address = try WebAddress(
            parsing: String(rest.dropFirst(2)), defaultPort: isSecure ? 443 : 80, allowsQuery: allowsQuery)
        if isSecure { return .https(address) }
        guard address.isLoopback else {
            throw .sentence("'http:' is for this host only (127.0.0.1, [::1], localhost); use 'https:'")
        }
        return .http(address)
    }

    /// The path of a `file:` URL: `///path`, `//localhost/path`, `/path`.
    private static func filePath(_ rest: String) throws(AddressFlaw) -> String {
        guard !rest.contains(where: { $0 == "?" || $0 == "#" }) else {
            throw .sentence("a 'file:' URL has no query and no fragment")
        }
        var path = rest[...]
        if path.hasPrefix("//") {
            path = path.dropFirst(2)
            let host = path.prefix { $0 != "/" }
            guard host.isEmpty || host.lowercased() == "localhost" else {
                throw .sentence("a 'file:' URL names no other host")
            }
            path = path.dropFirst(host.count)
        }
        guard path.hasPrefix("/") else { throw .sentence("the path of a 'file:' URL begins with '/'") }
        guard let bytes = Percent.decoded(path) else { throw .sentence(Percent.flaw) }
        guard let decoded = String(validating: bytes, as: UTF8.self), !bytes.contains(where: { $0 < 0x20 }) else {
            throw .sentence("its path has bytes that no path of AppHost has")
        }
        return decoded
    }

    /// `text` without what may be a secret.
    fileprivate static func redacted(_ text: String) -> String {
        guard let (scheme, rest) = Self.scheme(of: text), scheme != "file" else { return text }
        guard rest.hasPrefix("//") else { return "\(scheme):…" }
        var shown = rest.dropFirst(2)
        var start = ""
        if let sign = shown.lastIndex(of: "@") {
            start = "…"
            shown = shown[sign...]
        }
        guard let end = shown.firstIndex(where: { $0 == "?" || $0 == "#" }) else {
            return "\(scheme)://\(start)\(shown)"
        }
        return "\(scheme)://\(start)\(shown[..<end])…"
    }
}

extension Location: CustomStringConvertible {
    /// What may be shown: without a query, and without what a terminal would take for more than text.
    package var description: String {
        switch self {
        case .https(let address): "https://" + address.shown
        case .http(let address): "http://" + address.shown
        case .path(let path): printable(path)
        }
    }

    /// For the HTTP client; nil for a path.
    var url: String? {
        switch self {
        case .https(let address): "https://" + address.text
        case .http(let address): "http://" + address.text
        case .path: nil
        }
    }

    var webAddress: WebAddress? {
        switch self {
        case .https(let address), .http(let address): address
        case .path: nil
        }
    }
}

extension Location {
    /// Where the server at this location sends us.
    ///
    /// - Parameter reference: as the header `Location` gives it.
    /// - Throws: ``FetchError/redirectRefused(_:problem:)`` where that is another scheme, host or port, or no URL.
    func redirected(to reference: String) throws(FetchError) -> Location {
        guard let here = webAddress else { throw .redirectRefused(self, problem: "a path leads nowhere else") }
        let target = reference.prefix { $0 != "#" }
        let scheme = if case .https = self { "https" } else { "http" }
        let absolute: String
        if Self.scheme(of: target) != nil {
            absolute = String(target)
        } else if target.hasPrefix("//") {
            absolute = "\(scheme):\(target)"
        } else if target.hasPrefix("/") {
            absolute = "\(scheme)://\(here.authority)\(target)"
        } else if target.hasPrefix("?") {
            absolute = "\(scheme)://\(here.authority)\(here.path)\(target)"
        } else {
            let directory = here.path[...(here.path.lastIndex(of: "/") ?? here.path.startIndex)]
            absolute = "\(scheme)://\(here.authority)\(directory)\(target)"
        }
        let shown = printable(Self.redacted(absolute))
        guard let (found, rest) = Self.scheme(of: absolute), found == scheme else {
            throw .redirectRefused(self, problem: "it leads to '\(shown)', which is not '\(scheme):'")
        }
        let there: Location
        do throws(AddressFlaw) {
            there = try Self.web(found, rest, allowsQuery: true)
        } catch {
            throw FetchError.redirectRefused(self, problem: "it leads to '\(shown)', which cannot be followed")
        }
        guard let address = there.webAddress, address.host == here.host, address.port == here.port else {
            throw .redirectRefused(self, problem: "it leads to another host, '\(shown)'")
        }
        return there
    }
}
