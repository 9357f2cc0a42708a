import HostModel
import TestSupport
import Testing

/// `behaviour.md` 7: with `--json` every verb writes one object, with every key always there.
struct JSONTests {
    /// A command line, the keys of its object, and those of the objects in one of its lists.
    struct Row: Sendable {
        let line: String
        let keys: [String]
        let list: String?
        let elements: [String]

        init(_ line: String, _ keys: [String], _ list: String? = nil, of elements: [String] = []) {
            self.line = line
            self.keys = keys
            self.list = list
            self.elements = elements
        }

        /// What changes apps.
        init(change line: String) {
            self.init(
                line, ["schema", "results", "left"], "results",
                of: ["app", "action", "result", "from", "to", "digest", "check", "code", "message"])
        }
    }

    private static let published = ["schema", "app", "version", "digest", "files", "bytes", "keyids", "output"]
    private static let key = [
        "keyid", "key", "name", "purposes", "apps", "status", "validFrom", "validUntil", "addedAt",
    ]
    private static let app = [
        "id", "name", "version", "digest", "running", "policy", "hold", "staged", "rollback", "installedAt", "source",
    ]

    /// In an order in which each can be done.
    static let rows: [Row] = [
        Row("list", ["schema", "apps"]),
        Row("key new notes.key", ["schema", "keyid", "privateKey", "publicKey"]),
        Row("key new other.key", ["schema", "keyid", "privateKey", "publicKey"]),
        Row("sign mine --key notes.key", published),
        Row("pack mine -o mine.zip", published),
        Row("pack bundles/notes-1.1 -o notes-1.1.zip --key notes.key", published),
        Row(
            "inspect ./mine.zip",
            [
                "schema", "path", "id", "name", "version", "digest", "files", "bytes", "summary", "permissions",
                "transport", "permissionProfile", "environment", "signatures", "trusted", "refusal",
            ], "signatures", of: ["keyid", "name", "status"]),
        Row("trust list", ["schema", "keys"]),
        Row("trust add notes.key.pub --name notes", ["schema", "key"]),
        Row("trust add other.key.pub --name other --app wiki --until 2999-01-01", ["schema", "key"]),
        Row("trust status other retired", ["schema", "key"]),
        Row("trust list", ["schema", "keys"], "keys", of: key),
        Row("settings", ["schema", "settings"]),
        Row("settings retention=2", ["schema", "settings"]),
        Row(change: "install ./mine.zip"),
        Row(change: "install ./mine.zip"),
        Row(change: "update notes --from ./notes-1.1.zip --accept permissions --dry-run"),
        Row(change: "update notes --from ./notes-1.1.zip --accept permissions --stage"),
        Row(change: "apply notes"),
        Row(change: "unstage notes"),
        Row(change: "rollback notes"),
        Row(change: "rollback notes --to 1.1.0"),
        Row(change: "update notes --from ./mine.zip --accept downgrade,permissions"),
        Row(change: "apply"),
        Row("list", ["schema", "apps"], "apps", of: app),
        Row(
            "info notes",
            ["schema"] + app + [
                "summary", "homepage", "license", "unsigned", "keyids", "publisher", "permissions", "transport",
                "permissionProfile", "older", "knownBad", "hasData", "installed", "catalogs",
            ], "permissions", of: ["permission", "state"]),
        Row(
            "history notes", ["schema", "app", "history"], "history",
            of: [
                "schema", "operation", "sequence", "at", "kind", "outcome", "from", "to", "digest", "source", "by",
                "code", "message",
            ]),
        Row(
            "verify --all-slots", ["schema", "sound", "results"], "results",
            of: ["app", "slot", "version", "digest", "sound", "problems"]),
        Row("doctor", ["schema", "sound", "findings", "confinement"]),
        Row(
            "doctor --repair notes", ["schema", "results"], "results",
            of: ["app", "action", "result", "slot", "version", "digest", "removed", "code", "message"]),
        Row(change: "uninstall notes"),
        Row("list", ["schema", "apps"]),
    ]

