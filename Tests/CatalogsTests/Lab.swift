import Catalogs
import DiskIO
import HostModel
import TestSupport

/// A client of a ``TestRepository``, with a store of its own on disk. Each call is a run of its own, as another
/// process would make it.
final class Lab {
    let repository: TestRepository
    let disk: TemporaryDirectory

    init(_ repository: TestRepository = TestRepository()) throws {
        self.repository = repository
        disk = try TemporaryDirectory()
        try MetadataStore(disk.open()).start(trusting: repository.root(1))
    }

    func client() throws -> CatalogClient {
        CatalogClient(source: repository.source, store: try MetadataStore(disk.open()))
    }

    /// - Returns: `done`, or the step and code of the refusal.
    func refresh(at now: Timestamp = TestRepository.now) async throws -> String {
        do {
            _ = try await client().refresh(now: now)
            return "done"
        } catch let error as CatalogError {
            return Self.told(error)
        }
    }

    /// Looks for a target in what was refreshed last.
    ///
    /// - Returns: `nothing`, the role that lists it, or the step and code of the refusal.
    func find(_ path: String, at now: Timestamp = TestRepository.now) async throws -> String {
        do {
            return try await target(path, at: now)?.role.description ?? "nothing"
        } catch let error as CatalogError {
            return Self.told(error)
        }
    }

    func target(_ path: String, at now: Timestamp = TestRepository.now) async throws -> FoundTarget? {
        guard let path = RelativePath(path) else { return nil }
        let client = try client()
        return try await client.target(path, in: client.stored(now: now))
    }

    /// `root 1`, `targets 2`: every role that is stored and its version, sorted.
    func stored() throws -> [String] {
        var roles: [String] = []
        for name in disk.names() where name.hasSuffix(".json") {
            let bytes = disk.read(name) ?? []
            var envelope = try JSONRecord(bytes, file: name, limit: bytes.count)
            var signed = try envelope.required("signed").record()
            let version = try signed.required("version").integer()
            roles.append("\(name.dropLast(5)) \(version)")
        }
        return roles
    }

    private static func told(_ error: CatalogError) -> String { "\(error.step ?? "-") \(error.code.rawValue)" }
}
