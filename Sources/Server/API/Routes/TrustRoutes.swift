import HostModel
import Hosting

/// Whose bundles and reviews count. The operator's alone.
enum TrustRoutes {
    static let all: [Route] = [
        Route(
            .get, "/trust", "listKeys", "The keys that this host knows.", for: .operatorOnly,
            answer: .value("Keys"), failures: Route.reading
        ) { input in
            ["schema": 1, "keys": try input.host.trust()]
        },
        Route(
            .post, "/trust/add", "trustKey", "Trust a key.", for: .operatorOnly,
            body: [
                Parameter("keyFile", .text(.path), "the path of a public key on the host", isRequired: true),
                Parameter("name", .text(.keyName), "what to call it", isRequired: true),
                Parameter(
                    "purposes", .list(.word(TrustEntry.purposes), 1...TrustEntry.purposes.count),
                    "what it may sign; bundles where it is not given"),
                Parameter("apps", .list(.appID, 1...256), "the apps that it may sign for; any where it is not given"),
                Parameter("validFrom", .text(.moment), "the first moment it counts"),
                Parameter("validUntil", .text(.moment), "the last moment it counts"), .dryRun,
            ],
            answer: .value("Key"), failures: Route.changing + [.keyInvalid, .keyAlreadyTrusted, .sourceNotFound]
        ) { input in
            input.recover()
            let key = AppHost.NewTrust(
                keyFile: try input.required("keyFile") { $0 }, name: try input.required("name") { $0 },
                purposes: input.texts("purposes") ?? ["bundle"],
                apps: input.texts("apps").map { apps in apps.compactMap { AppID($0) } },
                validFrom: try input.optional("validFrom") { Timestamp($0) },
                validUntil: try input.optional("validUntil") { Timestamp($0) })
            return ["schema": 1, "key": try input.host.addTrust(key, dryRun: input.flag("dryRun"))]
        },
        Route(
            .post, "/trust/{key}/status", "changeKeyStatus", "Move a key through its life. Revoked is final.",
            for: .operatorOnly,
            body: [Parameter("status", .text(.word(TrustEntry.statuses)), "the next", isRequired: true), .dryRun],
            answer: .value("Key"), failures: Route.changing + [.keyNotFound, .bundleKeyRevoked]
        ) { input in
            input.recover()
            let key = try input.host.setTrust(
                input.required("key") { $0 }, to: input.required("status") { $0 }, dryRun: input.flag("dryRun"))
            return ["schema": 1, "key": key]
        },
    ]
}
