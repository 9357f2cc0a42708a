import DiskIO
import HostModel
import TestSupport
import Testing

@_spi(Verified) @testable import Storage

/// Each operation does what it is for, whole; the faults are `SwapFaultTests`.
struct StorageEngineTests {
    private let bench: Bench

    init() throws { bench = try Bench() }

    private var place: TemporaryDirectory { bench.place }

    /// Expects these bundles in these slots (`installed b, rollback a`), each complete, and nothing in flight.
    private func expectSlots(
        _ filled: String, record: String, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let shape = try bench.shape()
        #expect(shape.filled == filled, sourceLocation: sourceLocation)
        #expect(shape.record == record, sourceLocation: sourceLocation)
        for (slot, toy) in shape.toys {
            let problem = toy.problem(in: "root/apps/notes/\(slot)", at: place)
            #expect(problem == nil, sourceLocation: sourceLocation)
        }
        let names = Set(bench.names()).subtracting(shape.slots.keys)
        let known: Set<String> = ["lock", "record.json", "history.jsonl"]
        #expect(names.isSubset(of: known), sourceLocation: sourceLocation)
        #expect(place.names("root/staging") == [], sourceLocation: sourceLocation)
        #expect(place.names("root/trash") == [], sourceLocation: sourceLocation)
    }

    // MARK: Into slots

    @Test func `a bundle is installed`() async throws {
        try await bench.install(.a)
        try expectSlots("installed a", record: "a")
        #expect(try bench.history() == ["install done"])
        #expect(place.mode(of: "root/apps/notes") == 0o755)
        for name in ["lock", "record.json", "history.jsonl"] {
            #expect(place.mode(of: "root/apps/notes/\(name)") == 0o600)
        }
        #expect(try bench.root.appIDs() == [Samples.notes])
    }

    @Test func `an update keeps what it replaces, and that keeps what was before it`() async throws {
        try await bench.install(.a)
        try await bench.update(to: .b)
        try expectSlots("installed b, rollback a", record: "b")
        try await bench.update(to: .c)
        try expectSlots("installed c, older-3 a, rollback b", record: "c")
        try await bench.update(to: .d)
        try expectSlots("installed d, older-3 a, older-4 b, rollback c", record: "d")
        #expect(try bench.history() == ["install done", "update done", "update done", "update done"])
    }

    @Test(arguments: [
        (1, "installed d, rollback c"), (2, "installed d, older-4 b, rollback c"),
        (3, "installed d, older-3 a, older-4 b, rollback c"), (9, "installed d, older-3 a, older-4 b, rollback c"),
    ])
    func `what is beyond the retention goes`(retention: Int, filled: String) async throws {
        try await bench.install(.a)
        try await bench.update(to: .b)
        try await bench.update(to: .c)
        try await bench.update(to: .d, retention: retention)
        try expectSlots(filled, record: "d")
    }

    @Test func `a staged bundle waits, and another takes its place`() async throws {
        try await bench.install(.a)
        try await bench.stage(.b)
        try expectSlots("installed a, staged b", record: "a")
        try await bench.stage(.c)
        try expectSlots("installed a, staged c", record: "a")
        #expect(try bench.history() == ["install done", "stage done", "stage done"])
    }

    @Test func `a staged bundle is applied`() async throws {
        try await bench.install(.a)
        try await bench.stage(.b)
        try await bench.apply(.b)
        try expectSlots("installed b, rollback a", record: "b")
        #expect(try bench.history().last == "apply done")
    }

    @Test func `a repair leaves the rollback where it leads`() async throws {
        try await bench.install(.a)
        try await bench.update(to: .b)
        try await bench.repair(with: .c)
        try expectSlots("installed c, rollback a", record: "c")
    }

    @Test func `a rollback done twice returns to where it began`() async throws {
        try await bench.install(.a)
        try await bench.update(to: .b)
        try await bench.rollback(to: .a)
        try expectSlots("installed a, rollback b", record: "a")
        try await bench.rollback(to: .b)
        try expectSlots("installed b, rollback a", record: "b")
    }

