import Archives
import DiskIO
import HostModel

/// Walks an inventory and the entries of a tree or archive side by side. Both are sorted, so one pass finds what is extra,
/// missing, repeated or misplaced.
enum InventoryMerge {
    /// What a caller does at each step; what it throws ends the walk.
    protocol Visitor {
        /// `entry` stands where `listed` belongs; its kind is unchecked. The stream stands before its content.
        mutating func match(_ listed: InventoryEntry, _ entry: ArchiveEntry, _ stream: any EntryStream) throws
        /// Nothing stands where `listed` belongs.
        mutating func missing(_ listed: InventoryEntry) throws
        /// `entry` stands where the inventory lists nothing.
        mutating func unexpected(_ entry: ArchiveEntry) throws
    }

    /// - Parameter stream: stands behind the sidecars.
    static func run(_ inventory: File, _ stream: any EntryStream, _ visitor: inout some Visitor) throws {
        let reader = try InventoryReader(inventory)
        var listed = try nextListed(reader)
        var entry = try stream.next()
        while true {
            switch (listed, entry) {
            case (nil, nil):
                return
            case (let missing?, nil):
                try visitor.missing(missing)
                listed = try nextListed(reader)
            case (nil, let extra?):
                try visitor.unexpected(extra)
                entry = try stream.next()
            case (let expected?, let found?):
                let path = RelativePath(found.name)
                if path == expected.path {
                    try visitor.match(expected, found, stream)
                    listed = try nextListed(reader)
                    entry = try stream.next()
                } else if let path, path > expected.path {
                    try visitor.missing(expected)
                    listed = try nextListed(reader)
                } else {
                    try visitor.unexpected(found)
                    entry = try stream.next()
                }
            }
        }
    }

    /// The manifest is listed in its place, but stands with the sidecars, where it was verified.
    private static func nextListed(_ reader: InventoryReader) throws -> InventoryEntry? {
        let next = try reader.next()
        if let next, next.path.bytes.elementsEqual(Manifest.path.utf8) { return try reader.next() }
        return next
    }
}
