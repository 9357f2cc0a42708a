import HostModel
import Server
import TestSupport
import Testing

/// `behaviour.md` 8: who may do what.
struct AccessTests {
    /// As it was decided: for each operation who may, beside the operator.
    private static let decided: [String: String] = [
        "listApps": "apps.read", "showApp": "apps.read", "showHistory": "apps.read", "showRuntimes": "apps.read",
        "showRuntime": "apps.read", "showLogs": "apps.read", "explainUpdate": "apps.read", "verifyApps": "apps.read",
        "verifyApp": "apps.read",
        "uninstallApp": "apps.manage", "startApp": "apps.manage", "stopApp": "apps.manage",
        "restartApp": "apps.manage", "unstageUpdate": "apps.manage", "rollBackApp": "apps.manage",
        "installApp": "apps.manage catalogs.manage", "checkApps": "apps.manage catalogs.manage",
        "checkApp": "apps.manage catalogs.manage", "updateApp": "apps.manage catalogs.manage",
        "stageUpdate": "apps.manage catalogs.manage", "applyUpdate": "apps.manage catalogs.manage",
        "installFromCatalog": "apps.manage catalogs.manage", "reviewUpdates": "apps.manage catalogs.manage",
        "reviewUpdate": "apps.manage catalogs.manage",
        "search": "catalogs.read", "listCatalogs": "catalogs.read", "showCatalog": "catalogs.read",
        "listCatalogApps": "catalogs.read",
        "addCatalog": "catalogs.manage", "refreshCatalogs": "catalogs.manage", "refreshCatalog": "catalogs.manage",
        "removeCatalog": "catalogs.manage",
        "showScheduler": "apps.read catalogs.read",
        "showPolicy": "operator", "changePolicy": "operator", "holdApp": "operator", "endHold": "operator",
        "showConfiguration": "operator", "changeConfiguration": "operator", "listSecrets": "operator",
        "setSecret": "operator", "removeSecret": "operator", "listPermissions": "operator",
        "grantPermissions": "operator", "revokePermissions": "operator", "listKeys": "operator",
        "trustKey": "operator", "changeKeyStatus": "operator", "showSettings": "operator",
        "changeSettings": "operator", "runScheduler": "operator", "examineHost": "operator",
        "listOperations": "any app", "showOperation": "any app", "cancelOperation": "any app",
        "describe": "anybody",
    ]

    @Test func `every route is as it was decided`() {
        let found = Dictionary(
            RouteTable.all.map { ($0.operationID, $0.requirement.words) }, uniquingKeysWith: { first, _ in first })
        #expect(found == Self.decided)
    }

    /// A path with something in each pair of braces.
    private static func path(of route: Route) -> String {
        var path = route.template.description
        for (name, text) in [
            ("{id}", "notes"), ("{catalog}", "demo"), ("{name}", "TOKEN"), ("{key}", "notes"),
            ("{operation}", String(repeating: "0", count: 32)),
        ] {
            let parts = path.split(separator: "/").map { $0 == name ? text : String($0) }
            path = "/" + parts.joined(separator: "/")
        }
        return path
    }

    @Test(arguments: RouteTable.all.map(\.operationID))
    func `who may not is refused before anything is looked at`(operation: String) async throws {
        let route = try #require(RouteTable.all.first { $0.operationID == operation })
        let bench = try Bench()
        let app = try #require(AppID("watcher"))
        let needed = route.requirement.words
        // Every set of capabilities, and none.
        for number in 0..<16 {
            let granted = Set(Capability.allCases.enumerated().filter { number >> $0.offset & 1 == 1 }.map(\.element))
            let words = needed.split(separator: " ").map(String.init)
            let isMet = words.allSatisfy { word in granted.contains { $0.rawValue == word } }
            if isMet || ["any app", "anybody"].contains(needed) { continue }
            let request = APIRequest(route.method.rawValue, Self.path(of: route))
            let response = await bench.api.respond(to: request, caller: .app(app, granted))
            #expect(response.status == 403, "\(granted)")
        }
        let request = APIRequest(route.method.rawValue, Self.path(of: route))
        let response = await bench.api.respond(to: request, caller: .nobody)
        #expect(response.status == (needed == "anybody" ? 200 : 401))
        #expect(bench.disk.names().isEmpty)
    }

    @Test func `nobody unknown learns what there is`() async throws {
        let bench = try Bench()
        let answers = [
            try await bench.ask("GET", "/apps/notes", by: .nobody), try await bench.ask("GET", "/nothing", by: .nobody),
            try await bench.ask("PUT", "/apps", by: .nobody), try await bench.ask("GET", "/apps/%zz", by: .nobody),
        ]
        #expect(Set(answers.map(\.status)) == [401])
        #expect(Set(answers.map(\.text)).count == 1)
        #expect(answers.allSatisfy { $0.headers["WWW-Authenticate"] == "Bearer" })
    }

    @Test(
        arguments: [
            ("/apps/install", "source", #"{"source":"/srv/a.zip"}"#),
            ("/apps/install", "accept", #"{"app":"notes","accept":["unsigned"]}"#),
            ("/apps/notes/updates/apply", "environment", #"{"environment":{"A":"b"}}"#),
            ("/app-catalogs/add", "rootFile", #"{"name":"demo","location":"https://a.example","rootFile":"/etc/x"}"#),
        ])
    func `no app consents, sets values or names files of the host`(
        path: String, name: String, body: String
    ) async throws {
        let app = try #require(AppID("watcher"))
        let bench = try Bench()
        let answer = try await bench.ask(
            "POST", path, bytes: Array(body.utf8), type: "application/json",
            by: .app(app, Set(Capability.allCases)))
        #expect(answer.status == 403)
        #expect(answer.json["error"]?["message"]?.asString == "no app may give '\(name)'")
    }

    @Test(
        arguments: [
            ("POST", "/apps/notes/hold", "{}", 200, true), ("DELETE", "/apps/notes?wait=60", "", 200, true),
            ("POST", "/trust/notes/status", #"{"status":"retiring"}"#, 200, true),
            ("POST", "/apps/notes/hold", #"{"for":"always"}"#, 400, false), ("GET", "/apps", "", 200, false),
            ("POST", "/apps/install", #"{"source":"notes.zip"}"#, 400, false), ("POST", "/apps", "{}", 405, false),
            ("POST", "/app-catalogs/add", #"{"name":"demo"}"#, 400, false),
        ])
    func `what is allowed to change something is told before it does, and nothing else is`(
        method: String, path: String, body: String, status: Int, isTold: Bool
    ) async throws {
        let bench = try await Bench.withNotes()
        let disk = bench.disk
        let before = try disk.snapshot()
        let (told, tell) = AsyncStream.makeStream(of: Bool.self)
        let answer = try await bench.ask(
            method, path, bytes: Array(body.utf8), type: "application/json",
            beforeChange: { tell.yield((try? disk.snapshot()) == before) })
        tell.finish()
        #expect(answer.status == status, "\(answer.text)")
        var wasUnchanged: [Bool] = []
        for await isUnchanged in told { wasUnchanged.append(isUnchanged) }
        #expect(wasUnchanged == (isTold ? [true] : []))
    }

    @Test func `an app adds catalogs by address alone, and purges nothing`() async throws {
        let app = Caller.app(try #require(AppID("watcher")), Set(Capability.allCases))
        let bench = try Bench()
        let added = try await bench.ask(
            "POST", "/app-catalogs/add", ["name": "demo", "location": "/srv/catalog"], by: app)
        #expect(added.status == 403)
        #expect(try await bench.ask("DELETE", "/apps/notes?purge=true", by: app).status == 403)
    }
}
