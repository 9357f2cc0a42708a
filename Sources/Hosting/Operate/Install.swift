import Bundles
import HostModel
import Signatures
import Storage
import Updates

extension AppHost {
    /// Installs a bundle of an app that is not installed.
    ///
    /// Asking for the digest that is installed is done already, unless the tree is damaged: then this repairs it.
    ///
    /// - On disk: `staging/<id>/` is filled, then `installed/`; the root is made where there is none.
    /// - Throws: any failure; all are before the swap but ``StorageError/unsettled(_:_:)``.
    package func install(_ source: String, options: ChangeOptions) async throws -> ChangeResult {
        let root = try openRoot()
        try requireWritable(root)
        let candidate = try candidate(source, for: nil, root: root, options: options)
        return try await put(candidate, action: .install, options: options) { candidate in
            try candidate.refuseToReplace()
        }
    }

    /// Replaces what is installed by a bundle from a source, or stages it for later.
    ///
    /// - Parameter expect: the digest that was reviewed; any other is refused.
    /// - On disk: as ``install(_:options:)``; what was installed goes to `rollback/`, unless it does not verify.
    package func update(
        _ id: AppID, from source: String, onlyStage: Bool, expect: ContentDigest? = nil, options: ChangeOptions
    ) async throws -> ChangeResult {
        let root = try openRoot()
        let (app, _) = try requireInstalled(id, in: root)
        try requireWritable(root)
        if let root { try await settle(app, in: root, options: options) }
        let action: ChangeResult.Action = onlyStage ? .stage : .update
        let candidate = try await preparing(action, of: id, options: options) {
            if let root, !onlyStage { try requireReplaceable(app, in: root, options: options) }
            return try self.candidate(source, for: id, root: root, options: options)
        }
        return try await put(candidate, action: action, options: options) { candidate in
            // Another command may have uninstalled it meanwhile.
            if candidate.installed == nil { throw StorageError.notInstalled(id) }
            if let expect, expect != candidate.bundle.digest {
                throw HostError.candidateChanged(id, reason: "its digest is \(candidate.bundle.digest)")
            }
        }
    }

    /// The way that install and update share, wherever the bundle comes from.
    ///
    /// - Parameter refuse: asked before anything else, and again when nobody else updates the app any more.
    func put(
        _ candidate: Candidate, action asked: ChangeResult.Action, options: ChangeOptions,
        _ refuse: (Candidate) throws -> Void
    ) async throws -> ChangeResult {
        var candidate = candidate
        let bundle = candidate.bundle
        let id = bundle.app
        if let root = candidate.root, let app = candidate.app, candidate.installed != nil {
            try await settle(app, in: root, options: options)
        }
        var (decision, accepted) = try await preparing(asked, of: id, options: options) {
            try refuse(candidate)
            return try decide(candidate, asked: asked, options: options)
        }
        if let sentence = decision.alreadySo { return unchanged(candidate, asked, sentence, options) }
        if options.dryRun {
            try checkDry(candidate, options: options)
            return done(candidate, decision)
        }
        let engine = try openEngine()
        var installedIsWhole = false
        let staged: StagedBundle? = try await preparing(asked, of: id, options: options) {
            let tree = try engine.beginStaging(id, wait: options.wait)
            let reuse: Reuse?
            do {
                // Whoever held the tree before may have installed something.
                if try candidate.refresh() {
                    try refuse(candidate)
                    (decision, accepted) = try decide(candidate, asked: asked, options: options)
                }
                try bundle.checkRoom(in: tree.directory, keeping: candidate.settings.limits.keepFreeBytes)
                reuse = try self.reuse(candidate, options: options)
            } catch {
                try tree.discard()
                throw error
            }
            if decision.alreadySo != nil {
                try tree.discard()
                return nil
            }
            let staged = try stage(candidate, tree: tree, reuse: reuse, accepted: accepted, options: options)
            // What the new bundle did not share was not looked at yet. Whether it is whole decides where it goes.
            if decision.action != .stage, let reuse { installedIsWhole = try reuse.walk.finish().isSound }
            return staged
        }
        guard let staged else { return unchanged(candidate, asked, decision.alreadySo ?? "", options) }
        let pending = order(for: candidate, decision, installedIsWhole: installedIsWhole, values: options.values)
        let base = candidate.installed?.receipt?.stage
        let wasInstalled = candidate.installed != nil
        let recheck = Recheck(host: self, vouching: bundle.vouching)
        let retention = candidate.settings.retention
        let replacement = try await begin(pending, of: candidate, stage: staged.receipt.stage, options: options)
        do {
            try options.cancellation.commit()
            try await engine.swap(
                staged, kind: asked.rawValue, retention: retention.asInt, by: by, judge: replacement.judge
            ) { [self] present in
                // What was decided before is asked again, now that nobody else can change it.
                guard try present.installed?.stage == base && (present.app.open(.installed) != nil) == wasInstalled
                else { throw HostError.candidateChanged(id, reason: "another bundle was installed meanwhile") }
                try options.requirePolicy(of: id, present.record.policy, at: now())
                try recheck.run()
                let order = try pending.make(from: present.record, at: now(), by: by)
                guard order.slot == .installed else { return order }
                try requireStopped(present.app, in: engine.root, byPolicy: options.byPolicy)
                return try replacement.order(order, present, from: nil)
            }
        } catch {
            try await resume(replacement, after: error)
        }
        return try await conclude(replacement, done(candidate, decision), retention: retention, options: options)
    }

