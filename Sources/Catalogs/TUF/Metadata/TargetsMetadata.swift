import HostModel

/// The files that a targets role vouches for, and whom else it trusts with some.
///
/// Source: TUF specification 1.0.34, section 4.5.
package struct TargetsMetadata: Sendable {
    let header: MetadataHeader
    /// Files whose path is no relative path are left out: nobody can ask for them.
    package let files: [RelativePath: TargetFile]
    package let delegations: Delegations?

    package init(_ metadata: SignedMetadata) throws(RecordError) {
        var fields = try metadata.fields()
        header = try MetadataHeader(&fields, type: "targets")
        var files: [RelativePath: TargetFile] = [:]
        for (name, file) in try fields.required("targets").record().rest() {
            guard let path = RelativePath(name) else { continue }
            files[path] = try TargetFile(path, file)
        }
        self.files = files
        if let trusted = fields.optional("delegations") {
            delegations = try Delegations(trusted)
        } else {
            delegations = nil
        }
    }

    var version: Int64 { header.version }
}
