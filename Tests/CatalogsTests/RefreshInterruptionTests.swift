import Catalogs
import DiskIO
import HostModel
import TestSupport
import Testing

/// A refresh that is stopped at any call, or whose disk fails there, and what it makes durable.
struct RefreshInterruptionTests {
    @Test(arguments: [nil, 4] as [Int?])
    func `wherever it stops, the set before or after is kept whole, and the next one works`(bins: Int?) async throws {
        let shop = try Shop(bins: bins)
        try shop.publish("1.0.0")
        try await shop.add(refreshing: true)
        try shop.publish("1.1.0")
        for effect in [.once(FaultyFileSystem.killed), .kill] as [FaultyFileSystem.Fault.Effect] {
            var call = 0
            var faulty: FaultyFileSystem
            repeat {
                call += 1
                faulty = FaultyFileSystem(at: call, effect)
                let host = try shop.host.duplicate()
                _ = try? await KnownCatalogs(host.open(faulty)).refresh(shop.demo, now: TestRepository.now)

                let known = KnownCatalogs(try host.open(FaultyFileSystem()))
                let kept = try #require(try known.stored(shop.demo, now: TestRepository.now))
                #expect(["1.0.0", "1.0.0 1.1.0"].contains(Shop.versions(kept.listing)), "\(effect) at \(call)")
                #expect(kept.refusal == nil)

                _ = try await known.refresh(shop.demo, now: TestRepository.now)
                let stored = try #require(try known.stored(shop.demo, now: TestRepository.now))
                #expect(Shop.versions(stored.listing) == "1.0.0 1.1.0", "\(effect) at \(call)")
            } while faulty.hasStruck
            #expect(call > 20)
        }
    }

    // MARK: What is flushed

    /// - Returns: what a refresh does to the disk, in order.
    private func refresh(_ shop: Shop) async throws -> [String] {
        let recording = RecordingFileSystem(base: FaultyFileSystem())
        _ = try await KnownCatalogs(shop.host.open(recording)).refresh(shop.demo, now: TestRepository.now)
        return recording.changes
    }

    private func isAboutBin(_ call: String) -> Bool { call.contains(" bin-") }

    @Test func `many new roles are flushed at once, and few one by one, before they are kept`() async throws {
        let shop = try Shop(bins: 32)
        try shop.publish("1.0.0")
        try await shop.add()
        let first = try await refresh(shop)
        let whole = try #require(first.firstIndex(of: "syncfs metadata"))
        #expect(first[whole...].prefix(4) == ["syncfs metadata", "sync kept.new", "rename kept.new kept", "sync demo"])
        #expect(first.filter { isAboutBin($0) && $0.hasPrefix("link ") }.count == 32)
        #expect(!first[whole...].contains { isAboutBin($0) })
        #expect(!first.contains { isAboutBin($0) && $0.hasPrefix("sync ") })
        // What protects against older metadata never waits for that.
        for role in ["timestamp", "snapshot", "targets"] {
            #expect(first[..<whole].contains("sync \(role).json.new"))
        }

        try shop.publish("1.1.0")
        let second = try await refresh(shop)
        let flushes = second.indices.filter { isAboutBin(second[$0]) && second[$0].hasPrefix("sync ") }
        let one = try #require(flushes.first)
        #expect(flushes.count == 1)
        #expect(second[one...].dropFirst().prefix(3) == ["sync kept.new", "exchange kept kept.new", "sync demo"])
        #expect(!second.contains { $0.hasPrefix("syncfs ") })

        let third = try await refresh(shop)
        #expect(!third.contains { $0.contains("kept") || isAboutBin($0) })
    }
}
