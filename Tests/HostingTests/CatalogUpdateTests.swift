import DiskIO
import HostModel
import Hosting
import Storage
import TestSupport
import Testing

@testable import Catalogs

extension Depot {
    /// ``stocked(isServed:)``, served, with `notes` 1.0.0 installed from it.
    static func withOld() async throws -> Depot {
        let depot = try await stocked(isServed: true)
        try await depot.install("notes@1.0.0")
        return depot
    }

    /// Updates from a catalog.
    ///
    /// - Parameter what: `ID` or `ID@VERSION`.
    @discardableResult
    func update(
        _ what: String = "notes", from catalog: String? = nil, stage: Bool = false, expect: ContentDigest? = nil,
        accept: Set<Consent> = [], values: SuppliedValues = SuppliedValues(), dryRun: Bool = false,
        offline: Bool = false, on host: AppHost? = nil
    ) async throws -> ChangeResult {
        let words = what.split(separator: "@").map { String($0) }
        let version: BundleVersion? = try words.count > 1 ? Samples.version(words[1]) : nil
        let options = ChangeOptions(
            accepted: accept, values: values, dryRun: dryRun, offline: offline,
            warn: { [warnings] sentence in warnings.add(sentence) })
        let catalog = try catalog.map { try Samples.app($0) }
        return try await (host ?? self.host()).update(
            Samples.app(words[0]), version: version, catalog: catalog, onlyStage: stage, expect: expect,
            options: options)
    }

    @discardableResult
    func apply(
        accept: Set<Consent> = [], values: SuppliedValues = SuppliedValues(), on host: AppHost? = nil
    ) async throws -> ChangeResult {
        let options = ChangeOptions(
            accepted: accept, values: values, warn: { [warnings] sentence in warnings.add(sentence) })
        return try await (host ?? self.host()).apply(Lab.notes, options: options)
    }

    func plan(accept: Set<Consent> = [], stage: Bool = false, on host: AppHost? = nil) async throws -> UpdatePlan {
        let options = ChangeOptions(accepted: accept, warn: { [warnings] sentence in warnings.add(sentence) })
        return try await (host ?? self.host()).planUpdates(onlyStage: stage, options: options)
    }

    /// Puts an archive that was packed on the shelf.
    func publish(archive: String, _ change: (inout CatalogEntry) -> Void = { _ in }) throws {
        try shelf.publish(artifact(archive, change))
    }

    /// Lists these bundles, and nothing else any more.
    func replaceListing(with artifacts: PublishedArtifact...) throws {
        var forgery = try Forgery(of: shelf)
        forgery.targets["targets"] = JSONValue.object([])
        for artifact in artifacts { try forgery.list(artifact) }
        try forgery.publish(targetsBy: [shelf.keys.targets])
    }
}

/// `apphost update APP[@VERSION]`: chosen, asked about, fetched, compared with its entry, swapped in.
struct CatalogUpdateTests {
    private static let later = Timestamp(seconds: Samples.now.seconds + 40 * 86_400)

    // MARK: What is chosen

    @Test func `the newest version takes the place of what is installed`() async throws {
        let depot = try await Depot.withOld()
        let result = try await depot.update()
        #expect(result.message == "updated notes 1.0.0 → 1.1.0")
        #expect(result.json.text.contains(#""status":"upgrade-available""#))
        #expect(try depot.lab.slots() == ["installed 1.1.0", "rollback 1.0.0"])
        #expect(try depot.lab.problems().isEmpty)
        let receipt = try depot.lab.receipt()
        #expect(receipt.source == "catalog:demo")
        #expect(receipt.digest == result.digest)
        #expect(try depot.listing().contains { $0.hasSuffix(" \(receipt.entry?.hex ?? "none")") })
        #expect(try depot.lab.history().map(\.kind) == ["install", "update"])
        #expect(depot.lab.names("staging").isEmpty)
    }

    @Test func `what was published since the last refresh is taken, but not offline`() async throws {
        let depot = try await Depot.withOld()
        try depot.publish("1.2.0")
        let old = try depot.listing()
        await expectFailure(.sourceUnavailable) { try await depot.update(offline: true) }
        #expect(try depot.listing() == old)
        try await depot.update()
        #expect(try depot.lab.slots() == ["installed 1.2.0", "rollback 1.0.0"])
    }

