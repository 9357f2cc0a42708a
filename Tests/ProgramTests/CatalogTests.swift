import HostModel
import TestSupport
import Testing

/// Catalogs as an operator follows them: `catalog add`, `list`, `info`, `refresh` and `remove`, `search` and `info`.
struct CatalogTests {
    /// `shop/`, a catalog that lists `notes` 1.0.0, beside a host that knows its key and nothing else.
    private func prepared() throws -> Program {
        let program = try Program()
        try program.prepare()
        try program.makeCatalog("shop")
        return program
    }

    private static let add = "catalog add demo ./shop --root shop/metadata/root.json"

    private func fingerprint(_ program: Program) throws -> String {
        let refused = try program.run("catalog add demo ./shop")
        return String(try #require(refused.stderr.firstMatch(of: /[0-9a-f]{64}/)).output)
    }

    /// What was made a moment ago, and counts for 30 days, without the seconds in between.
    private func steady(_ text: String) -> String {
        text.replacing(/just now|[0-9]+ s ago/, with: "<age>").replacing(/in (29|30) days/, with: "in <days>")
    }

    /// What is there of catalogs, to show that nothing was added.
    private func names(_ program: Program) -> [String] {
        #expect(program.place.names("root/catalogs/.work") == [])
        return program.place.names("root/catalogs").filter { $0 != ".work" }
    }

    // MARK: The way

    @Test func `a catalog is added, looked at, refreshed and removed`() throws {
        let program = try prepared()
        let transcript = try program.transcript(
            Self.add, "catalog list", "search", "catalog refresh", "catalog refresh demo", "catalog remove demo",
            "catalog list", "search")
        #expect(
            steady(transcript) == """
                $ apphost catalog add demo ./shop --root shop/metadata/root.json
                added demo: 1 app, expires in <days>
                $ apphost catalog list
                CATALOG  APPS  STATE  REFRESHED  EXPIRES  FROM
                demo  1  current  <age>  in <days>  <place>/shop
                $ apphost search
                APP  VERSION  INSTALLED  CATALOG  WHAT
                notes  1.0.0  -  demo  Small shared notes.
                $ apphost catalog refresh
                refreshed demo; it expires in <days>
                $ apphost catalog refresh demo
                refreshed demo; it expires in <days>
                $ apphost catalog remove demo
                removed demo
                $ apphost catalog list
                no catalog is known; 'apphost catalog add NAME URL' adds one
                $ apphost search
                no catalog is known; 'apphost catalog add NAME URL' adds one

                """)
    }

    @Test func `an app that is listed is told before it is installed`() throws {
        let program = try prepared()
        try program.must(Self.add)
        let listed = try program.must("info notes")
        #expect(listed.stderr.isEmpty)
        let lines = program.plain(listed.stdout).split(separator: "\n")
        #expect(lines.starts(with: ["app  notes", "installed  no", "in catalog  demo"]))
        #expect(lines.contains { $0.hasPrefix("newest  1.0.0, channel stable") })
        #expect(lines.contains { $0.hasPrefix("asks for  network.listen") })

        try program.must("install ./notes-1.0.zip")
        let installed = program.plain(try program.must("info notes").stdout)
        #expect(installed.contains("\nversion  1.0.0\n"))
        #expect(installed.contains("\nin catalog  demo\n"))
        let nowhere = try program.run("info nosuch")
        #expect(nowhere.status == 66)
        #expect(nowhere.code == "app_not_in_catalog")
    }

    // MARK: Adding

    @Test func `without a root nobody is added, and the fingerprint is told`() throws {
        let program = try prepared()
        for line in ["catalog add demo ./shop", "catalog add demo ./shop --yes", "catalog add demo ./shop --json"] {
            let refused = try program.run(line, stdin: "y\n")
            #expect(refused.status == 77, "\(line): \(refused.stderr)")
            #expect(refused.stderr.contains("catalog_root_unconfirmed"), "\(line)")
            #expect(refused.stdout.isEmpty)
        }
        #expect(names(program) == [])
        let fingerprint = try fingerprint(program)
        let wrong = String(fingerprint.reversed())
        let refused = try program.run("catalog add demo ./shop --fingerprint \(wrong)")
        #expect(refused.status == 65)
        #expect(refused.code == "catalog_root_differs")
        #expect(names(program) == [])
        try program.must("catalog add demo ./shop --fingerprint \(fingerprint)")
        #expect(names(program) == ["demo"])
    }

