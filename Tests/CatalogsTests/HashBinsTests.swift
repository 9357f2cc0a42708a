import Catalogs
import DiskIO
import HostModel
import Signatures
import TestSupport
import Testing

/// Catalogs whose bundles are spread over bins.
struct HashBinsTests {
    @Test(arguments: [-2, 0, 1, 3, 100, 4095, 4097, 8192])
    func `only powers of two from 2 to 4096 are numbers of bins`(count: Int) {
        #expect(throws: PublishError.self) { try HashBins(count) }
    }

    @Test(
        arguments: [
            (2, "bin-0", "bin-1"), (4, "bin-0", "bin-3"), (16, "bin-0", "bin-f"), (32, "bin-00", "bin-1f"),
            (256, "bin-00", "bin-ff"), (512, "bin-000", "bin-1ff"),
        ] as [(Int, String, String)])
    func `every hash leads to one bin, and none twice`(count: Int, first: String, last: String) throws {
        let shop = try Shop(bins: count)
        let roles = try delegations(of: shop)
        #expect(roles.count == count)
        let names = roles.map { $0.name }
        #expect(names == names.sorted())
        #expect(names.first == first)
        #expect(names.last == last)

        let prefixes = roles.flatMap { $0.prefixes }
        let digits = try #require(prefixes.first).utf8.count
        #expect(prefixes.allSatisfy { $0.utf8.count == digits })
        #expect(Set(prefixes).count == 1 << (4 * digits))
        #expect(prefixes.count == 1 << (4 * digits))
        let counts = Set(roles.map { $0.prefixes.count })
        #expect(counts.count == 1)
        #expect(try shop.publisher().identity().bins == count)
    }

    @Test func `a bundle changes its bin, snapshot and timestamp, and nothing else`() async throws {
        let shop = try Shop(bins: 16)
        try await shop.add()
        #expect(try await shop.refresh() == "")
        let before = try shop.disk.snapshot().filter { $0.key.hasPrefix("metadata/") }
        try shop.publish("1.0.0")
        let after = try shop.disk.snapshot().filter { $0.key.hasPrefix("metadata/") }
        let changed = after.filter { before[$0.key] != $0.value }.keys.sorted()
        let bin = self.bin("1.0.0")
        #expect(changed == ["metadata/2.\(bin).json", "metadata/2.snapshot.json", "metadata/timestamp.json"])
        #expect(try await shop.refresh() == "1.0.0")
    }

    @Test func `what falls into many bins is all listed, and found where it is`() async throws {
        let shop = try Shop(bins: 8)
        let versions = (0..<40).map { "1.\($0).0" }
        try shop.publish(versions)
        try await shop.add()
        let stored = try await shop.known().refresh(shop.demo, now: TestRepository.now)
        #expect(Set(stored.listing.entries.map(\.entry.version.text)) == Set(versions))
        for listed in stored.listing.entries {
            let content = try #require(shop.disk.read("targets/" + listed.artifact.place.joined(separator: "/")))
            #expect(DigestStream.digest(of: content) == listed.artifact.sha256)
        }
        try shop.publish("2.0.0")
        #expect(try await shop.refresh().split(separator: " ").count == 41)
    }

    @Test func `bins that nothing falls into are not read`() throws {
        let shop = try Shop(bins: 256)
        try shop.publish("1.0.0")
        let recording = RecordingFileSystem()
        let publisher = CatalogPublisher(try shop.disk.open(recording), keys: PublisherKeys(shop.key))
        let version = "1.1.0"
        let lives = try publisher.publish([try shop.artifact(version)], now: TestRepository.now)
        let opened = recording.calls.filter { $0.hasPrefix("open ") && $0.contains(".bin-") }
        #expect(opened.count == 1)
        let expected = ["root", "targets", "snapshot", "timestamp", binOf256(version)]
        #expect(lives.map(\.role.description) == expected)
        #expect(lives.map(\.isNew) == [false, false, true, true, true])
    }

