import Bundles
import HostModel
import Processes
import Storage

/// What becomes of an app that runs when its bundle is replaced.
package struct RestartChoice: Sendable, Equatable {
    /// What the app has to show afterwards; nil asks its manifest, and leaves a stopped app stopped.
    package var health: HealthMode?
    /// Whether the old bundle comes back where it does not show it.
    package var undoes: Bool

    package init(health: HealthMode? = nil, undoes: Bool = true) {
        self.health = health
        self.undoes = undoes
    }
}

/// How the bundle of an app is replaced: as it lies there, or between a stop and a start that are judged.
enum Replacement: Sendable {
    /// Nothing of the app runs, and nothing is started.
    case ofStopped
    case judged(JudgedReplacement)

    var judge: Judgement? {
        if case .judged(let judged) = self { judged.judge } else { nil }
    }

    /// The swap with what a judged one leaves to be confirmed. Asked under the app's lock.
    func order(_ order: StorageEngine.Order, _ present: StorageEngine.Present, from slot: Slot?) throws
        -> StorageEngine.Order
    {
        guard case .judged(let judged) = self else { return order }
        var order = order
        var record = order.record ?? present.record
        guard var unconfirmed = present.record.unconfirmed else { throw StorageError.candidateChanged(judged.app.id) }
        let hadRollback = try present.app.slots().contains(.rollback)
        unconfirmed.operation = order.kind
        unconfirmed.wayBack = .after(
            kind: order.kind, from: slot, replaced: order.replaced, hadRollback: hadRollback,
            sequence: present.sequence)
        record.unconfirmed = unconfirmed
        order.record = record
        return order
    }
}

/// A replacement after which the app is started and has to show that it works.
struct JudgedReplacement: Sendable {
    let root: ManagedRoot
    let app: AppDirectory
    let judge: Judgement
    let choice: RestartChoice
    /// Whether the app ran before, or waited to be restarted.
    let ran: Bool
    /// The new bundle, ready to be started once it is installed.
    let next: LaunchPreparation
    /// The old one, to be started again where the swap does not happen.
    let previous: LaunchPreparation?

    var mode: HealthMode { choice.health ?? .manifest }
}

extension AppHost {
    /// Asks whether an app's bundle may be replaced now, before anything long is done for it.
    ///
    /// - Throws: ``AppRuns`` where something of it lives and nobody said that it may be restarted.
    func requireReplaceable(_ app: AppDirectory, in root: ManagedRoot, options: ChangeOptions) throws {
        if options.restart == nil { try requireStopped(app, in: root, byPolicy: options.byPolicy) }
    }

    /// Stops the app where it runs and that was asked for. The last thing before the swap.
    ///
    /// - On disk: where it will be judged, the record says so before anything is stopped.
    /// - Parameters:
    ///   - stage: of the bundle that is about to be installed.
    ///   - record: what the app's record will be like then, as far as a start asks for it.
    /// - Throws: the app runs as before then.
    func begin(
        _ kind: SwapIntent.Kind, of app: AppDirectory, in root: ManagedRoot, to manifest: Manifest, stage: StageID,
        record: AppRecord, options: ChangeOptions
    ) async throws -> Replacement {
        guard let choice = options.restart else {
            try requireStopped(app, in: root, byPolicy: options.byPolicy)
            return .ofStopped
        }
        let life = try life(of: app, in: root)
        let ran = life.isRunning || life.isRestarting
        guard ran || choice.health != nil else { return .ofStopped }
        let next = try prepareLaunch(of: app, in: root, manifest: manifest, stage: stage, record: record)
        let previous = try ran ? previousLaunch(of: app, in: root) : nil
        let engine = StorageEngine(root: root, now: now)
        let judge = try await engine.judge(app.id)
        let replacement = JudgedReplacement(
            root: root, app: app, judge: judge, choice: choice, ran: ran, next: next, previous: previous)
        try await engine.changeRecord(app.id, .restart, by: by, judge: judge) { [now, by] present in
            var next = present.record
            next.unconfirmed = AppRecord.Unconfirmed(
                operation: kind, gate: replacement.mode, candidate: stage, ran: ran, wayBack: .none,
                grants: present.record.grants, publisher: present.record.publisher, at: now(), by: by)
            return RecordChange(record: next)
        }
        do {
            _ = try await stopProcesses(of: app, in: root)
        } catch {
            try await resume(.judged(replacement), after: error)
        }
        return .judged(replacement)
    }

    /// Takes back a stop after which no swap happened: what ran runs again. Throws the error that made it necessary.
    func resume(_ replacement: Replacement, after error: any Error) async throws -> Never {
        guard case .judged(let judged) = replacement, !Self.isSwapped(error) else { throw error }
        do {
            // Who comes after a kill between the two finds it running.
            let started = await Result {
                guard let previous = judged.previous, try !life(of: judged.app, in: judged.root).isRunning else {
                    return
                }
                _ = try await launch(previous, judge: judged.judge)
            }
            try await forget(judged.app.id, in: judged.root, judge: judged.judge)
            try started.get()
        } catch let second as any Failure {
            throw NotResumed(app: judged.app.id, first: failure(error), second: second)
        }
        throw error
    }

