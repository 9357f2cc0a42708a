import HostModel
import Hosting

/// What the operator gives an app beside its bundle: variables, secrets, permissions. The operator's alone.
enum ConfigurationRoutes {
    static let all: [Route] = [
        Route(
            .get, "/apps/{id}/config", "showConfiguration", "What an app was given. No value of a secret is shown.",
            for: .operatorOnly, answer: .value("Configuration"), failures: Route.readingApp
        ) { input in
            try input.host.configuration(input.app()).json
        },
        Route(
            .patch, "/apps/{id}/config", "changeConfiguration",
            "Change an app's variables, permission profile, transport or user: all of it, or nothing.",
            for: .operatorOnly,
            body: [
                Parameter(
                    "environment", .pairs(names: .variable, values: .free(0...(32 << 10)), upTo: 256),
                    "values of variables"),
                Parameter("unset", .list(.variable, 1...256), "variables whose values are forgotten"),
                Parameter("permissionProfile", .text(.free(0...64)), "an empty one means the bundle's own"),
                Parameter("transport", .text(.free(0...64)), "an empty one means the bundle's own"),
                Parameter("user", .text(.free(0...64)), "who it runs as; an empty one means nobody of its own"),
                .dryRun,
            ],
            answer: .valueWithWarnings("Changed"), failures: Route.changingApp
        ) { input in
            let app = try input.app()
            let change = ConfigurationChange(
                assignments: input.assignments("environment"), unset: input.texts("unset") ?? [],
                profile: input.text("permissionProfile"), transport: input.text("transport"), user: input.text("user"))
            return try await input.change { host, options in try await host.configure(app, change, options: options) }
        },
        Route(
            .get, "/apps/{id}/secrets", "listSecrets", "Which secrets an app has, and which it lacks.",
            for: .operatorOnly, answer: .value("Secrets"), failures: Route.readingApp
        ) { input in
            let app = try input.app()
            return ["schema": 1, "app": app, "secrets": try input.host.secrets(app)]
        },
        Route(
            .put, "/apps/{id}/secrets/{name}", "setSecret", "Set the value of a secret. It is never shown again.",
            for: .operatorOnly,
            body: [
                Parameter(
                    "value", .text(.free(1...(64 << 10))), "the value; one line feed at its end is cut off",
                    isRequired: true),
                .dryRun,
            ],
            answer: .valueWithWarnings("Changed"), failures: Route.changingApp
        ) { input in
            let app = try input.app()
            let name = try input.required("name") { VariableName($0) }
            let value = try AppHost.secretValue(Array((input.text("value") ?? "").utf8), for: name.text)
            return try await input.change { host, options in
                try await host.setSecret(app, name.text, to: value, options: options)
            }
        },
        Route(
            .delete, "/apps/{id}/secrets/{name}", "removeSecret", "Delete the value of a secret.", for: .operatorOnly,
            query: [.dryRun], answer: .valueWithWarnings("Changed"), failures: Route.changingApp
        ) { input in
            let app = try input.app()
            let name = try input.required("name") { VariableName($0) }
            return try await input.change { host, options in
                try await host.removeSecret(app, name.text, options: options)
            }
        },
        Route(
            .get, "/apps/{id}/permissions", "listPermissions", "What an app asks for, and what it was given.",
            for: .operatorOnly, answer: .value("Permissions"), failures: Route.readingApp
        ) { input in
            let app = try input.app()
            return ["schema": 1, "app": app, "permissions": try input.host.permissions(app)]
        },
        Route(
            .post, "/apps/{id}/permissions/grant", "grantPermissions", "Give an app what its bundle asks for.",
            for: .operatorOnly, body: [permissions, .dryRun], answer: .valueWithWarnings("Changed"),
            failures: Route.changingApp + [.permissionNotDeclared]
        ) { input in
            let app = try input.app()
            return try await input.change { host, options in
                try await host.grant(input.texts("permissions") ?? [], to: app, options: options)
            }
        },
        Route(
            .post, "/apps/{id}/permissions/revoke", "revokePermissions", "Take permissions from an app.",
            for: .operatorOnly, body: [permissions, .dryRun], answer: .valueWithWarnings("Changed"),
            failures: Route.changingApp + [.permissionNotDeclared]
        ) { input in
            let app = try input.app()
            return try await input.change { host, options in
                try await host.revoke(input.texts("permissions") ?? [], of: app, options: options)
            }
        },
    ]

    private static let permissions = Parameter(
        "permissions", .list(.permission, 1...256), "which", isRequired: true)
}
