import HostModel
import Hosting
import Storage
import TestSupport
import Testing

/// `secret`: values that nobody is shown.
struct SecretTests {
    private static let needle = "Rumpelstilzchen-7f3a"

    private func lab() async throws -> Lab {
        let lab = try Lab()
        try lab.trust("notes")
        try await lab.install(lab.bundle("1.0.0", environment: ConfigTests.declared))
        return lab
    }

    @discardableResult
    private func set(
        _ text: String = SecretTests.needle, as name: String = "NOTES_TOKEN", in lab: Lab,
        _ options: ChangeOptions = ChangeOptions()
    ) async throws -> ChangeResult {
        try await lab.host.setSecret(Lab.notes, name, to: SecretValue(Array(text.utf8)), options: options)
    }

    /// The paths below the root of files that hold some text.
    private func holders(of text: String, in lab: Lab) throws -> [String] {
        try lab.tree().filter { $0.value.contains(text) }.map(\.key).sorted()
    }

    @Test func `a secret is set, listed without its value, and removed`() async throws {
        let lab = try await lab()
        #expect(try lab.host.secrets(Lab.notes).map { "\($0.name) \($0.isSet)" } == ["NOTES_TOKEN false"])
        let result = try await set(in: lab)
        #expect(result.message == "changed the secrets of notes: set NOTES_TOKEN")
        try await set("other", as: "EXTRA", in: lab)
        let listed = try lab.host.secrets(Lab.notes)
        #expect(
            listed.map { "\($0.name) \($0.isSet) \($0.isDeclared)" } == ["NOTES_TOKEN true true", "EXTRA true false"])
        let removed = try await lab.host.removeSecret(Lab.notes, "NOTES_TOKEN", options: ChangeOptions())
        #expect(removed.message == "changed the secrets of notes: removed NOTES_TOKEN")
        #expect(
            try lab.host.secrets(Lab.notes).map { "\($0.name) \($0.isSet)" } == ["NOTES_TOKEN false", "EXTRA true"])
        #expect(try holders(of: Self.needle, in: lab) == [])
        let again = try await lab.host.removeSecret(Lab.notes, "NOTES_TOKEN", options: ChangeOptions())
        #expect(again.outcome == .unchanged)
    }

    @Test func `the value stands in its own file and nowhere else`() async throws {
        let lab = try await lab()
        try await set(in: lab)
        let file = try #require(try lab.record().configuration.secrets.values.first)
        #expect(try holders(of: Self.needle, in: lab) == ["root/secrets/notes/\(file.text)"])
        let kept = try lab.tree()["root/secrets/notes/\(file.text)"]
        #expect(kept == "file 600 \(Self.needle)")
        let title = ConfigurationChange(assignments: [.init(name: "NOTES_TITLE", value: "Mine")])
        _ = try await lab.host.configure(Lab.notes, title, options: ChangeOptions())
        try await lab.update(lab.bundle("1.1.0", environment: ConfigTests.declared))
        try await lab.rollback()
        #expect(try holders(of: Self.needle, in: lab) == ["root/secrets/notes/\(file.text)"])
        try await lab.uninstall()
        #expect(try holders(of: Self.needle, in: lab) == [])
    }

    @Test func `a later install finds no secret of the earlier one, also where data is kept`() async throws {
        let lab = try await lab()
        try await set(in: lab)
        try lab.makeOwn("data")
        try await lab.uninstall()
        try await lab.install(lab.bundle("1.0.0", environment: ConfigTests.declared))
        #expect(try lab.host.secrets(Lab.notes).map(\.isSet) == [false])
        #expect(lab.names("secrets").isEmpty)
    }

    @Test func `a secret takes the place of a value that was shown`() async throws {
        let lab = try Lab()
        try lab.trust("notes")
        try await lab.install(lab.bundle("1.0.0"))
        let change = ConfigurationChange(assignments: [.init(name: "NOTES_TOKEN", value: "shown")])
        _ = try await lab.host.configure(Lab.notes, change, options: ChangeOptions())
        try await set(in: lab)
        #expect(try lab.record().configuration.environment.isEmpty)
        #expect(try lab.host.configuration(Lab.notes).variables.map(\.isSecret) == [true])
        await expectFailure(.settingInvalid) {
            _ = try await lab.host.configure(Lab.notes, change, options: ChangeOptions())
        }
    }

    @Test func `a dry run of setting a secret writes nothing`() async throws {
        let lab = try await lab()
        let before = try lab.tree()
        let dry = try await set(in: lab, ChangeOptions(dryRun: true))
        #expect(try lab.tree() == before)
        let real = try await set(in: lab)
        #expect(dry.json.text == real.json.text)
    }

    @Test(arguments: ["", "1X", "NOTES-TOKEN", "NOTES=TOKEN", "PATH", "APPHOST_TOKEN"])
    func `what is no name of a secret is refused, without its value`(name: String) async throws {
        let lab = try await lab()
        let before = try lab.tree()
        let error = await failure { try await set(as: name, in: lab) }
        #expect(error?.code == .settingInvalid)
        #expect(error.map { "\($0)\($0.help ?? "")" }?.contains(Self.needle) == false)
        #expect(try lab.tree() == before)
    }

    @Test func `a value is read from a file, and only from a file`() async throws {
        let lab = try await lab()
        let place = try TemporaryDirectory()
        func read(_ name: String) throws -> SecretValue {
            try lab.host.secretValue(fromFile: "\(place.path)/\(name)", for: "NOTES_TOKEN")
        }
        try place.write("token\n", to: "token")
        #expect(try read("token").bytes == Array("token".utf8))
        try place.write(String(repeating: "x", count: SecretValue.limit) + "\n", to: "longest")
        #expect(try read("longest").bytes.count == SecretValue.limit)
        try place.write(String(repeating: "x", count: SecretValue.limit + 1), to: "long")
        try place.write("", to: "empty")
        try place.write("a\u{0}b", to: "nul")
        for name in ["long", "empty", "nul"] {
            await expectFailure(.settingInvalid) { _ = try read(name) }
        }
        try place.makeDirectory("directory")
        try place.makeFIFO("pipe")
        for name in ["directory", "pipe"] { await expectFailure(.usage) { _ = try read(name) } }
        await expectFailure(.sourceNotFound) { _ = try read("nothing") }
    }
}
