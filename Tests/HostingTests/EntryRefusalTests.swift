import Catalogs
import HostModel
import Hosting
import Testing

/// Why no bundle of a listing is chosen, in words that say what to do.
struct EntryRefusalTests {
    /// One bundle of `notes` that is listed.
    struct Listed: Sendable {
        var version: String
        var channel = "stable"
        var arch: [String]?
        /// Tells two bundles of a version apart.
        var digest: UInt8 = 1
    }

    private func listing(_ bundles: [Listed]) throws -> CatalogListing {
        var entries: [ListedEntry] = []
        for (number, bundle) in bundles.enumerated() {
            var entry = CatalogEntry(
                id: try Samples.app("notes"), name: "Notes", version: try Samples.version(bundle.version),
                digest: try Samples.digest(bundle.digest))
            entry.channel = bundle.channel
            entry.requires = CatalogEntry.Requirements(arch: bundle.arch)
            let path = try #require(RelativePath("apps/notes/\(bundle.version)/\(number).zip"))
            let artifact = CatalogArtifact(place: ["\(number).zip"], length: 1, sha256: entry.digest)
            entries.append(ListedEntry(entry, path: path, artifact: artifact, said: entry.json))
        }
        return CatalogListing(entries: entries)
    }

    private func refusal(
        _ listing: CatalogListing, _ version: String? = nil, of id: String = "notes"
    ) throws -> EntryRefusal? {
        let platform = Platform(apphost: try Samples.version("1.0.0"), arch: "x86_64")
        let app = try Samples.app(id)
        let demo = try Samples.app("demo")
        let wanted = try version.map { try Samples.version($0) }
        do throws(EntryRefusal) {
            _ = try listing.entry(of: app, version: wanted, on: platform, in: demo)
            return nil
        } catch {
            return error
        }
    }

    /// A listing and what is asked of it, with what is said.
    struct Row: Sendable {
        let listed: [Listed]
        var version: String?
        let code: FailureCode
        let message: String
        let help: String
    }

    static let rows: [Row] = [
        Row(
            listed: [], code: .appNotInCatalog, message: "the catalog 'demo' does not list 'notes'",
            help: "'apphost search' shows what is listed"),
        Row(
            listed: [Listed(version: "1.0"), Listed(version: "1.0", arch: ["aarch64"]), Listed(version: "1.1")],
            version: "2.0", code: .versionNotFound, message: "the catalog 'demo' lists no version 2.0 of 'notes'",
            help: "it lists 1.0, 1.1"),
        Row(
            listed: [Listed(version: "2.0", channel: "beta"), Listed(version: "3.0", channel: "nightly")],
            code: .versionNotFound, message: "the catalog 'demo' lists 'notes' only in the channels beta, nightly",
            help: "name one of them as 'notes@VERSION': 2.0, 3.0"),
        Row(
            listed: [Listed(version: "1.0", arch: ["aarch64"]), Listed(version: "1.1", arch: ["riscv64"])],
            code: .updateIncompatible, message: "'notes' is listed for aarch64, riscv64 only, this is x86_64",
            help: "look for a bundle made for this host"),
        Row(
            listed: [Listed(version: "1.0", arch: ["a\u{1b}[2K"])], code: .updateIncompatible,
            message: #"'notes' is listed for a\u{1b}[2K only, this is x86_64"#,
            help: "look for a bundle made for this host"),
        Row(
            listed: [Listed(version: "one"), Listed(version: "two"), Listed(version: "two", digest: 2)],
            code: .usage, message: "the versions of 'notes' have no order: one, two",
            help: "name one of them as 'notes@VERSION'"),
        Row(
            listed: [Listed(version: "1.0"), Listed(version: "1.0.0", digest: 2)], code: .entryInvalid,
            message:
                "several bundles claim to be 'notes': 'apps/notes/1.0/0.zip', 'apps/notes/1.0.0/1.zip'",
            help: "name another version, and tell the catalog's keeper"),
        Row(
            listed: (0..<12).map { Listed(version: "1.\($0)") }, version: "2.0", code: .versionNotFound,
            message: "the catalog 'demo' lists no version 2.0 of 'notes'",
            help: "it lists 1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9 and 2 more"),
    ]

    @Test(arguments: EntryRefusalTests.rows)
    func `what cannot be chosen is refused with the next thing to do`(row: Row) throws {
        let found = try #require(try refusal(listing(row.listed), row.version))
        #expect(found.code == row.code)
        #expect(found.message == row.message)
        #expect(found.help == row.help)
        #expect(found.state == .unchanged)
    }

    @Test func `what can be chosen is`() throws {
        let listing = try listing([Listed(version: "1.0"), Listed(version: "1.1"), Listed(version: "2", channel: "x")])
        for version in [nil, "1", "1.1", "2"] {
            let found = try refusal(listing, version)
            #expect(found?.code == nil)
        }
    }

    @Test func `an entry that cannot be understood is told by what is wrong with it`() throws {
        let path = try #require(RelativePath("apps/notes/1.0/notes.zip"))
        let reasons: [(UnknownEntry.Reason, FailureCode, String)] = [
            (.notABundle, .entryNotABundle, "name another version, and tell the catalog's keeper"),
            (
                .invalid(RecordError(file: path.description, problem: "it is odd")), .entryInvalid,
                "name another version, and tell the catalog's keeper"
            ),
            (
                .invalid(RecordError(file: path.description, problem: "", needsNewer: true)), .entryInvalid,
                "update apphost on this host"
            ),
        ]
        for (reason, code, help) in reasons {
            let listing = CatalogListing(entries: [], unknown: [UnknownEntry(path, reason)])
            for version in [nil, "1.0"] {
                let found = try #require(try refusal(listing, version))
                #expect(found.code == code)
                #expect(found.help == help)
                #expect(found.message.contains("'apps/notes/1.0/notes.zip'"))
            }
            let other = try #require(try refusal(listing, of: "wiki"))
            #expect(other.code == .appNotInCatalog)
        }
    }

    @Test func `every refusal has a sentence in our form`() throws {
        let (notes, demo) = (try Samples.app("notes"), try Samples.app("demo"))
        let path = try #require(RelativePath("apps/notes/1.0/notes.zip"))
        let version = try Samples.version("1.0")
        let refusals: [(EntryRefusal, FailureCode)] = [
            (.noCatalog, .catalogNotConfigured), (.notFromCatalog(notes), .usage),
            (.catalogGone(notes, catalog: demo), .catalogNotConfigured), (.notListed(notes, in: nil), .appNotInCatalog),
            (.listedBySeveral(notes, [demo, notes]), .catalogAmbiguous),
            (.artifactDiffers(file: path, in: demo), .artifactDigestMismatch),
            (.bundleDiffers(notes, version, in: demo, ["it is odd", "it is long"]), .bundleExceedsEntry),
        ]
        for (refusal, code) in refusals {
            #expect(refusal.code == code)
            #expect(refusal.help != nil)
            #expect(refusal.message.last != ".")
            #expect(refusal.message.first?.isUppercase == false)
        }
    }
}
