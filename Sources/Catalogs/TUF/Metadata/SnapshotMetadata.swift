import HostModel

/// Which versions of all targets roles go together.
///
/// Source: TUF specification 1.0.34, section 4.4.
package struct SnapshotMetadata: Sendable {
    let header: MetadataHeader
    /// By METAPATH, as bytes: see ``RoleName/listedName``.
    let files: [[UInt8]: MetaFile]

    package init(_ metadata: SignedMetadata) throws(RecordError) {
        var fields = try metadata.fields()
        header = try MetadataHeader(&fields, type: "snapshot")
        var files: [[UInt8]: MetaFile] = [:]
        for (name, file) in try fields.required("meta").record().rest() {
            files[Array(name.utf8)] = try MetaFile(file)
        }
        self.files = files
    }

    var version: Int64 { header.version }
}
