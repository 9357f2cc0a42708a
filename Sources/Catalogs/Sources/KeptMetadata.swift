import DiskIO
import HostModel

/// The last set of metadata that verified as a whole, beside what the client works on.
///
///     metadata/   the newest verified file of each role, which may come from a refresh that failed half-way
///     kept/       one set whose files go together
///
/// Files of both are hard links of each other: neither is ever written in place.
struct KeptMetadata {
    /// The catalog's directory.
    private let catalog: Directory

    private static let name: DiskPath = "kept"
    private static let successor: DiskPath = "kept.new"

    init(in catalog: Directory) { self.catalog = catalog }

    /// Makes the roles in `metadata` the set that is kept.
    ///
    /// - On disk: `kept.new/` is filled and flushed, then takes the place of `kept/`; a reader sees one or the other,
    ///   whole. What was kept before is deleted once nobody reads it. A set that is kept already is not written.
    /// - Precondition: the caller holds the catalog's lock.
    func replace(with roles: [RoleName], from metadata: Directory) throws(CatalogError) {
        try onDisk { () throws(FileSystemError) -> Void in
            if try isKept(metadata) { return }
            try removeSuccessor()
            let made = try catalog.makeAndOpen(Self.successor, mode: 0o700)
            for role in roles {
                let name = DiskPath(role.storeName)
                try made.link(metadata.file(name), as: name)
            }
            try made.sync()
            if try catalog.status(of: Self.name) == nil {
                try catalog.move(Self.successor, to: catalog, as: Self.name)
                return try catalog.sync()
            }
            try catalog.exchange(Self.name, with: Self.successor)
            try catalog.sync()
            try removeSuccessor()
        }
    }

    /// Lends the set, which stays whole for as long.
    ///
    /// - Returns: nil where nothing was ever kept.
    func read<Value>(
        _ body: (MetadataStore) throws(CatalogError) -> Value
    ) throws(CatalogError) -> Value? {
        guard let (kept, lock) = try onDisk({ () throws(FileSystemError) in try opened() }) else { return nil }
        defer { withExtendedLifetime(lock) {} }
        return try body(MetadataStore(kept))
    }

    /// Opened and locked as a reader: who deletes it waits.
    private func opened() throws(FileSystemError) -> (Directory, FileLock?)? {
        while let kept = try catalog.directoryIfPresent(Self.name) {
            let lock = try FileLock.acquire(File(holding: kept), .shared, wait: true)
            // Another may have taken its place, and it may have been deleted, before it was locked.
            let status = try kept.status()
            if try catalog.status(of: Self.name)?.isSameFile(as: status) == true { return (kept, lock) }
        }
        return nil
    }

    /// Timestamp names snapshot, and snapshot all others, so two files tell a set.
    private func isKept(_ metadata: Directory) throws(FileSystemError) -> Bool {
        guard let kept = try catalog.directoryIfPresent(Self.name) else { return false }
        for role in [RoleName.root, RoleName.timestamp] {
            let name = DiskPath(role.storeName)
            guard let new = try metadata.status(of: name), let old = try kept.status(of: name),
                new.isSameFile(as: old)
            else { return false }
        }
        return true
    }

    private func removeSuccessor() throws(FileSystemError) {
        guard let old = try catalog.directoryIfPresent(Self.successor) else { return }
        let lock = try FileLock.acquire(File(holding: old), .exclusive, wait: true)
        defer { withExtendedLifetime(lock) {} }
        try TreeRemoval.empty(old)
        try catalog.removeDirectory(Self.successor)
    }
}
