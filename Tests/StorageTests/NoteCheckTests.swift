import DiskIO
import HostModel
import TestSupport
import Testing

@testable import Storage

/// What a check found is kept under the app's lock, and never waits for it.
struct NoteCheckTests {
    private let bench: Bench

    init() throws { bench = try Bench() }

    /// Keeps `text`, and tells `message` of it.
    private func note(_ text: String, _ message: String?) async throws -> Bool {
        try await bench.engine.noteCheck(Samples.notes, by: "test") { _ in
            message.map { (detail: HistoryDetail(from: "1.0", to: "1.1"), message: $0) }
        } keep: { app in
            try DurableFile.replace(AppFile.check, in: app.directory, with: Array(text.utf8))
        }
    }

    private var kept: String? { bench.place.text("root/apps/notes/check.json") }

    @Test func `what is new is told by the history, and what is kept is kept either way`() async throws {
        try await bench.install(.a)
        #expect(try await note("one", "found one"))
        #expect(kept == "one")
        let line = try #require(try bench.app()?.history().last)
        #expect(line.kind == "check")
        #expect(line.outcome == .done)
        #expect(line.sequence == 2)
        #expect(line.message == "found one")
        #expect(line.detail == HistoryDetail(from: "1.0", to: "1.1"))
        #expect(try await note("two", nil))
        #expect(kept == "two")
        #expect(try bench.history() == ["install done", "check done"])
    }

    @Test func `while somebody holds the app nothing is kept, and nobody waits`() async throws {
        try await bench.install(.a)
        let before = try bench.place.snapshot()
        let app = try #require(try bench.app())
        let lock = try FileLock.acquire(AppFile.lock, in: app.directory, .exclusive, wait: false)
        #expect(lock != nil)
        #expect(try await !note("one", "found one"))
        withExtendedLifetime(lock) {}
        #expect(try bench.place.snapshot() == before)
    }

    @Test func `of what is not installed nothing is kept`() async throws {
        #expect(try await !note("one", "found one"))
        try await bench.install(.a)
        try await bench.uninstall()
        #expect(try await !note("one", "found one"))
        #expect(kept == nil)
    }
}
