import Catalogs
import HostModel
import Signatures
import Testing

/// Entries as tests need them.
enum Entries {
    static func entry(
        _ id: String = "notes", _ version: String = "1.2.0", content: String? = nil
    ) throws -> CatalogEntry {
        let said = content ?? "\(id) \(version)"
        return CatalogEntry(
            id: try #require(AppID(id)), name: "Notes", version: try #require(BundleVersion(version)),
            digest: DigestStream.digest(of: Array(said.utf8)))
    }

    static func path(_ entry: CatalogEntry, file: String = "bundle.tar") throws -> RelativePath {
        try #require(RelativePath("apps/\(entry.id)/\(entry.version)/\(file)"))
    }

    static func listed(_ entry: CatalogEntry, file: String = "bundle.tar") throws -> ListedEntry {
        let path = try path(entry, file: file)
        let artifact = CatalogArtifact(place: ["apps", file], length: 1, sha256: entry.digest)
        return ListedEntry(entry, path: path, artifact: artifact, said: entry.json)
    }

    /// The smallest `custom`, with `members` in it.
    static func custom(_ members: String = "") -> String {
        let digest = String(repeating: "a", count: 64)
        let rest = members.isEmpty ? "" : ",\(members)"
        return #"{"apphost":{"schema":1,"id":"notes","name":"Notes","version":"1.2.0","digest":"\#(digest)"\#(rest)}}"#
    }
}
