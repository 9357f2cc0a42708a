import HostModel
import Hosting
import Storage
import Testing

/// `behaviour.md` 1: the way of a bundle through a host, from the first install to the last trace.
struct LifecycleTests {
    // MARK: Install

    @Test func `a first install makes the slot, the receipt, the record and one line of history`() async throws {
        let lab = try Lab()
        try lab.trust("notes")
        let result = try await lab.install(lab.bundle("1.0.0"))
        #expect(result.action == .install)
        #expect(result.outcome == .done)
        #expect(result.from == nil)
        #expect(result.to?.text == "1.0.0")
        #expect(result.message == "installed notes 1.0.0")
        #expect(try lab.slots() == ["installed 1.0.0"])
        #expect(try lab.problems().isEmpty)

        let receipt = try lab.receipt()
        #expect(receipt.digest == result.digest)
        #expect(receipt.base == nil)
        #expect(receipt.artifact != nil)
        #expect(receipt.source == "file")
        #expect(receipt.stagedAt == Samples.now)
        #expect(!receipt.unsigned)

        let record = try lab.record()
        #expect(record.publisher == receipt.keyids)
        #expect(record.grants.map(\.permission) == ["network.listen"])
        #expect(record.knownBad.isEmpty)

        let history = try lab.history()
        #expect(history.map(\.kind) == ["install"])
        #expect(history.first?.outcome == .done)
        #expect(history.first?.sequence == 1)
        #expect(history.first?.detail.digest == result.digest)
    }

    @Test(arguments: ["zip", "tar", "tar.gz", "tar.zst", "tar.xz"])
    func `the real bundles are installed and updated from every format`(suffix: String) async throws {
        let lab = try Lab()
        try lab.trust("notes")
        try await lab.install(lab.realBundle("notes-1.0", as: suffix))
        try await lab.update(lab.realBundle("notes-1.1", as: suffix))
        #expect(try lab.slots() == ["installed 1.1.0", "rollback 1.0.0"])
        #expect(try lab.problems().isEmpty)
    }

    @Test(arguments: ["links", "unicode-names"], ["zip", "tar.zst"])
    func `what is easily lost on the way arrives`(name: String, suffix: String) async throws {
        let lab = try Lab()
        try lab.trust("notes")
        let archive = try lab.realBundle(name, as: suffix)
        let result = try await lab.install(archive)
        let found = try lab.host.verify([result.app], allSlots: true, options: ChangeOptions())
        #expect(found.map(\.isSound) == [true])
        #expect(try await lab.install(archive).outcome == .unchanged)
    }

    @Test func `a signed directory is a source as an archive is`() async throws {
        let lab = try Lab()
        try lab.trust("notes")
        let archive = try lab.bundle("1.0.0")
        let result = try await lab.install(String(archive.dropLast(".zip".count)))
        #expect(try lab.receipt().artifact == nil)
        #expect(try lab.problems().isEmpty)
        let again = try await lab.install(archive)
        #expect(again.outcome == .unchanged)
        #expect(again.digest == result.digest)
    }

    @Test func `an install never replaces another bundle`() async throws {
        let lab = try await Lab.withNotes()
        let newer = try lab.bundle("1.1.0")
        await expectFailure(.appAlreadyInstalled) { try await lab.install(newer) }
        #expect(try lab.slots() == ["installed 1.0.0"])
    }

    @Test func `two apps do not touch each other`() async throws {
        let lab = try await Lab.withNotes()
        try await lab.install(lab.bundle("3.0.0", id: "wiki"))
        #expect(try lab.slots() == ["installed 1.0.0"])
        let (apps, failures) = try lab.host.list()
        #expect(apps.map(\.id.text) == ["notes", "wiki"])
        #expect(apps.map(\.version.text) == ["1.0.0", "3.0.0"])
        #expect(failures.isEmpty)
        try await lab.uninstall()
        #expect(try lab.host.list().apps.map(\.id.text) == ["wiki"])
    }

    // MARK: Update

    @Test func `an update keeps what it replaces, and tells both versions`() async throws {
        let lab = try await Lab.withNotes()
        let first = try lab.receipt().digest
        let result = try await lab.update(lab.bundle("1.1.0"))
        #expect(result.action == .update)
        #expect(result.outcome == .done)
        #expect(result.message == "updated notes 1.0.0 → 1.1.0")
        #expect(try lab.slots() == ["installed 1.1.0", "rollback 1.0.0"])
        #expect(try lab.receipt(.rollback).digest == first)
        #expect(try lab.receipt().base == first)
        #expect(try lab.problems().isEmpty)
        let line = try #require(try lab.history().last)
        #expect(line.kind == "update")
        #expect(line.detail.from == "1.0.0")
        #expect(line.detail.to == "1.1.0")
        #expect(line.by == "test")
    }

