import HostModel
import Hosting
import Storage
import Testing

/// What an app's log shows of itself. The log is written by hand: nothing is started here.
struct LogsTests {
    private static let log = """
        2026-04-30T09:59:59Z app started
        2026-04-30T10:00:00Z out one
        2026-05-01T09:00:00Z err \u{1B}[31mtwo\tthree

        """

    @Test func `an app that is not installed has no log`() async throws {
        let lab = try Lab()
        let none = #expect(throws: StorageError.self) { try lab.host.logs(Lab.notes, lines: 10) }
        #expect(none?.code == .appNotInstalled)
        try lab.trust("notes")
        try await lab.install(lab.bundle("1.0.0"))
        try await lab.uninstall()
        let uninstalled = #expect(throws: StorageError.self) { try lab.host.logs(Lab.notes, lines: 10) }
        #expect(uninstalled?.code == .appNotInstalled)
        let host = lab.host
        let followed = await #expect(throws: StorageError.self) {
            try await host.followLogs(Lab.notes, lines: 10) { _ in }
        }
        #expect(followed?.code == .appNotInstalled)
    }

    @Test func `an app that was never started has logged nothing`() async throws {
        let lab = try await Lab.withNotes()
        #expect(try lab.host.logs(Lab.notes, lines: 10).isEmpty)
        var count = 0
        try await lab.host.followLogs(Lab.notes, lines: 10) { _ in count += 1 }
        #expect(count == 0)
    }

    @Test func `lines are shown for people and for programs`() async throws {
        let lab = try await Lab.withNotes()
        try lab.write(Self.log, to: "logs/notes/output.log")
        let entries = try lab.host.logs(Lab.notes, lines: 10)
        #expect(
            entries.map(\.shown) == [
                "2026-04-30 09:59:59  -- started", "2026-04-30 10:00:00  one",
                "2026-05-01 09:00:00  \\u{1b}[31mtwo\tthree",
            ])
        #expect(entries.first?.json.text == #"{"at":"2026-04-30T09:59:59Z","stream":"app","text":"started"}"#)
        #expect(try lab.host.logs(Lab.notes, lines: 1).map(\.shown) == Array(entries.map(\.shown).suffix(1)))
    }

    @Test func `what is older than asked for is left out`() async throws {
        let lab = try await Lab.withNotes()
        try lab.write(Self.log, to: "logs/notes/output.log")
        // It is 2026-05-01T10:00:00Z.
        for (span, count) in [("59m", 0), ("1h", 1), ("24h", 2), ("2d", 3)] {
            #expect(try lab.host.logs(Lab.notes, lines: 10, since: Span(span)).count == count, "\(span)")
        }
    }

    @Test func `following an app that does not run ends with its last line`() async throws {
        let lab = try await Lab.withNotes()
        try lab.write(Self.log, to: "logs/notes/output.log")
        var shown: [String] = []
        try await lab.host.followLogs(Lab.notes, lines: 2) { shown.append($0.shown) }
        #expect(shown.count == 2)
        #expect(shown.first == "2026-04-30 10:00:00  one")
    }
}
