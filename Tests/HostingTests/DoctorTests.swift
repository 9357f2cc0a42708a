import HostModel
import Hosting
import Storage
import Testing

/// `doctor`: everything that is not as it should be is named, and nothing is mended.
struct DoctorTests {
    /// `notes` 1.2.0 over 1.1.0 and 1.0.0, with 1.3.0 staged.
    private func lab() async throws -> Lab {
        let lab = try await Lab.withNotes()
        try lab.set("retention", to: "2")
        try await lab.update(lab.bundle("1.1.0"))
        try await lab.update(lab.bundle("1.2.0"))
        try await lab.update(lab.bundle("1.3.0"), stage: true)
        return lab
    }

    /// `place: what is wrong`, for all that is.
    private func problems(_ lab: Lab) throws -> [String] {
        try lab.host.examine(options: ChangeOptions()).findings
            .filter { $0.severity == .problem }.map { "\($0.place): \($0.text)" }
    }

    /// The name of the slot behind `rollback/`.
    private func slotName(_ slot: String, in lab: Lab) throws -> String {
        guard slot == "older" else { return slot }
        let slots = try lab.app().slots().map(\.name)
        return try #require(slots.first(where: { $0.hasPrefix("older-") }))
    }

    @Test func `a sound host has no problem`() async throws {
        let lab = try await lab()
        #expect(try problems(lab).isEmpty)
        try lab.makeOwn("data")
        try await lab.uninstall()
        #expect(try problems(lab).isEmpty)
    }

    @Test func `a host without a root has a note, and none is made`() throws {
        let lab = try Lab()
        let findings = try lab.host.examine(options: ChangeOptions()).findings
        #expect(findings.map(\.severity) == [.note])
        #expect(findings.map(\.text) == ["there is no root yet"])
        #expect(try lab.tree().isEmpty)
    }

    // MARK: Slots

    static let slots = ["installed", "rollback", "staged", "older"]

    @Test(arguments: DoctorTests.slots)
    func `a damaged file is named in each slot`(slot: String) async throws {
        let lab = try await lab()
        let name = try slotName(slot, in: lab)
        try lab.damage("\(name)/static/style.css")
        let expected = "apps/notes/\(name)/static/style.css: has another content than the inventory lists"
        #expect(try problems(lab) == [expected])
    }

