import Bundles
import Glibc
import HostModel
import Hosting
import Storage
import Testing

/// `doctor --repair`: a tree that has all its files is made anew from them, and no other is touched.
struct RepairTests {
    /// `notes` 1.2.0 over 1.1.0 and 1.0.0, with 1.3.0 staged.
    private func lab() async throws -> Lab {
        let lab = try await Lab.withNotes()
        try lab.set("retention", to: "2")
        try await lab.update(lab.bundle("1.1.0"))
        try await lab.update(lab.bundle("1.2.0"))
        try await lab.update(lab.bundle("1.3.0"), stage: true)
        return lab
    }

    private func repair(_ lab: Lab, dryRun: Bool = false) async throws -> RepairReport {
        try await lab.host.repair(Lab.notes, options: ChangeOptions(dryRun: dryRun))
    }

    /// The slot of that name; `older` is the one behind `rollback/`.
    private func slot(_ name: String, in lab: Lab) throws -> Slot {
        let slot = try name == "older" ? lab.app().olderSlots().first : Slot(name: name)
        return try #require(slot)
    }

    /// Leaves in a slot what an app that may write there would: a file, a link, and a directory that nobody may enter.
    private func scribble(_ lab: Lab, in slot: Slot) throws {
        let place = "apps/notes/\(slot.name)"
        try lab.plant("\(place)/static/foreign")
        try lab.setMode(place, to: 0o755)
        try lab.write("x", to: "\(place)/cache/a/b")
        try lab.write("y", to: "\(place)/cache/c")
        try lab.setMode("\(place)/cache", to: 0)
        try #require(symlink("/etc", lab.inApp("\(slot.name)/link")) == 0)
        try lab.setMode(place, to: 0o555)
    }

    static let slots = ["installed", "rollback", "staged", "older"]

    // MARK: Works

