import Catalogs
import HostModel
import Signatures
import TestSupport
import Testing

/// What a publisher writes, as a client sees it.
struct CatalogPublisherTests {
    private func code(_ body: () throws -> Void) throws -> String {
        do {
            try body()
            return "done"
        } catch let error as PublishError {
            return error.code.rawValue
        }
    }

    @Test func `what is published is listed, and lies where the listing says`() async throws {
        let shop = try Shop()
        try shop.publish("1.0.0", "1.1.0")
        try await shop.add()
        let stored = try await shop.known().refresh(shop.demo, now: TestRepository.now)
        #expect(Shop.versions(stored.listing) == "1.0.0 1.1.0")
        #expect(stored.refusal == nil)
        for listed in stored.listing.entries {
            let place = "targets/" + listed.artifact.place.joined(separator: "/")
            let content = try #require(shop.disk.read(place))
            #expect(Int64(content.count) == listed.artifact.length)
            #expect(DigestStream.digest(of: content) == listed.artifact.sha256)
            #expect(shop.disk.mode(of: place) == 0o644)
        }
    }

    @Test func `every file of metadata is there under its version`() throws {
        let shop = try Shop()
        try shop.publish("1.0.0")
        let expected = [
            "1.root.json", "1.snapshot.json", "1.targets.json", "2.snapshot.json", "2.targets.json", "root.json",
            "timestamp.json",
        ]
        #expect(shop.disk.names("metadata") == expected)
        #expect(shop.disk.read("metadata/root.json") == shop.disk.read("metadata/1.root.json"))
    }

    @Test func `text with control characters can be read again`() async throws {
        let shop = try Shop()
        let plain = try shop.artifact("1.0.0")
        var entry = plain.entry
        entry.changelog = .init(summary: "Faster.\n\"Smaller\\\".\tDone.")
        let artifact = PublishedArtifact(name: plain.name, file: plain.file, entry: entry)
        _ = try shop.publisher().publish([artifact], now: TestRepository.now)
        try await shop.add()
        let stored = try await shop.known().refresh(shop.demo, now: TestRepository.now)
        #expect(stored.listing.entries.first?.entry.changelog?.summary == entry.changelog?.summary)
    }

    @Test func `what is published keeps its content, and may get a new entry`() async throws {
        let shop = try Shop()
        try shop.publish("1.0.0")
        let other = try shop.artifact("1.0.0", content: "other")
        let refused = try code { _ = try shop.publisher().publish([other], now: TestRepository.now) }
        #expect(refused == "file_exists")
        try shop.publish("1.0.0")
        try await shop.add()
        #expect(try await shop.refresh() == "1.0.0")
    }

    @Test func `a catalog is started once, and published only by its key`() throws {
        let shop = try Shop()
        let again = try code { _ = try shop.publisher().start(now: TestRepository.now) }
        #expect(again == "file_exists")
        let stranger = PrivateKey.generate()
        let artifact = try shop.artifact("1.0.0")
        let strange = try code { _ = try shop.publisher(stranger).publish([artifact], now: TestRepository.now) }
        #expect(strange == "key_invalid")
        let empty = try TemporaryDirectory()
        let publisher = CatalogPublisher(try empty.open(), keys: PublisherKeys(shop.key))
        let nowhere = try code { _ = try publisher.publish([], now: TestRepository.now) }
        #expect(nowhere == "catalog_not_found")
    }

    @Test(arguments: ["", "../x", "a/b", "a\nb", String(repeating: "a", count: 181)])
    func `a name that is no file name is refused`(name: String) throws {
        let shop = try Shop()
        let good = try shop.artifact("1.0.0")
        let artifact = PublishedArtifact(name: name, file: good.file, entry: good.entry)
        let before = try shop.disk.snapshot()
        let refused = try code { _ = try shop.publisher().publish([artifact], now: TestRepository.now) }
        #expect(refused == "usage")
        #expect(try shop.disk.snapshot() == before)
    }