    /// Stops what is to be replaced; an app that is installed for the first time has nothing to stop.
    private func begin(
        _ pending: PendingOrder, of candidate: Candidate, stage: StageID, options: ChangeOptions
    ) async throws -> Replacement {
        guard pending.slot == .installed, let root = candidate.root, let app = candidate.app,
            candidate.installed != nil
        else { return .ofStopped }
        return try await begin(
            pending.kind, of: app, in: root, to: candidate.bundle.manifest, stage: stage,
            record: pending.make(from: app.record(), at: now(), by: by).record ?? app.record(), options: options)
    }

    private func unchanged(
        _ candidate: Candidate, _ asked: ChangeResult.Action, _ sentence: String, _ options: ChangeOptions
    ) -> ChangeResult {
        options.warnOfUnused(for: candidate.bundle.app)
        return ChangeResult(
            app: candidate.bundle.app, action: asked, outcome: .unchanged, from: candidate.installed?.version,
            to: candidate.bundle.version, digest: candidate.bundle.digest, code: nil, message: sentence)
    }

    private func done(_ candidate: Candidate, _ decision: Decision) -> ChangeResult {
        let from = candidate.installed?.version
        let bundle = candidate.bundle
        return ChangeResult(
            app: bundle.app, action: decision.action, outcome: .done, from: from, to: bundle.version,
            digest: bundle.digest, code: nil,
            message: Sentence.done(decision.action, bundle.app, from: from, to: bundle.version))
    }

    private struct Decision {
        let action: ChangeResult.Action
        /// A sentence where there is nothing to do.
        var alreadySo: String?
    }

    private func decide(
        _ candidate: Candidate, asked: ChangeResult.Action, options: ChangeOptions
    ) throws -> (Decision, [Consent]) {
        let bundle = candidate.bundle
        try candidate.checkCompatibility(on: platform)
        if let installed = candidate.installed, candidate.isInstalledAlready {
            if try isWhole(installed.tree, of: bundle.app, root: candidate.root, options: options) {
                let sentence = Sentence.alreadyInstalled(bundle.app, bundle.version)
                return (Decision(action: asked, alreadySo: sentence), [])
            }
            let action: ChangeResult.Action = asked == .stage ? .stage : .repair
            return try (Decision(action: action), consent(to: candidate, options: options))
        }
        if asked == .stage, let staged = try candidate.app?.open(.staged)?.receipt(),
            staged.digest == bundle.digest, staged.base == candidate.installed?.digest,
            staged.source == candidate.origin.source, staged.entry == candidate.origin.entry
        {
            let sentence = Sentence.alreadyStaged(bundle.app, bundle.version)
            return (Decision(action: asked, alreadySo: sentence), [])
        }
        if asked != .stage { try candidate.checkVariables(options.values) }
        return try (Decision(action: asked), consent(to: candidate, options: options))
    }

    private func consent(to candidate: Candidate, options: ChangeOptions) throws -> [Consent] {
        try options.consent(to: candidate.questions(), for: candidate.bundle.app)
    }

    /// Says what a real run would say, and writes nothing.
    private func checkDry(_ candidate: Candidate, options: ChangeOptions) throws {
        let bundle = candidate.bundle
        if let root = candidate.root {
            try requireStageable(bundle, in: root, options: options)
        }
        let progress = options.progress
        try BundleUnpacker(bundle, cancellation: options.cancellation) {
            [app = bundle.app.text, total = bundle.bytes] done in
            progress(Progress(step: .verifying, app: app, done: done, total: total))
        }.check()
    }

    /// Refuses what a real run would refuse before it writes the first byte to staging.
    ///
    /// - Throws: `busy` where another stages a bundle of the app; `disk_full` where it would not fit.
    func requireStageable(_ bundle: VerifiedBundle, in root: ManagedRoot, options: ChangeOptions) throws {
        guard try options.wait || !StorageEngine(root: root, now: now).isStaging(bundle.app) else {
            throw StorageError.busy(bundle.app)
        }
        try bundle.checkRoom(in: root.directory, keeping: settings(root).limits.keepFreeBytes)
    }