    @Test func `where nothing newer is listed it is done already, and nothing is fetched or written`() async throws {
        let depot = try await Depot.withOld()
        try await depot.update()
        let (before, fetched) = (try depot.apps(), depot.fetched.count)
        for what in ["notes", "notes@1.1.0"] {
            let result = try await depot.update(what)
            #expect(result.outcome == .unchanged)
            #expect(result.json.text.contains(#""status":"up-to-date""#))
        }
        #expect(try depot.apps() == before)
        #expect(depot.fetched.count == fetched)
    }

    @Test func `a damaged tree is repaired where its version is named`() async throws {
        let depot = try await Depot.withOld()
        try await depot.update()
        try depot.lab.damage("installed/static/index.html")
        #expect(try await depot.update().outcome == .unchanged)
        #expect(try await depot.update("notes@1.1.0").action == .repair)
        #expect(try depot.lab.problems().isEmpty)
        #expect(try depot.lab.slots() == ["installed 1.1.0", "rollback 1.0.0"])
    }

    @Test func `an older version, and another bundle of the same one, need consent before they are fetched`()
        async throws
    {
        let depot = try await Depot.withOld()
        try await depot.update()
        let fetched = depot.fetched.count
        let older = try await questions { try await depot.update("notes@1.0.0") }
        #expect(older == [.downgrade])
        try depot.replaceListing(with: depot.artifact(depot.lab.bundle("1.1.0", page: "Other")))
        let same = try await questions { try await depot.update() }
        #expect(same == [.downgrade])
        #expect(depot.fetched.count == fetched)
        let before = try depot.lab.receipt().digest
        try await depot.update(accept: [.downgrade])
        #expect(try depot.lab.receipt().digest != before)
    }

    @Test func `what cannot be chosen is told`() async throws {
        let depot = try await Depot.withOld()
        await expectFailure(.versionNotFound) { try await depot.update("notes@3.0") }
        await expectFailure(.catalogNotFound) { try await depot.update(from: "other") }
        await expectFailure(.appNotInstalled) { try await depot.update("wiki") }
        try depot.replaceListing()
        await expectFailure(.appNotInCatalog) { try await depot.update() }
        #expect(try depot.lab.history().filter { $0.outcome == .refused }.count == 3)
        #expect(try depot.lab.slots() == ["installed 1.0.0"])
    }

    @Test func `an expired catalog updates nothing, and still lists`() async throws {
        let depot = try await Depot.withOld()
        let fetched = depot.fetched.count
        let host = try depot.host(at: Self.later)
        await expectFailure(.catalogExpired) { try await depot.update(on: host) }
        #expect(try await depot.plan(on: host).left.map(\.code) == ["catalog_expired"])
        #expect(depot.fetched.count == fetched)
        #expect(try depot.listing(at: Self.later).count == 2)
        #expect(try depot.lab.slots() == ["installed 1.0.0"])
    }

    // MARK: Which catalog

    @Test func `another catalog is followed only with consent, and from then on`() async throws {
        let depot = try await Depot.withOld()
        let other = try PublishedShelf("other")
        try depot.publish("1.2.0", on: other)
        try await depot.add(other)
        try await depot.update()
        #expect(try depot.lab.slots() == ["installed 1.1.0", "rollback 1.0.0"])
        let asked = try await questions { try await depot.update(from: "other") }
        #expect(asked == [.publisher])
        let result = try await depot.update(from: "other", accept: [.publisher])
        #expect(result.to?.text == "1.2.0")
        #expect(try depot.lab.receipt().source == "catalog:other")
        #expect(try depot.lab.receipt().accepted == [Receipt.Accepted(what: "publisher")])
        try depot.publish("1.3.0")
        #expect(try await depot.update().outcome == .unchanged)
    }

    @Test func `an app from a file follows a catalog once it is told to`() async throws {
        let depot = try await Depot.stocked(isServed: true)
        try await depot.lab.install(depot.lab.bundle("1.0.0"))
        let refusal = await failure { try await depot.update() }
        #expect(refusal?.code == .usage)
        #expect(refusal?.help?.contains("--catalog NAME") == true)
        #expect(try await depot.plan().offers.isEmpty)
        let asked = try await questions { try await depot.update(from: "demo") }
        #expect(asked == [.publisher])
        try await depot.update(from: "demo", accept: [.publisher])
        #expect(try depot.lab.receipt().source == "catalog:demo")
    }

