import Bundles
import DiskIO
import HostModel
import Processes
import Signatures
import Storage

/// An app that can be started: what was found out about it without a lock, and is asked again under it.
struct LaunchPreparation: Sendable {
    let root: ManagedRoot
    let app: AppDirectory
    /// The copy that is to be started; another one is refused.
    let stage: StageID
    let manifest: Manifest
    let launch: Manifest.Launch
    let user: RunAs
    let settings: Settings
}

extension AppHost {
    /// Finds out whether the bundle in a slot could be started as the app is configured. Changes nothing.
    ///
    /// - Parameters:
    ///   - record: what the app is configured to be then.
    ///   - manifest: of the bundle that is to be started.
    ///   - stage: the copy of it.
    func prepareLaunch(
        of app: AppDirectory, in root: ManagedRoot, manifest: Manifest, stage: StageID, record: AppRecord
    ) throws -> LaunchPreparation {
        guard let launch = manifest.launch else { throw NotLaunchable(app: app.id) }
        let settings = try settings(root)
        try record.configuration.requireValues(toStart: manifest)
        let user = try RunAs.decide(
            app.id, rootOwner: root.owner, configured: record.configuration.user, setting: settings.runAs,
            lookUp: SystemUser.named)
        return LaunchPreparation(
            root: root, app: app, stage: stage, manifest: manifest, launch: launch, user: user, settings: settings)
    }

    /// Verifies what is installed, content and trust, and prepares to start it.
    func prepareLaunch(
        ofInstalled app: AppDirectory, in root: ManagedRoot, options: ChangeOptions
    ) throws -> LaunchPreparation {
        try looking(at: app, in: root) {
            guard let tree = try app.open(.installed) else { throw StorageError.notInstalled(app.id) }
            // What could never be started is refused before it takes the time to verify it.
            let record = try app.record()
            _ = try prepareLaunch(
                of: app, in: root, manifest: tree.manifest(), stage: tree.receipt().stage, record: record)
            let report = try verifySlot(tree, of: app.id, root: root, standing: .installed, options: options)
            if let cause = report.cause { throw cause }
            guard report.isSound, let bundle = report.bundle else {
                throw HostError.damaged(app.id, slot: tree.slot.name, problem: report.summary)
            }
            return try prepareLaunch(
                of: app, in: root, manifest: bundle.manifest, stage: bundle.receipt.stage, record: record)
        }
    }
}

/// A bundle of files: its manifest names no program.
struct NotLaunchable: Failure {
    let app: AppID
    var code: FailureCode { .appNotLaunchable }
    var message: String { "\(quoted(app.text)) is a bundle of files: its manifest has no 'launch'" }
    var help: String? { "its files are used where they are; 'apphost info \(app)' shows it" }
}
