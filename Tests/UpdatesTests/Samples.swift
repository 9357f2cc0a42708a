import Bundles
import Catalogs
import HostModel
import Signatures
import Testing

/// Values that decisions are tried with.
enum Samples {
    /// 2026-05-01T10:00:00Z
    static let now = Timestamp(seconds: 1_777_629_600)
    static let yesterday = Timestamp(seconds: now.seconds - 86_400)
    static let tomorrow = Timestamp(seconds: now.seconds + 86_400)

    static func app(_ text: String) throws -> AppID { try #require(AppID(text)) }

    static func version(_ text: String) throws -> BundleVersion { try #require(BundleVersion(text)) }

    /// A digest of 32 times the same byte.
    static func digest(_ byte: UInt8) throws -> ContentDigest {
        try #require(ContentDigest(bytes: [UInt8](repeating: byte, count: 32)))
    }

    static func manifest(
        _ version: String, permissions: [String] = ["network.listen"], transport: String? = "http",
        profile: String? = "network", environment: [CatalogEntry.Variable] = [], needs apphost: String? = nil
    ) throws -> Manifest {
        let variables = environment.map { variable -> JSONValue in
            [
                "name": variable.name, "description": variable.description, "required": variable.required,
                "secret": variable.secret, "default": variable.defaultValue,
            ]
        }
        let requires: JSONValue = ["apphost": apphost]
        let json: JSONValue = [
            "schema": 1, "id": "notes", "name": "Notes", "version": version, "permissions": permissions,
            "transport": transport, "permissionProfile": profile, "environment": variables, "requires": requires,
        ]
        return try Manifest.read(json.bytes)
    }

    /// What a catalog says of the bundle that ``manifest(_:permissions:transport:profile:environment:needs:)`` is of.
    static func entry(_ version: String, app: String = "notes", digest byte: UInt8) throws -> CatalogEntry {
        var entry = CatalogEntry(
            id: try Samples.app(app), name: "Notes", version: try Samples.version(version), digest: try digest(byte))
        entry.permissions = ["network.listen"]
        entry.transport = "http"
        entry.permissionProfile = "network"
        entry.requires = .init(apphost: try Samples.version("1.0.0"))
        return entry
    }

    /// An entry as it is listed. Its file has the SHA-256 and length of ``Reviews``.
    static func listed(_ entry: CatalogEntry, file: String = "notes.tar") throws -> ListedEntry {
        let path = try #require(RelativePath("apps/\(entry.id)/\(entry.version)/\(file)"))
        let artifact = CatalogArtifact(
            place: ["apps", file], length: Reviews.size, sha256: try digest(Reviews.artifact))
        return ListedEntry(entry, path: path, artifact: artifact, said: entry.json)
    }
}
