import TestSupport
import Testing

/// The way of the README, word for word.
struct LifecycleTests {
    @Test func `a publisher makes a key and packs two versions`() throws {
        let program = try Program()
        let transcript = try program.transcript(
            "key new notes.key",
            "pack bundles/notes-1.0 -o notes-1.0.zip --key notes.key",
            "pack bundles/notes-1.1 -o notes-1.1.tar.zst --key notes.key",
            "inspect ./notes-1.0.zip")
        #expect(
            transcript == """
                $ apphost key new notes.key
                wrote notes.key and notes.key.pub (<key>)
                $ apphost pack bundles/notes-1.0 -o notes-1.0.zip --key notes.key
                packed notes 1.0.0: <content>
                digest <digest>
                $ apphost pack bundles/notes-1.1 -o notes-1.1.tar.zst --key notes.key
                packed notes 1.1.0: <content>
                digest <digest>
                $ apphost inspect ./notes-1.0.zip
                app  notes
                name  Notes
                version  1.0.0
                digest  <digest>
                summary  Small shared notes.
                permissions  network.listen
                signed by  <key> (a key that this host does not know)
                trusted  no: no trusted key signed it, only '<key>' (bundle_key_unknown)
                content  <content>

                """)
    }

    @Test func `an operator trusts, installs, updates, goes back and looks`() throws {
        let program = try Program()
        try program.must("key new notes.key")
        try program.must("pack bundles/notes-1.0 -o notes-1.0.zip --key notes.key")
        try program.must("pack bundles/notes-1.1 -o notes-1.1.tar.zst --key notes.key")
        let transcript = try program.transcript(
            "list",
            "install ./notes-1.0.zip",
            "trust add notes.key.pub --name notes",
            "trust list",
            "install ./notes-1.0.zip",
            "install ./notes-1.0.zip",
            "update notes --from ./notes-1.1.tar.zst --stage",
            "list",
            "apply notes",
            "list",
            "rollback notes",
            "update notes --from ./notes-1.1.tar.zst",
            "verify --all-slots",
            "history notes",
            "uninstall notes",
            "list")
        #expect(
            transcript == """
                $ apphost list
                nothing is installed in <place>/root
                $ apphost install ./notes-1.0.zip
                error: no trusted key signed it, only '<key>'
                state: nothing was changed
                help:  'apphost inspect SOURCE' shows which keys signed it, \
                'apphost trust add KEY.pub --name NAME' trusts one
                code:  bundle_key_unknown
                [77]
                $ apphost trust add notes.key.pub --name notes
                trusted notes (<key>) for bundle
                $ apphost trust list
                KEY  NAME  STATUS  FOR  APPS  VALID
                <key>  notes  active  bundle  any  … – …
                $ apphost install ./notes-1.0.zip
                installed notes 1.0.0
                $ apphost install ./notes-1.0.zip
                notes 1.0.0 is installed already, and sound
                $ apphost update notes --from ./notes-1.1.tar.zst --stage
                staged notes 1.0.0 → 1.1.0; 'apphost apply notes' applies it
                $ apphost list
                APP  VERSION  STATE  STAGED  ROLLBACK  NAME
                notes  1.0.0  -  staged 1.1.0  -  Notes
                $ apphost apply notes
                applied notes 1.0.0 → 1.1.0
                $ apphost list
                APP  VERSION  STATE  STAGED  ROLLBACK  NAME
                notes  1.1.0  -  -  rollback 1.0.0  Notes
                $ apphost rollback notes
                rolled notes back 1.1.0 → 1.0.0
                $ apphost update notes --from ./notes-1.1.tar.zst
                error: 'notes': it was left before as bad (rolled back)
                state: nothing was changed
                help:  to go on all the same, add '--accept known-bad'
                code:  update_consent_required
                [77]
                $ apphost verify --all-slots
                notes 1.0.0 in installed/: sound
                notes 1.1.0 in rollback/: sound
                $ apphost history notes
                #  AT  WHAT  OUTCOME  VERSION  BY  WHY
                1  <time>  install  done  1.0.0  cli:<user>
                2  <time>  stage  done  1.0.0 → 1.1.0  cli:<user>
                3  <time>  apply  done  1.0.0 → 1.1.0  cli:<user>
                4  <time>  rollback  done  1.1.0 → 1.0.0  cli:<user>
                5  <time>  update  refused  cli:<user>  update_consent_required: 'notes': \
                it was left before as bad (rolled back)
                $ apphost uninstall notes
                uninstalled notes
                $ apphost list
                nothing is installed in <place>/root

                """)
    }

    @Test func `what is shown of an app says where it came from`() throws {
        let program = try Program()
        try program.prepareUpdated()
        try program.must("update notes --from ./notes-1.1.zip --stage")
        let transcript = try program.transcript("info notes")
        #expect(
            transcript == """
                $ apphost info notes
                app  notes
                name  Notes
                version  1.1.0
                summary  Small shared notes.
                license  Apache-2.0
                digest  <digest>
                signed by  notes
                installed  <time> from file by cli:<user>
                rollback  1.0.0
                permissions  network.listen

                """)
    }

    @Test func `a publisher signs a directory, and twice gives the same bytes`() throws {
        let program = try Program()
        try program.must("key new notes.key")
        try program.pack("unused.zip", version: "1.0.0")
        let directory = "source-of-unused.zip"
        let first = try program.transcript("sign \(directory) --key notes.key")
        #expect(
            first == """
                $ apphost sign source-of-unused.zip --key notes.key
                signed notes 1.0.0: <content>
                digest <digest>

                """)
        let before = try program.place.snapshot()
        try program.must("sign \(directory) --key notes.key")
        #expect(try program.place.snapshot() == before)
        // The archive has what sign left, without being given the key.
        try program.must("pack \(directory) -o one.tar --key notes.key")
        try program.must("pack \(directory) -o two.tar")
        #expect(program.place.read("one.tar") == program.place.read("two.tar"))
        try program.must("trust add notes.key.pub --name notes")
        try program.must("install ./\(directory)")
        #expect(try program.run("verify").stdout == "notes 1.0.0 in installed/: sound\n")
    }

    @Test func `installing again repairs what was damaged`() throws {
        let program = try Program()
        try program.prepareUpdated()
        for (file, mode) in [("bin/notes", 0o755), ("static/style.css", 0o644)] as [(String, UInt32)] {
            // In the superuser's root the rollback bundle has the same file.
            try program.place.separate("root/apps/notes/installed/\(file)")
            try program.place.setMode("root/apps/notes/installed/\(file)", to: mode)
        }
        let transcript = try program.transcript(
            "verify", "doctor", "install ./notes-1.1.zip", "verify --all-slots", "doctor")
        let expected = """
            $ apphost verify
            notes 1.1.0 in installed/: 2 problems
              bin/notes has the mode 0755, not 0555
              static/style.css has the mode 0644, not 0444
            installing the same bundle again repairs notes
            [65]
            $ apphost doctor
            problem: apps/notes/installed/bin/notes has the mode 0755, not 0555
            problem: apps/notes/installed/static/style.css has the mode 0644, not 0444
            [1]
            $ apphost install ./notes-1.1.zip
            repaired notes 1.1.0
            $ apphost verify --all-slots
            notes 1.1.0 in installed/: sound
            notes 1.0.0 in rollback/: sound
            $ apphost doctor
            <place>/root is sound

            """
        // A root on a file system in memory is noted as well.
        let lines = transcript.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.filter { !$0.hasPrefix("note: ") }.joined(separator: "\n") == expected)
    }

    @Test func `several staged apps are applied at once, and one failure stops no other`() throws {
        let program = try Program()
        try program.prepare()
        for id in ["notes", "wiki"] {
            try program.pack("\(id)-1.zip", version: "1.0.0", id: id)
            try program.pack("\(id)-2.zip", version: "2.0.0", id: id)
            try program.must("install ./\(id)-1.zip")
            try program.must("update \(id) --from ./\(id)-2.zip --stage")
        }
        let transcript = try program.transcript("apply notes nobody wiki")
        #expect(
            transcript == """
                $ apphost apply notes nobody wiki
                applied notes 1.0.0 → 2.0.0
                applied wiki 1.0.0 → 2.0.0
                error: 'nobody' is not installed
                state: nothing was changed
                help:  'apphost list' shows what is
                code:  app_not_installed
                [3]

                """)
        #expect(try program.transcript("apply") == "$ apphost apply\nnothing is staged\n")
    }

    @Test func `data is kept over an uninstall and deleted by a purge that is confirmed`() throws {
        let program = try Program()
        try program.prepareUpdated()
        try program.place.makeDirectory("root/data/notes", mode: 0o700)
        let transcript = try program.transcript(
            "uninstall notes --purge", "uninstall notes", "uninstall notes --purge --yes",
            "uninstall notes --purge --yes")
        #expect(
            transcript == """
                $ apphost uninstall notes --purge
                error: '--purge' deletes the data of 'notes' for good, and needs '--yes'
                state: nothing was changed
                code:  usage
                [64]
                $ apphost uninstall notes
                uninstalled notes
                its data stays in <place>/root/data/notes; '--purge' deletes it
                $ apphost uninstall notes --purge --yes
                uninstalled notes
                $ apphost uninstall notes --purge --yes
                error: 'notes' is not installed
                state: nothing was changed
                help:  'apphost list' shows what is
                code:  app_not_installed
                [66]

                """)
    }
}
