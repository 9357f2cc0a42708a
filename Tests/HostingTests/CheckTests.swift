import Catalogs
import DiskIO
import HostModel
import Storage
import TestSupport
import Testing
import Updates

@testable import Hosting

/// `check`, `outdated` and `why`: what real catalogs and apps come to, and what is kept of it.
struct CheckTests {
    private func options(_ depot: Depot, offline: Bool = false) -> ChangeOptions {
        ChangeOptions(offline: offline, warn: { [warnings = depot.warnings] sentence in warnings.add(sentence) })
    }

    private func check(
        _ depot: Depot, _ ids: [AppID] = [], offline: Bool = false, at moment: Timestamp = Samples.now
    ) async throws -> CheckReport {
        try await depot.host(at: moment).check(ids, options: options(depot, offline: offline))
    }

    /// Each app with its status, and the reason where there is one.
    private func told(_ report: CheckReport) -> [String] {
        report.apps.map { "\($0.app) \($0.result.status.words)" }
    }

    private func withdraw(_ versions: [String], from shelf: PublishedShelf) throws {
        var withdrawn: [(id: AppID, version: BundleVersion)] = []
        for version in versions { withdrawn.append((id: Lab.notes, version: try Samples.version(version))) }
        _ = try CatalogPublisher(shelf.place.open(), keys: shelf.keys).publish(
            [], withdrawing: withdrawn, now: Samples.now)
    }

    // MARK: Statuses

    @Test func `an app is up to date until something newer is listed, which is not downloaded`() async throws {
        let depot = try await Depot.stocked(isServed: true)
        try await depot.install()
        let downloads = depot.fetched.count
        #expect(told(try await check(depot)) == ["notes up-to-date"])
        try depot.publish("1.2.0")
        let report = try await check(depot)
        #expect(told(report) == ["notes upgrade-available"])
        #expect(report.apps.first?.result.candidate?.entry.version.text == "1.2.0")
        #expect(report.outdated.apps.map(\.app) == [Lab.notes])
        #expect(depot.fetched.count == downloads)
        #expect(try depot.lab.slots() == ["installed 1.1.0"])
        #expect(depot.warnings.all.isEmpty)
    }

    @Test func `an app from a path follows no catalog, and is told which one lists it`() async throws {
        let depot = try await Depot.stocked()
        try await depot.lab.install(depot.lab.bundle("1.0.0"))
        let report = try await check(depot)
        #expect(told(report) == ["notes not-catalog-sourced"])
        let rows = try #require(report.apps.first).rows { "\($0)" }
        #expect(rows.last?.value == "apphost update notes --catalog demo --accept publisher")
    }

    @Test func `a catalog that lost the app`() async throws {
        let depot = try await Depot.stocked()
        try await depot.install()
        try withdraw(["1.0.0", "1.1.0"], from: depot.shelf)
        #expect(told(try await check(depot)) == ["notes not-in-catalog"])
    }

    @Test func `a catalog that was removed`() async throws {
        let depot = try await Depot.stocked()
        try await depot.install()
        _ = try depot.lab.host.removeCatalog(Samples.app("demo"), options: ChangeOptions())
        #expect(told(try await check(depot)) == ["notes unknown: catalog_not_configured"])
    }

    @Test func `a catalog that expired`() async throws {
        let depot = try await Depot.stocked()
        try await depot.install("notes@1.0.0")
        let later = Timestamp(seconds: Samples.now.seconds + 31 * 86_400)
        let report = try await check(depot, offline: true, at: later)
        #expect(told(report) == ["notes unknown: catalog_expired"])
        #expect(report.unknown == 1)
        #expect(report.outdated.apps.isEmpty)
    }

    @Test func `another bundle that is listed as the installed version`() async throws {
        let depot = try await Depot.stocked()
        try await depot.install()
        try withdraw(["1.1.0"], from: depot.shelf)
        try depot.publish("1.1.0", page: "Others")
        #expect(told(try await check(depot)) == ["notes unknown: version_digest_differs"])
    }

