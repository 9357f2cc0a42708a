import Glibc
import TestSupport
import Testing

/// The value of a secret is in one file, and in nothing that anybody reads.
@Suite(.serialized, .timeLimit(.minutes(20)))
struct SecretLeakTests {
    private static let needle = "Rumpelstilzchen-7f3a91"

    private static let declared =
        #","permissions":["network.listen"],"environment":[{"name":"NOTES_TOKEN","required":true,"secret":true}]"#

    private func prepared() throws -> Program {
        let program = try Program()
        try program.must("key new notes.key")
        try program.must("trust add notes.key.pub --name notes")
        for (archive, version) in [("one.zip", "1.0.0"), ("two.zip", "1.1.0"), ("three.zip", "1.2.0")] {
            try program.pack(archive, version: version, more: Self.declared)
        }
        try program.must("install ./one.zip")
        return program
    }

    /// Everything that looks at the app, changes it, or is refused.
    static let lines = [
        "list", "info notes", "history notes", "config notes", "secret list notes", "permissions notes",
        "policy notes", "verify", "verify --all-slots", "doctor", "settings", "trust list",
        "config notes NOTES_THEME=dark", "config notes NOTES_TOKEN=other", "permissions notes revoke network.listen",
        "policy notes stage", "hold notes", "unhold notes", "update notes --from ./two.zip --dry-run",
        "update notes --from ./two.zip --stage", "apply notes", "update notes --from ./three.zip",
        "update notes --from ./one.zip", "rollback notes", "rollback notes --to 1.0.0", "install ./one.zip",
        "secret set notes PATH --from token", "secret set notes NOTES_TOKEN --from token --dry-run",
        "secret set notes NOTES_TOKEN --from token", "secret remove notes OTHER", "secret remove nobody NOTES_TOKEN",
        "uninstall notes --dry-run",
    ]

    @Test func `no output and no other file has the value of a secret`() throws {
        let program = try prepared()
        try program.place.write(Self.needle + "\n", to: "token", mode: 0o600)
        let set = try program.run("secret set notes NOTES_TOKEN", stdin: Self.needle + "\n")
        #expect(set.status == 0, "\(set.stderr)")
        #expect(!(set.stdout + set.stderr).contains(Self.needle))
        for line in Self.lines {
            for words in [line, line + " --json"] {
                let outcome = try program.run(words)
                #expect(!outcome.stdout.contains(Self.needle), "\(words)")
                #expect(!outcome.stderr.contains(Self.needle), "\(words)")
                try expectInOneFile(program, "\(words)")
            }
        }
        try program.must("uninstall notes")
        #expect(try holders(program) == [])
    }

    private func expectInOneFile(_ program: Program, _ when: String) throws {
        let files = program.place.names("root/secrets/notes")
        #expect(files.count == 1, "\(when)")
        let path = "root/secrets/notes/\(files.first ?? "")"
        #expect(try holders(program) == [path], "\(when)")
        #expect(program.place.text(path) == Self.needle, "\(when)")
        #expect(program.place.mode(of: path) == 0o600, "\(when)")
        #expect(program.place.mode(of: "root/secrets/notes") == 0o700, "\(when)")
        #expect(program.place.mode(of: "root/secrets") == 0o700, "\(when)")
    }

    /// The paths below the root of files that hold the value.
    private func holders(_ program: Program) throws -> [String] {
        try program.place.snapshot().filter { $0.key.hasPrefix("root/") && $0.value.contains(Self.needle) }
            .map(\.key).sorted()
    }

    private static let rounds = 25

    @Test func `a kill leaves the old value or the new one`() throws {
        let program = try prepared()
        let first = try program.start("secret set notes NOTES_TOKEN", stdin: "value 0")
        let polls = try first.poll(atMost: 30_000)
        #expect(try first.wait().status == 0)
        var value = "value 0"
        for round in 1...Self.rounds {
            let next = "value \(round)"
            let running = try program.start("secret set notes NOTES_TOKEN", stdin: next)
            try running.poll(atMost: polls * round * 4 / 3 / Self.rounds)
            running.kill()
            let status = try running.wait().status
            #expect(status == 0 || status == -SIGKILL, "round \(round)")
            let examined = try program.run("doctor")
            #expect(examined.status == 0, "round \(round): \(examined.stdout)\(examined.stderr)")
            program.expectNoDebris("round \(round)")
            let files = program.place.names("root/secrets/notes")
            #expect(files.count == 1, "round \(round)")
            let found = program.place.text("root/secrets/notes/\(files.first ?? "")") ?? ""
            #expect(found == value || found == next, "round \(round): \(found)")
            if status == 0 { #expect(found == next, "round \(round)") }
            value = found
        }
    }
}
