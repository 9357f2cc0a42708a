import HostModel
import Hosting
import Storage
import Testing

/// `behaviour.md` 1: going back, and what a host keeps to go back to.
struct RollbackTests {
    /// `notes` at the last of some versions, each an update of the one before.
    private func lab(_ versions: String..., retention: Int = 1) async throws -> Lab {
        let lab = try await Lab.withNotes()
        if retention != 1 { try lab.set("retention", to: "\(retention)") }
        for version in versions { try await lab.update(lab.bundle(version)) }
        return lab
    }

    @Test func `a rollback exchanges the two, and twice returns to the newer one`() async throws {
        let lab = try await lab("1.1.0")
        let before = try (lab.receipt(), lab.receipt(.rollback))
        let back = try await lab.rollback()
        #expect(back.action == .rollback)
        #expect(back.message == "rolled notes back 1.1.0 → 1.0.0")
        #expect(try lab.slots() == ["installed 1.0.0", "rollback 1.1.0"])
        #expect(try lab.receipt() == before.1)
        #expect(try lab.receipt(.rollback) == before.0)

        let forth = try await lab.rollback()
        #expect(forth.to?.text == "1.1.0")
        #expect(try lab.slots() == ["installed 1.1.0", "rollback 1.0.0"])
        #expect(try lab.history().map(\.kind) == ["install", "update", "rollback", "rollback"])
        #expect(try lab.problems().isEmpty)
    }

    @Test func `the bundle that was left is known to be bad until it is returned to`() async throws {
        let lab = try await lab("1.1.0")
        let bad = try lab.receipt().digest
        let bundle = try lab.bundle("1.1.0")
        try await lab.rollback()
        #expect(try lab.record().knownBad.map(\.digest) == [bad])
        #expect(try lab.record().knownBad.first?.version == "1.1.0")
        #expect(try await questions { try await lab.update(bundle) } == [.knownBad])
        // Another bundle is offered as usual.
        let newer = try lab.bundle("1.2.0")
        #expect(try await lab.update(newer, dryRun: true).outcome == .done)

        try await lab.rollback()
        #expect(try lab.record().knownBad.isEmpty)
    }

    @Test func `a known bad bundle is taken by who says so`() async throws {
        let lab = try await lab("1.1.0")
        let bundle = try lab.bundle("1.1.0")
        try await lab.rollback()
        #expect(try await lab.update(bundle, accept: [.knownBad]).outcome == .done)
        #expect(try lab.slots() == ["installed 1.1.0", "rollback 1.0.0"])
    }

    @Test func `a rollback asks for no consent and restores no grant`() async throws {
        let lab = try Lab()
        try lab.trust("notes")
        try await lab.install(lab.bundle("1.0.0", permissions: ["data.read", "network.listen"]))
        try await lab.update(lab.bundle("1.1.0", permissions: ["network.listen"], transport: "http"))
        try await lab.rollback()
        let grants = try lab.record().grants.map { "\($0.permission) \($0.state.rawValue)" }
        #expect(grants == ["data.read inactive", "network.listen active"])
    }

    @Test func `with nothing to go back to it is refused`() async throws {
        let lab = try await lab()
        await expectFailure(.rollbackNotAvailable) { try await lab.rollback() }
        await expectFailure(.versionNotFound) { try await lab.rollback(to: "0.9.0") }
        #expect(try lab.slots() == ["installed 1.0.0"])
    }

    // MARK: What is gone back to

    @Test(arguments: ["static/style.css", "bin/notes", "apphost/manifest.json", "apphost/inventory.jsonl"])
    func `a damaged bundle is not gone back to`(path: String) async throws {
        let lab = try await lab("1.1.0")
        let installed = try lab.receipt()
        try lab.damage("rollback/\(path)")
        let error = await failure { try await lab.rollback() }
        #expect(error?.code.exitStatus == 65)
        #expect(try lab.receipt() == installed)
        #expect(try lab.history().last?.outcome == .refused)
    }

    @Test func `keys that admit nothing new still stand for what was installed`() async throws {
        for status in ["retiring", "retired"] {
            let lab = try await lab("1.1.0")
            try lab.setTrust("notes", to: status)
            #expect(try await lab.rollback().to?.text == "1.0.0")
        }
        let expiring = try Lab()
        try expiring.trust("notes", until: Samples.now)
        try await expiring.install(expiring.bundle("1.0.0"))
        try await expiring.update(expiring.bundle("1.1.0"))
        let tomorrow = expiring.sameHost(at: Samples.tomorrow)
        #expect(try await tomorrow.rollback(Lab.notes, to: nil, options: ChangeOptions()).outcome == .done)
    }

