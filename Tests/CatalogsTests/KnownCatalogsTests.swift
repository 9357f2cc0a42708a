import Catalogs
import DiskIO
import HostModel
import Signatures
import TestSupport
import Testing

/// The catalogs of a host: added with a root, refreshed, kept when a refresh fails, and removed.
struct KnownCatalogsTests {
    private func code(_ body: () async throws -> Void) async throws -> String {
        do {
            try await body()
            return "done"
        } catch let error as CatalogSourceError {
            return error.code.rawValue
        }
    }

    @Test func `without a root or its fingerprint nothing is added, and the fingerprint is told`() async throws {
        let shop = try Shop()
        let root = try #require(shop.disk.read("metadata/root.json"))
        let known = try shop.known()
        do throws(CatalogSourceError) {
            _ = try await known.add(shop.demo, at: shop.disk.path, confirmedBy: .nothing, now: TestRepository.now)
            Issue.record("it was added")
        } catch {
            guard case .rootUnconfirmed(_, let fingerprint) = error else { throw error }
            #expect(fingerprint == DigestStream.digest(of: root))
        }
        #expect(try known.names() == [])

        let wrong = DigestStream.digest(of: [])
        let refused = try await code {
            _ = try await known.add(
                shop.demo, at: shop.disk.path, confirmedBy: .fingerprint(wrong), now: TestRepository.now)
        }
        #expect(refused == "catalog_root_differs")
        #expect(try known.names() == [])

        let right = DigestStream.digest(of: root)
        let source = try await known.add(
            shop.demo, at: shop.disk.path, confirmedBy: .fingerprint(right), now: TestRepository.now)
        #expect(try known.source(shop.demo) == source)
        #expect(try known.names() == [shop.demo])
    }

    @Test func `a catalog is added once, from an absolute path, and with a root that signs itself`() async throws {
        let shop = try Shop()
        try await shop.add()
        let again = try await code { try await shop.add() }
        #expect(again == "catalog_already_added")
        let other = try #require(AppID("other"))
        let known = try shop.known()
        let relative = try await code {
            _ = try await known.add(other, at: "./shop", confirmedBy: .nothing, now: TestRepository.now)
        }
        #expect(relative == "usage")
        let forged = try await code {
            _ = try await known.add(
                other, at: shop.disk.path, confirmedBy: .root(Array("{}".utf8)), now: TestRepository.now)
        }
        #expect(forged == "catalog_unverified")
        #expect(try known.names() == [shop.demo])
    }

    // MARK: The first refresh

    @Test func `it is refreshed before it has its name`() async throws {
        let shop = try Shop()
        try shop.publish("1.0.0")
        try await shop.add(refreshing: true)
        try shop.disk.remove("metadata/timestamp.json")
        let known = try shop.known()
        let stored = try #require(try known.stored(shop.demo, now: TestRepository.now))
        #expect(Shop.versions(stored.listing) == "1.0.0")
        let health = try known.health(shop.demo)
        #expect(health.refreshedAt == TestRepository.now)
        #expect(health.expiresAt == stored.expires)
        #expect(shop.host.names() == [".work", "demo"])
        #expect(shop.host.names(".work") == [])
    }

    @Test func `one that cannot be refreshed is not added, and leaves nothing`() async throws {
        let shop = try Shop()
        try shop.publish("1.0.0")
        let late = Timestamp(seconds: TestRepository.now.seconds + 40 * 86_400)
        let other = try Shop()
        let incomplete = try shop.disk.duplicate()
        try incomplete.remove("metadata/2.targets.json")
        let attempts: [(String, () async throws -> Void)] = [
            ("catalog_expired", { try await shop.add(refreshing: true, now: late) }),
            ("catalog_unverified", { try await shop.add(at: other.disk.path, refreshing: true) }),
            ("catalog_unavailable", { try await shop.add(at: incomplete.path, refreshing: true) }),
            ("catalog_unavailable", { try await shop.add(at: shop.disk.path + "/nowhere", refreshing: true) }),
        ]
        for (expected, attempt) in attempts {
            let refused = try await code(attempt)
            #expect(refused == expected)
            #expect(try shop.known().names() == [])
            #expect(shop.host.names() == [".work"])
            #expect(shop.host.names(".work") == [])
        }
        try await shop.add(refreshing: true)
        #expect(try shop.known().names() == [shop.demo])
    }

