import Bundles
import Catalogs
import HostModel
import Storage
import Testing
import Updates

/// `behaviour.md` 2: what a check finds, and why it cannot say more.
struct UpdateCheckTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// With the reason, where there is one.
        let status: String
        /// Of the gate that ended the search.
        let message: String?
        let change: @Sendable (inout Scene) throws -> Void

        init(
            _ what: String, _ status: String, _ message: String? = nil,
            _ change: @escaping @Sendable (inout Scene) throws -> Void
        ) {
            testDescription = what
            self.status = status
            self.message = message
            self.change = change
        }
    }

    static let rows: [Row] = [
        Row("a newer version", "upgrade-available") { _ in },
        Row("the installed bundle", "up-to-date", "it is what is installed") {
            $0.entry = try Samples.entry("1.0.0", digest: 1)
        },
        Row("an older version", "up-to-date", "what is installed (1.0.0) is newer") {
            $0.entry = try Samples.entry("0.9.0", digest: 2)
        },
        Row("another bundle of the same version", "unknown version_digest_differs") {
            $0.entry = try Samples.entry("1.0.0", digest: 2)
        },
        Row("another bundle of an equal version", "unknown version_digest_differs") {
            $0.entry = try Samples.entry("v1.0", digest: 2)
        },
        Row("another bundle of the same version that has no order", "unknown version_digest_differs") {
            $0.installed.manifest = try Samples.manifest("summer")
            $0.entry = try Samples.entry("summer", digest: 2)
        },
        Row("a version without order", "unknown version_not_comparable", "summer cannot be compared with 1.0.0") {
            $0.entry = try Samples.entry("summer", digest: 2)
        },
        Row("over a version without order", "unknown version_not_comparable") {
            $0.installed.manifest = try Samples.manifest("summer")
        },
        Row("several versions without order", "unknown version_not_comparable") {
            $0.entries = [try Samples.entry("summer", digest: 2), try Samples.entry("winter", digest: 3)]
        },

        Row("a bundle from a path", "not-catalog-sourced", "it was not installed from a catalog") {
            $0.installed.source = "file"
        },
        Row("a source that is no catalog's name", "not-catalog-sourced") { $0.installed.source = "catalog:../x" },
        Row("a catalog that lost the app", "not-in-catalog", "the catalog 'demo' does not list it") {
            $0.entries = [try Samples.entry("1.1.0", app: "wiki", digest: 2)]
        },
        Row("a version that is not listed", "not-in-catalog", "the catalog 'demo' lists no version 3.0 of it") {
            $0.version = try Samples.version("3.0")
        },

        Row("a catalog that was removed", "unknown catalog_not_configured", "this host has no catalog 'demo'") {
            $0.knowsCatalog = false
        },
        Row("a catalog that expired", "unknown catalog_expired") {
            $0.refusal = CatalogError.expired(.timestamp, at: Samples.yesterday, now: Samples.now)
        },
        Row("a catalog that does not verify", "unknown catalog_unverified") {
            $0.refusal = CatalogError.notSigned(.root, valid: 1, threshold: 2)
        },
        Row("a catalog that was never refreshed", "unknown catalog_unverified") {
            $0.refusal = CatalogError.neverRefreshed(.timestamp, path: "demo")
        },
        Row("an entry that cannot be read", "unknown entry_invalid") {
            $0.entries = []
            $0.unknown = [try Self.unknown(.invalid(RecordError(file: "x", problem: "y")))]
        },
        Row("an entry that is no bundle", "unknown entry_not_a_bundle") {
            $0.entries = []
            $0.unknown = [try Self.unknown(.notABundle)]
        },
        Row("an entry that cannot be read beside one that can", "upgrade-available") {
            $0.unknown = [try Self.unknown(.invalid(RecordError(file: "x", problem: "y")))]
        },
        Row("two bundles that claim one version", "unknown entry_invalid", "several bundles are listed as 1.1.0") {
            $0.entries.append(try Samples.entry("1.1.0", digest: 3))
        },
        Row("an entry for no architecture at all", "unknown entry_invalid") { $0.entry.requires.arch = [] },

        Row("a damaged manifest", "unknown manifest_unreadable", "what is installed is damaged") {
            $0.installed.manifest = nil
        },
        Row("a damaged receipt", "unknown manifest_unreadable") {
            $0.installed.source = nil
            $0.installed.digest = nil
        },
    ]

    private static func unknown(_ reason: UnknownEntry.Reason) throws -> UnknownEntry {
        UnknownEntry(try #require(RelativePath("apps/notes/1.1.0/notes.tar")), reason)
    }

    @Test(arguments: UpdateCheckTests.rows)
    func `a check has the status that its app is in, and says why`(row: Row) throws {
        var scene = try Scene()
        try row.change(&scene)
        let result = try scene.result()
        let told = [result.status.name, result.status.reason?.rawValue].compactMap { $0 }.joined(separator: " ")
        #expect(told == row.status)
        if let message = row.message {
            #expect(result.gates.gates.compactMap(\.stop?.message).first == message)
        }
        // Nothing that is not an upgrade may be taken by a policy, and nothing else has drift.
        let isUpgrade = result.status == .upgradeAvailable
        #expect(result.eligible == Eligibility(stage: isUpgrade, apply: isUpgrade))
        #expect((result.drift != nil) == isUpgrade)
        if case .unknown(let reason) = result.status {
            #expect(result.blockedBy.map(\.code) == [GateCode(reason)])
        } else {
            #expect(result.blockedBy == [])
        }
    }

    @Test func `every reason is met by some row`() {
        for reason in UnknownReason.allCases {
            let isMet = Self.rows.contains { $0.status == "unknown \(reason.rawValue)" }
            #expect(isMet, "\(reason)")
        }
    }

    // MARK: Versions

    /// Installed, candidate, whether they are written differently, and whether the candidate is newer.
    @Test(
        arguments: [
            ("1.0", "1.1", true, true), ("1.1", "1.0", true, false), ("1.0", "1.0", false, false),
            ("1.0", "1.0.0", true, false), ("1.0.0-rc.1", "1.0.0", true, true), ("summer", "1.0", true, nil),
            ("1.0", "summer", true, nil), ("summer", "summer", false, false), (nil, "1.0", false, nil),
            ("1.0", nil, false, nil), (nil, nil, false, nil),
        ] as [(String?, String?, Bool, Bool?)])
    func `two versions are different, and one is newer, as far as that can be known`(
        installed: String?, candidate: String?, different: Bool, newer: Bool?
    ) {
        let comparison = VersionComparison(
            installed: installed.flatMap { BundleVersion($0) }, candidate: candidate.flatMap { BundleVersion($0) })
        #expect(comparison.versionDifferent == different)
        #expect(comparison.updateAvailable == newer)
    }

    @Test func `of an app that is not installed nothing is different and nothing is newer`() {
        #expect(VersionComparison.notInstalled.versionDifferent == false)
        #expect(VersionComparison.notInstalled.updateAvailable == false)
    }

    // MARK: Which catalog

    @Test func `an app follows its source, and the same id elsewhere is shown and never chosen`() throws {
        var scene = try Scene()
        let other = try Samples.entry("9.0.0", digest: 9)
        scene.others = [
            try Scene.catalog("other", [other]), try Scene.catalog("empty", []),
            try Scene.catalog("broken", [other], refusal: CatalogError.notSigned(.root, valid: 0, threshold: 1)),
        ]
        let result = try scene.result()
        #expect(result.catalog?.text == "demo")
        #expect(result.candidate?.entry.version.text == "1.1.0")
        #expect(result.status == .upgradeAvailable)
        #expect(result.alsoListedIn.map(\.text) == ["other"])
    }

    @Test func `an app whose catalog lost it is not given one from elsewhere`() throws {
        var scene = try Scene()
        scene.entries = []
        scene.others = [try Scene.catalog("other", [try Samples.entry("9.0.0", digest: 9)])]
        let result = try scene.result()
        #expect(result.status == .notInCatalog)
        #expect(result.candidate == nil)
        #expect(result.alsoListedIn.map(\.text) == ["other"])
    }

    @Test(arguments: ["catalog:demo", "file"])
    func `a catalog that is named is looked at instead, and somebody consents to that`(source: String) throws {
        var scene = try Scene()
        scene.installed.source = source
        scene.catalog = try Samples.app("other")
        scene.others = [try Scene.catalog("other", scene.entries)]
        let result = try scene.result()
        #expect(result.catalog?.text == "other")
        #expect(result.consents.map(\.consent) == [.publisher])
        #expect(result.eligible == Eligibility(stage: true, apply: false))
    }

    @Test func `the catalog that an app came from may be named`() throws {
        var scene = try Scene()
        scene.catalog = try Samples.app("demo")
        let result = try scene.result()
        #expect(result.consents == [])
        #expect(result.eligible == Eligibility(stage: true, apply: true))
    }

    @Test func `the newest that this host can run is the candidate, or the version that is named`() throws {
        var scene = try Scene()
        var foreign = try Samples.entry("3.0.0", digest: 3)
        foreign.requires.arch = ["aarch64"]
        scene.entries += [foreign, try Samples.entry("1.0.5", digest: 4)]
        #expect(try scene.result().candidate?.entry.version.text == "1.1.0")
        scene.version = try Samples.version("1.0.5")
        #expect(try scene.result().candidate?.entry.version.text == "1.0.5")
    }

    @Test func `a listing is sorted by app without losing or mixing any`() throws {
        let own = [try Samples.entry("1.0.0", digest: 1), try Samples.entry("1.1.0", digest: 2)]
        let wiki = try Samples.entry("2.0.0", app: "wiki", digest: 3)
        let catalog = try Scene.catalog("demo", own + [wiki], unknown: [try Self.unknown(.notABundle)])
        let (notes, other) = (try Samples.app("notes"), try Samples.app("wiki"))
        #expect(catalog.listing(of: notes).entries.map(\.entry.version.text) == ["1.0.0", "1.1.0"])
        #expect(catalog.listing(of: notes).unknown.count == 1)
        #expect(catalog.listing(of: other).entries.map(\.entry.version.text) == ["2.0.0"])
        #expect(catalog.listing(of: other).unknown.isEmpty)
        let absent = try Samples.app("absent")
        #expect(!catalog.lists(absent))
        #expect(catalog.listing(of: absent).entries.isEmpty)
    }

    // MARK: By hand

    @Test func `what would be asked by hand is known for what is no upgrade too`() throws {
        var scene = try Scene()
        scene.entry = try Samples.entry("0.9.0", digest: 2)
        #expect(try scene.result().consents.map(\.consent) == [.downgrade])
        scene.entry = try Samples.entry("1.0.0", digest: 1)
        #expect(try scene.result().consents == [])
    }

    @Test func `everything that a catalog shows to need consent is asked, in order`() throws {
        var scene = try Scene()
        scene.entry = try Samples.entry("0.9.0", digest: 2)
        scene.entry.permissions = ["network.listen", "data.write"]
        scene.entry.transport = "stdio"
        scene.review.mode = .warnUntrusted
        scene.catalog = try Samples.app("other")
        scene.others = [try Scene.catalog("other", scene.entries)]
        scene.knownBad = [
            .init(digest: try Samples.digest(2), version: "0.9.0", reason: "rolled back", at: Samples.yesterday)
        ]
        let expected: [Consent] = [.permissions, .posture, .publisher, .review, .knownBad, .downgrade]
        #expect(try scene.result().consents.map(\.consent) == expected)
    }

    // MARK: Output

    /// `behaviour.md` 7.
    private static let keys = [
        "app", "catalog", "status", "reason", "currentVersion", "currentDigest", "candidateVersion", "candidateDigest",
        "channel", "publishedAt", "versionDifferent", "updateAvailable", "changelog", "permissionDelta",
        "environmentDrift", "configurationDrift", "compatibility", "review", "reviewTrust", "deprecation",
        "advisories", "downloadBytes", "eligible", "blockedBy", "scheduler",
    ]

    @Test(arguments: UpdateCheckTests.rows)
    func `a check has every key whatever it found`(row: Row) throws {
        var scene = try Scene()
        try row.change(&scene)
        #expect(try scene.result().json.keys == Self.keys)
    }

    @Test func `a check says in JSON what it found`() throws {
        var scene = try Scene()
        scene.entry.publishedAt = Samples.yesterday
        scene.entry.changelog = .init(summary: "Faster.", url: "https://example.org/1.1")
        scene.entry.review = .init(status: .reviewed, note: "Looks good.")
        scene.entry.permissions = ["network.listen", "data.write"]
        scene.entry.permissionRationale = ["data.write": "Keeps notes."]
        scene.entry.environment = [
            .init(name: "TOKEN", description: "A token.", required: true, secret: true, defaultValue: "hunter2")
        ]
        scene.entry.transport = "stdio"
        scene.entry.advisories = [.init(id: "A-1", severity: .high, summary: "Read others' notes.", url: nil)]
        let permissions: String =
            #"{"added":[{"permission":"data.write","rationale":"Keeps notes."}],"removed":[],"#
            + #""unchanged":[{"permission":"network.listen","rationale":null}]}"#
        let environment: String =
            #"{"added":[{"name":"TOKEN","description":"A token.","required":true,"secret":true,"default":null}],"#
            + #""removed":[]}"#
        let blockedBy: String =
            #"[{"code":"update_consent_required","message":"it asks for more: data.write; it changes its "#
            + #"transport from http to stdio"},{"code":"update_environment_missing","message":"no value is set "#
            + #"for TOKEN"}]"#
        let json = try scene.result().json
        let expected: [String: String] = [
            "app": #""notes""#, "catalog": #""demo""#, "status": #""upgrade-available""#, "reason": "null",
            "currentVersion": #""1.0.0""#, "candidateVersion": #""1.1.0""#, "channel": #""stable""#,
            "publishedAt": #""2026-04-30T10:00:00Z""#, "versionDifferent": "true", "updateAvailable": "true",
            "changelog": #"{"summary":"Faster.","url":"https://example.org/1.1"}"#,
            "permissionDelta": permissions, "environmentDrift": environment, "blockedBy": blockedBy,
            "configurationDrift": #"{"transport":{"from":"http","to":"stdio"},"permissionProfile":null}"#,
            "compatibility": #""compatible""#, "review": #"{"status":"reviewed","note":"Looks good."}"#,
            "deprecation": #"{"status":"none","message":null,"replacement":null}"#,
            "advisories": #"[{"id":"A-1","severity":"high","summary":"Read others' notes.","url":null}]"#,
            "downloadBytes": "1000", "eligible": #"{"stage":true,"apply":false}"#, "scheduler": "null",
        ]
        for (key, text) in expected { #expect(json.member(key)?.text == text, "\(key)") }
        #expect(json.member("reviewTrust")?.keys.count == 11)
        #expect(!json.text.contains("hunter2"))
    }

    @Test func `a catalog says how old it is`() throws {
        let fresh = try Scene.catalog("demo", [])
        #expect(fresh.json.text == #"{"name":"demo","refreshedAt":null,"expiresAt":null,"errorCode":null}"#)
        let broken = try Scene.catalog("demo", [], refusal: CatalogError.notSigned(.root, valid: 0, threshold: 1))
        #expect(broken.json.member("errorCode")?.text == #""catalog_unverified""#)
    }
}

extension JSONValue {
    /// Of an object, in order; none of anything else.
    var keys: [String] {
        if case .object(let members) = self { members.map(\.key) } else { [] }
    }

    func member(_ key: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.key == key }?.value
    }
}
