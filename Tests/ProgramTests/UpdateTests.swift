import HostModel
import TestSupport
import Testing

/// `update` and `apply` from a catalog, and values that come with them, as an operator types them.
struct UpdateTests {
    /// `notes` 1.0.0 from the catalog `demo` is installed, which lists 1.1.0 by now.
    private func prepared() throws -> Program {
        let program = try Program()
        try program.prepareFollowing()
        try program.publishNewer()
        return program
    }

    private func steady(_ text: String) -> String {
        text.replacing(/[0-9.]+ [KM]?i?B/, with: "<size>").replacing(/\x20{2,}/, with: "  ")
    }

    @Test func `everything is updated, and then nothing is newer`() throws {
        let program = try prepared()
        let transcript = try program.transcript("update --dry-run --offline", "update", "update", "update notes")
        #expect(
            steady(transcript) == """
                $ apphost update --dry-run --offline
                nothing to update
                $ apphost update
                APP  INSTALLED  UPDATE  CATALOG  DOWNLOAD
                notes  1.0.0  1.1.0  demo  <size>
                updated notes 1.0.0 → 1.1.0
                $ apphost update
                nothing to update
                $ apphost update notes
                notes 1.1.0 is up to date: the catalog 'demo' lists nothing newer

                """)
    }

    @Test func `everything is staged, and applied`() throws {
        let program = try prepared()
        try program.must("update --stage")
        #expect(try program.must("apply").stdout == "applied notes 1.0.0 → 1.1.0\n")
    }

    @Test func `what is left is told with its reason, and the status is 0`() throws {
        let program = try prepared()
        try program.must("hold notes")
        let outcome = try program.must("update")
        #expect(outcome.stdout == "left notes: the app is held for ever; 'apphost update notes'\n")
        let object = try program.json("update")
        let left: JSONValue = [
            "app": "notes", "code": "held", "message": "the app is held for ever",
        ]
        #expect(object.member("left")?.text == JSONValue.array([left]).text)
        #expect(object.member("results")?.text == "[]")
        // Who names the app ignores that.
        try program.must("update notes")
    }

    @Test func `one app that fails stops no other`() throws {
        let program = try prepared()
        for version in ["1.0.0", "1.1.0"] {
            try program.pack("wiki-\(version).zip", version: version, id: "wiki")
            try program.must("catalog publish shop wiki-\(version).zip --key notes.key")
            if version == "1.0.0" { try program.must("install wiki") }
        }
        let directory = "shop/targets/apps/wiki/1.1.0"
        let name = try #require(program.place.names(directory).first)
        try program.spoil("\(directory)/\(name)", as: "\(directory)/\(name)") { bytes in bytes.map { ~$0 } }
        let outcome = try program.run("update")
        #expect(outcome.status == 3, "\(outcome.stderr)")
        #expect(outcome.stdout.contains("updated notes 1.0.0 → 1.1.0\n"))
        #expect(outcome.code == "artifact_digest_mismatch")
        let named = try program.run("update wiki")
        #expect(named.status == 65)
        let several = try program.run("update notes wiki")
        #expect(several.status == 3)
        #expect(try program.run("update wiki nobody").status == 65)
    }

    @Test func `values are given on the command line, and a secret never is`() throws {
        let program = try prepared()
        let declared =
            #","permissions":["network.listen"],"environment":[{"name":"NOTES_TITLE","required":true},"#
            + #"{"name":"NOTES_TOKEN","required":true,"secret":true}]"#
        try program.pack("notes-1.2.zip", version: "1.2.0", more: declared)
        let refused = try program.run("update notes --from ./notes-1.2.zip --accept posture,permissions")
        #expect(refused.status == 77)
        #expect(refused.code == "update_environment_missing")
        let words = "update notes --from ./notes-1.2.zip --accept posture,permissions --env NOTES_TITLE=Mine"
        let updated = try program.run("\(words) --secret NOTES_TOKEN=-", stdin: "hush\n")
        #expect(updated.status == 0, "\(updated.stderr)")
        #expect(!(updated.stdout + updated.stderr).contains("hush"))
        let shown = program.plain(try program.must("config notes").stdout)
        #expect(shown.contains("NOTES_TITLE  set  Mine"))
        #expect(shown.contains("NOTES_TOKEN  set  (secret)"))
        let files = program.place.names("root/secrets/notes")
        #expect(files.map { program.place.text("root/secrets/notes/\($0)") } == ["hush"])
    }

    static let usage = [
        "update --expect 00", "update --catalog demo", "update --env A=1", "update --from ./notes-1.1.zip",
        "update notes@1.0 --from ./notes-1.1.zip", "update notes --from ./notes-1.1.zip --catalog demo",
        "update notes other --expect 00", "update notes --env A", "update notes --secret A",
        "update notes --env A=1 --env A=2", "update notes --env A=1 --secret A=-",
        "update notes --secret A=- --secret B=-", "update notes --stage --env A=1", "update ./notes-1.1.zip",
        "update notes@", "apply --env A=1", "apply notes other --env A=1", "update notes --expect 1234",
    ]

    @Test func `words that do not go together are refused before anything is done`() throws {
        let program = try prepared()
        let before = try program.bundles()
        for line in Self.usage {
            let outcome = try program.run(line)
            #expect(outcome.status == 64, "\(line): \(outcome.stderr)")
            #expect(outcome.stdout.isEmpty, "\(line)")
        }
        #expect(try program.bundles() == before)
    }

    static let refused: [(String, Int32, FailureCode)] = [
        ("update nobody", 66, .appNotInstalled), ("update notes@9.9", 66, .versionNotFound),
        ("update notes --catalog other", 66, .catalogNotFound),
        ("update notes --expect \(String(repeating: "0", count: 64))", 77, .updateCandidateChanged),
        ("update notes --secret A=nothing", 66, .sourceNotFound),
        ("update notes --env PATH=/bin", 78, .settingInvalid), ("apply notes", 66, .updateNotStaged),
    ]

    @Test func `each refusal has its status and its code, and changes nothing`() throws {
        let program = try prepared()
        let before = try program.bundles()
        for (line, status, code) in Self.refused {
            let outcome = try program.run(line)
            #expect(outcome.status == status, "\(line): \(outcome.stderr)")
            #expect(outcome.code == code.rawValue, "\(line)")
        }
        #expect(try program.bundles() == before)
    }
}
