import Catalogs
import HostModel
import TestSupport
import Testing

/// All that a catalog lists, through every role.
struct CatalogListingTests {
    private func custom(_ name: String) throws -> JSONValue {
        let entry = try Entries.entry(name, "1.0")
        return ["apphost": entry]
    }

    private func listing(_ lab: Lab) async throws -> AllTargets {
        let client = try lab.client()
        let all = try await client.allTargets(in: client.refresh(now: TestRepository.now))
        // The same is found without a request.
        lab.repository.source.forgetRequests()
        let stored = try client.storedTargets(in: client.stored(now: TestRepository.now))
        #expect(stored.files.map(\.file.path) == all.files.map(\.file.path))
        #expect(lab.repository.source.requests == [])
        return all
    }

    @Test func `entries of all roles are listed, each from the role that a search finds`() async throws {
        let lab = try Lab()
        let repository = lab.repository
        repository.delegate("a", paths: ["apps/a/*/*", "apps/both/*/*"])
        repository.delegate("b", paths: ["apps/b/*/*", "apps/both/*/*"])
        repository.delegate("c", by: "a", paths: ["apps/a/*/*"])
        repository.add("apps/top/1.0/x", to: "targets", custom: try custom("top"))
        repository.add("apps/both/1.0/x", to: "a", custom: try custom("both"))
        repository.add("apps/both/1.0/x", to: "b", custom: try custom("both"))
        repository.add("apps/a/1.0/x", to: "c", custom: try custom("a"))
        // Not trusted with these.
        repository.add("apps/a/1.0/y", to: "b", custom: try custom("a"))
        repository.add("apps/b/1.0/x", to: "c", custom: try custom("b"))
        repository.publishAll("a", "b", "c")

        let all = try await listing(lab)
        let found = all.files.map { "\($0.file.path) \($0.role)" }
        #expect(found == ["apps/a/1.0/x c", "apps/both/1.0/x a", "apps/top/1.0/x targets"])
        #expect(CatalogListing(all).entries.map(\.entry.id.text) == ["a", "both", "top"])
    }

    @Test func `after a terminating role nobody is believed, and a cycle ends`() async throws {
        let lab = try Lab()
        let repository = lab.repository
        repository.delegate("a", paths: ["apps/a/*/*"], terminating: true)
        repository.delegate("b", paths: ["apps/*/*/*"])
        repository.delegate("b", by: "b", paths: ["apps/*/*/*"])
        repository.delegate("c", by: "b", paths: ["apps/*/*/*"])
        repository.delegate("b", by: "c", paths: ["apps/*/*/*"])
        repository.add("apps/a/1.0/x", to: "c", custom: try custom("a"))
        repository.publishAll("a", "b", "c")
        let all = try await listing(lab)
        #expect(all.files.isEmpty)
    }

    @Test func `one bad entry hides no other, and what is no entry is somebody else's`() async throws {
        let lab = try Lab()
        let repository = lab.repository
        repository.add("apps/good/1.0/x", to: "targets", custom: try custom("good"))
        repository.add("apps/plain/1.0/x", to: "targets")
        repository.add("apps/wrong/1.0/x", to: "targets", custom: try custom("good"))
        repository.add("README", to: "targets")
        repository.publishAll()
        let all = try await listing(lab)
        let listing = CatalogListing(all)
        #expect(listing.entries.map(\.entry.id.text) == ["good"])
        #expect(listing.unknown.map(\.id?.text) == ["plain", "wrong"])
        #expect(listing.entries.first?.artifact.place.first == "apps")
    }

    @Test func `a role that cannot be verified ends the listing`() async throws {
        let lab = try Lab()
        lab.repository.delegate("a")
        lab.repository.publishAll()
        let client = try lab.client()
        let catalog = try await client.refresh(now: TestRepository.now)
        await #expect(throws: CatalogError.self) { try await client.allTargets(in: catalog) }
    }
}
