import DiskIO

/// `TestBundles/`, being written.
struct Output {
    private let root: Directory

    init(_ path: String) throws { root = try Directory.open(path, files: LinuxFileSystem()) }

    /// Removes all that is in a folder of ours, so that a case that is no more leaves nothing behind.
    func clear(_ name: String) throws {
        guard let folder = try root.directoryIfPresent(DiskPath(name)) else { return }
        try TreeRemoval.empty(folder)
    }

    func write(_ bytes: [UInt8], to path: String, mode: UInt32 = 0o644) throws {
        let (folder, name) = try place(path)
        try DurableFile.replace(name, in: folder, with: bytes, mode: mode)
    }

    func write(_ text: String, to path: String, mode: UInt32 = 0o644) throws {
        try write(Array(text.utf8), to: path, mode: mode)
    }

    func link(_ path: String, to target: String) throws {
        let (folder, name) = try place(path)
        try folder.unlinkIfPresent(name)
        try folder.makeLink(name, target: DiskPath(target))
    }

    /// The open folder that `path` stands in, made where it is not there.
    private func place(_ path: String) throws -> (Directory, DiskPath) {
        var folder = root
        // As bytes: a slash can hide inside a Character.
        let parts = Array(path.utf8).split(separator: UInt8(ascii: "/"))
        for part in parts.dropLast() { folder = try folder.openOrMake(DiskPath(Array(part)), mode: 0o755) }
        return (folder, DiskPath(Array(parts[parts.count - 1])))
    }
}
