import HostModel
import Server
import Testing

/// Which page or form an address means, and what a form asks of the API.
struct PathTests {
    @Test(arguments: [
        ("/", "/"), ("/apps/notes", "/apps/{id}"), ("/apps/notes/review", "/apps/{id}/review"),
        ("/apps/notes/history", "/apps/{id}/history"), ("/apps/notes/rollback", "/apps/{id}/rollback"),
        ("/apps/notes/uninstall", "/apps/{id}/uninstall"), ("/apps/notes/unstage", "/apps/{id}/unstage"),
        ("/catalogs", "/catalogs"), ("/catalogs/demo", "/catalogs/{catalog}"),
        ("/catalogs/demo/remove", "/catalogs/{catalog}/remove"),
        ("/catalogs/demo/apps/notes", "/catalogs/{catalog}/apps/{id}"), ("/scheduler", "/scheduler"),
        ("/operations", "/operations"),
        ("/operations/0123456789abcdef0123456789abcdef", "/operations/{operation}"),
    ])
    func `every page has an address`(path: String, template: String) throws {
        #expect(try #require(PagePath(path)).template == template)
    }

    @Test(arguments: [
        "", "apps", "//", "/apps", "/apps/", "/apps/notes/", "/apps//notes", "/apps/No", "/apps/..", "/apps/%6eotes",
        "/apps/notes/stage", "/catalogs/demo/apps", "/operations/1", "/scheduler/run", "//evil.example",
        "/apps/notes\r\nX: 1", "/\\evil.example",
    ])
    func `anything else is none`(path: String) { #expect(PagePath(path) == nil) }

    @Test(arguments: FormAction.OfApp.allCases)
    func `every form of an app has an address, and a page to go back to`(action: FormAction.OfApp) throws {
        let form = try #require(FormAction("/apps/notes/\(action.rawValue)"))
        #expect(form == .app(action, try #require(AppID("notes"))))
        #expect(form.template == "/apps/{id}/\(action.rawValue)")
        #expect(form.app?.text == "notes")
        #expect(PagePath(form.origin) != nil)
        #expect(PagePath(form.destination) != nil)
    }

    @Test(arguments: [
        ("/check", "/check"), ("/catalogs/add", "/catalogs/add"), ("/catalogs/refresh", "/catalogs/refresh"),
        ("/catalogs/demo/refresh", "/catalogs/{catalog}/refresh"),
        ("/catalogs/demo/remove", "/catalogs/{catalog}/remove"),
        ("/catalogs/demo/apps/notes/install", "/catalogs/{catalog}/apps/{id}/install"),
        ("/scheduler/run", "/scheduler/run"),
        ("/operations/0123456789abcdef0123456789abcdef/cancel", "/operations/{operation}/cancel"),
    ])
    func `every other form too`(path: String, template: String) throws {
        let form = try #require(FormAction(path))
        #expect(form.template == template)
        #expect(PagePath(form.origin) != nil)
        #expect(PagePath(form.destination) != nil)
    }

    @Test(arguments: ["/", "/apps/notes", "/apps/notes/delete", "/apps/No/hold", "/apps/notes/hold/", "/catalogs/demo"])
    func `a form of anything else is none`(path: String) { #expect(FormAction(path) == nil) }

    // MARK: What is asked

    struct Case: Sendable {
        let path: String
        let fields: [(name: String, value: String)]
        /// Method, path without `/api/v1`, and body.
        let asked: String

        init(_ path: String, _ fields: [(String, String)], _ asked: String) {
            self.path = path
            self.fields = fields.map { (name: $0.0, value: $0.1) }
            self.asked = asked
        }
    }

    private static let digest = String(repeating: "ab", count: 32)
    private static let expect = #""expect":"\#(digest)""#

    static let cases: [Case] = [
        Case("/check", [], "POST /updates/check {}"),
        Case("/apps/notes/check", [], "POST /apps/notes/updates/check {}"),
        Case(
            "/apps/notes/stage", [("expect", digest), ("accept", "permissions"), ("accept", "posture")],
            "POST /apps/notes/updates/stage {\(expect),\"accept\":[\"permissions\",\"posture\"]}"),
        Case(
            "/apps/notes/stage", [("expect", digest), ("restart", "yes")],
            "POST /apps/notes/updates/stage {\(expect)}"),
        Case(
            "/apps/notes/apply", [("expect", digest), ("health", "process"), ("env.URL", " x ")],
            "POST /apps/notes/updates/apply {\(expect),\"environment\":{\"URL\":\" x \"}}"),
        Case(
            "/apps/notes/update", [("expect", digest), ("restart", "yes"), ("health", "")],
            "POST /apps/notes/update {\(expect),\"restart\":true,\"rollbackOnFailure\":true}"),
        Case(
            "/apps/notes/rollback", [("to", "1.0"), ("restart", "yes"), ("health", "none"), ("leave", "yes")],
            "POST /apps/notes/updates/rollback "
                + #"{"to":"1.0","restart":true,"health":"none","rollbackOnFailure":false}"#),
        Case("/apps/notes/uninstall", [], "DELETE /apps/notes "),
        Case("/apps/notes/uninstall", [("purge", "yes")], "DELETE /apps/notes?purge=true "),
        Case(
            "/apps/notes/policy", [("mode", "stage"), ("channels", "stable, beta"), ("cooldown", " 3d ")],
            #"POST /apps/notes/updates/policy {"mode":"stage","channels":["stable","beta"],"cooldown":"3d"}"#),
        Case(
            "/apps/notes/policy", [("mode", "manual")],
            #"POST /apps/notes/updates/policy {"mode":"manual","channels":[],"cooldown":""}"#),
        Case("/apps/notes/hold", [("for", "7d")], #"POST /apps/notes/hold {"for":"7d"}"#),
        Case("/apps/notes/hold", [("for", "")], "POST /apps/notes/hold {}"),
        Case("/apps/notes/unhold", [], "DELETE /apps/notes/hold "),
        Case(
            "/catalogs/add", [("name", "demo"), ("location", " /srv/demo ")],
            #"POST /app-catalogs/add {"name":"demo","location":"/srv/demo"}"#),
        Case("/catalogs/demo/remove", [], "DELETE /app-catalogs/demo "),
        Case(
            "/catalogs/demo/apps/notes/install", [("expect", digest), ("version", "1.0")],
            "POST /app-catalogs/demo/apps/notes/install {\(expect),\"version\":\"1.0\"}"),
    ]

    @Test(arguments: PathTests.cases)
    func `a form asks what the command line would`(form: Case) throws {
        let action = try #require(FormAction(form.path))
        let request = try FormPlan.request(for: action, FormInput(form.fields), key: "k")
        let target = request.path + (request.query.map { "?\($0)" } ?? "")
        let body = String(decoding: request.body, as: UTF8.self)
        let asked = form.asked.replacing(" /", with: " /api/v1/", maxReplacements: 1)
        #expect("\(request.method) \(target) \(body)" == asked)
        #expect(request.idempotencyKey == "k")
        // The API has all of it.
        _ = try API.match(request.method, request.path)
    }

    @Test(arguments: ["/apps/notes/stage", "/apps/notes/update", "/apps/notes/apply", "/apps/notes/rollback"])
    func `what was looked at has to be said`(path: String) throws {
        let action = try #require(FormAction(path))
        #expect(throws: APIError.self) { try FormPlan.request(for: action, FormInput([]), key: "k") }
    }

    @Test func `a form has a number of its own`() {
        let number = FormKeys(password: "p").number
        let other = FormKeys(password: "p").number
        #expect(number != other)
        let key = { (value: String) in
            FormNumber.key(of: FormInput([(name: FormNumber.field, value: value)]), path: "/a")
        }
        #expect(key(number) == "\(number):/a")
        for wrong in ["", "1", String(number.dropLast()), "g" + number.dropFirst()] { #expect(key(wrong) == nil) }
        #expect(FormNumber.key(of: FormInput([]), path: "/a") == nil)
    }
}
