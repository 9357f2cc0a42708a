/// Whether the header of a gzip member (RFC 1952) is one that all readers take for the same.
enum GzipLayout {
    /// - Throws: ``ArchiveError/invalid(_:)``, and whatever `source` throws.
    static func check(_ source: some ByteSource) throws {
        guard let header = try source.bytes(at: 0, count: 10), header[2] == 8 else {
            throw ArchiveError.invalid("it is no gzip member")
        }
        // A name, and that it is text. Of a checksum, of what is extra, of a comment not all know where it ends.
        guard header[3] & ~(0x08 | 0x01) == 0 else {
            throw ArchiveError.invalid("the gzip header has more than a name")
        }
        if header[3] & 0x08 != 0 { try checkName(source) }
    }

    private static func checkName(_ source: some ByteSource) throws {
        guard let bytes = try source.bytes(at: 10, count: Int(min(longestName, source.size - 10))), bytes.contains(0)
        else { throw ArchiveError.invalid("the gzip header has a name without an end") }
    }

    /// In bytes, with its end.
    private static let longestName: Int64 = 4097
}
