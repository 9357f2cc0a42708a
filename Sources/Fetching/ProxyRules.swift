/// Which proxy the environment names for a host, as curl(1) and most others read it.
///
/// `http_proxy` is for `http:`, which AppHost speaks to its own host only, where no proxy is ever asked.
struct ProxyRules {
    /// The first that is set and not empty counts.
    private static let names = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]
    private static let exceptionNames = ["no_proxy", "NO_PROXY"]

    static let variables = names + exceptionNames

    private let environment: [String: String]

    init(_ environment: [String: String]) { self.environment = environment }

    /// The proxy on the way to `location`; nil for none.
    ///
    /// - Throws: ``FetchError/settingInvalid(name:problem:)``.
    func proxy(for location: Location) throws(FetchError) -> ProxyAddress? {
        guard case .https(let address) = location, !address.isLoopback, !isException(address),
            let (name, value) = firstSet(Self.names)
        else { return nil }
        do throws(AddressFlaw) {
            return try ProxyAddress(parsing: value)
        } catch {
            switch error {
            case .sentence(let problem): throw FetchError.settingInvalid(name: name, problem: problem)
            case .unsupported:
                throw FetchError.settingInvalid(name: name, problem: "only an 'http:' proxy can be used")
            }
        }
    }

    private func isException(_ address: WebAddress) -> Bool {
        guard let (_, list) = firstSet(Self.exceptionNames) else { return false }
        return list.split(whereSeparator: { $0 == "," || $0 == " " }).contains { matches($0.lowercased(), address) }
    }

    /// `*`, a name with all below it, or an address; with or without a port.
    private func matches(_ entry: String, _ address: WebAddress) -> Bool {
        if entry == "*" { return true }
        var name = entry[...]
        if let (host, port) = try? HostName.parse(entry.drop { $0 == "." }), let port {
            guard port == address.port ?? 443 else { return false }
            name = host[...]
        }
        name = name.drop { $0 == "." || $0 == "[" }
        if name.hasSuffix("]") { name = name.dropLast() }
        return !name.isEmpty && (address.host == name || address.host.hasSuffix(".\(name)"))
    }

    private func firstSet(_ names: [String]) -> (name: String, value: String)? {
        for name in names {
            if let value = environment[name], !value.isEmpty { return (name, value) }
        }
        return nil
    }
}

/// A proxy. What it asks for is never shown.
struct ProxyAddress: Hashable, Sendable {
    let host: String
    let port: Int
    let credentials: Credentials?

    struct Credentials: Hashable, Sendable, CustomStringConvertible {
        let user: String
        let password: String

        var description: String { "…" }
    }

    /// `http://user:password@host:port`, of which only the host is needed.
    init(parsing text: String) throws(AddressFlaw) {
        var rest = text[...]
        if let range = text.firstRange(of: "://") {
            guard text[..<range.lowerBound].lowercased() == "http" else { throw .unsupported }
            rest = text[range.upperBound...]
        }
        if rest.hasSuffix("/") { rest = rest.dropLast() }
        if let sign = rest.lastIndex(of: "@") {
            credentials = try Credentials(parsing: rest[..<sign])
            rest = rest[rest.index(after: sign)...]
        } else {
            credentials = nil
        }
        let place = try HostName.parse(rest)
        host = place.host
        port = place.port ?? 80
    }
}

extension ProxyAddress.Credentials {
    fileprivate init(parsing text: Substring) throws(AddressFlaw) {
        let colon = text.firstIndex(of: ":") ?? text.endIndex
        guard let user = Percent.decoded(text[..<colon]), let password = Percent.decoded(text[colon...].dropFirst())
        else { throw .sentence("its name or password has a '%' that encodes nothing") }
        self.init(
            user: String(decoding: user, as: UTF8.self), password: String(decoding: password, as: UTF8.self))
    }
}
