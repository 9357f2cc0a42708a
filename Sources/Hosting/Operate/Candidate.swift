import Bundles
import Catalogs
import DiskIO
import HostModel
import Signatures
import Storage
import Updates

/// A bundle from a source, verified up to its payload, held against what is installed.
struct Candidate {
    let source: BundleSource
    let origin: Origin
    let bundle: VerifiedBundle
    private(set) var app: AppDirectory?
    private(set) var installed: InstalledBundle?
    private(set) var record: AppRecord
    let root: ManagedRoot?
    let settings: Settings
    let trusted: TrustedKeys
    /// What the reviews of it amount to.
    let review: ReviewEvaluation
    let reviewMode: ReviewMode

    /// Where a candidate comes from.
    enum Origin: Sendable {
        case path
        /// With what the catalog says of it.
        case catalog(AppID, ListedEntry)

        /// What receipts and the history say of it.
        var source: String {
            switch self {
            case .path: BundleOrigin.elsewhere.source
            case .catalog(let name, _): BundleOrigin.catalog(name).source
            }
        }

        /// The fingerprint of what the catalog says of it; nil for a path.
        var entry: ContentDigest? {
            if case .catalog(_, let listed) = self { listed.fingerprint } else { nil }
        }
    }

    /// Looks again at what is installed, once nobody else updates the app.
    ///
    /// - Returns: whether it is another copy than before.
    mutating func refresh() throws -> Bool {
        let before = installed?.receipt?.stage
        app = try root?.app(bundle.app)
        installed = try InstalledBundle.read(app)
        record = try app?.record() ?? AppRecord()
        return installed?.receipt?.stage != before
    }

    var isInstalledAlready: Bool { installed?.digest == bundle.digest }

    /// - Throws: ``HostError/alreadyInstalled(_:installed:)`` where another bundle is installed.
    func refuseToReplace() throws(HostError) {
        guard let installed, !isInstalledAlready else { return }
        throw HostError.alreadyInstalled(bundle.app, installed: installed.version)
    }

    /// Everything that somebody has to consent to.
    ///
    /// - Throws: ``ReviewRefusal`` where nobody can.
    func questions() throws -> [ConsentQuestion] {
        let ofBundle = try ConsentCheck(
            installed: installed?.manifest, installedDigest: installed?.digest, candidate: bundle.manifest,
            candidateDigest: bundle.digest, vouching: bundle.vouching, publisher: publisher(),
            knownBad: record.knownBad, trusted: trusted, remembered: installed?.remembered(record)
        ).questions()
        let ofReview = try review.question(about: bundle.app, in: reviewMode)
        return (ofBundle + [move, ofReview].compactMap { $0 }).merged()
    }

    /// Where it comes from another catalog than what is installed. Repairing moves nothing.
    private var move: ConsentQuestion? {
        guard case .catalog(let catalog, _) = origin, let installed, !isInstalledAlready else { return nil }
        return installed.cameFrom(catalog) ? nil : ConsentQuestion.publisher(movingTo: catalog)
    }

    /// - Throws: ``VariablesMissing`` where it could not be started with what the app has and is given.
    func checkVariables(_ values: SuppliedValues) throws {
        let next = try values.applied(
            to: record.configuration, of: bundle.app, declared: bundle.manifest.environment
        ).configuration
        // A first install may come before its values, and a repair changes nothing of what is asked for.
        guard installed != nil, !isInstalledAlready else { return }
        try next.requireValues(of: Declaration(bundle.manifest), for: bundle.app)
    }

    /// Remembered while the app is installed, or its data is kept.
    private func publisher() throws -> Publisher? {
        guard try installed != nil || hasData() else { return nil }
        return record.publisher.map { Publisher(keyids: $0.map { KeyID($0) }) }
    }

    private func hasData() throws -> Bool { try root?.part(.data).status(of: DiskPath(bundle.app)) != nil }

