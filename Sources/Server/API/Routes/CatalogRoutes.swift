import HostModel
import Hosting

/// Where apps come from: the catalogs of this host, and what they list.
enum CatalogRoutes {
    static let all: [Route] = [
        Route(
            .get, "/search", "search", "Look for apps in what catalogs listed when they were last refreshed.",
            for: .capabilities([.catalogsRead]),
            query: [Parameter("text", .text(.free(0...256)), "part of an id, a name or a summary, in any letter case")],
            answer: .valueWithWarnings("SearchResults"), failures: Route.reading
        ) { input in
            let found = try input.host.search(input.text("text")) { input.warnings.add($0) }
            return ["schema": 1, "catalogs": found.catalogs.map(\.brief), "results": found.hits]
        },
        Route(
            .get, "/app-catalogs", "listCatalogs", "The catalogs that this host follows.",
            for: .capabilities([.catalogsRead]), answer: .valueWithWarnings("CatalogList"), failures: Route.reading
        ) { input in
            let (catalogs, failures) = try input.host.catalogs()
            for failure in failures { input.warnings.add(failure.message) }
            return ["schema": 1, "catalogs": catalogs]
        },
        Route(
            operation: "addCatalog", .post, "/app-catalogs/add",
            "Follow a catalog, once all of it was verified. Its root has to be known by 'rootFile' or 'fingerprint'.",
            for: .capabilities([.catalogsManage]),
            body: [
                Parameter("name", .text(.catalog), "what to call it here", isRequired: true),
                Parameter(
                    "location", .text(.location), "a URL; a path of the host is taken from the operator alone",
                    isRequired: true),
                Parameter("fingerprint", .text(.digest), "the SHA-256 of the root that it serves"),
                Parameter(
                    "rootFile", .text(.path), "the path of its root metadata on the host", isOperatorOnly: true),
                Parameter(
                    "certificateFile", .text(.path),
                    "the path on the host of a PEM file: trust only its authorities for the catalog's server",
                    isOperatorOnly: true),
                .offline, .dryRun,
            ],
            result: "CatalogAdded"
        ) { input in
            let location: String = try input.required("location") { $0 }
            guard input.caller.isPerson || TextRule.isWebAddress(location) else {
                throw APIError.notAllowed("an app may add catalogs by 'https:' and 'http:' alone")
            }
            let new = AppHost.NewCatalog(
                name: try input.required("name") { AppID($0) }, location: location, rootFile: input.text("rootFile"),
                fingerprint: try input.optional("fingerprint") { ContentDigest(hex: $0) },
                certificateFile: input.text("certificateFile"))
            return .looking(at: nil, input) { host, options in
                try await WorkOutcome(["schema": 1, "catalog": host.addCatalog(new, options: options)])
            }
        },
        Route(
            operation: "refreshCatalogs", .post, "/app-catalogs/refresh", "Bring all catalogs up to date.",
            for: .capabilities([.catalogsManage]), result: "CatalogRefreshes"
        ) { input in
            refresh([], input)
        },
        Route(
            operation: "refreshCatalog", .post, "/app-catalogs/{catalog}/refresh", "Bring a catalog up to date.",
            for: .capabilities([.catalogsManage]), result: "CatalogRefreshes"
        ) { input in
            try refresh([input.catalog()], input)
        },
        Route(
            .get, "/app-catalogs/{catalog}", "showCatalog", "One catalog, and what in it cannot be used.",
            for: .capabilities([.catalogsRead]), answer: .value("CatalogDetail"),
            failures: Route.reading + [.catalogNotFound]
        ) { input in
            try input.host.catalog(input.catalog()).json.withSchema
        },
        Route(
            .delete, "/app-catalogs/{catalog}", "removeCatalog",
            "Forget a catalog, and the root that was trusted for it. What was installed from it stays.",
            for: .capabilities([.catalogsManage]), query: [.dryRun], answer: .valueWithWarnings("CatalogRemoved"),
            failures: Route.changing + [.catalogNotFound]
        ) { input in
            let name = try input.catalog()
            input.recover()
            return ["schema": 1, "name": name, "apps": try input.host.removeCatalog(name, options: input.options())]
        },
        Route(
            .get, "/app-catalogs/{catalog}/apps", "listCatalogApps", "What one catalog lists, by the app's id.",
            for: .capabilities([.catalogsRead]), answer: .valueWithWarnings("SearchResults"),
            failures: Route.reading + [.catalogNotFound]
        ) { input in
            // Says that there is none of that name.
            let name = try input.host.catalog(input.catalog()).summary.name
            let found = try input.host.search(nil) { input.warnings.add($0) }
            return [
                "schema": 1, "catalogs": found.catalogs.filter { $0.name == name }.map(\.brief),
                "results": found.hits.filter { $0.offer.catalog == name },
            ]
        },
        Route(
            operation: "installFromCatalog", .post, "/app-catalogs/{catalog}/apps/{id}/install",
            "Install an app that a catalog lists.", for: .capabilities([.appsManage, .catalogsManage]),
            body: [.version, .expect, .accept, .environment, .offline, .dryRun], result: "ChangeResults"
        ) { input in
            try AppsRoutes.install(input, app: input.app(), catalog: input.catalog())
        },
    ]

    /// The failure of one stops no other; the first is the operation's.
    private static func refresh(_ names: [AppID], _ input: RouteInput) -> Work {
        .looking(at: nil, input) { host, options in
            let results = try await host.refresh(names, options: options)
            return WorkOutcome(["schema": 1, "results": results], failure: results.compactMap(\.failure).first)
        }
    }
}