    @Test func `resigning renews what is due, and everything when asked`() async throws {
        let shop = try Shop()
        try shop.publish("1.0.0")
        try await shop.add()
        let fresh = try shop.publisher().resign(now: TestRepository.now)
        #expect(fresh.map(\.isNew) == [false, false, false, false])

        let later = Timestamp(seconds: TestRepository.now.seconds + 20 * 86_400)
        let renewed = try shop.publisher().resign(now: later)
        #expect(renewed.map { "\($0.role) \($0.version)" } == ["root 1", "targets 2", "snapshot 3", "timestamp 3"])
        #expect(renewed.map(\.isNew) == [false, false, true, true])
        #expect(try await shop.refresh(at: later) == "1.0.0")

        let all = try shop.publisher().resign(all: true, now: later)
        #expect(all.map { "\($0.role) \($0.version)" } == ["root 2", "targets 3", "snapshot 4", "timestamp 4"])
        #expect(try await shop.refresh(at: later) == "1.0.0")
        #expect(shop.disk.read("metadata/root.json") == shop.disk.read("metadata/2.root.json"))
    }

    @Test func `an expired catalog can be resigned`() async throws {
        let shop = try Shop()
        try shop.publish("1.0.0")
        try await shop.add()
        let late = Timestamp(seconds: TestRepository.now.seconds + 400 * 86_400)
        #expect(try await shop.refresh(at: late) == "catalog_expired")
        _ = try shop.publisher().resign(now: late)
        #expect(try await shop.refresh(at: late) == "1.0.0")
    }

    // MARK: Old versions

    @Test func `of each role the present version and the one before stay, and of root every one`() async throws {
        let shop = try Shop()
        try shop.publish("1.0.0")
        try shop.publish("1.1.0")
        _ = try shop.publisher().resign(all: true, now: TestRepository.now)
        _ = try shop.publisher().resign(all: true, now: TestRepository.now)
        let expected = [
            "1.root.json", "2.root.json", "3.root.json", "4.snapshot.json", "4.targets.json", "5.snapshot.json",
            "5.targets.json", "root.json", "timestamp.json",
        ]
        #expect(shop.disk.names("metadata") == expected)
        try await shop.add()
        #expect(try await shop.refresh() == "1.0.0 1.1.0")
    }

    @Test func `a client in the middle of a refresh finishes`() async throws {
        let shop = try Shop()
        try shop.publish("1.0.0")
        let timestamp = try #require(shop.disk.text("metadata/timestamp.json"))
        try shop.publish("1.1.0")
        // What such a client has in its hands.
        try shop.disk.write(timestamp, to: "metadata/timestamp.json")
        try await shop.add()
        #expect(try await shop.refresh() == "1.0.0")
    }

    @Test func `what an interrupted run left is deleted, and what is somebody else's stays`() throws {
        let shop = try Shop()
        try shop.publish("1.0.0")
        for name in ["1.notes.json", "9.targets.json", "README", "snapshot.json"] {
            try shop.disk.write("left", to: "metadata/\(name)")
        }
        try shop.publish("1.1.0")
        let expected = [
            "1.notes.json", "1.root.json", "2.snapshot.json", "2.targets.json", "3.snapshot.json", "3.targets.json",
            "README", "root.json", "snapshot.json", "timestamp.json",
        ]
        #expect(shop.disk.names("metadata") == expected)
    }

    // MARK: Withdrawing

    @Test(arguments: [nil, 16] as [Int?])
    func `a withdrawn version is listed no more, and its file is gone`(bins: Int?) async throws {
        let shop = try Shop(bins: bins)
        try shop.publish("1.0.0", "1.1.0", "1.2.0")
        try await shop.add()
        #expect(try await shop.refresh() == "1.0.0 1.1.0 1.2.0")
        try shop.withdraw("1.1.0")
        #expect(try await shop.refresh() == "1.0.0 1.2.0")
        #expect(shop.disk.names("targets/apps/notes/1.1.0") == [])
        #expect(shop.disk.names("targets/apps/notes/1.2.0").count == 1)

        let before = try shop.disk.snapshot()
        let again = try code { try shop.withdraw("1.1.0") }
        #expect(again == "version_not_found")
        #expect(try shop.disk.snapshot() == before)
    }

