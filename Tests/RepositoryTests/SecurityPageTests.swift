import Testing

/// `docs/security.md` against the code: what it names is there.
struct SecurityPageTests {
    @Test func `every test that the page names is there`() {
        let tests = Page.tests
        #expect(tests.count > 1000)
        for row in Page.rows {
            for name in row.tests { #expect(tests.contains(name), "\(row.name): no test is called '\(name)'") }
        }
    }

    @Test func `every case that the page names is there`() {
        let folders = Set(SourceTree.entries(below: "TestBundles").directories)
        for row in Page.rows {
            for name in row.cases { #expect(folders.contains(name), "\(row.name): TestBundles has no '\(name)'") }
        }
    }

    @Test func `every path of the code that the page names is there`() {
        let paths = Page.words(in: Page.text).filter { $0.hasPrefix("Sources/") || $0.hasPrefix("Tests/") }
        #expect(paths.count > 20)
        let there = ["Sources", "Tests"].flatMap { top -> [String] in
            let found = SourceTree.entries(below: top)
            return (found.files + found.directories).map { "\(top)/\($0)" }
        }
        for path in Set(paths).subtracting(there).sorted() { Issue.record("'\(path)' is not there") }
    }

    @Test func `every threat and every published failure is shown by something, or cannot touch AppHost`() {
        #expect(Page.rows.count > 70)
        for row in Page.rows where row.shownBy.isEmpty {
            #expect(row.cells.last == "–", "\(row.name)")
            #expect(row.cells.dropFirst().dropLast().allSatisfy { !$0.isEmpty }, "\(row.name) does not say why")
        }
        let names = Page.rows.map(\.name)
        #expect(Set(names).count == names.count, "a row is there twice")
    }
}

/// Calls that no source makes. What a bundle or an archive says never becomes an order to them.
struct ForbiddenCallTests {
    private static let sources: [(path: String, text: String)] =
        SourceTree.entries(below: "Sources").files
        .filter { path in [".swift", ".c", ".h"].contains { path.hasSuffix($0) } }
        .map { path in (path: path, text: SourceTree.text("\(SourceTree.root)/Sources/\(path)")) }

    private func expectNone(of calls: [String], sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(Self.sources.count > 100, sourceLocation: sourceLocation)
        for source in Self.sources {
            for call in calls where source.text.contains(call) {
                Issue.record("\(source.path) has '\(call)'", sourceLocation: sourceLocation)
            }
        }
    }

    @Test func `no source starts a shell, or looks a program up by its name`() {
        expectNone(of: [
            "/bin/sh", "/bin/bash", "popen(", " system(", "(system(", "wordexp(", "execlp(", "execvp(", "execlpe(",
            "execvpe(", "posix_spawnp(",
        ])
    }

    @Test func `no source applies owners, times, flags, attributes or lists that an archive has`() {
        expectNone(of: [
            "archive_write_disk", "archive_read_extract", "archive_entry_acl", "archive_entry_xattr",
            "archive_entry_fflags", "archive_entry_uid", "archive_entry_gid", "archive_entry_mtime", "setxattr",
            "acl_set_", "FS_IOC_SETFLAGS", "utimens", "utimes(", "mknod", "mkfifo",
        ])
    }

    @Test func `no source enables a format or filter of libarchive beyond those that bundles come in`() {
        let enabling = /archive_read_(?:support|append|set)_(?:format|filter)\w*|ARCHIVE_(?:FILTER|FORMAT)_\w+/
        let found = Set(Self.sources.flatMap { $0.text.matches(of: enabling).map { String($0.output) } })
        #expect(
            found == [
                // What one filter yields is read raw, and then as a tar.
                "archive_read_support_format_zip_seekable", "archive_read_support_format_tar",
                "archive_read_support_format_raw", "archive_read_append_filter", "ARCHIVE_FILTER_ZSTD",
                "ARCHIVE_FILTER_XZ",
            ])
    }
}

/// `docs/security.md`, taken apart.
private enum Page {
    /// A row of a table whose last column is *Shown by*.
    struct Row {
        let cells: [String]

        var name: String { cells.first ?? "" }
        /// Tests by their names, and folders of `TestBundles/`.
        var shownBy: [String] { Page.words(in: cells.last ?? "") }
        var cases: [String] { shownBy.filter { Page.isCase($0) } }
        var tests: [String] { shownBy.filter { !Page.isCase($0) } }
    }

    static let text = SourceTree.text(SourceTree.root + "/docs/security.md")

    static let rows: [Row] = {
        var rows: [Row] = []
        var isInTable = false
        var isWanted = false
        for line in Page.text.split(separator: "\n", omittingEmptySubsequences: false) {
            guard line.hasPrefix("|") else {
                isInTable = false
                continue
            }
            let cells = Page.cells(of: line)
            if !isInTable {
                isInTable = true
                isWanted = cells.last == "Shown by"
            } else if isWanted, cells.contains(where: { $0.contains { $0 != "-" } }) {
                rows.append(Row(cells: cells))
            }
        }
        return rows
    }()

    /// The names of all tests.
    static let tests: Set<String> = {
        var names: Set<String> = []
        for path in SourceTree.entries(below: "Tests").files where path.hasSuffix(".swift") {
            for line in SourceTree.text("\(SourceTree.root)/Tests/\(path)").split(separator: "\n") {
                guard let start = line.firstRange(of: "func `")?.upperBound else { continue }
                names.insert(String(line[start...].prefix { $0 != "`" }))
            }
        }
        return names
    }()

    /// What stands between backticks.
    static func words(in text: String) -> [String] {
        let parts = text.split(separator: "`", omittingEmptySubsequences: false)
        return parts.indices.filter { !$0.isMultiple(of: 2) }.map { String(parts[$0]) }
    }

    private static func isCase(_ word: String) -> Bool {
        word.hasPrefix("refused-at-") || word.hasPrefix("accepted/") || word.hasPrefix("apps/")
    }

    /// Before the first and behind the last bar nothing stands.
    private static func cells(of line: Substring) -> [String] {
        line.split(separator: "|", omittingEmptySubsequences: false).dropFirst().dropLast().map { cell in
            cell.split(separator: " ").joined(separator: " ")
        }
    }
}
