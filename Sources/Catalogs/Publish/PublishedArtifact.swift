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
    private let sha256: ContentDigest?

    /// - Parameter sha256: what was verified before, if anything was; a file that has become another one is refused.
    package init(name: String, file: File, entry: CatalogEntry, sha256: ContentDigest? = nil) {
        self.name = name
        self.file = file
        self.entry = entry
        self.sha256 = sha256
    }

    /// The longest name that leaves room for a hash and an ending.
    private static let nameLimit = 180

    /// Where the catalog lists it.
    package func path() throws(PublishError) -> RelativePath {
        guard name.utf8.count <= Self.nameLimit, !name.utf8.contains(UInt8(ascii: "/")),
            let path = RelativePath("apps/\(entry.id)/\(entry.version)/\(name)")
        else { throw .nameInvalid(name) }
        return path
    }

    /// Reads all of it, and its entry as a client will.
    func measured() throws(PublishError) -> MeasuredArtifact {
        let path = try path()
        do throws(RecordError) {
            _ = try CatalogEntry.read(custom: ["apphost": entry], path: path)
        } catch {
            throw .entry(error)
        }
        let (length, found) = try whilePublishing { () throws(FileSystemError) -> (Int64, ContentDigest) in
            try file.eachPart { _ in }
        }
        if let sha256, found != sha256 { throw .changedMeanwhile(name) }
        return MeasuredArtifact(artifact: self, path: path, length: length, sha256: found)
    }
}

/// An artifact that can be published under its path.
struct MeasuredArtifact {
    let artifact: PublishedArtifact
    let path: RelativePath
    let length: Int64
    let sha256: ContentDigest

    /// What the catalog says of it.
    var listed: JSONValue {
        let hashes: JSONValue = ["sha256": sha256]
        let custom: JSONValue = ["apphost": artifact.entry]
        return ["length": length, "hashes": hashes, "custom": custom]
    }

    /// Copies the file to its place, which its hash names.
    ///
    /// - On disk: `targets/apps/<id>/<version>/<sha256>.<name>` is there, whole and for good, with its directories.
    /// - Throws: ``PublishError/changedMeanwhile(_:)`` also where it is another file by now; its place is as it was.
    func copy(to targets: Directory) throws(PublishError) {
        let temporary = DiskPath(".\(artifact.name).new")
        let (place, found) = try whilePublishing { () throws(FileSystemError) -> (Directory, ContentDigest) in
            var place = targets
            for part in ["apps", artifact.entry.id.text, artifact.entry.version.text] {
                place = try place.openOrMake(DiskPath(part), mode: 0o755)
            }
            try place.unlinkIfPresent(temporary)
            let copy = try place.file(temporary, as: .creating(mode: 0o600))
            try copy.setMode(0o644)
            let (_, found) = try artifact.file.eachPart { (part: UnsafeRawBufferPointer) throws(FileSystemError) in
                try copy.write(part)
            }
            try copy.sync()
            try copy.close()
            return (place, found)
        }
        let isSame = found == sha256
        try whilePublishing { () throws(FileSystemError) in
            if isSame {
                try place.replace(DiskPath("\(sha256.hex).\(artifact.name)"), with: temporary)
                try place.sync()
            } else {
                try place.unlink(temporary)
            }
        }
        guard isSame else { throw .changedMeanwhile(artifact.name) }
    }
}

extension File {
    /// Reads all of it, part by part.
    ///
    /// - Returns: its length and its SHA-256.
    fileprivate func eachPart(
        _ body: (UnsafeRawBufferPointer) throws(FileSystemError) -> Void
    ) throws(FileSystemError) -> (Int64, ContentDigest) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
        defer { buffer.deallocate() }
        var digest = DigestStream()
        var length: Int64 = 0
        while true {
            let count = try read(at: length, into: buffer)
            if count == 0 { return (length, digest.finishAndReset()) }
            let part = UnsafeRawBufferPointer(rebasing: buffer[..<count])
            digest.update(part)
            try body(part)
            length += Int64(count)
        }
    }
}
