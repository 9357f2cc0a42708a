import HostModel
import TestSupport
import Testing

/// `review sign`, and `catalog publish --receipt`, as reviewers and publishers run them.
struct ReviewVerbTests {
    /// Keys `notes`, `catalog` and `rev`, `notes-1.0.zip` and `notes-1.1.zip`, and `site/`, an empty catalog.
    private func prepared() throws -> Program {
        let program = try Program()
        try program.preparePublisher()
        try program.must("key new rev.key")
        return program
    }

    @Test func `a review is signed and listed, and needs no root`() throws {
        let program = try prepared()
        let transcript = try program.transcript(
            "review sign notes-1.0.zip --key rev.key --status reviewed -o review.json",
            "review sign notes-1.0.zip --key rev.key --status caution --expires 2999-12-31 -o review.json --quiet",
            "review sign notes-1.1.zip --key rev.key --status rejected -o other.json --dry-run --quiet",
            "catalog publish site notes-1.0.zip --receipt review.json --key catalog.key --quiet")
        #expect(
            transcript == """
                $ apphost review sign notes-1.0.zip --key rev.key --status reviewed -o review.json
                signed 'reviewed' of notes 1.0.0 as review.json
                file <digest>
                by <key>
                $ apphost review sign notes-1.0.zip --key rev.key --status caution --expires 2999-12-31 -o review.json \
                --quiet
                signed 'caution' of notes 1.0.0 as review.json
                $ apphost review sign notes-1.1.zip --key rev.key --status rejected -o other.json --dry-run --quiet
                dry run, nothing was changed: signed 'rejected' of notes 1.1.0 as other.json
                $ apphost catalog publish site notes-1.0.zip --receipt review.json --key catalog.key --quiet
                published notes 1.0.0 as apps/notes/1.0.0/notes-1.0.zip

                """)
        #expect(!program.place.exists("root"))
        #expect(!program.place.exists("other.json"))
        #expect(program.place.text("site/metadata/2.targets.json")?.contains("application/vnd.in-toto+json") == true)
    }

    @Test func `with json it writes one object with every key`() throws {
        let program = try prepared()
        let outcome = try program.must(
            "--json review sign notes-1.0.zip --key rev.key --status reviewed --expires 2999-12-31 -o review.json")
        let object = try JSONValue(line: outcome.stdout)
        let expected = [
            "schema", "app", "version", "sha256", "bytes", "status", "policyId", "policyVersion", "reviewedAt",
            "expiresAt", "keyid", "output",
        ]
        #expect(object.keys == expected)
        #expect(object.member("status")?.asString == "reviewed")
        // A date alone means all of that day.
        #expect(object.member("expiresAt")?.asString == "3000-01-01T00:00:00Z")
        #expect(outcome.stderr.isEmpty)
    }

    @Test func `a reviewer is trusted for a time, and moves through its life`() throws {
        let program = try prepared()
        try program.must("trust add rev.key.pub --name rev --for review --from 2026-01-01 --until 2999-12-31")
        try program.must("trust add notes.key.pub --name notes --for bundle,review --app notes")
        let list = try program.must("trust list").stdout
        let rows = program.plain(list).split(separator: "\n").map { String($0) }
        let expected = [
            "KEY  NAME  STATUS  FOR  APPS  VALID",
            "<key>  rev  active  review  any  <time> – <time>",
            "<key>  notes  active  bundle,review  notes  … – …",
        ]
        #expect(rows == expected)
        // Its word on bundles counts for nothing.
        try program.must("pack bundles/notes-1.0 -o by-rev.zip --key rev.key")
        #expect(try program.run("install ./by-rev.zip").code == "bundle_key_not_for_bundles")
        for status in ["retiring", "active", "retired", "revoked"] {
            let outcome = try program.must("trust status rev \(status)")
            #expect(program.plain(outcome.stdout) == "rev (<key>) is \(status)\n")
        }
        #expect(try program.run("trust status rev active").code == "bundle_key_revoked")
        #expect(try program.run("trust add rev.key.pub --name again --for review").code == "key_already_trusted")
    }

    // MARK: Refusals

    private static let refusals: [(String, Int32, FailureCode)] = [
        ("review sign nothing.zip --key rev.key --status reviewed -o new.json", 66, .sourceNotFound),
        ("review sign notes-1.0.zip --key no.key --status reviewed -o new.json", 66, .sourceNotFound),
        ("review sign notes-1.0.zip --key rev.key.pub --status reviewed -o new.json", 65, .keyInvalid),
        ("review sign cut.zip --key rev.key --status reviewed -o new.json", 65, .bundleArchiveInvalid),
        ("review sign bundles/notes-1.0 --key rev.key --status reviewed -o new.json", 65, .bundleFormatUnsupported),
        ("review sign notes-1.0.zip --key rev.key --status reviewed -o notes-1.0.zip", 73, .fileExists),
        ("review sign notes-1.0.zip --key rev.key --status reviewed -o rev.key", 73, .fileExists),
        ("review sign notes-1.0.zip --key rev.key --status reviewed --expires 2001-01-01 -o new.json", 64, .usage),
        (
            "review sign notes-1.0.zip --key rev.key --status reviewed --evidence-uri http://example.org -o new.json",
            64, .usage
        ),
        ("catalog publish site notes-1.1.zip --receipt review.json --key catalog.key", 77, .appReviewMismatch),
        ("catalog publish site notes-1.0.zip --receipt notes-1.0.zip --key catalog.key", 65, .recordUnreadable),
        ("catalog publish site notes-1.0.zip --receipt rev.key.pub --key catalog.key", 65, .recordUnreadable),
        ("catalog publish site notes-1.0.zip --receipt nothing.json --key catalog.key", 66, .sourceNotFound),
    ]

    @Test func `each refusal has its status and its code, and leaves everything as it is`() throws {
        let program = try prepared()
        try program.must("review sign notes-1.0.zip --key rev.key --status reviewed -o review.json")
        try program.spoil("notes-1.0.zip", as: "cut.zip") { Array($0.dropLast(10)) }
        let before = try program.place.snapshot()
        for (words, status, code) in Self.refusals {
            let outcome = try program.run(words)
            #expect(outcome.status == status, "\(words): \(outcome.stderr)")
            #expect(outcome.code == code.rawValue, "\(words): \(outcome.stderr)")
            #expect(outcome.stderr.contains("\nstate: nothing was changed\n"), "\(words)")
            #expect(outcome.stdout.isEmpty, "\(words)")
            #expect(try program.place.snapshot() == before, "\(words)")
        }
    }

    @Test(arguments: [
        "review sign", "review sign x.zip --key k --status reviewed", "review sign x.zip --key k -o r.json",
        "review sign x.zip --status reviewed -o r.json", "review sign x.zip --key k --status great -o r.json",
        "review sign x.zip --key k --status reviewed --policy careful -o r.json",
        "review sign x.zip --key k --status reviewed --policy @1 -o r.json",
        "review sign x.zip --key k --status reviewed --expires tomorrow -o r.json",
        "review sign x.zip --key k --status reviewed --evidence-sha256 1234 -o r.json",
        "catalog publish site --withdraw notes@1.0.0 --receipt r.json --key k",
    ])
    func `words that make no sense are a usage error`(words: String) throws {
        let program = try Program()
        let outcome = try program.run("\(words) --json")
        #expect(outcome.status == 64, "\(outcome.stderr)")
        let error = try JSONValue(line: outcome.stderr).member("error")
        #expect(error?.member("code")?.asString == "usage")
        #expect(program.place.names() == ["bundles"])
    }
}
