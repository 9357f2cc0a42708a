import HostModel
import Server
import TestSupport
import Testing

/// Which route a method and a path mean, and what means none.
struct RouterTests {
    /// `reliability.md`, H27 and H28.
    @Test(
        arguments: [
            ("/apps/..", 400), ("/apps/.", 400), ("/apps/%2e%2e", 400), ("/apps/%2E", 400), ("/apps/a%2fb", 400),
            ("/apps/%5c", 400), ("/apps/%00", 400), ("/apps/notes%00", 400), ("/apps/%c0%ae", 400),
            ("/apps/%c0%ae%c0%ae", 400), ("/apps/%252e%252e", 400), ("/apps/%", 400), ("/apps/%4", 400),
            ("/apps/%zz", 400), ("/apps/%ff", 400), ("/apps/Notes", 400), ("/apps/notes.", 400), ("/apps/.notes", 400),
            ("/apps/a..b", 400), ("/apps/" + String(repeating: "a", count: 300), 400), ("/apps/no%20tes", 400),
            ("/apps/", 404), ("/apps//", 404), ("//apps", 404), ("/apps/notes/", 404), ("/%61pps", 404),
            ("/APPS", 404), ("/apps/notes/../notes", 404), ("/apps/notes/nothing", 404), ("", 404),
            ("/apps/" + String(repeating: "a/", count: 3000), 404), ("/apps/app-install-1", 404),
        ] as [(String, Int)])
    func `a path that means nothing is refused, and nothing is made`(path: String, status: Int) async throws {
        let bench = try Bench()
        for method in ["GET", "HEAD"] {
            #expect(try await bench.ask(method, path).status == status, "\(method)")
        }
        #expect(bench.disk.names().isEmpty)
    }

    @Test func `an escape of a letter is that letter`() throws {
        let match = try API.match("GET", "/api/v1/apps/%6eotes")
        #expect(match.app?.text == "notes")
        #expect(match.route.operationID == "showApp")
    }

    @Test(
        arguments: [
            ("POST", "/apps/install", "installApp"), ("GET", "/apps/install", "showApp"),
            ("POST", "/app-catalogs/refresh", "refreshCatalogs"), ("GET", "/app-catalogs/refresh", "showCatalog"),
            ("DELETE", "/apps/notes", "uninstallApp"), ("HEAD", "/apps", "listApps"),
        ])
    func `a word goes before a name, and each method has its own`(
        method: String, path: String, operation: String
    ) throws {
        #expect(try API.match(method, "/api/v1" + path).route.operationID == operation)
    }

    @Test(
        arguments: [
            ("POST", "/apps", "GET, HEAD"), ("PUT", "/apps/notes", "GET, HEAD, DELETE"),
            ("GET", "/apps/notes/start", "POST"), ("TRACE", "/apps", "GET, HEAD"), ("get", "/apps", "GET, HEAD"),
            ("HEAD", "/apps/notes/updates/apply", "POST"),
        ])
    func `another method is refused with those that there are`(
        method: String, path: String, allowed: String
    ) async throws {
        let answer = try await Bench().ask(method, path)
        #expect(answer.status == 405)
        #expect(answer.headers["Allow"] == allowed)
    }

    @Test func `only the head is answered to HEAD, with the length of the rest`() async throws {
        let bench = try Bench()
        let whole = await bench.api.respond(to: APIRequest("GET", "/api/v1/apps"), caller: Bench.person)
        let head = await bench.api.respond(to: APIRequest("HEAD", "/api/v1/apps"), caller: Bench.person)
        #expect(head.status == 200)
        #expect(head.body.isEmpty)
        #expect(head.length == whole.body.count)
        #expect(head.headers == whole.headers)
    }
}

/// The table itself.
struct RouteTableTests {
    @Test func `no two routes are one`() {
        let names = RouteTable.all.map(\.operationID)
        #expect(Set(names).count == names.count)
        let paths = RouteTable.all.map { "\($0.method.rawValue) \($0.template)" }
        #expect(Set(paths).count == paths.count)
    }

    @Test(arguments: RouteTable.all.map(\.operationID))
    func `no two values of a request have one name`(operation: String) throws {
        let route = try #require(RouteTable.all.first { $0.operationID == operation })
        let names = (route.path + route.query + route.body).map(\.name)
        #expect(Set(names).count == names.count)
    }

    @Test func `whatever reads changes nothing by a body`() {
        for route in RouteTable.all where route.method == .get || route.method == .delete {
            #expect(route.body.isEmpty, "\(route.operationID)")
        }
    }
}