    func checkCompatibility(on platform: Platform) throws {
        if case .incompatible(let reason) = Compatibility.of(bundle.manifest, on: platform) {
            throw HostError.incompatible(bundle.app, reason: reason)
        }
    }
}

extension AppHost {
    /// Opens a path and verifies its sidecars.
    ///
    /// - Parameter app: the app it must be for; nil takes any.
    func candidate(
        _ path: String, for app: AppID?, root: ManagedRoot?, options: ChangeOptions
    ) throws -> Candidate {
        let source = try BundleSource.open(path, files: files, reading: archiveReader.reading)
        return try candidate(source, from: .path, for: app, root: root, options: options)
    }

    /// Verifies the sidecars of a source, and that they are what a catalog says of them.
    ///
    /// - Parameter app: the app it must be for; nil takes any.
    func candidate(
        _ source: BundleSource, from origin: Candidate.Origin, for app: AppID?, root: ManagedRoot?,
        options: ChangeOptions
    ) throws -> Candidate {
        let settings = try settings(root)
        let acceptsUnsigned = options.accepted.contains(.unsigned)
        let policy = try policy(root, standing: .new, acceptsUnsigned: acceptsUnsigned, app: app)
        let bundle: VerifiedBundle
        do { bundle = try BundleVerifier(policy: policy, files: files).verify(source.entries()) } catch {
            guard case BundleError.unsigned = error, !settings.allowUnsigned else { throw error }
            throw HostError.unsignedForbidden
        }
        if bundle.vouching == nil, !settings.allowUnsigned { throw HostError.unsignedForbidden }
        if case .catalog(let name, let listed) = origin {
            let check = EntryCheck(entry: listed.entry, manifest: bundle.manifest, digest: bundle.digest)
            let differences = check.differences()
            guard differences.isEmpty else {
                throw EntryRefusal.bundleDiffers(listed.entry.id, listed.entry.version, in: name, differences)
            }
        }
        let directory = try root?.app(bundle.app)
        let rules = try reviewRules(root, settings)
        let review =
            switch origin {
            case .path: ReviewEvaluation.ofNothing(about: bundle.manifest, digest: bundle.digest, by: rules, at: now())
            case .catalog(_, let listed): ReviewEvaluation.of(listed, by: rules, at: now())
            }
        return Candidate(
            source: source, origin: origin, bundle: bundle, app: directory,
            installed: try InstalledBundle.read(directory), record: try directory?.record() ?? AppRecord(), root: root,
            settings: settings, trusted: policy.trusted, review: review, reviewMode: rules.mode)
    }

    /// Unpacks a candidate into `staging/`, flushed and ready to be swapped.
    ///
    /// - Parameter reuse: the installed tree, whose unchanged files are shared.
    func stage(
        _ candidate: Candidate, tree: consuming StagingTree, reuse: Reuse?, accepted: [Consent], options: ChangeOptions
    ) throws -> StagedBundle {
        let bundle = candidate.bundle
        let progress = options.progress
        let unpacker = BundleUnpacker(bundle, cancellation: options.cancellation) {
            [app = bundle.app.text, total = bundle.bytes] done in
            progress(Progress(step: .unpacking, app: app, done: done, total: total))
        }
        let unpacked = try unpacker.unpack(into: tree, reuse: reuse)
        let receipt: Receipt
        do {
            receipt = Receipt(
                stage: .random(), digest: bundle.digest, source: candidate.origin.source,
                artifact: try candidate.source.artifact(), keyids: bundle.vouching?.good.map(\.digest) ?? [],
                unsigned: bundle.vouching == nil, base: candidate.installed?.digest,
                accepted: accepted.map { Receipt.Accepted($0, of: candidate.review) },
                entry: candidate.origin.entry, stagedAt: now(), by: by)
            try options.cancellation.check()
        } catch {
            try unpacked.discard()
            throw error
        }
        progress(Progress(step: .flushing, app: bundle.app.text, done: bundle.bytes, total: bundle.bytes))
        return try bundle.seal(unpacked, receipt: receipt)
    }

