import Bundles
import HostModel
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
        profile: String? = "network"
    ) throws -> Manifest {
        let json: JSONValue = [
            "schema": 1, "id": "notes", "name": "Notes", "version": version, "permissions": permissions,
            "transport": transport, "permissionProfile": profile,
        ]
        return try Manifest.read(json.bytes)
    }
}
