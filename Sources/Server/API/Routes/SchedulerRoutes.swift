import HostModel
import Hosting

/// What is done by itself, and when.
enum SchedulerRoutes {
    static let all: [Route] = [
        Route(
            .get, "/scheduler", "showScheduler", "When each catalog and app was looked at, and will be.",
            for: .capabilities([.appsRead, .catalogsRead]), answer: .value("SchedulerStatus"), failures: Route.reading
        ) { input in
            try input.host.schedulerStatus().json
        },
        Route(
            operation: "runScheduler", .post, "/scheduler/run",
            "Do what is due, once. Policies act, and nothing is consented to.", for: .operatorOnly,
            result: "SchedulerReport"
        ) { input in
            .looking(at: nil, input) { host, options in
                let report = try await host.runScheduler(options: options)
                return WorkOutcome(report.json, failure: report.failures.first)
            }
        },
    ]
}
