import Bundles
import Catalogs
import HostModel
import Storage
import Updates

extension AppHost {
    /// Replaces what is installed by what a catalog lists, or stages that for later.
    ///
    /// What can be refused is refused before the bundle is fetched. Where nothing newer is listed it is done already.
    ///
    /// - Parameters:
    ///   - version: nil takes the newest of the app's channels.
    ///   - catalog: nil follows the catalog that the app came from; another one has to be consented to.
    ///   - expect: the digest that was reviewed; any other is refused.
    ///   - isRefreshed: whether ``refreshForUpdates(of:catalog:options:)`` was called for it.
    /// - On disk: the catalog is refreshed, unless this is a dry run or offline; then as
    ///   ``update(_:from:onlyStage:expect:options:)``.
    /// - Throws: any failure; all are before the swap but ``StorageError/unsettled(_:_:)``.
    package func update(
        _ id: AppID, version: BundleVersion?, catalog: AppID?, onlyStage: Bool, expect: ContentDigest? = nil,
        isRefreshed: Bool = false, options: ChangeOptions
    ) async throws -> ChangeResult {
        let root = try openRoot()
        let (app, _) = try requireInstalled(id, in: root)
        try requireWritable(root)
        guard let root else { throw StorageError.notInstalled(id) }
        try await settle(app, in: root, options: options)
        let action: ChangeResult.Action = onlyStage ? .stage : .update
        var options = options
        let candidate: Candidate
        let found: ListedUpdate
        do {
            if !isRefreshed { try await refreshForUpdates(of: [id], catalog: catalog, options: options) }
            found = try listedUpdate(of: id, version, in: catalog, root: root, options: options)
            if let policy = options.policy, found.check.gates.action != policy {
                return unchanged(found, action, "the policy of \(id) wants nothing done any more")
            }
            switch try screen(found, action, expect: expect, root: root, options: options) {
            case .nothingToDo(let result): return result
            case .worthFetching(let answered): options.answered += answered
            }
            let source = try await fetch(
                found.listed, from: found.catalog, among: found.known, into: root, options: options)
            candidate = try self.candidate(
                source, from: .catalog(found.catalog, found.listed), for: nil, root: root, options: options)
        } catch let failure as any Failure {
            await noteRefusal(failure, action, of: id, options: options)
            throw failure
        }
        var result = try await put(candidate, action: action, options: options) { candidate in
            // Another command may have uninstalled it meanwhile.
            if candidate.installed == nil { throw StorageError.notInstalled(id) }
        }
        result.check = found.check.json
        return result
    }

    /// Refreshes what updates come from, each catalog once. Where that fails the operator is told, and what was
    /// verified before is used.
    ///
    /// - Parameters:
    ///   - ids: nil for all apps.
    ///   - catalog: nil for those that the apps came from.
    /// - On disk: see ``refreshCatalogs(_:cancellation:)``.
    package func refreshForUpdates(of ids: [AppID]?, catalog: AppID?, options: ChangeOptions) async throws {
        guard let root = try openRoot(), let known = try knownCatalogs() else { return }
        guard let ids else {
            _ = try await refreshBeforehand(nil, options: options)
            return
        }
        var wanted: Set<AppID> = []
        for id in ids {
            if let name = try catalog ?? InstalledBundle.read(root.app(id))?.origin?.catalogName { wanted.insert(name) }
        }
        for name in try known.names() where wanted.contains(name) {
            _ = try await refreshBeforehand(name, options: options)
        }
    }

    // MARK: Which entry

    private struct ListedUpdate {
        let check: CheckResult
        let listed: ListedEntry
        /// Which was asked for; nil for the newest.
        let version: BundleVersion?
        let catalog: AppID
        let known: KnownCatalogs
        let app: AppDirectory
        let installed: InstalledBundle
    }

