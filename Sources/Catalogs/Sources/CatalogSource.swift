import HostModel

/// Where a catalog comes from: `catalogs/<name>/source.json`.
package struct CatalogSource: Sendable, Equatable {
    /// In the grammar of an app id.
    package let name: AppID
    /// As the operator wrote it; a path is absolute.
    package let location: String
    /// Whether only the authorities in `ca.pem` beside the record are trusted for it.
    package let hasCertificate: Bool
    /// The SHA-256 of the `root.json` that trust began with.
    package let rootDigest: ContentDigest
    package let addedAt: Timestamp

    package static let limit = 64 << 10

    static func read(_ bytes: [UInt8], file: String) throws(RecordError) -> CatalogSource {
        var record = try JSONRecord(bytes, file: file, limit: limit, schema: 1)
        let source = CatalogSource(
            name: try record.required("name").parsed("the name of a catalog", { AppID($0) }),
            location: try record.required("location").string(),
            hasCertificate: try record.required("certificate").bool(),
            rootDigest: try record.required("rootDigest").parsed("a SHA-256", { ContentDigest(hex: $0) }),
            addedAt: try record.required("addedAt").parsed("a time", { Timestamp($0) }))
        try record.finish()
        return source
    }
}

extension CatalogSource: JSONRepresentable {
    package var json: JSONValue {
        [
            "schema": 1, "name": name, "location": location, "certificate": hasCertificate, "rootDigest": rootDigest,
            "addedAt": addedAt,
        ]
    }
}