    @Test func `a failure says whether the catalog was added, or removed, all the same`() async throws {
        let shop = try Shop()
        let root = try #require(shop.disk.read("metadata/root.json"))
        try await shop.add(refreshing: true)
        var states: Set<DiskState> = []
        for isThere in [false, true] {
            var call = 1
            while true {
                let host = try isThere ? shop.host.duplicate() : TemporaryDirectory()
                let files = FaultyFileSystem(at: call, .once(FaultyFileSystem.killed))
                let known = KnownCatalogs(try host.open(files))
                do throws(CatalogSourceError) {
                    if isThere {
                        try known.remove(shop.demo)
                    } else {
                        _ = try await known.add(
                            shop.demo, at: shop.disk.path, confirmedBy: .root(root), now: TestRepository.now)
                    }
                } catch {
                    let isChanged = host.exists("demo") != isThere
                    #expect(error.state == (isChanged ? .changed : .unchanged), "call \(call): \(error.message)")
                    states.insert(error.state)
                }
                guard files.hasStruck else { break }
                call += 1
            }
        }
        #expect(states == [.changed, .unchanged])
    }

    @Test func `who stops it adds nothing`() async throws {
        let shop = try Shop()
        let root = try #require(shop.disk.read("metadata/root.json"))
        let cancellation = Cancellation()
        cancellation.cancel()
        let confirmations: [RootConfirmation] = [.root(root), .fingerprint(DigestStream.digest(of: root)), .nothing]
        for confirmation in confirmations {
            let stopped = try await code {
                _ = try await shop.known().add(
                    shop.demo, at: shop.disk.path, confirmedBy: confirmation, now: TestRepository.now,
                    cancellation: cancellation)
            }
            #expect(stopped == "interrupted")
            #expect(try shop.known().names() == [])
            #expect(shop.host.names(".work") == [])
        }
    }

    @Test func `nobody waits for another who adds or removes one`() async throws {
        let shop = try Shop()
        try await shop.add()
        let directory = try shop.host.open()
        let lock = try #require(try FileLock.acquire(File(holding: directory), .exclusive, wait: false))
        let added = try await code { try await shop.add() }
        #expect(added == "busy")
        let removed = try await code { try shop.known().remove(shop.demo) }
        #expect(removed == "busy")
        withExtendedLifetime(lock) {}
    }

    @Test func `nobody is asked about the fingerprint of what is no root`() async throws {
        let shop = try Shop()
        try shop.disk.write("<html>Welcome</html>", to: "metadata/root.json")
        let refused = try await code {
            _ = try await shop.known().add(
                shop.demo, at: shop.disk.path, confirmedBy: .nothing, now: TestRepository.now)
        }
        #expect(refused == "catalog_unverified")
    }

    // MARK: Every refresh

    @Test func `it lists nothing before it is refreshed, and then without its source`() async throws {
        let shop = try Shop()
        try shop.publish("1.0.0")
        try await shop.add()
        let known = try shop.known()
        let before = try known.stored(shop.demo, now: TestRepository.now)
        #expect(before == nil)
        #expect(try known.health(shop.demo) == CatalogHealth())
        #expect(try await shop.refresh() == "1.0.0")
        try shop.disk.remove("metadata/timestamp.json")
        let stored = try #require(try known.stored(shop.demo, now: TestRepository.now))
        #expect(Shop.versions(stored.listing) == "1.0.0")
        #expect(stored.refusal == nil)
        #expect(try known.health(shop.demo).expiresAt == stored.expires)
    }

