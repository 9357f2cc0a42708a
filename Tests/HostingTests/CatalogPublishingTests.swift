import Catalogs
import DiskIO
import HostModel
import Hosting
import Signatures
import Synchronization
import TestSupport
import Testing

/// What the keeper of a catalog does: bundles become entries, and what contradicts itself is refused.
struct CatalogPublishingTests {
    @Test func `an entry is what the manifest says, field by field, and what was given beside it`() async throws {
        let shop = try Bazaar()
        let bundle = try shop.bundle("1.2.0", manifest: Bazaar.rich)
        let details = CatalogPublishing.Details(
            channel: try Samples.app("beta"), changelog: "Faster.", changelogURL: "https://example.org/1.2.0",
            deprecated: "Use wiki.", reviewStatus: "reviewed", reviewNote: "Twice.")
        let outcome = try shop.publish(bundle, details: details)
        let entries = try await shop.listing().entries
        let listed = try #require(entries.first)
        let entry = listed.entry
        #expect(entry.id == Lab.notes)
        #expect(entry.name == "Notes")
        #expect(entry.version.text == "1.2.0")
        #expect(entry.summary == "Small shared notes.")
        #expect(entry.channel == "beta")
        #expect(entry.publishedAt == Samples.now)
        #expect(entry.permissions == ["network.listen", "data.write"])
        #expect(entry.permissionRationale == ["network.listen": "Serves its page."])
        #expect(
            entry.environment == [
                .init(name: "NOTES_TOKEN", description: "Of the sync service.", required: true, secret: true),
                .init(name: "NOTES_THEME", defaultValue: "light"),
            ])
        #expect(entry.transport == "http")
        #expect(entry.permissionProfile == "network")
        #expect(entry.requires.apphost?.text == "1.0.0")
        #expect(entry.requires.arch == ["x86_64", "aarch64"])
        #expect(entry.changelog == .init(summary: "Faster.", url: "https://example.org/1.2.0"))
        #expect(entry.deprecation == .init(status: .deprecated, message: "Use wiki."))
        #expect(entry.review == .init(status: .reviewed, note: "Twice."))
        #expect(entry.receipts.isEmpty)
        #expect(entry.advisories.isEmpty)

