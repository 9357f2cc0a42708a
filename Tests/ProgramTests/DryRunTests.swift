import TestSupport
import Testing

/// `--dry-run` of every verb that changes something: the real status and code, and not a file that is different.
struct DryRunTests {
    /// What is asked on the host of ``prepared()``.
    static let lines = [
        "install ./wiki.zip", "install ./notes-1.1.zip", "install ./notes-1.2.zip", "install ./stranger.zip",
        "install ./cut.zip", "install ./nothing.zip",
        "update notes --from ./notes-1.2.zip", "update notes --from ./notes-1.2.zip --stage",
        "update notes --from ./notes-1.1.zip", "update notes --from ./notes-1.0.zip",
        "update notes --from ./notes-1.0.zip --accept downgrade", "update notes --from ./stranger.zip",
        "update notes --from ./cut.zip", "update notes --from ./wiki.zip", "update notes --from ./nothing.zip",
        "update nobody --from ./notes-1.2.zip",
        "apply", "apply notes", "apply nobody", "apply notes nobody", "unstage notes", "unstage nobody",
        "rollback notes", "rollback notes --to 1.0.0", "rollback notes --to 1.1.0", "rollback notes --to 0.9.0",
        "rollback nobody",
        "uninstall notes", "uninstall notes --purge --yes", "uninstall nobody",
        "config notes NOTES_THEME=dark", "config notes PATH=/bin", "config nobody NOTES_THEME=dark",
        "secret set notes NOTES_TOKEN --from notes.key", "secret set notes NOTES_TOKEN --from nothing",
        "secret remove notes NOTES_TOKEN", "permissions notes revoke network.listen", "permissions notes grant no.such",
        "policy notes stage", "policy notes --cooldown soon", "hold notes", "hold nobody", "unhold notes",
        "settings retention=3 allowUnsigned=false", "settings retention=3 nosuch=1",
        "trust add other.key.pub --name other", "trust add notes.key.pub --name again",
        "trust add notes.key --name private", "trust status notes retiring", "trust status nobody retiring",
        "sign source-of-wiki.zip --key notes.key", "sign source-of-wiki.zip --key notes.key.pub",
        "pack source-of-wiki.zip -o new.tar.xz --key notes.key", "pack source-of-wiki.zip -o new.rar",
        "pack nowhere -o new.zip",
    ]

    /// `notes` 1.1.0 over 1.0.0, with 1.2.0 staged.
    private func prepared() throws -> Program {
        let program = try Program()
        try program.prepareUpdated()
        try program.pack("wiki.zip", version: "1.0.0", id: "wiki")
        try program.pack("notes-1.2.zip", version: "1.2.0")
        try program.must("key new other.key")
        try program.must("pack source-of-notes-1.2.zip -o stranger.zip --key other.key")
        try program.spoil("notes-1.2.zip", as: "cut.zip") { Array($0.dropLast(10)) }
        try program.must("update notes --from ./notes-1.2.zip --stage")
        try program.place.makeDirectory("root/data/notes", mode: 0o700)
        return program
    }

    @Test func `a dry run ends as the real one does, and changes nothing`() throws {
        let original = try prepared()
        let before = try original.place.snapshot()
        for line in Self.lines {
            let dry = try original.run(line + " --dry-run")
            #expect(try original.place.snapshot() == before, "\(line)")
            let real = try original.copy().run(line)
            #expect(dry.status == real.status, "\(line): \(dry.stderr)\(real.stderr)")
            #expect(dry.code == real.code, "\(line)")
        }
    }

    @Test func `a purge has to be confirmed in a dry run as well`() throws {
        let program = try prepared()
        #expect(try program.run("uninstall notes --purge").status == 64)
        #expect(try program.run("uninstall notes --purge --dry-run").status == 64)
    }

    @Test func `a dry run cleans up after nobody`() throws {
        let program = try prepared()
        try program.place.write("left\n", to: "root/trash/tree/file")
        try program.place.write("left\n", to: "root/staging/wiki/file")
        let before = try program.place.snapshot()
        for line in ["install ./wiki.zip", "update notes --from ./notes-1.2.zip", "apply notes", "rollback notes"] {
            #expect(try program.run(line + " --dry-run").status == 0, "\(line)")
            #expect(try program.place.snapshot() == before, "\(line)")
        }
        try program.must("list")
        program.expectNoDebris("after a command that is none")
    }

    @Test func `a dry run makes no root`() throws {
        let program = try Program()
        try program.must("key new notes.key")
        try program.must("pack bundles/notes-1.0 -o notes-1.0.zip")
        for line in [
            "install ./notes-1.0.zip --accept unsigned", "trust add notes.key.pub --name notes", "settings retention=2",
        ] {
            #expect(try program.run(line + " --dry-run").status == 0, "\(line)")
        }
        #expect(!program.place.exists("root"))
    }
}
