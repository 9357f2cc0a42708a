import Catalogs
import HostModel
import Testing

/// `custom.apphost` of a target: which entries are read, and why others are not.
struct CatalogEntryTests {
    private func read(_ custom: String, at path: String = "apps/notes/1.2.0/notes.tar") throws -> CatalogEntry {
        let path = try #require(RelativePath(path))
        return try CatalogEntry.read(custom: StrictJSON.parse(Array(custom.utf8)), path: path)
    }

    private func problem(_ custom: String, at path: String = "apps/notes/1.2.0/notes.tar") throws -> String? {
        do {
            _ = try read(custom, at: path)
            return nil
        } catch let error as RecordError {
            return error.problem
        }
    }

    @Test func `the smallest entry has what is usual for the rest`() throws {
        let entry = try read(Entries.custom())
        #expect(entry.id.text == "notes")
        #expect(entry.channel == "stable")
        #expect(entry.permissions == [])
        #expect(entry.requires.arch == nil)
        #expect(entry.review == nil)
        #expect(entry.deprecation.status == .none)
    }

    @Test func `an entry comes back as it was written`() throws {
        var entry = try Entries.entry()
        entry.summary = "Small shared notes."
        entry.channel = "beta"
        entry.publishedAt = Timestamp(seconds: 1_777_629_600)
        entry.permissions = ["network.listen", "data.write"]
        entry.permissionRationale = ["network.listen": "Serves its page."]
        entry.environment = [.init(name: "NOTES_TOKEN", required: true, secret: true, defaultValue: "")]
        entry.transport = "streamable-http"
        entry.permissionProfile = "network"
        entry.changelog = .init(summary: "Faster.\nSmaller.", url: "https://example.org/notes")
        entry.requires = .init(apphost: BundleVersion("1.0.0"), arch: ["x86_64"])
        entry.review = .init(status: .preReviewPassed, note: "Soon.")
        entry.receipts = [["payload": "", "signatures": JSONValue.array([])]]
        entry.deprecation = .init(status: .deprecated, message: "Old.", replacement: AppID("papers"))
        entry.advisories = [.init(id: "A-1", severity: .high, summary: "Leaks.")]
        let custom: JSONValue = ["apphost": entry]
        let again = try CatalogEntry.read(custom: custom, path: Entries.path(entry))
        #expect(again.json.text == entry.json.text)
    }

    @Test(
        arguments: [
            (#""colour":"red""#, "colour"), (#""requires":{"os":"linux"}"#, "requires.os"),
            (#""channel":"../stable""#, "channel"), (#""channel":"Stable""#, "channel"),
            (#""transport":"ftp""#, "transport"), (#""permissions":["a","a"]"#, "permissions[1]"),
            (#""permissions":["a/b"]"#, "permissions[0]"),
            (#""permissionRationale":{"b":"why"}"#, "permissionRationale.b"),
            (#""environment":[{"name":"1A"}]"#, "environment[0].name"),
            (#""review":{"status":"good"}"#, "review.status"),
            (#""receipts":["x"]"#, "receipts[0]"), (#""publishedAt":"today""#, "publishedAt"),
            (#""changelog":{"url":"javascript:x"}"#, "changelog.url"),
            (#""deprecation":{"status":"old"}"#, "deprecation"),
            (#""advisories":[{"id":"A","severity":"bad"}]"#, "advisories[0].severity"),
            (#""requires":{"apphost":"soon"}"#, "requires.apphost"), (#""summary":"""#, "summary"),
        ] as [(String, String)])
    func `what no entry may say refuses it and is named`(members: String, named: String) throws {
        let problem = try #require(try self.problem(Entries.custom(members)))
        #expect(problem.contains(named), "\(problem)")
    }

    @Test func `what begins with x- is anybody's`() throws {
        #expect(try problem(Entries.custom(#""x-shop":{"price":1}"#)) == nil)
    }

    @Test(arguments: [
        "apps/notes/1.2.1/notes.tar", "apps/other/1.2.0/notes.tar", "notes/1.2.0/notes.tar", "apps/notes/1.2.0",
        "apps/notes/1.2.0/x/notes.tar", "Apps/notes/1.2.0/notes.tar",
    ])
    func `a bundle is not listed under another one's path`(path: String) throws {
        #expect(try problem(Entries.custom(), at: path) != nil)
    }

    @Test(arguments: [#"{}"#, #"{"apphost":{}}"#, #"{"apphost":[]}"#, #"{"apphost":{"schema":1,"id":"../x"}}"#])
    func `what is missing or no id refuses the entry`(custom: String) throws {
        #expect(try problem(custom) != nil)
    }

    @Test func `an entry for a newer apphost says so`() throws {
        let custom = #"{"apphost":{"schema":2,"id":"notes"}}"#
        #expect(throws: RecordError(file: "apps/notes/1.2.0/notes.tar", problem: "", needsNewer: true)) {
            try read(custom)
        }
    }
}
