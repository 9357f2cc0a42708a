import Bundles
import DiskIO
import HostModel
import Processes
import Storage

/// A process of an app that was started, and what a probe of it needs to know.
struct Launched: Sendable {
    let place: AppPlace
    let starting: StartingApp
    let order: SupervisorOrder
    /// `installed/` as it was opened.
    let bundle: Directory
}

extension AppHost {
    /// Starts what was prepared, and waits until it has lived for a second.
    ///
    /// - On disk: the app's own directories, its log, `logs/<id>/run.json`.
    /// - Parameter judge: where an update of it is being judged.
    /// - Throws: ``AppRuns`` where another command was faster; `app_start_failed`; nothing of it lives then.
    func launch(_ preparation: LaunchPreparation, judge: Judgement? = nil) async throws -> Launched {
        let (root, id) = (preparation.root, preparation.app.id)
        let engine = StorageEngine(root: root, now: now)
        // In the root of any other user no file of an app that can be started is ever shared.
        if preparation.user.account != nil, preparation.user.canWriteBundles(of: root.owner) {
            _ = try await engine.unshare(id)
        }
        let program = self.program
        let launched = try await engine.whileLocked(id, judge: judge) { [self] present in
            guard present.installed?.stage == preparation.stage, let tree = try present.app.open(.installed) else {
                throw HostError.candidateChanged(id, reason: "another bundle was installed meanwhile")
            }
            // A start and a swap exclude each other, and so do two starts.
            try requireStopped(present.app, in: root)
            try present.record.configuration.requireValues(toStart: preparation.manifest)
            let account = preparation.user.account
            let own = try root.prepareOwned(id, user: account.map { (number: $0.number, group: $0.group) })
            let order = try order(for: preparation, record: present.record, own: own)
            let place = AppPlace(id: id, app: present.app.directory, logs: own.logs)
            let starting = try Supervision.start(
                order: order, place: place, root: root.directory, bundle: tree.tree, program: program)
            try starting.waitUntilLocked()
            return Launched(place: place, starting: starting, order: order, bundle: tree.tree)
        }
        do { try await launched.starting.lived() } catch {
            // Where the supervisor did not end it, because it was ended itself.
            if try life(of: preparation.app, in: root).isRunning {
                _ = try await stopProcesses(of: preparation.app, in: root)
            }
            throw error
        }
        return launched
    }

    private func order(
        for preparation: LaunchPreparation, record: AppRecord, own: OwnedDirectories
    ) throws -> SupervisorOrder {
        let (manifest, launch) = (preparation.manifest, preparation.launch)
        let run = RunID.random()
        let token = AccessToken.random()
        let values = try LaunchEnvironment.values(of: record.configuration, declared: manifest.environment) { file in
            try preparation.root.secretValue(of: manifest.id, in: file)
        }
        let granted = record.grants.filter { $0.state == .active && manifest.permissions.contains($0.permission) }
        let environment = LaunchEnvironment(
            app: manifest.id, name: manifest.name, version: manifest.version,
            places: .init(
                data: try own.data.canonicalPath(), cache: try own.cache.canonicalPath(),
                run: try own.run.canonicalPath()),
            run: run.text, token: token.text, permissions: granted.map(\.permission), values: values)
        let secrets = record.configuration.secrets.keys.compactMap { values[$0] }
        return SupervisorOrder(
            app: manifest.id, name: manifest.name, version: manifest.version.text, stage: preparation.stage.text,
            run: run, tokenDigest: token.digest, command: launch.command, environment: environment.variables,
            redactions: [Array(token.text.utf8)] + secrets, stopSignal: launch.stopSignal,
            stopTimeoutSeconds: launch.stopTimeoutSeconds, restart: RestartRules(launch.restart),
            user: preparation.user.account, dropsCapabilities: preparation.root.owner == 0,
            logBytes: preparation.settings.logBytes, startedAt: now())
    }
}

extension RunAs {
    /// Nil where the user stays who it is.
    fileprivate var account: SystemUser? {
        if case .user(let user) = self { user } else { nil }
    }
}

extension RestartRules {
    /// As a manifest says it.
    init(_ restart: Manifest.Restart) {
        let policy: Policy =
            switch restart.policy {
            case .never: .never
            case .always: .always
            case .onFailure: .onFailure
            }
        self.init(policy: policy, maxAttempts: restart.maxAttempts, backoffSeconds: restart.backoffSeconds)
    }
}
