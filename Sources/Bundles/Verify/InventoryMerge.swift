import Archives
import DiskIO
import HostModel

/// Walks an inventory and the entries of a tree or archive side by side. Both are sorted, so one pass finds what is extra,
/// missing, repeated or misplaced.
struct InventoryMerge {
    enum Step {
        /// `entry` stands where `listed` belongs; its kind is unchecked. The stream stands before its content.
        case match(InventoryEntry, ArchiveEntry)
        /// Nothing stands where this belongs.
        case missing(InventoryEntry)
        /// This stands where the inventory lists nothing.
        case unexpected(ArchiveEntry)
    }

    let stream: any HashedEntryStream
    private let inventory: InventoryReader
    /// The next of each side, once it was looked at; nil inside means that the side is at its end.
    private var listed: InventoryEntry??
    private var entry: ArchiveEntry??

    /// - Parameter stream: stands behind the sidecars.
    init(_ inventory: File, _ stream: any HashedEntryStream) throws {
        self.inventory = try InventoryReader(inventory)
        self.stream = stream
    }

    /// - Returns: nil after the last of both.
    mutating func next() throws -> Step? {
        // The stream goes on only here, so the content of a match can be read between two calls.
        let listed = try self.listed ?? inventory.nextOfPayload()
        let entry = try self.entry ?? stream.next()
        (self.listed, self.entry) = (.some(listed), .some(entry))
        switch (listed, entry) {
        case (nil, nil): return nil
        case (let listed?, nil): return missing(listed)
        case (nil, let entry?): return unexpected(entry)
        case (let listed?, let entry?):
            guard let path = RelativePath(entry.name) else { return unexpected(entry) }
            if path == listed.path {
                (self.listed, self.entry) = (nil, nil)
                return .match(listed, entry)
            }
            return path > listed.path ? missing(listed) : unexpected(entry)
        }
    }

    private mutating func missing(_ listed: InventoryEntry) -> Step {
        self.listed = nil
        return .missing(listed)
    }

    private mutating func unexpected(_ entry: ArchiveEntry) -> Step {
        self.entry = nil
        return .unexpected(entry)
    }
}
