import DiskIO
import HostModel
import Signatures

/// A bundle's archive to publish, and what the catalog says of it.
package struct PublishedArtifact: Sendable {
    /// Of the file, without a directory.
    package let name: String
    /// Read from its beginning, whatever was read before.
    package let file: File
    package let entry: CatalogEntry

    package init(name: String, file: File, entry: CatalogEntry) {
        self.name = name
        self.file = file
        self.entry = entry
    }

    /// The longest name that leaves room for a hash and an ending.
    private static let nameLimit = 180

    /// The target's path.
    func path() throws(PublishError) -> RelativePath {
        guard name.utf8.count <= Self.nameLimit, !name.utf8.contains(UInt8(ascii: "/")),
            let path = RelativePath("apps/\(entry.id)/\(entry.version)/\(name)")
        else { throw .nameInvalid(name) }
        return path
    }

    /// Copies the file to its place, which its hash names.
    ///
    /// - On disk: `targets/apps/<id>/<version>/<sha256>.<name>` is there, whole and for good, with its directories.
    /// - Returns: what targets says of it.
    func copy(to targets: Directory) throws(PublishError) -> JSONValue {
        let (length, sha256) = try whilePublishing { () throws(FileSystemError) -> (Int64, ContentDigest) in
            var place = targets
            for part in ["apps", entry.id.text, entry.version.text] {
                place = try place.openOrMake(DiskPath(part), mode: 0o755)
            }
            let temporary = DiskPath(".\(name).new")
            try place.unlinkIfPresent(temporary)
            let copy = try place.file(temporary, as: .creating(mode: 0o600))
            try copy.setMode(0o644)
            let (length, sha256) = try Self.copy(file, to: copy)
            try copy.sync()
            try copy.close()
            try place.replace(DiskPath("\(sha256.hex).\(name)"), with: temporary)
            try place.sync()
            return (length, sha256)
        }
        let hashes: JSONValue = ["sha256": sha256]
        let custom: JSONValue = ["apphost": entry]
        return ["length": length, "hashes": hashes, "custom": custom]
    }

    private static func copy(_ source: File, to copy: File) throws(FileSystemError) -> (Int64, ContentDigest) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
        defer { buffer.deallocate() }
        var digest = DigestStream()
        var length: Int64 = 0
        while true {
            let count = try source.read(at: length, into: buffer)
            if count == 0 { return (length, digest.finishAndReset()) }
            let part = UnsafeRawBufferPointer(rebasing: buffer[..<count])
            digest.update(part)
            try copy.write(part)
            length += Int64(count)
        }
    }
}
