import DiskIO
import HostModel
import SystemPackage
import TestSupport
import Testing

@testable import Storage

/// What an operator chooses for an app goes into its record as a whole, with its line in the history, or not at all.
/// The faults are `SwapFaultTests`.
struct RecordChangeTests {
    private let bench: Bench

    init() throws { bench = try Bench() }

    private var place: TemporaryDirectory { bench.place }

    private func record() throws -> AppRecord { try #require(try bench.app()).record() }

    @Test func `a change is recorded, and the history tells of it`() async throws {
        try await bench.install(.a)
        let before = try record()
        let change = try await bench.changeRecord(.config, message: "set NOTES_THEME") { record in
            record.configuration.environment[Samples.theme] = "dark"
        }
        #expect(change?.message == "set NOTES_THEME")
        var expected = before
        expected.configuration.environment = [Samples.theme: "dark"]
        #expect(try record() == expected)
        #expect(try bench.history() == ["install done", "config done"])
        let line = try #require(try bench.app()?.history().last)
        #expect(line.message == "set NOTES_THEME")
        #expect(line.code == nil)
        #expect(line.sequence == 2)
        #expect(line.by == "test")
        #expect(bench.names() == ["history.jsonl", "installed", "lock", "record.json"])
        #expect(place.mode(of: "root/apps/notes/record.json") == 0o600)
    }

    @Test func `a change to what is so already writes nothing`() async throws {
        try await bench.install(.a)
        try await bench.changeRecord(.policy) { $0.policy.mode = .stage }
        let before = try place.snapshot()
        let change = try await bench.changeRecord(.policy) { $0.policy.mode = .stage }
        let isNone = change == nil
        #expect(isNone)
        #expect(try place.snapshot() == before)
    }

    @Test func `a change that is refused leaves everything, and no line`() async throws {
        try await bench.install(.a)
        let before = try place.snapshot()
        await expectFailure(.interrupted) { try await bench.changeRecord { _ in throw Interrupted() } }
        #expect(try place.snapshot() == before)
    }

    @Test func `an app that was never installed has no record to change`() async throws {
        let before = try place.snapshot()
        await expectFailure(.appNotInstalled) { try await bench.changeRecord { $0.policy.mode = .stage } }
        #expect(try place.snapshot() == before)
    }

    @Test func `a sentence that is too long for a line is cut`() async throws {
        try await bench.install(.a)
        let sentence = "set " + String(repeating: "N", count: 100_000)
        try await bench.changeRecord(.config, message: sentence) { $0.configuration.user = "notes" }
        let line = try #require(try bench.app()?.history().last)
        #expect(line.message?.hasPrefix("set NNN") == true)
        #expect((line.message?.utf8.count ?? 0) < 4096)
    }

    // MARK: Secrets

    @Test func `the value of a secret is a file that only the owner reads`() async throws {
        try await bench.install(.a)
        try await bench.setSecret("token of a")
        let files = place.names("root/secrets/notes")
        #expect(files.count == 1)
        let file = try #require(files.first)
        let named = try record().configuration.secrets.mapValues(\.text)
        #expect(named == [Samples.token: file])
        #expect(place.text("root/secrets/notes/\(file)") == "token of a")
        #expect(place.mode(of: "root/secrets/notes/\(file)") == 0o600)
        #expect(place.mode(of: "root/secrets/notes") == 0o700)
        #expect(try bench.history().last == "secret done")
        for name in bench.names() where bench.text(name)?.contains("token of a") == true {
            Issue.record("the value stands in \(name)")
        }
    }

    @Test func `a new value takes the place of the old one, which is gone`() async throws {
        try await bench.install(.a)
        try await bench.setSecret("old")
        let old = place.names("root/secrets/notes")
        try await bench.setSecret("new")
        let new = place.names("root/secrets/notes")
        #expect(new.count == 1)
        #expect(new != old)
        #expect(try bench.shape().secret == "new")
        #expect(place.names("root/trash") == [])
    }

    @Test func `with its last secret an app's directory of them goes`() async throws {
        try await bench.install(.a)
        try await bench.setSecret("old")
        try await bench.changeRecord(.secret) { $0.configuration.secrets = [:] }
        #expect(place.names("root/secrets") == [])
        #expect(place.names("root/trash") == [])
    }

    @Test func `an update and a rollback keep configuration and secrets, an uninstall takes them`() async throws {
        try await bench.install(.a)
        try await bench.setSecret("kept")
        try await bench.changeRecord { $0.configuration.environment[Samples.theme] = "dark" }
        let configuration = try record().configuration
        try await bench.update(to: .b)
        try await bench.rollback(to: .a)
        #expect(try record().configuration == configuration)
        #expect(try bench.shape().secret == "kept")
        try await bench.uninstall()
        #expect(place.names("root/secrets") == [])
    }

    @Test func `what no secret names is swept with the next change of a secret`() async throws {
        try await bench.install(.a)
        try await bench.setSecret("old")
        try place.write("left", to: "root/secrets/notes/left", mode: 0o600)
        try place.write("left", to: "root/secrets/notes/deep/left", mode: 0o600)
        try await bench.setSecret("new")
        #expect(place.names("root/secrets/notes").count == 1)
        #expect(try bench.shape().secret == "new")
    }

    /// `disk-layout.md`, *Configuration and secrets*.
    @Test func `a value is durable before the record names it, and goes after that`() async throws {
        try await bench.install(.a)
        try await bench.setSecret("old")
        let files = RecordingFileSystem(base: FaultyFileSystem())
        let recorded = try Bench(in: place, files: files)
        files.clear()
        try await recorded.setSecret("new")
        let changes = files.changes.map { $0.replacing(/[0-9a-f]{24}/, with: "<value>") }
        #expect(
            changes == [
                "lockfile lock", "lock lock shared", "lockfile lock", "lock lock exclusive",
                // The record that follows, so that what comes next is known by it.
                "unlink record.json.new", "create record.json.new", "chmod record.json.new 600",
                "write record.json.new", "sync record.json.new", "close record.json.new", "sync notes",
                // The new value.
                "unlink <value>", "create <value>", "chmod <value> 600", "write <value>", "sync <value>",
                "close <value>", "sync notes",
                // The point of no return.
                "unlink journal.json.new", "create journal.json.new", "chmod journal.json.new 600",
                "write journal.json.new", "sync journal.json.new", "close journal.json.new",
                "replace journal.json journal.json.new", "sync notes",
                // The old value.
                "replace record.json record.json.new", "rename <value> <value>", "sync notes", "unlink <value>",
                "sync notes", "append history.jsonl", "write history.jsonl", "sync history.jsonl",
                "close history.jsonl", "unlink journal.json", "sync notes",
            ])
    }

    @Test func `a value that was never announced is swept by the next command`() async throws {
        try await bench.install(.a)
        try await bench.setSecret("old")
        let before = try bench.shape()
        // The first call that fails while the new value is there beside the old one.
        var call = 1
        var struck = false
        while !struck {
            let copy = try place.duplicate()
            let files = FaultyFileSystem(at: call, .once(.noSpace))
            let faulty = try Bench(in: copy, files: files)
            do { try await faulty.setSecret("new") } catch { struck = copy.names("root/secrets/notes").count == 2 }
            #expect(files.hasStruck)
            if struck {
                #expect(try Bench(in: copy).engine.recover().isEmpty)
                #expect(try Shape(of: copy) == before)
            }
            call += 1
        }
    }
}