    @Test func `a revoked key stands for nothing`() async throws {
        let lab = try await lab("1.1.0")
        try lab.setTrust("notes", to: "revoked")
        await expectFailure(.bundleKeyRevoked) { try await lab.rollback() }
        #expect(try lab.slots() == ["installed 1.1.0", "rollback 1.0.0"])
    }

    @Test func `a bundle that was accepted unsigned is gone back to until that is forbidden`() async throws {
        let lab = try Lab()
        try lab.trust("notes")
        try await lab.install(lab.bundle("1.0.0", by: []), accept: [.unsigned])
        try await lab.update(lab.bundle("1.1.0"))
        try lab.set("allowUnsigned", to: "false")
        let error = await failure { try await lab.rollback() }
        #expect(error?.code.exitStatus == 77)
        try lab.set("allowUnsigned", to: "true")
        #expect(try await lab.rollback().outcome == .done)
    }

    // MARK: What is left

    @Test(arguments: LifecycleTests.Damage.allCases)
    func `one can go back from a damaged bundle, which is not kept`(damage: LifecycleTests.Damage) async throws {
        let lab = try await lab("1.1.0")
        try damage.happen(to: lab)
        #expect(try await lab.rollback().outcome == .done)
        #expect(try lab.slots() == ["installed 1.0.0"])
        #expect(try lab.problems().isEmpty)
    }

    @Test func `after a rollback a candidate that was staged before it is refused`() async throws {
        let lab = try await lab("1.1.0")
        try await lab.update(lab.bundle("1.2.0"), stage: true)
        try await lab.rollback()
        await expectFailure(.updateCandidateChanged) { try await lab.apply() }
        #expect(try lab.slots() == ["installed 1.0.0", "rollback 1.1.0", "staged 1.2.0"])
    }

    // MARK: Retention

    @Test func `one bundle is kept unless more are asked for`() async throws {
        let lab = try await lab("1.1.0", "1.2.0", "1.3.0")
        #expect(try lab.slots() == ["installed 1.3.0", "rollback 1.2.0"])
        await expectFailure(.versionNotFound) { try await lab.rollback(to: "1.0.0") }
    }

    @Test func `as many bundles are kept as retention says`() async throws {
        let lab = try await lab("1.1.0", "1.2.0", "1.3.0", "1.4.0", retention: 3)
        #expect(try lab.slots() == ["installed 1.4.0", "older 1.1.0", "older 1.2.0", "rollback 1.3.0"])
        #expect(try lab.problems().isEmpty)
    }

    @Test func `one can go back to any version that is kept`() async throws {
        let lab = try await lab("1.1.0", "1.2.0", "1.3.0", "1.4.0", retention: 3)
        let result = try await lab.rollback(to: "1.1.0")
        #expect(result.from?.text == "1.4.0")
        #expect(result.to?.text == "1.1.0")
        #expect(try lab.slots() == ["installed 1.1.0", "older 1.2.0", "older 1.3.0", "rollback 1.4.0"])
        #expect(try lab.problems().isEmpty)

        let error = await failure { try await lab.rollback(to: "1.0.0") }
        #expect(error?.code == .versionNotFound)
        #expect(error?.help == "it keeps 1.4.0, 1.3.0, 1.2.0")

        try await lab.rollback()
        #expect(try lab.slots() == ["installed 1.4.0", "older 1.2.0", "older 1.3.0", "rollback 1.1.0"])
    }

    @Test func `a rollback to the installed version changes nothing`() async throws {
        let lab = try await lab("1.1.0")
        let before = try lab.tree()
        #expect(try await lab.rollback(to: "1.1.0").outcome == .unchanged)
        #expect(try lab.tree() == before)
    }

    @Test func `less retention trims at the next change`() async throws {
        let lab = try await lab("1.1.0", "1.2.0", retention: 3)
        #expect(try lab.slots() == ["installed 1.2.0", "older 1.0.0", "rollback 1.1.0"])
        try lab.set("retention", to: "1")
        #expect(try lab.slots().count == 3)
        try await lab.update(lab.bundle("1.3.0"))
        #expect(try lab.slots() == ["installed 1.3.0", "rollback 1.2.0"])
        #expect(lab.names("trash").isEmpty)
    }
}
