import Catalogs
import HostModel
import Hosting
import Storage
import TestSupport
import Testing

/// Catalogs as an operator adds, looks at, refreshes and removes them.
struct CatalogUseCaseTests {
    private static let day: Int64 = 86_400

    private func later(_ seconds: Int64) -> Timestamp { Timestamp(seconds: Samples.now.seconds + seconds) }

    /// What is there of catalogs beside an empty `.work/`.
    private func names(_ lab: Lab) -> [String] {
        #expect(lab.names("catalogs/.work") == [])
        return lab.names("catalogs").filter { $0 != ".work" }
    }

    // MARK: Adding

    @Test func `it is added with its root, with its fingerprint, or with a yes to what is shown`() async throws {
        let shelf = try Shelf(Shelf.entry(), Shelf.entry("wiki"))
        let fingerprint = try shelf.fingerprint()
        let withRoot = try shelf.asNew()
        let withBoth = try shelf.asNew { $0.fingerprint = fingerprint }
        let withNothing = try shelf.asNew { $0.rootFile = nil }
        var withFingerprint = withNothing
        withFingerprint.fingerprint = fingerprint
        for new in [withRoot, withBoth, withNothing, withFingerprint] {
            let lab = try Lab()
            let catalog = try await lab.host.addCatalog(new, options: ChangeOptions()) { $0 == fingerprint }
            #expect(
                catalog.json.text == """
                    {"name":"demo","location":"\(shelf.path)","refreshedAt":"2026-05-01T10:00:00Z",\
                    "expiresAt":"2026-05-31T10:00:00Z","errorCode":null,"failedSince":null,"apps":2,"state":"current"}
                    """)
            #expect(catalog.contents == "2 apps, expires in 30 days")
            #expect(try lab.host.catalogs().catalogs.map(\.json.text) == [catalog.json.text])
            #expect(names(lab) == ["demo"])
        }
    }

    @Test func `where nothing confirms its root it is refused with the fingerprint`() async throws {
        let lab = try Lab()
        let shelf = try Shelf()
        let new = try shelf.asNew { $0.rootFile = nil }
        let refused = await failure { _ = try await lab.host.addCatalog(new, options: ChangeOptions()) }
        #expect(refused?.code == .catalogRootUnconfirmed)
        #expect(refused?.code.exitStatus == 77)
        let fingerprint = try shelf.fingerprint()
        #expect(refused?.message.contains(fingerprint.hex) == true)
        #expect(try lab.tree().isEmpty)

        // A no is no better than nobody to ask.
        await expectFailure(.catalogRootUnconfirmed) {
            _ = try await lab.host.addCatalog(new, options: ChangeOptions()) { _ in false }
        }
        #expect(try lab.tree().isEmpty)
    }

    @Test func `another root than the one that was named is refused`() async throws {
        let lab = try Lab()
        let shelf = try Shelf()
        let fingerprint = try Shelf().fingerprint()
        let wrongFile = try shelf.asNew { $0.fingerprint = fingerprint }
        await expectFailure(.catalogRootDiffers) {
            _ = try await lab.host.addCatalog(wrongFile, options: ChangeOptions())
        }
        var wrongPlace = wrongFile
        wrongPlace.rootFile = nil
        await expectFailure(.catalogRootDiffers) { [wrongPlace] in
            _ = try await lab.host.addCatalog(wrongPlace, options: ChangeOptions())
        }
        #expect(FailureCode.catalogRootDiffers.exitStatus == 65)
        #expect(try lab.tree().isEmpty)
    }

    @Test func `what does not verify as a whole is not added`() async throws {
        let lab = try Lab()
        let shelf = try Shelf(Shelf.entry())
        let nowhere = try shelf.asNew(at: shelf.path + "/nowhere")
        await expectFailure(.catalogUnavailable) {
            _ = try await lab.host.addCatalog(nowhere, options: ChangeOptions())
        }
        let other = try Shelf(Shelf.entry())
        let strange = try shelf.asNew(at: other.path)
        await expectFailure(.catalogUnverified) {
            _ = try await lab.host.addCatalog(strange, options: ChangeOptions())
        }
        let late = lab.sameHost(at: later(40 * Self.day))
        let expired = await failure { _ = try await late.addCatalog(shelf.asNew(), options: ChangeOptions()) }
        #expect(expired?.code == .catalogExpired)
        let sentence = "'timestamp.json' of the catalog expired at 2026-05-31T10:00:00Z, and now it is 2026-06-10T"
        #expect(expired?.message.hasPrefix(sentence) == true, "\(expired?.message ?? "")")
        #expect(names(lab) == [])
        #expect(try lab.host.catalogs().catalogs.isEmpty)
    }

    @Test func `a name is given once`() async throws {
        let lab = try Lab()
        let shelf = try Shelf()
        try await lab.follow(shelf)
        let before = try lab.tree()
        for dryRun in [true, false] {
            let again = await failure { try await lab.follow(shelf, dryRun: dryRun) }
            #expect(again?.code == .catalogAlreadyAdded)
            #expect(again?.code.exitStatus == 1)
        }
        #expect(try lab.tree() == before)
        try await lab.follow(shelf, as: "demo.2")
        #expect(names(lab) == ["demo", "demo.2"])
    }

    static let places: [(String, String, String)] = [
        ("shop", "/srv", "/srv/shop"), ("./shop", "/srv", "/srv/shop"), ("../shop/", "/srv/here", "/srv/here/../shop"),
        (".", "/srv", "/srv"), (".", "/", "/"), ("./a:b", "/srv", "/srv/a:b"), ("/srv/./shop", "/here", "/srv/./shop"),
        ("https://example.org/shop", "/srv", "https://example.org/shop"),
    ]

    @Test(arguments: CatalogUseCaseTests.places)
    func `a relative path means the directory that the command is run in`(
        location: String, directory: String, expected: String
    ) async throws {
        let lab = try Lab()
        let shelf = try Shelf()
        let new = try shelf.asNew(at: location) { $0.workingDirectory = directory }
        let added = try await lab.host.addCatalog(new, options: ChangeOptions(offline: true))
        #expect(added.location == expected)
    }

    @Test func `a relative path is refused where nobody knows that directory`() async throws {
        let lab = try Lab()
        let shelf = try Shelf()
        let new = try shelf.asNew(at: "shop")
        await expectFailure(.usage) { _ = try await lab.host.addCatalog(new, options: ChangeOptions(offline: true)) }
        #expect(names(lab) == [])
    }

    @Test func `offline it is added with its root alone, and lists nothing`() async throws {
        let lab = try Lab()
        let shelf = try Shelf(Shelf.entry())
        let fingerprint = try shelf.fingerprint()
        let rootless = try shelf.asNew {
            $0.rootFile = nil
            $0.fingerprint = fingerprint
        }
        await expectFailure(.usage) {
            _ = try await lab.host.addCatalog(rootless, options: ChangeOptions(offline: true))
        }
        #expect(try lab.tree().isEmpty)
        let catalog = try await lab.follow(shelf, offline: true)
        #expect(catalog.state == .neverRefreshed)
        #expect(catalog.cells == ["demo", "-", "never refreshed", "never", "-", shelf.path])
        #expect(try await lab.host.refresh([], options: ChangeOptions()).map { $0.failure?.code } == [nil])
        #expect(try lab.host.catalogs().catalogs.map(\.state) == [.current])
    }

    @Test func `a dry run tries all of it, and changes nothing`() async throws {
        let lab = try Lab()
        let shelf = try Shelf(Shelf.entry())
        let nowhere = try shelf.asNew(at: shelf.path + "/nowhere")
        await expectFailure(.catalogUnavailable) {
            _ = try await lab.host.addCatalog(nowhere, options: ChangeOptions(dryRun: true))
        }
        let dry = try await lab.follow(shelf, dryRun: true)
        #expect(try lab.tree().isEmpty)
        #expect(try await lab.follow(shelf).json.text == dry.json.text)

        let before = try lab.tree()
        let demo = try Samples.app("demo")
        #expect(try lab.host.removeCatalog(demo, options: ChangeOptions(dryRun: true)) == [])
        #expect(try lab.tree() == before)
    }

    @Test func `a file that is none is refused`() async throws {
        let lab = try Lab()
        let shelf = try Shelf()
        let directory = try shelf.asNew { $0.rootFile = shelf.path }
        await expectFailure(.usage) { _ = try await lab.host.addCatalog(directory, options: ChangeOptions()) }
        let missing = [
            try shelf.asNew { $0.rootFile = shelf.path + "/nothing.json" },
            try shelf.asNew { $0.certificateFile = shelf.path + "/nothing.pem" },
        ]
        for new in missing {
            await expectFailure(.sourceNotFound) { _ = try await lab.host.addCatalog(new, options: ChangeOptions()) }
        }
        #expect(try lab.tree().isEmpty)
    }

    @Test func `a name or password in its address is neither taken nor shown`() async throws {
        let lab = try Lab()
        let shelf = try Shelf()
        let secret = try shelf.asNew(at: "https://me:sesame@example.org/apps")
        let refused = await failure { _ = try await lab.host.addCatalog(secret, options: ChangeOptions(offline: true)) }
        #expect(refused?.code == .usage)
        #expect(refused?.message.contains("sesame") == false)

        // As somebody might write it by hand.
        try await lab.follow(shelf)
        let tree = try lab.tree()
        let record = try #require(tree["root/catalogs/demo/source.json"])
        let spoiled = record.dropFirst("file 600 ".count).replacing(
            shelf.path, with: "https://me:sesame@example.org/apps?key=sesame")
        try lab.write(String(spoiled), to: "catalogs/demo/source.json")
        let shown = try #require(try lab.host.catalogs().catalogs.first)
        #expect(!shown.json.text.contains("sesame"))
        #expect(shown.location.contains("example.org"))
    }

    // MARK: Looking

    @Test func `ages are told as of now`() async throws {
        let lab = try Lab()
        let shelf = try Shelf(Shelf.entry())
        try await lab.follow(shelf)
        let soon = try lab.sameHost(at: later(3 * 3600)).catalogs()
        #expect(soon.catalogs.map(\.cells) == [["demo", "1", "current", "3 h ago", "in 29 days", shelf.path]])
        let late = try lab.sameHost(at: later(40 * Self.day)).catalogs()
        #expect(late.catalogs.map(\.cells) == [["demo", "1", "expired", "40 days ago", "10 days ago", shelf.path]])
        #expect(late.catalogs.map(\.state.rawValue) == ["expired"])
    }

    @Test func `what is in it and cannot be used is named`() async throws {
        let lab = try Lab()
        let shelf = try Shelf(Shelf.entry())
        let entry: JSONValue = ["schema": 1, "id": "wiki"]
        try shelf.list("apps/wiki/1.0.0/wiki.tar", custom: ["apphost": entry])
        try shelf.list("apps/blog/1.0.0/blog.tar", custom: ["note": "mine"])
        try await lab.follow(shelf)
        let demo = try Samples.app("demo")
        let detail = try lab.host.catalog(demo)
        let fingerprint = try shelf.fingerprint()
        #expect(
            detail.json.text == """
                {"name":"demo","location":"\(shelf.path)","refreshedAt":"2026-05-01T10:00:00Z",\
                "expiresAt":"2026-05-31T10:00:00Z","errorCode":null,"failedSince":null,"apps":1,"state":"current",\
                "rootFingerprint":"\(fingerprint)","addedAt":"2026-05-01T10:00:00Z","certificate":false,"entries":1,\
                "unknown":[{"path":"apps/blog/1.0.0/blog.tar","code":"entry_not_a_bundle",\
                "message":"the catalog does not say which bundle 'apps/blog/1.0.0/blog.tar' is"},\
                {"path":"apps/wiki/1.0.0/wiki.tar","code":"entry_invalid",\
                "message":"'apps/wiki/1.0.0/wiki.tar' cannot be read: 'name' is missing"}],"refusal":null}
                """)
        #expect(detail.rows.filter { $0.label == "unusable" }.count == 2)

        let late = try lab.sameHost(at: later(40 * Self.day)).catalog(demo)
        #expect(late.json.text.contains(#""refusal":{"code":"catalog_expired","message":"the catalog 'demo' cannot"#))
        #expect(late.summary.apps == 1)
        let nosuch = try Samples.app("nosuch")
        await expectFailure(.catalogNotFound) { _ = try lab.host.catalog(nosuch) }
        let empty = try Lab()
        await expectFailure(.catalogNotFound) { _ = try empty.host.catalog(demo) }
    }

    @Test func `one that cannot be read hides no other`() async throws {
        let lab = try Lab()
        let shelf = try Shelf(Shelf.entry())
        try await lab.follow(shelf, as: "good")
        try await lab.follow(shelf, as: "bad")
        try lab.write("{", to: "catalogs/bad/source.json")
        let (catalogs, failures) = try lab.host.catalogs()
        #expect(catalogs.map(\.name.text) == ["good"])
        #expect(failures.map { $0.code } == [.recordUnreadable])
        #expect(failures.first?.message.contains("'catalogs/bad/source.json'") == true)
    }

    // MARK: Refreshing

    @Test func `a refresh that fails keeps what was verified, and says since when`() async throws {
        let lab = try Lab()
        let shelf = try Shelf(Shelf.entry())
        try await lab.follow(shelf)
        let timestamp = try #require(shelf.disk.text("metadata/timestamp.json"))
        try shelf.disk.remove("metadata/timestamp.json")
        let demo = try Samples.app("demo")
        for hours in [1, 3] as [Int64] {
            let host = lab.sameHost(at: later(hours * 3600))
            let results = try await host.refresh([demo], options: ChangeOptions())
            let expected = """
                {"name":"demo","result":"failed","refreshedAt":"2026-05-01T10:00:00Z",\
                "expiresAt":"2026-05-31T10:00:00Z","code":"catalog_unavailable","message":"the catalog 'demo' could \
                not be refreshed since 2026-05-01T11:00:00Z: the catalog has no 'timestamp.json' (TUF 5.4.1); the one \
                that was verified \(hours) h ago is kept"}
                """
            #expect(results.map(\.json.text) == [expected])
            let words = "failing since 2026-05-01T11:00:00Z (catalog_unavailable)"
            #expect(try host.catalogs().catalogs.map { $0.cells[2] } == [words])
            #expect(try host.search(nil).hits.map(\.offer.id.text) == ["notes"])
        }

        try shelf.disk.write(timestamp, to: "metadata/timestamp.json")
        let again = try await lab.sameHost(at: later(5 * 3600)).refresh([demo], options: ChangeOptions())
        #expect(again.map(\.message) == ["refreshed demo; it expires in 29 days"])
        #expect(try lab.host.catalogs().catalogs.map(\.failedSince) == [nil])
    }

    @Test func `a refresh takes over what is new, and the failure of one stops no other`() async throws {
        let lab = try Lab()
        let first = try Shelf(Shelf.entry())
        let second = try Shelf(Shelf.entry())
        try await lab.follow(first, as: "a")
        try await lab.follow(second, as: "b")
        try first.disk.remove("metadata/timestamp.json")
        try second.publish(Shelf.entry("notes", "1.1.0"))
        let results = try await lab.host.refresh([], options: ChangeOptions())
        #expect(results.map { $0.failure?.code } == [.catalogUnavailable, nil])
        let versions = try lab.host.search(nil).hits.map { hit in
            "\(hit.offer.catalog): " + hit.offer.versions.map(\.text).joined(separator: " ")
        }
        #expect(versions == ["a: 1.0.0", "b: 1.1.0 1.0.0"])
    }

    @Test func `what is not known, or may not be fetched, is not refreshed`() async throws {
        let lab = try Lab()
        let nosuch = try Samples.app("nosuch")
        #expect(try await lab.host.refresh([], options: ChangeOptions()).isEmpty)
        #expect(try await lab.host.refresh([nosuch], options: ChangeOptions()).map(\.json.text) == [Self.unknown])
        #expect(try lab.tree().isEmpty)

        try await lab.follow(Shelf())
        #expect(try await lab.host.refresh([nosuch], options: ChangeOptions()).map(\.json.text) == [Self.unknown])
        await expectFailure(.usage) { _ = try await lab.host.refresh([], options: ChangeOptions(offline: true)) }
        await expectFailure(.rootWrongOwner) {
            _ = try await lab.hostOfStranger().refresh([], options: ChangeOptions())
        }
    }

    private static let unknown = """
        {"name":"nosuch","result":"failed","refreshedAt":null,"expiresAt":null,"code":"catalog_not_found",\
        "message":"there is no catalog 'nosuch'"}
        """

    // MARK: Removing

    @Test func `one that is removed is gone, and what was installed from it is named`() async throws {
        let lab = try await Lab.withNotes()
        let shelf = try Shelf(Shelf.entry())
        try await lab.follow(shelf)
        let demo = try Samples.app("demo")
        // As an installation from the catalog leaves it.
        let receipt = try lab.receipt().json.text
        let fromCatalog = receipt.replacing(#""source":"file""#, with: #""source":"catalog:demo""#)
        try lab.write(fromCatalog, to: "apps/notes/installed/apphost/receipt.json")
        #expect(try lab.host.removeCatalog(demo, options: ChangeOptions(dryRun: true)) == [Lab.notes])
        #expect(try lab.host.removeCatalog(demo, options: ChangeOptions()) == [Lab.notes])
        #expect(names(lab) == [])
        #expect(try lab.slots() == ["installed 1.0.0"])
        for dryRun in [true, false] {
            await expectFailure(.catalogNotFound) {
                _ = try lab.host.removeCatalog(demo, options: ChangeOptions(dryRun: dryRun))
            }
        }
        try await lab.follow(shelf)
        #expect(names(lab) == ["demo"])
    }
}