    @Test func `what is published keeps its content in a bin too, and may get a new entry`() async throws {
        let shop = try Shop(bins: 4)
        try shop.publish("1.0.0")
        let other = try shop.artifact("1.0.0", content: "other")
        #expect(throws: PublishError.self) { try shop.publisher().publish([other], now: TestRepository.now) }
        let plain = try shop.artifact("1.0.0")
        var entry = plain.entry
        entry.deprecation = .init(status: .deprecated, message: "It is old.")
        let artifact = PublishedArtifact(name: plain.name, file: plain.file, entry: entry)
        _ = try shop.publisher().publish([artifact], now: TestRepository.now)
        try await shop.add()
        let stored = try await shop.known().refresh(shop.demo, now: TestRepository.now)
        #expect(stored.listing.entries.map(\.entry.deprecation.status) == [.deprecated])
    }

    @Test func `of each bin two versions stay`() throws {
        let shop = try Shop(bins: 2)
        for _ in 0..<3 { _ = try shop.publisher().resign(all: true, now: TestRepository.now) }
        let bins = shop.disk.names("metadata").filter { $0.contains("bin-") }
        #expect(bins == ["3.bin-0.json", "3.bin-1.json", "4.bin-0.json", "4.bin-1.json"])
    }

    @Test func `resigning renews the bins that are due, and no others`() async throws {
        let shop = try Shop(bins: 4)
        let day: Int64 = 86_400
        let middle = Timestamp(seconds: TestRepository.now.seconds + 40 * day)
        let artifact = try shop.artifact("1.0.0")
        _ = try shop.publisher().publish([artifact], now: middle)
        let late = Timestamp(seconds: TestRepository.now.seconds + 50 * day)
        let lives = try shop.publisher().resign(now: late)
        let young = DigestStream.digest(of: Array("apps/notes/1.0.0/notes-1.0.0.tar".utf8)).bytes[0] >> 6
        for number in 0..<4 {
            let life = try #require(lives.first { $0.role.description == "bin-\(number)" })
            #expect(life.isNew == (number != young))
        }
        #expect(lives.first { $0.role == .targets }?.isNew == true)
        try await shop.add()
        #expect(try await shop.refresh(at: late) == "1.0.0")
    }

    @Test func `only the key of the bins publishes into them`() throws {
        let shop = try Shop(bins: 2)
        let stranger = PrivateKey.generate()
        let keys = PublisherKeys(root: nil, targets: stranger, snapshot: shop.key, timestamp: shop.key)
        let publisher = CatalogPublisher(try shop.disk.open(), keys: keys)
        let artifact = try shop.artifact("1.0.0")
        do throws(PublishError) {
            _ = try publisher.publish([artifact], now: TestRepository.now)
            Issue.record("it was published")
        } catch {
            #expect(error.code == .keyInvalid)
        }
    }

    // MARK: Which bin

    private func digest(_ version: String) -> String {
        DigestStream.digest(of: Array("apps/notes/\(version)/notes-\(version).tar".utf8)).hex
    }

    /// Of 16.
    private func bin(_ version: String) -> String { "bin-\(digest(version).prefix(1))" }

    private func binOf256(_ version: String) -> String { "bin-\(digest(version).prefix(2))" }

    /// What the first version of targets delegates.
    private func delegations(of shop: Shop) throws -> [(name: String, prefixes: [String])] {
        let bytes = try #require(shop.disk.read("metadata/1.targets.json"))
        var envelope = try JSONRecord(bytes, file: "1.targets.json", limit: bytes.count)
        var signed = try envelope.required("signed").record()
        var delegations = try signed.required("delegations").record()
        var roles: [(name: String, prefixes: [String])] = []
        for field in try delegations.required("roles").array() {
            var role = try field.record()
            let isTerminating = try role.required("terminating").bool()
            #expect(isTerminating)
            let name = try role.required("name").string()
            roles.append((name, try role.required("path_hash_prefixes").strings()))
        }
        return roles
    }
}