    static let refused: [(String, Int32, FailureCode)] = [
        ("catalog add demo ./nowhere --root shop/metadata/root.json", 69, .catalogUnavailable),
        ("catalog add demo ./nowhere", 69, .catalogUnavailable),
        ("catalog add demo ./shop --root shop/metadata/nothing.json", 66, .sourceNotFound),
        ("catalog add demo ./shop --root shop/metadata/timestamp.json", 65, .catalogUnverified),
        ("catalog add demo ./other --root shop/metadata/root.json", 65, .catalogUnverified),
        ("catalog add demo http://example.org/apps --root shop/metadata/root.json", 64, .usage),
        ("catalog add demo crypta:apps --root shop/metadata/root.json", 69, .unsupportedCatalogSource),
        ("catalog add demo ./shop --offline", 64, .usage),
        ("catalog add known ./shop --root shop/metadata/root.json", 1, .catalogAlreadyAdded),
        ("catalog info demo", 66, .catalogNotFound),
        ("catalog refresh demo", 66, .catalogNotFound),
        ("catalog refresh --offline", 64, .usage),
        ("catalog remove demo", 66, .catalogNotFound),
    ]

    @Test func `each refusal has its status and its code, and adds nothing`() throws {
        let program = try prepared()
        try program.must("key new other.key")
        try program.place.makeDirectory("other")
        try program.must("catalog init other --key other.key")
        try program.must("catalog add known ./shop --root shop/metadata/root.json")
        for (line, status, code) in Self.refused {
            let outcome = try program.run(line)
            #expect(outcome.status == status, "\(line): \(outcome.stderr)")
            #expect(outcome.code == code.rawValue, "\(line): \(outcome.stderr)")
            #expect(outcome.stdout.isEmpty, "\(line)")
            #expect(names(program) == ["known"], "\(line)")
        }
    }

    static let wrongWords = [
        "catalog add", "catalog add demo", "catalog add ../demo ./shop", "catalog add .work ./shop",
        "catalog add a/b ./shop", "catalog add Demo ./shop", "catalog add demo ./shop --fingerprint 1234",
        "catalog add demo ./shop --root a --root b --root c", "catalog info", "catalog info ../demo",
        "catalog refresh ./demo", "catalog remove", "catalog remove demo/..", "catalog nosuch", "search one two",
    ]

    @Test func `wrong words are told with their usage`() throws {
        let program = try prepared()
        let before = try program.place.snapshot()
        for line in Self.wrongWords {
            let outcome = try program.run(line)
            #expect(outcome.status == 64, "\(line): \(outcome.stderr)")
            #expect(outcome.stdout.isEmpty, "\(line)")
        }
        #expect(try program.place.snapshot() == before)
    }

    @Test func `a dry run ends as the real one does, and changes nothing`() throws {
        let original = try prepared()
        let before = try original.place.snapshot()
        for line in [Self.add, "catalog add demo ./nowhere --root shop/metadata/root.json", "catalog add demo ./shop"] {
            let dry = try original.run(line + " --dry-run")
            #expect(try original.place.snapshot() == before, "\(line)")
            let real = try original.copy().run(line)
            #expect(dry.status == real.status, "\(line): \(dry.stderr)\(real.stderr)")
            #expect(dry.code == real.code, "\(line)")
        }
        try original.must(Self.add)
        let added = try original.place.snapshot()
        let dry = try original.must("catalog remove demo --dry-run")
        #expect(dry.stdout == "dry run, nothing was changed: removed demo\n")
        #expect(try original.place.snapshot() == added)
    }

    // MARK: Two meanings of --root

    @Test func `behind catalog add the root is the catalog's, and before it the host's`() throws {
        let root = "--root shop/metadata/root.json"
        let lines = [
            "--root there catalog add demo ./shop \(root)", "--root=there catalog add demo ./shop \(root)",
            "catalog add demo ./shop \(root) --managed-root there",
            "catalog add demo ./shop --root there \(root)",
            "--json --root there --quiet catalog add demo ./shop \(root)",
        ]
        for line in lines {
            let program = try prepared()
            try program.must(line)
            #expect(program.place.exists("there/catalogs/demo"), "\(line)")
            #expect(!program.place.exists("root/catalogs/demo"), "\(line)")
        }
        // A directory is no file, wherever it stands.
        let program = try prepared()
        try program.place.makeDirectory("there")
        try program.must("catalog add demo ./shop \(root) --root there")
        #expect(program.place.exists("there/catalogs/demo"))
        let unconfirmed = try program.run("catalog add other ./shop --root there")
        #expect(unconfirmed.code == "catalog_root_unconfirmed")
        try program.must("--root there catalog list")
        try program.must("catalog list --root there")
    }

    // MARK: Refreshing

