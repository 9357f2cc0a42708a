import Catalogs
import DiskIO
import HostModel
import Hosting
import Signatures
import Synchronization
import TestSupport
import Testing
import Updates

/// What a reviewer signs, what a catalog lists of it, and what a host makes of that.
struct ReviewingTests {
    @Test func `a receipt says of the archive what was given, and the reviewer signed it`() throws {
        let office = try Office()
        let digest = try Samples.digest(7)
        let outcome = try office.sign(
            .init(
                verdict: "caution", policy: try #require(Reviewing.PolicyName("careful@2")), note: "Opens a port.",
                evidenceURI: "https://example.org/notes", evidenceSHA256: digest, expiresAt: Samples.tomorrow))
        let (envelope, receipt) = try office.read("review.json")
        let content = try #require(office.disk.read("notes-1.0.0.zip"))
        #expect(receipt.sha256 == DigestStream.digest(of: content))
        #expect(receipt.size == Int64(content.count))
        #expect(receipt.app == Lab.notes)
        #expect(receipt.version.text == "1.0.0")
        #expect(receipt.policy == ReviewPolicy(id: "careful", version: "2"))
        #expect(receipt.verdict == .caution)
        #expect(receipt.reviewedAt == Samples.now)
        #expect(receipt.expiresAt == Samples.tomorrow)
        #expect(receipt.evidence == .init(uri: "https://example.org/notes", sha256: digest))
        #expect(receipt.note == "Opens a port.")
        let keyid = try office.key("reviewer").keyid.hex
        #expect(envelope.signatures.map(\.keyid) == [keyid])
        #expect(outcome.sha256 == receipt.sha256)
        #expect(outcome.verdict == "caution")
        #expect(office.disk.mode(of: "review.json") == 0o644)
    }

    @Test func `what is not given is not said, but for the policy`() throws {
        let office = try Office()
        try office.sign(.init(verdict: "reviewed"))
        let (_, receipt) = try office.read("review.json")
        #expect(receipt.policy == ReviewPolicy(id: "unnamed", version: "1"))
        #expect(receipt.expiresAt == nil)
        #expect(receipt.evidence == nil)
        #expect(receipt.note == nil)
    }

    @Test(arguments: ["", "@", "careful", "careful@", "@2", "careful@2@3"])
    func `what is no name of a policy is none`(text: String) {
        let isOne = Reviewing.PolicyName(text) != nil
        #expect(!isOne)
    }

    @Test func `a receipt takes the place of a receipt, and of nothing else`() async throws {
        let office = try Office()
        try office.sign(.init(verdict: "reviewed"))
        try office.sign(.init(verdict: "rejected"))
        #expect(try office.read("review.json").1.verdict == .rejected)

        try office.disk.write("{}", to: "other.json")
        try office.disk.makeDirectory("directory")
        try office.disk.makeLink("link.json", to: "review.json")
        let before = try office.disk.snapshot()
        for name in ["other.json", "directory", "link.json", "notes-1.0.0.zip", "reviewer.key"] {
            await expectFailure(.fileExists) { try office.sign(.init(verdict: "reviewed"), output: name) }
        }
        #expect(try office.disk.snapshot() == before)
    }

    @Test func `what no host could read or count is not signed`() async throws {
        let office = try Office()
        let before = try office.disk.snapshot()
        let unreadable: [Reviewing.Opinion] = [
            .init(verdict: "reviewed", note: ""),
            .init(verdict: "reviewed", note: String(repeating: "x", count: 513)),
            .init(verdict: "reviewed", evidenceURI: "http://example.org"),
            .init(verdict: "reviewed", expiresAt: Samples.now),
            .init(verdict: "reviewed", expiresAt: Samples.yesterday),
        ]
        for opinion in unreadable { await expectFailure(.usage) { try office.sign(opinion) } }
        await expectFailure(.settingInvalid) { try office.sign(.init(verdict: "great")) }
        #expect(try office.disk.snapshot() == before)
    }

    @Test func `only what agrees with itself is reviewed, with a key that is one`() async throws {
        let office = try Office()
        let bytes = try #require(office.disk.read("notes-1.0.0.zip"))
        try office.write(Array(bytes.dropLast(10)), to: "cut.zip")
        let before = try office.disk.snapshot()
        let opinion = Reviewing.Opinion(verdict: "reviewed")
        await expectFailure(.bundleArchiveInvalid) { try office.sign(opinion, of: "cut.zip") }
        await expectFailure(.sourceNotFound) { try office.sign(opinion, of: "nothing.zip") }
        await expectFailure(.bundleFormatUnsupported) { try office.sign(opinion, of: "source-1.0.0") }
        await expectFailure(.keyInvalid) { try office.sign(opinion, by: "reviewer.key.pub") }
        await expectFailure(.sourceNotFound) { try office.sign(opinion, by: "no.key") }
        #expect(try office.disk.snapshot() == before)
    }

