import HostModel
import Signatures
import Testing

/// Step 5.5.
struct SnapshotUpdateTests {
    @Test(arguments: [false, true])
    func `what timestamp lists is taken, with hashes and without`(listsHashes: Bool) async throws {
        let lab = try Lab()
        lab.repository.listsHashes = listsHashes
        lab.repository.publishAll()
        #expect(try await lab.refresh() == "done")
        lab.repository.publishAll()
        #expect(try await lab.refresh() == "done")
        #expect(try lab.stored() == ["root 1", "snapshot 3", "targets 3", "timestamp 3"])
    }

    @Test func `a snapshot with other bytes than timestamp lists is refused, and the timestamp kept`() async throws {
        let lab = try Lab()
        lab.repository.listsHashes = true
        lab.repository.publishAll()
        lab.repository.source["2.snapshot.json"] = lab.repository.signed("snapshot") + [UInt8(ascii: "\n")]
        #expect(try await lab.refresh() == "5.5.1 catalog_unverified")

        var other = lab.repository.signed("snapshot")
        other[other.count - 1] = UInt8(ascii: " ")
        lab.repository.source["2.snapshot.json"] = other
        #expect(try await lab.refresh() == "5.5.2 catalog_unverified")
        #expect(try lab.stored() == ["root 1", "timestamp 2"])
    }

    @Test func `a snapshot from another moment cannot be mixed in`() async throws {
        let lab = try Lab()
        lab.repository.publish("snapshot", "timestamp")
        lab.repository.source["2.snapshot.json"] = lab.repository.source["1.snapshot.json"]
        #expect(try await lab.refresh() == "5.5.4 catalog_unverified")
        #expect(try lab.stored() == ["root 1", "timestamp 2"])
    }

    @Test func `an unsigned snapshot is refused`() async throws {
        let lab = try Lab()
        lab.repository["snapshot"].signers = []
        lab.repository.publish("snapshot", "timestamp")
        #expect(try await lab.refresh() == "5.5.3 catalog_unverified")
        #expect(try lab.stored() == ["root 1", "timestamp 2"])
    }

    @Test(arguments: [false, true])
    func `an older version of targets is a rollback`(listsHashes: Bool) async throws {
        let lab = try Lab()
        lab.repository.listsHashes = listsHashes
        lab.repository.publishAll()
        #expect(try await lab.refresh() == "done")
        lab.repository["targets"].version = 0
        lab.repository.publishAll()
        #expect(try await lab.refresh() == "5.5.5 catalog_rollback")
        #expect(try lab.stored() == ["root 1", "snapshot 2", "targets 2", "timestamp 3"])
    }

    @Test func `a role that is no longer listed is a rollback`() async throws {
        let lab = try Lab()
        lab.repository.delegate("delegated")
        lab.repository.publishAll("delegated")
        #expect(try await lab.refresh() == "done")
        lab.repository.snapshotFiles["delegated.json"] = nil
        lab.repository.publish("snapshot", "timestamp")
        #expect(try await lab.refresh() == "5.5.5 catalog_rollback")
        #expect(try lab.stored().contains("snapshot 2"))
    }

    @Test func `an expired snapshot is a freeze`() async throws {
        let lab = try Lab()
        #expect(try await lab.refresh() == "done")
        lab.repository["snapshot"].expires = TestRepository.past
        lab.repository.publish("snapshot", "timestamp")
        #expect(try await lab.refresh() == "5.5.6 catalog_expired")
        #expect(try lab.stored() == ["root 1", "snapshot 1", "targets 1", "timestamp 2"])
    }

    @Test func `a snapshot that is not there leaves the one before and the new timestamp`() async throws {
        let lab = try Lab()
        #expect(try await lab.refresh() == "done")
        lab.repository.snapshotFile = ["version": 2]
        lab.repository.publish("timestamp")
        #expect(try await lab.refresh() == "5.5.1 catalog_unavailable")
        #expect(lab.repository.source.requests.last == "2.snapshot.json")
        #expect(try lab.stored() == ["root 1", "snapshot 1", "targets 1", "timestamp 2"])
    }

    @Test func `a refresh that was cut off goes on with what is left to do`() async throws {
        let lab = try Lab()
        lab.repository.publishAll()
        let targets = lab.repository.source["2.targets.json"]
        lab.repository.source["2.targets.json"] = nil
        #expect(try await lab.refresh() == "5.6.1 catalog_unavailable")
        lab.repository.source["2.targets.json"] = targets
        lab.repository.source.forgetRequests()
        #expect(try await lab.refresh() == "done")
        #expect(lab.repository.source.requests == ["2.root.json", "timestamp.json", "2.targets.json"])
    }
}

