import HostModel

/// What is said of catalogs, of what they list, and of what that would change.
enum CatalogSchemas {
    static let all: [(String, JSONValue)] = [
        ("CatalogList", Schema.output([("catalogs", Schema.list(Schema.reference("Catalog"))), AppSchemas.warnings])),
        ("Catalog", Schema.object(summary)),
        ("CatalogDetail", Schema.output(summary + detail)),
        ("CatalogAdded", Schema.output([("catalog", Schema.reference("Catalog"))])),
        (
            "CatalogRemoved",
            Schema.output([("name", Schema.id), ("apps", Schema.list(Schema.id)), AppSchemas.warnings])
        ),
        ("CatalogRefreshes", Schema.output([("results", Schema.list(refresh))])),
        (
            "SearchResults",
            Schema.output([
                ("catalogs", Schema.list(brief)), ("results", Schema.list(hit)), AppSchemas.warnings,
            ])
        ),
        ("Offer", offer),
        (
            "CheckReport",
            Schema.output([("catalogs", Schema.list(brief)), ("results", Schema.list(Schema.reference("Check")))])
        ),
        ("Check", check),
        ("Why", why),
        (
            "CandidateReviews",
            Schema.output([
                ("catalogs", Schema.list(brief)), ("results", Schema.list(Schema.object(review))), AppSchemas.warnings,
            ])
        ),
        ("CandidateReviewOfOne", Schema.output(review + [AppSchemas.warnings])),
    ]

    // MARK: Catalogs

    private static let moment = Schema.orNull(Schema.moment)
    private static let text = Schema.orNull(Schema.text)

    private static let summary: [(String, JSONValue)] = [
        ("name", Schema.id), ("location", Schema.text), ("refreshedAt", moment), ("expiresAt", moment),
        ("errorCode", text), ("failedSince", moment), ("apps", Schema.orNull(Schema.number)),
        ("state", Schema.words(["current", "expired", "unverified", "unreadable", "never_refreshed"])),
    ]

    private static let detail: [(String, JSONValue)] = [
        ("rootFingerprint", Schema.digest), ("addedAt", Schema.moment), ("certificate", Schema.flag),
        ("entries", Schema.orNull(Schema.number)),
        (
            "unknown",
            Schema.list(Schema.object([("path", Schema.text), ("code", Schema.text), ("message", Schema.text)]))
        ),
        ("refusal", Schema.orNull(Schema.object([("code", Schema.text), ("message", Schema.text)]))),
    ]

    /// What goes with results that come from it.
    private static let brief = Schema.object([
        ("name", Schema.id), ("refreshedAt", moment), ("expiresAt", moment), ("errorCode", text),
    ])

    private static let refresh = Schema.object([
        ("name", Schema.id), ("result", Schema.words(["done", "failed"])), ("refreshedAt", moment),
        ("expiresAt", moment), ("code", text), ("message", Schema.text),
    ])

    // MARK: What they list

    private static let status = Schema.words([
        "listed", "other_channel", "other_architecture", "not_comparable", "unknown",
    ])
    private static let reason = Schema.orNull(Schema.object([("code", text), ("message", Schema.text)]))
    private static let changelog = Schema.orNull(Schema.object([("summary", text), ("url", text)]))
    private static let deprecation = Schema.orNull(
        Schema.object([
            ("status", Schema.words(["none", "deprecated"])), ("message", text), ("replacement", text),
        ]))
    private static let advisories = Schema.orNull(
        Schema.list(
            Schema.object([
                ("id", Schema.text), ("severity", Schema.words(["low", "medium", "high", "critical"])),
                ("summary", text), ("url", text),
            ])))
    private static let permission = Schema.object([("permission", Schema.text), ("rationale", text)])

    private static let hit = Schema.object([
        ("id", Schema.id), ("name", text), ("version", Schema.orNull(Schema.version)), ("catalog", Schema.id),
        ("channel", text), ("summary", text), ("versions", Schema.list(Schema.version)),
        ("installed", Schema.orNull(Schema.version)), ("deprecation", deprecation), ("status", status),
        ("reason", reason),
    ])

    private static let offer = Schema.object([
        ("catalog", Schema.id), ("status", status), ("reason", reason), ("name", text), ("summary", text),
        ("version", Schema.orNull(Schema.version)), ("versions", Schema.list(Schema.version)), ("channel", text),
        ("digest", Schema.orNull(Schema.digest)), ("downloadBytes", Schema.orNull(Schema.number)),
        ("publishedAt", moment), ("transport", text), ("permissionProfile", text),
        ("permissions", Schema.orNull(Schema.list(permission))),
        (
            "environment",
            Schema.orNull(
                Schema.list(
                    Schema.object([
                        ("name", Schema.text), ("description", text), ("required", Schema.flag),
                        ("secret", Schema.flag),
                    ])))
        ),
        (
            "requires",
            Schema.orNull(Schema.object([("apphost", text), ("arch", Schema.orNull(Schema.list(Schema.text)))]))
        ),
        ("changelog", changelog), ("deprecation", deprecation), ("advisories", advisories),
    ])

