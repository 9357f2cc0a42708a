import DiskIO
import Fetching
import HostModel

/// The directory of one catalog, opened: its records, and the metadata in it.
///
///     source.json     where it comes from; never changed
///     ca.pem          the authorities for its server, where the operator named some
///     health.json     how the last refresh went
///     metadata/       what the TUF client works on
///     kept/           the last metadata that verified as a whole
struct CatalogDirectory: Sendable {
    let name: AppID
    let directory: Directory

    private static let sourceName: DiskPath = "source.json"
    private static let certificateName: DiskPath = "ca.pem"
    private static let healthName: DiskPath = "health.json"
    private static let metadataName: DiskPath = "metadata"

    // MARK: Looking

    func source() throws(CatalogSourceError) -> CatalogSource {
        let file = "catalogs/\(name)/\(Self.sourceName)"
        guard let bytes = try content(of: Self.sourceName, limit: CatalogSource.limit) else {
            throw .record(RecordError(file: file, problem: "it is missing, or too long"))
        }
        do throws(RecordError) { return try CatalogSource.read(bytes, file: file) } catch { throw .record(error) }
    }

    func health() throws(CatalogSourceError) -> CatalogHealth {
        guard let bytes = try content(of: Self.healthName, limit: CatalogHealth.limit) else { return CatalogHealth() }
        let file = "catalogs/\(name)/\(Self.healthName)"
        do throws(RecordError) { return try CatalogHealth.read(bytes, file: file) } catch { throw .record(error) }
    }

    /// What was last verified, verified again.
    ///
    /// - Returns: nil where it was never refreshed.
    func stored(now: Timestamp) throws(CatalogSourceError) -> StoredCatalog? {
        let metadata = try metadata()
        return try onMetadata { () throws(CatalogError) in
            try KeptMetadata(in: directory).read { kept throws(CatalogError) in
                try StoredCatalog.verifying(kept, newest: MetadataStore(metadata), now: now)
            }
        }
    }

    /// How to fetch from its server.
    func fetchOptions(_ options: FetchOptions, hasCertificate: Bool) -> FetchOptions {
        var options = options
        if hasCertificate { options.caCertificate = directory.full(Self.certificateName) }
        return options
    }

    // MARK: Changing

    /// Makes the directory of a catalog that has nothing yet but its certificate.
    static func make(
        _ name: AppID, in work: Directory, certificate: [UInt8]?
    ) throws(CatalogSourceError) -> CatalogDirectory {
        let directory = try onFiles { () throws(FileSystemError) -> Directory in
            let made = try work.makeAndOpen(DiskPath(name), mode: 0o700)
            if let certificate { try DurableFile.replace(certificateName, in: made, with: certificate) }
            return made
        }
        return CatalogDirectory(name: name, directory: directory)
    }

    /// - On disk: `source.json`, and `metadata/` with the root that is trusted.
    func start(_ source: CatalogSource, trusting root: [UInt8]) throws(CatalogSourceError) {
        let metadata = try onFiles { () throws(FileSystemError) in
            // Durable with `source.json`.
            try directory.openOrMake(Self.metadataName, mode: 0o700, syncs: false)
        }
        try onMetadata { () throws(CatalogError) in try MetadataStore(metadata).start(trusting: root) }
        try write(source.json, to: Self.sourceName)
    }

    /// Brings the metadata up to date.
    ///
    /// - On disk: what was verified is kept once all of it was, and then `health.json` says so.
    /// - Precondition: the caller holds the catalog's lock, or nobody else sees it yet.
    func refresh(
        from source: CatalogSource, now: Timestamp, options: FetchOptions, cancellation: Cancellation
    ) async throws(CatalogSourceError) -> StoredCatalog {
        let base = try onSource { () throws(FetchError) in try Location(source.location).appending("metadata") }
        let fetcher = Fetcher(fetchOptions(options, hasCertificate: source.hasCertificate))
        let refreshed: StoredCatalog
        do throws(CatalogSourceError) {
            refreshed = try await verified(from: base, through: fetcher, cancellation, now: now)
        } catch {
            await fetcher.close()
            throw error
        }
        await fetcher.close()
        // One that cannot be read any more keeps nothing from being told anew.
        var health = (try? self.health()) ?? CatalogHealth()
        health.succeeded(at: now, expires: refreshed.expires)
        do throws(CatalogSourceError) { try write(health.json, to: Self.healthName) } catch { throw .incomplete(error) }
        return refreshed
    }

    /// Says in `health.json` that a refresh failed.
    func noteFailure(_ code: FailureCode, at now: Timestamp) throws(CatalogSourceError) {
        var health = try health()
        health.failed(at: now, code: code)
        try write(health.json, to: Self.healthName)
    }

    private func verified(
        from base: Location, through fetcher: Fetcher, _ cancellation: Cancellation, now: Timestamp
    ) async throws(CatalogSourceError) -> StoredCatalog {
        let metadata = try metadata()
        let client = CatalogClient(
            source: FetchedMetadata(base: base, fetcher: fetcher, cancellation: cancellation),
            store: MetadataStore(metadata))
        let targets: AllTargets
        do throws(CatalogError) {
            targets = try await client.allTargets(in: client.refresh(now: now))
        } catch {
            throw .catalog(error)
        }
        try KeptMetadata(in: directory).replace(with: targets.roles, from: metadata)
        return StoredCatalog(targets)
    }

    // MARK: Files

    private func metadata() throws(CatalogSourceError) -> Directory {
        try onFiles { () throws(FileSystemError) in try directory.directory(Self.metadataName) }
    }

    private func content(of name: DiskPath, limit: Int) throws(CatalogSourceError) -> [UInt8]? {
        try onFiles { () throws(FileSystemError) in try directory.fileIfPresent(name)?.content(limit: limit) }
    }

    private func write(_ record: JSONValue, to name: DiskPath) throws(CatalogSourceError) {
        try onFiles { () throws(FileSystemError) in
            try DurableFile.replace(name, in: directory, with: record.line)
        }
    }
}
