import HostModel

/// The keys of the four top-level roles.
///
/// Source: TUF specification 1.0.34, section 4.3.
package struct RootMetadata: Sendable {
    let header: MetadataHeader
    /// Whether files have their version or hash in their name (section 6.2).
    let isConsistent: Bool
    let keys: KeyTable
    let root: RoleKeys
    let timestamp: RoleKeys
    let snapshot: RoleKeys
    let targets: RoleKeys

    package init(_ metadata: SignedMetadata) throws(RecordError) {
        var fields = try metadata.fields()
        header = try MetadataHeader(&fields, type: "root")
        isConsistent = try fields.optional("consistent_snapshot")?.bool() ?? false
        keys = try KeyTable(fields.required("keys"))
        var roles = try fields.required("roles").record()
        root = try Self.role("root", &roles)
        timestamp = try Self.role("timestamp", &roles)
        snapshot = try Self.role("snapshot", &roles)
        targets = try Self.role("targets", &roles)
    }

    var version: Int64 { header.version }

    private static func role(_ name: String, _ roles: inout JSONRecord) throws(RecordError) -> RoleKeys {
        var fields = try roles.required(name).record()
        return try RoleKeys(&fields)
    }
}