    @Test(arguments: RepairTests.slots)
    func `what is not listed goes, and nothing else changes`(name: String) async throws {
        let lab = try await lab()
        let slot = try slot(name, in: lab)
        let before = try (slots: lab.slots(), record: lab.record(), receipt: lab.receipt(slot), all: lab.tree())
        try scribble(lab, in: slot)
        let report = try await repair(lab)
        let done = try #require(report.results.first { $0.outcome == .done })
        #expect(done.slot == slot.name)
        #expect(done.removed?.count == 3)
        #expect(done.removed?.names == ["cache", "link", "static/foreign"])
        #expect(report.results.filter { $0.outcome == .unchanged }.count == 3)
        #expect(report.failures.isEmpty)
        #expect(try lab.problems().isEmpty)
        #expect(try lab.slots() == before.slots)
        #expect(try lab.record() == before.record)
        // It is another copy of the same bundle, and says so.
        let receipt = try lab.receipt(slot)
        #expect(receipt.stage != before.receipt.stage)
        #expect(receipt.ofCopy(before.receipt.stage) == before.receipt)
        let after = try lab.treeWithoutHistory()
        let changed = Set(after.keys).union(before.all.keys).filter { after[$0] != before.all[$0] }
        let expected = ["root/apps/notes/\(slot.name)/apphost/receipt.json", "root/apps/notes/history.jsonl"]
        #expect(changed == Set(expected))
        let line = try lab.history().last
        #expect(line?.kind == "repair")
        #expect(line?.outcome == .done)
        #expect(line?.detail.digest == before.receipt.digest)
        #expect(
            line?.message == "rebuilt \(slot.name)/ without 3 entries that are not in the inventory: "
                + "'cache', 'link', 'static/foreign'")
    }

    @Test func `wrong modes are mended, also of what says who vouches for it`() async throws {
        let lab = try await lab()
        for (path, mode) in [
            ("bin/notes", 0o755), ("static", 0o755), ("static/style.css", 0o4644), ("apphost/manifest.json", 0o755),
            ("apphost/receipt.json", 0o600), ("", 0o755),
        ] as [(String, UInt32)] {
            try lab.setMode("apps/notes/installed\(path.isEmpty ? "" : "/")\(path)", to: mode)
        }
        let report = try await repair(lab)
        #expect(
            report.results.first?.message == "rebuilt notes 1.2.0 in installed/ with the modes that it should have")
        #expect(try lab.problems().isEmpty)
    }

    @Test func `what is sound is left as it is`() async throws {
        let lab = try await lab()
        let before = try lab.tree()
        let report = try await repair(lab)
        #expect(report.results.map(\.outcome) == [.unchanged, .unchanged, .unchanged, .unchanged])
        #expect(try lab.tree() == before)
    }

    @Test func `a dry run says what a real run would, and changes nothing`() async throws {
        let lab = try await lab()
        try scribble(lab, in: .installed)
        let before = try lab.tree()
        let dry = try await repair(lab, dryRun: true)
        #expect(try lab.tree() == before)
        let real = try await repair(lab)
        #expect(real.results.map(\.json.text) == dry.results.map(\.json.text))
    }

    /// Once something is in it, a listed directory has no entry of its own.
    @Test func `what was put into an empty directory that is listed goes, and the directory stays`() async throws {
        let lab = try Lab()
        try lab.trust("notes")
        try await lab.install(lab.bundle("1.0.0", emptyDirectory: "spool"))
        let before = try lab.slots()
        try lab.write("x", to: "apps/notes/installed/spool/deep/x")
        #expect(try !lab.problems().contains { $0.contains("is missing") })
        let report = try await repair(lab)
        #expect(report.results.map(\.outcome) == [.done])
        #expect(report.results.first?.removed?.names == ["spool/deep"])
        #expect(try lab.problems().isEmpty)
        #expect(try lab.slots() == before)
    }

    @Test func `every slot that can be rebuilt is, and of the others it is said why not`() async throws {
        let lab = try await lab()
        try scribble(lab, in: .installed)
        try lab.damage("rollback/static/style.css")
        let report = try await repair(lab)
        #expect(report.results.map(\.outcome) == [.done, .unchanged, .failed, .unchanged])
        #expect(report.results.map(\.slot).filter { !$0.hasPrefix("older-") } == ["installed", "rollback", "staged"])
        #expect(report.failures.map(\.code) == [.bundleDamaged])
        #expect(report.failures.first?.help?.contains("--accept downgrade") == true)
        #expect(try lab.problems().count == 1)
        #expect(try lab.history().suffix(2).map(\.outcome) == [.done, .refused])
    }

    @Test func `where no slot can be rebuilt, each is told`() async throws {
        let lab = try await lab()
        for slot in ["installed", "rollback"] { try lab.damage("\(slot)/static/style.css") }
        let before = try lab.treeWithoutHistory()
        let report = try await repair(lab)
        #expect(report.results.map(\.outcome) == [.failed, .unchanged, .failed, .unchanged])
        #expect(report.failures.map(\.code) == [.bundleDamaged, .bundleDamaged])
        #expect(!report.changed)
        #expect(try lab.treeWithoutHistory() == before)
    }

    @Test(arguments: [true, false])
    func `where there is no room it is refused, also by a dry run`(dryRun: Bool) async throws {
        let lab = try await lab()
        try scribble(lab, in: .installed)
        try lab.set("limits.keepFreeBytes", to: "\(Int64.max / 2)")
        let before = try lab.treeWithoutHistory()
        await expectFailure(.diskFull) { _ = try await repair(lab, dryRun: dryRun) }
        #expect(try lab.treeWithoutHistory() == before)
    }

    @Test func `a key that may admit nothing new still stands for what is rebuilt, and a revoked one does not`()
        async throws
    {
        let lab = try await lab()
        try scribble(lab, in: .installed)
        try lab.setTrust("notes", to: "revoked")
        let refused = try await repair(lab)
        #expect(!refused.changed)
        #expect(Set(refused.failures.map(\.code)) == [.bundleKeyRevoked])
        let other = try await self.lab()
        try scribble(other, in: .installed)
        try other.setTrust("notes", to: "retired")
        #expect(try await repair(other).results.first?.outcome == .done)
    }

    @Test func `a bundle that was accepted unsigned is rebuilt until that is forbidden`() async throws {
        let lab = try Lab()
        try lab.trust("notes")
        try await lab.install(lab.bundle("1.0.0", by: []), accept: [.unsigned])
        try scribble(lab, in: .installed)
        try lab.set("allowUnsigned", to: "false")
        await expectFailure(.bundleUnsigned) { _ = try await repair(lab) }
        try lab.set("allowUnsigned", to: "true")
        #expect(try await repair(lab).results.first?.outcome == .done)
        #expect(try lab.problems().isEmpty)
    }

    // MARK: Refuses

    @Test(arguments: [LifecycleTests.Damage.content, .missing, .manifest, .inventory, .signatures, .receipt])
    func `any other damage is refused, and what helps is said`(damage: LifecycleTests.Damage) async throws {
        let lab = try await Lab.withNotes()
        let bundle = try lab.bundle("1.1.0")
        try await lab.update(bundle)
        let digest = try lab.receipt().digest
        try scribble(lab, in: .installed)
        try damage.happen(to: lab)
        let before = try lab.treeWithoutHistory()
        let refused = await failure { _ = try await repair(lab) }
        #expect(refused?.code == .bundleDamaged)
        #expect(refused?.state == .unchanged)
        #expect(try lab.treeWithoutHistory() == before)
        #expect(try lab.history().last?.outcome == .refused)
        if [.content, .missing, .signatures].contains(damage) {
            #expect(
                refused?.help == "'apphost update notes --from SOURCE' installs it again; the source is the bundle of "
                    + "notes 1.1.0 with the digest \(digest)")
        }
        // What was advised.
        try lab.setMode("apps/notes/installed/cache", to: 0o700)
        #expect(try await lab.update(bundle).outcome == .done)
        #expect(try lab.problems().isEmpty)
    }

    @Test func `nothing is followed through a link`() async throws {
        let lab = try await Lab.withNotes()
        let (place, elsewhere) = (lab.inApp("installed"), lab.host.rootPath + "/data/elsewhere")
        try lab.setMode("apps/notes/installed", to: 0o755)
        try lab.setMode("apps/notes/installed/static", to: 0o755)
        try #require(rename("\(place)/static", elsewhere) == 0)
        try #require(symlink(elsewhere, "\(place)/static") == 0)
        let before = try lab.treeWithoutHistory()
        let refused = await failure { _ = try await repair(lab) }
        #expect(refused?.code == .bundleDamaged)
        #expect(refused?.message.hasSuffix("'static/index.html' is missing") == true)
        #expect(try lab.treeWithoutHistory() == before)
    }

    @Test func `an app that is not installed, and a root of somebody else, are refused`() async throws {
        let lab = try await Lab.withNotes()
        try scribble(lab, in: .installed)
        let nobody = try #require(AppID("nobody"))
        let before = try lab.tree()
        await expectFailure(.appNotInstalled) {
            _ = try await lab.host.repair(nobody, options: ChangeOptions())
        }
        await expectFailure(.rootWrongOwner) {
            _ = try await lab.hostOfStranger().repair(Lab.notes, options: ChangeOptions())
        }
        #expect(try lab.tree() == before)
    }

    // MARK: Who looks is told

    @Test func `the doctor says where a tree can be rebuilt, and only there`() async throws {
        let lab = try await lab()
        try lab.plant("apps/notes/installed/static/foreign")
        try lab.setMode("apps/notes/staged", to: 0o755)
        try lab.plant("apps/notes/rollback/foreign")
        try lab.damage("rollback/static/style.css")
        let advice = "can be rebuilt from its own files: 'apphost doctor --repair notes'"
        let notes = try lab.host.examine(options: ChangeOptions()).findings.filter { $0.text == advice }
        #expect(notes.map(\.place) == ["apps/notes/installed", "apps/notes/staged"])
        #expect(notes.allSatisfy { $0.severity == .note })
    }

    @Test func `damage is told however much else is wrong`() async throws {
        let lab = try await Lab.withNotes()
        for number in 0...SlotReport.problemLimit { try lab.plant("apps/notes/installed/aaa-\(number)") }
        try lab.damage("installed/static/style.css")
        let findings = try lab.host.examine(options: ChangeOptions()).findings
        #expect(findings.contains { $0.place.hasSuffix("static/style.css") })
        #expect(!findings.contains { $0.text.contains("--repair") })
    }
}
