import DiskIO
import HostModel
import TestSupport
import Testing

@testable import Scheduling

/// `scheduler/`: what is written is read, and what cannot be read is named.
struct ScheduleStoreTests {
    private let place: TemporaryDirectory
    private let store: ScheduleStore

    init() throws {
        place = try TemporaryDirectory()
        store = ScheduleStore(try place.open(FaultyFileSystem()))
    }

    @Test func `what is written is read`() throws {
        let app = try Samples.item(.app, "notes")
        var full = ItemState()
        full.lastCheck = Samples.now
        full.nextCheck = Samples.later(60)
        full.lastResult = .failed
        full.lastFailure = Samples.later(-5)
        full.failureCount = 3
        full.errorCode = "busy"
        full.startedAt = Samples.later(7)
        for state in [ItemState(), full] {
            try store.write(state, of: app)
            #expect(try store.state(of: app) == state)
        }
        #expect(place.mode(of: "app-notes.json") == 0o600)
        let text = try #require(place.text("app-notes.json"))
        #expect(text.hasPrefix(#"{"schema":1,"kind":"app","name":"notes","lastCheck":"2026-05-01T10:00:00Z","#))
        #expect(try store.state(of: Samples.item(.catalog, "notes")) == nil)
    }

    static let names: [(String, String?)] = [
        ("app-notes.json", "app notes"), ("catalog-demo.json", "catalog demo"), ("app-a-b.json", "app a-b"),
        ("app-x.json.json", "app x.json"), ("lock", nil), ("app-notes.json.new", nil), ("thing-notes.json", nil),
        ("app-.json", nil), ("app-Notes.json", nil), ("notes.json", nil), ("app-notes", nil),
    ]

    @Test(arguments: ScheduleStoreTests.names)
    func `a state is known by its name`(name: String, told: String?) throws {
        try place.write("", to: name)
        let items = try store.items()
        #expect(items.map { "\($0.kind) \($0.name)" } == [told].compactMap { $0 })
        #expect(items.allSatisfy { $0.file.description == name })
    }

    private static let head = #"{"schema":1,"kind":"app","name":"notes","#

    static let damaged = [
        "", "{", "[]", #"{"schema":1}"#, head + #""lastResult":"none"}"#, head + #""failureCount":0}"#,
        head + #""lastResult":"fine","failureCount":0}"#, head + #""lastResult":"none","failureCount":-1}"#,
        head + #""lastResult":"none","failureCount":0,"lastCheck":"now"}"#,
        head + #""lastResult":"none","failureCount":0,"more":1}"#,
        #"{"schema":1,"kind":"catalog","name":"notes","lastResult":"none","failureCount":0}"#,
        #"{"schema":1,"kind":"app","name":"wiki","lastResult":"none","failureCount":0}"#,
        String(repeating: " ", count: 17 << 10),
    ]

    @Test(arguments: ScheduleStoreTests.damaged)
    func `a state that cannot be read is an error that names it`(text: String) throws {
        try place.write(text, to: "app-notes.json")
        let app = try Samples.item(.app, "notes")
        let error = #expect(throws: ScheduleError.self) { try store.state(of: app) }
        #expect(error?.code == .recordUnreadable)
        #expect(error?.message.hasPrefix("'scheduler/app-notes.json' cannot be read: ") == true)
    }

    @Test func `a state of a newer version says so`() throws {
        try place.write(#"{"schema":2}"#, to: "app-notes.json")
        let app = try Samples.item(.app, "notes")
        let error = #expect(throws: ScheduleError.self) { try store.state(of: app) }
        #expect(error?.code == .needsNewerApphost)
    }

    @Test func `something is looked at now while somebody who began lives, and has failed when they are dead`() throws {
        let app = try Samples.item(.app, "notes")
        let schedule = Schedule(ScheduleSettings())
        func summary() throws -> ScheduleSummary {
            try store.summary(of: app, isThere: true, by: schedule, at: Samples.later(1))
        }
        #expect(try summary().status == .waiting)
        do {
            let lock = try #require(try store.lock())
            defer { withExtendedLifetime(lock) {} }
            #expect(try summary().status == .waiting)
            try store.write(schedule.begun(ItemState(), at: Samples.now, Samples.noChance), of: app)
            let running = try summary()
            #expect(running.status == .running)
            #expect(running.state.lastResult == .never)
        }
        let dead = try summary()
        #expect(dead.status == .backoff)
        #expect(dead.state.errorCode == "interrupted")
        #expect(dead.nextCheck == Samples.later(300))
    }
}
