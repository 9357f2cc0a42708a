import HostModel

/// Everything to look at before an update is let in, and the forms that do it.
package struct ReviewView: Sendable {
    let form: FormKeys
    let notice: Notice?
    package let id: String
    let name: String
    let current: String
    let state: Badge
    package let outlook: Outlook
    /// What a catalog lists, where it is newer; nil elsewhere.
    package let candidate: CandidateView?
    /// What waits to be applied, where it is not the candidate.
    package let staged: StagedView?
    package let gates: [GateView]
    let hasGates: Bool
    /// Whether there is nothing to decide.
    package let isEmpty: Bool
    let running: Bool
    let warnings: [String]
    let hasWarnings: Bool

    /// - Parameters:
    ///   - review: of `/apps/{id}/updates/review`.
    ///   - detail: of `/apps/{id}`.
    package init(_ review: JSONValue, detail: JSONValue, form: FormKeys, notice: Notice? = nil, now: Timestamp) {
        self.form = form
        self.notice = notice
        let id = review.word("app") ?? ""
        self.id = id
        name = detail.word("name") ?? id
        current = detail.word("version") ?? "unknown"
        running = review.flag("running")
        state = Wording.running(running)
        outlook = Outlook(review)
        let isNewer = review.at("check").word("status") == "upgrade-available"
        let waiting = review.at("staged")
        let isOther = waiting.isThere && !(isNewer && waiting.flag("isCandidate"))
        candidate = isNewer ? CandidateView(review, now: now) : nil
        staged = isOther ? StagedView(waiting) : nil
        gates = review.items("gates").map { GateView($0) }
        hasGates = !gates.isEmpty
        isEmpty = !isNewer && !isOther
        warnings = review.words("warnings").map(Wording.sentence)
        hasWarnings = !warnings.isEmpty
    }
}

/// What a catalog lists that is newer than what is installed.
package struct CandidateView: Sendable {
    package let version: String
    package let digest: String
    let catalog: String
    let channel: String
    let publishedAt: MomentView?
    package let size: String
    package let compatibility: String
    package let changes: ChangesView
    package let trust: TrustView
    let news: String?
    let newsLink: ForeignLink?
    let advisories: [AdvisoryView]
    let hasAdvisories: Bool
    package let deprecation: String?
    package let consents: [ConsentView]
    let hasConsents: Bool
    package let isStaged: Bool
    /// Why no form would help; nil where one may.
    package let refusal: String?

    init(_ review: JSONValue, now: Timestamp) {
        let check = review.at("check")
        version = check.word("candidateVersion") ?? ""
        digest = check.word("candidateDigest") ?? ""
        catalog = check.word("catalog") ?? ""
        channel = check.word("channel") ?? ""
        publishedAt = MomentView(check.moment("publishedAt"), now: now)
        size = check.number(at: "downloadBytes").map(Figures.size) ?? "unknown"
        compatibility = Wording.compatibility(check.word("compatibility"))
        changes = ChangesView(check, missing: review.words("missing"))
        trust = TrustView(check, verdict: review.word("verdict"), now: now)
        news = check.at("changelog").word("summary")
        newsLink = ForeignLink(check.at("changelog").word("url"))
        advisories = check.items("advisories").map { AdvisoryView($0) }
        hasAdvisories = !advisories.isEmpty
        deprecation = Deprecation.sentence(check.at("deprecation"))
        consents = review.items("consents").map { question in
            ConsentView(name: question.word("consent") ?? "", words: question.word("text") ?? "")
        }
        hasConsents = !consents.isEmpty
        isStaged = review.at("staged").flag("isCandidate")
        refusal = Self.refusal(review, consents)
    }

    private static func refusal(_ review: JSONValue, _ consents: [ConsentView]) -> String? {
        if review.at("check").word("compatibility") == "incompatible" {
            let gate = stopped("compatibility", review)
            return "It cannot be taken: " + (gate ?? "it does not fit this host") + "."
        }
        guard let gate = stopped("review", review), !consents.contains(where: { $0.name == "review" }) else {
            return nil
        }
        return "It cannot be taken, because the review mode of this host asks for a trusted review: \(gate)."
    }

    private static func stopped(_ name: String, _ review: JSONValue) -> String? {
        review.items("gates").first { $0.word("gate") == name && $0.word("outcome") == "stopped" }?.word("message")
    }
}