/// Step 5.3.11: the way out after a fast-forward attack.
struct FastForwardTests {
    private static let high: Int64 = 1_000_000

    /// A lab that took versions from an attacker who had the key of this role for a while.
    private func attackedLab(_ role: String) async throws -> Lab {
        let lab = try Lab()
        lab.repository[role].version = Self.high
        if role == "targets" { lab.repository.publish("targets") }
        if role != "timestamp" { lab.repository.publish("snapshot") }
        lab.repository.publish("timestamp")
        #expect(try await lab.refresh() == "done")
        #expect(try lab.stored().contains("\(role) \(Self.high + 1)"))
        lab.repository[role].version = 1
        return lab
    }

    @Test func `without new keys a fast-forward stands`() async throws {
        let lab = try await attackedLab("timestamp")
        lab.repository.publish("timestamp")
        #expect(try await lab.refresh() == "5.4.3 catalog_rollback")
    }

    @Test func `a new timestamp key forgives timestamp versions`() async throws {
        let lab = try await attackedLab("timestamp")
        lab.repository.rotate("timestamp")
        lab.repository.publish("root", "timestamp")
        #expect(try await lab.refresh() == "done")
        #expect(try lab.stored().contains("timestamp 2"))
    }

    @Test func `new timestamp and snapshot keys forgive snapshot versions`() async throws {
        let lab = try await attackedLab("snapshot")
        lab.repository.rotate("timestamp")
        lab.repository.rotate("snapshot")
        lab.repository.publish("root", "snapshot", "timestamp")
        #expect(try await lab.refresh() == "done")
        #expect(try lab.stored().contains("snapshot 2"))
    }

    @Test func `a new snapshot key forgives versions of targets, and roles that are gone`() async throws {
        let lab = try await attackedLab("targets")
        lab.repository.snapshotFiles["delegated.json"] = ["version": 7]
        lab.repository["targets"].version = Self.high + 1
        lab.repository.publishAll()
        #expect(try await lab.refresh() == "done")

        lab.repository["targets"].version = 1
        lab.repository.snapshotFiles["delegated.json"] = nil
        lab.repository.rotate("snapshot")
        lab.repository.publish("root")
        lab.repository.publishAll()
        #expect(try await lab.refresh() == "done")
        #expect(try lab.stored().contains("targets 2"))
    }

    @Test func `one revoked key of several is enough, even where the others signed too`() async throws {
        let lab = try Lab()
        let stolen = PrivateKey.generate()
        lab.repository["timestamp"].keys.append(stolen)
        lab.repository["timestamp"].signers.append(stolen)
        lab.repository["timestamp"].version = Self.high
        lab.repository.publish("root", "timestamp")
        #expect(try await lab.refresh() == "done")

        lab.repository["timestamp"].keys.removeLast()
        lab.repository["timestamp"].signers.removeLast()
        lab.repository["timestamp"].version = 1
        lab.repository.publish("root", "timestamp")
        #expect(try await lab.refresh() == "done")
        #expect(try lab.stored().contains("timestamp 2"))
    }

    @Test func `a key more forgives nothing`() async throws {
        let lab = try await attackedLab("timestamp")
        lab.repository["timestamp"].keys.append(PrivateKey.generate())
        lab.repository.publish("root", "timestamp")
        #expect(try await lab.refresh() == "5.4.3 catalog_rollback")
    }

    @Test func `what a revoked key signed is forgotten before the root that revokes it can fail`() async throws {
        let lab = try await attackedLab("timestamp")
        lab.repository.rotate("timestamp")
        lab.repository["root"].expires = TestRepository.past
        lab.repository.publish("root")
        #expect(try await lab.refresh() == "5.3.10 catalog_expired")
        #expect(try lab.stored() == ["root 2", "targets 1"])
        lab.repository["root"].expires = TestRepository.future
        lab.repository.publish("root", "timestamp")
        #expect(try await lab.refresh() == "done")
        #expect(try lab.stored().contains("timestamp 2"))
    }

    @Test func `what a revoked key signs counts for nothing`() async throws {
        let lab = try Lab()
        let revoked = lab.repository["snapshot"].signers
        lab.repository.rotate("snapshot")
        lab.repository["snapshot"].signers = revoked
        lab.repository.publish("root", "snapshot", "timestamp")
        #expect(try await lab.refresh() == "5.5.3 catalog_unverified")
    }
}
