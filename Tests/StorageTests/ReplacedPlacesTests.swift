import DiskIO
import HostModel
import TestSupport
import Testing

@testable import Storage

/// Somebody who may write below the root puts something of their own where the engine has a directory, or looks for one.
struct ReplacedPlacesTests {
    private let bench: Bench

    init() throws { bench = try Bench() }

    private var place: TemporaryDirectory { bench.place }

    /// A directory outside the root, which nothing may change.
    private func makeOutside() throws -> Tree {
        try place.write("mine", to: "outside/canary", mode: 0o600)
        try place.write("mine", to: "outside/bin/notes", mode: 0o755)
        try place.setMode("outside/bin", to: 0o700)
        return try outside()
    }

    private func outside() throws -> Tree { try place.snapshot().filter { $0.key.hasPrefix("outside") } }

    // MARK: Staging

    /// What takes the place of a sealed staging tree.
    enum Intruder: String, CaseIterable, Sendable { case directory, link, file }

    private func put(_ intruder: Intruder) throws {
        let staging = try bench.root.part(.staging)
        try staging.move("notes", to: staging, as: "aside")
        switch intruder {
        case .directory:
            // All that the engine reads of it is what it expects.
            try place.write(Toy.b.manifest, to: "root/staging/notes/apphost/manifest.json", mode: 0o444)
            try place.write(Toy.b.receipt.json.text + "\n", to: "root/staging/notes/apphost/receipt.json", mode: 0o444)
            try place.write("evil\n", to: "root/staging/notes/bin/notes", mode: 0o555)
        case .link: try place.makeLink("root/staging/notes", to: "\(place.path)/outside")
        case .file: try place.write("evil\n", to: "root/staging/notes")
        }
    }

    @Test(arguments: Intruder.allCases)
    func `what took the place of a staging tree is not swapped in`(intruder: Intruder) async throws {
        try await bench.install(.a)
        let before = try makeOutside()
        await expectFailure(.updateCandidateChanged) {
            let bundle = try bench.candidate(.b)
            try put(intruder)
            try await bench.put(bundle, .b, .update, replaced: .rollback)
        }
        #expect(try bench.shape().filled == "installed a")
        #expect(bench.text("installed/bin/notes") == Toy.a.program)
        #expect(try outside() == before)
        #expect(try bench.history() == ["install done", "update failed"])
        #expect(bench.engine.recover().isEmpty)
        for part in ["staging", "trash"] { #expect(place.names("root/\(part)") == [], "\(part)") }
        try await bench.update(to: .c)
        #expect(try bench.shape().filled == "installed c, rollback a")
    }

    // MARK: The app's own directories

    @Test(arguments: [false, true])
    func `an app's own directories that became links lead no operation elsewhere`(purge: Bool) async throws {
        let before = try makeOutside()
        try await bench.install(.a)
        let parts = ["data", "cache", "run", "logs"]
        for part in parts { try place.makeLink("root/\(part)/notes", to: "\(place.path)/outside") }
        try await bench.update(to: .b)
        try await bench.rollback(to: .a)
        #expect(try outside() == before)
        #expect(throws: StorageError.self) { try bench.root.prepareOwned(Samples.notes, user: nil) }
        #expect(try outside() == before)
        try await bench.uninstall(purge: purge)
        #expect(try outside() == before)
        for part in parts { #expect(place.exists("root/\(part)/notes") == (part == "data" && !purge), "\(part)") }
        #expect(bench.names().filter { $0.hasPrefix("installed") } == [])
        #expect(place.names("root/trash") == [])
    }

    @Test func `links out of an app's data lead no purge elsewhere`() async throws {
        let before = try makeOutside()
        try await bench.install(.a)
        try place.write("of the app", to: "root/data/notes/deep/file")
        try place.makeLink("root/data/notes/deep/way", to: "\(place.path)/outside")
        try place.makeLink("root/data/notes/up", to: "../../../outside")
        try place.makeLink("root/data/notes/sibling", to: "../../apps/notes/installed")
        try await bench.uninstall(purge: true)
        #expect(try outside() == before)
        #expect(place.names("root/data") == [])
        #expect(place.names("root/trash") == [])
    }

    // MARK: Neighbours

    /// `notes` is how the other's name begins: what is below the one is not below the other.
    @Test func `an app whose id begins with another one's is left alone by it`() async throws {
        let id = try #require(AppID("notes-evil"))
        let tree = try bench.engine.beginStaging(id, wait: false)
        for part in ["data", "cache", "run", "logs", "secrets"] {
            try place.write("mine", to: "root/\(part)/notes-evil/file", mode: 0o600)
        }
        try place.write("mine", to: "root/apps/notes-evil/installed/file", mode: 0o444)
        try await bench.install(.a)
        try await bench.update(to: .b)
        let before = try neighbour()
        try await bench.uninstall(purge: true)
        #expect(try neighbour() == before)
        #expect(before.count >= 12)
        try tree.discard()
        #expect(place.names("root/staging") == [])
    }

    private func neighbour() throws -> Tree { try place.snapshot().filter { $0.key.contains("/notes-evil") } }
}
