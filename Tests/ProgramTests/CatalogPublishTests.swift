import HostModel
import TestSupport
import Testing

/// `catalog init`, `publish` and `resign`, as a publisher runs them.
struct CatalogPublishTests {
    /// Keys `notes` and `catalog`, two bundles, and `site/`, a catalog that lists the first.
    private func prepared() throws -> Program {
        let program = try Program()
        try program.preparePublisher()
        try program.must("catalog publish site notes-1.0.zip --key catalog.key")
        return program
    }

    @Test func `a catalog is started, published to and withdrawn from, and needs no root`() throws {
        let program = try Program()
        try program.must("key new catalog.key")
        for version in ["1.0", "1.1"] {
            try program.must("pack bundles/notes-\(version) -o notes-\(version).zip --key catalog.key")
        }
        let transcript = try program.transcript(
            "catalog init site --key catalog.key",
            "catalog publish site notes-1.0.zip ./notes-1.1.zip --key catalog.key --channel beta --quiet",
            "catalog publish site notes-1.0.zip --key catalog.key --quiet",
            "catalog publish site --withdraw notes@1.1.0 --key catalog.key --quiet")
        #expect(
            transcript == """
                $ apphost catalog init site --key catalog.key
                started a catalog in site
                root <digest>
                serve the directory over https; a host follows it with one of
                  apphost catalog add NAME URL --fingerprint <digest>
                  apphost catalog add NAME URL --root root.json
                where root.json is site/metadata/root.json, which it got from you
                root has the same key; '--root-key FILE' gives it one to be kept offline
                $ apphost catalog publish site notes-1.0.zip ./notes-1.1.zip --key catalog.key --channel beta --quiet
                published notes 1.0.0 in beta as apps/notes/1.0.0/notes-1.0.zip
                published notes 1.1.0 in beta as apps/notes/1.1.0/notes-1.1.zip
                $ apphost catalog publish site notes-1.0.zip --key catalog.key --quiet
                published notes 1.0.0 as apps/notes/1.0.0/notes-1.0.zip
                $ apphost catalog publish site --withdraw notes@1.1.0 --key catalog.key --quiet
                withdrew notes 1.1.0

                """)
        #expect(!program.place.exists("root"))
        let expected = [
            "1.root.json", "3.snapshot.json", "3.targets.json", "4.snapshot.json", "4.targets.json", "root.json",
            "timestamp.json",
        ]
        #expect(program.place.names("site/metadata") == expected)
        #expect(program.place.names("site/targets/apps/notes/1.0.0").count == 1)
        #expect(program.place.names("site/targets/apps/notes/1.1.0") == [])
    }

    @Test func `what is published is a file that was there before, byte for byte`() throws {
        let program = try prepared()
        let name = try #require(program.place.names("site/targets/apps/notes/1.0.0").first)
        let copy = program.place.read("site/targets/apps/notes/1.0.0/\(name)")
        #expect(copy == program.place.read("notes-1.0.zip"))
        #expect(name.hasSuffix(".notes-1.0.zip"))
    }

    @Test func `people are shown how long each role lives`() throws {
        let program = try prepared()
        let outcome = try program.must("catalog publish site notes-1.1.zip --key catalog.key")
        let lines = program.plain(outcome.stdout).split(separator: "\n").map { line in
            String(line).replacing(/<time>\x20\x20[0-9]+/, with: "<life>")
        }
        let expected = [
            "published notes 1.1.0 as apps/notes/1.1.0/notes-1.1.zip", "ROLE  VERSION  EXPIRES  DAYS  SIGNED",
            "root  1  <life>  before", "targets  3  <life>  now", "snapshot  3  <life>  now",
            "timestamp  3  <life>  now",
        ]
        #expect(lines == expected)

        let resigned = try program.must("catalog resign site --key catalog.key --quiet")
        #expect(resigned.stdout.split(separator: "\n").count == 5)
        #expect(!resigned.stdout.contains("now"))
    }

    @Test func `bundles without a signature are published with a warning`() throws {
        let program = try prepared()
        try program.must("pack bundles/notes-1.1 -o unsigned.zip")
        let outcome = try program.must("catalog publish site unsigned.zip --key catalog.key")
        #expect(outcome.stderr.hasPrefix("warning: nobody signed 'unsigned.zip'"))
    }

    // MARK: Output for programs

    @Test func `with json each verb writes one object with every key`() throws {
        let program = try prepared()
        let started = try object(program, "catalog init other --key catalog.key --bins 4")
        #expect(started.member("catalog")?.member("path")?.asString == "other")
        #expect(started.member("catalog")?.member("bins")?.text == "4")
        #expect(started.member("roles")?.elements.count == 8)

        let published = try object(program, "catalog publish other notes-1.0.zip --key catalog.key")
        let fingerprint = started.member("catalog")?.member("rootFingerprint")?.asString
        #expect(published.member("catalog")?.member("rootFingerprint")?.asString == fingerprint)
        #expect(published.member("roles")?.elements.count == 5)
        let bundle = try #require(published.member("published")?.elements.first)
        #expect(bundle.keys == ["id", "version", "digest", "path", "bytes", "sha256", "channel"])
        let inspected = try program.json("inspect ./notes-1.0.zip")
        #expect(bundle.member("digest")?.asString == inspected.member("digest")?.asString)
        #expect(bundle.member("channel")?.asString == "stable")

        let withdrawn = try object(program, "catalog publish other --withdraw notes@1.0.0 --key catalog.key")
        #expect(withdrawn.member("withdrawn")?.elements.map(\.keys) == [["id", "version"]])

        let resigned = try object(program, "catalog resign site --all --key catalog.key")
        let roles = resigned.member("roles")?.elements ?? []
        #expect(roles.map { $0.member("role")?.asString } == ["root", "targets", "snapshot", "timestamp"])
        #expect(roles.map { $0.member("version")?.text } == ["2", "3", "3", "3"])
        #expect(roles.map { $0.member("days")?.text } == ["365", "90", "30", "30"])
        #expect(roles.allSatisfy { $0.member("renewed")?.text == "true" })

        let dry = try object(program, "catalog init third --key catalog.key --dry-run")
        #expect(dry.member("catalog")?.member("rootFingerprint")?.text == "null")
        #expect(dry.member("catalog")?.member("bins")?.text == "null")
        #expect(!program.place.exists("third"))
    }

    private func object(_ program: Program, _ line: String) throws -> JSONValue {
        let object = try program.object(line)
        #expect(object.keys == ["schema", "catalog", "roles", "published", "withdrawn"], "\(line)")
        #expect(object.member("catalog")?.keys == ["path", "rootFingerprint", "bins"], "\(line)")
        for role in object.member("roles")?.elements ?? [] {
            #expect(role.keys == ["role", "version", "expiresAt", "days", "renewed"], "\(line)")
        }
        return object
    }

    @Test func `a dry run gives the real answer and changes no file`() throws {
        let program = try prepared()
        let before = try program.place.snapshot()
        for line in [
            "catalog init other --key catalog.key --bins 16", "catalog publish site notes-1.1.zip --key catalog.key",
            "catalog publish site --withdraw notes@1.0.0 --key catalog.key",
            "catalog resign site --all --key catalog.key",
        ] {
            let outcome = try program.must(line + " --dry-run")
            #expect(outcome.stdout.contains("dry run, nothing was changed"), "\(line)")
        }
        #expect(try program.run("catalog init site --key catalog.key --dry-run").code == "file_exists")
        #expect(try program.run("catalog publish site notes-1.1.zip --key notes.key --dry-run").code == "key_invalid")
        #expect(try program.place.snapshot() == before)
    }

    // MARK: Refusals

    private static let refusals: [(String, Int32, FailureCode)] = [
        ("init site --key catalog.key", 73, .fileExists),
        ("init notes.key --key catalog.key", 73, .fileExists),
        ("init nowhere/site --key catalog.key", 66, .sourceNotFound),
        ("init new --key no.key", 66, .sourceNotFound),
        ("init new --key catalog.key --root-key notes.key.pub", 65, .keyInvalid),
        ("init new --key catalog.key --bins 3", 64, .usage),
        ("init new --key catalog.key --bins 0", 64, .usage),
        ("init new --key catalog.key --bins 8192", 64, .usage),
        ("publish nowhere notes-1.1.zip --key catalog.key", 66, .catalogNotFound),
        ("publish empty notes-1.1.zip --key catalog.key", 66, .catalogNotFound),
        ("publish notes.key notes-1.1.zip --key catalog.key", 66, .catalogNotFound),
        ("publish site notes-1.1.zip --key notes.key", 65, .keyInvalid),
        ("publish site notes-1.1.zip --key notes.key.pub", 65, .keyInvalid),
        ("publish site notes-1.1.zip --key no.key", 66, .sourceNotFound),
        ("publish site nothing.zip --key catalog.key", 66, .sourceNotFound),
        ("publish site notes.key --key catalog.key", 65, .bundleFormatUnsupported),
        ("publish site cut.zip --key catalog.key", 65, .bundleArchiveInvalid),
        ("publish site bundles/notes-1.1 --key catalog.key", 65, .bundleFormatUnsupported),
        ("publish site notes-1.1.zip other/notes-1.0.zip --key catalog.key", 73, .fileExists),
        ("publish site notes-1.1.zip ./notes-1.1.zip --key catalog.key", 64, .usage),
        ("publish site notes-1.1.zip --key catalog.key --changelog-url ftp://example.org", 65, .entryInvalid),
        ("publish site --withdraw notes@9.9.9 --key catalog.key", 66, .versionNotFound),
        ("publish site notes-1.0.zip --withdraw notes@1.0.0 --key catalog.key", 64, .usage),
        ("resign nowhere --key catalog.key", 66, .catalogNotFound),
        ("resign site --key notes.key", 65, .keyInvalid),
        ("resign site --key catalog.key --root-key notes.key", 65, .keyInvalid),
    ]

    @Test func `each refusal has its status and its code, and leaves everything as it is`() throws {
        let program = try prepared()
        try program.place.makeDirectory("empty")
        try program.place.makeDirectory("other")
        try program.pack("other/notes-1.0.zip", version: "1.0.0")
        try program.spoil("notes-1.1.zip", as: "cut.zip") { Array($0.dropLast(10)) }
        let before = try program.place.snapshot()
        for (words, status, code) in Self.refusals {
            let outcome = try program.run("catalog " + words)
            #expect(outcome.status == status, "\(words): \(outcome.stderr)")
            #expect(outcome.code == code.rawValue, "\(words): \(outcome.stderr)")
            #expect(outcome.stderr.contains("\nstate: nothing was changed\n"), "\(words)")
            #expect(outcome.stdout.isEmpty, "\(words)")
            #expect(try program.place.snapshot() == before, "\(words)")
        }
    }

    @Test(arguments: [
        "init", "init site", "init new --key catalog.key --bins many", "init new --key catalog.key --days root=0",
        "publish site --key catalog.key", "publish site notes-1.1.zip",
        "publish site --withdraw notes --key catalog.key", "publish site --withdraw notes@ --key catalog.key",
        "publish site notes-1.1.zip --key catalog.key --channel Beta!",
        "publish site notes-1.1.zip --key catalog.key --review-status great",
        "publish site notes-1.1.zip --key catalog.key --review-note twice",
        "publish site notes-1.1.zip --key catalog.key --days bin-0=3", "resign site", "resign site other --key x",
    ])
    func `words that make no sense are a usage error`(words: String) throws {
        let program = try Program()
        let outcome = try program.run("catalog \(words) --json")
        #expect(outcome.status == 64, "\(outcome.stderr)")
        let error = try JSONValue(line: outcome.stderr).member("error")
        #expect(error?.member("code")?.asString == "usage")
        #expect(program.place.names() == ["bundles"])
    }
}
