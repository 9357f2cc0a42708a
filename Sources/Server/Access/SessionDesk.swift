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
    func answer(_ request: ReceivedRequest) -> HTTPAnswer {
        do {
            switch request.method {
            case "GET", "HEAD": return shown(try require(session(of: request)?.session), request)
            case "POST": return try signIn(request)
            case "DELETE": return try signOut(request)
            default: throw APIError.methodNotAllowed(["GET", "HEAD", "POST", "DELETE"])
            }
        } catch let refusal as HTTPRefusal {
            return refusal.answer
        } catch {
            return HTTPAnswer(APIError(error).response(PathRedaction(roots: [host.rootPath]), isHead: false))
        }
    }

    private func signIn(_ request: ReceivedRequest) throws -> HTTPAnswer {
        guard let text = FormFields.read(request)?.first(where: { $0.name == "token" })?.value else {
            throw APIError.invalid("the body is no form with a 'token'")
        }
        let token = try require(host.operatorToken(AccessToken(text: text)))
        let (cookie, session) = sessions.signIn(token)
        return shown(session, request).adding("Set-Cookie", SessionCookie.header(cookie))
    }

    private func signOut(_ request: ReceivedRequest) throws -> HTTPAnswer {
        let (cookie, session) = try require(session(of: request))
        guard FormPassword.isShown(by: request, in: session) else { throw HTTPRefusal.formPasswordWrong }
        sessions.signOut(cookie)
        return HTTPAnswer(status: 200, ["session": JSONValue.null])
            .adding("Set-Cookie", SessionCookie.removal)
    }

    private func session(of request: ReceivedRequest) throws -> (cookie: AccessToken, session: Sessions.Session)? {
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
