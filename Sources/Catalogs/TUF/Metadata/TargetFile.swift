import HostModel

/// What a targets role says of one file.
///
/// Source: TUF specification 1.0.34, section 4.5 (TARGETS).
package struct TargetFile: Sendable {
    /// TARGETPATH. What is no relative path is never listed.
    package let path: RelativePath
    /// In bytes.
    package let length: Int64
    package let hashes: FileHashes
    /// What the application wants to know of it; nil where nothing is said.
    package let custom: JSONValue?

    init(_ path: RelativePath, _ field: JSONField) throws(RecordError) {
        var fields = try field.record()
        self.path = path
        length = try fields.required("length").integer()
        hashes = try FileHashes(fields.required("hashes"))
        custom = fields.optional("custom")?.value
    }

    /// Whether `bytes` are this file: of its length, with its hashes (section 5.7.3).
    package func matches(_ bytes: [UInt8]) -> Bool { length == Int64(bytes.count) && hashes.match(bytes) }

    /// Where the file is below the source's targets, name by name, not encoded (section 5.7.3).
    ///
    /// - Parameter isConsistent: whether a hash stands before its name.
    /// - Returns: nil when none of its hashes can be checked.
    func place(isConsistent: Bool) -> [String]? {
        guard let prefix = hashes.namePrefix else { return nil }
        var names = path.components.map { String(decoding: $0, as: UTF8.self) }
        if isConsistent, let name = names.popLast() { names.append("\(prefix).\(name)") }
        return names
    }
}
