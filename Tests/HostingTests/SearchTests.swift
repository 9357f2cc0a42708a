import Catalogs
import HostModel
import Hosting
import Testing

/// What `search` and `info` tell of catalogs, from what is stored.
struct SearchTests {
    private func later(_ days: Int64) -> Timestamp { Timestamp(seconds: Samples.now.seconds + days * 86_400) }

    /// `notes 1.0.0 in demo` for each hit, `-` where this host would get none.
    private func told(_ result: SearchResult) -> [String] {
        result.hits.map { "\($0.offer.id) \($0.cells[1]) in \($0.offer.catalog)" }
    }

    private func found(_ lab: Lab, _ text: String?) throws -> [String] { told(try lab.host.search(text)) }

    // MARK: Finding

    @Test func `a text is looked for in ids, names and summaries, whatever its letter case`() async throws {
        let lab = try Lab()
        let shelf = try Shelf(
            Shelf.entry("notes", "1.0.0") { $0.summary = "Small SHARED papers." },
            Shelf.entry("notes-server", "2.0.0") { $0.name = "Büro" },
            Shelf.entry("a-notes", "3.0.0") { $0.name = "Wiki" })
        try await lab.follow(shelf)
        let all = ["a-notes 3.0.0 in demo", "notes 1.0.0 in demo", "notes-server 2.0.0 in demo"]
        #expect(try found(lab, nil) == all)
        #expect(try found(lab, "") == all)
        // What has exactly this id comes first.
        #expect(try found(lab, "NOTES") == [all[1], all[0], all[2]])
        #expect(try found(lab, "shared pap") == [all[1]])
        #expect(try found(lab, "bÜro") == [all[2]])
        #expect(try found(lab, "wiki") == [all[0]])
        #expect(try found(lab, "nothing") == [])
    }

