import Bundles
import Catalogs
import HostModel
import Signatures
import Storage
import Updates

extension AppHost {
    /// Swaps in the candidate that was staged.
    ///
    /// It is verified again, content and trust, by today's keys, and consented to again unless that was done at stage.
    /// One from a catalog must still be listed there as it was, by what was last verified; nothing is refreshed.
    ///
    /// - Parameter expect: the digest that was reviewed; any other is refused.
    /// - On disk: `staged/` becomes `installed/`, what was installed goes to `rollback/`; values that were given are
    ///   stored with it.
    package func apply(
        _ id: AppID, expect: ContentDigest? = nil, options: ChangeOptions
    ) async throws -> ChangeResult {
        let root = try openRoot()
        let (app, _) = try requireInstalled(id, in: root)
        try requireWritable(root)
        guard let root else { throw StorageError.notInstalled(id) }
        try await settle(app, in: root, options: options)
        let settings = try settings(root)
        let (found, order) = try await preparing(.apply, of: id, options: options) {
            try looking(at: app, in: root) { try prepareApply(app, expect, root: root, options: options) }
        }
        guard let found, let order else {
            options.warnOfUnused(for: id)
            let installed = try app.open(.installed)?.manifest().version
            return ChangeResult(
                app: id, action: .apply, outcome: .unchanged, from: installed, to: installed,
                digest: try app.open(.installed)?.receipt().digest, code: nil,
                message: "what is staged for \(id) is installed already")
        }
        let result = ChangeResult(
            app: id, action: .apply, outcome: .done, from: found.from, to: found.manifest.version,
            digest: found.candidate.receipt.digest,
            code: nil, message: Sentence.done(.apply, id, from: found.from, to: found.manifest.version))
        if options.dryRun { return result }

        let recheck = Recheck(host: self, vouching: found.vouching)
        let base = found.installed
        let record = try order.make(from: app.record(), at: now(), by: by).record
        let replacement = try await preparing(.apply, of: id, options: options) {
            try await begin(
                order.kind, of: app, in: root, to: found.manifest, stage: found.candidate.receipt.stage,
                record: record ?? app.record(), options: options)
        }
        do {
            try options.cancellation.commit()
            try await StorageEngine(root: root, now: now).swap(
                found.candidate.bundle(), kind: "apply", retention: settings.retention.asInt, by: by,
                judge: replacement.judge
            ) { [self] present in
                guard present.installed?.stage == base else {
                    throw HostError.candidateChanged(id, reason: "another bundle was installed meanwhile")
                }
                try recheck.run()
                try requireStopped(present.app, in: root, byPolicy: options.byPolicy)
                let order = try order.make(from: present.record, at: now(), by: by)
                return try replacement.order(order, present, from: .staged)
            }
        } catch {
            try await resume(replacement, after: error)
        }
        return try await conclude(replacement, result, retention: settings.retention, options: options)
    }

    /// Deletes the candidate that was staged; done already where nothing is.
    package func unstage(_ id: AppID, options: ChangeOptions) async throws -> ChangeResult {
        let root = try openRoot()
        let (app, _) = try requireInstalled(id, in: root)
        try requireWritable(root)
        if let root { try await settle(app, in: root, options: options) }
        let staged = try app.open(.staged)
        let version = try staged.flatMap { tree in try unlessDamaged { try tree.manifest().version } }
        var result = ChangeResult(
            app: id, action: .unstage, outcome: .unchanged, from: nil, to: version, digest: nil, code: nil,
            message: "nothing is staged for \(id)")
        guard let root, staged != nil else { return result }
        result.outcome = .done
        result.message = Sentence.done(.unstage, id, from: nil, to: version)
        if options.dryRun { return result }
        let isGone = try await StorageEngine(root: root, now: now).unstage(id, by: by) { present in
            let staged = try unlessDamaged { try present.app.open(.staged)?.manifest().version } ?? nil
            return HistoryDetail(to: staged?.text, digest: present.staged?.digest, source: present.staged?.source)
        }
        // Another command may have been faster.
        guard isGone else {
            result.outcome = .unchanged
            result.message = "nothing is staged for \(id)"
            return result
        }
        return result
    }

    private struct StagedCandidate {
        let candidate: SlotCandidate
        /// What the engine must still find installed; nil where its receipt is damaged.
        let installed: StageID?
        let from: BundleVersion?
        let manifest: Manifest
        let vouching: Vouching?
    }

