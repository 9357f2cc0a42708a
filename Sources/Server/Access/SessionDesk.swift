import HostModel
import Hosting

/// `/session`: where a browser signs in with an operator's token, asks who it is, and signs out.
struct SessionDesk: Sendable {
    let host: AppHost
    let sessions: Sessions

    static let path = "/session"

    /// - `GET`: the name and the form password of the session.
    /// - `POST`, a form with the field `token`: signs in. The cookie is the only place that has it.
    /// - `DELETE`: signs out; with the form password, as every change.
    ///
    /// - Returns: also who is signed in now, or was until then.
    func answer(_ request: ReceivedRequest) -> (answer: HTTPAnswer, caller: Caller) {
        var session: Sessions.Session?
        do {
            session = try self.session(of: request)?.session
            switch request.method {
            case "GET", "HEAD": return (shown(try require(session), request), Self.caller(session))
            case "POST":
                let signedIn = try signIn(request)
                return (signedIn.answer, Self.caller(signedIn.session))
            case "DELETE": return (try signOut(request), Self.caller(session))
            default: throw APIError.methodNotAllowed(["GET", "HEAD", "POST", "DELETE"])
            }
        } catch let refusal as HTTPRefusal {
            return (refusal.answer, Self.caller(session))
        } catch {
            let redaction = PathRedaction(roots: [host.rootPath])
            return (HTTPAnswer(APIError(error).response(redaction, isHead: false)), Self.caller(session))
        }
    }

    private static func caller(_ session: Sessions.Session?) -> Caller {
        session.map { .operatorBySession(name: $0.name.text) } ?? .nobody
    }

    private func signIn(_ request: ReceivedRequest) throws -> (answer: HTTPAnswer, session: Sessions.Session) {
        guard let text = FormFields.read(request)?.first(where: { $0.name == "token" })?.value else {
            throw APIError.invalid("the body is no form with a 'token'")
        }
        let token = try require(host.operatorToken(AccessToken(text: text)))
        let (cookie, session) = sessions.signIn(token)
        return (shown(session, request).adding("Set-Cookie", SessionCookie.header(cookie)), session)
    }

    private func signOut(_ request: ReceivedRequest) throws -> HTTPAnswer {
        let (cookie, session) = try require(session(of: request))
        guard FormPassword.isShown(by: request, in: session) else { throw HTTPRefusal.formPasswordWrong }
        sessions.signOut(cookie)
        return HTTPAnswer(status: 200, ["session": JSONValue.null])
            .adding("Set-Cookie", SessionCookie.removal)
    }

    /// - Returns: nil where nobody is signed in.
    func session(of request: ReceivedRequest) throws -> (cookie: AccessToken, session: Sessions.Session)? {
        guard let cookie = request.header("cookie").flatMap(SessionCookie.read),
            let session = sessions.session(cookie, tokens: try host.tokens())
        else { return nil }
        return (cookie, session)
    }

    private func shown(_ session: Sessions.Session, _ request: ReceivedRequest) -> HTTPAnswer {
        let members: JSONValue = ["name": session.name, "formPassword": session.formPassword.text]
        let answer = HTTPAnswer(status: 200, ["session": members])
        return request.method == "HEAD" ? answer.withoutBody : answer
    }

    private func require<Value>(_ value: Value?) throws(APIError) -> Value {
        guard let value else { throw .notAuthenticated }
        return value
    }
}
