import Catalogs
import HostModel
import Signatures
import TestSupport
import Testing

/// Steps 5.2 and 5.3.
struct RootUpdateTests {
    @Test func `the first refresh asks for each role in order and stores what it received`() async throws {
        let lab = try Lab()
        #expect(try await lab.refresh() == "done")
        let files = ["2.root.json", "timestamp.json", "1.snapshot.json", "1.targets.json"]
        #expect(lab.repository.source.requests == files)
        #expect(lab.disk.read("root.json") == lab.repository.source["1.root.json"])
        #expect(lab.disk.read("timestamp.json") == lab.repository.source["timestamp.json"])
        #expect(lab.disk.read("snapshot.json") == lab.repository.source["1.snapshot.json"])
        #expect(lab.disk.read("targets.json") == lab.repository.source["1.targets.json"])
    }

    @Test func `a refresh with nothing new asks for the next root and the timestamp alone`() async throws {
        let lab = try Lab()
        #expect(try await lab.refresh() == "done")
        let before = try lab.disk.snapshot()
        lab.repository.source.forgetRequests()
        #expect(try await lab.refresh() == "done")
        #expect(lab.repository.source.requests == ["2.root.json", "timestamp.json"])
        #expect(try lab.disk.snapshot() == before)
    }

    @Test func `without consistent snapshots only root has its version in its name`() async throws {
        let repository = TestRepository()
        repository.isConsistent = false
        repository.publish("root")
        repository.publishAll()
        let lab = try Lab(repository)
        #expect(try await lab.refresh() == "done")
        let files = ["2.root.json", "3.root.json", "timestamp.json", "snapshot.json", "targets.json"]
        #expect(repository.source.requests == files)
    }

    @Test func `a store without a root refuses before any request`() async throws {
        let lab = try Lab()
        try lab.disk.remove("root.json")
        #expect(try await lab.refresh() == "5.2 catalog_not_configured")
        #expect(lab.repository.source.requests == [])
    }

    @Test(arguments: [true, false])
    func `a root to begin with must be signed by its own keys`(isSigned: Bool) throws {
        let repository = TestRepository()
        let disk = try TemporaryDirectory()
        let store = try MetadataStore(disk.open())
        let body = repository.body(of: "root")
        let signers = isSigned ? repository["root"].signers : [PrivateKey.generate()]
        let root = TestRepository.sign(body, by: signers)
        if isSigned {
            try store.start(trusting: root)
            #expect(disk.read("root.json") == root)
        } else {
            #expect(throws: CatalogError.self) { try store.start(trusting: root) }
            #expect(disk.names() == [])
        }
    }

    @Test func `a stored root that was changed is not believed`() async throws {
        let lab = try Lab()
        let other = TestRepository.sign(lab.repository.body(of: "root"), by: [PrivateKey.generate()])
        try lab.disk.write(String(decoding: other, as: UTF8.self), to: "root.json")
        #expect(try await lab.refresh() == "5.3.4 catalog_unverified")
        #expect(lab.repository.source.requests == [])
    }

    /// Keys by number, the threshold, and who signs, for each version of root; the last one is accepted or not.
    struct Rotation: Sendable {
        let name: String
        let versions: [(keys: [Int], threshold: Int64, signers: [Int])]
        let accepted: Bool
    }

    static let rotations: [Rotation] = [
        Rotation(
            name: "one key for another", versions: [([1], 1, [1]), ([2], 1, [2, 1]), ([2], 1, [2])], accepted: true),
        Rotation(
            name: "strangers sign too", versions: [([1], 1, [3, 1, 4]), ([2], 1, [3, 2, 1, 4])], accepted: true),
        Rotation(
            name: "other keys of the same role",
            versions: [([0, 1, 2, 3, 4], 3, [0, 2, 4]), ([0, 1, 2, 3, 4], 3, [0, 1, 3])], accepted: true),
        Rotation(
            name: "one of five", versions: [([0, 1, 2, 3, 4], 3, [0, 2, 4]), ([0, 1, 3, 4, 5], 3, [0, 4, 1])],
            accepted: true),
        Rotation(
            name: "all of three",
            versions: [([0, 1, 2], 2, [0, 1]), ([3, 4, 5], 2, [0, 1, 3, 4]), ([3, 4, 5], 2, [4, 5])], accepted: true),
        Rotation(
            name: "a higher threshold", versions: [([1, 2, 3], 1, [1]), ([1, 2, 3], 2, [1, 2])], accepted: true),
        Rotation(
            name: "a lower threshold", versions: [([1, 2], 2, [1, 2]), ([1, 2], 1, [1, 2]), ([1, 2], 1, [1])],
            accepted: true),
        Rotation(name: "not by the old key", versions: [([1], 1, [1]), ([2], 1, [2, 3])], accepted: false),
        Rotation(name: "not by the new key", versions: [([1], 1, [1]), ([2], 1, [1, 3])], accepted: false),
        Rotation(
            name: "too few new keys", versions: [([0, 1, 2], 2, [0, 1]), ([0, 3, 4], 2, [0, 1, 2])], accepted: false),
        Rotation(
            name: "too few old keys", versions: [([0, 1, 2], 2, [0, 1]), ([0, 3, 4], 2, [0, 3, 4])], accepted: false),
        Rotation(
            name: "a higher threshold that is not met", versions: [([1, 2], 1, [1]), ([1, 2], 2, [2])],
            accepted: false),
        Rotation(
            name: "a lower threshold before it counts", versions: [([1, 2], 2, [1, 2]), ([1, 2], 1, [1])],
            accepted: false),
    ]

