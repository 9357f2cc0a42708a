import TestSupport
import Testing

/// `behaviour.md` 7: what stands behind `install` is a path, or an app in a catalog.
struct InstallSourceTests {
    /// What is asked for where there is neither such a file nor a catalog, and how it ends.
    struct Row: Sendable {
        let words: String
        let status: Int32
        /// A part of what is said.
        let said: String

        init(_ words: String, _ status: Int32, _ said: String) {
            self.words = words
            self.status = status
            self.said = said
        }
    }

    private static let noFile = "code:  source_not_found"
    private static let noCatalog = "code:  catalog_not_configured"

    static let rows: [Row] = [
        // A path.
        Row("./notes", 66, noFile),
        Row("/nowhere/notes", 66, noFile),
        Row("notes/", 66, noFile),
        Row("notes.zip", 66, noFile),
        Row("notes-1.0.tar", 66, noFile),
        Row("notes@1.0.tar.gz", 66, noFile),
        Row("Notes.tar.zst", 66, noFile),
        Row("notes.tar.xz", 66, noFile),
        Row("./https://example.org", 64, "it is an address"),

        // An app in a catalog.
        Row("notes", 78, noCatalog),
        Row("notes.zip2", 78, noCatalog),
        Row("org.example.notes", 78, noCatalog),
        Row("notes@1.0.0", 78, noCatalog),
        Row("notes@v2.0.0-beta.1+build_7", 78, noCatalog),
        Row("notes@nightly --catalog demo", 78, noCatalog),
        Row("notes --catalog demo", 78, noCatalog),

        // Neither.
        Row("Notes", 64, "it is no app's id"),
        Row("-- -notes", 64, "it is no app's id"),
        Row("..", 64, "it is no app's id"),
        Row("@1.0", 64, "it is no app's id"),
        Row("notes:1.0", 64, "it is no app's id"),
        Row("notes@", 64, "no version such as 1.2.0"),
        Row("notes@1..0", 64, "no version such as 1.2.0"),
        Row("notes@1.0@2.0", 64, "no version such as 1.2.0"),
        Row("https://example.org/notes.zip", 64, "'apphost catalog add'"),
        Row("http://localhost/notes", 64, "'apphost catalog add'"),
        Row("ftp://example.org/notes.tar", 64, "'apphost catalog add'"),
        Row("file:///srv/notes.zip", 64, "'apphost catalog add'"),
        Row("crypta:notes", 64, "'apphost catalog add'"),
        Row("HTTPS:notes", 64, "'apphost catalog add'"),

        // A catalog is for an app.
        Row("./notes.zip --catalog demo", 64, "'--catalog' goes with an app's id"),
        Row("notes --catalog Demo", 64, "Demo"),
        Row("notes --catalog", 64, "--catalog"),
    ]

    @Test func `what is asked for is a path, an app, or refused with what to write instead`() throws {
        let program = try Program()
        for row in Self.rows {
            let outcome = try program.run("install \(row.words)")
            #expect(outcome.status == row.status, "\(row.words): \(outcome.stderr)")
            #expect(outcome.stderr.contains(row.said), "\(row.words): \(outcome.stderr)")
            #expect(outcome.stdout.isEmpty, "\(row.words)")
        }
        #expect(!program.place.exists("root"))
    }

    @Test(arguments: ["notes", "notes@1.0.0", "https://example.org/notes.zip", "crypta:something"])
    func `an update is from a path`(source: String) throws {
        let program = try Program()
        try program.prepare()
        try program.must("install ./notes-1.0.zip")
        let before = try program.place.snapshot()
        let outcome = try program.run("update notes --from \(source)")
        #expect(outcome.status == 64)
        #expect(outcome.stderr.contains("'--from' takes a path"))
        #expect(outcome.stderr.contains("'\(source)'"))
        #expect(try program.place.snapshot() == before)
    }
}