    /// The installed tree as one that an update shares files with, and verifies as it goes along.
    func reuse(_ candidate: Candidate, options: ChangeOptions) throws -> Reuse? {
        guard let installed = candidate.installed else { return nil }
        let walk = try slotVerifier(candidate.root, standing: .installed, options: options)
            .begin(installed.tree, app: candidate.bundle.app, contentOnly: true)
        return Reuse(walk, sharing: sharing(installed.manifest, candidate))
    }

    /// Unchanged files may be one file under two names only where nothing that AppHost runs can write it.
    private func sharing(_ installed: Manifest?, _ candidate: Candidate) -> Reuse.Sharing {
        if let installed, installed.launch == nil, candidate.bundle.manifest.launch == nil { return .link }
        let mayShare = RunAs.mayShareFiles(
            candidate.bundle.app, rootOwner: candidate.root?.owner ?? user,
            configured: candidate.record.configuration.user, setting: candidate.settings.runAs,
            lookUp: SystemUser.named)
        return mayShare ? .link : .clone
    }

    /// Whether the tree that is installed is whole, and so may become the one to roll back to.
    func isWhole(_ slot: SlotTree, of id: AppID, root: ManagedRoot?, options: ChangeOptions) throws -> Bool {
        try verifyContent(slot, of: id, root: root, options: options).isSound
    }

    /// Verifies a slot, whoever vouches for it now.
    func verifyContent(
        _ slot: SlotTree, of id: AppID, root: ManagedRoot?, options: ChangeOptions
    ) throws -> SlotReport {
        let progress = options.progress
        return try slotVerifier(root, standing: .installed, options: options)
            .verify(slot, app: id, contentOnly: true) { done in
                progress(Progress(step: .verifying, app: id.text, done: done, total: nil))
            }
    }

    /// Verifies a slot completely.
    func verifySlot(
        _ slot: SlotTree, of id: AppID, root: ManagedRoot?, standing: Standing, options: ChangeOptions
    ) throws -> SlotReport {
        let progress = options.progress
        return try slotVerifier(root, standing: standing, options: options).verify(slot, app: id) { done in
            progress(Progress(step: .verifying, app: id.text, done: done, total: nil))
        }
    }

    /// Verifies what lies in slots, by the rules for what was accepted once.
    func slotVerifier(_ root: ManagedRoot?, standing: Standing, options: ChangeOptions) throws -> SlotVerifier {
        let allowUnsigned = try settings(root).allowUnsigned
        var policy = try policy(root, standing: standing, acceptsUnsigned: allowUnsigned)
        // What was accepted was within the limits of its day.
        policy.limits = .init(entries: .max, expandedBytes: .max, keepFreeBytes: 0)
        return SlotVerifier(policy: policy, files: files, cancellation: options.cancellation)
    }

    /// Runs the part of a change that comes before the swap. A refusal on an installed app adds a line to its history.
    func preparing<Value: ~Copyable>(
        _ action: ChangeResult.Action, of id: AppID?, options: ChangeOptions, _ body: () async throws -> Value
    ) async throws -> Value {
        do { return try await body() } catch let failure as any Failure {
            await noteRefusal(failure, action, of: id, options: options)
            throw failure
        }
    }

    /// Adds a refusal to the history of an app that is installed, but for that of a dry run and where the operator
    /// stopped the command.
    func noteRefusal(
        _ failure: any Failure, _ action: ChangeResult.Action, of id: AppID?, options: ChangeOptions
    ) async {
        guard let id, !options.dryRun, failure.code != .interrupted else { return }
        // A history that cannot be written is the lesser trouble, and stops the next change by itself.
        try? await logRefusal(failure, action, of: id)
    }

    private func logRefusal(_ failure: any Failure, _ action: ChangeResult.Action, of id: AppID) async throws {
        guard let root = try openRoot(), root.isOurs, try root.app(id) != nil else { return }
        try await StorageEngine(root: root, now: now).logRefusal(
            id, kind: action.rawValue, detail: HistoryDetail(), by: by, failure: failure)
    }
}
