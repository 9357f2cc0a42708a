import HostModel

/// Which snapshot is the present one.
///
/// Source: TUF specification 1.0.34, section 4.6.
package struct TimestampMetadata: Sendable {
    let header: MetadataHeader
    let snapshot: MetaFile

    package init(_ metadata: SignedMetadata) throws(RecordError) {
        var fields = try metadata.fields()
        header = try MetadataHeader(&fields, type: "timestamp")
        var files = try fields.required("meta").record()
        snapshot = try MetaFile(files.required("snapshot.json"))
    }

    var version: Int64 { header.version }
}
