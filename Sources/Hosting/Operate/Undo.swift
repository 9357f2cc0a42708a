import Bundles
import HostModel
import Processes
import Signatures
import Storage

extension AppHost {
    /// Puts in order what a command left that was ended before it had judged an app.
    ///
    /// Where the new bundle was swapped in, that is a failed gate: the old one comes back. What had run runs again.
    ///
    /// - On disk: nothing where nothing is left; with `dryRun` nothing at all.
    /// - Throws: `busy` while another command judges.
    func settle(_ app: AppDirectory, in root: ManagedRoot, options: ChangeOptions) async throws {
        guard try app.record().unconfirmed != nil else { return }
        if options.dryRun {
            return options.warn(
                "an update of \(app.id) was not confirmed; a real run undoes it first, and may then answer otherwise")
        }
        let engine = StorageEngine(root: root, now: now)
        // Where somebody holds it, somebody judges.
        let judge = try await engine.judge(app.id)
        guard let unconfirmed = try app.record().unconfirmed else { return }
        let reason = "the command that judged it was ended"
        // The swap writes the way back, so whoever finds one finds a swap that was done, whatever can be read of it now.
        if unconfirmed.wayBack == .none {
            let installed = try InstalledBundle.read(app)
            guard installed?.receipt?.stage == unconfirmed.candidate else {
                return try await restore(unconfirmed, of: app, in: root, judge: judge, options: options)
            }
            let failure = HealthFailure(
                app: app.id, version: installed?.version, reason: reason, log: [], ending: .nothingToGoBackTo)
            try await confirm(
                app.id, in: root, judge: judge, retention: settings(root).retention, failure: failure)
            return options.warn(failure.message)
        }
        let back = try await undo(app, in: root, judge: judge, reason: reason, options: options)
        let version = back.map { " \($0)" } ?? " the version before"
        options.warn(
            "the \(unconfirmed.operation.rawValue) of \(app.id) was not confirmed, because \(reason);\(version) is back"
                + (unconfirmed.ran ? ", and runs" : ""))
    }

    /// Brings back the bundle that was installed before the one that failed, and starts it where it ran.
    ///
    /// `installed/` and `rollback/` are then what they were before, and the failed bundle is known bad.
    ///
    /// - On disk: a line in the history about the failure, then the swap with its own.
    /// - Parameter reason: why it failed, for the history.
    /// - Returns: the version that is back.
    func undo(
        _ app: AppDirectory, in root: ManagedRoot, judge: Judgement, reason: String, options: ChangeOptions
    ) async throws -> BundleVersion? {
        let engine = StorageEngine(root: root, now: now)
        let failed = try InstalledBundle.read(app)
        let unconfirmed = try app.record().unconfirmed
        guard let unconfirmed, let target = try app.open(.rollback) else { throw HostError.noRollback(app.id) }
        let digest = failed?.digest
        try await engine.logFailure(
            app.id, kind: "health", detail: HistoryDetail(to: failed?.version?.text, digest: digest), by: by,
            code: .healthCheckFailed, message: reason)
        _ = try await stopProcesses(of: app, in: root)
        // What was asked to be kept was verified before it was replaced, and is verified again before it comes back.
        let quiet = ChangeOptions(warn: options.warn)
        let report = try verifySlot(target, of: app.id, root: root, standing: .installed, options: quiet)
        if let cause = report.cause { throw cause }
        guard let candidate = report.candidate(for: app.id), let bundle = report.bundle else {
            throw HostError.damaged(app.id, slot: target.slot.name, problem: report.summary)
        }
        let detail = HistoryDetail(
            from: failed?.version?.text, to: bundle.manifest.version.text, digest: bundle.receipt.digest,
            source: bundle.receipt.source)
        let settings = try settings(root)
        try await engine.swap(
            candidate.bundle(), kind: "undo", retention: settings.retention.asInt, by: by, judge: judge
        ) { [self] present in
            try requireStopped(present.app, in: root)
            var next = NextRecord(present: present.record, at: now(), by: by).afterUndo(
                unconfirmed, failed: digest.map { (digest: $0, version: failed?.version?.text ?? "unknown") },
                reason: "health check failed", restored: bundle.receipt.digest)
            // Until the old version runs again: who comes after a kill starts it.
            if unconfirmed.ran {
                next.unconfirmed = unconfirmed
                next.unconfirmed?.wayBack = .none
            }
            return StorageEngine.Order(
                kind: .undo, replaced: unconfirmed.wayBack.replaced, restores: unconfirmed.wayBack.restores,
                record: next, detail: detail)
        }
        if unconfirmed.ran {
            let preparation = try prepareLaunch(
                of: app, in: root, manifest: bundle.manifest, stage: bundle.receipt.stage, record: app.record())
            let started = await Result { try await launch(preparation, judge: judge) }
            // What does not start stands in nobody's way.
            try await forget(app.id, in: root, judge: judge)
            _ = try started.get()
        }
        return bundle.manifest.version
    }

