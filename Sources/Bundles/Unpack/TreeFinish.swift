import DiskIO
import HostModel

/// The last pass over an unpacked tree that has links or empty directories: makes those, and gives every directory its final
/// mode.
///
/// Links come last, so nothing was ever written through one. The root and `apphost/` stay writable until the seal.
enum TreeFinish {
    static func run(_ root: Directory, inventory: File) throws {
        let reader = try InventoryReader(inventory)
        var levels: [(name: ArraySlice<UInt8>, directory: Directory)] = [([], root)]
        while let entry = try reader.next() {
            let components = entry.path.components
            var depth = 0
            while depth < components.count - 1, depth + 1 < levels.count, levels[depth + 1].name == components[depth] {
                depth += 1
            }
            try leave(&levels, to: depth + 1)
            for component in components[depth..<(components.count - 1)] {
                let above = levels[levels.count - 1].directory
                levels.append((component, try above.openOrMakeUnsynced(DiskPath(component))))
            }
            let directory = levels[levels.count - 1].directory
            let name = DiskPath(components[components.count - 1])
            switch entry.kind {
            case .file: break
            case .link(let target): try directory.makeLink(name, target: DiskPath(target))
            case .directory: _ = try directory.makeAndOpen(name, mode: 0o555)
            }
        }
        try leave(&levels, to: 1)
    }

    private static func leave(
        _ levels: inout [(name: ArraySlice<UInt8>, directory: Directory)], to count: Int
    ) throws(FileSystemError) {
        while levels.count > count {
            let level = levels.removeLast()
            let isSidecars = levels.count == 1 && level.name.elementsEqual("apphost".utf8)
            if !isSidecars { try level.directory.setMode(0o555) }
        }
    }
}

extension Directory {
    /// A directory that holds nothing but links is implied, and was not made by any file.
    fileprivate func openOrMakeUnsynced(_ name: DiskPath) throws(FileSystemError) -> Directory {
        if let there = try directoryIfPresent(name) { return there }
        return try makeAndOpen(name, mode: 0o700)
    }
}
