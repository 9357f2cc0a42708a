import Bundles
import Catalogs
import DiskIO
import Fetching
import HostModel
import Storage
import Updates

extension AppHost {
    /// Installs a bundle that a catalog lists, of an app that is not installed.
    ///
    /// What can be refused is refused before the bundle is fetched. Asking for the digest that is installed is done
    /// already, and nothing is fetched, unless the tree is damaged: then this repairs it.
    ///
    /// - Parameters:
    ///   - version: nil takes the newest that this host can run.
    ///   - catalog: nil takes the one that lists the app.
    ///   - expect: the digest that was reviewed; any other is refused.
    /// - On disk: the catalogs are refreshed, unless this is a dry run or offline; then as ``install(_:options:)``.
    /// - Throws: any failure; all are before the swap but ``StorageError/unsettled(_:_:)``.
    package func install(
        _ id: AppID, version: BundleVersion?, catalog: AppID?, expect: ContentDigest? = nil, options: ChangeOptions
    ) async throws -> ChangeResult {
        let root = try openRoot()
        try requireWritable(root)
        var options = options
        let candidate: Candidate
        do {
            guard let root, let known = try knownCatalogs(with: catalog) else { throw EntryRefusal.noCatalog }
            let outcomes = try await refreshBeforehand(catalog, options: options)
            let reading = try reading(
                of: id, in: catalog, among: known, installed: root.app(id), after: outcomes, options: options)
            let listed = try usableListing(of: id, in: reading).entry(
                of: id, version: version, on: platform, in: reading.name)
            if let expect, expect != listed.entry.digest {
                let catalog = quoted(reading.name.text)
                let reason =
                    "the catalog \(catalog) lists \(listed.entry.version) with the digest \(listed.entry.digest)"
                throw HostError.candidateChanged(id, reason: reason)
            }
            switch try screen(listed, in: root, options: options) {
            case .nothingToDo(let result): return result
            case .worthFetching(let answered): options.answered += answered
            }
            let source = try await fetch(listed, from: reading.name, among: known, into: root, options: options)
            candidate = try self.candidate(
                source, from: .catalog(reading.name, listed), for: nil, root: root, options: options)
        } catch let failure as any Failure {
            await noteRefusal(failure, .install, of: id, options: options)
            throw failure
        }
        return try await put(candidate, action: .install, options: options) { candidate in
            try candidate.refuseToReplace()
        }
    }

    // MARK: Which catalog

    /// - Returns: nil where this host has none.
    /// - Throws: `catalog_not_found` where none has the name that was given.
    private func knownCatalogs(with name: AppID?) throws -> KnownCatalogs? {
        guard let known = try knownCatalogs() else { return nil }
        let names = try known.names()
        if names.isEmpty { return nil }
        if let name, !names.contains(name) { throw CatalogSourceError.notKnown(name) }
        return known
    }

    /// Of the catalog that was named, else of the one that lists the app, else of the one that it was installed from.
    ///
    /// - Parameter outcomes: of the refresh. What it verified is not verified again, and the operator was told of what
    ///   failed.
    private func reading(
        of id: AppID, in catalog: AppID?, among known: KnownCatalogs, installed app: AppDirectory?,
        after outcomes: [RefreshOutcome], options: ChangeOptions
    ) throws -> CatalogReading {
        var refreshed: [AppID: StoredCatalog] = [:]
        for outcome in outcomes { refreshed[outcome.name] = outcome.stored }
        if let catalog { return try readCatalog(catalog, in: known, refreshed: refreshed[catalog]) }
        let (readings, failures) = try readCatalogs(refreshed: refreshed)
        let unread = readings.filter { $0.stored == nil }
        if unread.count == readings.count {
            // Nothing can be said of the app, so what keeps the first catalog from being read is the reason.
            if let failure = unread.first?.refusal ?? failures.first { throw failure }
        }
        for failure in failures { options.warn(failure.message) }
        let failed = Set(outcomes.filter { $0.failure != nil }.map(\.name))
        for reading in unread where !failed.contains(reading.name) {
            if let refusal = reading.refusal { options.warn(refusal.message) }
        }
        let listing = readings.filter { $0.stored?.listing(of: id).isEmpty == false }
        guard let first = listing.first else { throw EntryRefusal.notListed(id, in: nil) }
        if listing.count == 1 { return first }
        let source = try InstalledBundle.read(app)?.receipt?.source
        guard let origin = listing.first(where: { BundleOrigin.catalog($0.name).source == source }) else {
            throw EntryRefusal.listedBySeveral(id, listing.map(\.name))
        }
        return origin
    }

