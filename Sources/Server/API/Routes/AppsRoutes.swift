import HostModel
import Hosting

/// What is installed: list, show, history, install, uninstall.
enum AppsRoutes {
    static let all: [Route] = [
        Route(
            .get, "/apps", "listApps", "Every installed app.", for: .capabilities([.appsRead]),
            answer: .valueWithWarnings("AppList"), failures: Route.reading
        ) { input in
            let (apps, failures) = try input.host.list()
            for failure in failures { input.warnings.add(failure.message) }
            return ["schema": 1, "apps": apps]
        },
        Route(
            .get, "/apps/{id}", "showApp", "One app: what is installed, and what catalogs listed last.",
            for: .capabilities([.appsRead]), answer: .valueWithWarnings("AppDetail"),
            failures: Route.readingApp + [.appNotInCatalog]
        ) { input in
            try input.host.info(input.app()) { input.warnings.add($0) }.json.withSchema
        },
        Route(
            .get, "/apps/{id}/history", "showHistory", "What was done to an app, also before an uninstall.",
            for: .capabilities([.appsRead]), answer: .value("History"), failures: Route.readingApp
        ) { input in
            let app = try input.app()
            return ["schema": 1, "app": app, "history": try input.host.history(app)]
        },
        Route(
            operation: "installApp", .post, "/apps/install",
            "Install an app from a catalog. A path on the host is taken from the operator alone.",
            for: .capabilities([.appsManage, .catalogsManage]),
            body: [
                Parameter("app", .text(.appID), "the app; not with 'source'"), .version, .fromCatalog, .source, .expect,
                .accept, .environment, .offline, .dryRun,
            ],
            result: "ChangeResults"
        ) { input in
            let app = try input.optional("app") { AppID($0) }
            return try install(input, app: app, catalog: input.optional("catalog") { AppID($0) })
        },
        Route(
            operation: "uninstallApp", .delete, "/apps/{id}",
            "Remove an app's bundles, secrets and grants. Its data stays, unless 'purge' is true.",
            for: .capabilities([.appsManage]),
            query: [
                Parameter("purge", .flag, "delete its data as well, for good", isOperatorOnly: true), .dryRun,
            ],
            result: "ChangeResults"
        ) { input in
            let app = try input.app()
            return .change(of: app, input) { host, options in
                try await host.uninstall(app, purge: input.flag("purge"), options: options).0
            }
        },
    ]

    /// - Parameter app: nil where a source is given.
    static func install(_ input: RouteInput, app: AppID?, catalog: AppID?) throws(APIError) -> Work {
        let version = try input.optional("version") { BundleVersion($0) }
        let expect = try input.optional("expect") { ContentDigest(hex: $0) }
        guard let source = input.text("source") else {
            guard let app else { throw .invalid("'app' is missing") }
            return .change(of: app, input) { host, options in
                try await host.install(app, version: version, catalog: catalog, expect: expect, options: options)
            }
        }
        guard app == nil, version == nil, catalog == nil, expect == nil else {
            throw .invalid("'source' goes with no 'app', 'version', 'catalog' or 'expect'")
        }
        return .change(of: nil, input) { host, options in try await host.install(source, options: options) }
    }
}

extension Work {
    /// A change of one app, with what the request says of it.
    static func change(
        of app: AppID?, _ input: RouteInput,
        _ body: @escaping @Sendable (AppHost, ChangeOptions) async throws -> ChangeResult
    ) -> Work {
        looking(at: app, input) { host, options in
            WorkOutcome(.changes([try await body(host, options)]))
        }
    }

    /// Anything that takes its time. What killed commands left is put in order first.
    static func looking(
        at app: AppID?, _ input: RouteInput,
        _ body: @escaping @Sendable (AppHost, ChangeOptions) async throws -> WorkOutcome
    ) -> Work {
        Work(app: app) { given in
            let options = input.applied(to: given)
            if !options.dryRun { for failure in input.host.recover() { options.warn(failure.message) } }
            return try await body(input.host, options)
        }
    }
}

extension RouteInput {
    /// A change that is over at once.
    func change(_ body: (AppHost, ChangeOptions) async throws -> ChangeResult) async throws -> JSONValue {
        recover()
        return .changes([try await body(host, options())])
    }
}

extension JSONValue {
    /// What the command line writes of changes, where it left none.
    static func changes(_ results: [ChangeResult]) -> JSONValue {
        ["schema": 1, "results": results, "left": [JSONValue]()]
    }

    /// An object as the command line writes it: with `schema` before everything else.
    var withSchema: JSONValue {
        guard case .object(let members) = self else { return self }
        return .object([Member("schema", 1.json)] + members)
    }
}