    // MARK: What that would change

    private static let check = Schema.object(checkHead + drift + checkTail)

    private static let checkHead: [(String, JSONValue)] = [
        ("app", Schema.id), ("catalog", Schema.orNull(Schema.id)), ("status", checkStatus), ("reason", text),
        ("currentVersion", Schema.orNull(Schema.version)), ("currentDigest", Schema.orNull(Schema.digest)),
        ("candidateVersion", Schema.orNull(Schema.version)), ("candidateDigest", Schema.orNull(Schema.digest)),
        ("channel", text), ("publishedAt", moment), ("versionDifferent", Schema.flag),
        ("updateAvailable", Schema.orNull(Schema.flag)), ("changelog", changelog),
    ]

    private static let checkTail: [(String, JSONValue)] = [
        ("review", Schema.orNull(Schema.object([("status", Schema.text), ("note", text)]))),
        ("reviewTrust", reviewTrust), ("deprecation", deprecation), ("advisories", advisories),
        ("downloadBytes", Schema.orNull(Schema.number)), ("eligible", eligible),
        ("blockedBy", Schema.list(Schema.object([("code", Schema.text), ("message", Schema.text)]))),
        ("scheduler", Schema.orNull(Schema.object(HostSchemas.schedule))),
    ]

    private static let checkStatus = Schema.words([
        "up-to-date", "upgrade-available", "not-catalog-sourced", "not-in-catalog", "unknown",
    ])

    private static let drift: [(String, JSONValue)] = [
        (
            "permissionDelta",
            Schema.orNull(
                Schema.object([
                    ("added", Schema.list(permission)), ("removed", Schema.list(permission)),
                    ("unchanged", Schema.list(permission)),
                ]))
        ),
        (
            "environmentDrift",
            Schema.orNull(Schema.object([("added", Schema.list(variable)), ("removed", Schema.list(variable))]))
        ),
        ("configurationDrift", Schema.orNull(Schema.object([("transport", move), ("permissionProfile", move)]))),
        ("compatibility", Schema.orNull(Schema.words(["compatible", "incompatible", "unknown"]))),
    ]

    private static let variable = Schema.object([
        ("name", Schema.text), ("description", text), ("required", Schema.flag), ("secret", Schema.flag),
        ("default", text),
    ])

    private static let move = Schema.orNull(Schema.object([("from", Schema.text), ("to", Schema.text)]))

    private static let reviewTrust = Schema.orNull(
        Schema.object([
            ("status", Schema.text), ("reviewerKeyid", Schema.orNull(Schema.digest)), ("reviewerName", text),
            ("policyId", text), ("policyVersion", text), ("reviewedAt", moment), ("expiresAt", moment),
            ("evidenceUri", text), ("evidenceSha256", Schema.orNull(Schema.digest)), ("note", text),
            ("warnings", Schema.list(Schema.text)),
        ]))

    private static let eligible = Schema.object([("stage", Schema.flag), ("apply", Schema.flag)])

    private static let why = Schema.output([
        ("app", Schema.id), ("status", checkStatus), ("reason", text),
        ("gates", gates), ("eligible", eligible), ("action", action),
    ])

    private static let gates = Schema.list(
        Schema.object([
            ("gate", Schema.text), ("guards", Schema.words(["stage", "apply", "policy"])),
            ("input", Schema.text), ("outcome", Schema.words(["passed", "stopped", "not_asked"])),
            ("code", text), ("message", text),
        ]))
    private static let action = Schema.words(["nothing", "stage", "apply"])

    // MARK: What somebody looks at before that

    private static let review: [(String, JSONValue)] = [
        ("app", Schema.id), ("check", Schema.reference("Check")), ("verdict", text),
        (
            "consents",
            Schema.list(
                Schema.object([
                    ("consent", Schema.words(Consent.allCases.map(\.rawValue))), ("text", Schema.text),
                ]))
        ),
        ("missing", Schema.list(Schema.text)), ("gates", gates), ("action", action),
        (
            "staged",
            Schema.orNull(
                Schema.object([
                    ("version", Schema.version), ("digest", Schema.digest), ("isCandidate", Schema.flag),
                    ("changes", Schema.orNull(Schema.object([("missing", Schema.list(Schema.text))] + drift))),
                ]))
        ),
        ("running", Schema.flag),
    ]
}
