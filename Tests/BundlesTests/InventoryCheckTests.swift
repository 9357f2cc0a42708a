import Bundles
import DiskIO
import HostModel
import Testing

/// `formats.md` 2.2: what can be known of a bundle from its inventory alone.
struct InventoryCheckTests {
    private func check(
        _ inventory: File, caseSensitive: Bool = false, entryLimit: Int64 = 1000
    ) throws -> InventorySummary {
        try InventoryCheck.run(inventory, caseSensitive: caseSensitive, entryLimit: entryLimit)
    }

    /// An inventory with empty files of these names, and a manifest.
    private func files(_ names: [String]) throws -> File {
        try Samples.inventory(names.map { try Samples.file($0) })
    }

    @Test func `files and bytes are added up, links and directories are not`() throws {
        let summary = try check(
            Samples.inventory([
                Samples.file("bin/notes", "12345", isExecutable: true), Samples.file("data/empty"),
                Samples.link("notes", to: "bin/notes"), Samples.directory("spool"),
            ]))
        #expect(summary.header.app.text == "notes")
        #expect(summary.header.version.text == "1.2.0")
        #expect(summary.files == 3)
        // Five, none, and the two of the manifest.
        #expect(summary.bytes == 7)
    }

    @Test func `a manifest is enough`() throws {
        #expect(try check(Samples.inventory([])).files == 1)
    }

    @Test func `without a manifest it is refused`() throws {
        let inventory = try Samples.inventory(lines: [Samples.file("bin/notes").line])
        #expect(throws: BundleError.entryMissing("apphost/manifest.json")) { try check(inventory) }
    }

    @Test func `sizes that add up to more than 64 bits are refused`() throws {
        let digest = Samples.digest(of: "")
        let huge = InventoryEntry(
            path: try Samples.path("data"), kind: .file(size: Int64.max, isExecutable: false, sha256: digest))
        let code = failureCode { _ = try check(Samples.inventory([huge])) }
        #expect(code == .bundleInventoryInvalid)
    }

    @Test func `the limit of entries counts all of them`() throws {
        let entries = [
            try Samples.file("a"), try Samples.link("b", to: "a"), try Samples.directory("c"),
        ]
        #expect(try check(Samples.inventory(entries), entryLimit: 4).files == 2)
        let expected = BundleError.limitExceeded(setting: "limits.entries", needed: 4, limit: 3)
        #expect(throws: expected) { try check(Samples.inventory(entries), entryLimit: 3) }
    }

    // MARK: Reserved names

    @Test(arguments: [
        "apphost", "apphost/signatures.json", "apphost/inventory.jsonl", "apphost/receipt.json", "apphost/extra",
        "apphost/manifest.json.bak", "apphost/sub/manifest.json", "APPHOST", "AppHost/manifest.json", "appHost/x",
    ])
    func `nothing but the manifest may be listed in apphost`(name: String) throws {
        let entries = [try Samples.file(name), try Samples.directory(name), try Samples.link(name, to: "a")]
        for entry in entries {
            let code = failureCode { _ = try check(Samples.inventory([entry, Samples.file("a")])) }
            #expect(code == .bundleInventoryInvalid)
        }
    }

    @Test(arguments: ["apphost2", "apphost.d/x", "data/apphost", "data/apphost/receipt.json", "aphost/x"])
    func `names that only resemble it are free`(name: String) throws {
        #expect(try check(files([name])).files == 2)
    }

    @Test func `the manifest is a file that is not executable`() throws {
        let executable = try Samples.file(Manifest.path, "{}", isExecutable: true)
        let link = try Samples.link(Manifest.path, to: "../a")
        let directory = try Samples.directory(Manifest.path)
        for entry in [executable, link, directory] {
            let inventory = try Samples.inventory(lines: [entry.line, Samples.file("b").line])
            let code = failureCode { _ = try check(inventory) }
            #expect(code == .bundleInventoryInvalid)
        }
    }

    // MARK: Collisions

    @Test(arguments: [
        ["a", "A"],
        ["data/readme", "data/README"],
        ["data/x", "DATA/y"],
        ["data/x", "Data"],
        ["a/b/c/d", "a/B/c/e"],
        ["stra\u{DF}e", "STRASSE"],
        ["\u{E4}", "\u{C4}"],
        ["\u{3C3}", "\u{3C2}"],
        ["\u{FB01}", "fi"],
        ["\u{131}", "i"],
        ["x/\u{E9}/a", "x/E\u{301}/b"],
    ])
    func `paths alike but for letter case collide, unless it counts`(names: [String]) throws {
        let code = failureCode { _ = try check(files(names)) }
        #expect(code == .bundlePathCollision)
        #expect(try check(files(names), caseSensitive: true).files == 3)
    }

