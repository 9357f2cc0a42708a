import HostModel
import TestSupport
import Testing

/// `check`, `outdated` and `why` as an operator meets them.
struct CheckVerbTests {
    /// A host with `notes` 1.0.0 from the catalog `demo`, which is `shop/`.
    private func prepared() throws -> Program {
        let program = try Program()
        try program.prepareFollowing()
        return program
    }

    @Test func `all are shown as a table, and what is outdated alone`() throws {
        let program = try prepared()
        let before = try program.transcript("check", "outdated", "outdated --exit-code")
        #expect(
            before == """
                $ apphost check
                APP  INSTALLED  CANDIDATE  STATUS  CHANGES  MAY
                notes  1.0.0  1.0.0  up-to-date  -  -
                $ apphost outdated
                nothing newer is listed
                $ apphost outdated --exit-code
                nothing newer is listed

                """)
        try program.publishNewer()
        let after = try program.transcript("check --quiet", "outdated", "outdated --exit-code --quiet")
        let row = "notes  1.0.0  1.1.0  upgrade-available  -  stage; not apply: app_review_missing"
        #expect(
            after == """
                $ apphost check --quiet
                \(row)
                $ apphost outdated
                APP  INSTALLED  CANDIDATE  STATUS  CHANGES  MAY
                \(row)
                $ apphost outdated --exit-code --quiet
                \(row)
                [100]

                """)
        let list = try program.json("list").member("apps")?.elements.first
        #expect(list?.member("version")?.asString == "1.0.0")
        #expect(list?.member("staged")?.text == "null")
    }

    @Test func `one that is named is shown in full, with the next command`() throws {
        let program = try prepared()
        try program.publishNewer()
        let lines = program.plain(try program.must("check notes").stdout).split(separator: "\n")
        #expect(lines.starts(with: ["app  notes", "status  upgrade-available"]))
        #expect(lines.contains { $0.hasPrefix("candidate  1.1.0, channel stable") })
        #expect(lines.contains("its digest  <digest>"))
        #expect(lines.contains("review  not reviewed by a trusted reviewer: this host trusts no reviewer"))
        #expect(lines.contains("a policy may  stage; not apply: app_review_missing"))
        #expect(lines.last == "next  apphost update notes")
    }

    @Test func `one broken app stops no other`() throws {
        let program = try prepared()
        try program.publishNewer()
        try program.pack("wiki.zip", version: "1.0", id: "wiki")
        try program.must("install ./wiki.zip")
        try program.place.write("{", to: "root/apps/wiki/record.json", mode: 0o600)
        let outcome = try program.run("check")
        #expect(outcome.status == 0)
        let lines = program.plain(outcome.stdout).split(separator: "\n")
        #expect(lines.count == 3)
        #expect(lines.last == "wiki  -  -  unknown: manifest_unreadable  -  -")
        #expect(outcome.stderr.contains("warning: 'apps/wiki/record.json' cannot be read: "), "\(outcome.stderr)")
        let outdated = try program.run("outdated")
        #expect(outdated.stdout.hasSuffix("\nnothing can be said of 1 app; 'apphost check' shows why\n"))
    }

    @Test func `why shows a line for each gate, and what the policy would do`() throws {
        let program = try prepared()
        try program.publishNewer()
        try program.must("catalog refresh")
        try program.must("hold notes")
        let before = try program.place.snapshot()
        let lines = program.plain(try program.must("why notes").stdout).split(separator: "\n")
        #expect(lines.count == 19)
        #expect(lines.first == "GATE  LOOKED AT  OUTCOME")
        #expect(lines.contains("version  1.0.0 → 1.1.0  passed"))
        #expect(lines.contains("hold  for ever  stopped: the app is held for ever"))
        #expect(lines.last == "the policy of notes would do nothing now")
        #expect(try program.place.snapshot() == before)
    }

    @Test func `offline the age of what is known is told`() throws {
        let program = try prepared()
        try program.publishNewer()
        let offline = try program.must("check --offline").stdout
        #expect(offline.contains(" up-to-date "))
        let says = /the catalog 'demo' was verified (just now|[0-9]+ (s|min) ago); it expires in (29|30) days\n/
        #expect(offline.contains(says), "\(offline)")
        let outdated = try program.must("--offline outdated").stdout
        #expect(outdated.contains(says), "\(outdated)")
    }

    @Test func `a refresh that fails is a warning, and what was verified is used`() throws {
        let program = try prepared()
        try program.place.remove("shop/metadata/timestamp.json")
        let outcome = try program.run("check")
        #expect(outcome.status == 0)
        #expect(outcome.stdout.contains(" up-to-date "))
        #expect(outcome.stderr.hasPrefix("warning: the catalog 'demo' could not be refreshed: "))
        #expect(outcome.stderr.contains("; using what was verified at "))
    }

    // MARK: Refusals

    @Test func `what cannot be asked is refused`() throws {
        let program = try prepared()
        for line in ["check nobody", "check notes nobody", "why nobody"] {
            let outcome = try program.run(line)
            #expect(outcome.status == 66, "\(line)")
            #expect(outcome.code == "app_not_installed", "\(line)")
            #expect(outcome.stdout.isEmpty, "\(line)")
        }
        for line in ["check", "outdated", "why notes"] {
            let outcome = try program.run(line, environment: ["APPHOST_REVIEW_MODE": "strict"])
            #expect(outcome.status == 78, "\(line)")
            #expect(outcome.code == "setting_invalid", "\(line)")
        }
        for line in ["check ../notes", "why", "why notes wiki", "outdated notes"] {
            #expect(try program.run(line).status == 64, "\(line)")
        }
    }

    @Test func `where nothing is installed that is said, and no root is made`() throws {
        let program = try Program()
        let outcome = try program.must("check")
        #expect(outcome.stdout.hasPrefix("nothing is installed in \(program.place.path)/root"))
        try program.must("outdated --exit-code")
        #expect(!program.place.exists("root"))
    }

    // MARK: For programs

    private static let result = [
        "app", "catalog", "status", "reason", "currentVersion", "currentDigest", "candidateVersion", "candidateDigest",
        "channel", "publishedAt", "versionDifferent", "updateAvailable", "changelog", "permissionDelta",
        "environmentDrift", "configurationDrift", "compatibility", "review", "reviewTrust", "deprecation",
        "advisories", "downloadBytes", "eligible", "blockedBy", "scheduler",
    ]

    @Test func `each verb writes one object with the keys that it always has`() throws {
        let program = try prepared()
        for line in ["check", "check notes", "outdated"] {
            let object = try program.object(line)
            #expect(object.keys == ["schema", "catalogs", "results"], "\(line)")
            let catalogs = object.member("catalogs")?.elements.map(\.keys)
            #expect(catalogs == [["name", "refreshedAt", "expiresAt", "errorCode"]], "\(line)")
            let results = object.member("results")?.elements.map(\.keys)
            #expect(results == (line == "outdated" ? [] : [Self.result]), "\(line)")
        }
        try program.publishNewer()
        let outdated = try program.object("outdated").member("results")?.elements.first
        #expect(outdated?.keys == Self.result)
        #expect(outdated?.member("status")?.asString == "upgrade-available")
        #expect(outdated?.member("eligible")?.text == #"{"stage":true,"apply":false}"#)
        let why = try program.object("why notes")
        #expect(why.keys == ["schema", "app", "status", "reason", "gates", "eligible", "action"])
        let gates = why.member("gates")?.elements ?? []
        #expect(gates.count == 17)
        for gate in gates { #expect(gate.keys == ["gate", "guards", "input", "outcome", "code", "message"]) }
    }
}
