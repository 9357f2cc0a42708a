import HostModel

/// One app: what is installed, what runs, and what can be done with it.
package struct AppView: Sendable {
    let form: FormKeys
    let notice: Notice?
    package let id: String
    package let name: String
    package let summary: String?
    package let version: String
    let digest: String
    let shortDigest: String
    package let state: Badge
    let startedAt: MomentView?
    let isRunning: Bool
    let lastExit: String?
    let user: String?
    /// An operation that nobody has judged yet.
    let isUnconfirmed: Bool
    let installedAt: MomentView?
    let source: String
    package let signedBy: String
    let isUnsigned: Bool
    let homepage: ForeignLink?
    let license: String?
    package let outlook: Outlook
    package let policy: PolicyView
    let permissions: [Permission]
    let hasPermissions: Bool
    let knownBad: [KnownBad]
    let hasKnownBad: Bool
    package let rollback: String?
    let history: [HistoryItem]
    let warnings: [String]
    let hasWarnings: Bool

    struct Permission: Sendable {
        let name: String
        let rationale: String?
        let state: Badge
        let since: MomentView?
    }

    struct KnownBad: Sendable {
        let version: String
        let digest: String
        let reason: String
        let at: MomentView?
    }

    /// What was read of it.
    package struct Sources: Sendable {
        package var detail: JSONValue
        package var runtime: JSONValue
        package var review: JSONValue
        package var policy: JSONValue
        package var permissions: JSONValue
        package var history: JSONValue

        package init(
            detail: JSONValue, runtime: JSONValue, review: JSONValue, policy: JSONValue, permissions: JSONValue,
            history: JSONValue
        ) {
            self.detail = detail
            self.runtime = runtime
            self.review = review
            self.policy = policy
            self.permissions = permissions
            self.history = history
        }
    }

    package init(_ sources: Sources, form: FormKeys, notice: Notice? = nil, now: Timestamp) {
        let detail = sources.detail
        let runtime = sources.runtime.items("apps").first ?? .null
        self.form = form
        self.notice = notice
        let id = detail.word("id") ?? ""
        self.id = id
        name = detail.word("name") ?? id
        summary = detail.word("summary")
        version = detail.word("version") ?? "unknown"
        digest = detail.word("digest") ?? ""
        shortDigest = Figures.short(digest)
        state = Wording.runtime(runtime.word("state"))
        startedAt = MomentView(runtime.moment("startedAt"), now: now)
        isRunning = runtime.flag("running")
        lastExit = runtime.word("lastExit")
        user = runtime.word("user")
        isUnconfirmed = runtime.at("unconfirmed").isThere
        installedAt = MomentView(detail.moment("installedAt"), now: now)
        source = detail.word("source") ?? ""
        isUnsigned = detail.flag("unsigned")
        signedBy = isUnsigned ? "nobody" : detail.words("publisher").joined(separator: ", ")
        homepage = ForeignLink(detail.word("homepage"))
        license = detail.word("license")
        outlook = Outlook(sources.review)
        policy = PolicyView(sources.policy)
        permissions = sources.permissions.items("permissions").map { permission in
            Permission(
                name: permission.word("permission") ?? "", rationale: permission.word("rationale"),
                state: Self.grant(permission.word("state")), since: MomentView(permission.moment("since"), now: now))
        }
        hasPermissions = !permissions.isEmpty
        knownBad = detail.items("knownBad").map { bad in
            KnownBad(
                version: bad.word("version") ?? "", digest: Figures.short(bad.word("digest") ?? ""),
                reason: Wording.sentence(bad.word("reason") ?? ""), at: MomentView(bad.moment("at"), now: now))
        }
        hasKnownBad = !knownBad.isEmpty
        rollback = detail.at("rollback").word("version")
        history = HistoryItem.newest(sources.history, limit: 5, now: now)
        warnings = (detail.words("warnings") + sources.review.words("warnings")).map(Wording.sentence)
        hasWarnings = !warnings.isEmpty
    }

    private static func grant(_ state: String?) -> Badge {
        switch state {
        case "active": .good("Granted")
        case "inactive": .warn("Inactive")
        default: .plain("Not granted")
        }
    }
}

/// What is done with an app's updates without anybody looking.
package struct PolicyView: Sendable {
    package let mode: String
    package let modes: [Mode]
    /// As the field holds them; empty for those of the host.
    package let channels: String
    let channelsInForce: String
    package let cooldown: String
    let cooldownInForce: String
    package let held: String?

    package struct Mode: Sendable {
        package let value: String
        package let words: String
        package let isChosen: Bool
    }

    /// - Parameter policy: of `/apps/{id}/updates/policy`.
    package init(_ policy: JSONValue) {
        let mode = policy.word("mode") ?? "manual"
        self.mode = Wording.policy(mode)
        modes = ["manual", "stage", "apply_when_stopped"].map { value in
            Mode(value: value, words: Wording.policy(value), isChosen: value == mode)
        }
        channels = policy.words("channels").joined(separator: ", ")
        let effective = policy.at("effective")
        channelsInForce = effective.words("channels").joined(separator: ", ")
        cooldown = policy.number(at: "cooldownSeconds").flatMap { Span(seconds: $0)?.description } ?? ""
        let seconds = effective.number(at: "cooldownSeconds") ?? 0
        cooldownInForce = seconds == 0 ? "none" : Figures.span(seconds: seconds)
        held = HoldWords.sentence(policy.at("hold"))
    }
}

/// What was done to an app.
package struct HistoryView: Sendable {
    let id: String
    package let history: [HistoryItem]
    let isEmpty: Bool

    /// - Parameter history: of `/apps/{id}/history`.
    package init(_ history: JSONValue, now: Timestamp) {
        id = history.word("app") ?? ""
        self.history = HistoryItem.newest(history, limit: 500, now: now)
        isEmpty = self.history.isEmpty
    }
}

/// One thing that was done to an app, or refused.
package struct HistoryItem: Sendable {
    package let what: String
    package let outcome: Badge
    let at: MomentView?
    package let versions: String?
    let by: String
    package let why: String?
    let code: String?

    /// The newest first.
    static func newest(_ history: JSONValue, limit: Int, now: Timestamp) -> [HistoryItem] {
        history.items("history").reversed().prefix(limit).map { HistoryItem($0, now: now) }
    }

    private init(_ line: JSONValue, now: Timestamp) {
        what = Wording.history(line.word("kind") ?? "")
        outcome = Wording.outcome(line.word("outcome") ?? "")
        at = MomentView(line.moment("at"), now: now)
        let told = [line.word("from"), line.word("to")].compactMap { $0 }
        versions = told.isEmpty ? nil : told.joined(separator: " → ")
        by = line.word("by") ?? ""
        why = line.word("message").map(Wording.sentence)
        code = line.word("code")
    }
}
