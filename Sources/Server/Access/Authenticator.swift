import HostModel
import Hosting

/// The other end of a connection, as the kernel knows it.
package enum Peer: Sendable, Equatable {
    /// Who opened the socket in the root.
    case user(UInt32)
    /// Anybody on this host, or a browser of theirs.
    case loopback
    /// The kernel did not tell, or tells no more.
    case unknown
}

/// Finds out who asks. Nothing of it is kept from one request to the next: what was revoked is out at once.
package struct Authenticator: Sendable {
    private let host: AppHost
    private let sessions: Sessions
    /// The user who owns the root.
    private let owner: UInt32
    private let callers: SharedReadings<String, Result<Caller, any Error>>
    private let tokens: SharedReadings<Tokens, Result<[OperatorToken], any Error>>

    /// There is one file of them.
    private enum Tokens { case all }

    package init(host: AppHost, sessions: Sessions, owner: UInt32) {
        self.host = host
        self.sessions = sessions
        self.owner = owner
        let executor = WorkExecutor()
        callers = SharedReadings(on: executor)
        tokens = SharedReadings(on: executor)
    }

    /// Who asks: by a token where one is shown, else by the socket, else by a session.
    ///
    /// - Throws: ``HTTPRefusal/formPasswordWrong`` where a session asks for a change without its form password;
    ///   why the tokens cannot be read.
    package func caller(of request: ReceivedRequest, from peer: Peer) async throws -> Caller {
        // Who shows a token is who it says, and nobody where it says nothing: an app that can open the socket does not
        // become the operator by it.
        if let authorization = request.header("authorization") { return try await bearer(authorization) }
        if case .user(let user) = peer, user == owner || user == 0 { return .operatorBySocket(user: user) }
        guard let cookie = request.header("cookie").flatMap(SessionCookie.read) else { return .nobody }
        let tokens = await self.tokens.value(of: .all) { Result { try host.tokens() } }
        guard let session = sessions.session(cookie, tokens: try tokens.get()) else { return .nobody }
        if request.isChange, !FormPassword.isShown(by: request, in: session) { throw HTTPRefusal.formPasswordWrong }
        return .operatorBySession(name: session.name.text)
    }

    private func bearer(_ authorization: String) async throws -> Caller {
        let words = authorization.split(separator: " ")
        guard words.count == 2, words[0].lowercased() == "bearer" else { return .nobody }
        let text = String(words[1])
        return try await callers.value(of: text) { Result { try caller(showing: AccessToken(text: text)) } }.get()
    }

    private func caller(showing shown: AccessToken) throws -> Caller {
        if let token = try host.operatorToken(shown) { return .operatorByToken(name: token.name.text) }
        guard let app = try host.appPrincipal(shown) else { return .nobody }
        return .app(app.id, Set(app.permissions.compactMap { Capability(rawValue: $0) }))
    }
}