    @Test func `an update does not touch the app's data`() async throws {
        let lab = try await Lab.withNotes()
        try lab.makeOwn("data")
        try await lab.update(lab.bundle("1.1.0"))
        try await lab.rollback()
        try await lab.install(lab.bundle("1.0.0"))
        #expect(lab.names("data/notes") == ["file"])
    }

    @Test func `only the bundle that was reviewed is taken`() async throws {
        let lab = try await Lab.withNotes()
        let installed = try lab.receipt().digest
        let newer = try lab.bundle("1.1.0")
        await expectFailure(.updateCandidateChanged) { try await lab.update(newer, expect: installed) }
        let digest = try #require(try await lab.update(newer, dryRun: true).digest)
        #expect(try await lab.update(newer, expect: digest).outcome == .done)
        #expect(try lab.receipt().digest == digest)
    }

    @Test func `an app is updated only by its own bundles`() async throws {
        let lab = try await Lab.withNotes()
        let wiki = try lab.bundle("2.0.0", id: "wiki")
        await expectFailure(.bundleWrongApp) { try await lab.update(wiki) }
        await expectFailure(.bundleWrongApp) { try await lab.update(wiki, stage: true) }
        #expect(try lab.slots() == ["installed 1.0.0"])
    }

    @Test func `what is not installed cannot be changed`() async throws {
        let lab = try Lab()
        try lab.trust("notes")
        let bundle = try lab.bundle("1.0.0")
        let before = try lab.tree()
        await expectFailure(.appNotInstalled) { try await lab.update(bundle) }
        await expectFailure(.appNotInstalled) { try await lab.update(bundle, stage: true) }
        await expectFailure(.appNotInstalled) { try await lab.apply() }
        await expectFailure(.appNotInstalled) { try await lab.unstage() }
        await expectFailure(.appNotInstalled) { try await lab.rollback() }
        await expectFailure(.appNotInstalled) { try await lab.uninstall() }
        #expect(try lab.tree() == before)
    }

    // MARK: Stage and apply

    @Test func `a staged candidate waits beside the installed bundle until it is applied`() async throws {
        let lab = try await Lab.withNotes()
        let installed = try lab.receipt()
        let staged = try await lab.update(lab.bundle("1.1.0"), stage: true)
        #expect(staged.action == .stage)
        #expect(staged.outcome == .done)
        #expect(try lab.slots() == ["installed 1.0.0", "staged 1.1.0"])
        #expect(try lab.receipt() == installed)
        #expect(try lab.receipt(.staged).base == installed.digest)

        // Another command, another day.
        let applied = try await lab.sameHost(at: Samples.tomorrow).apply(Lab.notes, options: ChangeOptions())
        #expect(applied.action == .apply)
        #expect(applied.message == "applied notes 1.0.0 → 1.1.0")
        #expect(applied.digest == staged.digest)
        #expect(try lab.slots() == ["installed 1.1.0", "rollback 1.0.0"])
        #expect(try lab.history().map(\.kind) == ["install", "stage", "apply"])
        #expect(try lab.problems().isEmpty)
    }

    @Test func `a candidate that is staged later takes the place of the earlier one`() async throws {
        let lab = try await Lab.withNotes()
        try await lab.update(lab.bundle("1.1.0"), stage: true)
        try await lab.update(lab.bundle("1.2.0"), stage: true)
        #expect(try lab.slots() == ["installed 1.0.0", "staged 1.2.0"])
        try await lab.apply()
        #expect(try lab.slots() == ["installed 1.2.0", "rollback 1.0.0"])
    }

    @Test func `what was consented to at stage is not asked again at apply`() async throws {
        let lab = try await Lab.withNotes()
        let bundle = try lab.bundle("1.1.0", permissions: ["network.listen", "data.write"])
        try await lab.update(bundle, stage: true, accept: [.permissions])
        #expect(try lab.receipt(.staged).accepted.map(\.what) == ["permissions"])
        #expect(try lab.record().grants.map(\.permission) == ["network.listen"])
        try await lab.apply()
        #expect(try lab.record().grants.map(\.permission) == ["network.listen", "data.write"])
    }

