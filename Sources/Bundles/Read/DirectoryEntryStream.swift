import Archives
import DiskIO
import HostModel

/// The entries of a directory, in the order of an archive: the sidecars, then everything else sorted.
///
/// Nothing is followed through a link. Memory: the names of the directories on the way to the present entry.
package final class DirectoryEntryStream: HashedEntryStream {

    static let sidecars = [Statement.path, InventoryReader.path, Manifest.path]

    private let root: Directory
    private let inSlot: Bool
    private var pendingSidecars = sidecars
    private var levels: [Level] = []
    private let content = FileContent()
    private var hasStarted = false

    /// The file that is the present entry.
    var file: File? { content.file }

    /// Called for every directory but the root, with its path and mode. For slots, where modes are checked.
    package var onDirectory: (([UInt8], UInt32) -> Void)?

    private struct Level {
        let directory: Directory
        /// Of the directory itself; empty at the root.
        let path: [UInt8]
        /// What is left, the next one last.
        var names: [DirectoryName]
    }

    /// - Parameter inSlot: passes over `apphost/receipt.json`, which the host put there.
    package init(_ root: Directory, inSlot: Bool = false) {
        self.root = root
        self.inSlot = inSlot
    }

    package func next() throws -> ArchiveEntry? {
        content.end()
        while let path = pendingSidecars.first {
            pendingSidecars.removeFirst()
            guard let kind = try kind(ofSidecar: path) else { continue }
            guard let entry = try entry(Array(path.utf8), DiskPath(path), in: root, kind) else { continue }
            return entry
        }
        if !hasStarted {
            hasStarted = true
            levels.append(Level(directory: root, path: [], names: try sorted(root)))
        }
        while let level = levels.last {
            guard let name = level.names.last else {
                levels.removeLast()
                continue
            }
            levels[levels.count - 1].names.removeLast()
            let path = level.path.isEmpty ? name.name.bytes : level.path + [UInt8(ascii: "/")] + name.name.bytes
            if isSidecar(path) { continue }
            // Vanished since it was listed: the merge will miss it, if the inventory lists it.
            guard let kind = try name.kind ?? level.directory.status(of: name.name)?.kind else { continue }
            if kind != .directory {
                guard let entry = try entry(path, name.name, in: level.directory, kind) else { continue }
                return entry
            }
            guard let directory = try level.directory.directoryIfPresent(name.name) else { continue }
            let mode = try directory.status().mode
            onDirectory?(path, mode)
            let names = try sorted(directory)
            // Nothing that is deeper can be listed, and each level is a descriptor.
            if names.isEmpty || levels.count > RelativePath.maximumDepth {
                return ArchiveEntry(name: path, kind: .directory, mode: mode)
            }
            levels.append(Level(directory: directory, path: path, names: names))
        }
        return nil
    }

    package func withNextPiece(_ body: (UnsafeRawBufferPointer) throws -> Void) throws -> Bool {
        try content.withNextPiece(body)
    }

    package func contentDigest() throws -> ContentDigest { try content.finish() }

    /// - Returns: nil where it vanished meanwhile.
    private func entry(
        _ path: [UInt8], _ name: DiskPath, in directory: Directory, _ kind: FileStatus.Kind
    ) throws -> ArchiveEntry? {
        let other = ArchiveEntry.Kind.other("no file, directory or link")
        switch kind {
        case .file:
            guard let opened = try directory.fileIfPresent(name) else { return nil }
            // Of the descriptor that is read, whatever the name leads to by now.
            let status = try opened.status()
            guard status.kind == .file else { return ArchiveEntry(name: path, kind: other, mode: status.mode) }
            content.begin(opened, size: status.size)
            return ArchiveEntry(name: path, kind: .file(size: status.size), mode: status.mode)
        case .link:
            return ArchiveEntry(name: path, kind: .link(target: try directory.linkTarget(name).bytes), mode: 0o777)
        case .directory: return ArchiveEntry(name: path, kind: .directory, mode: 0o755)
        case .other: return ArchiveEntry(name: path, kind: other, mode: 0)
        }
    }

    private func kind(ofSidecar path: String) throws -> FileStatus.Kind? {
        let parts = path.split(separator: "/").map { DiskPath(String($0)) }
        guard try root.status(of: parts[0])?.kind == .directory else { return nil }
        return try root.directory(parts[0]).status(of: parts[1])?.kind
    }

    private func isSidecar(_ path: [UInt8]) -> Bool {
        if inSlot, path.elementsEqual("apphost/receipt.json".utf8) { return true }
        return Self.sidecars.contains { $0.utf8.elementsEqual(path) }
    }

    /// The names in the order of ``RelativePath``, the first last.
    private func sorted(_ directory: Directory) throws -> [DirectoryName] {
        try directory.namesWithKinds().sorted { $0.name > $1.name }
    }
}
