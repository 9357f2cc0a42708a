import Bundles
import Catalogs
import HostModel
import Storage
import Updates

/// An update of notes from 1.0.0 to 1.1.0 that nothing speaks against: a test changes one thing of it.
struct Scene: Sendable {
    var installed: CheckInput.Installed
    /// What the catalog `demo` lists of notes; the first is meant to be the candidate.
    var entries: [CatalogEntry]
    var unknown: [UnknownEntry] = []
    var refusal: (any Failure)?
    /// Catalogs beside `demo`.
    var others: [CheckedCatalog] = []
    /// Whether this host knows `demo`.
    var knowsCatalog = true
    var staged: CheckInput.Staged?
    var catalog: AppID?
    var version: BundleVersion?
    var supplied = SuppliedVariables()
    var knownBad: [AppRecord.KnownBad] = []
    var policy = UpdatePolicy(mode: .applyWhenStopped)
    var review: ReviewRules
    var sightings = Sightings()
    var platform: Platform
    var isRunning = false
    var now = Samples.now

    init() throws {
        installed = .init(
            manifest: try Samples.manifest("1.0.0"), version: try Samples.version("1.0.0"),
            digest: try Samples.digest(1), source: "catalog:demo")
        var entry = try Samples.entry("1.1.0", digest: 2)
        entry.receipts = [try Reviews.listed()]
        entries = [entry]
        review = ReviewRules(mode: .advisory, trusted: try Reviews.trusted(Reviews.key()), policy: nil)
        platform = Platform(apphost: try Samples.version("1.2.0"), arch: "x86_64")
    }

    /// Of the candidate.
    var entry: CatalogEntry {
        get { entries[0] }
        set { entries[0] = newValue }
    }

    static func catalog(
        _ name: String, _ entries: [CatalogEntry], unknown: [UnknownEntry] = [], refusal: (any Failure)? = nil
    ) throws -> CheckedCatalog {
        var listed: [ListedEntry] = []
        for (index, entry) in entries.enumerated() { listed.append(try Samples.listed(entry, file: "\(index).tar")) }
        return CheckedCatalog(
            name: try Samples.app(name), health: CatalogHealth(),
            listing: CatalogListing(entries: listed, unknown: unknown), refusal: refusal)
    }

    func input() throws -> CheckInput {
        let demo = try Self.catalog("demo", entries, unknown: unknown, refusal: refusal)
        return CheckInput(
            app: try Samples.app("notes"), installed: installed, staged: staged,
            catalogs: (knowsCatalog ? [demo] : []) + others, catalog: catalog, version: version, supplied: supplied,
            knownBad: knownBad, policy: policy, review: review, sightings: sightings, platform: platform,
            isRunning: isRunning, now: now)
    }

    func result() throws -> CheckResult { UpdateCheck.of(try input()) }
}