    @Test func `a candidate staged for another installed bundle is refused`() async throws {
        let lab = try await Lab.withNotes()
        try await lab.update(lab.bundle("1.1.0"), stage: true)
        try await lab.update(lab.bundle("1.2.0"))
        await expectFailure(.updateCandidateChanged) { try await lab.apply() }
        #expect(try lab.slots() == ["installed 1.2.0", "rollback 1.0.0", "staged 1.1.0"])
    }

    @Test func `a staged candidate is new until it is applied, so today's keys count`() async throws {
        for (status, code) in [("retiring", FailureCode.bundleKeyRetired), ("revoked", FailureCode.bundleKeyRevoked)] {
            let lab = try await Lab.withNotes()
            try await lab.update(lab.bundle("1.1.0"), stage: true)
            try lab.setTrust("notes", to: status)
            await expectFailure(code) { try await lab.apply() }
            #expect(try lab.slots() == ["installed 1.0.0", "staged 1.1.0"])
        }
    }

    @Test func `a staged candidate outlives the validity of its key, and is then refused`() async throws {
        let lab = try Lab()
        try lab.trust("notes", until: Samples.now)
        try await lab.install(lab.bundle("1.0.0"))
        try await lab.update(lab.bundle("1.1.0"), stage: true)
        let tomorrow = lab.sameHost(at: Samples.tomorrow)
        await expectFailure(.bundleKeyOutOfValidity) {
            _ = try await tomorrow.apply(Lab.notes, options: ChangeOptions())
        }
        #expect(try await lab.apply().outcome == .done)
    }

    @Test func `a candidate that was damaged since is refused`() async throws {
        let lab = try await Lab.withNotes()
        try await lab.update(lab.bundle("1.1.0"), stage: true)
        try lab.damage("staged/static/style.css")
        await expectFailure(.bundleDamaged) { try await lab.apply() }
        #expect(try lab.slots() == ["installed 1.0.0", "staged 1.1.0"])
    }

    @Test func `a candidate can be taken back`() async throws {
        let lab = try await Lab.withNotes()
        try await lab.update(lab.bundle("1.1.0"), stage: true)
        let result = try await lab.unstage()
        #expect(result.action == .unstage)
        #expect(result.outcome == .done)
        #expect(try lab.slots() == ["installed 1.0.0"])
        #expect(try lab.history().last?.kind == "unstage")
        await expectFailure(.updateNotStaged) { try await lab.apply() }
    }

    // MARK: Repair

    /// What can happen to an installed tree.
    enum Damage: String, CaseIterable, Sendable {
        case content, missing, foreign, mode, manifest, inventory, signatures, receipt

        func happen(to lab: Lab) throws {
            switch self {
            case .content: try lab.damage("installed/static/style.css")
            case .missing: try lab.remove("installed/bin/notes")
            case .foreign: try lab.plant("apps/notes/installed/static/foreign")
            case .mode: try lab.setMode("apps/notes/installed/bin/notes", to: 0o755)
            case .manifest: try lab.damage("installed/apphost/manifest.json")
            case .inventory: try lab.damage("installed/apphost/inventory.jsonl")
            case .signatures: try lab.damage("installed/apphost/signatures.json")
            case .receipt: try lab.damage("installed/apphost/receipt.json")
            }
        }
    }

    @Test(arguments: LifecycleTests.Damage.allCases)
    func `installing the same bundle again repairs a damaged tree`(damage: Damage) async throws {
        let lab = try await Lab.withNotes()
        let bundle = try lab.bundle("1.1.0")
        try await lab.update(bundle)
        let record = try lab.record()
        try damage.happen(to: lab)
        #expect(try !lab.problems().isEmpty)
        let result = try await lab.install(bundle)
        #expect(result.action == .repair)
        #expect(result.outcome == .done)
        #expect(try lab.problems().isEmpty)
        #expect(try lab.slots() == ["installed 1.1.0", "rollback 1.0.0"])
        #expect(try lab.record() == record)
        #expect(try lab.history().last?.kind == "repair")
    }

    @Test func `updating to the same bundle repairs as well, also when it is known to be bad`() async throws {
        let lab = try await Lab.withNotes()
        let bundle = try lab.bundle("1.1.0")
        try await lab.update(bundle)
        try lab.damage("installed/static/style.css")
        let result = try await lab.update(bundle)
        #expect(result.action == .repair)
        #expect(result.message == "repaired notes 1.1.0")
        #expect(try lab.problems().isEmpty)
    }