    @Test func `a failed refresh keeps the last verified catalog, and says since when`() async throws {
        let shop = try Shop()
        try shop.publish("1.0.0")
        try await shop.add()
        #expect(try await shop.refresh() == "1.0.0")
        try shop.publish("1.1.0")
        // Timestamp verifies, and what it names is not there.
        try shop.disk.remove("metadata/3.snapshot.json")
        let first = Timestamp(seconds: TestRepository.now.seconds + 60)
        #expect(try await shop.refresh(at: first) == "catalog_unavailable")
        #expect(try await shop.refresh(at: Timestamp(seconds: first.seconds + 60)) == "catalog_unavailable")

        let known = try shop.known()
        let health = try known.health(shop.demo)
        #expect(health.refreshedAt == TestRepository.now)
        #expect(health.failedSince == first)
        #expect(health.errorCode == "catalog_unavailable")
        let stored = try #require(try known.stored(shop.demo, now: first))
        #expect(Shop.versions(stored.listing) == "1.0.0")
        #expect(stored.refusal == nil)
    }

    @Test(arguments: ["timestamp", "snapshot", "targets", "bin-0", "bin-1"])
    func `a refresh mends what was damaged or lost of what is kept`(role: String) async throws {
        let shop = try Shop(bins: 2)
        try shop.publish("1.0.0")
        try await shop.add(refreshing: true)
        let known = try shop.known()
        let file = "demo/kept/\(role).json"
        for isLost in [true, false] {
            if isLost { try shop.host.remove(file) } else { try shop.host.write("{}", to: file) }
            #expect(throws: CatalogSourceError.self) { try known.stored(shop.demo, now: TestRepository.now) }
            #expect(try await shop.refresh() == "1.0.0")
            let stored = try #require(try known.stored(shop.demo, now: TestRepository.now))
            #expect(Shop.versions(stored.listing) == "1.0.0")
            #expect(stored.refusal == nil)
        }
    }

    @Test func `an expired catalog is shown, and refuses`() async throws {
        let shop = try Shop()
        try shop.publish("1.0.0")
        try await shop.add()
        #expect(try await shop.refresh() == "1.0.0")
        let late = Timestamp(seconds: TestRepository.now.seconds + 400 * 86_400)
        let stored = try #require(try shop.known().stored(shop.demo, now: late))
        #expect(Shop.versions(stored.listing) == "1.0.0")
        #expect(stored.refusal?.code == .catalogExpired)
        #expect(stored.refusal?.message.hasPrefix("'root.json' of the catalog expired at ") == true)
    }

    @Test func `one that was removed is gone, and can be added again`() async throws {
        let shop = try Shop()
        try shop.publish("1.0.0")
        try await shop.add()
        #expect(try await shop.refresh() == "1.0.0")
        try shop.known().remove(shop.demo)
        #expect(try shop.known().names() == [])
        #expect(shop.host.names() == [".work"])
        #expect(shop.host.names(".work") == [])
        #expect(try await shop.refresh() == "catalog_not_found")
        let again = try await code { try shop.known().remove(shop.demo) }
        #expect(again == "catalog_not_found")
        try await shop.add()
        #expect(try await shop.refresh() == "1.0.0")
    }

    @Test func `what an interrupted run left is no catalog, and goes with the next`() async throws {
        let shop = try Shop()
        try shop.host.write("half", to: ".work/demo/source.json")
        #expect(try shop.known().names() == [])
        try await shop.add()
        #expect(try shop.known().names() == [shop.demo])
        #expect(shop.host.names(".work") == [])
    }

    @Test func `the certificate that was named is kept with the catalog`() async throws {
        let shop = try Shop()
        let root = try #require(shop.disk.read("metadata/root.json"))
        let source = try await shop.known().add(
            shop.demo, at: shop.disk.path, certificate: Array("PEM".utf8), confirmedBy: .root(root),
            now: TestRepository.now)
        #expect(source.hasCertificate)
        #expect(shop.host.text("demo/ca.pem") == "PEM")
    }
}