    @Test func `a rollback to an older bundle keeps those between`() async throws {
        try await bench.install(.a)
        try await bench.update(to: .b)
        try await bench.update(to: .c)
        try await bench.rollback(to: .a, in: .older(sequence: 3))
        try expectSlots("installed a, older-4 b, rollback c", record: "a")
    }

    @Test func `an undone update is as if it had not been`() async throws {
        try await bench.install(.a)
        try await bench.update(to: .b)
        try await bench.update(to: .c)
        try await bench.undo(to: .b, restoring: .older(sequence: 3))
        try expectSlots("installed b, rollback a", record: "b")
    }

    @Test func `the undo of a first update leaves nothing to roll back to`() async throws {
        try await bench.install(.a)
        try await bench.update(to: .b)
        try await bench.undo(to: .a, restoring: nil)
        try expectSlots("installed a", record: "a")
    }

    // MARK: Out of slots

    @Test func `an uninstalled app leaves its data, its record and its history`() async throws {
        try await bench.install(.a)
        try await bench.update(to: .b)
        try await bench.stage(.c)
        try bench.makeOwned()
        try await bench.uninstall()
        try expectSlots("", record: "b")
        #expect(bench.names() == ["history.jsonl", "lock", "record.json"])
        #expect(try bench.shape().owned == ["data"])
        #expect(place.text("root/data/notes/file") == "data of notes\n")
        #expect(try bench.history().last == "uninstall done")

        try await bench.install(.d)
        try expectSlots("installed d", record: "d")
        let lines = try bench.app()?.history() ?? []
        #expect(lines.map(\.sequence) == [1, 2, 3, 4, 5])
    }

    @Test func `a purged app leaves no data`() async throws {
        try await bench.install(.a)
        try bench.makeOwned()
        try await bench.uninstall(purge: true)
        try expectSlots("", record: "a")
        #expect(try bench.shape().owned == [])
    }

    @Test func `a staged bundle is unstaged, once`() async throws {
        try await bench.install(.a)
        try await bench.stage(.b)
        let isFirst = try await bench.unstage()
        try expectSlots("installed a", record: "a")
        let isSecond = try await bench.unstage()
        #expect(isFirst && !isSecond)
        #expect(try bench.history() == ["install done", "stage done", "unstage done"])
    }

    @Test func `what is not installed cannot be taken away, and asking makes nothing`() async throws {
        let before = try place.snapshot()
        await expectFailure(.appNotInstalled) { try await bench.uninstall() }
        await expectFailure(.appNotInstalled) { _ = try await bench.unstage() }
        try await bench.engine.logRefusal(
            Samples.notes, kind: "update", detail: HistoryDetail(), by: "test", failure: Interrupted())
        #expect(try place.snapshot() == before)
    }

    // MARK: Refusals

    @Test func `what is refused under the lock changes nothing, and the history says so`() async throws {
        try await bench.install(.a)
        try await bench.stage(.b)
        let refuse: @Sendable (StorageEngine.Present) throws -> StorageEngine.Order = { _ in throw Interrupted() }
        await expectFailure(.interrupted) {
            try await bench.engine.swap(
                bench.candidate(.c), kind: "update", retention: 1, by: "test", decide: refuse)
        }
        await expectFailure(.interrupted) {
            try await bench.engine.swap(
                bench.candidate(.b, in: .staged), kind: "apply", retention: 1, by: "test", decide: refuse)
        }
        try expectSlots("installed a, staged b", record: "a")
        #expect(try bench.history() == ["install done", "stage done", "update refused", "apply refused"])
        let last = try bench.app()?.history().last
        #expect(last?.code == "interrupted")
        #expect(last?.detail.digest == Toy.b.digest)
    }

    @Test func `a refused install leaves no bundle and no history`() async throws {
        await expectFailure(.interrupted) {
            try await bench.engine.swap(bench.candidate(.a), kind: "install", retention: 1, by: "test") { _ in
                throw Interrupted()
            }
        }
        try expectSlots("", record: "")
        #expect(try bench.history() == [])
    }