    /// - Throws: why nothing may be installed from the catalog, where it lists the app or cannot be read.
    func usableListing(of id: AppID, in reading: CatalogReading) throws -> CatalogListing {
        if let stored = reading.stored {
            let listing = stored.listing(of: id)
            if listing.isEmpty { throw EntryRefusal.notListed(id, in: reading.name) }
            if reading.refusal == nil { return listing }
        }
        if let refusal = reading.refusal { throw refusal }
        throw CatalogRefusal.neverRefreshed(reading.name)
    }

    // MARK: Before anything is fetched

    /// What an entry alone shows.
    enum Screening {
        case nothingToDo(ChangeResult)
        case worthFetching(answered: [ConsentQuestion])
    }

    /// Refuses what the entry alone shows to be refused.
    private func screen(
        _ listed: ListedEntry, in root: ManagedRoot, options: ChangeOptions
    ) throws -> Screening {
        let entry = listed.entry
        let app = try root.app(entry.id)
        let installed = try InstalledBundle.read(app)
        if let installed, installed.digest != entry.digest {
            throw HostError.alreadyInstalled(entry.id, installed: installed.version)
        }
        if case .incompatible(let reason) = Compatibility.of(entry.requires, on: platform) {
            throw HostError.incompatible(entry.id, reason: reason)
        }
        if let installed, try isWhole(installed.tree, of: entry.id, root: root, options: options) {
            options.warnOfUnused(for: entry.id)
            return .nothingToDo(
                ChangeResult(
                    app: entry.id, action: .install, outcome: .unchanged, from: installed.version, to: entry.version,
                    digest: entry.digest, code: nil, message: Sentence.alreadyInstalled(entry.id, entry.version)))
        }
        let settings = try settings(root)
        let record = try app?.record() ?? AppRecord()
        // Of what the entry says of variables nothing is relied on yet: whether a value fits is asked of the bundle.
        _ = try options.values.applied(to: record.configuration, of: entry.id, declared: [])
        let rules = try reviewRules(root, settings)
        let review = ReviewEvaluation.of(listed, by: rules, at: now())
        let asked = [
            try review.question(about: entry.id, in: rules.mode),
            ConsentCheck.question(about: entry.digest, among: record.knownBad),
        ]
        let questions = asked.compactMap { $0 }
        _ = try options.consent(to: questions, for: entry.id)
        try checkPlace(for: listed, in: root, settings: settings, options: options)
        return .worthFetching(answered: questions)
    }

    /// Whether this is the moment to fetch it, and whether there is room.
    func checkPlace(for listed: ListedEntry, in root: ManagedRoot, settings: Settings, options: ChangeOptions) throws {
        let id = listed.entry.id
        guard try options.wait || !StorageEngine(root: root, now: now).isStaging(id) else {
            throw StorageError.busy(id)
        }
        try root.part(.staging).checkRoom(for: listed.artifact.length, keeping: settings.limits.keepFreeBytes)
    }

    func fetch(
        _ listed: ListedEntry, from catalog: AppID, among known: KnownCatalogs, into root: ManagedRoot,
        options: ChangeOptions
    ) async throws -> BundleSource {
        let artifact = listed.artifact
        let download = Download(
            listed: listed, catalog: catalog, location: try known.targets(catalog).appending(artifact.place),
            fetching: try known.options(catalog, fetchOptions))
        let file = try await download.run(into: root.part(.staging), options: options)
        return BundleSource.fetched(
            file, from: listed.path.description, artifact: .init(size: artifact.length, sha256: artifact.sha256),
            reading: archiveReader.reading)
    }
}
