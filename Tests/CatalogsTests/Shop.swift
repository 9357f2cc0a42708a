import Catalogs
import DiskIO
import HostModel
import Signatures
import TestSupport
import Testing

/// A publisher's directory, and a host that knows it as the catalog `demo`. Each call is a run of its own.
final class Shop {
    let disk: TemporaryDirectory
    let host: TemporaryDirectory
    let key: PrivateKey
    let demo: AppID
    private let source: TemporaryDirectory

    /// - Parameter bins: over how many roles its bundles are spread; nil for none.
    init(bins: Int? = nil) throws {
        disk = try TemporaryDirectory()
        host = try TemporaryDirectory()
        source = try TemporaryDirectory()
        key = PrivateKey.generate()
        demo = try #require(AppID("demo"))
        _ = try publisher().start(now: TestRepository.now, bins: bins.map { try HashBins($0) })
    }

    func publisher(_ key: PrivateKey? = nil) throws -> CatalogPublisher {
        CatalogPublisher(try disk.open(), keys: PublisherKeys(key ?? self.key))
    }

    func known() throws -> KnownCatalogs { KnownCatalogs(try host.open()) }

    func artifact(_ version: String, content: String? = nil) throws -> PublishedArtifact {
        let name = "notes-\(version).tar"
        try source.write(content ?? "bundle \(version)", to: name)
        let file = try source.open().file(DiskPath(name))
        return PublishedArtifact(name: name, file: file, entry: try Entries.entry("notes", version))
    }

    func publish(_ versions: String...) throws { try publish(versions) }

    func publish(_ versions: [String]) throws {
        var artifacts: [PublishedArtifact] = []
        for version in versions { artifacts.append(try artifact(version)) }
        _ = try publisher().publish(artifacts, now: TestRepository.now)
    }

    func withdraw(_ version: String) throws {
        let (id, version) = try Self.named(version)
        _ = try publisher().publish([], withdrawing: [(id, version)], now: TestRepository.now)
    }

    /// `notes` in a version, as what is withdrawn is named.
    static func named(_ version: String) throws -> (id: AppID, version: BundleVersion) {
        (try #require(AppID("notes")), try #require(BundleVersion(version)))
    }

    /// Adds this shop, or a copy of it, to the host.
    func add(at path: String? = nil, refreshing: Bool = false, now: Timestamp = TestRepository.now) async throws {
        let root = try #require(disk.read("metadata/root.json"))
        _ = try await known().add(
            demo, at: path ?? disk.path, confirmedBy: .root(root), refreshing: refreshing, now: now)
    }

    /// - Returns: the versions that the host sees after a refresh, or the code of the refusal.
    func refresh(at now: Timestamp = TestRepository.now) async throws -> String {
        do {
            return Self.versions(try await known().refresh(demo, now: now).listing)
        } catch let error as CatalogSourceError {
            return error.code.rawValue
        }
    }

    static func versions(_ listing: CatalogListing) -> String {
        listing.entries.map(\.entry.version.text).joined(separator: " ")
    }
}