/// What waits to be applied, and is not what its catalog lists now.
package struct StagedView: Sendable {
    package let version: String
    package let digest: String
    let changes: ChangesView?
    /// What may be asked once it is verified.
    package let consents: [ConsentView]
    let compatibility: String?

    init(_ staged: JSONValue) {
        version = staged.word("version") ?? ""
        digest = staged.word("digest") ?? ""
        let changes = staged.at("changes")
        self.changes = changes.isThere ? ChangesView(changes, missing: changes.words("missing")) : nil
        compatibility = changes.word("compatibility").map { Wording.compatibility($0) }
        consents = Consent.allCases.map { ConsentView(name: $0.rawValue, words: Wording.consent($0)) }
    }
}

/// One thing to consent to, by its name.
package struct ConsentView: Sendable {
    package let name: String
    package let words: String
}

/// What would be otherwise: permissions, variables, posture.
package struct ChangesView: Sendable {
    package let permissions: [Permission]
    let hasPermissions: Bool
    package let added: Int
    let variables: [Variable]
    let hasVariables: Bool
    /// Those that have to be given a value.
    package let inputs: [Variable]
    let hasInputs: Bool
    /// Those that a form does not take.
    package let missingSecrets: [Variable]
    let posture: [Posture]
    let hasPosture: Bool

    package struct Permission: Sendable {
        package let name: String
        package let change: Badge
        let rationale: String?
    }

    package struct Variable: Sendable {
        package let name: String
        let change: Badge
        let description: String?
        let traits: String?
    }

    struct Posture: Sendable {
        let what: String
        let from: String
        let to: String
    }

    /// - Parameters:
    ///   - drift: its members `permissionDelta`, `environmentDrift` and `configurationDrift`.
    ///   - missing: variables without which it does not start.
    init(_ drift: JSONValue, missing: [String]) {
        let delta = drift.at("permissionDelta")
        let kinds: [(String, Badge)] = [
            ("added", .warn("New")), ("removed", .plain("Dropped")), ("unchanged", .plain("Kept")),
        ]
        permissions = kinds.flatMap { key, badge in
            delta.items(key).map { permission in
                Permission(
                    name: permission.word("permission") ?? "", change: badge, rationale: permission.word("rationale"))
            }
        }
        hasPermissions = !permissions.isEmpty
        added = delta.items("added").count
        let environment = drift.at("environmentDrift")
        let new = environment.items("added").map { Self.variable($0, missing: missing) }
        variables = new + environment.items("removed").map { Self.variable($0, .plain("Dropped")) }
        hasVariables = !variables.isEmpty
        let secrets = Set(environment.items("added").filter { $0.flag("secret") }.compactMap { $0.word("name") })
        let needed = new.filter { missing.contains($0.name) }
        inputs = needed.filter { !secrets.contains($0.name) }
        hasInputs = !inputs.isEmpty
        missingSecrets = needed.filter { secrets.contains($0.name) }
        posture = [("transport", "Transport"), ("permissionProfile", "Permission profile")].compactMap { key, what in
            let change = drift.at("configurationDrift").at(key)
            guard let from = change.word("from"), let to = change.word("to") else { return nil }
            return Posture(what: what, from: from, to: to)
        }
        hasPosture = !posture.isEmpty
    }

    private static func variable(_ variable: JSONValue, missing: [String]) -> Variable {
        let isMissing = missing.contains(variable.word("name") ?? "")
        return self.variable(variable, isMissing ? .bad("Missing") : .warn("New"))
    }

    private static func variable(_ variable: JSONValue, _ change: Badge) -> Variable {
        let traits = [
            variable.flag("required") ? "required" : nil, variable.flag("secret") ? "secret" : nil,
            variable.word("default").map { "\($0) where nothing is set" },
        ].compactMap { $0 }
        return Variable(
            name: variable.word("name") ?? "", change: change, description: variable.word("description"),
            traits: traits.isEmpty ? nil : traits.joined(separator: ", "))
    }
}

