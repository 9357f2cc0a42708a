import HostModel
import Hosting
import Server
import TestSupport
import Testing

struct SessionTests {
    private let clock = FixedClock()
    private let token: OperatorToken
    private let sessions: Sessions

    init() throws {
        let clock = clock
        token = OperatorToken(
            name: try #require(AppID("browser")), createdAt: clock.now(), digest: AccessToken.random().digest)
        sessions = Sessions(now: { clock.now() })
    }

    @Test func `a session is known by its cookie alone`() {
        let (cookie, _) = sessions.signIn(token)
        #expect(sessions.session(cookie, tokens: [token])?.name == token.name)
        #expect(sessions.session(.random(), tokens: [token]) == nil)
        #expect(sessions.session(AccessToken(text: ""), tokens: [token]) == nil)
    }

    @Test func `a session is over after twelve hours`() {
        let (cookie, _) = sessions.signIn(token)
        clock.advance(by: Sessions.lifetime - 1)
        #expect(sessions.session(cookie, tokens: [token]) != nil)
        clock.advance(by: 1)
        #expect(sessions.session(cookie, tokens: [token]) == nil)
    }

    @Test func `a session is over when its token was revoked, also when another has its name`() throws {
        let (cookie, _) = sessions.signIn(token)
        let other = OperatorToken(name: token.name, createdAt: clock.now(), digest: AccessToken.random().digest)
        #expect(sessions.session(cookie, tokens: []) == nil)
        #expect(sessions.session(cookie, tokens: [other]) == nil)
    }

    @Test func `who signs out is out`() {
        let (cookie, _) = sessions.signIn(token)
        let (other, _) = sessions.signIn(token)
        sessions.signOut(cookie)
        #expect(sessions.session(cookie, tokens: [token]) == nil)
        #expect(sessions.session(other, tokens: [token]) != nil)
    }

    @Test func `there are only so many sessions, and the oldest goes first`() {
        let (first, _) = sessions.signIn(token)
        let (second, _) = sessions.signIn(token)
        for _ in 2..<Sessions.limit { _ = sessions.signIn(token) }
        #expect(sessions.session(first, tokens: [token]) != nil)
        _ = sessions.signIn(token)
        #expect(sessions.session(first, tokens: [token]) == nil)
        #expect(sessions.session(second, tokens: [token]) != nil)
    }

    @Test(
        arguments: [
            ("apphost_session=abc", "abc"), ("a=1; apphost_session=abc; b=2", "abc"), ("apphost_session=", ""),
            ("apphost_session", nil), ("xapphost_session=abc", nil), ("apphost_session=a; apphost_session=b", nil),
            ("", nil),
        ] as [(String, String?)])
    func `a cookie is read only where there is one`(header: String, expected: String?) {
        #expect(SessionCookie.read(header)?.text == expected)
    }

    @Test func `a cookie is for our own pages, and for no script`() {
        let header = SessionCookie.header(AccessToken(text: "abc"))
        #expect(header == "apphost_session=abc; Path=/; Max-Age=43200; HttpOnly; SameSite=Strict")
    }

    @Test func `no description shows a token`() {
        let token = AccessToken(text: "hunter2")
        var dumped = ""
        dump(token, to: &dumped)
        #expect(!"\(token) \(String(reflecting: token)) \(dumped)".contains("hunter2"))
    }
}

struct FormPasswordTests {
    private let session = Sessions(now: { Timestamp(seconds: 0) }).signIn(
        OperatorToken(name: Self.name, createdAt: Timestamp(seconds: 0), digest: AccessToken.random().digest)
    ).session

    private static let name: AppID = {
        guard let id = AppID("browser") else { preconditionFailure("'browser' is an app id") }
        return id
    }()

    private func request(
        _ headers: [(name: String, value: String)] = [], query: String = "", body: String = ""
    ) throws -> ReceivedRequest {
        let target = try #require(RequestTarget("/x?\(query)"))
        return ReceivedRequest(method: "POST", target: target, headers: headers, body: Array(body.utf8))
    }

    private static let form = (name: "Content-Type", value: "application/x-www-form-urlencoded; charset=utf-8")

    @Test func `it counts in the header, and in a form`() throws {
        let text = session.formPassword.text
        #expect(FormPassword.isShown(by: try request([(name: "X-Form-Password", value: text)]), in: session))
        #expect(FormPassword.isShown(by: try request([Self.form], body: "a=1&form_password=\(text)"), in: session))
        #expect(FormPassword.isShown(by: try request([Self.form], body: "form%5Fpassword=\(text)&b"), in: session))
    }

    @Test func `it counts nowhere else`() throws {
        let text = session.formPassword.text
        let wrong = [
            try request(), try request(query: "form_password=\(text)"),
            try request([(name: "X-Form-Password", value: "")]),
            try request([(name: "X-Form-Password", value: String(text.dropLast()))]),
            try request([(name: "X-Form-Password", value: text + "0")]),
            try request([(name: "X-Form-Password", value: text.uppercased() + "x")]),
            try request([(name: "Content-Type", value: "text/plain")], body: "form_password=\(text)"),
            try request([(name: "Content-Type", value: "multipart/form-data")], body: "form_password=\(text)"),
            try request([Self.form], body: "form_password"), try request([Self.form], body: "form_password=%zz"),
            // Where two things are said, the header is what counts.
            try request([Self.form, (name: "X-Form-Password", value: "wrong")], body: "form_password=\(text)"),
        ]
        for request in wrong { #expect(!FormPassword.isShown(by: request, in: session)) }
    }
}