    /// - Throws: why there is no such entry, or none that may be used now.
    private func listedUpdate(
        of id: AppID, _ version: BundleVersion?, in catalog: AppID?, root: ManagedRoot, options: ChangeOptions
    ) throws -> ListedUpdate {
        guard let app = try root.app(id), let installed = try InstalledBundle.read(app) else {
            throw StorageError.notInstalled(id)
        }
        guard let name = catalog ?? installed.origin?.catalogName else { throw EntryRefusal.notFromCatalog(id) }
        guard let known = try knownCatalogs(), try known.names().contains(name) else {
            if catalog == nil { throw EntryRefusal.catalogGone(id, catalog: name) }
            throw CatalogSourceError.notKnown(name)
        }
        let readings = try checkReadings()
        var input = try checkInput(of: id, version: version, catalog: catalog, by: readings)
        input.supplied.environment.formUnion(options.values.environment.map(\.name))
        input.supplied.secrets.formUnion(options.values.secrets.map(\.name))
        let listed = try usableListing(of: id, in: readCatalog(name, in: known)).entry(
            of: id, version: version, on: platform, in: name, channels: input.policy.channels)
        return ListedUpdate(
            check: UpdateCheck.of(input), listed: listed, version: version, catalog: name, known: known, app: app,
            installed: installed)
    }

    // MARK: Before anything is fetched

    /// Refuses what the entry alone shows to be refused.
    private func screen(
        _ update: ListedUpdate, _ action: ChangeResult.Action, expect: ContentDigest?, root: ManagedRoot,
        options: ChangeOptions
    ) throws -> Screening {
        let entry = update.listed.entry
        let id = entry.id
        if let expect, expect != entry.digest {
            let catalog = quoted(update.catalog.text)
            let reason = "the catalog \(catalog) lists \(entry.version) with the digest \(entry.digest)"
            throw HostError.candidateChanged(id, reason: reason)
        }
        if case .incompatible(let reason) = Compatibility.of(entry.requires, on: platform) {
            throw HostError.incompatible(id, reason: reason)
        }
        let isRepair = entry.digest == update.installed.digest
        if let sentence = try alreadySo(update, action, root: root, options: options) {
            options.warnOfUnused(for: id)
            return .nothingToDo(unchanged(update, action, sentence))
        }
        // Before anything is fetched for it.
        if action != .stage { try requireReplaceable(update.app, in: root, options: options) }
        let settings = try settings(root)
        let record = try update.app.record()
        let rules = try reviewRules(root, settings)
        let acknowledgement = try ReviewEvaluation.of(update.listed, by: rules, at: now())
            .question(about: id, in: rules.mode)
        // Of what the entry says of variables only this is relied on; whether a value fits is asked of the bundle.
        let next = try options.values.applied(to: record.configuration, of: id, declared: []).configuration
        if action != .stage, !isRepair { try next.requireValues(of: Declaration(entry), for: id) }
        let known = ConsentCheck.question(about: entry.digest, among: record.knownBad)
        // Where what is installed cannot be read, or is repaired, the check has nothing to compare with.
        let asked =
            update.check.candidate == nil || isRepair
            ? [acknowledgement, known].compactMap { $0 } : update.check.consents
        _ = try options.consent(to: asked, for: id)
        try checkPlace(for: update.listed, in: root, settings: settings, options: options)
        return .worthFetching(answered: asked)
    }

    private func unchanged(
        _ update: ListedUpdate, _ action: ChangeResult.Action, _ sentence: String
    ) -> ChangeResult {
        let installed = update.installed
        return ChangeResult(
            app: update.app.id, action: action, outcome: .unchanged, from: installed.version, to: installed.version,
            digest: installed.digest, code: nil, message: sentence, check: update.check.json)
    }

    /// - Returns: a sentence where there is nothing to do. What was asked for by its version, or cannot be read, is
    ///   verified first.
    private func alreadySo(
        _ update: ListedUpdate, _ action: ChangeResult.Action, root: ManagedRoot, options: ChangeOptions
    ) throws -> String? {
        let (entry, installed) = (update.listed.entry, update.installed)
        if entry.digest == installed.digest {
            if update.version == nil, installed.manifest != nil, installed.receipt != nil {
                return Sentence.upToDate(entry.id, installed.version, in: update.catalog)
            }
            let isWhole = try isWhole(installed.tree, of: entry.id, root: root, options: options)
            return isWhole ? Sentence.alreadyInstalled(entry.id, entry.version) : nil
        }
        if update.check.status == .upToDate, update.version == nil {
            return Sentence.upToDate(entry.id, installed.version, in: update.catalog)
        }
        guard action == .stage,
            let staged = try unlessDamaged({ () throws -> Receipt? in try update.app.open(.staged)?.receipt() }),
            staged?.digest == entry.digest, staged?.base == installed.digest,
            staged?.source == BundleOrigin.catalog(update.catalog).source, staged?.entry == update.listed.fingerprint
        else { return nil }
        return Sentence.alreadyStaged(entry.id, entry.version)
    }
}
