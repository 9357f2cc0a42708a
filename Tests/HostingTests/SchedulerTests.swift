import Catalogs
import DiskIO
import HostModel
import Scheduling
import Storage
import TestSupport
import Testing
import Updates

@testable import Hosting

/// `scheduler run` and `scheduler status` on real catalogs and apps: what is due, and what policies do.
struct SchedulerTests {
    /// `notes` 1.0.0 from the catalog `demo`, which lists 1.1.0 too, reviewed as its publisher says; without jitter.
    private func depot(_ mode: String, permissions: [String] = ["network.listen"]) async throws -> Depot {
        let depot = try Depot()
        try depot.publish("1.0.0")
        let newer = try depot.lab.bundle("1.1.0", permissions: permissions)
        try depot.shelf.publish(depot.artifact(newer) { $0.review = .init(status: .reviewed) })
        try await depot.open()
        try await depot.install("notes@1.0.0")
        _ = try await depot.lab.host.changePolicy(Lab.notes, PolicyChange(mode: mode), options: ChangeOptions())
        try depot.lab.set("scheduler.jitterSeconds", to: "0")
        return depot
    }

    private func run(_ depot: Depot, after seconds: Int64 = 0) async throws -> SchedulerReport {
        let moment = Timestamp(seconds: Samples.now.seconds + seconds)
        return try await depot.host(at: moment).runScheduler(options: ChangeOptions())
    }

    private func status(_ depot: Depot, after seconds: Int64 = 0) throws -> SchedulerStatus {
        try depot.host(at: Timestamp(seconds: Samples.now.seconds + seconds)).schedulerStatus()
    }

    // MARK: Policies

    static let policies: [(String, [String])] = [
        ("manual", ["installed 1.0.0"]), ("stage", ["installed 1.0.0", "staged 1.1.0"]),
        ("apply_when_stopped", ["installed 1.1.0", "rollback 1.0.0"]),
    ]

