import HostModel
import Hosting

/// What is said of apps: what is installed, what runs, what was done, what the operator gave them.
enum AppSchemas {
    static let all: [(String, JSONValue)] = [
        ("AppList", Schema.output([("apps", Schema.list(Schema.reference("App"))), warnings])),
        ("App", Schema.object(app(isInstalled: true))),
        ("AppDetail", Schema.output(app(isInstalled: false) + detail + [warnings])),
        ("Runtimes", Schema.output([("apps", Schema.list(Schema.reference("Runtime"))), warnings])),
        ("Runtime", runtime),
        ("Logs", Schema.output([("app", Schema.id), ("lines", Schema.list(logLine))])),
        ("History", Schema.output([("app", Schema.id), ("history", Schema.list(Schema.reference("HistoryLine")))])),
        ("HistoryLine", historyLine),
        ("ChangeResults", Schema.output(changes)),
        ("Changed", Schema.output(changes + [warnings])),
        ("Change", change),
        ("Configuration", configuration),
        (
            "Secrets",
            Schema.output([
                ("app", Schema.id),
                (
                    "secrets",
                    Schema.list(
                        Schema.object([
                            ("name", Schema.text), ("description", Schema.orNull(Schema.text)),
                            ("declared", Schema.flag), ("required", Schema.flag), ("set", Schema.flag),
                        ]))
                ),
            ])
        ),
        ("Permissions", Schema.output([("app", Schema.id), ("permissions", Schema.list(permission))])),
        ("Policy", policy),
        ("Verification", Schema.output([("sound", Schema.flag), ("results", Schema.list(slot))])),
    ]

    /// Sentences about what went wrong and stopped nothing.
    static let warnings = ("warnings", Schema.list(Schema.text))

    // MARK: Installed apps

    /// - Parameter isInstalled: whether nothing but the optional is null.
    private static func app(isInstalled: Bool) -> [(String, JSONValue)] {
        let kept = Schema.orNull(Schema.object([("version", Schema.version)]))
        let always: (JSONValue) -> JSONValue = { isInstalled ? $0 : Schema.orNull($0) }
        return [
            ("id", Schema.id), ("name", always(Schema.text)), ("version", always(Schema.version)),
            ("digest", always(Schema.digest)), ("running", Schema.orNull(Schema.flag)),
            ("policy", always(Schema.words(PolicyReport.modes))), ("hold", hold), ("staged", kept), ("rollback", kept),
            ("installedAt", always(Schema.moment)), ("source", always(Schema.text)),
        ]
    }

    private static let hold = Schema.orNull(Schema.object([("until", Schema.orNull(Schema.moment))]))

    private static let detail: [(String, JSONValue)] = [
        ("summary", Schema.orNull(Schema.text)), ("homepage", Schema.orNull(Schema.text)),
        ("license", Schema.orNull(Schema.text)), ("unsigned", Schema.orNull(Schema.flag)),
        ("keyids", Schema.orNull(Schema.list(Schema.digest))),
        ("publisher", Schema.orNull(Schema.list(Schema.text))),
        (
            "permissions",
            Schema.orNull(
                Schema.list(
                    Schema.object([("permission", Schema.text), ("state", Schema.words(["active", "inactive"]))])))
        ),
        ("transport", Schema.orNull(Schema.text)), ("permissionProfile", Schema.orNull(Schema.text)),
        ("older", Schema.orNull(Schema.list(Schema.object([("version", Schema.version)])))),
        (
            "knownBad",
            Schema.orNull(
                Schema.list(
                    Schema.object([
                        ("digest", Schema.digest), ("version", Schema.text), ("reason", Schema.text),
                        ("at", Schema.moment),
                    ])))
        ),
        ("hasData", Schema.orNull(Schema.flag)), ("installed", Schema.flag),
        ("catalogs", Schema.list(Schema.reference("Offer"))),
    ]

    private static let historyLine = Schema.output([
        ("operation", Schema.text), ("sequence", Schema.number), ("at", Schema.moment), ("kind", Schema.text),
        ("outcome", Schema.words(["done", "refused", "failed", "interrupted"])), ("from", Schema.orNull(Schema.text)),
        ("to", Schema.orNull(Schema.text)), ("digest", Schema.orNull(Schema.digest)),
        ("source", Schema.orNull(Schema.text)), ("by", Schema.text), ("code", Schema.orNull(Schema.text)),
        ("message", Schema.orNull(Schema.text)),
    ])

