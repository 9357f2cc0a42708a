import HostModel
import Hosting

/// What may be done with an app without anybody looking: its policy, and its hold. The operator's alone.
enum PolicyRoutes {
    static let all: [Route] = [
        Route(
            .get, "/apps/{id}/updates/policy", "showPolicy", "What may be done with an app's updates by itself.",
            for: .operatorOnly, answer: .value("Policy"), failures: Route.readingApp
        ) { input in
            try input.host.policy(input.app()).json
        },
        Route(
            .post, "/apps/{id}/updates/policy", "changePolicy", "Change an app's policy.", for: .operatorOnly,
            body: [
                Parameter("mode", .text(.word(PolicyReport.modes)), "what is done by itself"),
                Parameter(
                    "channels", .list(.channel, 0...32),
                    "where candidates may come from; none means the host's setting"),
                Parameter(
                    "cooldown", .text(.spanOrNone),
                    "how long a candidate is only looked at; an empty one means the host's setting"),
                .dryRun,
            ],
            answer: .valueWithWarnings("Changed"), failures: Route.changingApp
        ) { input in
            let app = try input.app()
            let change = PolicyChange(
                mode: input.text("mode"), channels: input.texts("channels")?.joined(separator: ","),
                cooldown: input.text("cooldown"))
            return try await input.change { host, options in
                try await host.changePolicy(app, change, options: options)
            }
        },
        Route(
            .post, "/apps/{id}/hold", "holdApp", "Keep an app as it is, whatever its policy says.", for: .operatorOnly,
            body: [Parameter("for", .text(.span), "for how long; until it is ended where it is not given"), .dryRun],
            answer: .valueWithWarnings("Changed"), failures: Route.changingApp
        ) { input in
            let app = try input.app()
            let span = try input.optional("for") { Span($0) }
            return try await input.change { host, options in try await host.hold(app, for: span, options: options) }
        },
        Route(
            .delete, "/apps/{id}/hold", "endHold", "End the hold of an app.", for: .operatorOnly, query: [.dryRun],
            answer: .valueWithWarnings("Changed"), failures: Route.changingApp
        ) { input in
            let app = try input.app()
            return try await input.change { host, options in try await host.unhold(app, options: options) }
        },
    ]
}