    /// - Returns: nil where the staged bundle is the installed one.
    private func prepareApply(
        _ app: AppDirectory, _ expect: ContentDigest?, root: ManagedRoot, options: ChangeOptions
    ) throws -> (StagedCandidate?, PendingOrder?) {
        let id = app.id
        guard let staged = try app.open(.staged) else { throw HostError.nothingStaged(id) }
        guard let installed = try InstalledBundle.read(app) else { throw StorageError.notInstalled(id) }
        let receipt = try staged.receipt()
        if let expect, expect != receipt.digest {
            throw HostError.candidateChanged(id, reason: "the digest of what is staged is \(receipt.digest)")
        }
        if try receipt.digest == installed.digest && isWhole(installed.tree, of: id, root: root, options: options) {
            return (nil, nil)
        }
        guard receipt.base == installed.digest else {
            throw HostError.candidateChanged(id, reason: "it was staged for another installed bundle")
        }
        let report = try verifySlot(staged, of: id, root: root, standing: .new, options: options)
        if let cause = report.cause { throw cause }
        guard let candidate = report.candidate(for: id), let bundle = report.bundle else {
            throw HostError.damaged(id, slot: staged.slot.name, problem: report.summary)
        }
        if case .incompatible(let reason) = Compatibility.of(bundle.manifest, on: platform) {
            throw HostError.incompatible(id, reason: reason)
        }
        let record = try app.record()
        let settings = try settings(root)
        let rules = try reviewRules(root, settings)
        let policy = UpdatePolicy(record.policy, channels: settings.channels, cooldown: settings.cooldown)
        let review = try evaluation(ofStaged: receipt, bundle.manifest, by: rules, policy, options: options)
        let ofBundle = ConsentCheck(
            installed: installed.manifest, installedDigest: installed.digest, candidate: bundle.manifest,
            candidateDigest: receipt.digest, vouching: bundle.vouching,
            publisher: record.publisher.map { Publisher(keyids: $0.map { KeyID($0) }) }, knownBad: record.knownBad,
            trusted: try trustedKeys(root), remembered: installed.remembered(record)
        ).questions()
        let ofReview = try review.question(about: id, in: rules.mode)
        let values = try options.values.applied(
            to: record.configuration, of: id, declared: bundle.manifest.environment)
        let needsValues = receipt.digest != installed.digest
        if needsValues { try values.configuration.requireValues(of: Declaration(bundle.manifest), for: id) }
        let questions = (ofBundle + [move(of: receipt, from: installed), ofReview].compactMap { $0 }).merged()
        _ = try options.consent(to: questions, for: id, before: receipt.consented(with: review))
        try requireReplaceable(app, in: root, options: options)
        let isSound =
            try receipt.digest != installed.digest && isWhole(installed.tree, of: id, root: root, options: options)
        let order = PendingOrder(
            kind: isSound ? .apply : .repair, slot: .installed, replaced: isSound ? .rollback : .trash,
            accepting: (bundle.manifest, receipt.keyids), values: options.values, needsValues: needsValues,
            detail: HistoryDetail(
                from: installed.version?.text, to: bundle.manifest.version.text, digest: receipt.digest,
                source: receipt.source))
        let found = StagedCandidate(
            candidate: candidate, installed: installed.receipt?.stage, from: installed.version,
            manifest: bundle.manifest, vouching: bundle.vouching)
        return (found, order)
    }

    private func move(of staged: Receipt, from installed: InstalledBundle) -> ConsentQuestion? {
        guard let catalog = BundleOrigin(source: staged.source).catalogName, !installed.cameFrom(catalog),
            staged.digest != installed.digest
        else { return nil }
        return ConsentQuestion.publisher(movingTo: catalog)
    }

    /// - Throws: where it came from a catalog that does not list it any more as it did then.
    private func evaluation(
        ofStaged receipt: Receipt, _ manifest: Manifest, by rules: ReviewRules, _ policy: UpdatePolicy,
        options: ChangeOptions
    ) throws -> ReviewEvaluation {
        guard let catalog = BundleOrigin(source: receipt.source).catalogName else {
            return ReviewEvaluation.ofNothing(about: manifest, digest: receipt.digest, by: rules, at: now())
        }
        guard let known = try knownCatalogs(), try known.names().contains(catalog) else {
            let reason = "this host does not know the catalog \(quoted(catalog.text)) any more"
            throw HostError.candidateChanged(manifest.id, reason: reason)
        }
        let reading = try readCatalog(catalog, in: known)
        if let refusal = reading.refusal { throw refusal }
        let standing = StagedStanding(
            receipt: receipt, version: manifest.version,
            listing: reading.stored?.listing ?? CatalogListing(entries: []))
        let listed = try standing.listed(for: manifest.id, in: catalog)
        if let newer = standing.newer(of: manifest.id, on: platform, in: policy.channels) {
            options.warn(
                "the catalog \(quoted(catalog.text)) lists \(manifest.id) \(newer), newer than what is staged; "
                    + "'apphost update \(manifest.id)' takes it")
        }
        return ReviewEvaluation.of(listed, by: rules, at: now())
    }
}

extension SlotReport {
    /// The first problem, and how many more there are.
    package var summary: String {
        guard let first = problems.first else { return "nothing is wrong" }
        let text = first.path.isEmpty ? first.what : "\(quoted(first.path)) \(first.what)"
        return problems.count == 1 ? text : "\(text), and \(problems.count - 1) more"
    }
}