        let said = try #require(outcome.published.first)
        #expect(said.digest == entry.digest)
        #expect(said.path == listed.path.description)
        #expect(said.bytes == listed.artifact.length)
        #expect(said.sha256 == listed.artifact.sha256)
        #expect(said.channel == "beta")
        let content = try #require(shop.disk.read("site/targets/" + listed.artifact.place.joined(separator: "/")))
        #expect(DigestStream.digest(of: content) == said.sha256)
    }

    @Test func `the smallest manifest makes the smallest entry`() async throws {
        let shop = try Bazaar()
        try shop.publish(shop.bundle("1.0.0"))
        let entries = try await shop.listing().entries
        let entry = try #require(entries.first).entry
        #expect(entry.channel == "stable")
        #expect(entry.summary == nil)
        #expect(entry.permissions.isEmpty)
        #expect(entry.environment.isEmpty)
        #expect(entry.transport == nil)
        #expect(entry.permissionProfile == nil)
        #expect(entry.requires == .init())
        #expect(entry.changelog == nil)
        #expect(entry.deprecation == .init())
        #expect(entry.review == nil)
    }

    @Test func `the digest is the bundle's, however it was packed`() async throws {
        let shop = try Bazaar()
        let zip = try shop.bundle("1.0.0")
        let tar = try shop.repacked("1.0.0", as: "tar.zst")
        let outcome = try shop.publish(zip, tar)
        #expect(Set(outcome.published.map(\.digest)).count == 1)
        #expect(Set(outcome.published.map(\.sha256)).count == 2)
        #expect(try await shop.listing().entries.count == 2)
    }

    @Test func `bundles that nobody signed are published with a warning`() async throws {
        let shop = try Bazaar()
        let warnings = Warnings()
        try shop.publish(shop.bundle("1.0.0", isSigned: false), warnings: warnings)
        #expect(warnings.all.count == 1)
        #expect(warnings.all.first?.contains("--accept unsigned") == true)
        #expect(try await shop.listing().entries.count == 1)
    }

    // MARK: Refusals, each with nothing changed

    @Test func `what is no sound archive is not published`() async throws {
        let shop = try Bazaar()
        let good = try shop.bundle("1.0.0")
        let bytes = try #require(shop.disk.read("notes-1.0.0.zip"))
        try shop.write(Array(bytes.dropLast(10)), to: "cut.zip")
        try shop.write(bytes, to: "unlike.zip")
        try shop.disk.write("\(String(repeating: "0", count: 64))  unlike.zip\n", to: "unlike.zip.sha256")
        try shop.disk.write("text", to: "text.zip")
        let before = try shop.site()
        for name in ["cut.zip", "unlike.zip", "text.zip", "nothing.zip", "source-1.0.0"] {
            let refused = await failure { try shop.publish(good, shop.path(name)) }
            #expect(refused != nil, "\(name)")
            #expect(refused?.state == .unchanged, "\(name)")
            #expect(try shop.site() == before, "\(name)")
        }
        await expectFailure(.bundleFormatUnsupported) { try shop.publish(shop.path("source-1.0.0")) }
        await expectFailure(.sourceNotFound) { try shop.publish(shop.path("nothing.zip")) }
    }

    @Test func `published content stays, and the same content may be published again`() async throws {
        let shop = try Bazaar()
        let bundle = try shop.bundle("1.0.0")
        try shop.publish(bundle)
        try shop.publish(bundle, details: .init(deprecated: "Old."))
        #expect(try await shop.listing().entries.map(\.entry.deprecation.status) == [.deprecated])

        try shop.disk.write("other", to: "source-1.0.0/file.txt")
        let other = try shop.repacked("1.0.0", as: "zip")
        let before = try shop.site()
        await expectFailure(.fileExists) { try shop.publish(other) }
        #expect(try shop.site() == before)
    }

    @Test func `keys are what they should be, and places too`() async throws {
        let shop = try Bazaar()
        let bundle = try shop.bundle("1.0.0")
        _ = try Publishing().newKey(at: shop.path("stranger.key"))
        await expectFailure(.keyInvalid) { try shop.publish(bundle, key: "stranger.key") }
        await expectFailure(.keyInvalid) { try shop.publish(bundle, key: "notes.key.pub") }
        await expectFailure(.sourceNotFound) { try shop.publish(bundle, key: "no.key") }
        await expectFailure(.fileExists) { try shop.start("site") }
        await expectFailure(.fileExists) { try shop.start("notes.key") }
        await expectFailure(.sourceNotFound) { try shop.start("nowhere/site") }
        await expectFailure(.usage) { try shop.start("other", bins: 3) }
        #expect(!shop.disk.exists("other"))
        try shop.disk.makeDirectory("empty")
        for place in ["empty", "nowhere", "notes.key"] {
            await expectFailure(.catalogNotFound) { try shop.publish(bundle, in: place) }
            await expectFailure(.catalogNotFound) { _ = try shop.resign(in: place) }
        }
    }

    // MARK: Withdrawing, resigning, dry runs

    @Test func `a version is withdrawn`() async throws {
        let shop = try Bazaar()
        try shop.publish(shop.bundle("1.0.0"), shop.bundle("1.1.0"))
        let version = try Samples.version("1.0.0")
        let outcome = try shop.publishing().publish(
            shop.path("site"), bundles: [], withdrawing: [(Lab.notes, version)], keyFile: shop.path("notes.key"),
            options: ChangeOptions())
        let withdrawn = outcome.withdrawn.map { $0.version }
        #expect(withdrawn == [version])
        #expect(try await shop.listing().entries.map(\.entry.version.text) == ["1.1.0"])
    }

    @Test func `an outcome tells how long each role lives, and warns of what ends soon`() throws {
        let shop = try Bazaar()
        let started = try shop.start("other", bins: 2, days: ["root=20", "targets=9", "timestamp=1"])
        let rows = started.rows.map { "\($0[0]) \($0[1]) \($0[3])" }
        #expect(rows == ["root 1 20", "targets 1 9", "snapshot 1 30", "timestamp 1 1", "2 bins - 9"])

        let warnings = Warnings()
        try shop.publish(shop.bundle("1.0.0"), in: "other", warnings: warnings)
        #expect(warnings.all.count == 2)
        #expect(warnings.all.first?.contains("'root'") == true)
        #expect(warnings.all.last?.contains("'targets'") == true)

        let late = Warnings()
        let renewed = try shop.resign(in: "other", after: 30, warnings: late)
        #expect(renewed.rows.map { $0[4] } == ["now", "now", "now", "now", "1 now"])
        #expect(late.all == [])
    }

    @Test func `the key that signs root too renews it, and another one leaves it`() throws {
        let shop = try Bazaar()
        _ = try Publishing().newKey(at: shop.path("root.key"))
        let first = try shop.start("other", rootKey: "root.key")
        let kept = try shop.resign(in: "other", all: true)
        #expect(kept.rows.map { $0[4] } == ["before", "now", "now", "now"])
        #expect(kept.rootFingerprint == first.rootFingerprint)
        let new = try shop.resign(in: "other", all: true, rootKey: "root.key")
        #expect(new.rows.map { $0[4] } == ["now", "now", "now", "now"])
        #expect(new.rootFingerprint != first.rootFingerprint)
        let own = try shop.resign(in: "site", all: true)
        #expect(own.rows.map { $0[4] } == ["now", "now", "now", "now"])
    }

    @Test func `dry runs change nothing`() throws {
        let shop = try Bazaar()
        let bundle = try shop.bundle("1.0.0")
        let before = try shop.disk.snapshot()
        let publishing = shop.publishing()
        let key = shop.path("notes.key")
        let dry = try publishing.publish(
            shop.path("site"), bundles: [bundle], keyFile: key, options: ChangeOptions(dryRun: true))
        #expect(dry.published.count == 1)
        let resigned = try publishing.resign(shop.path("site"), keyFile: key, all: true, dryRun: true, warn: { _ in })
        #expect(resigned.rows.map { $0[4] } == ["now", "now", "now", "now"])
        for place in ["other", "other/"] {
            let started = try publishing.initCatalog(shop.path(place), keyFile: key, bins: 16, dryRun: true)
            #expect(started.rootFingerprint == nil)
        }
        #expect(try shop.disk.snapshot() == before)
    }
}

