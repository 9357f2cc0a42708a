import Bundles
import DiskIO
import HostModel
import Signatures
import Storage
import Updates

extension AppHost {
    /// Makes those trees of an app anew that have all that is listed, and more than that, or other modes.
    ///
    /// A tree with anything else wrong is left as it is: its own files do not make a sound one.
    ///
    /// - On disk: `staging/<id>/` is filled from the slot's own files, then exchanged with the slot. The record
    ///   stays as it is, and so does every tree that is sound.
    /// - Returns: what became of each slot, also where no tree could be made anew.
    /// - Throws: where a single tree was to be made anew and could not be, why not.
    package func repair(_ id: AppID, options: ChangeOptions) async throws -> RepairReport {
        let root = try openRoot()
        let (app, _) = try requireInstalled(id, in: root)
        try requireWritable(root)
        guard let root else { throw StorageError.notInstalled(id) }
        try await settle(app, in: root, options: options)
        var report = RepairReport()
        for slot in try app.slots().sorted(by: { $0.name < $1.name }) where slot != .backup {
            do {
                if let result = try await repair(slot, of: app, in: root, options: options) {
                    report.results.append(result)
                }
            } catch let failure as any Failure where failure.state == .unchanged {
                report.add(failure, slot, of: id)
                if failure.code == .interrupted { break }
            }
        }
        if let only = report.failures.first, report.failures.count == 1, !report.changed { throw only }
        return report
    }

    // MARK: One slot

    /// How a slot is found.
    private enum Condition {
        case empty
        case sound(BundleVersion, ContentDigest)
        case unsound(SlotTree, SlotRebuild)
    }

    /// - Returns: nil where the slot is empty by now.
    private func repair(
        _ slot: Slot, of app: AppDirectory, in root: ManagedRoot, options: ChangeOptions
    ) async throws -> SlotRepair? {
        let id = app.id
        let condition: Condition = try await preparing(.repair, of: id, options: options) {
            let found = try looking(at: app, in: root) { try look(at: slot, of: app, in: root, options: options) }
            if case .unsound = found, slot == .installed { try requireStopped(app, in: root) }
            return found
        }
        let tree: SlotTree
        let rebuild: SlotRebuild
        switch condition {
        case .empty: return nil
        case .sound(let version, let digest):
            return SlotRepair(
                app: id, slot: slot.name, outcome: .unchanged, version: version, digest: digest, removed: nil,
                code: nil, message: "\(id) \(version) in \(slot.name)/ is sound")
        case .unsound(let there, let source):
            tree = there
            rebuild = source
        }
        let bundle = rebuild.bundle
        let result = SlotRepair(
            app: id, slot: slot.name, outcome: .done, version: bundle.version, digest: bundle.digest,
            removed: rebuild.extras, code: nil,
            message: "rebuilt \(id) \(bundle.version) in \(slot.name)/ \(rebuild.extras.sentence)")
        if options.dryRun {
            do {
                try requireStageable(bundle, in: root, options: options)
                try unpacker(for: bundle, options: options).check()
            } catch let failure as any Failure {
                throw try refusal(failure, of: tree, in: app)
            }
            return result
        }
        let engine = StorageEngine(root: root, now: now)
        let staged: StagedBundle = try await preparing(.repair, of: id, options: options) {
            let staging = try engine.beginStaging(id, wait: options.wait)
            do {
                return try fill(staging, from: rebuild, in: root, options: options)
            } catch let failure as any Failure {
                // What was moved away while it was read tells nothing of what lies there now.
                guard try app.stillLeads(to: tree) else { throw StorageError.candidateChanged(id) }
                throw try refusal(failure, of: tree, in: app)
            }
        }
        let stage = rebuild.receipt.stage
        let recheck = Recheck(host: self, vouching: bundle.vouching, standing: .installed)
        let version = bundle.version.text
        let detail = HistoryDetail(from: version, to: version, digest: bundle.digest, source: rebuild.receipt.source)
        let message = "rebuilt \(slot.name)/ \(rebuild.extras.sentence)"
        try options.cancellation.commit()
        try await engine.swap(staged, kind: "repair", retention: nil, by: by) { [self] present in
            guard try present.app.open(slot)?.receipt().stage == stage else { throw StorageError.candidateChanged(id) }
            try recheck.run()
            if slot == .installed { try requireStopped(present.app, in: root) }
            return StorageEngine.Order(
                kind: .repair, slot: slot, replaced: .trash, record: nil, detail: detail, message: message)
        }
        return result
    }

    private func look(
        at slot: Slot, of app: AppDirectory, in root: ManagedRoot, options: ChangeOptions
    ) throws -> Condition {
        guard let tree = try app.open(slot) else { return .empty }
        let report: SlotReport?
        do {
            report = try verifySlot(tree, of: app.id, root: root, standing: .installed, options: options)
        } catch let failure as any Failure where failure.code == .permissionDenied {
            // Perhaps only what is not listed cannot be read. Whether it is so comes out when what is listed is.
            report = nil
        }
        if let report, report.isSound, let bundle = report.bundle {
            return .sound(bundle.manifest.version, bundle.receipt.digest)
        }
        if let report, report.cause == nil, let damage = report.damage {
            let problem = damage.path.isEmpty ? damage.what : "\(quoted(damage.path)) \(damage.what)"
            throw try NotRebuilt(tree.slot, of: app, problem: problem)
        }
        let verifier = try slotVerifier(root, standing: .installed, options: options)
        do {
            return .unsound(tree, try verifier.rebuild(tree, app: app.id))
        } catch let failure as any Failure {
            throw try refusal(failure, of: tree, in: app)
        }
    }

