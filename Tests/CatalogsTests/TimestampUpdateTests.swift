import HostModel
import Signatures
import TestSupport
import Testing

/// Step 5.4.
struct TimestampUpdateTests {
    private func refreshedLab() async throws -> Lab {
        let lab = try Lab()
        lab.repository.publish("snapshot", "timestamp")
        #expect(try await lab.refresh() == "done")
        #expect(try lab.stored() == ["root 1", "snapshot 2", "targets 1", "timestamp 2"])
        return lab
    }

    @Test func `an older timestamp is a rollback`() async throws {
        let lab = try await refreshedLab()
        lab.repository["timestamp"].version = 0
        lab.repository.publish("timestamp")
        #expect(try await lab.refresh() == "5.4.3 catalog_rollback")
        #expect(try lab.stored().contains("timestamp 2"))
    }

    @Test func `a newer timestamp with an older snapshot is a rollback`() async throws {
        let lab = try await refreshedLab()
        lab.repository.snapshotFile = ["version": 1]
        lab.repository.publish("timestamp")
        #expect(try await lab.refresh() == "5.4.3 catalog_rollback")
        #expect(try lab.stored().contains("timestamp 2"))
    }

    @Test func `a timestamp of the same version is dropped, whatever it says`() async throws {
        let lab = try await refreshedLab()
        let stored = lab.disk.read("timestamp.json")
        lab.repository.snapshotFile = ["version": 100]
        lab.repository.source["timestamp.json"] = lab.repository.signed("timestamp")
        lab.repository.source.forgetRequests()
        #expect(try await lab.refresh() == "done")
        #expect(lab.repository.source.requests == ["2.root.json", "timestamp.json"])
        #expect(lab.disk.read("timestamp.json") == stored)
    }

    @Test func `an expired timestamp is a freeze`() async throws {
        let lab = try await refreshedLab()
        lab.repository["timestamp"].expires = TestRepository.past
        lab.repository.publish("timestamp")
        #expect(try await lab.refresh() == "5.4.4 catalog_expired")
        #expect(try lab.stored().contains("timestamp 2"))
    }

    @Test func `a timestamp that stays the same until it expires is a freeze`() async throws {
        let lab = try Lab()
        lab.repository["timestamp"].expires = Timestamp(seconds: TestRepository.now.seconds + 60)
        lab.repository.publish("timestamp")
        #expect(try await lab.refresh() == "done")
        let later = Timestamp(seconds: TestRepository.now.seconds + 60)
        #expect(try await lab.refresh(at: later) == "5.4.4 catalog_expired")
    }

    @Test func `an expired stored timestamp is replaced, and still protects`() async throws {
        let lab = try Lab()
        lab.repository["timestamp"].version = 4
        lab.repository["timestamp"].expires = Timestamp(seconds: TestRepository.now.seconds + 60)
        lab.repository.publish("timestamp")
        #expect(try await lab.refresh() == "done")

        let later = Timestamp(seconds: TestRepository.now.seconds + 3600)
        lab.repository["timestamp"].expires = TestRepository.future
        lab.repository["timestamp"].version = 3
        lab.repository.publish("timestamp")
        #expect(try await lab.refresh(at: later) == "5.4.3 catalog_rollback")
        lab.repository["timestamp"].version = 5
        lab.repository.publish("timestamp")
        #expect(try await lab.refresh(at: later) == "done")
        #expect(try lab.stored().contains("timestamp 6"))
    }

    @Test func `an unsigned timestamp is refused`() async throws {
        let lab = try await refreshedLab()
        lab.repository["timestamp"].signers = [PrivateKey.generate()]
        lab.repository.publish("timestamp")
        #expect(try await lab.refresh() == "5.4.2 catalog_unverified")
        #expect(try lab.stored().contains("timestamp 2"))
    }

    @Test func `a snapshot cannot pass for a timestamp`() async throws {
        let lab = try await refreshedLab()
        lab.repository.snapshotFiles = ["snapshot.json": ["version": 2]]
        lab.repository["snapshot"].version = 9
        let body = lab.repository.body(of: "snapshot")
        lab.repository.source["timestamp.json"] = TestRepository.sign(body, by: lab.repository["timestamp"].signers)
        #expect(try await lab.refresh() == "4.6 catalog_unverified")
    }

    @Test func `a timestamp that is not there or cannot be reached leaves what was trusted`() async throws {
        let lab = try await refreshedLab()
        let before = try lab.disk.snapshot()
        lab.repository.source["timestamp.json"] = nil
        #expect(try await lab.refresh() == "5.4.1 catalog_unavailable")
        lab.repository.source.isUnreachable = true
        #expect(try await lab.refresh() == "- busy")
        #expect(try lab.disk.snapshot() == before)
    }

    @Test func `an endless timestamp is cut off`() async throws {
        let lab = try await refreshedLab()
        let padding = [UInt8](repeating: UInt8(ascii: " "), count: 16 << 10)
        lab.repository["timestamp"].version += 1
        lab.repository.source["timestamp.json"] = lab.repository.signed("timestamp") + padding
        #expect(try await lab.refresh() == "5.4.1 catalog_unverified")
    }

    @Test func `what is stored has the very bytes that were received`() async throws {
        let lab = try Lab()
        let served = lab.repository.signed("timestamp") + Array(" \n ".utf8)
        lab.repository.source["timestamp.json"] = served
        #expect(try await lab.refresh() == "done")
        #expect(lab.disk.read("timestamp.json") == served)
    }

    @Test func `a damaged stored timestamp is replaced`() async throws {
        let lab = try await refreshedLab()
        try lab.disk.write("{", to: "timestamp.json")
        #expect(try await lab.refresh() == "done")
        #expect(try lab.stored().contains("timestamp 2"))
    }
}
