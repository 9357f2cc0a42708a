import HostModel
import Hosting

/// What runs: status, logs, start, stop, restart.
enum RuntimeRoutes {
    static let all: [Route] = [
        Route(
            .get, "/runtime", "showRuntimes", "What runs of every installed app.", for: .capabilities([.appsRead]),
            answer: .valueWithWarnings("Runtimes"), failures: Route.reading
        ) { input in
            try status([], input)
        },
        Route(
            .get, "/apps/{id}/runtime", "showRuntime", "What runs of one app.", for: .capabilities([.appsRead]),
            answer: .valueWithWarnings("Runtimes"), failures: Route.readingApp
        ) { input in
            try status([input.app()], input)
        },
        Route(
            .get, "/apps/{id}/logs", "showLogs", "The last lines that an app wrote, the newest last.",
            for: .capabilities([.appsRead]),
            query: [
                Parameter("lines", .number(0...10_000), "how many; 100 where it is not given"),
                Parameter("since", .text(.span), "only lines of this last time"),
            ],
            answer: .value("Logs"), failures: Route.readingApp
        ) { input in
            let app = try input.app()
            let lines = try input.host.logs(
                app, lines: Int(input.number("lines") ?? 100), since: input.optional("since") { Span($0) })
            return ["schema": 1, "app": app, "lines": lines]
        },
        Route(
            operation: "startApp", .post, "/apps/{id}/start", "Start an app, now and after every boot.",
            for: .capabilities([.appsManage]), body: [.dryRun], result: "ChangeResults"
        ) { input in
            let app = try input.app()
            return .change(of: app, input) { host, options in try await host.start(app, options: options) }
        },
        Route(
            operation: "stopApp", .post, "/apps/{id}/stop", "Stop an app.", for: .capabilities([.appsManage]),
            body: [Parameter("keepWanted", .flag, "start it again after the next boot"), .dryRun],
            result: "ChangeResults"
        ) { input in
            let app = try input.app()
            return .change(of: app, input) { host, options in
                try await host.stop(app, staysWanted: input.flag("keepWanted"), options: options)
            }
        },
        Route(
            operation: "restartApp", .post, "/apps/{id}/restart",
            "Stop an app and start it again, as it is configured now.", for: .capabilities([.appsManage]),
            body: [.dryRun], result: "ChangeResults"
        ) { input in
            let app = try input.app()
            return .change(of: app, input) { host, options in try await host.restart(app, options: options) }
        },
    ]

    private static func status(_ apps: [AppID], _ input: RouteInput) throws -> JSONValue {
        let (found, failures) = try input.host.status(apps)
        for failure in failures { input.warnings.add(failure.message) }
        return ["schema": 1, "apps": found]
    }
}