/// Who says what of it. Who signs a list is not who looked at what is in it.
package struct TrustView: Sendable {
    package let signed: String
    package let verdict: String
    package let tone: String
    package let claim: String?
    let note: String?
    let policy: String?
    let reviewedAt: MomentView?
    let expiresAt: MomentView?
    let evidence: ForeignLink?
    let evidenceDigest: String?
    let warnings: [String]

    /// - Parameter verdict: in the words of the check.
    init(_ check: JSONValue, verdict: String?, now: Timestamp) {
        let trust = check.at("reviewTrust")
        signed =
            "Signed by catalog publisher: the publisher of the catalog \(check.word("catalog") ?? "") lists it. "
            + "That is no review."
        self.verdict = Wording.sentence(verdict ?? "not reviewed by a trusted reviewer")
        switch trust.word("status") {
        case "trusted_reviewed": tone = "good"
        case "trusted_rejected": tone = "bad"
        default: tone = "warn"
        }
        let review = check.at("review")
        claim = review.word("status").map { status in
            let said = [status, review.word("note")].compactMap { $0 }.joined(separator: " – ")
            return "Its publisher says of it: \(said). That is a claim, and no review by a trusted reviewer."
        }
        // What nobody trusted signed counts for nothing.
        let isTrusted = trust.word("status")?.hasPrefix("trusted_") == true
        note = isTrusted ? trust.word("note") : nil
        let policy = [trust.word("policyId"), trust.word("policyVersion")].compactMap { $0 }.joined(separator: " ")
        self.policy = isTrusted ? policy : nil
        reviewedAt = isTrusted ? MomentView(trust.moment("reviewedAt"), now: now) : nil
        expiresAt = isTrusted ? MomentView(trust.moment("expiresAt"), now: now) : nil
        evidence = isTrusted ? ForeignLink(trust.word("evidenceUri")) : nil
        evidenceDigest = isTrusted ? trust.word("evidenceSha256") : nil
        warnings = trust.words("warnings").map(Wording.sentence)
    }
}

/// One thing that decides.
package struct GateView: Sendable {
    package let name: String
    package let guards: String
    let input: String
    package let outcome: Badge
    package let message: String?

    init(_ gate: JSONValue) {
        name = gate.word("gate") ?? ""
        guards =
            switch gate.word("guards") {
            case "stage": "being staged"
            case "apply": "being applied by a policy"
            default: "what the policy does now"
            }
        input = gate.word("input") ?? ""
        outcome =
            switch gate.word("outcome") {
            case "passed": .good("Passed")
            case "stopped": .warn("Stopped")
            default: .plain("Not asked")
            }
        message = gate.word("message").map(Wording.sentence)
    }
}

/// Something that is known to be wrong with a version.
struct AdvisoryView: Sendable {
    let id: String
    let severity: Badge
    let summary: String?
    let link: ForeignLink?

    init(_ advisory: JSONValue) {
        id = advisory.word("id") ?? ""
        let severity = advisory.word("severity") ?? ""
        self.severity = ["high", "critical"].contains(severity) ? .bad(severity) : .warn(severity)
        summary = advisory.word("summary")
        link = ForeignLink(advisory.word("url"))
    }
}

enum Deprecation {
    /// - Returns: nil where it is not.
    static func sentence(_ deprecation: JSONValue) -> String? {
        guard deprecation.word("status") == "deprecated" else { return nil }
        let next = deprecation.word("replacement").map { "\($0) takes its place" }
        let words = [deprecation.word("message"), next].compactMap { $0 }.joined(separator: " – ")
        return words.isEmpty ? "It is deprecated." : "It is deprecated: \(words)."
    }
}
