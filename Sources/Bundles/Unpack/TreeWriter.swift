import DiskIO
import HostModel

/// Writes files into an empty tree, in the order of their paths. Directories are made as they come and stay open only while
/// paths below them come.
final class TreeWriter {
    private var levels: [Level]
    /// Whether a directory gets its final mode when the last path below it has come.
    private let closesDirectories: Bool

    private struct Level {
        let name: ArraySlice<UInt8>
        let directory: Directory
    }

    /// - Parameter closesDirectories: false where more will be made in the directories afterwards.
    init(root: Directory, closesDirectories: Bool) {
        levels = [Level(name: [], directory: root)]
        self.closesDirectories = closesDirectories
    }

    /// Leaves every directory. Nothing may be written after it.
    func finish() throws(FileSystemError) { try leave(to: 1) }

    /// Makes a new file with the mode it has in a slot, and the directories above it.
    func create(_ path: RelativePath, isExecutable: Bool) throws -> File {
        let (directory, name) = try place(path)
        let file = try directory.file(name, as: .creating(mode: 0o600))
        try file.setMode(isExecutable ? 0o555 : 0o444)
        return file
    }

    func create(_ path: String, isExecutable: Bool) throws -> File {
        guard let path = RelativePath(path) else { preconditionFailure("\(path) is no relative path") }
        return try create(path, isExecutable: isExecutable)
    }

    func write(_ bytes: [UInt8], to path: String) throws {
        let file = try create(path, isExecutable: false)
        try file.write(bytes)
        try file.close()
    }

    /// Gives an existing file one more name in the tree.
    func link(_ file: File, to path: RelativePath) throws(FileSystemError) {
        let (directory, name) = try place(path)
        try directory.link(file, as: name)
    }

    private func leave(to count: Int) throws(FileSystemError) {
        while levels.count > count {
            let level = levels.removeLast()
            // The sidecars' directory stays writable until the receipt is in it.
            let isSidecars = levels.count == 1 && level.name.elementsEqual("apphost".utf8)
            if closesDirectories, !isSidecars { try level.directory.setMode(0o555) }
        }
    }

    /// The open directory that `path` stands in, made with all above it where they are not there.
    private func place(_ path: RelativePath) throws(FileSystemError) -> (Directory, DiskPath) {
        let components = path.components
        var depth = 0
        while depth < components.count - 1, depth + 1 < levels.count, levels[depth + 1].name == components[depth] {
            depth += 1
        }
        try leave(to: depth + 1)
        for component in components[depth..<(components.count - 1)] {
            let name = DiskPath(component)
            let above = levels[levels.count - 1].directory
            let directory: Directory
            do throws(FileSystemError) {
                // Its final mode comes at the end, when nothing more is made in it.
                try above.make(name, mode: 0o700)
                directory = try above.directory(name)
            } catch {
                // The sidecars' directory comes first, and may come again in its place.
                guard error.isTaken else { throw error }
                directory = try above.directory(name)
            }
            levels.append(Level(name: component, directory: directory))
        }
        return (levels[levels.count - 1].directory, DiskPath(components[components.count - 1]))
    }
}
