import DiskIO
import Fetching
import HostModel

/// The catalogs that this host knows: `catalogs/` of a managed root.
///
///     <name>/          see ``CatalogDirectory``
///     .work/<name>/    a catalog that is being added or removed
///
/// `catalogs/` is locked by whoever adds or removes one, and a catalog's directory by whoever refreshes or removes it:
/// each through a descriptor of its own, which takes the lock with it. Nobody waits for one of them: it may be held for
/// as long as a server takes to answer.
package struct KnownCatalogs: Sendable {
    private let directory: Directory

    /// No catalog can have this name.
    private static let workName: DiskPath = ".work"

    package init(_ directory: Directory) { self.directory = directory }

    // MARK: Looking. No lock, no request

    /// In order.
    package func names() throws(CatalogSourceError) -> [AppID] {
        try onFiles { () throws(FileSystemError) in try directory.namesWithKinds() }
            .filter { $0.kind == nil || $0.kind == .directory }
            .compactMap { AppID(String(decoding: $0.name.bytes, as: UTF8.self)) }
            .sorted()
    }

    package func source(_ name: AppID) throws(CatalogSourceError) -> CatalogSource { try catalog(name).source() }

    package func health(_ name: AppID) throws(CatalogSourceError) -> CatalogHealth { try catalog(name).health() }

    /// What was last verified, verified again.
    ///
    /// - Returns: nil where it was never refreshed.
    package func stored(_ name: AppID, now: Timestamp) throws(CatalogSourceError) -> StoredCatalog? {
        try catalog(name).stored(now: now)
    }

    /// Where the files of a catalog's bundles are; ``CatalogArtifact/place`` is below it.
    package func targets(_ name: AppID) throws(CatalogSourceError) -> Location {
        let source = try source(name)
        return try onSource { () throws(FetchError) in try Location(source.location).appending("targets") }
    }

    /// How to fetch from a catalog's server.
    package func options(
        _ name: AppID, _ options: FetchOptions = .standard
    ) throws(CatalogSourceError) -> FetchOptions {
        let catalog = try catalog(name)
        let source = try catalog.source()
        return catalog.fetchOptions(options, hasCertificate: source.hasCertificate)
    }

    // MARK: Changing

    /// Brings a catalog up to date.
    ///
    /// - On disk: what was verified is kept once all of it was; `health.json` tells how it went. A refresh that fails
    ///   leaves the last verified catalog.
    /// - Throws: why it is not up to date now, or ``CatalogSourceError/incomplete(_:)`` once another set is kept.
    ///   ``stored(_:now:)`` gives what there is.
    package func refresh(
        _ name: AppID, now: Timestamp, options: FetchOptions = .standard, cancellation: Cancellation = Cancellation()
    ) async throws(CatalogSourceError) -> StoredCatalog {
        let catalog = try catalog(name)
        let lock = try lock(catalog)
        defer { withExtendedLifetime(lock) {} }
        let source = try catalog.source()
        do throws(CatalogSourceError) {
            return try await catalog.refresh(from: source, now: now, options: options, cancellation: cancellation)
        } catch {
            // Who stopped the command, or was too early, says nothing about the catalog. Where even this cannot be
            // written, the first failure says more.
            if error.code != .interrupted, error.code != .busy { try? catalog.noteFailure(error.code, at: now) }
            throw error
        }
    }

    /// Forgets a catalog, and the root that was trusted for it.
    ///
    /// - On disk: `<name>/` goes to `.work/` in one step, for good, and is then deleted.
    /// - Throws: ``CatalogSourceError/incomplete(_:)`` once it lost its name.
    package func remove(_ name: AppID) throws(CatalogSourceError) {
        let all = try lockNames(for: name)
        defer { withExtendedLifetime(all) {} }
        let lock = try lock(catalog(name))
        defer { withExtendedLifetime(lock) {} }
        let work = try emptyWork()
        try onFiles { () throws(FileSystemError) -> Void in
            try directory.move(DiskPath(name), to: work, as: DiskPath(name))
        }
        try onFilesAfterwards { () throws(FileSystemError) in
            try directory.sync()
            try TreeRemoval.empty(work)
        }
    }

    // MARK: What adding and removing share

    func isThere(_ name: AppID) throws(CatalogSourceError) -> Bool {
        try onFiles { () throws(FileSystemError) in try directory.status(of: DiskPath(name)) != nil }
    }

    /// - Parameter name: for the error.
    /// - Throws: ``CatalogSourceError/busy(_:)`` at once where another command adds or removes one.
    func lockNames(for name: AppID) throws(CatalogSourceError) -> FileLock {
        let taken = try onFiles { () throws(FileSystemError) in
            try FileLock.acquire(File(holding: directory.directory(".")), .exclusive, wait: false)
        }
        guard let lock = taken else { throw .busy(name) }
        return lock
    }

    /// - On disk: `.work/` is there, without what was interrupted.
    /// - Precondition: the caller holds the lock of the names.
    func emptyWork() throws(CatalogSourceError) -> Directory {
        try onFiles { () throws(FileSystemError) -> Directory in
            // Whatever leaves it or enters it makes its name durable.
            let work = try directory.openOrMake(Self.workName, mode: 0o700, syncs: false)
            try TreeRemoval.empty(work)
            return work
        }
    }

    /// - On disk: `.work/<name>/` is `<name>/`, for good.
    func giveName(_ name: AppID, from work: Directory) throws(CatalogSourceError) {
        try onFiles { () throws(FileSystemError) -> Void in
            try work.move(DiskPath(name), to: directory, as: DiskPath(name))
        }
        try onFilesAfterwards { () throws(FileSystemError) in
            // In this order, because no power cut may leave it with both names.
            try work.sync()
            try directory.sync()
        }
    }

    private func catalog(_ name: AppID) throws(CatalogSourceError) -> CatalogDirectory {
        let found = try onFiles { () throws(FileSystemError) in
            try directory.directoryIfPresent(DiskPath(name))
        }
        guard let found else { throw .notKnown(name) }
        return CatalogDirectory(name: name, directory: found)
    }

    /// - Throws: ``CatalogSourceError/busy(_:)`` at once where another command holds it.
    private func lock(_ catalog: CatalogDirectory) throws(CatalogSourceError) -> FileLock {
        let taken = try onFiles { () throws(FileSystemError) in
            try FileLock.acquire(File(holding: catalog.directory), .exclusive, wait: false)
        }
        guard let lock = taken else { throw .busy(catalog.name) }
        // It may have been removed before it was locked.
        guard try isThere(catalog.name) else { throw .notKnown(catalog.name) }
        return lock
    }
}