    @Test func `another bundle in the slot than the one that was verified is refused`() async throws {
        try await bench.install(.a)
        try await bench.stage(.b)
        await expectFailure(.updateCandidateChanged) { try await bench.apply(.c) }
        await expectFailure(.updateCandidateChanged) { try await bench.rollback(to: .c) }
        try expectSlots("installed a, staged b", record: "a")
        #expect(try bench.history().suffix(2) == ["apply refused", "rollback refused"])
    }

    @Test func `a decision sees what is true under the lock`() async throws {
        try await bench.install(.a)
        try await bench.stage(.b)
        try await bench.engine.swap(bench.candidate(.c), kind: "update", retention: nil, by: "test") { present in
            #expect(present.installed == Toy.a.receipt)
            #expect(present.staged == Toy.b.receipt)
            #expect(present.record.publisher == [Toy.a.digest])
            #expect(present.app.id == Samples.notes)
            return StorageEngine.Order(kind: .update, replaced: .rollback, record: nil, detail: HistoryDetail())
        }
        try expectSlots("installed c, rollback a, staged b", record: "a")
    }

    @Test func `a refusal is logged for an installed app`() async throws {
        try await bench.install(.a)
        try await bench.engine.logRefusal(
            Samples.notes, kind: "update", detail: HistoryDetail(to: "2.0"), by: "somebody", failure: Interrupted())
        let last = try bench.app()?.history().last
        #expect(last?.outcome == .refused)
        #expect(last?.sequence == 2)
        #expect(last?.by == "somebody")
        #expect(last?.code == "interrupted")
    }

    // MARK: On disk

    @Test func `a file system that cannot exchange the two is refused, and all is put back`() async throws {
        try await bench.install(.a)
        try await bench.stage(.b)
        let lame = try Bench(in: place, files: LameFileSystem(lack: .exchange))
        await expectFailure(.rootFileSystemUnsupported) { try await lame.update(to: .c) }
        try expectSlots("installed a, staged b", record: "a")
        await expectFailure(.rootFileSystemUnsupported) { try await lame.apply(.b) }
        try expectSlots("installed a, staged b", record: "a")
        #expect(try bench.history() == ["install done", "stage done", "update failed", "apply failed"])
    }

