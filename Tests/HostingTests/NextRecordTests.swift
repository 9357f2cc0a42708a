import Bundles
import HostModel
import Storage
import Testing

@testable import Hosting

/// `behaviour.md` 1, *Grants*, *Known bad* and *Uninstall*: what an app's record says next.
struct NextRecordTests {
    private func next(from present: AppRecord) -> NextRecord {
        NextRecord(present: present, at: Samples.now, by: "cli:now")
    }

    private func grant(_ permission: String, _ state: AppRecord.Grant.State, now: Bool = false) -> AppRecord.Grant {
        .init(
            permission: permission, state: state, since: now ? Samples.now : Samples.yesterday,
            by: now ? "cli:now" : "cli:before")
    }

    private func bad(_ byte: UInt8, version: String = "1.1.0") throws -> AppRecord.KnownBad {
        .init(digest: try Samples.digest(byte), version: version, reason: "rolled back", at: Samples.now)
    }

    private func receipt(_ byte: UInt8, keyids: [ContentDigest] = []) throws -> Receipt {
        Receipt(
            stage: .random(), digest: try Samples.digest(byte), source: "file", artifact: nil, keyids: keyids,
            unsigned: keyids.isEmpty, base: nil, accepted: [], stagedAt: Samples.yesterday, by: "cli:before")
    }

    // MARK: Grants

    @Test func `what a first install declares is granted`() throws {
        let manifest = try Samples.manifest("1.0.0", permissions: ["network.listen", "data.write"])
        let record = next(from: AppRecord()).afterAccepting(manifest, keyids: [])
        let expected = [grant("network.listen", .active, now: true), grant("data.write", .active, now: true)]
        #expect(record.grants == expected)
    }

    @Test func `an update keeps what is still declared, as it was granted`() throws {
        var present = AppRecord()
        present.grants = [grant("network.listen", .active)]
        let manifest = try Samples.manifest("1.1.0", permissions: ["network.listen"])
        #expect(next(from: present).afterAccepting(manifest, keyids: []).grants == present.grants)
    }

    @Test func `an update makes inactive what is no longer declared, and grants what is new`() throws {
        var present = AppRecord()
        present.grants = [grant("network.listen", .active)]
        let manifest = try Samples.manifest("1.1.0", permissions: ["data.write"])
        let record = next(from: present).afterAccepting(manifest, keyids: [])
        let expected = [grant("network.listen", .inactive, now: true), grant("data.write", .active, now: true)]
        #expect(record.grants == expected)
    }

    @Test func `what became inactive stays so when a later version declares it again`() throws {
        var present = AppRecord()
        present.grants = [grant("network.listen", .inactive)]
        let manifest = try Samples.manifest("1.2.0", permissions: ["network.listen"])
        #expect(next(from: present).afterAccepting(manifest, keyids: []).grants == present.grants)
    }

    @Test func `a rollback restores no grant`() throws {
        var present = AppRecord()
        present.grants = [grant("network.listen", .inactive), grant("data.write", .active)]
        let older = try Samples.manifest("1.0.0", permissions: ["network.listen", "data.read"])
        let record = next(from: present).afterRollback(to: older, try receipt(1), leaving: nil)
        let expected = [
            grant("network.listen", .inactive), grant("data.write", .inactive, now: true),
            grant("data.read", .inactive, now: true),
        ]
        #expect(record.grants == expected)
    }

    @Test func `a rollback keeps what both bundles declare`() throws {
        var present = AppRecord()
        present.grants = [grant("network.listen", .active)]
        let older = try Samples.manifest("1.0.0", permissions: ["network.listen"])
        let record = next(from: present).afterRollback(to: older, try receipt(1), leaving: nil)
        #expect(record.grants == present.grants)
    }

    @Test(arguments: [true, false])
    func `an uninstall takes every grant`(keepsData: Bool) {
        var present = AppRecord()
        present.grants = [grant("network.listen", .active), grant("data.write", .inactive)]
        #expect(next(from: present).afterUninstall(keepsData: keepsData).grants.isEmpty)
    }

