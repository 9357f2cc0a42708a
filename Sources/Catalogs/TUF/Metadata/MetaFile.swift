import HostModel

/// What timestamp says of snapshot, or snapshot of a targets role.
///
/// Source: TUF specification 1.0.34, section 4.4 (METAFILES).
struct MetaFile: Sendable {
    let version: Int64
    /// In bytes; nil where only the version is listed.
    let length: Int64?
    let hashes: FileHashes?

    init(_ field: JSONField) throws(RecordError) {
        var fields = try field.record()
        version = try fields.required("version").integer(in: MetadataHeader.versions)
        length = try fields.optional("length")?.integer()
        if let listed = fields.optional("hashes") {
            hashes = try FileHashes(listed)
        } else {
            hashes = nil
        }
    }

    /// Most bytes to read: the listed length, else `unlisted`.
    func limit(unlisted: Int64) -> Int64 { min(length ?? unlisted, MetadataLimit.ceiling) }

    /// Whether `bytes` have the length and the hashes that are listed, if any (sections 5.5.2 and 5.6.2).
    func matches(_ bytes: [UInt8]) -> Bool {
        if let length, length != Int64(bytes.count) { return false }
        return hashes?.match(bytes) ?? true
    }
}

/// Most bytes of metadata whose length is not listed anywhere: what stops endless data.
enum MetadataLimit {
    static let root: Int64 = 512 << 10
    static let timestamp: Int64 = 16 << 10
    static let snapshot: Int64 = 4 << 20
    static let targets: Int64 = 16 << 20

    /// Of any metadata, whatever length is listed: it is held in memory.
    static let ceiling: Int64 = 64 << 20
}
