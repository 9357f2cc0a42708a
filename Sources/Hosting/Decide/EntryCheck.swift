import Bundles
import Catalogs
import HostModel

/// Whether a bundle is what its catalog entry says, and asks for no more than that. Pure.
///
/// What was shown of a bundle before it was fetched is the entry, so the bundle is held to it.
package struct EntryCheck: Sendable {
    package var entry: CatalogEntry
    package var manifest: Manifest
    /// Of the bundle.
    package var digest: ContentDigest

    package init(entry: CatalogEntry, manifest: Manifest, digest: ContentDigest) {
        self.entry = entry
        self.manifest = manifest
        self.digest = digest
    }

    /// Every difference in words; none where the bundle may be taken.
    package func differences() -> [String] {
        let equal: [(what: String, listed: String?, found: String?)] = [
            ("id", entry.id.text, manifest.id.text), ("version", entry.version.text, manifest.version.text),
            ("digest", entry.digest.hex, digest.hex),
            ("transport", entry.transport, manifest.transport?.rawValue),
            ("permission profile", entry.permissionProfile, manifest.permissionProfile),
        ]
        let changes = equal.filter { $0.listed != $0.found }.map { row in
            "its \(row.what) is \(Self.text(row.found)), not \(Self.text(row.listed))"
        }
        return changes + [morePermissions, moreVariables].compactMap { $0 }
    }

    private var morePermissions: String? {
        let more = manifest.permissions.filter { !entry.permissions.contains($0) }
        return more.isEmpty ? nil : "it asks for more permissions: \(more.joined(separator: ", "))"
    }

    /// One that the entry calls optional and the bundle requires is more.
    private var moreVariables: String? {
        let more = manifest.environment.filter { variable in
            variable.required && !entry.environment.contains { $0.name == variable.name && $0.required }
        }
        return more.isEmpty ? nil : "it requires more variables: \(more.map(\.name).joined(separator: ", "))"
    }

    private static func text(_ value: String?) -> String { value.map { quoted($0) } ?? "none" }
}