    @Test func `every verb writes one object with the keys that it always has`() throws {
        let program = try Program()
        try program.place.write(
            #"{"schema":1,"id":"notes","name":"Notes","version":"1.0.0"}"#, to: "mine/apphost/manifest.json")
        for row in Self.rows {
            let outcome = try program.run(row.line + " --json")
            try #require(outcome.status == 0, "\(row.line): \(outcome.stderr)")
            #expect(outcome.stderr.isEmpty, "\(row.line)")
            let object = try self.object(outcome.stdout, of: row.line)
            #expect(object.keys == row.keys, "\(row.line)")
            guard let list = row.list else { continue }
            let elements = object.member(list)?.elements ?? []
            #expect(!elements.isEmpty || row.line == "apply", "\(row.line)")
            for element in elements { #expect(element.keys == row.elements, "\(row.line)") }
        }
    }

    /// One line that holds one object of schema 1.
    private func object(_ text: String, of line: String) throws -> JSONValue {
        #expect(text.hasSuffix("\n"), "\(line)")
        #expect(text.split(separator: "\n").count == 1, "\(line)")
        let object = try JSONValue(line: text)
        #expect(object.member("schema")?.text == "1", "\(line)")
        return object
    }

    static let failures: [(String, Int32, String)] = [
        ("info nobody", 66, "app_not_installed"),
        ("install ./nothing.zip", 66, "source_not_found"),
        ("install ./notes-1.1.zip", 1, "app_already_installed"),
        ("update notes --from ./stranger.zip", 77, "bundle_key_unknown"),
        ("update notes --from ./notes.key", 65, "bundle_format_unsupported"),
        ("rollback notes", 66, "rollback_not_available"),
        ("apply notes", 66, "update_not_staged"),
        ("uninstall notes --purge", 64, "usage"),
        ("settings nosuch=1", 78, "setting_invalid"),
        ("trust add notes.key.pub --name again", 1, "key_already_trusted"),
        ("key new notes.key", 73, "file_exists"),
        ("update notes", 64, "usage"),
        ("nosuch", 64, "usage"),
        ("list --nosuch", 64, "usage"),
        ("info", 64, "usage"),
        ("update notes --from ./notes-1.1.zip --expect 1234", 64, "usage"),
        ("trust add notes.key.pub --name n --from yesterday", 64, "usage"),
    ]

    @Test func `a failure is one object on standard error`() throws {
        let program = try Program()
        try program.prepare()
        try program.must("install ./notes-1.0.zip")
        try program.must("key new stranger.key")
        try program.must("pack bundles/notes-1.1 -o stranger.zip --key stranger.key")
        for (line, status, code) in Self.failures {
            for words in ["\(line) --json", "--json \(line)"] {
                let outcome = try program.run(words)
                #expect(outcome.status == status, "\(words): \(outcome.stderr)")
                #expect(outcome.stdout.isEmpty, "\(words)")
                let object = try self.object(outcome.stderr, of: words)
                #expect(object.keys == ["schema", "error"], "\(words)")
                let error = try #require(object.member("error"))
                #expect(error.keys == ["code", "message", "state", "help", "log"], "\(words)")
                #expect(error.member("code")?.asString == code, "\(words)")
                #expect(error.member("message")?.asString?.isEmpty == false, "\(words)")
                #expect(error.member("state")?.asString == "unchanged", "\(words)")
            }
        }
    }

    @Test func `what was looked for and is not sound is a result, with its status`() throws {
        let program = try Program()
        try program.prepareUpdated()
        try program.place.setMode("root/apps/notes/installed/bin/notes", to: 0o755)
        let verified = try program.run("verify --json")
        #expect(verified.status == 65)
        let verification = try object(verified.stdout, of: "verify")
        #expect(verification.member("sound")?.text == "false")
        let problems = verification.member("results")?.elements.first?.member("problems")?.elements
        #expect(problems?.map(\.keys) == [["path", "problem"]])
        #expect(problems?.first?.member("path")?.asString == "bin/notes")

        let examined = try program.run("doctor --json")
        #expect(examined.status == 1)
        let examination = try object(examined.stdout, of: "doctor")
        #expect(examination.member("sound")?.text == "false")
        let findings = examination.member("findings")?.elements ?? []
        #expect(findings.allSatisfy { $0.keys == ["severity", "place", "text"] })
        #expect(findings.contains { $0.member("place")?.asString == "apps/notes/installed/bin/notes" })
    }

    @Test func `a failure beside others is a result, and none of them is lost`() throws {
        let program = try Program()
        try program.prepare()
        try program.must("install ./notes-1.0.zip")
        try program.must("update notes --from ./notes-1.1.zip --stage")
        let outcome = try program.run("apply notes nobody --json")
        #expect(outcome.status == 3)
        let results = try object(outcome.stdout, of: "apply").member("results")?.elements ?? []
        #expect(results.compactMap { $0.member("app")?.asString } == ["notes", "nobody"])
        #expect(results.compactMap { $0.member("result")?.asString } == ["done", "failed"])
        #expect(results.last?.member("code")?.asString == "app_not_installed")
    }

    @Test func `what is listed is what is there`() throws {
        let program = try Program()
        try program.prepareUpdated()
        let listed = try object(program.must("list --json").stdout, of: "list")
        let app = try #require(listed.member("apps")?.elements.first)
        #expect(app.member("id")?.asString == "notes")
        #expect(app.member("version")?.asString == "1.1.0")
        #expect(app.member("rollback")?.text == #"{"version":"1.0.0"}"#)
        #expect(app.member("staged")?.text == "null")
        #expect(app.member("source")?.asString == "file")
        let inspected = try object(program.must("inspect ./notes-1.1.zip --json").stdout, of: "inspect")
        #expect(app.member("digest")?.text == inspected.member("digest")?.text)
    }
}