    // MARK: Configuration and policy

    private func configured() throws -> AppRecord {
        var record = AppRecord()
        record.policy.mode = .stage
        record.policy.hold = .forever
        record.configuration.environment = [try #require(VariableName("NOTES_THEME")): "dark"]
        record.configuration.secrets = [try #require(VariableName("NOTES_TOKEN")): .random()]
        record.configuration.user = "notes"
        return record
    }

    @Test func `what the operator chose outlives updates and rollbacks`() throws {
        let present = try configured()
        let manifest = try Samples.manifest("1.1.0")
        let updated = next(from: present).afterAccepting(manifest, keyids: [])
        #expect(updated.configuration == present.configuration)
        #expect(updated.policy == present.policy)
        let rolledBack = next(from: present).afterRollback(to: manifest, try receipt(1), leaving: nil)
        #expect(rolledBack.configuration == present.configuration)
        #expect(rolledBack.policy == present.policy)
    }

    @Test(arguments: [true, false])
    func `an uninstall leaves nothing of what the operator chose`(keepsData: Bool) throws {
        let left = next(from: try configured()).afterUninstall(keepsData: keepsData)
        #expect(left.configuration == AppRecord.Configuration())
        #expect(left.policy == AppRecord.Policy())
    }

    // MARK: Undo

    /// An operation that was announced when the app had one grant and one publisher.
    private func unconfirmed(_ operation: SwapIntent.Kind) throws -> AppRecord.Unconfirmed {
        .init(
            operation: operation, gate: .manifest, candidate: .random(), ran: true, wayBack: .discarding(restores: nil),
            grants: [grant("network.listen", .active)], publisher: [try Samples.digest(0xA)], at: Samples.now,
            by: "cli:before")
    }

    /// What the record says while that operation is judged.
    private func judged(_ operation: SwapIntent.Kind) throws -> AppRecord {
        var record = try configured()
        record.grants = [grant("network.listen", .inactive, now: true), grant("data.write", .active, now: true)]
        record.publisher = [try Samples.digest(0xB)]
        record.isWanted = true
        record.unconfirmed = try unconfirmed(operation)
        return record
    }

    @Test func `an undo gives back grants and publisher, and keeps what the operator chose`() throws {
        let present = try judged(.update)
        let failed = (digest: try Samples.digest(2), version: "1.1.0")
        let record = next(from: present).afterUndo(try unconfirmed(.update), failed: failed, reason: "does not answer")
        var expected = present
        expected.grants = [grant("network.listen", .active)]
        expected.publisher = [try Samples.digest(0xA)]
        expected.unconfirmed = nil
        expected.knownBad = [
            .init(digest: failed.digest, version: "1.1.0", reason: "does not answer", at: Samples.now)
        ]
        #expect(record == expected)
    }

    @Test func `an undo marks the failed bundle once`() throws {
        var present = try judged(.update)
        present.knownBad = [try bad(2), try bad(3)]
        let failed = (digest: try Samples.digest(2), version: "1.1.0")
        let record = next(from: present).afterUndo(try unconfirmed(.update), failed: failed, reason: "does not answer")
        #expect(record.knownBad == present.knownBad)
    }

    /// What was undone, and whether the bundle that is back stays known to be bad.
    @Test(arguments: [(.update, true), (.apply, true), (.rollback, false)] as [(SwapIntent.Kind, Bool)])
    func `what a rollback marked is clean again once the rollback is undone`(
        operation: SwapIntent.Kind, staysBad: Bool
    ) throws {
        var present = try judged(operation)
        let back = try bad(2)
        present.knownBad = [back]
        let failed = (digest: try Samples.digest(1), version: "1.0.0")
        let record = next(from: present).afterUndo(
            try unconfirmed(operation), failed: failed, reason: "does not answer", restored: back.digest)
        #expect(record.knownBad.contains(back) == staysBad)
        #expect(record.knownBad.contains { $0.digest == failed.digest })
    }

    @Test(arguments: [true, false])
    func `after an uninstall nothing is wanted, and nothing unconfirmed`(keepsData: Bool) throws {
        let left = next(from: try judged(.update)).afterUninstall(keepsData: keepsData)
        #expect(!left.isWanted)
        #expect(left.unconfirmed == nil)
    }

    // MARK: Publisher

    @Test func `the publisher is who signed what is installed now`() throws {
        var present = AppRecord()
        let (first, second, third) = (try Samples.digest(0xA), try Samples.digest(0xB), try Samples.digest(0xC))
        present.publisher = [first]
        let manifest = try Samples.manifest("1.1.0")
        #expect(next(from: present).afterAccepting(manifest, keyids: [second]).publisher == [second])
        #expect(next(from: present).afterAccepting(manifest, keyids: []).publisher == [])

        let rolledBack = next(from: present)
            .afterRollback(to: manifest, try receipt(1, keyids: [third]), leaving: nil)
        #expect(rolledBack.publisher == [third])
    }

    @Test func `the publisher is remembered as long as the data is kept`() throws {
        var present = AppRecord()
        present.publisher = [try Samples.digest(0xA)]
        #expect(next(from: present).afterUninstall(keepsData: true).publisher == present.publisher)
        #expect(next(from: present).afterUninstall(keepsData: false).publisher == nil)
    }

    // MARK: Known bad

    @Test func `a rollback to an older version marks the bundle that it leaves`() throws {
        let left = (manifest: try Samples.manifest("1.1.0"), digest: try Samples.digest(2))
        let record = next(from: AppRecord())
            .afterRollback(to: try Samples.manifest("1.0.0"), try receipt(1), leaving: left)
        let expected = try bad(2)
        #expect(record.knownBad == [expected])
    }

    @Test func `a rollback to a newer version clears the one it returns to, and marks none`() throws {
        var present = AppRecord()
        let other = try bad(3, version: "1.2.0")
        present.knownBad = [try bad(2), other]
        let left = (manifest: try Samples.manifest("1.0.0"), digest: try Samples.digest(1))
        let record = next(from: present)
            .afterRollback(to: try Samples.manifest("1.1.0"), try receipt(2), leaving: left)
        #expect(record.knownBad == [other])
    }

    /// To a version, leaving one, that is not older: 1.0.0 again, another bundle of 1.0.0, and one without an order.
    @Test(arguments: [("1.0.0", "1.0.0"), ("1.0.0", "v1.0"), ("summer", "1.0.0"), ("1.0.0", "summer")])
    func `a rollback that is to no older version marks none`(to: String, leaving: String) throws {
        let left = (manifest: try Samples.manifest(leaving), digest: try Samples.digest(2))
        let record = next(from: AppRecord()).afterRollback(to: try Samples.manifest(to), try receipt(1), leaving: left)
        #expect(record.knownBad.isEmpty)
    }

    @Test func `a bundle is marked once, and one that cannot be read is not marked`() throws {
        var present = AppRecord()
        present.knownBad = [try bad(2)]
        let older = try Samples.manifest("1.0.0")
        let left = (manifest: try Samples.manifest("1.1.0"), digest: try Samples.digest(2))
        let again = next(from: present).afterRollback(to: older, try receipt(1), leaving: left)
        #expect(again.knownBad == present.knownBad)
        let unreadable = next(from: present).afterRollback(to: older, try receipt(1), leaving: nil)
        #expect(unreadable.knownBad == present.knownBad)
    }

    @Test func `what is known to be bad outlives updates and uninstall`() throws {
        var present = AppRecord()
        present.knownBad = [try bad(2)]
        let manifest = try Samples.manifest("1.1.0")
        #expect(next(from: present).afterAccepting(manifest, keyids: []).knownBad == present.knownBad)
        for keepsData in [true, false] {
            #expect(next(from: present).afterUninstall(keepsData: keepsData).knownBad == present.knownBad)
        }
    }
}
