import HostModel
import Processes
import Storage

extension AppHost {
    /// Starts an app, and has it started again after a boot. Done already where it runs.
    ///
    /// What is installed is verified first, content and trust.
    ///
    /// - On disk: the app's own directories, its log; the record says that it is wanted.
    /// - Throws: nothing of the app runs then.
    package func start(_ id: AppID, options: ChangeOptions) async throws -> ChangeResult {
        let (root, app) = try await toRun(id, options: options)
        let life = try life(of: app, in: root)
        if life.isRunning {
            try await want(id, .start, options)
            return changed(.start, app, .unchanged, "\(id) runs already")
        }
        let preparation = try prepareLaunch(ofInstalled: app, in: root, options: options)
        if options.dryRun { return changed(.start, app, .done, "started \(id)") }
        try options.cancellation.check()
        // What waits to be restarted is started now, as it is configured now.
        if life.isRestarting { _ = try await stopProcesses(of: app, in: root) }
        do {
            _ = try await launch(preparation)
        } catch is AppRuns {
            try await want(id, .start, options)
            return changed(.start, app, .unchanged, "\(id) runs already")
        }
        // Only what could be started once is started after every boot.
        try await want(id, .start, options)
        let main = try self.life(of: app, in: root).state?.main
        return changed(.start, app, .done, "started \(id)" + (main.map { ", process \($0.pid)" } ?? ""))
    }

    /// Starts every app that is wanted and does not run, once what a killed update left is put in order.
    ///
    /// - Parameter done: told of each app that something was done to, or that failed; one failure stops no other.
    package func startWanted(
        options: ChangeOptions, done: (AppID, Result<ChangeResult, any Error>) -> Void
    ) async throws {
        guard let root = try openRoot() else { return }
        try requireWritable(root)
        for id in try root.appIDs() {
            try options.cancellation.check()
            do {
                guard let app = try root.app(id), try app.open(.installed) != nil else { continue }
                let record = try app.record()
                guard record.isWanted || record.unconfirmed != nil else { continue }
                if !options.dryRun { try await settle(app, in: root, options: options) }
                if try app.record().isWanted { done(id, .success(try await start(id, options: options))) }
            } catch let failure as any Failure where failure.code != .interrupted {
                done(id, .failure(failure))
            }
        }
    }

    /// Stops what runs of an app, and what waits to be restarted. Done already where nothing does.
    ///
    /// - Parameter staysWanted: whether it is started again after the next boot.
    /// - On disk: the record says that it is not wanted any more, before anything is stopped.
    /// - Throws: `app_stop_failed` where something lives on.
    package func stop(
        _ id: AppID, staysWanted: Bool = false, options: ChangeOptions
    ) async throws -> ChangeResult {
        let (root, app) = try await toRun(id, options: options)
        let life = try life(of: app, in: root)
        if options.dryRun {
            let isAlive = life.isRunning || life.isRestarting
            return changed(.stop, app, isAlive ? .done : .unchanged, isAlive ? "stopped \(id)" : "\(id) is stopped")
        }
        try options.cancellation.check()
        // First, so that a boot between the two does not bring it back.
        if !staysWanted { try await want(id, .stop, options) }
        let outcome: StopOutcome
        do { outcome = try await stopProcesses(of: app, in: root) } catch let failure as any Failure where !staysWanted
        {
            throw NotStopped(cause: failure)
        }
        switch outcome {
        case .wasStopped: return changed(.stop, app, .unchanged, "\(id) is stopped")
        case .stopped(let killed, let leftBehind):
            let how = killed ? ", what did not end by itself was killed" : ""
            let orphans = leftBehind > 0 ? ", \(leftBehind) of its processes had no supervisor" : ""
            return changed(.stop, app, .done, "stopped \(id)\(how)\(orphans)")
        }
    }

    /// Stops an app and starts it again, as it is configured now; starts one that is stopped.
    ///
    /// What cannot be started as it is configured is not stopped.
    package func restart(_ id: AppID, options: ChangeOptions) async throws -> ChangeResult {
        let (root, app) = try await toRun(id, options: options)
        let preparation = try prepareLaunch(ofInstalled: app, in: root, options: options)
        if options.dryRun { return changed(.restart, app, .done, "restarted \(id)") }
        try options.cancellation.check()
        _ = try await stopProcesses(of: app, in: root)
        _ = try await launch(preparation)
        try await want(id, .start, options)
        let main = try life(of: app, in: root).state?.main
        return changed(.restart, app, .done, "restarted \(id)" + (main.map { ", process \($0.pid)" } ?? ""))
    }

    // MARK: Inside

    /// Ends everything of an app that lives.
    func stopProcesses(of app: AppDirectory, in root: ManagedRoot) async throws -> StopOutcome {
        let place = try place(of: app, in: root)
        // A state that is damaged counts as none, as for whoever asks what lives.
        let state = place.logs.flatMap { (try? RunState.read(in: $0)) ?? nil }
        return try await Stopping(place: place, run: state, clock: clock).run()
    }

    /// The app, once no dead command's judgement stands against it.
    private func toRun(_ id: AppID, options: ChangeOptions) async throws -> (ManagedRoot, AppDirectory) {
        let root = try openRoot()
        let (app, _) = try requireInstalled(id, in: root)
        try requireWritable(root)
        guard let root else { throw StorageError.notInstalled(id) }
        try await settle(app, in: root, options: options)
        return (root, app)
    }

    /// Records whether an app is to run after a boot.
    private func want(_ id: AppID, _ kind: RecordChange.Kind, _ options: ChangeOptions) async throws {
        if options.dryRun { return }
        let root = try openEngine()
        try await root.changeRecord(id, kind, by: by) { present in
            var next = present.record
            next.isWanted = kind == .start
            return RecordChange(record: next)
        }
    }

    private func changed(
        _ action: ChangeResult.Action, _ app: AppDirectory, _ outcome: ChangeResult.Outcome, _ message: String
    ) -> ChangeResult {
        // What cannot be read any more can still be stopped.
        let bundle = try? InstalledBundle.read(app)
        return ChangeResult(
            app: app.id, action: action, outcome: outcome, from: bundle?.version, to: bundle?.version,
            digest: bundle?.digest, code: nil, message: message)
    }
}

/// The app is not wanted any more, and something of it lives on.
private struct NotStopped: Failure {
    let cause: any Failure
    var code: FailureCode { cause.code }
    var message: String { "\(cause.message); it is not started after a boot any more" }
    var state: DiskState { .changed }
    var help: String? { cause.help }
}
