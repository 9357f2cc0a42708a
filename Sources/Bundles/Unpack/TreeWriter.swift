import DiskIO
import HostModel

/// Writes files into an empty tree, in the order of their paths. Directories are made as they come and stay open only while
/// paths below them come.
final class TreeWriter {
    private var stack: DirectoryStack

    /// - Parameter closesDirectories: false where more will be made in the directories afterwards.
    init(root: Directory, closesDirectories: Bool) {
        stack = DirectoryStack(root: root, setsModes: closesDirectories) { (above, name) throws(FileSystemError) in
            try above.makeOrOpen(name)
        }
    }

    /// Leaves every directory. Nothing may be written after it.
    func finish() throws(FileSystemError) { try stack.finish() }

    /// Makes a new file, and the directories above it.
    func create(_ path: RelativePath, mode: UInt32 = 0o444) throws -> File {
        let (directory, name) = try stack.place(path)
        let file = try directory.file(name, as: .creating(mode: 0o600))
        try file.setMode(mode)
        return file
    }

    func create(_ path: String) throws -> File {
        guard let path = RelativePath(path) else { preconditionFailure("\(path) is no relative path") }
        return try create(path)
    }

    func write(_ bytes: [UInt8], to path: String) throws {
        let file = try create(path)
        try file.write(bytes)
        try file.close()
    }

    /// Gives an existing file one more name in the tree.
    func link(_ file: File, to path: RelativePath) throws(FileSystemError) {
        let (directory, name) = try stack.place(path)
        try directory.link(file, as: name)
    }
}

extension Directory {
    /// The final mode comes at the end, when nothing more is made in it.
    fileprivate func makeOrOpen(_ name: DiskPath) throws(FileSystemError) -> Directory {
        do throws(FileSystemError) { try make(name, mode: 0o700) } catch {
            // The sidecars' directory comes first, and may come again in its place.
            guard error.isTaken else { throw error }
        }
        return try directory(name)
    }
}
