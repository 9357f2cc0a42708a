import DiskIO
import HostModel
import Storage

/// What lies in a tree and is not listed. A directory counts once, with all that is in it.
package struct ExtraEntries: Sendable, Equatable {
    package private(set) var count = 0
    /// The first of them, below the tree.
    package private(set) var names: [String] = []

    package static let namesLimit = 5

    /// Compares the names in a tree with an inventory, side by side in one pass.
    ///
    /// Memory: a line of the inventory, and the names of the directories on the way.
    static func find(in tree: Directory, beside inventory: File) throws -> ExtraEntries {
        var walk = try Walk(inventory)
        try walk.look(into: tree, [])
        return walk.found
    }

    private mutating func add(_ path: [UInt8]) {
        count += 1
        if names.count < Self.namesLimit { names.append(String(decoding: path, as: UTF8.self)) }
    }

    private struct Walk {
        private let inventory: InventoryReader
        /// The first entry that is not before the present path.
        private var listed: InventoryEntry?
        private(set) var found = ExtraEntries()

        /// What every tree in a slot may have, and no inventory lists.
        private static let unlisted = [Statement.path, InventoryReader.path, SlotTree.receiptPath.description]
            .compactMap { RelativePath($0) }

        init(_ inventory: File) throws {
            self.inventory = try InventoryReader(inventory)
            listed = try self.inventory.next()
        }

        /// - Parameter prefix: the path of the directory, with its final slash.
        mutating func look(into directory: Directory, _ prefix: [UInt8]) throws {
            for name in try directory.namesWithKinds().sorted(by: { $0.name < $1.name }) {
                let bytes = prefix + name.name.bytes
                guard let path = RelativePath(bytes), try isExpected(path) else {
                    found.add(bytes)
                    continue
                }
                guard try (name.kind ?? directory.status(of: name.name)?.kind) == .directory,
                    let below = try directory.directoryIfPresent(name.name)
                else { continue }
                try look(into: below, bytes + [UInt8(ascii: "/")])
            }
        }

        /// Whether `path` is listed, or leads to what is.
        private mutating func isExpected(_ path: RelativePath) throws -> Bool {
            while let next = listed, next.path < path { listed = try inventory.next() }
            if let listed, listed.path == path || listed.path.isBelow(path) { return true }
            return Self.unlisted.contains(path)
        }
    }
}