    @Test func `each catalog has a row of its own, with what is installed`() async throws {
        let lab = try await Lab.withNotes()
        let first = try Shelf(Shelf.entry("notes", "1.1.0"), Shelf.entry("notes", "1.0.0"))
        let second = try Shelf(Shelf.entry("notes", "2.0.0") { $0.summary = "Small shared notes." })
        try await lab.follow(first, as: "a")
        try await lab.follow(second, as: "b")
        let result = try lab.host.search("notes")
        #expect(
            result.hits.map(\.json.text) == [
                """
                {"id":"notes","name":"Notes","version":"1.1.0","catalog":"a","channel":"stable","summary":null,\
                "versions":["1.1.0","1.0.0"],"installed":"1.0.0",\
                "deprecation":{"status":"none","message":null,"replacement":null},"status":"listed","reason":null}
                """,
                """
                {"id":"notes","name":"Notes","version":"2.0.0","catalog":"b","channel":"stable",\
                "summary":"Small shared notes.","versions":["2.0.0"],"installed":"1.0.0",\
                "deprecation":{"status":"none","message":null,"replacement":null},"status":"listed","reason":null}
                """,
            ])
        #expect(
            result.hits.map(\.cells) == [
                ["notes", "1.1.0", "1.0.0", "a", "Notes"], ["notes", "2.0.0", "1.0.0", "b", "Small shared notes."],
            ])
        #expect(
            result.catalogs.map(\.brief.text)
                == ["a", "b"].map { name in
                    """
                    {"name":"\(name)","refreshedAt":"2026-05-01T10:00:00Z","expiresAt":"2026-05-31T10:00:00Z",\
                    "errorCode":null}
                    """
                })
    }

    @Test func `what this host would not get is told with the reason`() async throws {
        let lab = try Lab()
        let shelf = try Shelf(
            Shelf.entry("beta") { $0.channel = "beta" },
            Shelf.entry("foreign") { $0.requires.arch = ["pdp11", "vax"] },
            Shelf.entry("odd", "first"), Shelf.entry("odd", "second"),
            Shelf.entry("old") {
                $0.deprecation = .init(status: .deprecated, message: "No longer kept.", replacement: AppID("notes"))
            },
            Shelf.entry("torn", "1.0"),
            Shelf.entry("torn", "1.0.0"))
        let entry: JSONValue = ["schema": 1, "id": "wiki"]
        try shelf.list("apps/wiki/1.0.0/wiki.tar", custom: ["apphost": entry])
        try shelf.list("apps/old/2.0.0/old.tar", custom: ["note": "mine"])
        try await lab.follow(shelf)
        let rows = try lab.host.search(nil).hits.map { hit -> [String] in
            let reason = hit.offer.reason
            return [
                hit.offer.id.text, hit.offer.status.rawValue, hit.cells[1], reason?.code?.rawValue ?? "-",
                reason?.message ?? "-",
            ]
        }
        let expected = [
            ["beta", "other_channel", "-", "-", "it is only in the channel 'beta'"],
            ["foreign", "other_architecture", "-", "-", "it is only there for 'pdp11', 'vax'"],
            ["odd", "not_comparable", "-", "-", "there is no order between its versions 'first', 'second'"],
            [
                "old", "listed", "1.0.0", "entry_not_a_bundle",
                "the catalog does not say which bundle 'apps/old/2.0.0/old.tar' is",
            ],
            ["torn", "unknown", "-", "entry_invalid", "2 different bundles are listed as '1.0', '1.0.0'"],
            [
                "wiki", "unknown", "-", "entry_invalid",
                "'apps/wiki/1.0.0/wiki.tar' cannot be read: 'name' is missing",
            ],
        ]
        #expect(rows == expected)
        let old = try #require(try lab.host.search("old").hits.first)
        #expect(old.cells[4].hasPrefix("Notes – deprecated: No longer kept. – notes takes its place – "))
        #expect(try found(lab, "wik") == ["wiki - in demo"])
    }

    // MARK: Catalogs that do not count

    @Test func `an expired catalog is shown with a mark and a warning`() async throws {
        let lab = try Lab()
        let shelf = try Shelf(Shelf.entry())
        try await lab.follow(shelf)
        var warnings: [String] = []
        let result = try lab.sameHost(at: later(40)).search("notes") { warnings.append($0) }
        #expect(result.hits.map(\.cells) == [["notes", "1.0.0", "-", "demo (expired)", "Notes"]])
        #expect(result.catalogs.map(\.brief.text).first?.hasSuffix(#""errorCode":"catalog_expired"}"#) == true)
        #expect(warnings.count == 1)
        #expect(warnings.first?.hasPrefix("the catalog 'demo' cannot be relied on: 'timestamp.json' of the ") == true)
        #expect(warnings.first?.contains("'apphost catalog refresh demo'") == true)
    }

    @Test func `one that is broken or was never refreshed hides no other`() async throws {
        let lab = try Lab()
        let shelf = try Shelf(Shelf.entry())
        try await lab.follow(shelf, as: "bad")
        try await lab.follow(shelf, as: "good")
        try await lab.follow(shelf, as: "new", offline: true)
        try lab.write("{", to: "catalogs/bad/source.json")
        var warnings: [String] = []
        let result = try lab.host.search(nil) { warnings.append($0) }
        #expect(told(result) == ["notes 1.0.0 in good"])
        #expect(warnings.count == 2)
        #expect(warnings.first?.contains("'catalogs/bad/source.json'") == true)
        #expect(warnings.last == "the catalog 'new' was never refreshed; 'apphost catalog refresh new' gets it")
    }

    @Test func `without a catalog nothing is found, and nothing is wrong`() throws {
        let lab = try Lab()
        let result = try lab.host.search("notes") { Issue.record("\($0)") }
        #expect(result.catalogs.isEmpty)
        #expect(result.hits.isEmpty)
        #expect(try lab.tree().isEmpty)
    }

    // MARK: One app

    private static let full: @Sendable (inout CatalogEntry) -> Void = { entry in
        entry.summary = "Small shared notes."
        entry.publishedAt = Samples.yesterday
        entry.permissions = ["data.write", "network.listen"]
        entry.permissionRationale = ["network.listen": "Serves its page on loopback."]
        entry.environment = [
            .init(name: "TOKEN", description: "For sync", required: true, secret: true, defaultValue: "sesame"),
            .init(name: "THEME"),
        ]
        entry.transport = "http"
        entry.permissionProfile = "network"
        entry.changelog = .init(summary: "Faster.", url: "https://example.org/changes")
        entry.requires.apphost = BundleVersion("1.0.0")
        entry.advisories = [.init(id: "N-1", severity: .high, summary: "Update soon.")]
    }

    @Test func `an app that is listed and not installed is told in full`() async throws {
        let lab = try Lab()
        let shelf = try Shelf(Shelf.entry("notes", "1.0.0", Self.full))
        try await lab.follow(shelf)
        let detail = try lab.host.info(Lab.notes) { Issue.record("\($0)") }
        let digest = try Shelf.entry("notes", "1.0.0").digest
        #expect(
            detail.offers.map(\.json.text) == [
                """
                {"catalog":"demo","status":"listed","reason":null,"name":"Notes","summary":"Small shared notes.",\
                "version":"1.0.0","versions":["1.0.0"],"channel":"stable","digest":"\(digest)","downloadBytes":64,\
                "publishedAt":"2026-04-30T10:00:00Z","transport":"http","permissionProfile":"network",\
                "permissions":[{"permission":"data.write","rationale":null},\
                {"permission":"network.listen","rationale":"Serves its page on loopback."}],\
                "environment":[{"name":"TOKEN","description":"For sync","required":true,"secret":true},\
                {"name":"THEME","description":null,"required":false,"secret":false}],\
                "requires":{"apphost":"1.0.0","arch":null},\
                "changelog":{"summary":"Faster.","url":"https://example.org/changes"},\
                "deprecation":{"status":"none","message":null,"replacement":null},\
                "advisories":[{"id":"N-1","severity":"high","summary":"Update soon.","url":null}]}
                """
            ])
        let rows = detail.rows + detail.offers.flatMap { offer in offer.rows { "\($0) bytes" } }
        #expect(
            rows.map { "\($0.label): \($0.value)" } == [
                "app: notes", "installed: no", "in catalog: demo",
                "newest: 1.0.0, channel stable, published 2026-04-30T10:00:00Z", "about: Small shared notes.",
                "download: 64 bytes", "its digest: \(digest)",
                "asks for: data.write, network.listen (Serves its page on loopback.)", "needs: TOKEN (For sync)",
                "requires: apphost 1.0.0 or newer", "changes: Faster. – https://example.org/changes",
                "advisory: high – N-1 – Update soon.",
            ])
    }

    @Test func `an app has the same keys, whether it is installed or not`() async throws {
        let lab = try await Lab.withNotes()
        let shelf = try Shelf(Shelf.entry("wiki"))
        try await lab.follow(shelf)
        let installed = members(try lab.host.info(Lab.notes).json)
        let listed = members(try lab.host.info(Samples.app("wiki")).json)
        #expect(installed.map(\.key) == listed.map(\.key))
        let values = Dictionary(uniqueKeysWithValues: listed.map { ($0.key, $0.value.text) })
        #expect(values["id"] == #""wiki""#)
        #expect(values["installed"] == "false")
        let told = ["id", "installed", "catalogs"]
        #expect(values.filter { !told.contains($0.key) }.allSatisfy { $0.value == "null" })
        #expect(installed.suffix(2).map { "\($0.key) \($0.value.text)" } == ["installed true", "catalogs []"])
    }

    private func members(_ json: JSONValue) -> [JSONValue.Member] {
        guard case .object(let members) = json else { return [] }
        return members
    }

    @Test func `an app that is nowhere is not installed, or in no catalog`() async throws {
        let lab = try Lab()
        await expectFailure(.appNotInstalled) { _ = try lab.host.info(Lab.notes) }
        let shelf = try Shelf(Shelf.entry("wiki"))
        try await lab.follow(shelf)
        let missing = await failure { _ = try lab.host.info(Lab.notes) }
        #expect(missing?.code == .appNotInCatalog)
        #expect(missing?.code.exitStatus == 66)
        #expect(missing?.help?.contains("'apphost search'") == true)
    }

    @Test func `what is installed is told whatever state the catalogs are in`() async throws {
        let lab = try await Lab.withNotes()
        let shelf = try Shelf(Shelf.entry("wiki"))
        try await lab.follow(shelf)
        // It does not list the app, so that it expired is of no matter.
        let late = lab.sameHost(at: later(40))
        let detail = try late.info(Lab.notes) { Issue.record("\($0)") }
        #expect(detail.offers.isEmpty)

        try lab.write("{", to: "catalogs/demo/source.json")
        var warnings: [String] = []
        let alone = try lab.host.info(Lab.notes) { warnings.append($0) }
        #expect(alone.offers.isEmpty)
        #expect(warnings.count == 1)
        #expect(warnings.first?.contains("'catalogs/demo/source.json'") == true)
    }
}
