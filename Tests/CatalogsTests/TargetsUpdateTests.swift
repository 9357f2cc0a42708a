import Catalogs
import HostModel
import Signatures
import TestSupport
import Testing

/// Steps 5.6.1 to 5.6.6, and what is said of a file.
struct TargetsUpdateTests {
    @Test func `targets with other bytes than snapshot lists are refused`() async throws {
        let lab = try Lab()
        lab.repository.listsHashes = true
        lab.repository.publishAll()
        var other = lab.repository.signed("targets")
        other[other.count - 1] = UInt8(ascii: " ")
        lab.repository.source["2.targets.json"] = other
        #expect(try await lab.refresh() == "5.6.2 catalog_unverified")
        #expect(try lab.stored() == ["root 1", "snapshot 2", "timestamp 2"])
    }

    @Test func `unsigned targets are refused`() async throws {
        let lab = try Lab()
        lab.repository["targets"].signers = [PrivateKey.generate()]
        lab.repository.publishAll()
        #expect(try await lab.refresh() == "5.6.3 catalog_unverified")
    }

    @Test func `targets of another moment cannot be mixed in`() async throws {
        let lab = try Lab()
        lab.repository.publishAll()
        lab.repository.source["2.targets.json"] = lab.repository.source["1.targets.json"]
        #expect(try await lab.refresh() == "5.6.4 catalog_unverified")
    }

    @Test func `expired targets are a freeze`() async throws {
        let lab = try Lab()
        #expect(try await lab.refresh() == "done")
        lab.repository["targets"].expires = TestRepository.past
        lab.repository.publishAll()
        #expect(try await lab.refresh() == "5.6.5 catalog_expired")
        #expect(try lab.stored() == ["root 1", "snapshot 2", "targets 1", "timestamp 2"])
    }

    @Test func `a snapshot that does not list targets is refused`() async throws {
        let lab = try Lab()
        lab.repository.snapshotFiles = [:]
        lab.repository.publish("snapshot", "timestamp")
        #expect(try await lab.refresh() == "5.6.1 catalog_unverified")
    }

    @Test func `a listed length is the most that is read`() async throws {
        let lab = try Lab()
        lab.repository.snapshotFiles["targets.json"] = ["version": 1, "length": 10]
        lab.repository.publish("snapshot", "timestamp")
        #expect(try await lab.refresh() == "5.6.1 catalog_unverified")
    }

    @Test func `a file is found with what is said of it, and its place`() async throws {
        let lab = try Lab()
        let custom: JSONValue = ["apphost": ["schema": 1] as JSONValue]
        lab.repository.add("apps/notes/1.0.0/notes.zip", to: "targets", custom: custom)
        lab.repository.publishAll()
        #expect(try await lab.refresh() == "done")
        let found = try #require(try await lab.target("apps/notes/1.0.0/notes.zip"))
        let content = Array("apps/notes/1.0.0/notes.zip".utf8)
        let digest = DigestStream.digest(of: content)
        #expect(found.place == ["apps", "notes", "1.0.0", "\(digest.hex).notes.zip"])
        #expect(found.file.length == Int64(content.count))
        #expect(found.file.hashes.sha256 == digest)
        #expect(found.file.custom?.text == custom.text)
        #expect(found.file.matches(content))
        #expect(!found.file.matches(content + [0]))
        #expect(!found.file.matches(content.reversed()))
        #expect(try await lab.find("apps/notes/1.0.0/other.zip") == "nothing")
    }

    @Test func `without consistent snapshots a file has its own name`() async throws {
        let repository = TestRepository()
        repository.isConsistent = false
        repository.add("a/b", to: "targets")
        repository.publish("root")
        repository.publishAll()
        let lab = try Lab(repository)
        #expect(try await lab.refresh() == "done")
        #expect(try await lab.target("a/b")?.place == ["a", "b"])
    }

    @Test func `a file is matched with every hash that is known, and one at least`() async throws {
        let content = Array("content".utf8)
        let sha256 = Hex.text(HashAlgorithm.sha256.digest(of: content))
        let sha512 = Hex.text(HashAlgorithm.sha512.digest(of: content))
        let zeros = String(repeating: "0", count: 128)
        let cases: [(name: String, hashes: JSONValue, found: String, matches: Bool)] = [
            ("one", ["sha256": sha256], "\(sha256).one", true),
            ("long", ["sha512": sha512], "\(sha512).long", true),
            ("both", ["sha512": sha512, "sha256": sha256], "\(sha256).both", true),
            ("more", ["blake3": "00", "sha512": sha512], "\(sha512).more", true),
            ("wrong", ["sha256": sha256, "sha512": zeros], "\(sha256).wrong", false),
        ]
        let lab = try Lab()
        for (name, hashes, _, _) in cases {
            let file: JSONValue = ["length": content.count, "hashes": hashes]
            lab.repository["targets"].files.append(JSONValue.Member(name, file))
        }
        let unknown: JSONValue = ["length": 7, "hashes": ["md5": "00"] as JSONValue]
        lab.repository["targets"].files.append(JSONValue.Member("unknown", unknown))
        lab.repository.publishAll()
        #expect(try await lab.refresh() == "done")
        for (name, _, place, matches) in cases {
            let found = try #require(try await lab.target(name))
            #expect(found.place == [place])
            #expect(found.file.matches(content) == matches, "\(name)")
        }
        #expect(try await lab.find("unknown") == "5.7.3 catalog_unverified")
    }

    @Test func `a path that is no relative path hides nothing else`() async throws {
        let lab = try Lab()
        lab.repository.add("../outside", to: "targets")
        lab.repository.add("inside", to: "targets")
        lab.repository.publishAll()
        #expect(try await lab.refresh() == "done")
        #expect(try await lab.find("inside") == "targets")
    }

    @Test func `what was refreshed is there without a request, until it expires`() async throws {
        let lab = try Lab()
        lab.repository.add("a", to: "targets")
        lab.repository["snapshot"].expires = Timestamp(seconds: TestRepository.now.seconds + 60)
        lab.repository.publishAll()
        #expect(throws: (any Error).self) { try lab.client().stored(now: TestRepository.now) }
        #expect(try await lab.refresh() == "done")
        lab.repository.source.isUnreachable = true
        let catalog = try lab.client().stored(now: TestRepository.now)
        #expect(catalog.files.map(\.path.description) == ["a"])
        #expect(catalog.expires == lab.repository["snapshot"].expires)
        #expect(try await lab.find("a", at: catalog.expires) == "5.5.6 catalog_expired")
    }
}