    @Test(arguments: SchedulerTests.policies)
    func `a policy has done what it says, once`(mode: String, slots: [String]) async throws {
        let depot = try await depot(mode)
        let report = try await run(depot)
        #expect(report.status == .done)
        #expect(report.failures.isEmpty)
        #expect(report.sentences.count == 2)
        #expect(try depot.lab.slots() == slots)
        #expect(try depot.lab.problems().isEmpty)
        let lines = try depot.lab.history().filter { $0.by == "scheduler" }
        #expect(lines.allSatisfy { $0.outcome == .done })
        #expect(lines.first?.kind == "check")
        #expect(lines.count == (mode == "manual" ? 1 : 2))

        let before = try depot.apps()
        #expect(try await run(depot, after: 3599).sentences.isEmpty)
        #expect(try await run(depot, after: 3600).failures.isEmpty)
        if mode != "apply_when_stopped" { #expect(try depot.apps() == before) }
        #expect(try depot.lab.slots() == slots)
    }

    @Test func `a held app is left as it is`() async throws {
        for mode in ["stage", "apply_when_stopped"] {
            let depot = try await depot(mode)
            _ = try await depot.lab.host.hold(Lab.notes, for: nil, options: ChangeOptions())
            #expect(try await run(depot).failures.isEmpty)
            #expect(try depot.lab.slots() == ["installed 1.0.0"])
        }
    }

    @Test func `what needs consent is staged for somebody who gives it, and never applied without`() async throws {
        let more = ["network.listen", "data.write"]
        let applying = try await depot("apply_when_stopped", permissions: more)
        #expect(try await run(applying).failures.isEmpty)
        #expect(try applying.lab.slots() == ["installed 1.0.0"])

        let staging = try await depot("stage", permissions: more)
        #expect(try await run(staging).failures.isEmpty)
        #expect(try staging.lab.slots() == ["installed 1.0.0", "staged 1.1.0"])
        #expect(try staging.lab.receipt(.staged).accepted.isEmpty)
        let asked = try await questions { try await staging.apply() }
        #expect(asked == [.permissions])
        try await staging.apply(accept: [.permissions])
        #expect(try staging.lab.slots() == ["installed 1.1.0", "rollback 1.0.0"])
    }

    @Test func `what the policy wanted a moment ago is not done once it wants that no more`() async throws {
        let depot = try await depot("stage")
        _ = try await depot.refresh()
        var options = ChangeOptions()
        options.policy = .apply
        let result = try await depot.host().update(
            Lab.notes, version: nil, catalog: nil, onlyStage: false, isRefreshed: true, options: options)
        #expect(result.outcome == .unchanged)
        #expect(try depot.lab.slots() == ["installed 1.0.0"])

        var recorded = AppRecord.Policy()
        recorded.mode = .stage
        #expect(throws: HostError.self) {
            try options.requirePolicy(of: Lab.notes, recorded, at: Samples.now)
        }
        options.policy = .stage
        try options.requirePolicy(of: Lab.notes, recorded, at: Samples.now)
        recorded.hold = .until(Samples.tomorrow)
        #expect(throws: HostError.self) {
            try options.requirePolicy(of: Lab.notes, recorded, at: Samples.now)
        }
        try options.requirePolicy(of: Lab.notes, recorded, at: Samples.tomorrow)
    }

    // MARK: Failures

    @Test func `a catalog that fails backs off by itself, and what was verified of it is used`() async throws {
        let depot = try await depot("stage")
        let other = try PublishedShelf("other")
        try await depot.add(other)
        let moved = try #require(depot.shelf.place.text("metadata/timestamp.json"))
        try depot.shelf.place.remove("metadata/timestamp.json")
        let report = try await run(depot)
        #expect(report.failures.count == 1)
        #expect(report.sentences.count == 2)
        #expect(try depot.lab.slots() == ["installed 1.0.0", "staged 1.1.0"])
        #expect(try status(depot, after: 1).cells.map { $0[2] } == ["backoff", "waiting", "waiting"])
        #expect(try await run(depot, after: 299).failures.isEmpty)
        let second = try await run(depot, after: 300)
        #expect(second.failures.count == 1)
        #expect(second.sentences.isEmpty)
        try depot.shelf.place.write(moved, to: "metadata/timestamp.json")
        let third = try await run(depot, after: 900)
        #expect(third.failures.isEmpty)
        #expect(third.sentences.map { $0.hasPrefix("refreshed demo") } == [true])
        #expect(try status(depot, after: 901).cells.map { $0[2] } == ["waiting", "waiting", "waiting"])
    }

    @Test func `an app that cannot be read stops no other`() async throws {
        let depot = try await depot("stage")
        try await depot.lab.install(depot.lab.bundle("1.0.0", id: "wiki"))
        try depot.lab.write("{", to: "apps/wiki/record.json")
        let report = try await run(depot)
        #expect(report.failures.map(\.code) == [.recordUnreadable])
        #expect(try depot.lab.slots() == ["installed 1.0.0", "staged 1.1.0"])
    }

    // MARK: What it says

    @Test func `nothing is done where there is no root, where it is disabled, and offline`() async throws {
        let nowhere = try Depot()
        let empty = try await AppHost(rootPath: nowhere.lab.host.rootPath + "/none", by: "test")
            .runScheduler(options: ChangeOptions())
        #expect(empty.status == .done)
        let depot = try await depot("stage")
        await expectFailure(.usage) {
            _ = try await depot.host().runScheduler(options: ChangeOptions(offline: true))
        }
        try depot.lab.set("scheduler.enabled", to: "false")
        let before = try depot.lab.tree()
        #expect(try await run(depot).status == .disabled)
        #expect(try depot.lab.tree() == before)
        #expect(try status(depot).cells.map { $0[2] } == ["disabled", "disabled"])
    }

    @Test func `a second scheduler does nothing, and says so`() async throws {
        let depot = try await depot("stage")
        let part = try depot.lab.host.openEngine().root.partOrMake(.scheduler)
        do {
            let lock = try #require(try ScheduleStore(part).lock())
            defer { withExtendedLifetime(lock) {} }
            let report = try await run(depot)
            #expect(report.status == .busy)
            #expect(report.sentences.isEmpty)
        }
        #expect(try depot.lab.slots() == ["installed 1.0.0"])
        #expect(try await run(depot).status == .done)
    }

    @Test func `who does not own the root is refused`() async throws {
        let depot = try await depot("stage")
        await expectFailure(.rootWrongOwner) {
            _ = try await depot.lab.hostOfStranger().runScheduler(options: ChangeOptions())
        }
    }

    @Test func `the status and a check tell the same, and neither a path nor an address`() async throws {
        let depot = try await depot("manual")
        _ = try await run(depot)
        let told = """
            "enabled":true,"status":"waiting","lastCheck":"2026-05-01T10:00:00Z","nextCheck":"2026-05-01T11:00:00Z",\
            "lastResult":"success","lastFailure":null,"failureCount":0,"errorCode":null}
            """
        let status = try status(depot).json.text
        #expect(status.contains(#"{"app":"notes","# + told))
        #expect(!status.contains("/"))
        let options = ChangeOptions(offline: true)
        let check = try await depot.host().check([], options: options).json.text
        #expect(check.contains(#""scheduler":{"# + told))
        try depot.lab.write("{", to: "scheduler/app-notes.json")
        let broken = try await depot.host().check([], options: options).json.text
        #expect(broken.contains(#""scheduler":null"#))
        let partial = try self.status(depot)
        #expect(partial.failures.map(\.code) == [.recordUnreadable])
        #expect(partial.cells.map { $0[1] } == ["demo"])
        let problems = try depot.lab.host.examine(options: ChangeOptions()).findings.filter { $0.severity == .problem }
        #expect(problems.map(\.place) == ["scheduler/app-notes.json"])
    }

    @Test func `an app that was uninstalled is told as such, until it is forgotten`() async throws {
        let depot = try await depot("manual")
        _ = try await run(depot)
        try await depot.lab.uninstall()
        #expect(try status(depot).cells.map { $0[1] + " " + $0[2] } == ["demo waiting", "notes not_installed"])
        _ = try await run(depot, after: 1)
        #expect(try status(depot).cells.map { $0[1] } == ["demo"])
    }

    @Test func `a root that an older version made gets its directory`() async throws {
        let depot = try await depot("manual")
        try depot.lab.removeDirectory("scheduler")
        #expect(try status(depot).cells.map { $0[2] } == ["waiting", "waiting"])
        #expect(try depot.lab.host.examine(options: ChangeOptions()).findings.allSatisfy { $0.severity == .note })
        #expect(try await run(depot).sentences.count == 2)
        #expect(depot.lab.names("scheduler") == ["app-notes.json", "catalog-demo.json", "lock"])
    }

    @Test func `it goes on until it is cancelled`() async throws {
        let depot = try await depot("stage")
        let host = try depot.host()
        let options = ChangeOptions()
        let told = Sentences()
        await host.keepScheduling(options: options, clock: StoppedClock(options.cancellation)) { outcome in
            if case .success(let report) = outcome { told.add("\(report.sentences.count)") }
        }
        #expect(told.all == ["2"])
        #expect(try depot.lab.slots() == ["installed 1.0.0", "staged 1.1.0"])
    }
}

/// A clock on which the first sleep is the last: what is going on is cancelled then.
private struct StoppedClock: Clock {
    typealias Duration = Swift.Duration

    struct Instant: InstantProtocol {
        typealias Duration = Swift.Duration

        func advanced(by duration: Swift.Duration) -> Instant { self }
        func duration(to other: Instant) -> Swift.Duration { .zero }
        static func < (a: Instant, b: Instant) -> Bool { false }
    }

    private let cancellation: Cancellation

    init(_ cancellation: Cancellation) { self.cancellation = cancellation }

    var now: Instant { Instant() }
    var minimumResolution: Swift.Duration { .zero }

    func sleep(until deadline: Instant, tolerance: Swift.Duration?) async throws { cancellation.cancel() }
}
