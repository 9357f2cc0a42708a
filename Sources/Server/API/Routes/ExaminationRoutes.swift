import HostModel
import Hosting

/// Whether what is there is as it should be: verify, doctor.
enum ExaminationRoutes {
    static let all: [Route] = [
        Route(
            operation: "verifyApps", .post, "/verify", "Verify every installed bundle to its last byte.",
            for: .capabilities([.appsRead]), body: [allSlots], result: "Verification"
        ) { input in
            verify([], input)
        },
        Route(
            operation: "verifyApp", .post, "/apps/{id}/verify", "Verify an installed bundle to its last byte.",
            for: .capabilities([.appsRead]), body: [allSlots], result: "Verification"
        ) { input in
            try verify([input.app()], input)
        },
        Route(
            operation: "examineHost", .post, "/doctor", "Look for anything that is not as it should be. Mends nothing.",
            for: .operatorOnly, result: "Examination"
        ) { input in
            .looking(at: nil, input) { host, options in
                WorkOutcome(try host.examine(options: options).json)
            }
        },
    ]

    private static let allSlots = Parameter(
        "allSlots", .flag, "also what is staged, and what can be rolled back to")

    private static func verify(_ apps: [AppID], _ input: RouteInput) -> Work {
        .looking(at: apps.first, input) { host, options in
            let found = try host.verify(apps, allSlots: input.flag("allSlots"), options: options)
            return WorkOutcome(["schema": 1, "sound": found.allSatisfy(\.isSound), "results": found])
        }
    }
}