    // MARK: Before anything is fetched

    @Test func `a candidate that is not the one that was reviewed is not fetched`() async throws {
        let depot = try await Depot.withOld()
        let reviewed = try #require(try await depot.plan().offers.first?.digest)
        try depot.replaceListing(with: depot.artifact(depot.lab.bundle("1.1.0", page: "Evil")))
        let fetched = depot.fetched.count
        let refusal = await failure { try await depot.update(expect: reviewed) }
        #expect(refusal?.code == .updateCandidateChanged)
        #expect(depot.fetched.count == fetched)
        let listed = try #require(try await depot.plan().offers.first?.digest)
        #expect(listed != reviewed)
        try await depot.update(expect: listed)
        #expect(try depot.lab.receipt().digest == listed)
    }

    @Test func `what needs consent or a value, or fits no host, is not fetched`() async throws {
        let depot = try await Depot.withOld()
        let fetched = depot.fetched.count
        let before = try depot.lab.treeWithoutHistory().filter { $0.key.hasPrefix("root/apps/") }
        try depot.publish(archive: depot.lab.bundle("1.2.0", permissions: ["network.listen", "data.write"]))
        let asked1 = try await questions { try await depot.update() }
        #expect(asked1 == [.permissions])
        try depot.publish(archive: depot.lab.bundle("1.3.0", environment: ConfigTests.declared))
        let missing = await failure { try await depot.update() }
        #expect(missing?.code == .updateEnvironmentMissing)
        #expect(missing?.message.contains("NOTES_TOKEN (a secret), NOTES_TITLE") == true)
        #expect(missing?.help?.contains("--secret NOTES_TOKEN=FILE --env NOTES_TITLE=VALUE") == true)
        try depot.publish("1.4.0") { $0.requires.apphost = BundleVersion("999.0") }
        await expectFailure(.updateIncompatible) { try await depot.update() }
        #expect(depot.fetched.count == fetched)
        #expect(try depot.lab.treeWithoutHistory().filter { $0.key.hasPrefix("root/apps/") } == before)
        try await depot.update("notes@1.2.0", accept: [.permissions])
        #expect(try depot.lab.record().grants.count == 2)
    }

    // MARK: Values

    private func values(title: String = "Mine", token: String = "hush") throws -> SuppliedValues {
        SuppliedValues(
            environment: [.init(name: "NOTES_TITLE", value: title)],
            secrets: [.init(name: "NOTES_TOKEN", value: try SecretValue(Array(token.utf8)))])
    }

    /// The title, and the file of the token.
    private func stored(_ depot: Depot) throws -> [String?] {
        let configuration = try depot.lab.record().configuration
        let title = try #require(VariableName("NOTES_TITLE"))
        let token = try #require(VariableName("NOTES_TOKEN"))
        let tree = try depot.lab.tree()
        let kept = configuration.secrets[token].flatMap { tree["root/secrets/notes/\($0.text)"] }
        return [configuration.environment[title], kept]
    }

    @Test func `values come with the swap, and later updates keep them`() async throws {
        let depot = try await Depot.withOld()
        try depot.publish(archive: depot.lab.bundle("1.2.0", environment: ConfigTests.declared))
        try await depot.update(values: values())
        #expect(try stored(depot) == ["Mine", "file 600 hush"])
        try depot.publish(archive: depot.lab.bundle("1.3.0", environment: ConfigTests.declared))
        try await depot.update()
        #expect(try stored(depot) == ["Mine", "file 600 hush"])
        try depot.publish(archive: depot.lab.bundle("1.4.0", environment: ConfigTests.declared))
        try await depot.update(values: values(title: "Other", token: "new"))
        #expect(try stored(depot) == ["Other", "file 600 new"])
        #expect(depot.lab.names("secrets/notes").count == 1)
        #expect(depot.lab.names("trash").isEmpty)
    }