    @Test(arguments: [LifecycleTests.Damage.content, .missing, .foreign, .mode, .manifest, .receipt])
    func `a damaged bundle never becomes the one to roll back to`(damage: Damage) async throws {
        let lab = try await Lab.withNotes()
        try await lab.update(lab.bundle("1.1.0"))
        try damage.happen(to: lab)
        try await lab.update(lab.bundle("1.2.0"))
        #expect(try lab.slots() == ["installed 1.2.0", "rollback 1.0.0"])
        #expect(try lab.problems().isEmpty)
    }

    @Test func `applying over a damaged bundle leaves the rollback bundle as it is`() async throws {
        let lab = try await Lab.withNotes()
        try await lab.update(lab.bundle("1.1.0"))
        try await lab.update(lab.bundle("1.2.0"), stage: true)
        try lab.damage("installed/bin/notes")
        try await lab.apply()
        #expect(try lab.slots() == ["installed 1.2.0", "rollback 1.0.0"])
        #expect(try lab.problems().isEmpty)
    }

    // MARK: Uninstall

    @Test func `an uninstall takes everything but data, history and what is remembered`() async throws {
        let lab = try await Lab.withNotes()
        try await lab.update(lab.bundle("1.1.0"))
        try await lab.update(lab.bundle("1.2.0"), stage: true)
        for part in ["data", "cache", "run", "logs", "secrets"] { try lab.makeOwn(part) }
        let kept = try await lab.uninstall()
        #expect(kept == "\(lab.host.rootPath)/data/notes")
        #expect(try lab.slots().isEmpty)
        #expect(try lab.host.list().apps.isEmpty)
        for part in ["cache", "run", "logs", "secrets", "trash", "staging"] {
            #expect(lab.names(part).isEmpty)
        }
        #expect(lab.names("data") == ["notes"])
        #expect(try lab.history().map(\.kind) == ["install", "update", "stage", "uninstall"])
        let record = try lab.record()
        #expect(record.grants.isEmpty)
        #expect(record.publisher?.count == 1)
        await expectFailure(.appNotInstalled) { try await lab.uninstall() }
    }

    @Test func `a purge takes the data and forgets the publisher`() async throws {
        let lab = try await Lab.withNotes()
        try lab.makeOwn("data")
        #expect(try await lab.uninstall(purge: true) == nil)
        #expect(lab.names("data").isEmpty)
        #expect(try lab.record().publisher == nil)
        try lab.trust("stranger")
        #expect(try await lab.install(lab.bundle("1.0.0", by: ["stranger"])).outcome == .done)
    }

    @Test func `kept data can be purged when its app is gone`() async throws {
        let lab = try await Lab.withNotes()
        try lab.makeOwn("data")
        try await lab.uninstall()
        #expect(try await lab.uninstall(purge: true) == nil)
        #expect(lab.names("data").isEmpty)
        await expectFailure(.appNotInstalled) { try await lab.uninstall(purge: true) }
    }

    @Test func `kept data is not handed to a stranger`() async throws {
        let lab = try await Lab.withNotes()
        try lab.makeOwn("data")
        try await lab.uninstall()
        try lab.trust("stranger")
        let bundle = try lab.bundle("2.0.0", by: ["stranger"])
        #expect(try await questions { try await lab.install(bundle) } == [.publisher])
        let ours = try lab.bundle("2.0.0")
        #expect(try await lab.install(ours, dryRun: true).outcome == .done)
        #expect(try await lab.install(bundle, accept: [.publisher]).outcome == .done)
    }

    @Test func `without kept data an uninstall leaves the way free`() async throws {
        let lab = try await Lab.withNotes()
        #expect(try await lab.uninstall() == nil)
        try lab.trust("stranger")
        #expect(try await lab.install(lab.bundle("2.0.0", by: ["stranger"])).outcome == .done)
        #expect(try lab.slots() == ["installed 2.0.0"])
        #expect(try lab.history().map(\.sequence) == [1, 2, 3])
    }

    @Test func `what is known to be bad is remembered over an uninstall`() async throws {
        let lab = try await Lab.withNotes()
        let bad = try lab.bundle("1.1.0")
        try await lab.update(bad)
        try await lab.rollback()
        try await lab.uninstall(purge: true)
        #expect(try await questions { try await lab.install(bad) } == [.knownBad])
    }

    @Test(arguments: [LifecycleTests.Damage.content, .manifest, .receipt])
    func `what is damaged can still be uninstalled`(damage: Damage) async throws {
        let lab = try await Lab.withNotes()
        try damage.happen(to: lab)
        try await lab.uninstall()
        #expect(try lab.slots().isEmpty)
    }
}
