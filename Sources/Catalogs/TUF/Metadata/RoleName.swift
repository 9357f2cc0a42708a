import HostModel

/// The name of a role: one of the four that root lists, or what a targets role calls one that it delegates to.
///
/// A delegated name may be any text (`?`, `../x`), so it is compared as bytes, and percent-encoded wherever it becomes
/// the name of a file or part of a URL.
///
/// Source: TUF specification 1.0.34, sections 2.1 and 4.5 (ROLENAME).
package struct RoleName: Hashable, Sendable, CustomStringConvertible {
    let bytes: [UInt8]

    package static let root = RoleName(unchecked: "root")
    package static let timestamp = RoleName(unchecked: "timestamp")
    package static let snapshot = RoleName(unchecked: "snapshot")
    package static let targets = RoleName(unchecked: "targets")

    private static let topLevel: [RoleName] = [root, timestamp, snapshot, targets]

    /// Leaves room for a version and an ending in a file name.
    private static let encodedLimit = 200

    /// - Returns: nil when `name` is empty, belongs to a top-level role, or is too long for a file name.
    init?(delegated name: String) {
        let name = RoleName(unchecked: name)
        guard !name.bytes.isEmpty, !name.isTopLevel, name.encoded.utf8.count <= Self.encodedLimit else {
            return nil
        }
        self = name
    }

    private init(unchecked name: String) { bytes = Array(name.utf8) }

    /// Whether root lists its keys.
    var isTopLevel: Bool { Self.topLevel.contains(self) }

    package var description: String { String(decoding: bytes, as: UTF8.self) }

    /// What its metadata file is called at the source, not encoded: `42.snapshot.json`, or `snapshot.json` (METAPATH)
    /// without a version.
    func sourceName(version: Int64? = nil) -> String {
        let prefix = version.map { "\($0)." } ?? ""
        return prefix + description + ".json"
    }

    /// ``sourceName(version:)`` without a version, as bytes: what snapshot lists the file under.
    var listedName: [UInt8] { bytes + Array(".json".utf8) }

    /// What its metadata file is called in the store: one file name, whatever the role's is.
    var storeName: String { encoded + ".json" }

    private var encoded: String { PercentEncoding.encoded(bytes) }
}
