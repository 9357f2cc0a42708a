import HostModel
import Hosting
import Server
import Testing

/// What becomes of work that takes its time, whatever it does.
struct OperationStoreTests {
    /// Keeps work waiting until a test lets it go on, and tells when it came that far.
    private struct Gate: Sendable {
        private let opened = AsyncStream.makeStream(of: Void.self)
        private let reached = AsyncStream.makeStream(of: Void.self)

        func pass() async {
            reached.continuation.finish()
            for await _ in opened.stream {}
        }

        func letGo() { opened.continuation.finish() }

        func untilReached() async { for await _ in reached.stream {} }

        /// Waits at the gate, and then looks whether it was stopped.
        func work(commits: Bool = false) -> Work {
            Work { options in
                if commits { try options.cancellation.commit() }
                await self.pass()
                if !commits { try options.cancellation.check() }
                return WorkOutcome(["schema": 1])
            }
        }
    }

    private struct Unforeseen: Error {}

    private static let ending = Duration.seconds(600)

    /// What there is of an operation, at once or when that time is over.
    private func present(
        _ store: OperationStore, _ id: OperationID, within limit: Duration = .zero
    ) async throws -> Operation {
        let found = await store.operation(id, within: limit)
        return try #require(found)
    }

    @Test func `work runs, tells its progress and its warnings, and ends`() async throws {
        let store = OperationStore(now: { Bench.now })
        let gate = Gate()
        let work = Work(app: AppID("notes")) { options in
            options.warn("something is old")
            await gate.pass()
            return WorkOutcome(["schema": 1])
        }
        let begun = try await store.begin("installApp", work)
        #expect(begun.app?.text == "notes")
        await gate.untilReached()
        let running = try await present(store, begun.id)
        #expect(running.state == .running)
        #expect(running.warnings == ["something is old"])
        #expect(running.endedAt == nil)
        gate.letGo()
        let over = try await present(store, begun.id, within: Self.ending)
        #expect(over.state == .done)
        #expect(over.result?.text == #"{"schema":1}"#)
        #expect(over.endedAt == Bench.now)
    }

    @Test func `waiting ends with its time, and the work goes on`() async throws {
        let store = OperationStore()
        let gate = Gate()
        let begun = try await store.begin("verifyApps", gate.work())
        let seen = try await present(store, begun.id, within: .milliseconds(1))
        #expect(!seen.isOver)
        gate.letGo()
        #expect(await store.operation(begun.id, within: Self.ending)?.state == .done)
    }

    @Test func `a failure is kept with its HTTP status, and what nobody foresaw says nothing of itself`() async throws {
        let store = OperationStore()
        let interrupted = try await store.begin("verifyApps", Work { _ in throw Interrupted() })
        let failed = try await present(store, interrupted.id, within: Self.ending)
        #expect(failed.state == .failed)
        #expect(failed.error?.code == "interrupted")
        #expect(failed.json["error"]?["status"]?.number == 499)
        let unforeseen = try await store.begin("verifyApps", Work { _ in throw Unforeseen() })
        let defect = try await present(store, unforeseen.id, within: Self.ending)
        #expect(defect.error?.code == "internal_error")
        #expect(!defect.json.text.contains("Unforeseen"))
    }

    @Test func `where some failed the result is there, and the first failure`() async throws {
        let store = OperationStore()
        let begun = try await store.begin(
            "refreshCatalogs", Work { _ in WorkOutcome(["schema": 1], failure: Interrupted()) })
        let over = try await present(store, begun.id, within: Self.ending)
        #expect(over.state == .failed)
        #expect(over.result != nil)
        #expect(over.error?.code == "interrupted")
    }

    @Test func `what is stopped before it swaps has failed, and what swaps is not stopped`() async throws {
        let store = OperationStore()
        for (commits, state) in [(false, Operation.State.failed), (true, .done)] {
            let gate = Gate()
            let begun = try await store.begin("applyUpdate", gate.work(commits: commits))
            await gate.untilReached()
            #expect(await store.cancel(begun.id)?.isOver == false)
            gate.letGo()
            #expect(await store.operation(begun.id, within: Self.ending)?.state == state, "\(commits)")
        }
    }

    @Test func `a shutdown stops what has swapped nothing, waits for the rest, and begins nothing more`() async throws {
        let store = OperationStore()
        let kept = Gate()
        let untilStopped = Work { options in
            while !options.cancellation.isRequested { await Task.yield() }
            throw Interrupted()
        }
        let first = try await store.begin("stageUpdate", untilStopped)
        let second = try await store.begin("applyUpdate", kept.work(commits: true))
        await kept.untilReached()
        async let shutdown: Void = store.shutdown()
        #expect(await store.operation(first.id, within: Self.ending)?.state == .failed)
        await #expect(throws: APIError.self) { _ = try await store.begin("verifyApps", kept.work()) }
        #expect(await store.operation(second.id)?.isOver == false)
        kept.letGo()
        await shutdown
        #expect(await store.operation(second.id)?.state == .done)
    }

    @Test func `the last that are over are remembered, and no more are under way than there may be`() async throws {
        let store = OperationStore()
        var ids: [OperationID] = []
        for _ in 0..<OperationStore.endedLimit + 5 {
            let begun = try await store.begin("verifyApps", Work { _ in WorkOutcome(.null) })
            _ = await store.operation(begun.id, within: Self.ending)
            ids.append(begun.id)
        }
        let remembered = await store.all.map(\.id)
        #expect(remembered == Array(ids.suffix(OperationStore.endedLimit).reversed()))
        let forgotten = await store.operation(ids[0])
        #expect(forgotten == nil)

        let gates = (0..<OperationStore.openLimit).map { _ in Gate() }
        for gate in gates { _ = try await store.begin("verifyApps", gate.work()) }
        await #expect(throws: APIError.self) { _ = try await store.begin("verifyApps", Gate().work()) }
        for gate in gates { gate.letGo() }
        await store.shutdown()
    }

    @Test func `the same key with the same request is the same operation`() async throws {
        let store = OperationStore()
        let key = try #require(OperationStore.RequestKey("one", of: "api:a"))
        let other = try #require(OperationStore.RequestKey("one", of: "api:b"))
        let work = Work { _ in WorkOutcome(.null) }
        let first = try await store.begin("verifyApps", work, key: key, fingerprint: 1)
        #expect(try await store.begin("verifyApps", work, key: key, fingerprint: 1).id == first.id)
        #expect(try await store.begin("verifyApps", work, key: other, fingerprint: 1).id != first.id)
        await #expect(throws: APIError.self) {
            _ = try await store.begin("verifyApps", work, key: key, fingerprint: 2)
        }
        #expect(await store.all.count == 2)
    }

    @Test(arguments: ["", " ", "a b", "ä", "a\n", String(repeating: "a", count: 256)])
    func `a key is visible ASCII`(text: String) {
        let isKey = OperationStore.RequestKey(text, of: "api:a") != nil
        #expect(!isKey)
    }
}
