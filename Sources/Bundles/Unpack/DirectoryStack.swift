import DiskIO
import HostModel

/// The open directories above the present path, while paths come in their order. Each stays open only while paths below
/// it come.
struct DirectoryStack {
    private let root: Directory
    private let setsModes: Bool
    private let enter: (Directory, DiskPath) throws(FileSystemError) -> Directory
    /// Below the root, from the top down.
    private var levels: [(name: ArraySlice<UInt8>, directory: Directory)] = []

    /// - Parameters:
    ///   - setsModes: whether a directory gets its final mode when the last path below it has come.
    ///   - enter: opens the directory of that name, made where it is not there.
    init(
        root: Directory, setsModes: Bool, enter: @escaping (Directory, DiskPath) throws(FileSystemError) -> Directory
    ) {
        self.root = root
        self.setsModes = setsModes
        self.enter = enter
    }

    /// Leaves the directories that `path` is not below, and enters those that it is below.
    ///
    /// - Returns: the directory that `path` stands in, and its name there.
    mutating func place(_ path: RelativePath) throws(FileSystemError) -> (Directory, DiskPath) {
        let components = path.components
        let last = components.count - 1
        var depth = 0
        while depth < min(last, levels.count), levels[depth].name == components[depth] { depth += 1 }
        try leave(to: depth)
        for component in components[depth..<last] {
            let directory = try enter(current, DiskPath(component))
            levels.append((component, directory))
        }
        return (current, DiskPath(components[last]))
    }

    /// Leaves every directory but the root. No path may come after it.
    mutating func finish() throws(FileSystemError) { try leave(to: 0) }

    private var current: Directory { levels.last?.directory ?? root }

    private mutating func leave(to depth: Int) throws(FileSystemError) {
        while levels.count > depth {
            let level = levels.removeLast()
            // The sidecars' directory stays writable until the receipt is in it.
            let isSidecars = levels.isEmpty && level.name.elementsEqual("apphost".utf8)
            if setsModes, !isSidecars { try level.directory.setMode(0o555) }
        }
    }
}
