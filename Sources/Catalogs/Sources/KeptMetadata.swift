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

    /// Most files that are flushed one by one. More cost less when the whole file system is flushed once.
    private static let fewFiles = 16

    init(in catalog: Directory) { self.catalog = catalog }

    /// Makes the roles in `metadata` the set that is kept.
    ///
    /// - On disk: `kept.new/` is filled and flushed, then takes the place of `kept/`; a reader sees one or the other,
    ///   whole. What was kept before is deleted once nobody reads it. A set that is kept already is not written.
    /// - Parameter metadata: opened before the first of them was written, so that a flush tells of every error since.
    /// - Precondition: the caller holds the catalog's lock.
    /// - Throws: ``CatalogSourceError/incomplete(_:)`` once the set has its place.
    func replace(with roles: [RoleName], from metadata: Directory) throws(CatalogSourceError) {
        let isNew = try onFiles { () throws(FileSystemError) -> Bool in
            let new = try unkept(roles, in: metadata)
            if new.isEmpty { return false }
            try removeSuccessor()
            let made = try catalog.makeAndOpen(Self.successor, mode: 0o700)
            for role in roles {
                let name = DiskPath(role.storeName)
                try made.link(metadata.file(name), as: name)
            }
            try flush(new, in: metadata)
            try made.sync()
            if try catalog.status(of: Self.name) == nil {
                try catalog.move(Self.successor, to: catalog, as: Self.name)
            } else {
                try catalog.exchange(Self.name, with: Self.successor)
            }
            return true
        }
        guard isNew else { return }
        try onFilesAfterwards { () throws(FileSystemError) in
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

    /// The roles whose files are not the kept ones. Each is compared, so that a refresh mends also what was damaged or
    /// lost here: what verified is in `metadata/`.
    private func unkept(_ roles: [RoleName], in metadata: Directory) throws(FileSystemError) -> [RoleName] {
        guard let kept = try catalog.directoryIfPresent(Self.name) else { return roles }
        var unkept: [RoleName] = []
        for role in roles {
            let name = DiskPath(role.storeName)
            let old = try kept.status(of: name)
            let new = try metadata.status(of: name)
            if let old, let new, new.isSameFile(as: old) { continue }
            unkept.append(role)
        }
        return unkept
    }

    /// Makes durable what ``MetadataStore/write(_:of:)`` did not: delegated roles. What a power cut tore in `metadata/`
    /// is fetched again; what is kept has to do without a network.
    ///
    /// - Parameter new: what was not kept before; the rest was flushed then.
    private func flush(_ new: [RoleName], in metadata: Directory) throws(FileSystemError) {
        let unflushed = new.filter { !$0.isTopLevel }
        if unflushed.count > Self.fewFiles { return try metadata.syncFileSystem() }
        for role in unflushed { try metadata.file(DiskPath(role.storeName)).sync() }
    }

    private func removeSuccessor() throws(FileSystemError) {
        guard let old = try catalog.directoryIfPresent(Self.successor) else { return }
        let lock = try FileLock.acquire(File(holding: old), .exclusive, wait: true)
        defer { withExtendedLifetime(lock) {} }
        try TreeRemoval.empty(old)
        try catalog.removeDirectory(Self.successor)
    }
}