    @Test(arguments: [
        ["\u{E9}", "e\u{301}"], ["data/\u{E9}/a", "data/e\u{301}/b"], ["\u{1E9B}\u{323}", "\u{17F}\u{323}\u{307}"],
        ["\u{AC00}", "\u{1100}\u{1161}"], ["\u{212B}", "\u{C5}"],
        ["\u{3B1}\u{345}\u{301}", "\u{3B1}\u{301}\u{345}"],
    ])
    func `paths alike but for normalisation collide, even where letter case counts`(names: [String]) throws {
        for caseSensitive in [false, true] {
            let code = failureCode { _ = try check(files(names), caseSensitive: caseSensitive) }
            #expect(code == .bundlePathCollision)
        }
    }

    @Test func `the error names both paths`() throws {
        #expect(throws: BundleError.collision("data/README", "data/readme")) {
            try check(files(["data/readme", "data/README"]))
        }
        #expect(throws: BundleError.collision("DATA", "data")) { try check(files(["data/x", "DATA/y"])) }
    }

    @Test(arguments: [
        ["a", "b"], ["a/x", "b/x"], ["a/b", "b/a"], ["a-b", "a_b"], ["a/b", "a-b", "a.b"], ["o", "\u{F6}"],
        ["a b", "ab"],
    ])
    func `other paths do not collide`(names: [String]) throws {
        #expect(try check(files(names)).files == Int64(names.count + 1))
    }

    // MARK: Links

    /// The bundle that the links below are added to.
    private func withLink(_ path: String, to target: String) throws -> File {
        try Samples.inventory([
            Samples.file("bin/notes", isExecutable: true), Samples.file("data/deep/file"), Samples.file("data/file"),
            Samples.directory("spool"), Samples.link("lib", to: "data"), Samples.link(path, to: target),
        ])
    }

    @Test(arguments: [
        ("link", "bin/notes"), ("link", "data"), ("link", "data/deep"), ("link", "data/deep/file"), ("link", "spool"),
        ("link", "lib"), ("link", "data/../bin/notes"), ("link", "data/deep/../file"), ("link", "spool/../data"),
        ("data/link", "file"), ("data/link", "deep/file"), ("data/link", "../bin/notes"), ("data/link", "../data/file"),
        ("data/deep/link", "../../bin/notes"), ("data/deep/link", ".."), ("new/deep/link", "../../data"),
        // As many steps as any path needs.
        ("link", String(repeating: "data/../", count: 63) + "data"),
    ])
    func `links that stay in the bundle are taken`(path: String, target: String) throws {
        #expect(try check(withLink(path, to: target)).files == 4)
    }

    @Test(arguments: [
        // Out of the bundle, or to all of it.
        ("link", ".."), ("link", "../bin/notes"), ("data/link", "../.."), ("data/link", "../../etc/passwd"),
        ("data/link", ".."), ("data/link", "../../data/file"), ("link", "data/.."), ("link", "/etc/passwd"),
        ("link", "/"),
        // No path.
        ("link", ""), ("link", "."), ("link", "./bin/notes"), ("link", "bin/./notes"), ("link", "bin//notes"),
        ("link", "data/"), ("link", "C:data"), ("link", "data/\u{7F}"), ("link", "data/\u{202E}"),
        // To nothing.
        ("link", "nothing"), ("link", "data/nothing"), ("link", "DATA/file"), ("link", "bin/notes/x"),
        ("link", "nothing/../data"), ("link", String(repeating: "data/../", count: 64) + "data"),
        // Through what is no directory of the bundle.
        ("link", "lib/file"), ("link", "lib/../data/file"), ("link", "bin/notes/../notes"),
        // Into the sidecars.
        ("link", "apphost"), ("link", "apphost/manifest.json"), ("link", "apphost/receipt.json"),
        ("data/link", "../apphost/manifest.json"), ("link", "APPHOST/manifest.json"), ("link", "data/../apphost"),
    ])
    func `links that lead anywhere else are refused`(path: String, target: String) throws {
        #expect(throws: BundleError.linkInvalid(path: path, target: target)) {
            try check(withLink(path, to: target))
        }
    }

    @Test func `a path through a listed link is refused`() throws {
        let inventory = try Samples.inventory([
            Samples.file("data/file"), Samples.link("lib", to: "data"), Samples.file("lib/other"),
        ])
        let code = failureCode { _ = try check(inventory) }
        #expect(code == .bundleInventoryInvalid)
    }
}
