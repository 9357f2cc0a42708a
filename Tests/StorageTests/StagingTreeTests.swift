import DiskIO
import HostModel
import SystemPackage
import TestSupport
import Testing

@_spi(Verified) @testable import Storage

struct StagingTreeTests {
    private let bench: Bench

    init() throws { bench = try Bench() }

    private var place: TemporaryDirectory { bench.place }

    /// Ends the life of a bundle that was not swapped.
    private func drop(_ bundle: consuming StagedBundle) {}

    /// Another process's view of the same root.
    private func otherEngine() throws -> StorageEngine { try Bench(in: place).engine }

    @Test func `a staging tree is empty, and only its filler's`() async throws {
        let tree = try bench.engine.beginStaging(Samples.notes, wait: false)
        let other = try otherEngine()
        #expect(place.names("root/staging") == ["notes"])
        #expect(place.names("root/staging/notes") == [])
        #expect(place.mode(of: "root/staging/notes") == 0o755)
        #expect(try other.isStaging(Samples.notes))
        await expectFailure(.busy) {
            let second = try other.beginStaging(Samples.notes, wait: false)
            try second.discard()
        }
        #expect(other.recover().isEmpty)
        #expect(place.names("root/staging") == ["notes"])
        try tree.discard()
        #expect(place.names("root/staging") == [])
        #expect(place.names("root/trash") == [])
        #expect(try !other.isStaging(Samples.notes))
    }

    @Test func `two apps are staged side by side`() throws {
        let other = try #require(AppID("other"))
        let one = try bench.engine.beginStaging(Samples.notes, wait: false)
        let two = try bench.engine.beginStaging(other, wait: false)
        #expect(place.names("root/staging") == ["notes", "other"])
        try two.discard()
        #expect(place.names("root/staging") == ["notes"])
        try one.discard()
        #expect(place.names("root/staging") == [])
    }

    @Test func `a tree that a dead filler left is debris`() throws {
        try place.write("half", to: "root/staging/notes/bin/notes", mode: 0o555)
        try place.setMode("root/staging/notes/bin", to: 0o555)
        #expect(try !bench.engine.isStaging(Samples.notes))
        let tree = try bench.engine.beginStaging(Samples.notes, wait: false)
        #expect(place.names("root/staging/notes") == [])
        try tree.discard()
        #expect(bench.engine.recover().isEmpty)
        #expect(place.names("root/trash") == [])
    }

    @Test func `recovery sweeps what nobody fills, and nothing else`() throws {
        let other = try #require(AppID("other"))
        try place.write("half", to: "root/staging/notes/file", mode: 0o444)
        try place.write("half", to: "root/staging/no id at all/file")
        let tree = try bench.engine.beginStaging(other, wait: false)
        #expect(try otherEngine().recover().isEmpty)
        #expect(place.names("root/staging") == ["other"])
        #expect(place.names("root/trash") == [])
        try tree.discard()
    }

    @Test func `a tree that was discarded by somebody else is not discarded twice`() throws {
        let tree = try bench.engine.beginStaging(Samples.notes, wait: false)
        try bench.root.part(.staging).move("notes", to: bench.root.part(.trash), as: "gone")
        try place.write("another's", to: "root/staging/notes/file")
        try tree.discard()
        #expect(place.text("root/staging/notes/file") == "another's")
    }

    @Test func `nothing below apps is made before a bundle is swapped`() throws {
        drop(try bench.candidate(.a))
        #expect(place.names("root/apps") == [])
    }

    // MARK: Sealing

    @Test func `a sealed tree is the bundle and its receipt, and stays locked`() async throws {
        let bundle = try bench.candidate(.a)
        #expect(place.names("root/staging/notes/apphost") == ["manifest.json", "receipt.json"])
        #expect(place.text("root/staging/notes/apphost/receipt.json") == Toy.a.receipt.json.text + "\n")
        #expect(place.mode(of: "root/staging/notes/apphost/receipt.json") == 0o444)
        #expect(place.mode(of: "root/staging/notes/apphost") == 0o555)
        let other = try otherEngine()
        #expect(try other.isStaging(Samples.notes))
        #expect(other.recover().isEmpty)
        #expect(place.exists("root/staging/notes/bin/notes"))
        drop(bundle)
        #expect(try !other.isStaging(Samples.notes))
        #expect(other.recover().isEmpty)
        #expect(place.names("root/staging") == [])
    }

    @Test func `one barrier flushes everything, last of all, through the descriptor opened first`() throws {
        let files = RecordingFileSystem(base: FaultyFileSystem())
        let bench = try Bench(files: files)
        files.clear()
        drop(try bench.candidate(.a))
        let changes = files.changes
        let flushes = changes.filter { $0.hasPrefix("sync") }
        #expect(flushes == ["syncfs notes"])
        #expect(
            changes.suffix(6) == [
                "create receipt.json", "write receipt.json", "chmod receipt.json 444", "close receipt.json",
                "chmod apphost 555", "syncfs notes",
            ])
        let calls = files.calls
        let opened = try #require(calls.firstIndex(of: "open notes"))
        let written = try #require(calls.firstIndex(where: { $0.hasPrefix("write") }))
        #expect(opened < written)
    }

    @Test func `a bundle that brings a receipt cannot be sealed`() throws {
        let tree = try bench.engine.beginStaging(Samples.notes, wait: false)
        let directory = tree.directory
        try Toy.a.fill(directory)
        try place.write("{}", to: "root/staging/notes/apphost/receipt.json")
        let isSealed = sealing(tree)
        #expect(!isSealed)
        #expect(place.text("root/staging/notes/apphost/receipt.json") == "{}")
    }

    /// Whether the tree can be sealed; either way it ends here.
    private func sealing(_ tree: consuming StagingTree) -> Bool {
        do {
            drop(try tree.seal(VerificationProof(), receipt: Toy.a.receipt))
            return true
        } catch {
            return false
        }
    }

    static let effects: [FaultyFileSystem.Fault.Effect] = [.once(.ioError), .fromThenOn(.noSpace), .kill]

    @Test(arguments: StagingTreeTests.effects)
    func `a tree that could not be completed is swept, whatever failed`(effect: FaultyFileSystem.Fault.Effect) throws {
        let place = try Bench().place
        let empty = try place.snapshot()
        var call = 1
        while true {
            let files = FaultyFileSystem(at: call, effect)
            let isSealed = isStaged(in: place, files)
            guard files.hasStruck else { break }
            #expect(!isSealed, "call \(call)")
            #expect(try Bench(in: place).engine.recover().isEmpty, "call \(call)")
            #expect(try place.snapshot() == empty, "call \(call)")
            call += 1
        }
        #expect(call > 20)
    }

    private func isStaged(in place: TemporaryDirectory, _ files: any FileSystem) -> Bool {
        do {
            drop(try Bench(in: place, files: files).candidate(.a))
            return true
        } catch {
            return false
        }
    }
}
