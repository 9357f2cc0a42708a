import HostModel
import Hosting

/// The pages of `/`: what can be looked at, and what forms do. All of it is asked of the API, in the name of who is
/// signed in.
struct PageDesk: Sendable {
    private let host: AppHost
    private let api: API
    private let sessions: Sessions
    private let desk: SessionDesk
    private let now: @Sendable () -> Timestamp

    /// How long a form waits for what it began, before the browser is led to its progress.
    private static let patience = 2

    init(host: AppHost, api: API, sessions: Sessions, now: @escaping @Sendable () -> Timestamp) {
        self.host = host
        self.api = api
        self.sessions = sessions
        desk = SessionDesk(host: host, sessions: sessions)
        self.now = now
    }

    /// - Parameter noting: told what is allowed that changes something, before any of it is done.
    /// - Returns: nil where it is for somebody else.
    func answer(to request: ReceivedRequest, noting: @escaping Permit.Noting) async -> PageAnswer? {
        guard !Self.isForPrograms(request.target.path) else { return nil }
        let found: PageAnswer?
        switch request.method {
        case "GET", "HEAD": found = await shown(request)
        case "POST": found = await done(request, noting)
        default: found = nil
        }
        guard var answer = found else { return nil }
        if request.method == "HEAD" { answer.http = answer.http.withoutBody }
        return answer
    }

    /// To a request that nobody looks at.
    func answer(to refusal: HTTPRefusal) -> HTTPAnswer { page(TroubleView(refusal), status: refusal.status, nil) }

    // MARK: Looking

    private func shown(_ request: ReceivedRequest) async -> PageAnswer? {
        let path = request.target.path
        if let asset = PageAsset(rawValue: path) {
            return PageAnswer(http: .asset(asset), route: path, isAllowed: true)
        }
        if path == Self.signInPath { return signIn(to: Self.destination(of: request), isWrong: false) }
        guard let place = PagePath(path) else { return unknown(request) }
        var answer = PageAnswer(
            http: .seeOther(Self.signInPath + "?to=" + path), route: place.template, app: place.app, isAllowed: false)
        var known: Visitor?
        do {
            guard let visitor = try desk.session(of: request).map({ Visitor($0.session) }) else { return answer }
            known = visitor
            answer.caller = visitor.caller
            answer.isAllowed = true
            let pages = PageReader(api: api, visitor: visitor, now: now())
            let shown = try await pages.page(at: place, did: Self.query(of: request, "did"))
            answer.http = page(shown, visitor, area: place.area)
        } catch let trouble as PageTrouble {
            answer.http = page(TroubleView(error: trouble.error, href: place.area), status: trouble.status, known)
        } catch {
            answer.http = unreadable(error)
        }
        return answer
    }

    /// - Returns: nil where no person reads the answer.
    private func unknown(_ request: ReceivedRequest) -> PageAnswer? {
        if let action = FormAction(request.target.path) {
            let http = page(TroubleView.onlyByForm(action.origin), status: 405, nil).adding("Allow", "POST")
            return PageAnswer(http: http, route: action.template, app: action.app, isAllowed: false)
        }
        guard request.isRead else { return nil }
        return PageAnswer(http: page(TroubleView.noPage, status: 404, nil), isAllowed: false)
    }

    private static func isForPrograms(_ path: String) -> Bool {
        path == MetricsPage.path || path.hasPrefix(PathTemplate.base)
    }

    // MARK: Doing

    private func done(_ request: ReceivedRequest, _ noting: @escaping Permit.Noting) async -> PageAnswer? {
        let path = request.target.path
        switch path {
        case Self.signInPath: return signedIn(request)
        case Self.signOutPath: return signedOut(request)
        default: break
        }
        guard let action = FormAction(path) else { return unknown(request) }
        var answer = PageAnswer(
            http: page(TroubleView.sessionOver, status: 401, nil), route: action.template, app: action.app,
            isAllowed: false)
        var known: Visitor?
        do {
            guard let (_, session) = try desk.session(of: request) else { return answer }
            let visitor = Visitor(session)
            known = visitor
            answer.caller = visitor.caller
            guard let fields = FormFields.read(request) else {
                answer.http = page(TroubleView.noForm, status: 415, visitor)
                return answer
            }
            let input = FormInput(fields)
            guard FormPassword.isShown(by: request, in: session), let key = FormNumber.key(of: input, path: path)
            else {
                answer.http = page(TroubleView.staleForm, status: 403, visitor)
                return answer
            }
            answer.isAllowed = true
            let permit = Permit(caller: visitor.caller, route: action.template, app: action.app)
            answer.http = try await done(action, input, key, visitor) { await noting(permit) }
        } catch let error as APIError {
            let isUsed = error.code == APIError.keyReused.code
            let trouble =
                isUsed ? TroubleView.formUsed(action.origin) : TroubleView(error: api.shown(error), href: action.origin)
            answer.http = page(trouble, status: error.status, known)
        } catch let trouble as PageTrouble {
            answer.http = page(TroubleView(error: trouble.error, href: action.origin), status: trouble.status, known)
        } catch {
            answer.http = unreadable(error)
        }
        return answer
    }

