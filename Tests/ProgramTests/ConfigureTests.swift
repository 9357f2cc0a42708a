import Glibc
import HostModel
import TestSupport
import Testing

/// What belongs to the operator of an app: configuration, secrets, permissions, policy and hold.
struct ConfigureTests {
    /// What the bundles of these tests declare beside their names.
    private static let declared =
        #","permissions":["network.listen"],"transport":"http","environment":["#
        + #"{"name":"NOTES_TOKEN","description":"Token for the sync","required":true,"secret":true},"#
        + #"{"name":"NOTES_THEME","default":"light"}]"#

    /// `notes` 1.0.0 is installed, and `two.zip` is its 1.1.0.
    private func prepared() throws -> Program {
        let program = try Program()
        try program.must("key new notes.key")
        try program.must("trust add notes.key.pub --name notes")
        try program.pack("one.zip", version: "1.0.0", more: Self.declared)
        try program.pack("two.zip", version: "1.1.0", more: Self.declared)
        try program.must("install ./one.zip")
        return program
    }

    // MARK: Words

    @Test func `an app is configured`() throws {
        let program = try prepared()
        let transcript = try program.transcript(
            "config notes", "config notes NOTES_THEME=dark EXTRA=1 --profile network", "config notes",
            "config notes NOTES_THEME=dark", "config notes --unset EXTRA", "config notes PATH=/bin",
            "config notes NOTES_TOKEN=hush", "config notes --transport smtp")
        #expect(
            transcript == """
                $ apphost config notes
                NAME  STATE  VALUE  WHAT
                NOTES_TOKEN  missing  -  Token for the sync
                NOTES_THEME  default  light

                permission profile  -
                transport  http
                user  -
                notes needs NOTES_TOKEN (Token for the sync): 'apphost secret set notes NOTES_TOKEN'
                $ apphost config notes NOTES_THEME=dark EXTRA=1 --profile network
                changed the configuration of notes: set NOTES_THEME, EXTRA; permission profile network
                warning: the installed bundle of 'notes' declares no variable 'EXTRA'
                $ apphost config notes
                NAME  STATE  VALUE  WHAT
                NOTES_TOKEN  missing  -  Token for the sync
                NOTES_THEME  set  dark
                EXTRA  set  1  the bundle does not declare it

                permission profile  network  the bundle declares none
                transport  http
                user  -
                notes needs NOTES_TOKEN (Token for the sync): 'apphost secret set notes NOTES_TOKEN'
                $ apphost config notes NOTES_THEME=dark
                nothing to do for notes, it is so already
                $ apphost config notes --unset EXTRA
                changed the configuration of notes: unset EXTRA
                $ apphost config notes PATH=/bin
                error: the variable 'PATH' is apphost's own
                state: nothing was changed
                help:  apphost gives PATH, HOME, LANG, TMPDIR and APPHOST_… to every app
                code:  setting_invalid
                [78]
                $ apphost config notes NOTES_TOKEN=hush
                error: the bundle declares the variable 'NOTES_TOKEN' as a secret
                state: nothing was changed
                help:  'apphost secret set notes NOTES_TOKEN' takes it from a file or a terminal
                code:  setting_invalid
                [78]
                $ apphost config notes --transport smtp
                error: 'smtp' is no transport
                state: nothing was changed
                help:  there are none, stdio, http, sse, streamable-http; an empty one means the bundle's own
                code:  setting_invalid
                [78]

                """)
    }

    @Test func `permissions, a policy and a hold are shown and changed`() throws {
        let program = try prepared()
        let transcript = try program.transcript(
            "permissions notes", "permissions notes revoke network.listen", "permissions notes",
            "permissions notes grant no.such", "policy notes",
            "policy notes stage --channel stable,beta --cooldown 3d", "policy notes", "hold notes", "list",
            "unhold notes", "hold notes --for 2w", "history notes")
        #expect(
            transcript == """
                $ apphost permissions notes
                PERMISSION  STATE  SINCE  BY  WHY
                network.listen  active  <time>  cli:<user>
                $ apphost permissions notes revoke network.listen
                changed the permissions of notes: revoked network.listen
                $ apphost permissions notes
                PERMISSION  STATE  SINCE  BY  WHY
                network.listen  inactive  <time>  cli:<user>
                $ apphost permissions notes grant no.such
                error: the installed bundle of 'notes' does not declare the permission 'no.such'
                state: nothing was changed
                help:  it declares network.listen
                code:  permission_not_declared
                [66]
                $ apphost policy notes
                mode  manual
                channels  stable  as the host's settings say
                cooldown  0s  as the host's settings say
                hold  none
                $ apphost policy notes stage --channel stable,beta --cooldown 3d
                changed the policy of notes: mode stage; channels stable,beta; cooldown 3d
                $ apphost policy notes
                mode  stage
                channels  stable, beta
                cooldown  3d
                hold  none
                $ apphost hold notes
                held notes
                $ apphost list
                APP  VERSION  STATE  STAGED  ROLLBACK  NAME
                notes  1.0.0  -  -  -  Notes (held)
                $ apphost unhold notes
                ended the hold of notes
                $ apphost hold notes --for 2w
                held notes: until <time>
                $ apphost history notes
                #  AT  WHAT  OUTCOME  VERSION  BY  WHY
                1  <time>  install  done  1.0.0  cli:<user>
                2  <time>  revoke  done  cli:<user>  revoked network.listen
                3  <time>  policy  done  cli:<user>  mode stage; channels stable,beta; cooldown 3d
                4  <time>  hold  done  cli:<user>
                5  <time>  unhold  done  cli:<user>
                6  <time>  hold  done  cli:<user>  until <time>

                """)
    }

    @Test func `a secret is set from standard input or a file, listed and removed`() throws {
        let program = try prepared()
        try program.place.write("from a file\n", to: "token.txt")
        let piped = try program.run("secret set notes NOTES_TOKEN", stdin: "from a pipe\n")
        #expect(piped.status == 0, "\(piped.stderr)")
        #expect(piped.stdout == "changed the secrets of notes: set NOTES_TOKEN\n")
        #expect(values(in: program) == ["from a pipe"])
        #expect(try program.run("secret set notes NOTES_TOKEN --from -", stdin: "again").status == 0)
        #expect(values(in: program) == ["again"])
        let transcript = try program.transcript(
            "secret set notes NOTES_TOKEN --from token.txt", "secret list notes", "secret remove notes NOTES_TOKEN",
            "secret list notes", "secret set notes NOTES_TOKEN --from nothing.txt", "secret set notes NOTES_TOKEN")
        #expect(
            transcript == """
                $ apphost secret set notes NOTES_TOKEN --from token.txt
                changed the secrets of notes: set NOTES_TOKEN
                $ apphost secret list notes
                NAME  STATE  WHAT
                NOTES_TOKEN  set  Token for the sync
                $ apphost secret remove notes NOTES_TOKEN
                changed the secrets of notes: removed NOTES_TOKEN
                $ apphost secret list notes
                NAME  STATE  WHAT
                NOTES_TOKEN  missing  Token for the sync
                $ apphost secret set notes NOTES_TOKEN --from nothing.txt
                error: there is no 'nothing.txt'
                state: nothing was changed
                code:  source_not_found
                [66]
                $ apphost secret set notes NOTES_TOKEN
                error: the value of 'NOTES_TOKEN' is empty
                state: nothing was changed
                help:  give the file of 'NOTES_TOKEN' with '--from FILE'
                code:  setting_invalid
                [78]

                """)
        let long = try program.run(
            "secret set notes NOTES_TOKEN", stdin: String(repeating: "x", count: SecretValue.limit + 1))
        #expect(long.status == 78)
        #expect(values(in: program) == [])
    }

    /// What the files below `secrets/notes/` hold.
    private func values(in program: Program) -> [String] {
        let files = program.place.names("root/secrets/notes")
        return files.compactMap { program.place.text("root/secrets/notes/\($0)") }
    }

    // MARK: Kept, and gone

    @Test func `what the operator chose is kept over update and rollback, and gone after an uninstall`() throws {
        let program = try prepared()
        let me = try #require(getpwuid(geteuid()).map { String(cString: $0.pointee.pw_name) })
        try program.must("config notes NOTES_THEME=dark --user \(me) --transport stdio")
        try program.must("policy notes apply_when_stopped")
        #expect(try program.run("secret set notes NOTES_TOKEN", stdin: "kept").status == 0)
        let chosen = try ["config notes --json", "policy notes --json", "secret list notes --json"].map { line in
            (line: line, text: try program.must(line).stdout)
        }
        for change in ["update notes --from ./two.zip", "rollback notes"] {
            try program.must(change)
            for (line, text) in chosen { #expect(try program.must(line).stdout == text, "\(change): \(line)") }
            #expect(values(in: program) == ["kept"], "\(change)")
        }
        try program.place.makeDirectory("root/data/notes", mode: 0o700)
        try program.must("uninstall notes")
        #expect(program.place.names("root/secrets").isEmpty)
        try program.must("install ./one.zip")
        for (line, text) in chosen { #expect(try program.must(line).stdout != text, "\(line)") }
        #expect(try program.must("policy notes --json").stdout.contains(#""mode":"manual""#))
        #expect(try program.must("config notes --json").stdout.contains("dark") == false)
    }

    // MARK: JSON

    static let objects: [(String, [String], String?, [String])] = [
        (
            "config notes", ["schema", "app", "environment", "permissionProfile", "transport", "user"], "environment",
            ["name", "description", "declared", "required", "secret", "state", "value"]
        ),
        (
            "permissions notes", ["schema", "app", "permissions"], "permissions",
            ["permission", "declared", "rationale", "state", "since", "by"]
        ),
        (
            "secret list notes", ["schema", "app", "secrets"], "secrets",
            ["name", "description", "declared", "required", "set"]
        ),
        (
            "policy notes", ["schema", "app", "mode", "channels", "cooldownSeconds", "hold", "effective"], nil, []
        ),
    ]

    static let changes = [
        ("config notes NOTES_THEME=dark", "config"), ("config notes NOTES_THEME=dark", "config"),
        ("config notes --unset NOTES_THEME", "config"), ("permissions notes revoke network.listen", "revoke"),
        ("permissions notes grant network.listen", "grant"),
        ("secret set notes NOTES_TOKEN --from notes.key", "secret"), ("secret remove notes NOTES_TOKEN", "secret"),
        ("policy notes stage", "policy"), ("hold notes", "hold"), ("unhold notes", "unhold"),
    ]

    @Test func `with json each writes one object with the keys that it always has`() throws {
        let program = try prepared()
        let result = ["app", "action", "result", "from", "to", "digest", "check", "code", "message"]
        for (line, action) in Self.changes {
            let outcome = try program.must(line + " --json")
            #expect(outcome.stderr.isEmpty, "\(line)")
            let object = try JSONValue(line: outcome.stdout)
            #expect(object.keys == ["schema", "results", "left"], "\(line)")
            #expect(object.member("results")?.elements.map(\.keys) == [result], "\(line)")
            #expect(object.member("results")?.elements.first?.member("action")?.asString == action, "\(line)")
        }
        for (line, keys, list, elements) in Self.objects {
            let outcome = try program.must(line + " --json")
            let object = try JSONValue(line: outcome.stdout)
            #expect(object.keys == keys, "\(line)")
            guard let list else { continue }
            let found = object.member(list)?.elements ?? []
            #expect(!found.isEmpty, "\(line)")
            for element in found { #expect(element.keys == elements, "\(line)") }
        }
        try program.must("hold notes")
        let app = try program.json("list").member("apps")?.elements.first
        #expect(app?.member("policy")?.asString == "stage")
        #expect(app?.member("hold")?.text == #"{"until":null}"#)
    }
}