    @Test func `publishing and withdrawing take effect at once`() async throws {
        let shop = try Shop()
        try shop.publish("1.0.0")
        let artifact = try shop.artifact("1.1.0")
        let old = try Shop.named("1.0.0")
        let lives = try shop.publisher().publish([artifact], withdrawing: [old], now: TestRepository.now)
        #expect(lives.map { "\($0.role) \($0.version)" } == ["root 1", "targets 3", "snapshot 3", "timestamp 3"])
        try await shop.add()
        #expect(try await shop.refresh() == "1.1.0")

        let new = try Shop.named("1.1.0")
        let both = try code {
            _ = try shop.publisher().publish([artifact], withdrawing: [new], now: TestRepository.now)
        }
        #expect(both == "usage")
    }

    // MARK: Refusals

    @Test func `a file that changed since it was looked at is not published`() throws {
        let shop = try Shop()
        let plain = try shop.artifact("1.0.0")
        let artifact = PublishedArtifact(
            name: plain.name, file: plain.file, entry: plain.entry, sha256: DigestStream.digest(of: []))
        let before = try shop.disk.snapshot()
        let refused = try code { _ = try shop.publisher().publish([artifact], now: TestRepository.now) }
        #expect(refused == "bundle_inconsistent")
        #expect(try shop.disk.snapshot() == before)
    }

    @Test func `nothing is copied when one of several is refused`() throws {
        let shop = try Shop()
        try shop.publish("1.0.0")
        let artifacts = [try shop.artifact("1.1.0"), try shop.artifact("1.0.0", content: "other")]
        let before = try shop.disk.snapshot()
        let refused = try code { _ = try shop.publisher().publish(artifacts, now: TestRepository.now) }
        #expect(refused == "file_exists")
        #expect(try shop.disk.snapshot() == before)
    }

    @Test func `an entry that no client could read is refused`() throws {
        let shop = try Shop()
        let plain = try shop.artifact("1.0.0")
        var entry = plain.entry
        entry.changelog = .init(url: "ftp://example.org")
        let artifact = PublishedArtifact(name: plain.name, file: plain.file, entry: entry)
        let refused = try code { _ = try shop.publisher().publish([artifact], now: TestRepository.now) }
        #expect(refused == "entry_invalid")
    }

