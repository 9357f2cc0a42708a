import HostModel
import Server
import Testing

/// What pages say, from what the API answers.
struct ViewTests {
    private static let now = Timestamp(seconds: 1_777_629_600)
    private static let digest = String(repeating: "ab", count: 32)

    // MARK: What there is for an app

    @Test(arguments: [
        ("upgrade-available", "nothing", "1.1 is available", "Not taken by itself: it asks for more."),
        ("upgrade-available", "stage", "1.1 is available", "The policy will stage it."),
        ("upgrade-available", "apply", "1.1 is available", "The policy will apply it."),
        ("up-to-date", "nothing", "Up to date", "Its catalog lists nothing newer."),
        ("unknown", "nothing", "Unknown", "It asks for more."),
    ])
    func `it is said what is there, and why it is or is not taken`(
        status: String, action: String, news: String, why: String
    ) throws {
        let outlook = Outlook(try Self.review(status: status, action: action))
        #expect(outlook.news == news)
        #expect(outlook.why == why)
        #expect(outlook.isReviewed == (status == "upgrade-available"))
    }

    @Test func `apps and what there is for them are shown together`() throws {
        let app =
            #"""
            {"id":"notes","name":"Notes","version":"1.0","running":true,"policy":"apply_when_stopped",
            "hold":null}
            """#
        let catalog = #"{"name":"demo","refreshedAt":"2026-05-01T07:00:00Z","errorCode":"source_timeout"}"#
        let review = try Self.review().text
        let reviews = try Self.json(#"{"catalogs":[\#(catalog)],"results":[\#(review)],"warnings":["x y"]}"#)
        let view = AppsView(
            list: try Self.json(#"{"apps":[\#(app)],"warnings":[]}"#), reviews: reviews,
            form: FormKeys(password: "p"), now: Self.now)
        #expect(!view.isEmpty)
        #expect(view.apps.map(\.name) == ["Notes"])
        #expect(view.apps.first?.state.word == "Running")
        #expect(view.apps.first?.policy == "Apply when stopped")
        #expect(view.apps.first?.outlook.news == "1.1 is available")
        #expect(
            view.warnings == [
                "The catalog demo could not be refreshed (source_timeout). What follows was verified 3 hours ago.",
                "X y.",
            ])
    }

    // MARK: The review

    @Test func `a review shows what would change, and asks by name`() throws {
        let view = try Self.reviewed(Self.review())
        let candidate = try #require(view.candidate)
        #expect(candidate.version == "1.1")
        #expect(candidate.size == "12.3 MB")
        #expect(candidate.compatibility == "It fits this host")
        #expect(candidate.changes.permissions.map(\.name) == ["data.write", "network.listen"])
        #expect(candidate.changes.permissions.map(\.change.word) == ["New", "Kept"])
        #expect(candidate.changes.inputs.map(\.name) == ["URL"])
        #expect(candidate.consents.map(\.name) == ["permissions"])
        #expect(candidate.refusal == nil)
        #expect(!candidate.isStaged)
        #expect(view.staged == nil)
        #expect(view.gates.map(\.outcome.word) == ["Passed", "Stopped"])
    }

    @Test func `what is staged and is not the candidate is shown beside it`() throws {
        let other = #"{"version":"1.2","digest":"\#(Self.digest)","isCandidate":false,"changes":null}"#
        let view = try Self.reviewed(Self.review(status: "up-to-date", staged: other))
        #expect(view.candidate == nil)
        #expect(view.staged?.version == "1.2")
        #expect(view.staged?.consents.map(\.name) == Consent.allCases.map(\.rawValue))
        #expect(!view.isEmpty)
        let same = #"{"version":"1.1","digest":"\#(Self.digest)","isCandidate":true,"changes":null}"#
        let staged = try Self.reviewed(Self.review(staged: same))
        #expect(staged.candidate?.isStaged == true)
        #expect(staged.staged == nil)
        #expect(try Self.reviewed(Self.review(status: "up-to-date")).isEmpty)
    }

    @Test func `a publisher's signature is never said to be a review`() throws {
        let trust = try #require(Self.reviewed(Self.review()).candidate).trust
        #expect(trust.signed.hasPrefix("Signed by catalog publisher"))
        #expect(trust.signed.hasSuffix("That is no review."))
        #expect(trust.verdict == "Not reviewed by a trusted reviewer: this host trusts no reviewer.")
        #expect(trust.tone == "warn")
        #expect(trust.claim?.contains("no review by a trusted reviewer") == true)
        let reviewed = try #require(
            Self.reviewed(Self.review(trust: "trusted_reviewed", verdict: "reviewed by trusted reviewer alice"))
                .candidate)
        #expect(reviewed.trust.verdict == "Reviewed by trusted reviewer alice.")
        #expect(reviewed.trust.tone == "good")
    }

    @Test(arguments: [
        "trusted_caution", "missing_receipt", "publisher_claim_only", "not_configured", "unknown_reviewer",
        "retired_reviewer", "revoked_reviewer", "reviewer_not_yet_valid", "reviewer_expired", "review_policy_mismatch",
        "invalid_signature", "artifact_mismatch", "app_mismatch", "expired", "trusted_rejected",
    ])
    func `nothing but a trusted review looks like one`(status: String) throws {
        let trust = try #require(Self.reviewed(Self.review(trust: status)).candidate).trust
        #expect(trust.tone != "good")
    }

    @Test func `where no form would help there is none`() throws {
        let stop =
            #"""
            {"gate":"review","guards":"stage","input":"","outcome":"stopped","code":"x",
            "message":"it has none"}
            """#
        let blocked = try #require(Self.reviewed(Self.review(gate: stop, consents: "")).candidate)
        #expect(blocked.refusal?.contains("it has none") == true)
        let ask = #"{"consent":"review","text":"it has none"}"#
        let asked = try #require(Self.reviewed(Self.review(gate: stop, consents: ask)).candidate)
        #expect(asked.refusal == nil)
    }

    // MARK: What is destroyed

    @Test(arguments: PagePath.Confirmation.allCases)
    func `before something is destroyed it is said what is kept and what is lost`(
        what: PagePath.Confirmation
    ) throws {
        let kept = #""rollback":{"version":"0.9"},"older":[{"version":"0.8"},{"version":"0.9"}]"#
        let detail = try Self.json(
            #"{"id":"notes","name":"Notes","version":"1.0","running":false,"staged":{"version":"1.1"},\#(kept)}"#)
        let view = ConfirmationView(what, detail: detail, form: FormKeys(password: "p"))
        #expect(!view.keeps.isEmpty)
        #expect(!view.loses.isEmpty)
        #expect(view.refusal == nil)
        #expect(view.versions.map(\.version) == ["0.9", "0.8"])
    }

    @Test func `what cannot be done now is not offered`() throws {
        let detail = try Self.json(
            #"{"id":"notes","name":"Notes","version":"1.0","running":true,"staged":null,"rollback":null,"older":[]}"#)
        for what in PagePath.Confirmation.allCases {
            #expect(ConfirmationView(what, detail: detail, form: FormKeys(password: "p")).refusal != nil)
        }
    }

    // MARK: Catalogs, the scheduler, operations

    @Test func `a catalog that ends soon says so`() throws {
        let list = try Self.json(
            #"""
            {"catalogs":[{"name":"a","state":"current","apps":1,"expiresAt":"2026-05-02T10:00:00Z"},
            {"name":"b","state":"expired","apps":2,"expiresAt":"2026-04-30T10:00:00Z"},
            {"name":"c","state":"current","expiresAt":"2026-06-01T10:00:00Z","errorCode":"e"}]}
            """#)
        let rows = CatalogsView(list, form: FormKeys(password: "p"), now: Self.now).catalogs
        #expect(rows.map(\.expiresSoon) == [true, false, false])
        #expect(rows.map(\.state.word) == ["Current", "Expired", "Current"])
        #expect(rows.map { $0.failure != nil } == [false, false, true])
        #expect(rows.first?.expiresAt?.relative == "in 24 hours")
    }

    @Test func `the scheduler says how it went`() throws {
        let status = try Self.json(
            #"""
            {"enabled":true,"catalogs":[{"name":"demo","status":"backoff","lastResult":"failed","failureCount":3,
            "errorCode":"source_timeout"}],"apps":[{"app":"notes","status":"waiting","lastResult":"success",
            "nextCheck":"2026-05-01T11:00:00Z"}]}
            """#)
        let view = SchedulerView(status, form: FormKeys(password: "p"), now: Self.now)
        #expect(view.rows.map(\.name) == ["demo", "notes"])
        #expect(view.rows.map(\.result) == ["It failed 3 times in a row (source_timeout)", "It went well"])
        #expect(view.rows.last?.nextCheck?.relative == "in 1 hour")
    }

    @Test func `an operation under way says how far it is`() throws {
        let operation = try Self.json(
            #"""
            {"id":"x","kind":"stageUpdate","app":"notes","state":"running","progress":
            {"step":"downloading","done":2500000,"total":10000000},"warnings":[],"result":null,"error":null}
            """#)
        let view = OperationView(operation, form: FormKeys(password: "p"), now: Self.now)
        #expect(view.title == "Stage notes")
        #expect(!view.isOver)
        #expect(view.progress?.words == "2.5 MB of 10.0 MB")
        #expect(view.progress?.percent == 25)
        #expect(Notice(operation) == nil)
    }

    @Test func `an operation that failed says what to do, in the words of a page`() throws {
        let operation = try Self.json(
            #"""
            {"id":"x","kind":"stageUpdate","app":"notes","state":"failed","progress":null,"warnings":[],
            "result":null,"error":{"code":"update_consent_required","message":"'notes': it asks for more",
            "state":"unchanged","help":"add '--accept permissions'","log":[]}}
            """#)
        let view = OperationView(operation, form: FormKeys(password: "p"), now: Self.now)
        let trouble = try #require(view.trouble)
        #expect(trouble.title == "Your consent is needed")
        #expect(trouble.state == "Nothing was changed.")
        #expect(trouble.advice?.contains("--accept") == false)
        #expect(trouble.href == "/apps/notes/review")
    }

    @Test(arguments: [
        (#"{"results":[{"message":"held notes"}]}"#, ["Held notes."]),
        (#"{"catalog":{"name":"demo"}}"#, ["The catalog demo was added and verified."]),
        (#"{"name":"demo","apps":[]}"#, ["The catalog demo was removed."]),
        (#"{"catalogs":[],"results":[{"app":"a","status":"up-to-date"}]}"#, ["Nothing newer is listed."]),
        (
            #"{"catalogs":[],"results":[{"app":"a","status":"upgrade-available","candidateVersion":"2"}]}"#,
            ["a: 2 is available."]
        ),
        (#"{"status":"done","results":[],"failures":[],"nextCheck":null}"#, ["Nothing was due."]),
    ])
    func `what was done is told`(result: String, sentences: [String]) throws {
        let operation = try Self.json(#"{"state":"done","result":\#(result)}"#)
        #expect(OperationView.sentences(of: operation) == sentences)
    }

    // MARK: Answers

    private static func json(_ text: String) throws -> JSONValue { try StrictJSON.parse(Array(text.utf8)) }

    private static func reviewed(_ review: JSONValue) throws -> ReviewView {
        ReviewView(
            review, detail: try json(#"{"id":"notes","name":"Notes","version":"1.0"}"#),
            form: FormKeys(password: "p"), now: now)
    }

    private static let consentGate =
        #"{"gate":"consent","guards":"apply","input":"","outcome":"stopped","code":"x","message":"it asks for more"}"#

    private static func review(
        status: String = "upgrade-available", action: String = "nothing", staged: String = "null",
        trust: String = "not_configured",
        verdict: String = "not reviewed by a trusted reviewer: this host trusts no reviewer",
        gate: String = consentGate,
        consents: String = #"{"consent":"permissions","text":"it asks for more: data.write"}"#
    ) throws -> JSONValue {
        let permissions =
            #"""
            {"added":[{"permission":"data.write","rationale":"Saves."}],"removed":[],
            "unchanged":[{"permission":"network.listen","rationale":null}]}
            """#
        let variable = #"{"name":"URL","description":null,"required":true,"secret":false,"default":null}"#
        let check =
            #"""
            {"app":"notes","catalog":"demo","status":"\#(status)","candidateVersion":"1.1",
            "candidateDigest":"\#(digest)","channel":"stable","downloadBytes":12345678,
            "compatibility":"compatible",
            "permissionDelta":\#(permissions),"environmentDrift":{"added":[\#(variable)],"removed":[]},
            "configurationDrift":{"transport":null,"permissionProfile":null},"changelog":null,"advisories":[],
            "deprecation":null,"review":{"status":"reviewed","note":null},
            "reviewTrust":{"status":"\#(trust)","warnings":[]}}
            """#
        let passed = #"{"gate":"installed","guards":"stage","input":"","outcome":"passed","message":null}"#
        return try json(
            #"""
            {"app":"notes","check":\#(check),"verdict":"\#(verdict)","consents":[\#(consents)],"missing":["URL"],
            "gates":[\#(passed),\#(gate)],"action":"\#(action)","staged":\#(staged),"running":false,
            "warnings":[]}
            """#)
    }
}
