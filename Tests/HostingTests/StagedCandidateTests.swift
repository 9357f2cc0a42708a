import Catalogs
import HostModel
import Hosting
import Storage
import TestSupport
import Testing

/// A candidate from a catalog between stage and apply.
struct StagedCandidateTests {
    /// `notes` 1.0.0 is installed, 1.1.0 staged from the shelf.
    private func staged() async throws -> Depot {
        let depot = try await Depot.withOld()
        #expect(try await depot.update(stage: true).action == .stage)
        #expect(try depot.lab.slots() == ["installed 1.0.0", "staged 1.1.0"])
        return depot
    }

    @Test func `it is applied from what was last verified, with no request`() async throws {
        let depot = try await staged()
        let requests = depot.server?.requests.count
        #expect(try await depot.apply().message == "applied notes 1.0.0 → 1.1.0")
        #expect(depot.server?.requests.count == requests)
        #expect(try depot.lab.slots() == ["installed 1.1.0", "rollback 1.0.0"])
        #expect(try depot.lab.receipt().source == "catalog:demo")
        #expect(depot.warnings.all.isEmpty)
    }

    @Test func `it is staged once, and fetched once`() async throws {
        let depot = try await staged()
        let fetched = depot.fetched.count
        #expect(try await depot.update(stage: true).outcome == .unchanged)
        #expect(depot.fetched.count == fetched)
    }

    @Test func `that a newer one is listed is said, and stops nothing`() async throws {
        let depot = try await staged()
        try depot.publish("1.2.0")
        #expect(try await depot.refresh().isEmpty)
        try await depot.apply()
        #expect(try depot.lab.slots() == ["installed 1.1.0", "rollback 1.0.0"])
        #expect(depot.warnings.all.contains { $0.contains("lists notes 1.2.0, newer than what is staged") })
    }

    @Test func `where its catalog says something else of it, it is staged again first`() async throws {
        let depot = try await Depot.withOld()
        let archive = try depot.lab.bundle("1.2.0")
        try depot.publish(archive: archive)
        try await depot.update(stage: true)
        try depot.replaceListing(with: depot.artifact(archive) { $0.summary = "Other words." })
        #expect(try await depot.refresh().isEmpty)
        let before = try depot.lab.slots()
        let refusal = await failure { try await depot.apply() }
        #expect(refusal?.code == .updateCandidateChanged)
        #expect(refusal?.message.contains("changed since it was staged") == true)
        #expect(try depot.lab.slots() == before)
        #expect(try await depot.update(stage: true).outcome == .done)
        try await depot.apply()
        #expect(try depot.lab.slots() == ["installed 1.2.0", "rollback 1.0.0"])
    }

    @Test func `where its catalog lists another bundle, or none, or is gone, it is not applied`() async throws {
        let depot = try await staged()
        let before = try depot.lab.slots()
        func expectRefused(_ words: String) async {
            let refusal = await failure { try await depot.apply() }
            #expect(refusal?.code == .updateCandidateChanged)
            #expect(refusal?.message.contains(words) == true, "\(refusal?.message ?? "")")
        }
        try depot.replaceListing(with: depot.artifact(depot.lab.bundle("1.1.0", page: "Evil")))
        #expect(try await depot.refresh().isEmpty)
        await expectRefused("lists another bundle as 1.1.0 now")
        try depot.replaceListing()
        #expect(try await depot.refresh().isEmpty)
        await expectRefused("does not list 1.1.0 any more")
        _ = try depot.lab.host.removeCatalog(Samples.app("demo"), options: ChangeOptions())
        await expectRefused("does not know the catalog 'demo' any more")
        #expect(try depot.lab.slots() == before)
    }

    @Test func `an expired catalog applies nothing`() async throws {
        let depot = try await staged()
        let host = try depot.host(at: Timestamp(seconds: Samples.now.seconds + 40 * 86_400))
        await expectFailure(.catalogExpired) { try await depot.apply(on: host) }
        #expect(try depot.lab.slots() == ["installed 1.0.0", "staged 1.1.0"])
    }

    @Test func `one from a file needs no catalog`() async throws {
        let depot = try await Depot.withOld()
        try await depot.lab.update(depot.lab.bundle("1.2.0"), stage: true)
        try depot.replaceListing()
        #expect(try await depot.refresh().isEmpty)
        try await depot.apply()
        #expect(try depot.lab.receipt().source == "file")
    }

    @Test func `missing values stop apply and not stage, and apply takes them`() async throws {
        let depot = try await Depot.withOld()
        try depot.publish(archive: depot.lab.bundle("1.2.0", environment: [["name": "NOTES_TITLE", "required": true]]))
        try await depot.update(stage: true)
        await expectFailure(.updateEnvironmentMissing) { try await depot.apply() }
        #expect(try depot.lab.slots() == ["installed 1.0.0", "staged 1.2.0"])
        let title = SuppliedValues(environment: [.init(name: "NOTES_TITLE", value: "Mine")])
        try await depot.apply(values: title)
        #expect(try depot.lab.host.missingVariables(Lab.notes).isEmpty)
    }

    @Test func `consent to a move is given at stage, and stays with the candidate`() async throws {
        let depot = try await Depot.withOld()
        let other = try PublishedShelf("other")
        try depot.publish("1.2.0", on: other)
        try await depot.add(other)
        let asked1 = try await questions { try await depot.update(from: "other", stage: true) }
        #expect(asked1 == [.publisher])
        try await depot.update(from: "other", stage: true, accept: [.publisher])
        try await depot.apply()
        #expect(try depot.lab.receipt().source == "catalog:other")
    }
}