    @Test func `a refresh that fails keeps what there is, and says since when`() throws {
        let program = try prepared()
        try program.makeCatalog("other")
        try program.must(Self.add)
        try program.must("catalog add other ./other --root other/metadata/root.json")
        try program.place.remove("shop/metadata/timestamp.json")
        let one = try program.run("catalog refresh demo")
        #expect(one.status == 69)
        #expect(one.code == "catalog_unavailable")
        let says = "the catalog 'demo' could not be refreshed since <time>: the catalog has no 'timestamp.json'"
        #expect(program.plain(one.stderr).contains(says), "\(one.stderr)")
        #expect(one.stderr.contains(" is kept\n"), "\(one.stderr)")

        let all = try program.run("catalog refresh")
        #expect(all.status == 3)
        #expect(steady(all.stdout) == "refreshed other; it expires in <days>\n")
        let list = program.plain(try program.must("catalog list").stdout)
        #expect(list.contains("demo  1  failing since <time> (catalog_unavailable)  "), "\(list)")
        #expect(try program.must("search notes --quiet").stdout.split(separator: "\n").count == 2)
    }

    @Test func `a catalog that cannot be read hides no other`() throws {
        let program = try prepared()
        try program.must(Self.add)
        try program.must("catalog add other ./shop --root shop/metadata/root.json")
        try program.place.write("{", to: "root/catalogs/other/source.json", mode: 0o600)
        let list = try program.run("catalog list --quiet")
        #expect(list.status == 3)
        #expect(list.stdout.hasPrefix("demo "))
        #expect(list.stderr.hasPrefix("warning: 'catalogs/other/source.json' cannot be read: "))
        let search = try program.run("search notes --quiet")
        #expect(search.status == 0)
        #expect(search.stdout.hasPrefix("notes "))
        #expect(search.stderr.hasPrefix("warning: "))
        let info = try program.run("info notes")
        #expect(info.status == 0)
        #expect(info.stderr.hasPrefix("warning: "))
        let removed = try program.must("catalog remove other")
        #expect(removed.stdout == "removed other\n")
        try program.must("catalog list")
    }

    // MARK: For programs

    private static let catalog = [
        "name", "location", "refreshedAt", "expiresAt", "errorCode", "failedSince", "apps", "state",
    ]

    @Test func `each verb writes one object with the keys that it always has`() throws {
        let program = try prepared()
        let detail = ["rootFingerprint", "addedAt", "certificate", "entries", "unknown", "refusal"]
        let hit = [
            "id", "name", "version", "catalog", "channel", "summary", "versions", "installed", "deprecation", "status",
            "reason",
        ]
        let lists: [(String, String, [String])] = [
            ("catalog list", "catalogs", Self.catalog),
            ("catalog refresh", "results", ["name", "result", "refreshedAt", "expiresAt", "code", "message"]),
            ("search notes", "results", hit),
            ("search notes", "catalogs", ["name", "refreshedAt", "expiresAt", "errorCode"]),
            (
                "info notes", "catalogs",
                [
                    "catalog", "status", "reason", "name", "summary", "version", "versions", "channel", "digest",
                    "downloadBytes", "publishedAt", "transport", "permissionProfile", "permissions", "environment",
                    "requires", "changelog", "deprecation", "advisories",
                ]
            ),
        ]
        for line in ["catalog list", "catalog refresh", "search notes"] {
            #expect(try object(program.must(line + " --json")).keys.first == "schema", "\(line)")
        }
        let added = try object(program.must(Self.add + " --json"))
        #expect(added.keys == ["schema", "catalog"])
        #expect(added.member("catalog")?.keys == Self.catalog)
        #expect(added.member("catalog")?.member("state")?.asString == "current")
        #expect(try object(program.must("catalog info demo --json")).keys == ["schema"] + Self.catalog + detail)
        for (line, list, keys) in lists {
            let elements = try object(program.must(line + " --json")).member(list)?.elements ?? []
            #expect(elements.map(\.keys) == [keys], "\(line)")
        }
        let removed = try object(program.must("catalog remove demo --json"))
        #expect(removed.keys == ["schema", "name", "apps"])
    }

    @Test func `a refresh that fails is a result, with its status`() throws {
        let program = try prepared()
        try program.must(Self.add)
        try program.place.remove("shop/metadata/timestamp.json")
        let outcome = try program.run("catalog refresh --json")
        #expect(outcome.status == 69)
        #expect(outcome.stderr.isEmpty)
        let result = try #require(JSONValue(line: outcome.stdout).member("results")?.elements.first)
        #expect(result.member("result")?.asString == "failed")
        #expect(result.member("code")?.asString == "catalog_unavailable")
        #expect(result.member("refreshedAt")?.asString != nil)
    }

    /// One line that holds one object of schema 1.
    private func object(_ outcome: Program.Outcome) throws -> JSONValue {
        #expect(outcome.stdout.split(separator: "\n").count == 1)
        let object = try JSONValue(line: outcome.stdout)
        #expect(object.member("schema")?.text == "1")
        return object
    }
}