    @Test func `values of an update that is refused, not needed or only tried are not stored`() async throws {
        let depot = try await Depot.withOld()
        try depot.publish(archive: depot.lab.bundle("1.2.0", environment: ConfigTests.declared))
        #expect(try await depot.refresh().isEmpty)
        try await depot.update(values: values(), dryRun: true)
        // The first byte of the archive is another one: nothing of it is believed.
        let file = try depot.shelf.file("1.2.0")
        try depot.lab.spoil("\(depot.shelf.place.path)/\(file)") { bytes in [bytes[0] ^ 1] + bytes.dropFirst() }
        await expectFailure(.artifactDigestMismatch) { try await depot.update(values: values()) }
        #expect(try stored(depot) == [nil, nil])
        #expect(depot.warnings.all.isEmpty)
        #expect(try await depot.update("notes@1.0.0", values: values()).outcome == .unchanged)
        #expect(depot.warnings.all.count == 1)
        #expect(try stored(depot) == [nil, nil])
        #expect(depot.lab.names("secrets").isEmpty)
    }

    @Test func `what config and secret would not take is refused here too`() async throws {
        let depot = try await Depot.withOld()
        try depot.publish(archive: depot.lab.bundle("1.2.0", environment: ConfigTests.declared))
        var wrong = try values()
        wrong.environment.append(.init(name: "PATH", value: "/bin"))
        await expectFailure(.settingInvalid) { try await depot.update(values: wrong) }
        wrong = try values()
        wrong.secrets.append(.init(name: "1X", value: try SecretValue([1])))
        await expectFailure(.settingInvalid) { try await depot.update(values: wrong) }
        let shown = SuppliedValues(environment: [
            .init(name: "NOTES_TITLE", value: "a"), .init(name: "NOTES_TOKEN", value: "b"),
        ])
        await expectFailure(.settingInvalid) { try await depot.update(values: shown) }
        #expect(try depot.lab.slots() == ["installed 1.0.0"])
        #expect(depot.lab.names("secrets").isEmpty)
    }

    @Test func `an update from a file asks for values too, and an install stores what it is given`() async throws {
        let lab = try await Lab.withNotes()
        let archive = try lab.bundle("1.1.0", environment: ConfigTests.declared)
        await expectFailure(.updateEnvironmentMissing) { try await lab.update(archive) }
        #expect(try lab.slots() == ["installed 1.0.0"])
        try await lab.uninstall()
        _ = try await lab.host.install(archive, options: ChangeOptions(values: values()))
        #expect(try lab.host.missingVariables(Lab.notes).isEmpty)
    }

    // MARK: All apps

    @Test func `what was rolled back is not offered again, and its successor is`() async throws {
        let depot = try await Depot.withOld()
        try await depot.update()
        try await depot.lab.rollback()
        let plan = try await depot.plan()
        #expect(plan.offers.isEmpty)
        #expect(plan.left.map(\.code) == ["known_bad"])
        #expect(plan.left.map(\.command) == ["apphost update notes --accept known-bad"])
        let asked2 = try await questions { try await depot.update() }
        #expect(asked2 == [.knownBad])
        #expect(try await depot.plan(accept: [.knownBad]).offers.map(\.to.text) == ["1.1.0"])
        try depot.publish("1.2.0")
        #expect(try await depot.plan().offers.map(\.to.text) == ["1.2.0"])
    }

    @Test func `held and cooling apps and those that need somebody are left with the reason`() async throws {
        let depot = try await Depot.withOld()
        #expect(try await depot.plan().offers.map { "\($0.app) \($0.to)" } == ["notes 1.1.0"])
        _ = try await depot.lab.host.hold(Lab.notes, for: nil, options: ChangeOptions())
        #expect(try await depot.plan().left.map { "\($0.code) \($0.command)" } == ["held apphost update notes"])
        _ = try await depot.lab.host.unhold(Lab.notes, options: ChangeOptions())
        try depot.lab.set("cooldown", to: "3d")
        #expect(try await depot.plan().left.map(\.code) == ["cooling"])
        try depot.lab.set("cooldown", to: "0s")
        try depot.publish(archive: depot.lab.bundle("1.2.0", environment: ConfigTests.declared))
        #expect(try await depot.plan().left.map(\.code) == ["update_environment_missing"])
        #expect(try await depot.plan(stage: true).offers.map(\.to.text) == ["1.2.0"])
        try depot.publish(archive: depot.lab.bundle("1.3.0", permissions: ["network.listen", "data.write"]))
        #expect(try await depot.plan().left.map(\.code) == ["update_consent_required"])
        try depot.lab.set("reviewMode", to: "require_trusted_review")
        #expect(try await depot.plan().left.map(\.code) == ["app_review_missing"])
        #expect(try depot.lab.slots() == ["installed 1.0.0"])
    }
}