    @Test func `a dry run writes nothing`() throws {
        let office = try Office()
        let before = try office.disk.snapshot()
        let outcome = try office.sign(.init(verdict: "reviewed"), dryRun: true)
        #expect(outcome.version.text == "1.0.0")
        #expect(try office.disk.snapshot() == before)
    }

    // MARK: In a catalog

    @Test func `a host counts what its reviewer signed, wherever the catalog is`() async throws {
        let office = try Office()
        try office.sign(.init(verdict: "reviewed"))
        try office.publish("notes-1.0.0.zip", receipts: ["review.json"])
        let listed = try await office.listed("1.0.0")
        #expect(listed.entry.receipts.count == 1)
        #expect(try office.status(of: listed, by: office.reviewer()) == .trustedReviewed)
        #expect(try office.status(of: listed, by: office.reviewer(purposes: [.bundle])) == .notConfigured)
        #expect(try office.status(of: listed) == .notConfigured)

        // The same bundle in another file, and another version, are not what was reviewed.
        try office.pack("1.0.0", as: "notes-1.0.0.tar.gz")
        try office.pack("1.1.0", as: "notes-1.1.0.zip")
        for name in ["notes-1.0.0.tar.gz", "notes-1.1.0.zip"] {
            await expectFailure(.appReviewMismatch) { try office.publish(name, receipts: ["review.json"]) }
        }
        try office.publish("notes-1.1.0.zip")
        let other = try await office.listed("1.1.0")
        #expect(try office.status(of: other, by: office.reviewer()) == .missingReceipt)
    }

    @Test func `a review by a key that is trusted for bundles alone does not count`() async throws {
        let office = try Office()
        try office.sign(.init(verdict: "reviewed"), by: "notes.key", output: "own.json")
        try office.sign(.init(verdict: "caution"))
        try office.publish("notes-1.0.0.zip", receipts: ["own.json", "review.json"])
        let listed = try await office.listed("1.0.0")
        #expect(listed.entry.receipts.count == 2)
        let publisher = TrustedKey(key: try office.key("notes"), name: "notes", addedAt: Samples.yesterday)
        #expect(try office.status(of: listed, by: publisher, office.reviewer()) == .trustedCaution)
        #expect(try office.status(of: listed, by: publisher) == .notConfigured)
    }

    @Test func `a reviewer's key counts inside its validity and while it is active`() async throws {
        let office = try Office()
        try office.sign(.init(verdict: "reviewed"))
        try office.publish("notes-1.0.0.zip", receipts: ["review.json"])
        let listed = try await office.listed("1.0.0")
        let rows: [(TrustedKey, ReviewStatus)] = [
            (try office.reviewer(from: Samples.now, until: Samples.now), .trustedReviewed),
            (try office.reviewer(from: Samples.tomorrow), .reviewerNotYetValid),
            (try office.reviewer(until: Samples.yesterday), .reviewerExpired),
            (try office.reviewer(status: .retiring), .retiredReviewer),
            (try office.reviewer(status: .retired), .retiredReviewer),
            (try office.reviewer(status: .revoked), .revokedReviewer),
        ]
        for (key, status) in rows { #expect(try office.status(of: listed, by: key) == status, "\(status)") }
    }

    @Test func `publishing again without its receipt takes it out, and an expired one is warned of`() async throws {
        let office = try Office()
        try office.sign(.init(verdict: "reviewed", expiresAt: Samples.tomorrow))
        #expect(try office.publish("notes-1.0.0.zip", receipts: ["review.json"]) == [])
        let late = try office.publish("notes-1.0.0.zip", receipts: ["review.json"], at: Samples.tomorrow)
        #expect(late.count == 1)
        #expect(late.first?.contains("review.json' expired at") == true)
        try office.publish("notes-1.0.0.zip")
        let listed = try await office.listed("1.0.0")
        #expect(listed.entry.receipts.isEmpty)
    }

    @Test func `a receipt that is none, or lies about its file, stops the publishing`() async throws {
        let office = try Office()
        try office.disk.write("{}", to: "empty.json")
        let content = try #require(office.disk.read("notes-1.0.0.zip"))
        let honest = ReviewReceipt(
            sha256: DigestStream.digest(of: content), size: Int64(content.count), app: Lab.notes,
            version: try Samples.version("1.0.0"), policy: ReviewPolicy(id: "careful", version: "1"),
            verdict: .reviewed, reviewedAt: Samples.now)
        var wrong: [(String, ReviewReceipt)] = []
        for name in ["app", "version", "size"] {
            var receipt = honest
            if name == "app" { receipt.app = try Samples.app("wiki") }
            if name == "version" { receipt.version = try Samples.version("1.0.1") }
            if name == "size" { receipt.size += 1 }
            wrong.append(("\(name).json", receipt))
        }
        for (name, receipt) in wrong {
            let envelope = receipt.envelope(naming: "notes").signed(with: PrivateKey.generate())
            try office.write(envelope.bytes, to: name)
        }
        let before = try office.disk.snapshot()
        await expectFailure(.recordUnreadable) { try office.publish("notes-1.0.0.zip", receipts: ["empty.json"]) }
        await expectFailure(.recordUnreadable) { try office.publish("notes-1.0.0.zip", receipts: ["site"]) }
        await expectFailure(.sourceNotFound) { try office.publish("notes-1.0.0.zip", receipts: ["nothing.json"]) }
        for (name, _) in wrong {
            await expectFailure(.appReviewMismatch) { try office.publish("notes-1.0.0.zip", receipts: [name]) }
        }
        #expect(try office.disk.snapshot() == before)
    }
}

/// What was warned of.
private final class Warnings: Sendable {
    private let sentences = Mutex<[String]>([])