struct RoleDaysTests {
    @Test(arguments: ["", "root", "root=", "root=0", "root=3651", "root=x", "=1", "bin-0=1", "root=1=2", "Root=1"])
    func `what is no lifetime is none`(text: String) {
        let isOne = RoleDays(text) != nil
        #expect(!isOne)
    }
}

/// What was warned of.
private final class Warnings: Sendable {
    private let sentences = Mutex<[String]>([])

    func add(_ sentence: String) { sentences.withLock { $0.append(sentence) } }

    var all: [String] { sentences.withLock { $0 } }
}

/// A publisher's place: `site/`, a catalog of the key `notes.key`, and bundles to publish in it.
private final class Bazaar {
    let disk: TemporaryDirectory
    private let host: TemporaryDirectory

    init() throws {
        disk = try TemporaryDirectory()
        host = try TemporaryDirectory()
        _ = try Publishing().newKey(at: path("notes.key"))
        _ = try start("site")
    }

    func path(_ name: String) -> String { "\(disk.path)/\(name)" }

    func write(_ bytes: [UInt8], to name: String) throws {
        let file = try disk.open().file(DiskPath(name), as: .creating(mode: 0o644))
        try file.write(bytes)
        try file.close()
    }

    /// Everything in the catalog, to show that nothing changed.
    func site() throws -> Tree { try TemporaryDirectory.snapshot(of: path("site")) }

    func publishing(after days: Int64 = 0) -> CatalogPublishing {
        let now = Timestamp(seconds: Samples.now.seconds + days * 86_400)
        return CatalogPublishing(now: { now })
    }

    @discardableResult
    func start(
        _ place: String, rootKey: String? = nil, bins: Int? = nil, days: [String] = []
    ) throws -> CatalogOutcome {
        try publishing().initCatalog(
            path(place), keyFile: path("notes.key"), rootKeyFile: rootKey.map { path($0) }, bins: bins,
            days: days.compactMap { RoleDays($0) }, dryRun: false)
    }

    @discardableResult
    func publish(
        _ bundles: String..., in place: String = "site", key: String = "notes.key",
        details: CatalogPublishing.Details = .init(), warnings: Warnings = Warnings()
    ) throws -> CatalogOutcome {
        try publishing().publish(
            path(place), bundles: bundles, keyFile: path(key), details: details,
            options: ChangeOptions(warn: { warnings.add($0) }))
    }

    func resign(
        in place: String, after days: Int64 = 0, all: Bool = false, rootKey: String? = nil,
        warnings: Warnings = Warnings()
    ) throws -> CatalogOutcome {
        try publishing(after: days).resign(
            path(place), keyFile: path("notes.key"), rootKeyFile: rootKey.map { path($0) }, all: all, dryRun: false,
            warn: { warnings.add($0) })
    }

    /// What a new host sees of `site/`.
    func listing() async throws -> CatalogListing {
        let known = KnownCatalogs(try host.open())
        let name = try #require(AppID("site"))
        if try known.names().isEmpty {
            let root = try #require(disk.read("site/metadata/root.json"))
            _ = try await known.add(name, at: path("site"), confirmedBy: .root(root), now: Samples.now)
        }
        return try await known.refresh(name, now: Samples.now).listing
    }

    // MARK: Bundles

    static let rich = """
        ,"summary":"Small shared notes.","permissions":["network.listen","data.write"],"permissionRationale":\
        {"network.listen":"Serves its page."},"environment":[{"name":"NOTES_TOKEN","description":\
        "Of the sync service.","required":true,"secret":true},{"name":"NOTES_THEME","default":"light"}],\
        "transport":"http","permissionProfile":"network","requires":{"apphost":"1.0.0","arch":["x86_64","aarch64"]}
        """

    /// Packs `notes-<version>.zip`.
    ///
    /// - Parameter manifest: more members of its manifest, each after a comma.
    func bundle(_ version: String, manifest: String = "", isSigned: Bool = true) throws -> String {
        let head = #"{"schema":1,"id":"notes","name":"Notes","version":"\#(version)""#
        try disk.write("\(head)\(manifest)}", to: "source-\(version)/apphost/manifest.json")
        try disk.write("notes \(version)\n", to: "source-\(version)/file.txt")
        return try repacked(version, as: "zip", isSigned: isSigned)
    }

    /// Packs what ``bundle(_:manifest:isSigned:)`` left of a version once more.
    func repacked(_ version: String, as suffix: String, isSigned: Bool = true) throws -> String {
        let archive = path("notes-\(version).\(suffix)")
        _ = try Publishing().pack(
            path("source-\(version)"), output: archive, keyFile: isSigned ? path("notes.key") : nil,
            caseSensitive: nil, dryRun: false, progress: { _ in })
        return archive
    }
}