    /// `architecture.md` 3.1.
    @Test func `an update takes its steps in order, and flushes where a power cut could tell the difference`()
        async throws
    {
        try await bench.install(.a)
        let files = RecordingFileSystem(base: FaultyFileSystem())
        let recorded = try Bench(in: place, files: files)
        let bundle = try recorded.candidate(.b)
        files.clear()
        try await recorded.put(bundle, .b, .update, replaced: .rollback)
        #expect(
            files.changes == [
                "lockfile lock", "lock lock shared", "lockfile lock", "lock lock exclusive",
                // 1
                "unlink record.json.new", "create record.json.new", "chmod record.json.new 600",
                "write record.json.new", "sync record.json.new", "close record.json.new",
                "unlink journal.json.new", "create journal.json.new", "chmod journal.json.new 600",
                "write journal.json.new", "sync journal.json.new", "close journal.json.new",
                "replace journal.json journal.json.new", "sync notes",
                // 2
                "rename notes backup", "chmod backup 555", "sync backup", "sync staging",
                // 3: the point of no return
                "exchange backup installed", "sync notes",
                // 4
                "rename backup rollback",
                // 5
                "replace record.json record.json.new", "sync notes",
                "append history.jsonl", "write history.jsonl", "sync history.jsonl", "close history.jsonl",
                // 6
                "unlink journal.json", "sync notes",
            ])
    }

    @Test func `whatever its size, a bundle is switched with the same calls`() async throws {
        func calls(files count: Int) async throws -> Int {
            let bench = try Bench()
            try await bench.install(.a)
            let files = FaultyFileSystem()
            let counted = try Bench(in: bench.place, files: files)
            let tree = try counted.engine.beginStaging(Samples.notes, wait: false)
            for number in 0..<count {
                try tree.directory.file(DiskPath("file\(number)"), as: .creating(mode: 0o600)).close()
            }
            try Toy.b.fill(tree.directory)
            let bundle = try tree.seal(VerificationProof(), receipt: Toy.b.receipt)
            let before = files.calls
            try await counted.put(bundle, .b, .update, replaced: .rollback)
            return files.calls - before
        }
        let few = try await calls(files: 1)
        let many = try await calls(files: 200)
        #expect(few == many)
    }

    @Test func `a reader keeps the bundle that it opened`() async throws {
        try await bench.install(.a)
        let app = try #require(try bench.app())
        let tree = try #require(try app.open(.installed))
        #expect(try app.stillLeads(to: tree))
        try await bench.update(to: .b)
        #expect(try !app.stillLeads(to: tree))
        #expect(try tree.receipt() == Toy.a.receipt)
        let now = try #require(try app.open(.installed))
        #expect(try now.receipt() == Toy.b.receipt)
        let isStaged = try app.open(.staged) != nil
        #expect(!isStaged)
    }

    @Test func `everything works on the plain disk, flushes and all`() async throws {
        let bench = try Bench(files: LinuxFileSystem())
        try await bench.install(.a)
        try await bench.stage(.b)
        try await bench.apply(.b)
        try await bench.update(to: .c, retention: 1)
        try await bench.rollback(to: .b)
        #expect(try bench.shape().filled == "installed b, rollback c")
        try await bench.uninstall(purge: true)
        #expect(try bench.shape().filled == "")
        #expect(bench.engine.recover().isEmpty)
    }

    // MARK: Recovery

    @Test func `the next operation settles what a dead one left`() async throws {
        try await bench.install(.a)
        var call = 1
        while true {
            let place = try place.duplicate()
            let files = FaultyFileSystem(at: call, .kill)
            let dead = try Bench(in: place, files: files)
            await withoutFailing { try await dead.update(to: .b) }
            guard files.hasStruck else { break }
            let next = try Bench(in: place)
            try await next.update(to: .c)
            let filled = try next.shape().filled
            #expect(
                filled == "installed c, rollback a" || filled == "installed c, older-3 a, rollback b", "call \(call)")
            #expect(place.names("root/staging") == [], "call \(call)")
            call += 1
        }
        #expect(call > 40)
    }

    /// What fails here was killed.
    private func withoutFailing(_ body: () async throws -> Void) async {
        do { try await body() } catch {}
    }

    @Test func `one app's trouble keeps no other from being recovered`() async throws {
        try await bench.install(.a)
        try place.write("{", to: "root/apps/bad/journal.json", mode: 0o600)
        try place.write("{}", to: "root/apps/notes/record.json.new", mode: 0o600)
        try place.write("half", to: "root/staging/other/file")
        try place.write("old", to: "root/trash/tree/file", mode: 0o444)
        let failures = bench.engine.recover()
        let codes = failures.map { $0.code }
        #expect(codes == [.recordUnreadable])
        #expect(failures.first?.message.contains("apps/bad/journal.json") == true)
        try expectSlots("installed a", record: "a")
        #expect(place.text("root/apps/bad/journal.json") == "{")
    }

    @Test func `what another process holds is left to it`() async throws {
        try await bench.install(.a)
        try place.write("{}", to: "root/apps/notes/record.json.new", mode: 0o600)
        let lock = try FileLock.acquire("apps/notes/lock", in: bench.root.directory, .exclusive, wait: false)
        let isHeld = lock != nil
        let failures = withExtendedLifetime(lock) { bench.engine.recover() }
        #expect(isHeld)
        #expect(failures.isEmpty)
        #expect(bench.names().contains("record.json.new"))
    }

    @Test func `successors of the host's records are swept`() throws {
        for name in ["config.json.new", "format.json.new", "trust/keys.json.new"] {
            try place.write("{", to: "root/\(name)")
        }
        #expect(bench.engine.recover().isEmpty)
        #expect(place.names("root/trust") == [])
        let hasSuccessors = place.names("root").contains { $0.hasSuffix(".new") }
        #expect(!hasSuccessors)
    }

    @Test func `recovering when nothing is in flight changes nothing`() async throws {
        try await bench.install(.a)
        try await bench.update(to: .b)
        try bench.makeOwned()
        let before = try place.snapshot()
        let files = FaultyFileSystem()
        #expect(try Bench(in: place, files: files).engine.recover().isEmpty)
        #expect(try place.snapshot() == before)
        #expect(files.calls == 0)
    }
}