    private func done(
        _ action: FormAction, _ input: FormInput, _ key: String, _ visitor: Visitor,
        beforeChange: API.BeforeChange
    ) async throws -> HTTPAnswer {
        let request = try FormPlan.request(for: action, input, key: key)
        let pages = PageReader(api: api, visitor: visitor, now: now())
        if case .cancel(let operation) = action {
            await beforeChange()
            _ = try await pages.ask(request)
            return .seeOther("/operations/\(operation)")
        }
        let begun = try await api.begin(request, caller: visitor.caller, beforeChange: beforeChange)
        let operation = try await pages.operation(begun.id, within: Self.patience)
        switch operation.word("state") {
        case Operation.State.done.rawValue: return .seeOther("\(action.destination)?did=\(begun.id)")
        case Operation.State.failed.rawValue:
            let status = operation.at("error").number(at: "status").map { Int($0) } ?? 500
            return page(pages.page(of: operation), visitor, status: status, area: "/operations")
        default: return .seeOther("/operations/\(begun.id)")
        }
    }

    // MARK: Signing in and out

    private static let signInPath = "/sign-in"
    private static let signOutPath = "/sign-out"

    private func signIn(to destination: String, isWrong: Bool) -> PageAnswer {
        let isFirst: Bool
        do { isFirst = try host.tokens().isEmpty } catch {
            return PageAnswer(http: unreadable(error), route: Self.signInPath, isAllowed: false)
        }
        let view = SignInView(destination: destination, isWrong: isWrong, isFirst: isFirst)
        let shown = Page(title: "Sign in", template: "sign-in", view: view)
        let http = page(shown, nil, status: isWrong ? 401 : 200, area: "")
        return PageAnswer(http: http, route: Self.signInPath, isAllowed: !isWrong)
    }

    private func signedIn(_ request: ReceivedRequest) -> PageAnswer {
        let input = FormInput(FormFields.read(request) ?? [])
        let wanted = input.text("to") ?? "/"
        // Nobody is led anywhere but to a page of ours.
        let destination = PagePath(wanted) == nil ? "/" : wanted
        do {
            guard let text = input.text("token"), let token = try host.operatorToken(AccessToken(text: text)) else {
                return signIn(to: destination, isWrong: true)
            }
            let (cookie, session) = sessions.signIn(token)
            return PageAnswer(
                http: .seeOther(destination).adding("Set-Cookie", SessionCookie.header(cookie)),
                caller: Visitor(session).caller, route: Self.signInPath, isAllowed: true)
        } catch {
            return PageAnswer(http: unreadable(error), route: Self.signInPath, isAllowed: false)
        }
    }

    private func signedOut(_ request: ReceivedRequest) -> PageAnswer {
        var answer = PageAnswer(
            http: HTTPAnswer.seeOther(Self.signInPath).adding("Set-Cookie", SessionCookie.removal),
            route: Self.signOutPath, isAllowed: true)
        do {
            // Who is out already stays out.
            guard let (cookie, session) = try desk.session(of: request) else { return answer }
            let visitor = Visitor(session)
            answer.caller = visitor.caller
            guard FormPassword.isShown(by: request, in: session) else {
                answer.isAllowed = false
                answer.http = page(TroubleView.staleForm, status: 403, visitor)
                return answer
            }
            sessions.signOut(cookie)
        } catch {
            answer.http = unreadable(error)
        }
        return answer
    }

    // MARK: Queries

    private static func destination(of request: ReceivedRequest) -> String {
        guard let path = query(of: request, "to"), PagePath(path) != nil else { return "/" }
        return path
    }

    private static func query(of request: ReceivedRequest, _ name: String) -> String? {
        let items: [(name: String, value: String)]
        do throws(APIError) { items = try QueryItems.parse(request.target.query ?? "") } catch { return nil }
        return items.first { $0.name == name }?.value
    }

    // MARK: Pages

    private func page(_ page: Page, _ visitor: Visitor?, status: Int = 200, area: String) -> HTTPAnswer {
        let shell = Shell(
            title: page.title, visitor: visitor, area: area, refreshes: page.refreshes,
            content: PageLibrary.render(page.view, with: page.template))
        return .page(status, PageLibrary.render(shell, with: "shell"), asks: page.refreshes)
    }

    private func page(_ trouble: TroubleView, status: Int, _ visitor: Visitor?) -> HTTPAnswer {
        page(Page(title: trouble.title, template: "trouble", view: trouble), visitor, status: status, area: "")
    }

    /// Of what keeps the root from being read only the code is told: its sentence may name paths.
    private func unreadable(_ error: any Error) -> HTTPAnswer {
        let code = (error as? any Failure)?.code ?? .internalError
        let trouble = TroubleView(
            title: "The root cannot be read", message: "Nothing was done",
            advice: "'apphost doctor' on the host looks for what is wrong", code: code.rawValue, href: "/",
            link: "Try again")
        return page(trouble, status: code.httpStatus, nil)
    }
}

/// What is shown of something.
struct Page {
    let title: String
    let template: String
    let view: Any
    /// Whether it shows something that goes on.
    var refreshes = false
}

/// Why a page cannot be shown.
struct PageTrouble: Error {
    let status: Int
    /// As the API answered it.
    let error: JSONValue
}
