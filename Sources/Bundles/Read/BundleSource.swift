import Archives
import DiskIO
import HostModel
import Signatures
import Storage

/// A bundle as the operator names it, an archive or a directory, or an archive that was fetched. Opened once; check and
/// use see the same file.
package struct BundleSource: Sendable {
    /// As it was given.
    package let path: String
    private let content: Content
    private let reading: ArchiveReading

    private enum Content: Sendable {
        case archive(File, size: Int64, BackgroundDigest)
        case fetched(File, Receipt.Artifact)
        case directory(Directory)
    }

    /// An archive that is open already, and of which somebody computed what `artifact` says.
    ///
    /// - Parameters:
    ///   - path: where it came from.
    ///   - reading: who reads it.
    package static func fetched(
        _ file: File, from path: String, artifact: Receipt.Artifact, reading: ArchiveReading = .inThisProcess
    ) -> BundleSource {
        BundleSource(path: path, content: .fetched(file, artifact), reading: reading)
    }

    /// Opens a source. A file `NAME.sha256` beside an archive is checked at once, when it is there.
    ///
    /// - Parameter reading: who reads it where it is an archive.
    /// - Throws: ``BundleError/sourceNotFound(_:)``, or what is wrong with the file beside it.
    package static func open(
        _ path: String, files: any FileSystem, reading: ArchiveReading = .inThisProcess
    ) throws -> BundleSource {
        if let directory = try openDirectory(path, files: files) {
            return BundleSource(path: path, content: .directory(directory), reading: reading)
        }
        let file = try openFile(path, files: files)
        let status = try file.status()
        guard status.kind == .file else {
            throw BundleError.sourceUnusable(path, problem: "it is no file and no directory")
        }
        let digest = BackgroundDigest(of: file)
        try DetachedDigest.check(path, digest: digest, files: files)
        return BundleSource(path: path, content: .archive(file, size: status.size, digest), reading: reading)
    }

    /// The entries from the first. They are read ahead on a thread of its own.
    package func entries() throws -> any HashedEntryStream {
        switch content {
        case .directory(let directory):
            return PrefetchedEntryStream { DirectoryEntryStream(directory) }
        case .archive(let file, let size, _): return entries(of: file, size: size)
        case .fetched(let file, let artifact): return entries(of: file, size: artifact.size)
        }
    }

    private func entries(of file: File, size: Int64) -> any HashedEntryStream {
        PrefetchedEntryStream { [reading] in try reading.open(file, size) }
    }

    /// Size and SHA-256 of the archive; nil for a directory. Waits until all of it was read.
    package func artifact() throws -> Receipt.Artifact? {
        switch content {
        case .directory: return nil
        case .archive(_, let size, let digest): return Receipt.Artifact(size: size, sha256: try digest.wait())
        case .fetched(_, let artifact): return artifact
        }
    }

    private static func openDirectory(_ path: String, files: any FileSystem) throws -> Directory? {
        do throws(FileSystemError) { return try Directory.open(path, files: files) } catch {
            if error.isNotFound { throw BundleError.sourceNotFound(path) }
            if error.isNotADirectory { return nil }
            throw error
        }
    }

    private static func openFile(_ path: String, files: any FileSystem) throws -> File {
        do throws(FileSystemError) { return try File.open(path, files: files) } catch {
            if error.isNotFound { throw BundleError.sourceNotFound(path) }
            throw error
        }
    }
}

/// `NAME.sha256` beside an archive, in the form of sha256sum(1).
package enum DetachedDigest {
    static func check(_ path: String, digest: BackgroundDigest, files: any FileSystem) throws {
        let beside = path + ".sha256"
        let file: File
        do throws(FileSystemError) { file = try File.open(beside, files: files) } catch {
            if error.isNotFound { return }
            throw error
        }
        guard let content = try file.content(limit: 4096), let expected = parse(content, for: path) else {
            throw BundleError.detachedDigestUnreadable(file: beside)
        }
        guard try digest.wait() == expected else {
            throw BundleError.detachedDigestDiffers(artifact: path, file: beside)
        }
    }

    /// One line: the digest, and a space, ` ` or `*`, and the archive's name, whatever directory stands before it.
    package static func parse(_ content: [UInt8], for path: String) -> ContentDigest? {
        let lines = content.split(separator: UInt8(ascii: "\n"))
        guard lines.count == 1, let line = lines.first, line.count > 66, line[line.startIndex + 64] == 0x20,
            [0x20, 0x2A].contains(line[line.startIndex + 65]),
            lastComponent(of: line.dropFirst(66)).elementsEqual(lastComponent(of: path.utf8))
        else { return nil }
        return ContentDigest(hex: String(decoding: line.prefix(64), as: UTF8.self))
    }

    /// What stands behind the last slash.
    private static func lastComponent<Path: BidirectionalCollection<UInt8>>(of path: Path) -> Path.SubSequence {
        guard let slash = path.lastIndex(of: UInt8(ascii: "/")) else { return path[...] }
        return path[path.index(after: slash)...]
    }
}