    @Test func `a catalog that is broken hides no other`() async throws {
        let depot = try await Depot.stocked()
        let other = try PublishedShelf("other")
        try other.publish(depot.artifact(depot.lab.bundle("1.0.0", id: "wiki")))
        try await depot.add(other)
        try await depot.install("notes@1.0.0")
        try await depot.install("wiki")
        try depot.lab.write("{", to: "catalogs/other/source.json")
        let report = try await check(depot)
        #expect(told(report) == ["notes upgrade-available", "wiki unknown: catalog_unverified"])
        #expect(depot.warnings.all.contains { $0.hasPrefix("the catalog 'other' could not be refreshed: ") })
        let isTold = report.json.text.contains(#""name":"other","refreshedAt":null,"expiresAt":null,"errorCode":"r"#)
        #expect(isTold)
    }

    @Test func `the same id in another catalog is shown, and never chosen`() async throws {
        let depot = try await Depot.stocked()
        let other = try PublishedShelf("other")
        try depot.publish("9.0.0", on: other)
        try await depot.add(other)
        try await depot.install(from: "demo")
        let report = try await check(depot)
        #expect(told(report) == ["notes up-to-date"])
        #expect(report.apps.first?.result.alsoListedIn.map(\.text) == ["other"])
    }

    @Test func `an app whose records cannot be read stops no other`() async throws {
        let depot = try await Depot.stocked()
        try await depot.install("notes@1.0.0")
        try await depot.lab.install(depot.lab.bundle("1.0.0", id: "wiki"))
        try depot.lab.write("{", to: "apps/wiki/record.json")
        let report = try await check(depot)
        #expect(told(report) == ["notes upgrade-available", "wiki unknown: manifest_unreadable"])
        #expect(depot.warnings.all.contains { $0.contains("'apps/wiki/record.json' cannot be read") })
    }

    @Test func `what was uninstalled is not checked, and what is not installed cannot be named`() async throws {
        let depot = try await Depot.stocked()
        try await depot.install()
        try await depot.lab.uninstall()
        #expect(try await check(depot).apps.isEmpty)
        await expectFailure(.appNotInstalled) { _ = try await check(depot, [Lab.notes]) }
        let nowhere = try Depot()
        #expect(try await check(nowhere).apps.isEmpty)
    }

    // MARK: What is kept

    @Test func `a check is kept, and the history tells it only when it found something else`() async throws {
        let depot = try await Depot.stocked()
        try await depot.install("notes@1.0.0")
        _ = try await check(depot)
        let line = try #require(try depot.lab.history().last)
        #expect(line.kind == "check")
        #expect(line.outcome == .done)
        #expect(line.message == "upgrade-available; kept back by app_review_missing")
        #expect(line.detail.from == "1.0.0")
        #expect(line.detail.to == "1.1.0")
        #expect(line.detail.source == "catalog:demo")
        #expect(try CheckRecord.read(of: depot.lab.app())?.checkedAt == Samples.now)

        let before = try depot.apps()
        _ = try await check(depot, at: Samples.tomorrow)
        #expect(try depot.apps() == before)

        _ = try await depot.lab.host.hold(Lab.notes, for: nil, options: ChangeOptions())
        _ = try await check(depot)
        #expect(try depot.lab.history().map(\.kind) == ["install", "check", "hold", "check"])
    }

    @Test func `a candidate cools from its first sighting on`() async throws {
        let depot = try await Depot.stocked()
        try await depot.install("notes@1.0.0")
        try depot.lab.set("cooldown", to: "1d")
        let first = try #require(try await check(depot).apps.first)
        #expect(first.result.blockedBy.map(\.code.text) == ["cooling", "app_review_missing"])
        let second = try #require(try await check(depot, at: Samples.tomorrow).apps.first)
        #expect(second.result.blockedBy.map(\.code.text) == ["app_review_missing"])
        let digest = try #require(second.result.candidate?.entry.digest)
        let kept = try CheckRecord.read(of: depot.lab.app())
        #expect(kept?.sightings.all == [Sighting(digest: digest, firstSeen: Samples.now)])
    }

    @Test func `what another check has seen meanwhile is kept`() async throws {
        let depot = try await Depot.stocked()
        try await depot.install("notes@1.0.0")
        let result = try #require(try await check(depot).apps.first).result
        let other = Sighting(digest: try Samples.digest(7), firstSeen: Samples.yesterday)
        let digest = try #require(result.candidate?.entry.digest)
        let own = Sighting(digest: digest, firstSeen: Samples.yesterday)
        let before = CheckRecord(
            checkedAt: Samples.yesterday, outcome: CheckOutcome(result), sightings: Sightings([other, own]))
        let note = CheckNote(result: result, now: Samples.tomorrow)
        #expect(note.isKnown(to: before))
        #expect(note.record(after: before).sightings.all == [other, own])
        #expect(!note.isKnown(to: nil))
        #expect(note.record(after: nil).sightings.all == [Sighting(digest: digest, firstSeen: Samples.tomorrow)])
    }

    @Test func `while another command changes the app it is checked, and nothing is kept`() async throws {
        let depot = try await Depot.stocked()
        try await depot.install("notes@1.0.0")
        let app = try depot.lab.app()
        do {
            let lock = try FileLock.acquire(AppFile.lock, in: app.directory, .exclusive, wait: false)
            defer { withExtendedLifetime(lock) {} }
            #expect(lock != nil)
            #expect(told(try await check(depot)) == ["notes upgrade-available"])
            #expect(try CheckRecord.read(of: app) == nil)
        }
        _ = try await check(depot)
        #expect(try CheckRecord.read(of: app) != nil)
        #expect(depot.warnings.all.isEmpty)
    }

    @Test func `a check that cannot be read is made anew`() async throws {
        let depot = try await Depot.stocked()
        try await depot.install("notes@1.0.0")
        try depot.lab.write("{", to: "apps/notes/check.json")
        #expect(told(try await check(depot)) == ["notes upgrade-available"])
        #expect(try CheckRecord.read(of: depot.lab.app()) != nil)
    }

    @Test func `who does not own the root checks too, and changes nothing`() async throws {
        let depot = try await Depot.stocked()
        try await depot.install("notes@1.0.0")
        let before = try depot.lab.tree()
        let report = try await depot.lab.hostOfStranger().check([], options: options(depot))
        #expect(told(report) == ["notes upgrade-available"])
        #expect(depot.warnings.all == ["no catalog is refreshed, because the root belongs to another user"])
        #expect(try depot.lab.tree() == before)
    }

    // MARK: Offline, and why

    @Test func `offline nothing is requested, and the age of what is used is told`() async throws {
        let depot = try await Depot.stocked(isServed: true)
        try await depot.install("notes@1.0.0")
        try depot.publish("1.2.0")
        let requests = depot.server?.requests.count
        let report = try await check(depot, offline: true, at: Samples.tomorrow)
        #expect(depot.server?.requests.count == requests)
        #expect(report.apps.first?.result.candidate?.entry.version.text == "1.1.0")
        #expect(report.ages.count == 1)
        let age = report.ages.first?.hasPrefix("the catalog 'demo' was verified 24 h ago; it expires in ")
        #expect(age == true)
    }

    @Test func `why tells every gate, and keeps nothing`() async throws {
        let depot = try await Depot.stocked(isServed: true)
        try await depot.install("notes@1.0.0")
        let before = try depot.lab.tree()
        let requests = depot.server?.requests.count
        let report = try depot.host().why(Lab.notes)
        #expect(report.cells.map { $0[0] } == Gate.Name.allCases.map(\.rawValue))
        #expect(report.cells.first == ["installed", "1.0.0", "passed"])
        #expect(report.sentence == "the policy of notes would do nothing now")
        #expect(try depot.lab.tree() == before)
        #expect(depot.server?.requests.count == requests)
        let nowhere = try Samples.app("nowhere")
        await expectFailure(.appNotInstalled) { _ = try depot.host().why(nowhere) }
    }

    // MARK: What the operator chose

    @Test func `the policy of an app goes before the host's settings`() async throws {
        let depot = try Depot()
        try depot.publish("1.0.0")
        try depot.publish("2.0.0") { $0.channel = "beta" }
        try await depot.open()
        try await depot.install()
        #expect(told(try await check(depot)) == ["notes up-to-date"])
        try depot.lab.set("channels", to: "stable,beta")
        #expect(told(try await check(depot)) == ["notes upgrade-available"])
        let change = PolicyChange(mode: "stage", channels: "stable")
        _ = try await depot.lab.host.changePolicy(Lab.notes, change, options: ChangeOptions())
        #expect(told(try await check(depot)) == ["notes up-to-date"])
        let back = PolicyChange(channels: "stable,beta")
        _ = try await depot.lab.host.changePolicy(Lab.notes, back, options: ChangeOptions())
        #expect(try depot.host().why(Lab.notes).sentence == "the policy of notes would stage it now")
    }

    @Test func `a review mode that is given goes before the setting, and must be one`() async throws {
        let depot = try await Depot.stocked()
        try await depot.install("notes@1.0.0")
        func host(_ mode: String?) -> AppHost {
            AppHost(rootPath: depot.lab.host.rootPath, by: "test", reviewMode: mode, now: { Samples.now })
        }
        func mayStage(_ mode: String?) throws -> Bool {
            try host(mode).why(Lab.notes).result.eligible.stage
        }
        #expect(try mayStage(nil))
        #expect(try mayStage(""))
        #expect(try !mayStage("require_trusted_review"))
        try depot.lab.set("reviewMode", to: "require_trusted_review")
        #expect(try !mayStage(nil))
        #expect(try mayStage("advisory"))
        await expectFailure(.settingInvalid) { _ = try mayStage("strict") }
    }

    // MARK: In words

    @Test func `what would change is counted for all, and told in full for one`() async throws {
        let depot = try await Depot.stocked()
        try await depot.install("notes@1.0.0")
        let archive = try depot.lab.bundle(
            "1.2.0", permissions: ["network.listen", "data.write"],
            environment: [["name": "NOTES_TOKEN", "required": true, "secret": true]])
        let artifact = try depot.artifact(archive) {
            $0.permissionRationale = ["data.write": "Keeps notes."]
            $0.changelog = .init(summary: "Faster.", url: "https://example.org/1.2")
            $0.review = .init(status: .reviewed, note: "Fine.")
            $0.advisories = [.init(id: "A-1", severity: .high, summary: "Read others' notes.")]
        }
        try depot.shelf.publish(artifact)
        let found = try #require(try await check(depot, [Lab.notes]).apps.first)
        let codes = "update_consent_required, update_environment_missing"
        let expected = [
            "notes", "1.0.0", "1.2.0", "upgrade-available", "+1 permission, +1 variable", "stage; not apply: \(codes)",
        ]
        #expect(found.cells == expected)
        let rows = found.rows { "\($0) bytes" }.map { "\($0.label): \($0.value)" }
        for row in [
            "adds permission: data.write – Keeps notes.", "keeps permissions: network.listen",
            "takes variable: NOTES_TOKEN, required, secret", "fits this host: yes",
            "changelog: Faster. – https://example.org/1.2", "advisory: high – A-1 – Read others' notes.",
            "signed: its entry, by the publisher of the catalog demo: that is no review",
            "review: not reviewed by a trusted reviewer: nobody but its publisher says anything of a review",
            "publisher claims: reviewed – Fine.",
            "asks for consent: permissions: it asks for more: data.write",
            "next: apphost update notes --secret NOTES_TOKEN=FILE --accept permissions",
        ] {
            #expect(rows.contains(row), "\(row)")
        }
    }
}
