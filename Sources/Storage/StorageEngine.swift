import DiskIO
import HostModel

/// The engine: bundles into slots and out of them, one operation at a time, each whole or not at all.
///
/// Its methods are synchronous inside and run on an executor of their own, so nothing can enter between journal and swap,
/// and no flush blocks the cooperative pool. Filling a staging tree happens outside, for as long as it takes.
package actor StorageEngine {
    package nonisolated let root: ManagedRoot
    private let executor = DiskExecutor(label: "apphost.storage")
    private let now: @Sendable () -> Timestamp

    package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    package init(root: ManagedRoot, now: @escaping @Sendable () -> Timestamp) {
        self.root = root
        self.now = now
    }

    /// Finishes or undoes what a dead process left, where this process may and can at once.
    ///
    /// - Returns: what could not be recovered. One app's trouble never keeps another from being recovered.
    package nonisolated func recover() -> [any Failure] { Sweep(root: root).run() }

    /// Whether another process is filling a staging tree for this app now. Changes nothing.
    package nonisolated func isStaging(_ id: AppID) throws(StorageError) -> Bool {
        let staging = try root.part(.staging)
        let tree = try onDisk { () throws(FileSystemError) in try staging.directoryIfPresent(DiskPath(id)) }
        guard let tree else { return false }
        return try onDisk { () throws(FileSystemError) in
            try FileLock.acquire(File(holding: tree), .exclusive, wait: false)
        } == nil
    }

    /// Which tree is in each slot while nothing is being swapped; waits for what is. Empty where there is no such app.
    package nonisolated func settledOccupants(of id: AppID) throws(StorageError) -> [Slot: UInt64] {
        try LockedApp.acquire(id, in: root, make: false, wait: true)?.reading.occupants() ?? [:]
    }

    /// Begins to judge an operation on an app: until the value goes, nobody who does not have it changes the app.
    ///
    /// - Throws: ``StorageError/judged(_:)`` where somebody judges the app already; that is never waited for.
    package func judge(_ id: AppID) throws(StorageError) -> Judgement {
        try Judgement.begin(in: lock(id, make: false))
    }

    /// Whether somebody judges an operation on this app now. Changes nothing.
    package nonisolated func isJudged(_ id: AppID) throws(StorageError) -> Bool {
        guard let app = try root.app(id) else { return false }
        return try Judgement.isHeld(in: app.directory)
    }

    /// Makes and locks an empty `staging/<id>/`.
    package nonisolated func beginStaging(_ id: AppID, wait: Bool) throws(StorageError) -> StagingTree {
        try StagingTree.begin(id, in: root, wait: wait)
    }

    /// What the caller decides again under the app's lock, from what is true now.
    package struct Present: Sendable {
        package let app: AppDirectory
        package let record: AppRecord
        /// Nil where nothing is installed, or its receipt is damaged.
        package let installed: Receipt?
        package let staged: Receipt?
        /// The sequence that what is decided now will have: a swap moves `rollback/` to `older-<sequence>/`.
        package let sequence: Int64
    }

    /// What a swap is to do, decided under the app's lock.
    package struct Order: Sendable {
        package var kind: SwapIntent.Kind
        package var slot: Slot
        package var replaced: SwapIntent.Destination
        package var restores: Slot?
        /// The record after the swap; nil leaves it as it is.
        package var record: AppRecord?
        /// The values of the secrets that `record` names and the present record does not.
        package var values: [SecretFile: SecretValue]
        package var detail: HistoryDetail
        /// What the history tells of it once it is done; nil where its kind says it all.
        package var message: String?

        package init(
            kind: SwapIntent.Kind, slot: Slot = .installed, replaced: SwapIntent.Destination, restores: Slot? = nil,
            record: AppRecord?, values: [SecretFile: SecretValue] = [:], detail: HistoryDetail, message: String? = nil
        ) {
            self.kind = kind
            self.slot = slot
            self.replaced = replaced
            self.restores = restores
            self.record = record
            self.values = values
            self.detail = detail
            self.message = message
        }
    }

    /// Puts `bundle` into a slot.
    ///
    /// - On disk: see ``BundleSwap``. Rollback targets beyond `retention` are deleted, unless something is unconfirmed.
    /// - Parameters:
    ///   - bundle: consumed; it can be swapped only once.
    ///   - kind: what was asked for, for the history line of a refusal.
    ///   - retention: how many bundles to keep for rollback; nil trims none.
    ///   - judge: the right to change the app while something of it is unconfirmed; so in all that follow.
    ///   - decide: asked under the app's lock, after recovery. What it throws is thrown, and nothing was changed.
    /// - Throws: ``StorageError``; its state says what became of the swap.
    package func swap(
        _ bundle: consuming StagedBundle, kind: String, retention: Int?, by: String, judge: Judgement? = nil,
        decide: @Sendable (Present) throws -> Order
    ) throws {
        let app = try lock(bundle.id, make: true)
        do {
            let (order, present) = try order(for: bundle, in: app, kind: kind, by: by, judge: judge, decide)
            let isUnconfirmed = (order.record ?? present.record).unconfirmed != nil
            let intent = SwapIntent(
                kind: order.kind, slot: order.slot, candidate: bundle.receipt.stage, from: bundle.slot,
                replaced: order.replaced, restores: order.restores,
                retention: isUnconfirmed ? nil : retention.map { Int64($0) },
                message: order.message.map(HistoryLine.shortened))
            let journal = journal(.swap(intent), detail: order.detail, by: by, sequence: present.sequence)
            try BundleSwap(
                app: app, journal: journal, swap: intent, staged: bundle.staged, successor: order.record,
                values: order.values
            ).run()
        } catch {
            // What was staged for this operation alone goes with it, unless it was already moved out.
            if let tree = bundle.staged { try discard(tree, of: bundle.id, after: error) }
            throw error
        }
    }

    /// Removes every bundle of an app, its secrets, cache, run files and logs; its data only when `purge` is set.
    ///
    /// The lock, the history and what `record` keeps stay. Once it is announced it is carried on, also after a kill.
    ///
    /// - Returns: what the history says of it.
    @discardableResult
    package func uninstall(
        _ id: AppID, purge: Bool, by: String, judge: Judgement? = nil,
        decide: @Sendable (Present) throws -> (AppRecord, HistoryDetail)
    ) throws -> HistoryDetail {
        let app = try lock(id, make: false)
        let present = try admitted(to: app, judge: judge)
        let (record, detail) = try decide(present)
        try carryOut(
            .uninstall(purge: purge), detail: detail, record: record, by: by, sequence: present.sequence, in: app)
        return detail
    }

    /// Deletes the candidate in `staged/`.
    ///
    /// - Returns: false where there was none.
    package func unstage(
        _ id: AppID, by: String, judge: Judgement? = nil, detail: @Sendable (Present) throws -> HistoryDetail
    ) throws -> Bool {
        let app = try lock(id, make: false)
        guard try app.reading.slots().contains(.staged) else { return false }
        let present = try admitted(to: app, judge: judge)
        try carryOut(.unstage, detail: detail(present), record: nil, by: by, sequence: present.sequence, in: app)
        return true
    }

    /// Changes what an app's record says, and no bundle.
    ///
    /// - On disk: values of new secrets in `secrets/<id>/`, the record, and a line in the history; values that the
    ///   record does not name any more are deleted, and rollback targets beyond the retention of the change, unless
    ///   something is unconfirmed. Once it is announced it is carried on, also after a kill.
    /// - Parameter decide: asked under the app's lock, after recovery. What it throws is thrown, and nothing was done.
    /// - Returns: what was decided; nil where the record said so already, and nothing was written.
    @discardableResult
    package func changeRecord(
        _ id: AppID, _ kind: RecordChange.Kind, by: String, judge: Judgement? = nil,
        decide: @Sendable (Present) throws -> RecordChange
    ) throws -> RecordChange? {
        let app = try lock(id, make: false)
        let present = try admitted(to: app, judge: judge)
        let change = try decide(present)
        guard change.record != present.record else { return nil }
        let isUnconfirmed = change.record.unconfirmed != nil
        let intent = RecordIntent(
            kind: kind, message: change.message.map(HistoryLine.shortened), outcome: change.outcome, code: change.code,
            retention: isUnconfirmed ? nil : change.retention.map { Int64($0) })
        try carryOut(
            .record(intent), detail: change.detail, record: change.record, values: change.values, by: by,
            sequence: present.sequence, in: app)
        return change
    }

    /// Does something with an installed app that no operation may come between, such as starting it. Changes nothing by
    /// itself.
    ///
    /// - Parameter body: called under the app's lock, after recovery.
    package func whileLocked<Value: Sendable>(
        _ id: AppID, judge: Judgement? = nil, _ body: @Sendable (Present) throws -> Value
    ) throws -> Value {
        let app = try lock(id, make: false)
        guard try app.reading.open(.installed) != nil else { throw StorageError.notInstalled(id) }
        let present = try admitted(to: app, judge: judge)
        return try withExtendedLifetime(app) { try body(present) }
    }

    /// Keeps what a check of an installed app found.
    ///
    /// - On disk: a line in the history where `line` yields one, then what `keep` writes.
    /// - Parameters:
    ///   - line: asked under the app's lock, after recovery; nil where there is nothing new to tell.
    ///   - keep: called under the app's lock.
    /// - Returns: false where another process changes the app, or nothing is installed: nothing was written.
    package func noteCheck(
        _ id: AppID, by: String, line: @Sendable (AppDirectory) throws -> (detail: HistoryDetail, message: String)?,
        keep: @Sendable (AppDirectory) throws -> Void
    ) throws -> Bool {
        guard let app = try LockedApp.acquire(id, in: root, make: false, wait: false),
            try app.reading.open(.installed) != nil
        else { return false }
        return try withExtendedLifetime(app) {
            // A kill between the two has it told once more by the next check, which is better than never.
            if let told = try line(app.reading) {
                try app.log(
                    HistoryLine(
                        operation: Hex.random(bytes: 8), sequence: try app.nextSequence(), at: now(), kind: "check",
                        outcome: .done, detail: told.detail, by: by, message: told.message))
            }
            try keep(app.reading)
            return true
        }
    }

    /// Adds one line to the history of an installed app: that something was refused or failed before it began.
    package func logRefusal(
        _ id: AppID, kind: String, detail: HistoryDetail, by: String, failure: any Failure
    ) throws(StorageError) {
        guard let app = try LockedApp.acquire(id, in: root, make: false, wait: true) else { return }
        try log(.refused, kind: kind, detail: detail, by: by, code: failure.code, message: failure.message, in: app)
    }

    /// Adds one line to the history of an installed app: that what was done to it turned out to be bad.
    package func logFailure(
        _ id: AppID, kind: String, detail: HistoryDetail, by: String, code: FailureCode, message: String
    ) throws(StorageError) {
        guard let app = try LockedApp.acquire(id, in: root, make: false, wait: true) else { return }
        try log(.failed, kind: kind, detail: detail, by: by, code: code, message: message, in: app)
    }

    // MARK: Inside

    /// Announces what recovery would do, and does it: once it is announced, it is carried on also after a kill.
    ///
    /// - Parameter values: of the secrets that are new in `record`.
    private func carryOut(
        _ intent: Journal.Intent, detail: HistoryDetail, record: AppRecord?, values: [SecretFile: SecretValue] = [:],
        by: String, sequence: Int64, in app: LockedApp
    ) throws {
        let journal = journal(intent, detail: detail, by: by, sequence: sequence)
        let secrets = SecretPlace(app: app.id, part: try root.part(.secrets))
        do throws(FileSystemError) {
            if let record {
                try DurableFile.write(record.json.line, to: AppFile.nextRecord, in: app.directory, mode: 0o600)
                // A journal that a power cut kept without it would be carried on with the record as it was.
                try app.directory.sync()
                // After it, so that values which were never announced are known by it.
                try secrets.write(values)
            }
            // The point of no return.
            try DurableFile.replace(AppFile.journal, in: app.directory, with: journal.json.line)
        } catch {
            try withdraw(from: app, after: error)
        }
        do throws(StorageError) {
            let steps = RecoveryPlan.steps(for: journal, names: try app.names(), slotStage: nil)
            try RecoveryRun(app: app, journal: journal).perform(steps)
        } catch {
            throw StorageError.unsettled(app.id, error)
        }
    }

    private func order(
        for bundle: borrowing StagedBundle, in app: LockedApp, kind: String, by: String, judge: Judgement?,
        _ decide: @Sendable (Present) throws -> Order
    ) throws -> (Order, Present) {
        do {
            let present = try admitted(to: app, judge: judge)
            if let slot = bundle.slot, try app.stage(in: slot) != bundle.receipt.stage {
                throw StorageError.candidateChanged(bundle.id)
            }
            return (try decide(present), present)
        } catch let failure as any Failure {
            try log(
                .refused, kind: kind, detail: HistoryDetail(digest: bundle.receipt.digest), by: by, code: failure.code,
                message: failure.message, in: app)
            throw failure
        }
    }

    private func log(
        _ outcome: HistoryLine.Outcome, kind: String, detail: HistoryDetail, by: String, code: FailureCode,
        message: String, in app: LockedApp
    ) throws(StorageError) {
        guard try app.reading.open(.installed) != nil else { return }
        try app.log(
            HistoryLine(
                operation: Hex.random(bytes: 8), sequence: try app.nextSequence(), at: now(), kind: kind,
                outcome: outcome, detail: detail, by: by, code: code.rawValue, message: message))
    }

    private func lock(_ id: AppID, make: Bool) throws(StorageError) -> LockedApp {
        guard let app = try LockedApp.acquire(id, in: root, make: make, wait: true) else { throw .notInstalled(id) }
        return app
    }

    /// What is true of an app now.
    ///
    /// - Throws: where only a judge may change the app, and this is none.
    private func admitted(to app: LockedApp, judge: Judgement?) throws -> Present {
        let record = try app.reading.record()
        if judge?.id != app.id {
            if try Judgement.isHeld(in: app.directory) { throw StorageError.judged(app.id) }
            if record.unconfirmed != nil { throw StorageError.unconfirmed(app.id) }
        }
        return Present(
            app: app.reading, record: record, installed: try receipt(in: .installed, of: app),
            staged: try receipt(in: .staged, of: app), sequence: try app.nextSequence())
    }

    private func receipt(in slot: Slot, of app: LockedApp) throws -> Receipt? {
        try unlessDamaged { try app.reading.open(slot)?.receipt() } ?? nil
    }

    private func journal(
        _ intent: Journal.Intent, detail: HistoryDetail, by: String, sequence: Int64
    ) -> Journal {
        Journal(
            operation: Hex.random(bytes: 8), sequence: sequence, intent: intent, detail: detail, by: by, at: now())
    }

    /// Takes back what could not be announced for good.
    private func withdraw(from app: LockedApp, after error: FileSystemError) throws(StorageError) -> Never {
        // Only a journal that stands is carried on; other leftovers are swept by the next command.
        let isAnnounced = (try? app.directory.status(of: AppFile.journal)) != .some(nil)
        guard isAnnounced else { throw .disk(error) }
        do throws(FileSystemError) {
            try app.directory.unlinkIfPresent(AppFile.journal)
            try app.directory.sync()
        } catch let second {
            throw .unsettled(app.id, second)
        }
        throw .disk(error)
    }

    /// Discards what was staged for an operation that failed, unless it was moved out already.
    private func discard(_ tree: Directory, of id: AppID, after first: any Error) throws {
        do throws(StorageError) { try StagingTree.discard(tree, id, in: root) } catch {
            // The first error says what is wrong; unlocked, the tree is swept by the next command.
            throw first
        }
    }
}
