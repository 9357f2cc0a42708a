import HostModel
import Hosting
import Synchronization

/// The browsers that are signed in. They are known in memory only: whoever restarts the server signs in again.
package final class Sessions: Sendable {
    private let now: @Sendable () -> Timestamp
    private let open = Mutex<[Entry]>([])

    /// How long a session lasts.
    package static let lifetime: Int64 = 12 * 3600
    /// Most that are open at once; the oldest goes first.
    package static let limit = 64

    /// A browser that is signed in.
    package struct Session: Sendable {
        /// The name of the token that it signed in with.
        package let name: AppID
        /// What every request of it that changes something shows. Known to our own pages, and to no other.
        package let formPassword: AccessToken
    }

    private struct Entry {
        let cookie: ContentDigest
        /// Of the token that it signed in with.
        let token: ContentDigest
        let session: Session
        let end: Timestamp
    }

    package init(now: @escaping @Sendable () -> Timestamp) { self.now = now }

    /// Signs a browser in.
    ///
    /// - Parameter token: the one that it showed.
    /// - Returns: what its cookie holds, and is kept nowhere else.
    package func signIn(_ token: OperatorToken) -> (cookie: AccessToken, session: Session) {
        let cookie = AccessToken.random()
        let session = Session(name: token.name, formPassword: .random())
        let moment = now()
        let entry = Entry(
            cookie: cookie.digest, token: token.digest, session: session,
            end: Timestamp(seconds: moment.seconds + Self.lifetime))
        open.withLock { open in
            open.removeAll { $0.end <= moment }
            if open.count >= Self.limit { open.removeFirst() }
            open.append(entry)
        }
        return (cookie, session)
    }

    /// - Parameter tokens: those that count now: a session ends with the token that it began with.
    /// - Returns: nil where the cookie is of no session, or of one that is over.
    package func session(_ cookie: AccessToken, tokens: [OperatorToken]) -> Session? {
        let moment = now()
        let entry = open.withLock { open in open.first { $0.end > moment && cookie.matches($0.cookie) } }
        guard let entry, tokens.contains(where: { $0.digest == entry.token }) else { return nil }
        return entry.session
    }

    package func signOut(_ cookie: AccessToken) {
        open.withLock { open in open.removeAll { cookie.matches($0.cookie) } }
    }
}

/// The cookie of a session. Pure.
///
/// Source: RFC 6265.
package enum SessionCookie {
    private static let name = "apphost_session"

    /// What a `Cookie` header gives of it.
    ///
    /// - Returns: nil where it is not there, or there twice.
    package static func read(_ header: String) -> AccessToken? {
        let values = header.split(separator: ";").compactMap { pair -> Substring? in
            let parts = pair.drop { $0 == " " }.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return parts.count == 2 && parts[0] == name ? parts[1] : nil
        }
        return values.count == 1 ? AccessToken(text: String(values[0])) : nil
    }

    /// The value of `Set-Cookie`. Without `Secure`: it goes to loopback, over http.
    package static func header(_ cookie: AccessToken) -> String {
        "\(name)=\(cookie.text); Path=/; Max-Age=\(Sessions.lifetime); HttpOnly; SameSite=Strict"
    }

    /// The value of `Set-Cookie` that takes it away.
    package static let removal = "\(name)=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict"
}