    private func fill(
        _ staging: consuming StagingTree, from rebuild: SlotRebuild, in root: ManagedRoot, options: ChangeOptions
    ) throws -> StagedBundle {
        let bundle = rebuild.bundle
        do {
            try bundle.checkRoom(in: staging.directory, keeping: settings(root).limits.keepFreeBytes)
        } catch {
            try staging.discard()
            throw error
        }
        let unpacked = try unpacker(for: bundle, options: options).unpack(into: staging, reuse: nil)
        do { try options.cancellation.check() } catch {
            try unpacked.discard()
            throw error
        }
        options.progress(Progress(step: .flushing, app: bundle.app.text, done: bundle.bytes, total: bundle.bytes))
        // Recovery tells the two copies apart by their stages.
        return try bundle.seal(unpacked, receipt: rebuild.receipt.ofCopy(.random()))
    }

    private func unpacker(for bundle: VerifiedBundle, options: ChangeOptions) -> BundleUnpacker {
        let progress = options.progress
        return BundleUnpacker(bundle, cancellation: options.cancellation) {
            [app = bundle.app.text, total = bundle.bytes] done in
            progress(Progress(step: .unpacking, app: app, done: done, total: total))
        }
    }

    /// What is said where a tree's own files turn out not to make a sound one; any other failure is said as it is.
    private func refusal(_ failure: any Failure, of tree: SlotTree, in app: AppDirectory) throws -> any Failure {
        var disk = failure as? FileSystemError
        if case .disk(let error) = failure as? StorageError { disk = error }
        if let disk, disk.isPermissionDenied, disk.path.hasPrefix(tree.tree.path) {
            return NotReadable(cause: disk, directory: tree.tree.path)
        }
        guard failure.code.exitStatus == FailureCode.bundleDamaged.exitStatus else { return failure }
        return try NotRebuilt(tree.slot, of: app, problem: failure.message)
    }
}

/// What became of the trees of one app.
package struct RepairReport: Sendable {
    package internal(set) var results: [SlotRepair] = []
    /// Why some could not be made anew.
    package private(set) var failures: [any Failure] = []

    /// Whether some were made anew.
    package var changed: Bool { results.contains { $0.outcome == .done } }

    mutating func add(_ failure: any Failure, _ slot: Slot, of app: AppID) {
        failures.append(failure)
        results.append(
            SlotRepair(
                app: app, slot: slot.name, outcome: .failed, version: nil, digest: nil, removed: nil,
                code: failure.code, message: failure.message))
    }
}

/// What became of the tree in one slot.
package struct SlotRepair: Sendable, JSONRepresentable {
    package let app: AppID
    package let slot: String
    package let outcome: ChangeResult.Outcome
    package let version: BundleVersion?
    package let digest: ContentDigest?
    /// What the new tree is without; nil where there is no new one.
    package let removed: ExtraEntries?
    package let code: FailureCode?
    /// A sentence for people.
    package let message: String

    package var json: JSONValue {
        [
            "app": app, "action": ChangeResult.Action.repair.rawValue, "result": outcome.rawValue, "slot": slot,
            "version": version, "digest": digest,
            "removed": removed.map { ["count": $0.count, "first": $0.names] as JSONValue },
            "code": code?.rawValue, "message": message,
        ]
    }
}

extension ExtraEntries {
    /// What a tree is without once it was made anew.
    fileprivate var sentence: String {
        let names = names.map { quoted($0) }.joined(separator: ", ")
        return switch count {
        case 0: "with the modes that it should have"
        case 1: "without \(names), which is not in the inventory"
        case ...Self.namesLimit: "without \(count) entries that are not in the inventory: \(names)"
        default: "without \(count) entries that are not in the inventory: \(names), …"
        }
    }
}

/// The tree in a slot has not all that is listed, or not as it is listed. Nothing was changed.
struct NotRebuilt: Failure {
    private let app: AppID
    private let slot: Slot
    private let problem: String
    private let version: BundleVersion?
    private let digest: ContentDigest?
    private let catalog: AppID?

    init(_ slot: Slot, of app: AppDirectory, problem: String) throws {
        let there = try InstalledBundle.read(app, in: slot)
        self.app = app.id
        self.slot = slot
        self.problem = problem
        version = there?.version
        digest = there?.digest
        catalog = there?.origin?.catalogName
    }

    var code: FailureCode { .bundleDamaged }

    var message: String {
        "the bundle of \(quoted(app.text)) in \(slot.name)/ cannot be rebuilt from its own files: \(problem)"
    }

    var help: String? {
        switch slot {
        case .installed:
            if let catalog, let version {
                "'apphost install \(app)@\(version) --catalog \(catalog)' installs \(bundle) again"
            } else {
                "'apphost update \(app) --from SOURCE' installs it again; the source is \(bundle)"
            }
        case .staged: "'apphost unstage \(app)' deletes it; it was \(bundle)"
        case .rollback, .older, .backup:
            "it cannot be gone back to; 'apphost update \(app) --from SOURCE --accept downgrade' takes \(bundle) again"
        }
    }

    private var bundle: String {
        let version = version.map { " \($0)" } ?? ""
        let digest = digest.map { " with the digest \($0)" } ?? ""
        return "the bundle of \(app)\(version)\(digest)"
    }
}

/// Something that is listed may not be read by the root's owner. Nothing was changed.
private struct NotReadable: Failure {
    let cause: FileSystemError
    let directory: String
    var code: FailureCode { cause.code }
    var message: String { cause.message }
    var help: String? {
        "'chmod -R u+rX \(printable(directory))' gives it back to its owner; then run the command again"
    }
}
