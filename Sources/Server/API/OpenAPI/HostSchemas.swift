import HostModel
import Hosting

/// What is said of the host: trust, settings, scheduler, its soundness, operations and errors.
enum HostSchemas {
    static let all: [(String, JSONValue)] = [
        ("Keys", Schema.output([("keys", Schema.list(Schema.reference("TrustedKey")))])),
        ("Key", Schema.output([("key", Schema.reference("TrustedKey"))])),
        ("TrustedKey", trustedKey),
        ("Settings", Schema.output([("settings", settings)])),
        (
            "SchedulerStatus",
            Schema.output([
                ("enabled", Schema.flag), ("catalogs", Schema.list(scheduledCatalog)),
                ("apps", Schema.list(scheduledApp)), ("failures", Schema.list(trouble)),
            ])
        ),
        ("SchedulerReport", schedulerReport),
        (
            "Examination",
            Schema.output([
                ("sound", Schema.flag),
                (
                    "findings",
                    Schema.list(
                        Schema.object([
                            ("severity", Schema.words(["problem", "note"])), ("place", Schema.text),
                            ("text", Schema.text),
                        ]))
                ),
                ("confinement", Schema.orNull(Schema.object(confinement))),
            ])
        ),
        ("Error", Schema.object([("error", Schema.object(error))])),
    ]

    /// What the process that reads archives is kept from.
    private static let confinement: [(String, JSONValue)] = [
        ("landlock", Schema.orNull(Schema.number)), ("seccomp", Schema.flag), ("noNewPrivileges", Schema.flag),
        ("limits", Schema.flag), ("denied", Schema.list(Schema.text)), ("succeeded", Schema.list(Schema.text)),
    ]

    /// What the scheduler does with one thing.
    static let schedule: [(String, JSONValue)] = [
        ("enabled", Schema.flag),
        ("status", Schema.words(["disabled", "waiting", "running", "backoff", "not_installed"])),
        ("lastCheck", Schema.orNull(Schema.moment)), ("nextCheck", Schema.orNull(Schema.moment)),
        ("lastResult", Schema.words(["none", "success", "failed", "skipped"])),
        ("lastFailure", Schema.orNull(Schema.moment)), ("failureCount", Schema.number),
        ("errorCode", Schema.orNull(Schema.text)),
    ]

    private static let scheduledCatalog = Schema.object([("name", Schema.id)] + schedule)
    private static let scheduledApp = Schema.object([("app", Schema.id)] + schedule)

    /// An operation whose result has the schema `result`.
    static func operation(_ result: JSONValue) -> JSONValue {
        Schema.object([
            ("id", TextRule.operation.schema), ("kind", Schema.text), ("app", Schema.orNull(Schema.id)),
            ("state", Schema.words(Operation.State.allCases.map(\.rawValue))), ("progress", progress),
            ("warnings", Schema.list(Schema.text)), ("result", Schema.orNull(result)),
            ("error", Schema.orNull(operationError)),
            ("startedAt", Schema.moment), ("endedAt", Schema.orNull(Schema.moment)),
        ])
    }

    private static let progress = Schema.orNull(
        Schema.object([
            (
                "step",
                Schema.words(["downloading", "verifying", "unpacking", "flushing", "packing", "hashing"])
            ), ("done", Schema.number), ("total", Schema.orNull(Schema.number)),
        ]))

    private static let error: [(String, JSONValue)] = [
        ("code", Schema.text), ("message", Schema.text),
        ("state", Schema.words(["unchanged", "changed", "uncertain"])), ("help", Schema.orNull(Schema.text)),
        ("log", Schema.list(Schema.text)),
    ]

    /// With the HTTP status that it has.
    private static let operationError = Schema.object(error + [("status", Schema.number)])

    private static let trouble = Schema.object([("code", Schema.text), ("message", Schema.text)])

    private static let trustedKey = Schema.object([
        ("keyid", Schema.digest),
        (
            "key",
            Schema.object([
                ("keytype", Schema.text), ("scheme", Schema.text),
                ("keyval", Schema.object([("public", Schema.text)])),
            ])
        ),
        ("name", Schema.text), ("purposes", Schema.list(Schema.words(TrustEntry.purposes))),
        ("apps", Schema.orNull(Schema.list(Schema.id))), ("status", Schema.words(TrustEntry.statuses)),
        ("validFrom", Schema.orNull(Schema.moment)), ("validUntil", Schema.orNull(Schema.moment)),
        ("addedAt", Schema.moment),
    ])

    /// Every setting that this version has, as it is now: none but ``Settings/runAs`` may be missing.
    private static let settings = Schema.object(
        Settings.keys.map { key -> (String, JSONValue) in
            let kind = SettingValue.all.first { $0.name == key.name }?.kind
            let schema = kind.map { shown($0) } ?? Schema.text
            return (key.name, key.name == "runAs" ? Schema.orNull(schema) : schema)
        })

    /// What was set by other means may be written in other words than a request may have.
    private static func shown(_ kind: ValueKind) -> JSONValue {
        switch kind {
        case .flag: Schema.flag
        case .number: Schema.number
        case .list: Schema.list(Schema.text)
        case .text, .pairs, .settings: Schema.text
        }
    }

    private static let schedulerReport = Schema.output([
        ("status", Schema.words(["done", "disabled", "busy"])),
        (
            "results",
            Schema.list(
                Schema.object([
                    ("kind", Schema.words(["catalog", "app"])), ("name", Schema.id), ("action", Schema.text),
                    ("result", Schema.text), ("code", Schema.orNull(Schema.text)), ("message", Schema.text),
                ]))
        ),
        ("failures", Schema.list(trouble)), ("nextCheck", Schema.orNull(Schema.moment)),
    ])
}