    // MARK: What runs

    private static let runtime = Schema.object([
        ("id", Schema.id), ("version", Schema.orNull(Schema.version)),
        ("state", Schema.words(["running", "stopped", "restarting", "left_behind", "unknown"])),
        ("running", Schema.orNull(Schema.flag)), ("wanted", Schema.flag), ("pid", Schema.orNull(Schema.number)),
        ("supervisor", Schema.orNull(Schema.number)), ("startedAt", Schema.orNull(Schema.moment)),
        ("restarts", Schema.number), ("lastExit", Schema.orNull(Schema.text)), ("user", Schema.orNull(Schema.text)),
        (
            "processes",
            Schema.list(
                Schema.object([("pid", Schema.number), ("name", Schema.text), ("evidence", Schema.text)]))
        ),
        (
            "unconfirmed",
            Schema.orNull(
                Schema.object([
                    ("operation", Schema.text), ("health", Schema.words(HealthMode.allCases.map(\.rawValue))),
                    ("ran", Schema.flag), ("at", Schema.moment),
                ]))
        ),
        (
            "enforced",
            Schema.object([
                ("noNewPrivileges", Schema.flag), ("cgroup", Schema.flag), ("sandbox", Schema.text),
                ("sandboxAsked", Schema.orNull(Schema.text)), ("quota", Schema.flag),
            ])
        ),
    ])

    private static let logLine = Schema.object([
        ("at", Schema.moment), ("stream", Schema.words(["out", "err", "app"])), ("text", Schema.text),
    ])

    // MARK: Changes

    private static let changes: [(String, JSONValue)] = [
        ("results", Schema.list(Schema.reference("Change"))),
        (
            "left",
            Schema.list(Schema.object([("app", Schema.id), ("code", Schema.text), ("message", Schema.text)]))
        ),
    ]

    private static let change = Schema.object([
        ("app", Schema.id), ("action", Schema.text), ("result", Schema.words(["done", "unchanged", "failed"])),
        ("from", Schema.orNull(Schema.version)), ("to", Schema.orNull(Schema.version)),
        ("digest", Schema.orNull(Schema.digest)), ("check", Schema.orNull(Schema.reference("Check"))),
        ("code", Schema.orNull(Schema.text)), ("message", Schema.text),
    ])

    // MARK: What the operator gave

    private static let configuration = Schema.output([
        ("app", Schema.id),
        (
            "environment",
            Schema.list(
                Schema.object([
                    ("name", Schema.text), ("description", Schema.orNull(Schema.text)), ("declared", Schema.flag),
                    ("required", Schema.flag), ("secret", Schema.flag),
                    ("state", Schema.words(["set", "default", "missing", "unset"])),
                    ("value", Schema.orNull(Schema.text)),
                ]))
        ),
        ("permissionProfile", choice), ("transport", choice), ("user", Schema.orNull(Schema.text)),
    ])

    private static let choice = Schema.object([
        ("chosen", Schema.orNull(Schema.text)), ("declared", Schema.orNull(Schema.text)),
    ])

    private static let permission = Schema.object([
        ("permission", Schema.text), ("declared", Schema.flag), ("rationale", Schema.orNull(Schema.text)),
        ("state", Schema.orNull(Schema.words(["active", "inactive"]))), ("since", Schema.orNull(Schema.moment)),
        ("by", Schema.orNull(Schema.text)),
    ])

    private static let policy = Schema.output([
        ("app", Schema.id), ("mode", Schema.words(PolicyReport.modes)),
        ("channels", Schema.orNull(Schema.list(Schema.text))), ("cooldownSeconds", Schema.orNull(Schema.number)),
        ("hold", hold),
        (
            "effective",
            Schema.object([("channels", Schema.list(Schema.text)), ("cooldownSeconds", Schema.number)])
        ),
    ])

    private static let slot = Schema.object([
        ("app", Schema.id), ("slot", Schema.text), ("version", Schema.orNull(Schema.version)),
        ("digest", Schema.orNull(Schema.digest)), ("sound", Schema.flag),
        ("problems", Schema.list(Schema.object([("path", Schema.text), ("problem", Schema.text)]))),
    ])
}
