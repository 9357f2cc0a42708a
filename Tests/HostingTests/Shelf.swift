import Catalogs
import DiskIO
import HostModel
import Hosting
import Signatures
import TestSupport
import Testing

/// A publisher's catalog in a directory, made at ``Samples/now``: timestamp and snapshot expire after 30 days, targets
/// after 90, root after 365.
final class Shelf {
    let disk: TemporaryDirectory
    private let source: TemporaryDirectory
    private let key = PrivateKey.generate()
    /// Of targets, snapshot and timestamp alike.
    private var version: Int64 = 1

    /// One that lists these.
    init(_ entries: CatalogEntry...) throws {
        disk = try TemporaryDirectory()
        source = try TemporaryDirectory()
        _ = try CatalogPublisher(disk.open(), keys: PublisherKeys(key)).start(now: Samples.now)
        if !entries.isEmpty { try publish(all: entries, at: Samples.now) }
    }

    var path: String { disk.path }
    var rootFile: String { path + "/metadata/root.json" }

    /// Of the root that is served.
    func fingerprint() throws -> ContentDigest {
        DigestStream.digest(of: try #require(disk.read("metadata/root.json")))
    }

    /// This catalog, with its root.
    func asNew(
        _ name: String = "demo", at location: String? = nil, _ change: (inout AppHost.NewCatalog) -> Void = { _ in }
    ) throws -> AppHost.NewCatalog {
        var new = AppHost.NewCatalog(name: try Samples.app(name), location: location ?? path, rootFile: rootFile)
        change(&new)
        return new
    }

    // MARK: Entries

    static func entry(
        _ id: String = "notes", _ version: String = "1.0.0", _ change: (inout CatalogEntry) -> Void = { _ in }
    ) throws -> CatalogEntry {
        var entry = CatalogEntry(
            id: try Samples.app(id), name: "Notes", version: try Samples.version(version),
            digest: DigestStream.digest(of: Array("\(id) \(version)".utf8)))
        change(&entry)
        return entry
    }

    func publish(_ entries: CatalogEntry...) throws { try publish(all: entries, at: Samples.now) }

    private func publish(all entries: [CatalogEntry], at now: Timestamp) throws {
        var artifacts: [PublishedArtifact] = []
        for entry in entries {
            let name = "\(entry.id)-\(entry.version)-\(entry.digest.short).tar"
            try source.write("\(entry.digest)", to: name)
            let file = try source.open().file(DiskPath(name))
            artifacts.append(PublishedArtifact(name: name, file: file, entry: entry))
        }
        _ = try CatalogPublisher(disk.open(), keys: PublisherKeys(key)).publish(artifacts, now: now)
        version += 1
    }

    /// Lists a file with any `custom`, as no command of a publisher would.
    func list(_ path: String, custom: JSONValue) throws {
        let before = version
        version += 1
        let hashes: JSONValue = ["sha256": try Samples.digest(1)]
        let file: JSONValue = ["length": 64, "hashes": hashes, "custom": custom]
        let targets = try signed("\(before).targets.json").first { $0.key == "targets" }
        guard case .object(let others)? = targets?.value else { throw Unusable(file: "targets.json") }
        let files = JSONValue.object(others + [JSONValue.Member(path, file)])
        try write("\(version).targets.json", from: "\(before).targets.json", "targets", files)
        let meta: JSONValue = ["version": version]
        try write("\(version).snapshot.json", from: "\(before).snapshot.json", "meta", ["targets.json": meta])
        try write("timestamp.json", from: "timestamp.json", "meta", ["snapshot.json": meta])
    }

    private struct Unusable: Error { let file: String }

    /// What is signed in a file of metadata.
    private func signed(_ name: String) throws -> [JSONValue.Member] {
        let bytes = try #require(disk.read("metadata/\(name)"))
        guard case .object(let envelope) = try StrictJSON.parse(bytes),
            case .object(let members)? = envelope.first(where: { $0.key == "signed" })?.value
        else { throw Unusable(file: name) }
        return members
    }

    /// Writes a file of metadata in the present version, with one member changed and signed again.
    private func write(_ name: String, from old: String, _ key: String, _ value: JSONValue) throws {
        let members = try signed(old).map { member -> JSONValue.Member in
            switch member.key {
            case key: JSONValue.Member(key, value)
            case "version": JSONValue.Member("version", version.json)
            default: member
            }
        }
        let body = JSONValue.object(members)
        let signature: JSONValue = [
            "keyid": self.key.publicKey.keyid, "sig": Hex.text(self.key.sign(CanonicalJSON.bytes(body))),
        ]
        let envelope: JSONValue = ["signatures": JSONValue.array([signature]), "signed": body]
        try disk.write(envelope.text, to: "metadata/\(name)")
    }
}

extension Lab {
    /// Adds a catalog.
    @discardableResult
    func follow(
        _ shelf: Shelf, as name: String = "demo", offline: Bool = false, dryRun: Bool = false
    ) async throws -> CatalogSummary {
        try await host.addCatalog(shelf.asNew(name), options: ChangeOptions(dryRun: dryRun, offline: offline))
    }
}