    /// Nothing was swapped before the command was ended: what ran runs again.
    private func restore(
        _ unconfirmed: AppRecord.Unconfirmed, of app: AppDirectory, in root: ManagedRoot, judge: Judgement,
        options: ChangeOptions
    ) async throws {
        // What the command that was ended had begun to stop does not run for long.
        if case .stopping = try life(of: app, in: root).state?.phase { _ = try await stopProcesses(of: app, in: root) }
        if unconfirmed.ran, try !life(of: app, in: root).isRunning {
            do {
                _ = try await launch(prepareLaunch(ofInstalled: app, in: root, options: options), judge: judge)
                options.warn("\(app.id) was stopped for an update that did not take place; it runs again")
            } catch let failure as any Failure {
                // What does not start stands in nobody's way.
                options.warn("\(app.id) ran before an update that was cut off, and does not start: \(failure.message)")
            }
        }
        try await forget(app.id, in: root, judge: judge)
    }

    /// Nothing of a replacement is left to be put in order.
    func forget(_ id: AppID, in root: ManagedRoot, judge: Judgement) async throws {
        _ = try await StorageEngine(root: root, now: now).changeRecord(id, .restart, by: by, judge: judge) { present in
            var next = present.record
            next.unconfirmed = nil
            return RecordChange(record: next)
        }
    }
}

/// A new version did not show what it has to, and what became of it.
struct HealthFailure: Failure {
    let app: AppID
    let version: BundleVersion?
    let reason: String
    /// The last lines of its output.
    let log: [String]
    var ending: Ending

    enum Ending: Sendable, Equatable {
        case undone(to: BundleVersion?, runs: Bool)
        case leftInPlace
        case nothingToGoBackTo
        case undoFailed(String)
    }

    var code: FailureCode {
        switch ending {
        case .undone: .healthCheckFailedRolledBack
        case .leftInPlace: .healthCheckFailed
        case .nothingToGoBackTo: .healthCheckFailedRollbackUnavailable
        case .undoFailed: .healthCheckFailedRollbackFailed
        }
    }

    var message: String {
        let new = "\(quoted(app.text))\(version.map { " \($0)" } ?? "") failed its health gate: \(reason)"
        return switch ending {
        case .undone(let back, let runs):
            "\(new); \(back.map { "\($0)" } ?? "the version before") is back" + (runs ? ", and runs" : "")
        case .leftInPlace: "\(new); it was left in place"
        case .nothingToGoBackTo: "\(new); there is nothing to go back to, so it was left in place"
        case .undoFailed(let why): "\(new); the way back failed too: \(why)"
        }
    }

    var state: DiskState {
        switch ending {
        case .undone: .unchanged
        case .leftInPlace, .nothingToGoBackTo: .changed
        case .undoFailed: .uncertain
        }
    }

    var help: String? {
        switch ending {
        case .undone: "'apphost logs \(app)' shows its output; a newer version is offered as usual"
        case .leftInPlace: "'apphost logs \(app)' shows its output, 'apphost rollback \(app) --restart' goes back"
        case .nothingToGoBackTo: "'apphost logs \(app)' shows its output; update it to a version that works"
        case .undoFailed: "'apphost status \(app)' and 'apphost history \(app)' show where it stands"
        }
    }
}
