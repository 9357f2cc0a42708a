import Catalogs
import DiskIO
import HostModel
import Signatures
import TestSupport
import Testing

/// A publisher that is stopped at any call, or whose disk fails there.
struct PublishInterruptionTests {
    /// What is done to a catalog that lists 1.0.0 and 1.1.0.
    enum Run: CaseIterable, CustomTestStringConvertible {
        case publish, withdraw, resign

        /// The versions that are listed once it is done.
        var result: String {
            switch self {
            case .publish: "1.0.0 1.1.0 1.2.0"
            case .withdraw: "1.0.0"
            case .resign: "1.0.0 1.1.0"
            }
        }

        var testDescription: String { "\(self)" }

        func run(_ publisher: CatalogPublisher, _ shop: Shop) throws {
            switch self {
            case .publish: _ = try publisher.publish([shop.artifact("1.2.0")], now: TestRepository.now)
            case .withdraw:
                _ = try publisher.publish([], withdrawing: [Shop.named("1.1.0")], now: TestRepository.now)
            case .resign: _ = try publisher.resign(all: true, now: TestRepository.now)
            }
        }
    }

    @Test(arguments: Run.allCases, [nil, 4] as [Int?])
    func `wherever it stops, clients see the catalog before or after, and the next run works`(
        run: Run, bins: Int?
    ) async throws {
        let shop = try Shop(bins: bins)
        try shop.publish("1.0.0", "1.1.0")
        let before = "1.0.0 1.1.0"
        // The first is a disk that fails once, with an error that means nothing else here.
        for effect in [.once(FaultyFileSystem.killed), .kill] as [FaultyFileSystem.Fault.Effect] {
            var call = 0
            var faulty: FaultyFileSystem
            repeat {
                call += 1
                faulty = FaultyFileSystem(at: call, effect)
                let disk = try shop.disk.duplicate()
                let state = try stopped(run, disk, faulty, shop)
                let host = try Host(disk, shop)
                let seen = try await host.refresh()
                switch state {
                case .unchanged: #expect(seen == before, "\(effect) at \(call)")
                case .changed, nil: #expect(seen == run.result, "\(effect) at \(call)")
                case .uncertain: #expect([before, run.result].contains(seen), "\(effect) at \(call)")
                }

                let next = CatalogPublisher(try disk.open(FaultyFileSystem()), keys: PublisherKeys(shop.key))
                _ = try next.publish([try shop.artifact("2.0.0")], now: TestRepository.now)
                #expect(try await host.refresh() == "\(seen) 2.0.0", "\(effect) at \(call)")
            } while faulty.hasStruck
            #expect(call > 20)
        }
    }

    @Test(arguments: [nil, 4] as [Int?])
    func `wherever a start stops, the next one makes the catalog`(bins: Int?) async throws {
        let shop = try Shop()
        let hashBins = try bins.map { try HashBins($0) }
        var call = 0
        var faulty: FaultyFileSystem
        repeat {
            call += 1
            faulty = FaultyFileSystem(at: call, .kill)
            let disk = try TemporaryDirectory()
            let keys = PublisherKeys(shop.key)
            let killed = CatalogPublisher(try disk.open(faulty), keys: keys)
            _ = try? killed.start(now: TestRepository.now, bins: hashBins)
            let next = CatalogPublisher(try disk.open(FaultyFileSystem()), keys: keys)
            if !disk.exists("metadata/root.json") { _ = try next.start(now: TestRepository.now, bins: hashBins) }
            _ = try next.publish([try shop.artifact("1.0.0")], now: TestRepository.now)
            let host = try Host(disk, shop)
            #expect(try await host.refresh() == "1.0.0", "at \(call)")
        } while faulty.hasStruck
        #expect(call > 20)
    }

    /// - Returns: what the failure says of the catalog; nil where nothing failed.
    private func stopped(
        _ run: Run, _ disk: TemporaryDirectory, _ faulty: FaultyFileSystem, _ shop: Shop
    ) throws -> DiskState? {
        let publisher = CatalogPublisher(try disk.open(faulty), keys: PublisherKeys(shop.key))
        do {
            try run.run(publisher, shop)
            return nil
        } catch let error as PublishError {
            return error.state
        }
    }
}

/// A host that follows a copy of a shop, and flushes nothing.
private struct Host {
    private let disk: TemporaryDirectory
    private let source: TemporaryDirectory
    private let name: AppID

    init(_ source: TemporaryDirectory, _ shop: Shop) throws {
        disk = try TemporaryDirectory()
        self.source = source
        name = shop.demo
    }

    /// - Returns: the versions that it sees.
    func refresh() async throws -> String {
        let known = KnownCatalogs(try disk.open(FaultyFileSystem()))
        if try known.names().isEmpty {
            let root = try #require(source.read("metadata/1.root.json"))
            _ = try await known.add(name, at: source.path, confirmedBy: .root(root), now: TestRepository.now)
        }
        return Shop.versions(try await known.refresh(name, now: TestRepository.now).listing)
    }
}