    private func order(
        for candidate: Candidate, _ decision: Decision, installedIsWhole: Bool, values: SuppliedValues
    ) -> PendingOrder {
        let bundle = candidate.bundle
        let detail = HistoryDetail(
            from: candidate.installed?.version?.text, to: bundle.version.text, digest: bundle.digest,
            source: candidate.origin.source)
        if decision.action == .stage {
            return PendingOrder(kind: .stage, slot: .staged, replaced: .trash, accepting: nil, detail: detail)
        }
        let accepting = (bundle.manifest, bundle.vouching?.good.map(\.digest) ?? [])
        guard candidate.installed != nil else {
            return PendingOrder(
                kind: .install, slot: .installed, replaced: .rollback, accepting: accepting, values: values,
                detail: detail)
        }
        // A bundle that does not verify, or that is the same, never becomes the one to roll back to.
        let keeps = installedIsWhole && decision.action != .repair
        return PendingOrder(
            kind: keeps ? .update : .repair, slot: .installed, replaced: keeps ? .rollback : .trash,
            accepting: accepting, values: values, needsValues: decision.action != .repair, detail: detail)
    }
}

/// A swap that is decided but for the record, which is made from what it is under the app's lock.
struct PendingOrder: Sendable {
    var kind: SwapIntent.Kind
    var slot: Slot
    var replaced: SwapIntent.Destination
    /// Whose permissions and keys the record takes over; nil leaves the record.
    var accepting: (manifest: Manifest, keyids: [ContentDigest])?
    /// For the variables of what is accepted.
    var values = SuppliedValues()
    /// Whether every variable that it requires must have a value then.
    var needsValues = false
    var detail: HistoryDetail

    func make(from record: AppRecord, at: Timestamp, by: String) throws -> StorageEngine.Order {
        guard let (manifest, keyids) = accepting else {
            return StorageEngine.Order(kind: kind, slot: slot, replaced: replaced, record: nil, detail: detail)
        }
        var next = NextRecord(present: record, at: at, by: by).afterAccepting(manifest, keyids: keyids)
        let supplied = try values.applied(to: next.configuration, of: manifest.id, declared: manifest.environment)
        if needsValues { try supplied.configuration.requireValues(of: Declaration(manifest), for: manifest.id) }
        next.configuration = supplied.configuration
        return StorageEngine.Order(
            kind: kind, slot: slot, replaced: replaced, record: next, values: supplied.secrets, detail: detail)
    }
}

/// Asks under the app's lock whether a key that admitted a bundle still does.
struct Recheck: Sendable {
    let host: AppHost
    let vouching: Vouching?
    var standing = Standing.new

    func run() throws {
        guard let vouching else { return }
        let keys = try host.trustedKeys()
        let now = host.now()
        if standing == .installed {
            let known = vouching.good.compactMap { keys.key($0) }
            guard let first = known.first, !known.contains(where: { $0.status != .revoked }) else { return }
            throw SignatureError.keyRevoked(name: first.name)
        }
        let stillAdmits = vouching.admitting.contains { keyid in
            keys.key(keyid).map { $0.status == .active && $0.isValid(at: now) } ?? false
        }
        guard !stillAdmits, let first = vouching.admitting.first else { return }
        guard let key = keys.key(first) else { throw SignatureError.keyUnknown(keyids: [first.hex]) }
        if key.status == .revoked { throw SignatureError.keyRevoked(name: key.name) }
        if key.status != .active { throw SignatureError.keyRetired(name: key.name, status: key.status) }
        throw SignatureError.keyOutOfValidity(name: key.name, from: key.validFrom, until: key.validUntil, now: now)
    }
}

extension Int64 {
    var asInt: Int { Int(clamping: self) }
}

/// What was done, in words.
enum Sentence {
    static func done(_ action: ChangeResult.Action, _ id: AppID, from: BundleVersion?, to: BundleVersion?) -> String {
        let to = to.map { " \($0)" } ?? ""
        let path = from.map { " \($0) →\(to)" } ?? to
        return switch action {
        case .install: "installed \(id)\(to)"
        case .update: "updated \(id)\(path)"
        case .stage: "staged \(id)\(path); 'apphost apply \(id)' applies it"
        case .apply: "applied \(id)\(path)"
        case .config: "changed the configuration of \(id)"
        case .secret: "changed the secrets of \(id)"
        case .grant, .revoke: "changed the permissions of \(id)"
        case .policy: "changed the policy of \(id)"
        case .start: "started \(id)"
        case .stop: "stopped \(id)"
        case .restart: "restarted \(id)"
        case .confirm: "confirmed \(id)\(to)"
        case .hold: "held \(id)"
        case .unhold: "ended the hold of \(id)"
        case .repair: "repaired \(id)\(to)"
        case .rollback: "rolled \(id) back\(path)"
        case .uninstall: "uninstalled \(id)"
        case .unstage: "deleted the staged candidate of \(id)\(to)"
        }
    }

    static func alreadyInstalled(_ id: AppID, _ version: BundleVersion) -> String {
        "\(id) \(version) is installed already, and sound"
    }

    static func alreadyStaged(_ id: AppID, _ version: BundleVersion) -> String {
        "\(id) \(version) is staged already"
    }

    static func upToDate(_ id: AppID, _ version: BundleVersion?, in catalog: AppID) -> String {
        "\(id)\(version.map { " \($0)" } ?? "") is up to date: the catalog \(quoted(catalog.text)) lists nothing newer"
    }
}

extension AppHost {
    func requireWritable(_ root: ManagedRoot?) throws(StorageError) { try root?.requireOurs() }
}
