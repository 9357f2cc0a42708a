import DiskIO
import Fetching
import HostModel
import Signatures

/// The catalogs that this host knows: `catalogs/` of a managed root.
///
///     <name>/source.json     where it comes from; never changed
///     <name>/ca.pem          the authorities for its server, where the operator named some
///     <name>/health.json     how the last refresh went
///     <name>/metadata/       what the TUF client works on
///     <name>/kept/           the last metadata that verified as a whole
///     .work/<name>/          a catalog that is being added or removed
///
/// `catalogs/` is locked by whoever adds or removes one, and a catalog's directory by whoever refreshes or removes it:
/// each through a descriptor of its own, which takes the lock with it.
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

    package func source(_ name: AppID) throws(CatalogSourceError) -> CatalogSource {
        try source(name, in: catalog(name))
    }

    package func health(_ name: AppID) throws(CatalogSourceError) -> CatalogHealth {
        try health(name, in: catalog(name))
    }

    /// What was last verified, verified again.
    ///
    /// - Returns: nil where it was never refreshed.
    package func stored(_ name: AppID, now: Timestamp) throws(CatalogSourceError) -> StoredCatalog? {
        let catalog = try catalog(name)
        let metadata = try metadata(of: catalog)
        return try onMetadata { () throws(CatalogError) in
            try KeptMetadata(in: catalog).read { kept throws(CatalogError) in
                try StoredCatalog.verifying(kept, newest: MetadataStore(metadata), now: now)
            }
        }
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
        return try self.options(source(name, in: catalog), catalog, options)
    }

    // MARK: Changing

    /// Adds a catalog. It lists nothing before it is refreshed.
    ///
    /// - On disk: `<name>/` with its source and the root that is trusted, all at once and for good; before that, and on
    ///   an error, nothing but `.work/`.
    /// - Parameters:
    ///   - location: a URL, or an absolute path.
    ///   - certificate: a PEM file of the authorities for its server.
    ///   - confirmation: how the operator knows its root.
    /// - Throws: ``CatalogSourceError/rootUnconfirmed(_:fingerprint:)`` when nothing confirms it.
    package func add(
        _ name: AppID, at location: String, certificate: [UInt8]? = nil, confirmedBy confirmation: RootConfirmation,
        now: Timestamp, options: FetchOptions = .standard
    ) async throws(CatalogSourceError) -> CatalogSource {
        if try isThere(name) { throw .alreadyAdded(name) }
        let place = try onSource { () throws(FetchError) in try Location(location) }
        if case .path(let path) = place, !path.hasPrefix("/") { throw .pathRelative(path) }

        // Before the root is fetched, which needs the authorities too.
        let draft = try makeDraft(name, certificate)
        let lock = draft.lock
        defer { withExtendedLifetime(lock) {} }
        var options = options
        if certificate != nil { options.caCertificate = draft.catalog.full(Self.certificateName) }
        let root = try await confirmedRoot(name, at: place, confirmation, options)
        let source = CatalogSource(
            name: name, location: location, hasCertificate: certificate != nil,
            rootDigest: DigestStream.digest(of: root), addedAt: now)
        try fill(draft.catalog, source, root)
        try onFiles { () throws(FileSystemError) in
            try draft.work.move(DiskPath(name), to: directory, as: DiskPath(name))
            try directory.sync()
        }
        return source
    }

    /// Brings a catalog up to date.
    ///
    /// - On disk: what was verified is kept once all of it was; `health.json` tells how it went. A refresh that fails
    ///   leaves the last verified catalog.
    /// - Throws: why it is not up to date now. ``stored(_:now:)`` gives what there is.
    package func refresh(
        _ name: AppID, now: Timestamp, options: FetchOptions = .standard, cancellation: Cancellation = Cancellation()
    ) async throws(CatalogSourceError) -> StoredCatalog {
        let catalog = try catalog(name)
        let lock = try lock(name, catalog)
        defer { withExtendedLifetime(lock) {} }
        let source = try source(name, in: catalog)
        let fetcher = Fetcher(self.options(source, catalog, options))
        do throws(CatalogSourceError) {
            let refreshed = try await refresh(source, catalog, fetcher, cancellation, now: now)
            await fetcher.close()
            var health = CatalogHealth()
            health.succeeded(at: now, expires: refreshed.expires)
            try write(health.json, to: Self.healthName, in: catalog)
            return refreshed
        } catch {
            await fetcher.close()
            // Who stopped the command, or was too early, says nothing about the catalog.
            if error.code != .interrupted, error.code != .busy {
                var health = try health(name, in: catalog)
                health.failed(at: now, code: error.code)
                try write(health.json, to: Self.healthName, in: catalog)
            }
            throw error
        }
    }

    /// Forgets a catalog, and the root that was trusted for it.
    ///
    /// - On disk: `<name>/` goes to `.work/` in one step, for good, and is then deleted.
    package func remove(_ name: AppID) throws(CatalogSourceError) {
        let all = try onFiles { () throws(FileSystemError) in
            try FileLock.acquire(File(holding: directory.directory(".")), .exclusive, wait: true)
        }
        defer { withExtendedLifetime(all) {} }
        let catalog = try catalog(name)
        let lock = try lock(name, catalog)
        defer { withExtendedLifetime(lock) {} }
        try onFiles { () throws(FileSystemError) in
            let work = try directory.openOrMake(Self.workName, mode: 0o700)
            try TreeRemoval.empty(work)
            try directory.move(DiskPath(name), to: work, as: DiskPath(name))
            try directory.sync()
            try TreeRemoval.empty(work)
        }
    }

    // MARK: The parts of adding

    private struct Draft {
        let catalog: Directory
        let work: Directory
        let lock: FileLock?
    }

    /// - On disk: `.work/` is emptied of what was interrupted, and has an empty catalog.
    private func makeDraft(_ name: AppID, _ certificate: [UInt8]?) throws(CatalogSourceError) -> Draft {
        let draft = try onFiles { () throws(FileSystemError) -> Draft in
            let lock = try FileLock.acquire(File(holding: directory.directory(".")), .exclusive, wait: false)
            let work = try directory.openOrMake(Self.workName, mode: 0o700)
            guard lock != nil else { return Draft(catalog: work, work: work, lock: nil) }
            try TreeRemoval.empty(work)
            let catalog = try work.makeAndOpen(DiskPath(name), mode: 0o700)
            if let certificate { try DurableFile.replace(Self.certificateName, in: catalog, with: certificate) }
            return Draft(catalog: catalog, work: work, lock: lock)
        }
        guard draft.lock != nil else { throw .busy(name) }
        // Another command may have been faster.
        if try isThere(name) { throw .alreadyAdded(name) }
        return draft
    }

    /// Files before the name that they get all at once.
    private func fill(
        _ catalog: Directory, _ source: CatalogSource, _ root: [UInt8]
    ) throws(CatalogSourceError) {
        let metadata = try onFiles { () throws(FileSystemError) in
            try catalog.openOrMake(Self.metadataName, mode: 0o700)
        }
        try onMetadata { () throws(CatalogError) in try MetadataStore(metadata).start(trusting: root) }
        try write(source.json, to: Self.sourceName, in: catalog)
    }

    private func confirmedRoot(
        _ name: AppID, at place: Location, _ confirmation: RootConfirmation, _ options: FetchOptions
    ) async throws(CatalogSourceError) -> [UInt8] {
        if case .root(let bytes) = confirmation { return bytes }
        let fetcher = Fetcher(options)
        do throws(CatalogSourceError) {
            let root = try await servedRoot(name, at: place, confirmation, fetcher)
            await fetcher.close()
            return root
        } catch {
            await fetcher.close()
            throw error
        }
    }

    /// Any root leads to the newest. Some repositories serve the newest as `root.json`, and all the first under its
    /// number, so a fingerprint may be of either.
    private func servedRoot(
        _ name: AppID, at place: Location, _ confirmation: RootConfirmation, _ fetcher: Fetcher
    ) async throws(CatalogSourceError) -> [UInt8] {
        var first: ContentDigest?
        for file in ["root.json", "1.root.json"] {
            guard let root = try await fetchedRoot(file, at: place, fetcher) else { continue }
            let digest = DigestStream.digest(of: root)
            guard case .fingerprint(let expected) = confirmation else {
                throw .rootUnconfirmed(name, fingerprint: digest)
            }
            if digest == expected { return root }
            first = first ?? digest
        }
        guard let found = first, case .fingerprint(let expected) = confirmation else {
            throw .catalog(.notServed(.root, file: "root.json"))
        }
        throw .rootDiffers(expected: expected, found: found)
    }

    /// - Returns: nil where the source has no such file.
    private func fetchedRoot(
        _ file: String, at place: Location, _ fetcher: Fetcher
    ) async throws(CatalogSourceError) -> [UInt8]? {
        do throws(FetchError) {
            let location = try place.appending("metadata", file)
            return try await fetcher.bytes(location, limit: MetadataLimit.root)
        } catch {
            switch error {
            case .notFound, .refused(_, status: 403): return nil
            default: throw .fetch(error)
            }
        }
    }

    // MARK: The parts of refreshing

    private func refresh(
        _ source: CatalogSource, _ catalog: Directory, _ fetcher: Fetcher, _ cancellation: Cancellation, now: Timestamp
    ) async throws(CatalogSourceError) -> StoredCatalog {
        let base = try onSource { () throws(FetchError) in try Location(source.location).appending("metadata") }
        let metadata = try metadata(of: catalog)
        let client = CatalogClient(
            source: FetchedMetadata(base: base, fetcher: fetcher, cancellation: cancellation),
            store: MetadataStore(metadata))
        do throws(CatalogError) {
            let targets = try await client.allTargets(in: client.refresh(now: now))
            try KeptMetadata(in: catalog).replace(with: targets.roles, from: metadata)
            return StoredCatalog(listing: CatalogListing(targets), expires: targets.expires, refusal: nil)
        } catch {
            throw .catalog(error)
        }
    }

    private func options(
        _ source: CatalogSource, _ catalog: Directory, _ options: FetchOptions
    ) -> FetchOptions {
        var options = options
        if source.hasCertificate { options.caCertificate = catalog.full(Self.certificateName) }
        return options
    }

    /// - Throws: ``CatalogSourceError/busy(_:)`` at once where another command holds it.
    private func lock(_ name: AppID, _ catalog: Directory) throws(CatalogSourceError) -> FileLock {
        let taken = try onFiles { () throws(FileSystemError) in
            try FileLock.acquire(File(holding: catalog), .exclusive, wait: false)
        }
        guard let lock = taken else { throw .busy(name) }
        // It may have been removed before it was locked.
        guard try isThere(name) else { throw .notKnown(name) }
        return lock
    }

    // MARK: Files

    private static let sourceName: DiskPath = "source.json"
    private static let healthName: DiskPath = "health.json"
    private static let certificateName: DiskPath = "ca.pem"
    private static let metadataName: DiskPath = "metadata"

    private func isThere(_ name: AppID) throws(CatalogSourceError) -> Bool {
        try onFiles { () throws(FileSystemError) in try directory.status(of: DiskPath(name)) != nil }
    }

    private func catalog(_ name: AppID) throws(CatalogSourceError) -> Directory {
        let found = try onFiles { () throws(FileSystemError) in
            try directory.directoryIfPresent(DiskPath(name))
        }
        guard let catalog = found else { throw .notKnown(name) }
        return catalog
    }

    private func metadata(of catalog: Directory) throws(CatalogSourceError) -> Directory {
        try onFiles { () throws(FileSystemError) in try catalog.directory(Self.metadataName) }
    }

    private func source(_ name: AppID, in catalog: Directory) throws(CatalogSourceError) -> CatalogSource {
        let file = "catalogs/\(name)/\(Self.sourceName)"
        guard let bytes = try content(of: Self.sourceName, in: catalog, limit: CatalogSource.limit) else {
            throw .record(RecordError(file: file, problem: "it is missing, or too long"))
        }
        do throws(RecordError) { return try CatalogSource.read(bytes, file: file) } catch { throw .record(error) }
    }

    private func health(_ name: AppID, in catalog: Directory) throws(CatalogSourceError) -> CatalogHealth {
        guard let bytes = try content(of: Self.healthName, in: catalog, limit: CatalogHealth.limit) else {
            return CatalogHealth()
        }
        let file = "catalogs/\(name)/\(Self.healthName)"
        do throws(RecordError) { return try CatalogHealth.read(bytes, file: file) } catch { throw .record(error) }
    }

    private func content(
        of name: DiskPath, in catalog: Directory, limit: Int
    ) throws(CatalogSourceError) -> [UInt8]? {
        try onFiles { () throws(FileSystemError) in try catalog.fileIfPresent(name)?.content(limit: limit) }
    }

    private func write(
        _ record: JSONValue, to name: DiskPath, in catalog: Directory
    ) throws(CatalogSourceError) {
        try onFiles { () throws(FileSystemError) in
            try DurableFile.replace(name, in: catalog, with: record.line)
        }
    }
}

/// How an operator knows that a catalog's root is the right one.
package enum RootConfirmation: Sendable {
    /// The `root.json` itself, from somebody they trust.
    case root([UInt8])
    /// The SHA-256 of the `root.json` that the source serves.
    case fingerprint(ContentDigest)
    /// Not at all: the refusal tells the fingerprint, to be compared.
    case nothing
}

private func onFiles<Value>(
    _ body: () throws(FileSystemError) -> Value
) throws(CatalogSourceError) -> Value {
    do throws(FileSystemError) { return try body() } catch { throw .disk(error) }
}

private func onMetadata<Value>(
    _ body: () throws(CatalogError) -> Value
) throws(CatalogSourceError) -> Value {
    do throws(CatalogError) { return try body() } catch { throw .catalog(error) }
}

private func onSource<Value>(
    _ body: () throws(FetchError) -> Value
) throws(CatalogSourceError) -> Value {
    do throws(FetchError) { return try body() } catch { throw .fetch(error) }
}
