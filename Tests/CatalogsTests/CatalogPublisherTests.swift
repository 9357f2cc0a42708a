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
