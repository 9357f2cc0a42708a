/// Whether a request was meant for this server, and made by somebody who may know its answer. Pure.
///
/// A browser on this host can be made to send requests here by any page: under a foreign name that leads here (DNS
/// rebinding), or under ours from a foreign page (CSRF).
///
/// Source: RFC 9112, section 3.2; Fetch Metadata Request Headers.
package struct OriginCheck: Sendable, Equatable {
    /// What `Host` may be, in lower case.
    private let authorities: Set<String>

    /// Of the socket in the root, which no browser opens.
    package static let socket = OriginCheck(authorities: ["localhost", "apphost", "apphost.sock"])

    /// Of a port on loopback.
    package static func loopback(port: Int) -> OriginCheck {
        let names = ["127.0.0.1", "[::1]", "localhost"]
        let withPort = names.map { "\($0):\(port)" }
        return OriginCheck(authorities: Set(port == 80 ? withPort + names : withPort))
    }

    /// What a request says of where it goes and comes from: every value of each header, as it was sent.
    package struct Question: Sendable {
        package var method: String
        package var target: String
        package var hosts: [String]
        package var origins: [String]
        package var referers: [String]
        package var fetchSites: [String]

        package init(
            method: String = "GET", target: String = "/", hosts: [String], origins: [String] = [],
            referers: [String] = [], fetchSites: [String] = []
        ) {
            self.method = method
            self.target = target
            self.hosts = hosts
            self.origins = origins
            self.referers = referers
            self.fetchSites = fetchSites
        }
    }

    /// - Returns: nil where it may go on.
    package func refusal(of question: Question) -> HTTPRefusal? {
        guard question.hosts.count == 1, let host = question.hosts.first?.lowercased(), !host.isEmpty else {
            return .hostInvalid
        }
        guard authorities.contains(host) else { return .misdirected }
        guard let target = RequestTarget(question.target) else { return .malformed }
        if let authority = target.authority, authority.lowercased() != host { return .misdirected }
        // What only looks gives its answer to nobody who may not have it: no answer ever allows another origin.
        if question.method == "GET" || question.method == "HEAD" { return nil }
        return isSameOrigin(question, own: "http://" + host) ? nil : .crossOrigin
    }

    private func isSameOrigin(_ question: Question, own: String) -> Bool {
        guard question.fetchSites.allSatisfy({ $0 == "same-origin" || $0 == "none" }) else { return false }
        if !question.origins.isEmpty { return question.origins.allSatisfy { $0.lowercased() == own } }
        return question.referers.allSatisfy { referer in
            let referer = referer.lowercased()
            return referer == own || referer.hasPrefix(own + "/")
        }
    }
}

/// What stands behind the method in a request. Pure.
///
/// Source: RFC 9112, section 3.2.
package struct RequestTarget: Sendable, Equatable {
    /// Who is asked, where the target names them.
    package let authority: String?
    /// As it was sent, with its escapes.
    package let path: String
    /// What follows the `?`, as it was sent; nil where there is none.
    package let query: String?

    /// - Returns: nil where it is neither a path nor a URL of a path over http.
    package init?(_ text: String) {
        var rest = Substring(text)
        if rest.first == "/" {
            authority = nil
        } else {
            let scheme = "http://"
            guard rest.lowercased().hasPrefix(scheme) else { return nil }
            rest = rest.dropFirst(scheme.count)
            let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
            authority = String(rest[..<end])
            rest = rest[end...]
        }
        let mark = rest.firstIndex(of: "?")
        let path = rest[..<(mark ?? rest.endIndex)]
        self.path = path.isEmpty ? "/" : String(path)
        query = mark.map { String(rest[rest.index(after: $0)...]) }
    }
}
