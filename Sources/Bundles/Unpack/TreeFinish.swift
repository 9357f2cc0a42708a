import DiskIO
import HostModel

/// The last pass over an unpacked tree that has links or empty directories: makes those, and gives every directory its final
/// mode.
///
/// Links come last, so nothing was ever written through one. The root and `apphost/` stay writable until the seal.
enum TreeFinish {
    static func run(_ root: Directory, inventory: File) throws {
        let reader = try InventoryReader(inventory)
        var stack = DirectoryStack(root: root, setsModes: true) { (above, name) throws(FileSystemError) in
            try above.openOrMakeUnsynced(name)
        }
        while let entry = try reader.next() {
            let (directory, name) = try stack.place(entry.path)
            switch entry.kind {
            case .file: break
            case .link(let target): try directory.makeLink(name, target: DiskPath(target))
            case .directory: _ = try directory.makeAndOpen(name, mode: 0o555)
            }
        }
        try stack.finish()
    }
}

extension Directory {
    /// A directory that holds nothing but links is implied, and was not made by any file.
    fileprivate func openOrMakeUnsynced(_ name: DiskPath) throws(FileSystemError) -> Directory {
        if let there = try directoryIfPresent(name) { return there }
        return try makeAndOpen(name, mode: 0o700)
    }
}
