import Bundles
import HostModel
import Signatures
import Storage

extension AppHost {
    /// Exchanges what is installed with a bundle that was installed before. Twice returns to where it began.
    ///
    /// - On disk: `rollback/` (or an `older-<sequence>/`) becomes `installed/`, and what was installed `rollback/`.
    /// - Parameter version: which of the kept bundles; nil takes the last.
    package func rollback(_ id: AppID, to version: BundleVersion?, options: ChangeOptions) async throws -> ChangeResult
    {
        let root = try openRoot()
        let (app, tree) = try requireInstalled(id, in: root)
        try requireWritable(root)
        guard let root else { throw StorageError.notInstalled(id) }
        try await settle(app, in: root, options: options)
        // The bundle to leave may be damaged beyond reading; going back must still be possible.
        var left = try unlessDamaged { (manifest: try tree.manifest(), receipt: try tree.receipt()) }
        if let version, let left, left.manifest.version == version {
            return ChangeResult(
                app: id, action: .rollback, outcome: .unchanged, from: version, to: version,
                digest: left.receipt.digest,
                code: nil, message: "\(id) \(version) is what is installed")
        }
        let settings = try settings(root)
        let (candidate, bundle, leaving) = try await preparing(.rollback, of: id, options: options) {
            try looking(at: app, in: root) { try prepareRollback(app, to: version, root: root, options: options) }
        }
        if let sound = leaving.bundle, leaving.isSound { left = (sound.manifest, sound.receipt) }
        let expected = try left?.receipt.stage ?? unlessDamaged { try tree.receipt().stage }
        let to = bundle.manifest.version
        let result = ChangeResult(
            app: id, action: .rollback, outcome: .done, from: left?.manifest.version, to: to,
            digest: bundle.receipt.digest, code: nil,
            message: Sentence.done(.rollback, id, from: left?.manifest.version, to: to))
        if options.dryRun { return result }

        let detail = HistoryDetail(
            from: left?.manifest.version.text, to: to.text, digest: bundle.receipt.digest, source: bundle.receipt.source
        )
        let change = NextRecord(present: try app.record(), at: now(), by: by)
        let replacement = try await preparing(.rollback, of: id, options: options) {
            try await begin(
                .rollback, of: app, in: root, to: bundle.manifest, stage: bundle.receipt.stage,
                record: change.afterRollback(to: bundle.manifest, bundle.receipt, leaving: nil), options: options)
        }
        let recheck = Recheck(host: self, vouching: bundle.vouching, standing: .installed)
        do {
            try options.cancellation.commit()
            try await StorageEngine(root: root, now: now).swap(
                candidate.bundle(), kind: "rollback", retention: settings.retention.asInt, by: by,
                judge: replacement.judge
            ) { [self, left] present in
                try recheck.run()
                if let expected, present.installed?.stage != expected {
                    throw HostError.candidateChanged(id, reason: "another bundle was installed meanwhile")
                }
                try requireStopped(present.app, in: root, byPolicy: options.byPolicy)
                let record = NextRecord(present: present.record, at: now(), by: by)
                    .afterRollback(
                        to: bundle.manifest, bundle.receipt, leaving: left.map { ($0.manifest, $0.receipt.digest) })
                let order = StorageEngine.Order(
                    kind: .rollback, replaced: leaving.isSound ? .rollback : .trash, record: record, detail: detail)
                return try replacement.order(order, present, from: candidate.slot)
            }
        } catch {
            try await resume(replacement, after: error)
        }
        return try await conclude(replacement, result, retention: settings.retention, options: options)
    }

    private func prepareRollback(
        _ app: AppDirectory, to version: BundleVersion?, root: ManagedRoot,
        options: ChangeOptions
    ) throws -> (SlotCandidate, SlotReport.Bundle, installed: SlotReport) {
        guard let installed = try app.open(.installed) else { throw StorageError.notInstalled(app.id) }
        let target = try rollbackTarget(app, version)
        try requireReplaceable(app, in: root, options: options)
        let report = try verifySlot(target, of: app.id, root: root, standing: .installed, options: options)
        if let cause = report.cause { throw cause }
        guard let candidate = report.candidate(for: app.id), let bundle = report.bundle else {
            throw HostError.damaged(app.id, slot: target.slot.name, problem: report.summary)
        }
        let leaving = try verifyContent(installed, of: app.id, root: root, options: options)
        return (candidate, bundle, leaving)
    }

    private func rollbackTarget(_ app: AppDirectory, _ version: BundleVersion?) throws -> SlotTree {
        guard let version else {
            guard let tree = try app.open(.rollback) else { throw HostError.noRollback(app.id) }
            return tree
        }
        let kept = try [.rollback] + app.olderSlots()
        var available: [BundleVersion] = []
        for slot in kept {
            guard let tree = try app.open(slot) else { continue }
            let found = try tree.manifest().version
            if found == version { return tree }
            available.append(found)
        }
        throw HostError.versionNotFound(app.id, version, available: available)
    }
}
