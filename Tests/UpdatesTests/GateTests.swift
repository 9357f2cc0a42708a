import Bundles
import Catalogs
import HostModel
import Signatures
import Storage
import Testing
import Updates

/// `behaviour.md` 4: what keeps a newer version from being staged or applied by a policy, gate by gate, and what `why`
/// says of it.
struct GateTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let gate: Gate.Name
        /// Nil where the gate lets the candidate pass.
        let code: String?
        /// The line of `why`.
        let line: String
        let change: @Sendable (inout Scene) throws -> Void

        init(
            _ what: String, _ gate: Gate.Name, _ code: String?, _ line: String,
            _ change: @escaping @Sendable (inout Scene) throws -> Void = { _ in }
        ) {
            testDescription = what
            self.gate = gate
            self.code = code
            self.line = line
            self.change = change
        }
    }

    static let rows: [Row] = candidateRows + stageRows + reviewRows + applyRows + policyRows

    private static let candidateRows: [Row] = [
        Row("what is installed", .installed, nil, "installed | 1.0.0 | passed"),
        Row("a source that is followed", .source, nil, "source | catalog:demo | passed"),
        Row("a catalog that counts", .catalog, nil, "catalog | demo, never verified | passed"),
        Row("an entry", .entry, nil, "entry | 1.1.0 020202020202 | passed"),
        Row("a newer version", .version, nil, "version | 1.0.0 → 1.1.0 | passed"),
    ]

    private static let stageRows: [Row] = [
        Row("a host that fits", .compatibility, nil, "compatibility | apphost 1.2.0 on x86_64 | passed"),
        Row(
            "a host that is too old", .compatibility, "update_incompatible",
            "compatibility | apphost 1.2.0 on x86_64 | stopped: it needs apphost 2.0, this is 1.2.0"
        ) { $0.entry.requires.apphost = try Samples.version("2.0") },
        Row(
            "a host of another architecture", .compatibility, "update_incompatible",
            "compatibility | apphost 1.2.0 on x86_64 | stopped: it is made for aarch64, this is x86_64"
        ) { $0.entry.requires.arch = ["aarch64"] },
        Row(
            "a host that cannot be compared", .compatibility, "compatibility_unknown",
            "compatibility | apphost nightly on x86_64 | stopped: whether it fits this host cannot be known"
        ) { $0.platform = Platform(apphost: try Samples.version("nightly"), arch: "x86_64") },

        Row("a channel that is taken", .channel, nil, "channel | beta, of those taken: beta, stable | passed") {
            $0.entry.channel = "beta"
            $0.policy.channels = ["stable", "beta"]
        },
        Row(
            "a channel that is not taken", .channel, "channel_not_allowed",
            "channel | beta, of those taken: stable | stopped: it is in the channel 'beta', which is not taken"
        ) { $0.entry.channel = "beta" },

        Row("no deprecation", .deprecation, nil, "deprecation | none | passed"),
        Row(
            "a deprecation", .deprecation, "entry_deprecated",
            "deprecation | deprecated | stopped: it is deprecated: Too\\u{1b} old.; 'wiki' takes its place"
        ) {
            $0.entry.deprecation = .init(
                status: .deprecated, message: "Too\u{1b} old.", replacement: try Samples.app("wiki"))
        },

        Row("another bundle that was bad", .knownBad, nil, "known-bad | 020202020202 | passed") {
            $0.knownBad = [try Self.bad(9)]
        },
        Row(
            "a bundle that was bad", .knownBad, "known_bad",
            "known-bad | 020202020202 | stopped: it was left before as bad (rolled back)"
        ) { $0.knownBad = [try Self.bad(9), try Self.bad(2)] },

        Row("no hold", .hold, nil, "hold | not held | passed"),
        Row("a hold", .hold, "held", "hold | for ever | stopped: the app is held for ever") {
            $0.policy.hold = .forever
        },
        Row(
            "a hold that lasts", .hold, "held",
            "hold | until 2026-05-02T10:00:00Z | stopped: the app is held until 2026-05-02T10:00:00Z"
        ) { $0.policy.hold = .until(Samples.tomorrow) },
        Row("a hold that ends now", .hold, nil, "hold | until 2026-05-01T10:00:00Z | passed") {
            $0.policy.hold = .until(Samples.now)
        },

        Row(
            "no cooldown", .cooldown, nil,
            "cooldown | first seen 2026-05-01T10:00:00Z, waits until 2026-05-01T10:00:00Z | passed"),
        Row(
            "a cooldown that begins", .cooldown, "cooling",
            "cooldown | first seen 2026-05-01T10:00:00Z, waits until 2026-05-02T10:00:00Z | "
                + "stopped: it cools until 2026-05-02T10:00:00Z"
        ) { $0.policy.cooldownSeconds = 86_400 },
        Row(
            "a cooldown one second before its end", .cooldown, "cooling",
            "cooldown | first seen 2026-04-30T10:00:00Z, waits until 2026-05-01T10:00:01Z | "
                + "stopped: it cools until 2026-05-01T10:00:01Z"
        ) {
            $0.sightings = try Self.seenYesterday()
            $0.policy.cooldownSeconds = 86_401
        },
        Row(
            "a cooldown at its end", .cooldown, nil,
            "cooldown | first seen 2026-04-30T10:00:00Z, waits until 2026-05-01T10:00:00Z | passed"
        ) {
            $0.sightings = try Self.seenYesterday()
            $0.policy.cooldownSeconds = 86_400
        },
    ]

    private static let reviewRows: [Row] = [
        Row("a trusted review", .review, nil, "review | trusted_reviewed, reviewMode=advisory | passed"),
        Row("no review, which is shown only", .review, nil, "review | missing_receipt, reviewMode=advisory | passed") {
            $0.entry.receipts = []
        },
        Row(
            "no review, which a person has to acknowledge", .review, "app_review_missing",
            "review | missing_receipt, reviewMode=warn_untrusted | "
                + "stopped: it has no review receipt, and it needs '--accept review'"
        ) {
            $0.entry.receipts = []
            $0.review.mode = .warnUntrusted
        },
        Row(
            "a rejection, where a review is required", .review, "app_review_rejected",
            "review | trusted_rejected, its publisher says reviewed, reviewMode=require_trusted_review | "
                + "stopped: a trusted reviewer rejected it"
        ) {
            $0.entry.receipts = [try Reviews.listed(.rejected)]
            $0.entry.review = .init(status: .reviewed)
            $0.review.mode = .requireTrustedReview
        },
    ]

    private static let applyRows: [Row] = [
        Row("nothing to consent to", .consent, nil, "consent | nothing to consent to | passed"),
        Row(
            "a permission more", .consent, "update_consent_required",
            "consent | permissions | stopped: it asks for more: data.write"
        ) { $0.entry.permissions = ["network.listen", "data.write"] },
        Row(
            "another transport", .consent, "update_consent_required",
            "consent | posture | stopped: it changes its transport from http to stdio"
        ) { $0.entry.transport = "stdio" },
        Row(
            "another profile", .consent, "update_consent_required",
            "consent | posture | stopped: it changes its permission profile from network to desktop"
        ) { $0.entry.permissionProfile = "desktop" },

        Row("every variable set", .environment, nil, "environment | every required variable is set | passed") {
            $0.entry.environment = [
                .init(name: "TOKEN", required: true, secret: true), .init(name: "THEME", required: true),
                .init(name: "COLOUR"),
            ]
            $0.supplied = SuppliedVariables(environment: ["THEME"], secrets: ["TOKEN"])
        },
        Row(
            "a variable that is not set", .environment, "update_environment_missing",
            "environment | TOKEN, THEME | stopped: no value is set for TOKEN, THEME"
        ) {
            $0.entry.environment = [
                .init(name: "TOKEN", required: true, secret: true),
                .init(name: "THEME", required: true, defaultValue: "light"),
            ]
        },

        Row(
            "a trusted review", .policyReview, nil,
            "policy-review | trusted_reviewed, reviewMode=advisory | passed"),
        Row(
            "no review, where nobody looks", .policyReview, "app_review_missing",
            "policy-review | missing_receipt, reviewMode=advisory | stopped: it has no review receipt"
        ) { $0.entry.receipts = [] },
        Row(
            "a publisher's claim", .policyReview, nil,
            "policy-review | publisher_claim_only, its publisher says reviewed, reviewMode=advisory | passed"
        ) {
            $0.entry.receipts = []
            $0.entry.review = .init(status: .reviewed)
        },
    ]

    private static let policyRows: [Row] = [
        Row("a policy that acts", .policy, nil, "policy | apply_when_stopped | passed"),
        Row(
            "a policy that does nothing", .policy, "policy_manual",
            "policy | manual | stopped: nothing is done by itself"
        ) { $0.policy.mode = .manual },
        Row("an app that is stopped", .running, nil, "running | stopped | passed"),
        Row(
            "an app that runs", .running, "app_running",
            "running | running | stopped: the app runs, and is not stopped for an update"
        ) { $0.isRunning = true },
        Row("an app that runs, and is only staged for", .running, nil, "running | running | passed") {
            $0.isRunning = true
            $0.policy.mode = .stage
        },
    ]

    private static func bad(_ byte: UInt8) throws -> AppRecord.KnownBad {
        .init(digest: try Samples.digest(byte), version: "1.1.0", reason: "rolled back", at: Samples.yesterday)
    }

    private static func seenYesterday() throws -> Sightings {
        Sightings([Sighting(digest: try Samples.digest(2), firstSeen: Samples.yesterday)])
    }

    @Test(arguments: GateTests.rows)
    func `each gate says what it looked at, what came of it, and keeps the candidate from what it guards`(
        row: Row
    ) throws {
        var scene = try Scene()
        try row.change(&scene)
        let result = try scene.result()
        let gate = try #require(result.gates.gates.first(where: { $0.name == row.gate }))
        #expect(gate.cells.joined(separator: " | ") == row.line)
        #expect(gate.stop?.code.text == row.code)
        #expect((gate.outcome == .passed) == (row.code == nil))
        guard let code = row.code else { return }

        let blocks = result.blockedBy.contains { $0.code.text == code }
        switch gate.guarded {
        case .stage:
            #expect(result.eligible == Eligibility(stage: false, apply: false))
            #expect(blocks)
        case .apply:
            #expect(result.eligible == Eligibility(stage: true, apply: false))
            #expect(blocks)
        case .policy:
            #expect(result.eligible == Eligibility(stage: true, apply: true))
            #expect(!blocks)
        }
        #expect(result.gates.action == .nothing)
    }

    @Test func `every gate that asks about a newer version is tried both ways`() {
        for name in Gate.Name.allCases.dropFirst(5) {
            let outcomes = Set(Self.rows.filter { $0.gate == name }.map { $0.code == nil })
            #expect(outcomes == [true, false], "\(name)")
        }
    }

    @Test(arguments: UpdateCheckTests.rows)
    func `there is one line for each gate, in order, whatever was found`(row: UpdateCheckTests.Row) throws {
        var scene = try Scene()
        try row.change(&scene)
        let gates = try scene.result().gates.gates
        #expect(gates.map(\.name) == Gate.Name.allCases)
        // Nothing is asked behind the gate that ended the search.
        if let end = gates.firstIndex(where: { $0.stop != nil }) {
            let behind = gates[(end + 1)...].allSatisfy { $0.outcome == .notAsked && $0.cells.last == "not asked" }
            #expect(behind)
        }
    }

    @Test func `an upgrade that nothing speaks against is applied while the app is stopped`() throws {
        var scene = try Scene()
        #expect(try scene.result().gates.action == .apply)
        #expect(try scene.result().blockedBy == [])
        scene.policy.mode = .stage
        #expect(try scene.result().gates.action == .stage)
        scene.policy.mode = .manual
        #expect(try scene.result().gates.action == .nothing)
    }

    @Test func `the lines are in JSON too, one object for each`() throws {
        var scene = try Scene()
        scene.policy.hold = .forever
        let json = try scene.result().gates.json
        #expect(json.keys == ["gates", "eligible", "action"])
        #expect(json.member("action")?.text == #""nothing""#)
        #expect(json.member("eligible")?.text == #"{"stage":false,"apply":false}"#)
        guard case .array(let gates)? = json.member("gates") else {
            Issue.record("there are no gates")
            return
        }
        let keys = ["gate", "guards", "input", "outcome", "code", "message"]
        #expect(gates.map(\.keys) == [[String]](repeating: keys, count: Gate.Name.allCases.count))
        let hold = gates.first { $0.member("gate")?.text == #""hold""# }
        let expected: String =
            #"{"gate":"hold","guards":"stage","input":"for ever","outcome":"stopped","code":"held","#
            + #""message":"the app is held for ever"}"#
        #expect(hold?.text == expected)
    }

    @Test func `several gates that stop with one code are told once`() throws {
        var scene = try Scene()
        scene.entry.receipts = []
        scene.review.mode = .requireTrustedReview
        #expect(try scene.result().blockedBy.map(\.code.text) == ["app_review_missing"])
    }

    // MARK: Once staged

    @Test func `once a bundle is staged its own manifest is what counts`() throws {
        var scene = try Scene()
        scene.entry.permissions = ["network.listen", "data.write"]
        scene.entry.environment = [.init(name: "TOKEN", required: true)]
        #expect(try scene.result().eligible.apply == false)

        scene.staged = .init(digest: try Samples.digest(2), manifest: try Samples.manifest("1.1.0"))
        #expect(try scene.result().eligible.apply)
        #expect(try scene.result().drift?.permissions.added == [])

        let demanding = try Samples.manifest("1.1.0", needs: "2.0")
        scene.staged = .init(digest: try Samples.digest(2), manifest: demanding)
        #expect(try scene.result().blockedBy.map(\.code.text) == ["update_incompatible"])

        // Another bundle that is staged says nothing of this one.
        scene.staged = .init(digest: try Samples.digest(7), manifest: try Samples.manifest("1.1.0"))
        #expect(try scene.result().eligible.apply == false)
    }
}