    /// Judges what was swapped in, and brings the old bundle back where it does not show what it has to.
    ///
    /// - Returns: the result with what the gate found.
    func conclude(
        _ replacement: Replacement, _ result: ChangeResult, retention: Int64, options: ChangeOptions
    ) async throws -> ChangeResult {
        guard case .judged(let judged) = replacement else { return result }
        var result = result
        switch await judgement(of: judged, options: options) {
        case .healthy(let sentence):
            try await confirm(judged, retention: retention)
            result.message += sentence
        case .notStarted(let failure) where judged.mode == .none:
            try await confirm(judged, retention: retention)
            throw NotStartedAfterSwap(app: judged.app.id, result: result, cause: failure)
        case .notStarted(let failure):
            try await fail(judged, result, reason: failure.message, retention: retention, options: options)
        case .unhealthy(let reason):
            try await fail(judged, result, reason: reason, retention: retention, options: options)
        }
        return result
    }

    // MARK: Inside

    /// What is installed, as it ran: it is not verified again to be brought back after a failure.
    private func previousLaunch(of app: AppDirectory, in root: ManagedRoot) throws -> LaunchPreparation? {
        try unlessDamaged {
            guard let tree = try app.open(.installed) else { throw StorageError.notInstalled(app.id) }
            return try prepareLaunch(
                of: app, in: root, manifest: tree.manifest(), stage: tree.receipt().stage, record: app.record())
        }
    }

    private static func isSwapped(_ error: any Error) -> Bool {
        ((error as? any Failure)?.state ?? .unchanged) != .unchanged
    }

    private func failure(_ error: any Error) -> any Failure { (error as? any Failure) ?? UnexpectedFailure(error) }

    private enum GateOutcome {
        case healthy(String)
        case notStarted(any Failure)
        case unhealthy(String)
    }

    private func judgement(of judged: JudgedReplacement, options: ChangeOptions) async -> GateOutcome {
        do {
            let launched = try await launch(judged.next, judge: judged.judge)
            if judged.mode == .none { return .healthy(", and started it") }
            switch try await runGate(judged.mode, on: launched, judged.next, options: options) {
            case .healthy(let duration): return .healthy(", and it is healthy after \(duration.forPeople)")
            case .unhealthy(let probe, let reason): return .unhealthy("\(probe.sentence): \(reason)")
            }
        } catch is Interrupted {
            return .unhealthy("interrupted before the gate had spoken")
        } catch {
            return .notStarted(failure(error))
        }
    }

    private func confirm(
        _ judged: JudgedReplacement, retention: Int64, failure: HealthFailure? = nil
    ) async throws {
        try await confirm(
            judged.app.id, in: judged.root, judge: judged.judge, retention: retention, failure: failure)
    }

    /// The version that is installed stays.
    ///
    /// - Parameter failure: why it stays though it failed; nil where it is healthy, or was only to be started.
    func confirm(
        _ id: AppID, in root: ManagedRoot, judge: Judgement, retention: Int64, failure: HealthFailure? = nil
    ) async throws {
        _ = try await StorageEngine(root: root, now: now).changeRecord(id, .confirm, by: by, judge: judge) { present in
            var next = present.record
            next.unconfirmed = nil
            var change = RecordChange(record: next, message: failure?.message)
            change.retention = retention.asInt
            change.outcome = failure == nil ? .done : .failed
            change.code = failure?.code.rawValue
            return change
        }
    }

    /// Undoes what failed its gate, unless it was asked to be left or there is nothing to go back to.
    private func fail(
        _ judged: JudgedReplacement, _ result: ChangeResult, reason: String, retention: Int64, options: ChangeOptions
    ) async throws -> Never {
        let log = lastLines(of: judged.app, in: judged.root)
        var failure = HealthFailure(
            app: judged.app.id, version: result.to, reason: reason, log: log, ending: .leftInPlace)
        let wayBack = try judged.app.record().unconfirmed?.wayBack ?? AppRecord.Unconfirmed.WayBack.none
        if !judged.choice.undoes || wayBack == .none {
            failure.ending = judged.choice.undoes ? .nothingToGoBackTo : .leftInPlace
            try await confirm(judged, retention: retention, failure: failure)
            throw failure
        }
        do {
            let back = try await undo(
                judged.app, in: judged.root, judge: judged.judge, reason: reason, options: options)
            failure.ending = .undone(to: back, runs: judged.ran)
        } catch let second as any Failure {
            failure.ending = .undoFailed(second.message)
        }
        throw failure
    }
}

/// Nothing was swapped, and what ran before could not be started again.
private struct NotResumed: Failure {
    let app: AppID
    let first: any Failure
    let second: any Failure
    var code: FailureCode { first.code }
    var message: String {
        "\(first.message); \(quoted(app.text)) was stopped for it, and could not be started again: \(second.message)"
    }
    var help: String? {
        "'apphost start \(app)' starts it; \(first.help ?? "'apphost logs \(app)' shows why it did not")"
    }
}

/// The new bundle is installed, and could not be started; nobody asked for it to be judged.
private struct NotStartedAfterSwap: Failure {
    let app: AppID
    let result: ChangeResult
    let cause: any Failure
    var code: FailureCode { result.action == .rollback ? .rollbackFailed : .applyAfterSwap }
    var message: String { "\(result.message), but it could not be started: \(cause.message)" }
    var state: DiskState { .changed }
    var help: String? { "'apphost logs \(app)' shows why; 'apphost rollback \(app)' goes back" }
}

extension Duration {
    /// In tenths of a second: `2.3 s`.
    fileprivate var forPeople: String {
        let tenths = components.seconds * 10 + components.attoseconds / 100_000_000_000_000_000
        return "\(tenths / 10).\(tenths % 10) s"
    }
}

extension Result where Failure == any Error {
    /// What an asynchronous body yields or throws.
    init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