    @Test(arguments: DoctorTests.slots)
    func `a foreign file is named in each slot`(slot: String) async throws {
        let lab = try await lab()
        let name = try slotName(slot, in: lab)
        try lab.plant("apps/notes/\(name)/static/foreign")
        try lab.plant("apps/notes/\(name)/zzz")
        #expect(
            try problems(lab) == [
                "apps/notes/\(name)/static/foreign: is not in the inventory",
                "apps/notes/\(name)/zzz: is not in the inventory",
            ])
    }

    @Test(arguments: DoctorTests.slots)
    func `a missing file is named in each slot`(slot: String) async throws {
        let lab = try await lab()
        let name = try slotName(slot, in: lab)
        try lab.remove("\(name)/static/style.css")
        #expect(try problems(lab) == ["apps/notes/\(name)/static/style.css: is missing"])
    }

    @Test(arguments: DoctorTests.slots)
    func `a wrong mode is named in each slot`(slot: String) async throws {
        let lab = try await lab()
        let name = try slotName(slot, in: lab)
        try lab.setMode("apps/notes/\(name)/bin/notes", to: 0o755)
        try lab.setMode("apps/notes/\(name)/static", to: 0o755)
        try lab.setMode("apps/notes/\(name)/static/style.css", to: 0o644)
        try lab.setMode("apps/notes/\(name)", to: 0o755)
        #expect(
            try problems(lab).sorted() == [
                "apps/notes/\(name)/bin/notes: has the mode 0755, not 0555",
                "apps/notes/\(name)/static/style.css: has the mode 0644, not 0444",
                "apps/notes/\(name)/static: has the mode 0755, not 0555",
                "apps/notes/\(name): has the mode 0755, not 0555",
            ])
    }

    @Test(arguments: ["manifest.json", "inventory.jsonl", "signatures.json", "receipt.json"], DoctorTests.slots)
    func `a damaged sidecar is a problem of its slot alone`(sidecar: String, slot: String) async throws {
        let lab = try await lab()
        let name = try slotName(slot, in: lab)
        try lab.damage("\(name)/apphost/\(sidecar)")
        let found = try problems(lab)
        #expect(!found.isEmpty)
        #expect(found.allSatisfy { $0.hasPrefix("apps/notes/\(name): ") || $0.hasPrefix("apps/notes/\(name)/") })
    }

    @Test func `a bundle that nobody vouches for any more is named in every slot`() async throws {
        let lab = try await lab()
        try lab.setTrust("notes", to: "retired")
        #expect(try problems(lab).isEmpty)
        try lab.setTrust("notes", to: "revoked")
        let found = try problems(lab)
        #expect(found.count == 4)
        #expect(found.allSatisfy { $0.hasSuffix(": key 'notes', which signed it, is revoked") })
    }

    @Test func `what an operation left is named`() async throws {
        let lab = try await lab()
        for name in ["journal.json", "record.json.new"] { try lab.write("{", to: "apps/notes/\(name)") }
        #expect(
            try problems(lab).sorted() == [
                "apps/notes/journal.json: is left of an operation that was not finished",
                "apps/notes/record.json.new: is left of an operation that was not finished",
            ])
    }

    @Test func `what a run and its judge leave is no problem`() async throws {
        let lab = try await lab()
        for name in ["confirm.lock", "running.lock"] { try lab.write("", to: "apps/notes/\(name)") }
        try lab.makeOwn("logs")
        for name in ["run.json", "run.json.new", "output.log", "output.1.log"] {
            try lab.write("", to: "logs/notes/\(name)")
        }
        #expect(try problems(lab).isEmpty)
    }

    // MARK: Around the slots

    /// Where somebody puts a file, and what is said of it.
    static let foreigners: [(String, String)] = [
        ("readme", "readme: is not apphost's"),
        ("apps/README", "apps/README: is no app's directory"),
        ("apps/readme", "apps/readme: "),
        ("apps/notes/readme", "apps/notes/readme: is not apphost's"),
        ("apps/notes/older-x", "apps/notes/older-x: is not apphost's"),
        ("apps/notes/older-07", "apps/notes/older-07: is not apphost's"),
    ]

    @Test(arguments: DoctorTests.foreigners)
    func `a foreign file is named wherever it stands`(path: String, problem: String) async throws {
        let lab = try await lab()
        try lab.plant(path)
        let found = try problems(lab)
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix(problem) == true)
    }

    static let modes: [(String, UInt32, String)] = [
        ("", 0o700, ": has the mode 700, not 755"),
        ("apps", 0o700, "apps: has the mode 700, not 755"),
        ("apps/notes", 0o775, "apps/notes: has the mode 775, not 755"),
        ("data", 0o755, "data: has the mode 755, not 711"),
        ("trust", 0o755, "trust: has the mode 755, not 700"),
        ("secrets", 0o711, "secrets: has the mode 711, not 700"),
    ]

    @Test(arguments: DoctorTests.modes)
    func `a directory with a wrong mode is named`(path: String, mode: UInt32, problem: String) async throws {
        let lab = try await lab()
        try lab.setMode(path, to: mode)
        #expect(try problems(lab) == [problem])
    }

    @Test(arguments: ["config.json", "trust/keys.json", "apps/notes/record.json", "apps/notes/history.jsonl"])
    func `a record that others may write is named`(path: String) async throws {
        let lab = try await lab()
        try lab.setMode(path, to: 0o666)
        let found = try problems(lab)
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix("\(path): ") == true)
    }

    @Test func `a directory that is missing is named`() async throws {
        let lab = try await lab()
        try lab.removeDirectory("logs")
        #expect(try problems(lab) == ["logs: is missing"])
    }

    // MARK: Records

    @Test(arguments: ["apps/notes/record.json", "apps/notes/history.jsonl", "config.json", "trust/keys.json"])
    func `a record that cannot be read is named, and hides nothing else`(path: String) async throws {
        let lab = try await lab()
        try lab.write("{\n", to: path)
        try lab.plant("readme")
        let found = try problems(lab)
        #expect(found.contains { $0.hasPrefix("\(path): ") && $0.contains("cannot be read") })
        #expect(found.contains("readme: is not apphost's"))
    }

    @Test func `an app that cannot be read hides no other`() async throws {
        let lab = try await lab()
        try await lab.install(lab.bundle("1.0.0", id: "wiki"))
        try lab.write("{\n", to: "apps/notes/record.json")
        try lab.damage("installed/apphost/receipt.json")
        try lab.setMode("apps/wiki/installed/bin/notes", to: 0o755)
        #expect(try problems(lab).contains("apps/wiki/installed/bin/notes: has the mode 0755, not 0555"))
    }

    @Test func `a secret without a value, a value without a secret, and one that others may read are named`()
        async throws
    {
        let lab = try await lab()
        for (secret, text) in [("NOTES_TOKEN", "one"), ("OTHER", "two")] {
            let value = try SecretValue(Array(text.utf8))
            _ = try await lab.host.setSecret(Lab.notes, secret, to: value, options: ChangeOptions())
        }
        #expect(try problems(lab).isEmpty)
        let files = try lab.record().configuration.secrets.mapValues(\.text)
        let name = try #require(VariableName("NOTES_TOKEN"))
        let token = try #require(files[name])
        let other = try #require(files.values.first { $0 != token })
        try lab.setMode("secrets/notes/\(other)", to: 0o644)
        try lab.plant("secrets/notes/stray")
        #expect(
            try problems(lab).sorted() == [
                "secrets/notes/\(other): has the mode 644, not 600", "secrets/notes/stray: is the value of no secret",
            ])
        try lab.remove("../../secrets/notes/\(token)")
        #expect(
            try problems(lab).contains("secrets/notes/\(token): is missing, the value of the secret 'NOTES_TOKEN'"))
    }

    @Test func `nothing is mended`() async throws {
        let lab = try await lab()
        try lab.write("{\n", to: "apps/notes/journal.json")
        try lab.damage("installed/static/style.css")
        try lab.setMode("trust", to: 0o755)
        try lab.plant("readme")
        let before = try lab.tree()
        let first = try problems(lab)
        #expect(first.count == 4)
        #expect(try problems(lab) == first)
        #expect(try lab.tree() == before)
    }
}