    @Test func `a role that takes two signatures is left to those who can give them`() throws {
        let repository = TestRepository()
        let keys = [PrivateKey.generate(), PrivateKey.generate()]
        repository["targets"].keys = keys
        repository["targets"].signers = keys
        repository["targets"].threshold = 2
        repository.publish("root")
        repository.publishAll()
        let shop = try TemporaryDirectory()
        for name in ["2.root.json", "2.targets.json", "2.snapshot.json", "timestamp.json"] {
            let text = String(decoding: try #require(repository.source[name]), as: UTF8.self)
            try shop.write(text, to: "metadata/\(name)")
            if name == "2.root.json" { try shop.write(text, to: "metadata/root.json") }
        }
        let signers = PublisherKeys(
            root: nil, targets: keys[0], snapshot: repository["snapshot"].keys[0],
            timestamp: repository["timestamp"].keys[0])
        let publisher = CatalogPublisher(try shop.open(), keys: signers)
        let artifact = try Shop().artifact("1.0.0")
        let refused = try code { _ = try publisher.publish([artifact], now: TestRepository.now) }
        #expect(refused == "key_invalid")
        #expect(try publisher.identity().rootKeys == [repository["root"].keys[0].publicKey.keyid])
    }

    @Test func `root is resigned only with its own key`() async throws {
        let shop = try TemporaryDirectory()
        let (rootKey, key) = (PrivateKey.generate(), PrivateKey.generate())
        func publisher(root: PrivateKey?) throws -> CatalogPublisher {
            let keys = PublisherKeys(root: root, targets: key, snapshot: key, timestamp: key)
            return CatalogPublisher(try shop.open(), keys: keys)
        }
        let digest = try publisher(root: rootKey).start(now: TestRepository.now)
        #expect(try publisher(root: nil).identity().rootDigest == digest)

        let without = try publisher(root: nil).resign(all: true, now: TestRepository.now)
        #expect(without.map(\.isNew) == [false, true, true, true])
        let wrong = try code { _ = try publisher(root: key).resign(all: true, now: TestRepository.now) }
        #expect(wrong == "key_invalid")
        let with = try publisher(root: rootKey).resign(all: true, now: TestRepository.now)
        #expect(with.map { "\($0.role) \($0.version)" } == ["root 2", "targets 3", "snapshot 3", "timestamp 3"])
        #expect(try publisher(root: nil).identity().rootDigest != digest)
    }

    // MARK: Dry runs

    @Test(arguments: [nil, 4] as [Int?])
    func `a dry run tells what the real one does, and changes nothing`(bins: Int?) throws {
        let shop = try Shop(bins: bins)
        try shop.publish("1.0.0")
        let artifact = try shop.artifact("1.1.0")
        let old = try Shop.named("1.0.0")
        let later = Timestamp(seconds: TestRepository.now.seconds + 60 * 86_400)
        let before = try shop.disk.snapshot()
        let publisher = try shop.publisher()
        let dryPublish = try publisher.publish([artifact], withdrawing: [old], dryRun: true, now: TestRepository.now)
        #expect(try shop.disk.snapshot() == before)
        let publish = try publisher.publish([artifact], withdrawing: [old], now: TestRepository.now)
        #expect(told(dryPublish) == told(publish))

        let between = try shop.disk.snapshot()
        let dryResign = try publisher.resign(dryRun: true, now: later)
        #expect(try shop.disk.snapshot() == between)
        let resign = try publisher.resign(now: later)
        #expect(told(dryResign) == told(resign))
        let lives = try publisher.lives()
        #expect(lives.map { "\($0.role) \($0.version)" } == resign.map { "\($0.role) \($0.version)" })

        let empty = try TemporaryDirectory()
        let start = CatalogPublisher(try empty.open(), keys: PublisherKeys(shop.key))
        _ = try start.start(now: TestRepository.now, bins: try HashBins(4), dryRun: true)
        #expect(empty.names() == [])
        let again = try code { _ = try publisher.start(now: TestRepository.now, dryRun: true) }
        #expect(again == "file_exists")
    }

    /// `targets 3 2027-04-15T08:00:00Z +` for what was signed now, with `-` for what was not.
    private func told(_ lives: [RoleLife]) -> [String] {
        lives.map { "\($0.role) \($0.version) \($0.expires) \($0.isNew ? "+" : "-")" }
    }

    // MARK: Interruptions

    @Test(arguments: 0...4)
    func `an interrupted publish leaves the catalog that was, and the next run goes on`(count: Int) async throws {
        let shop = try Shop()
        try shop.publish("1.0.0")
        let before = try shop.disk.duplicate()
        try shop.publish("1.1.0")
        let files = try #require(shop.disk.names("targets/apps/notes/1.1.0").first)
        let order = [
            "targets/apps/notes/1.1.0/\(files)", "metadata/3.targets.json", "metadata/3.snapshot.json",
            "metadata/timestamp.json",
        ]
        for name in order.prefix(count) { try before.write(try #require(shop.disk.text(name)), to: name) }
        try await shop.add(at: before.path)
        #expect(try await shop.refresh() == (count == 4 ? "1.0.0 1.1.0" : "1.0.0"))

        let publisher = CatalogPublisher(try before.open(), keys: PublisherKeys(shop.key))
        _ = try publisher.publish([try shop.artifact("1.2.0")], now: TestRepository.now)
        #expect(try await shop.refresh() == (count == 4 ? "1.0.0 1.1.0 1.2.0" : "1.0.0 1.2.0"))
    }
}
