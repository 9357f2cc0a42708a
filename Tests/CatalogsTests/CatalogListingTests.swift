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

    @Test func `what is listed of one app is all that the whole listing has of it`() async throws {
        let lab = try Lab()
        let repository = lab.repository
        repository.add("apps/notes/1.0/x", to: "targets", custom: try custom("notes"))
        repository.add("apps/notes/1.0/y", to: "targets", custom: try custom("notes"))
        repository.add("apps/notes/2.0/x", to: "targets", custom: try custom("notes"))
        repository.add("apps/notes/3.0/x", to: "targets")
        // Of no app, or of another one.
        repository.add("apps/notes", to: "targets")
        repository.add("apps/notes/README", to: "targets")
        repository.add("apps/notes/1.0/deep/x", to: "targets", custom: try custom("notes"))
        repository.add("apps/notes.2/1.0/x", to: "targets", custom: try custom("notes.2"))
        repository.add("apps/wiki/1.0/x", to: "targets", custom: try custom("notes"))
        repository.publishAll()
        let all = try await listing(lab)
        let whole = CatalogListing(all)
        let expected = [("notes", 2, 2), ("notes.2", 1, 0), ("wiki", 0, 1), ("note", 0, 0)]
        for (name, entries, unknown) in expected {
            let id = try #require(AppID(name))
            let own = CatalogListing(all, of: id)
            #expect(own.entries.map(\.path) == whole.entries(of: id).map(\.path))
            #expect(own.unknown.map(\.path) == whole.unknown(of: id).map(\.path))
            #expect(own.entries.count == entries)
            #expect(own.unknown.count == unknown)
            #expect(own.isEmpty == (entries + unknown == 0))
        }
    }

    @Test func `a fingerprint is of all that is said of an entry`() throws {
        let entry = try Entries.entry()
        let one = try Entries.listed(entry)
        #expect(try Entries.listed(entry).fingerprint == one.fingerprint)
        #expect(try Entries.listed(entry, file: "other.tar").fingerprint != one.fingerprint)
        var later = entry
        later.summary = "Small shared notes."
        #expect(try Entries.listed(later).fingerprint != one.fingerprint)
        let more: JSONValue = ["entry": entry, "x-mine": 1]
        let said = ListedEntry(entry, path: one.path, artifact: one.artifact, said: more)
        #expect(said.fingerprint != one.fingerprint)
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
