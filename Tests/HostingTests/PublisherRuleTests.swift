import HostModel
import Hosting
import Storage
import Testing

/// `formats.md` 3: who may publish an app's next bundle without anybody being asked.
struct PublisherRuleTests {
    /// Who signs the next bundle of an app that `notes` signed, and what is asked then.
    static let rows: [([String], [Consent])] = [
        (["notes"], []),
        (["other"], [.publisher]),
        (["notes", "other"], []),
        (["named"], []),
        (["other", "named"], []),
        // A stranger's signature neither helps nor hurts.
        (["notes", "stranger"], []),
        (["other", "stranger"], [.publisher]),
    ]

    private func lab() async throws -> Lab {
        let lab = try await Lab.withNotes()
        try lab.trust("other")
        try lab.trust("named", apps: [Lab.notes])
        return lab
    }

    @Test(arguments: PublisherRuleTests.rows)
    func `an update comes from the app's publisher, or somebody consents`(
        signers: [String], asked: [Consent]
    ) async throws {
        let lab = try await lab()
        let bundle = try lab.bundle("1.1.0", by: signers)
        #expect(try await questions { try await lab.update(bundle, dryRun: true) } == asked)
        #expect(try await questions { try await lab.update(bundle, stage: true, dryRun: true) } == asked)
        #expect(try await lab.update(bundle, accept: Set(asked)).outcome == .done)
        let known = signers.filter { $0 != "stranger" }.count
        #expect(try lab.record().publisher?.count == known)
    }

    @Test func `a key that was consented to is the publisher from then on`() async throws {
        let lab = try await lab()
        try await lab.update(lab.bundle("1.1.0", by: ["other"]), accept: [.publisher])
        let ours = try lab.bundle("1.2.0", by: ["other"])
        #expect(try await questions { try await lab.update(ours, dryRun: true) }.isEmpty)
        let formerly = try lab.bundle("1.2.0", by: ["notes"])
        #expect(try await questions { try await lab.update(formerly, dryRun: true) } == [.publisher])
    }

    @Test func `a retiring key carries its app over to the next key`() async throws {
        let lab = try await lab()
        let both = try lab.bundle("1.1.0", by: ["notes", "other"])
        let alone = try lab.bundle("1.1.0", by: ["notes"])
        try lab.setTrust("notes", to: "retiring")
        await expectFailure(.bundleKeyRetired) { try await lab.update(alone) }
        try await lab.update(both)
        let next = try lab.bundle("1.2.0", by: ["other"])
        #expect(try await lab.update(next).outcome == .done)
    }

    @Test(arguments: ["retired", "revoked"])
    func `a key that is retired or revoked carries nothing`(status: String) async throws {
        let lab = try await lab()
        let both = try lab.bundle("1.1.0", by: ["notes", "other"])
        try lab.setTrust("notes", to: status)
        #expect(try await questions { try await lab.update(both, dryRun: true) } == [.publisher])
    }

    @Test func `a key for another app admits nothing`() async throws {
        let lab = try await lab()
        try lab.trust("wiki", apps: [Samples.app("wiki")])
        let bundle = try lab.bundle("1.1.0", by: ["wiki"])
        await expectFailure(.bundleKeyNotForApp) { try await lab.update(bundle) }
    }

    @Test func `a first install is of whoever signed it`() async throws {
        let lab = try Lab()
        for name in ["notes", "other"] { try lab.trust(name) }
        #expect(try await lab.install(lab.bundle("1.0.0", by: ["other"])).outcome == .done)
        let next = try lab.bundle("1.1.0", by: ["notes"])
        #expect(try await questions { try await lab.update(next, dryRun: true) } == [.publisher])
    }

    // MARK: Unsigned

    @Test func `nothing unsigned is taken unless it is asked for`() async throws {
        let lab = try Lab()
        let bundle = try lab.bundle("1.0.0", by: [])
        await expectFailure(.bundleUnsigned) { try await lab.install(bundle) }
        try await lab.install(bundle, accept: [.unsigned])
        #expect(try lab.receipt().unsigned)
        #expect(try lab.receipt().accepted.map(\.what) == ["unsigned"])
        #expect(try lab.record().publisher == [])
        #expect(try lab.problems().isEmpty)
    }

    @Test func `nothing unsigned is taken where it is forbidden`() async throws {
        let lab = try Lab()
        let bundle = try lab.bundle("1.0.0", by: [])
        try lab.set("allowUnsigned", to: "false")
        await expectFailure(.bundleUnsignedForbidden) { try await lab.install(bundle, accept: [.unsigned]) }
    }

    @Test func `from signed to unsigned is a change of publisher`() async throws {
        let lab = try await lab()
        let bundle = try lab.bundle("1.1.0", by: [])
        await expectFailure(.bundleUnsigned) { try await lab.update(bundle) }
        #expect(try await questions { try await lab.update(bundle, accept: [.unsigned]) } == [.publisher])
        #expect(try await lab.update(bundle, accept: [.unsigned, .publisher]).outcome == .done)
        #expect(try lab.record().publisher == [])
    }

    @Test func `from unsigned to signed nobody is asked`() async throws {
        let lab = try Lab()
        try await lab.install(lab.bundle("1.0.0", by: []), accept: [.unsigned])
        try lab.trust("notes")
        #expect(try await lab.update(lab.bundle("1.1.0")).outcome == .done)
        #expect(try lab.record().publisher?.count == 1)
    }

    @Test func `consenting to unsigned does not admit a signature that is not trusted`() async throws {
        let lab = try Lab()
        let bundle = try lab.bundle("1.0.0", by: ["stranger"])
        await expectFailure(.bundleKeyUnknown) { try await lab.install(bundle, accept: [.unsigned]) }
    }

    @Test func `a staged unsigned candidate is refused once that is forbidden`() async throws {
        let lab = try await lab()
        try await lab.update(lab.bundle("1.1.0", by: []), stage: true, accept: [.unsigned, .publisher])
        try lab.set("allowUnsigned", to: "false")
        let error = await failure { try await lab.apply() }
        #expect(error?.code.exitStatus == 77)
        try lab.set("allowUnsigned", to: "true")
        #expect(try await lab.apply().outcome == .done)
    }

    @Test func `what is asked for is told with the words that consent to it`() async throws {
        let lab = try await lab()
        let bundle = try lab.bundle("0.9.0", by: ["other"], permissions: ["data.write"])
        let error = await failure { try await lab.update(bundle) }
        #expect(error?.code == .updateConsentRequired)
        #expect(error?.help == "to go on all the same, add '--accept permissions,publisher,downgrade'")
    }
}