    func add(_ sentence: String) { sentences.withLock { $0.append(sentence) } }

    var all: [String] { sentences.withLock { $0 } }
}

/// A place with the keys `notes.key` and `reviewer.key`, `notes-1.0.0.zip`, and `site/`, a catalog that lists nothing.
private final class Office {
    let disk: TemporaryDirectory
    private let host: TemporaryDirectory

    init() throws {
        disk = try TemporaryDirectory()
        host = try TemporaryDirectory()
        for name in ["notes", "reviewer"] { _ = try Publishing().newKey(at: path("\(name).key")) }
        try pack("1.0.0", as: "notes-1.0.0.zip")
        _ = try CatalogPublishing(now: { Samples.now }).initCatalog(
            path("site"), keyFile: path("notes.key"), dryRun: false)
    }

    private func path(_ name: String) -> String { "\(disk.path)/\(name)" }

    func write(_ bytes: [UInt8], to name: String) throws {
        let file = try disk.open().file(DiskPath(name), as: .creating(mode: 0o644))
        try file.write(bytes)
        try file.close()
    }

    func pack(_ version: String, as archive: String) throws {
        let manifest: JSONValue = ["schema": 1, "id": "notes", "name": "Notes", "version": version]
        try disk.write(manifest.text, to: "source-\(version)/apphost/manifest.json")
        try disk.write("notes \(version)\n", to: "source-\(version)/file.txt")
        _ = try Publishing().pack(
            path("source-\(version)"), output: path(archive), keyFile: path("notes.key"), caseSensitive: nil,
            dryRun: false, progress: { _ in })
    }

    @discardableResult
    func sign(
        _ opinion: Reviewing.Opinion, of bundle: String = "notes-1.0.0.zip", by key: String = "reviewer.key",
        output: String = "review.json", dryRun: Bool = false
    ) throws -> Reviewing.Outcome {
        try Reviewing(now: { Samples.now }).sign(
            path(bundle), keyFile: path(key), opinion: opinion, output: path(output),
            options: ChangeOptions(dryRun: dryRun))
    }

    func read(_ name: String) throws -> (Envelope, ReviewReceipt) {
        let envelope = try Envelope.read(try #require(disk.read(name)), file: name)
        return (envelope, try ReviewReceipt(envelope))
    }

    /// - Returns: what was warned of.
    @discardableResult
    func publish(_ bundle: String, receipts: [String] = [], at moment: Timestamp = Samples.now) throws -> [String] {
        let warnings = Warnings()
        _ = try CatalogPublishing(now: { moment }).publish(
            path("site"), bundles: [path(bundle)], keyFile: path("notes.key"), receipts: receipts.map { path($0) },
            options: ChangeOptions(warn: { warnings.add($0) }))
        return warnings.all
    }

    /// What a host sees of a version in `site/`.
    func listed(_ version: String) async throws -> ListedEntry {
        let known = KnownCatalogs(try host.open())
        let name = try Samples.app("site")
        if try known.names().isEmpty {
            let root = try #require(disk.read("site/metadata/root.json"))
            _ = try await known.add(name, at: path("site"), confirmedBy: .root(root), now: Samples.now)
        }
        let entries = try await known.refresh(name, now: Samples.now).listing.entries
        return try #require(entries.first { $0.entry.version.text == version })
    }

    // MARK: Who is trusted

    func key(_ name: String) throws -> PublicKey {
        try PublicKey.read(try #require(disk.read("\(name).key.pub")), file: name)
    }

    func reviewer(
        purposes: Set<Purpose> = [.review], status: KeyStatus = .active, from: Timestamp? = nil,
        until: Timestamp? = nil
    ) throws -> TrustedKey {
        TrustedKey(
            key: try key("reviewer"), name: "rev", purposes: purposes, status: status, validFrom: from,
            validUntil: until, addedAt: Samples.yesterday)
    }

    func status(of listed: ListedEntry, by keys: TrustedKey...) throws -> ReviewStatus {
        var trusted = TrustedKeys.empty
        for key in keys { try trusted.add(key) }
        let rules = ReviewRules(mode: .advisory, trusted: trusted, policy: nil)
        return ReviewEvaluation.of(listed, by: rules, at: Samples.now).status
    }
}
