import HostModel
import Hosting

/// What could be updated, and the ways of an update: check, stage, apply, update at once, go back.
enum UpdatesRoutes {
    static let all: [Route] = [
        Route(
            operation: "checkApps", .post, "/updates/check",
            "Show what could be updated of every app. Catalogs are refreshed first.", for: both, body: [.offline],
            result: "CheckReport"
        ) { input in
            .looking(at: nil, input) { host, options in try await WorkOutcome(host.check([], options: options).json) }
        },
        Route(
            operation: "checkApp", .post, "/apps/{id}/updates/check",
            "Show what could be updated of one app. Catalogs are refreshed first.", for: both, body: [.offline],
            result: "CheckReport"
        ) { input in
            let app = try input.app()
            return .looking(at: app, input) { host, options in
                try await WorkOutcome(host.check([app], options: options).json)
            }
        },
        Route(
            .get, "/apps/{id}/updates", "explainUpdate",
            "Every gate that decides about an app's update, by what was last verified.",
            for: .capabilities([.appsRead]), answer: .value("Why"), failures: Route.readingApp
        ) { input in
            try input.host.why(input.app()).json
        },
        Route(
            .get, "/updates", "reviewUpdates",
            "What there is to look at of every app before it is updated, by what was last verified.",
            for: both, answer: .valueWithWarnings("CandidateReviews"), failures: Route.reading
        ) { input in
            try input.host.reviews { input.warnings.add($0) }.json
        },
        Route(
            .get, "/apps/{id}/updates/review", "reviewUpdate",
            "What there is to look at before an app is updated, by what was last verified.",
            for: both, answer: .valueWithWarnings("CandidateReviewOfOne"), failures: Route.readingApp
        ) { input in
            try input.host.review(input.app()) { input.warnings.add($0) }.json.withSchema
        },
        Route(
            operation: "updateApp", .post, "/apps/{id}/update",
            "Replace what is installed by what a catalog lists. A path on the host is taken from the operator alone.",
            for: both,
            body: [.version, .fromCatalog, .source, .expect, .accept, .environment] + Parameter.restarting
                + [.offline, .dryRun],
            result: "ChangeResults"
        ) { input in
            try update(input, onlyStage: false)
        },
        Route(
            operation: "stageUpdate", .post, "/apps/{id}/updates/stage",
            "Verify a bundle and put it aside. A path on the host is taken from the operator alone.", for: both,
            body: [.version, .fromCatalog, .source, .expect, .accept, .offline, .dryRun], result: "ChangeResults"
        ) { input in
            try update(input, onlyStage: true)
        },
        Route(
            operation: "applyUpdate", .post, "/apps/{id}/updates/apply", "Swap in the bundle that was staged.",
            for: both, body: [.expect, .accept, .environment] + Parameter.restarting + [.dryRun],
            result: "ChangeResults"
        ) { input in
            let app = try input.app()
            let expect = try input.optional("expect") { ContentDigest(hex: $0) }
            try input.requireRestart()
            return .change(of: app, input) { host, options in
                try await host.apply(app, expect: expect, options: options)
            }
        },
        Route(
            operation: "unstageUpdate", .post, "/apps/{id}/updates/unstage", "Delete the bundle that was staged.",
            for: .capabilities([.appsManage]), body: [.dryRun], result: "ChangeResults"
        ) { input in
            let app = try input.app()
            return .change(of: app, input) { host, options in try await host.unstage(app, options: options) }
        },
        Route(
            operation: "rollBackApp", .post, "/apps/{id}/updates/rollback",
            "Return an app to a bundle that it had before.", for: .capabilities([.appsManage]),
            body: [Parameter("to", .text(.version), "a kept version; the one before where it is not given")]
                + Parameter.restarting + [.dryRun],
            result: "ChangeResults"
        ) { input in
            let app = try input.app()
            let version = try input.optional("to") { BundleVersion($0) }
            try input.requireRestart()
            return .change(of: app, input) { host, options in
                try await host.rollback(app, to: version, options: options)
            }
        },
    ]

    /// What is taken from a catalog needs both.
    private static let both = Requirement.capabilities([.appsManage, .catalogsManage])

    private static func update(_ input: RouteInput, onlyStage: Bool) throws(APIError) -> Work {
        let app = try input.app()
        let version = try input.optional("version") { BundleVersion($0) }
        let catalog = try input.optional("catalog") { AppID($0) }
        let expect = try input.optional("expect") { ContentDigest(hex: $0) }
        try input.requireRestart()
        guard let source = input.text("source") else {
            return .change(of: app, input) { host, options in
                try await host.update(
                    app, version: version, catalog: catalog, onlyStage: onlyStage, expect: expect, options: options)
            }
        }
        guard version == nil, catalog == nil else { throw .invalid("'source' goes with no 'version' or 'catalog'") }
        return .change(of: app, input) { host, options in
            try await host.update(app, from: source, onlyStage: onlyStage, expect: expect, options: options)
        }
    }
}