    @Test(arguments: RootUpdateTests.rotations.indices)
    func `each root is signed by the keys of the one before and by its own`(index: Int) async throws {
        let rotation = Self.rotations[index]
        let keys = (0..<6).map { _ in PrivateKey.generate() }
        let repository = TestRepository()
        repository["root"].version = 0
        for version in rotation.versions {
            repository["root"].keys = version.keys.map { keys[$0] }
            repository["root"].threshold = version.threshold
            repository["root"].signers = version.signers.map { keys[$0] }
            repository.publish("root")
        }
        let lab = try Lab(repository)
        let last = Int64(rotation.versions.count)
        let outcome = try await lab.refresh()
        #expect(outcome == (rotation.accepted ? "done" : "5.3.4 catalog_unverified"), "\(rotation.name)")
        #expect(lab.disk.read("root.json") == repository.root(rotation.accepted ? last : last - 1), "\(rotation.name)")
    }

    @Test(arguments: [Int64(1), 3])
    func `a root that is not the next version is refused`(version: Int64) async throws {
        let lab = try Lab()
        lab.repository["root"].version = version
        lab.repository.source["2.root.json"] = lab.repository.signed("root")
        #expect(try await lab.refresh() == "5.3.5 catalog_unverified")
        #expect(try lab.stored() == ["root 1"])
    }

    @Test func `an expired root in between does not matter`() async throws {
        let lab = try Lab()
        lab.repository["root"].expires = TestRepository.past
        lab.repository.publish("root")
        lab.repository["root"].expires = TestRepository.future
        lab.repository.publish("root")
        #expect(try await lab.refresh() == "done")
        #expect(try lab.stored().contains("root 3"))
    }

    @Test func `an expired last root is kept, and ends the refresh`() async throws {
        let lab = try Lab()
        #expect(try await lab.refresh() == "done")
        lab.repository["root"].expires = TestRepository.past
        lab.repository.publish("root")
        lab.repository.publishAll()
        #expect(try await lab.refresh() == "5.3.10 catalog_expired")
        #expect(try lab.stored() == ["root 2", "snapshot 1", "targets 1", "timestamp 1"])
    }

    @Test func `metadata expires at its very second`() async throws {
        let lab = try Lab()
        let before = Timestamp(seconds: TestRepository.future.seconds - 1)
        #expect(try await lab.refresh(at: before) == "done")
        #expect(try await lab.refresh(at: TestRepository.future) == "5.3.10 catalog_expired")
    }

    @Test func `an endless root is cut off`() async throws {
        let lab = try Lab()
        lab.repository.source["2.root.json"] = [UInt8](repeating: UInt8(ascii: " "), count: 512 << 10 + 1)
        #expect(try await lab.refresh() == "5.3.3 catalog_unverified")
    }

    @Test func `a root that is of another role is refused`() async throws {
        let lab = try Lab()
        let body = lab.repository.body(of: "targets")
        lab.repository.source["2.root.json"] = TestRepository.sign(body, by: lab.repository["root"].signers)
        #expect(try await lab.refresh() == "4.3 catalog_unverified")
    }

    @Test func `two refreshes of one store do not run at once`() async throws {
        let lab = try Lab()
        let directory = try lab.disk.open()
        let lock = try FileLockForTest.take("refresh.lock", in: directory)
        #expect(try await lab.refresh() == "- busy")
        withExtendedLifetime(lock) {}
    }
}
