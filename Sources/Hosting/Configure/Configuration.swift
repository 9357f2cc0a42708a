import Bundles
import DiskIO
import HostModel
import Storage

extension AppHost {
    /// What an app has been given beside its bundle.
    package func configuration(_ id: AppID) throws -> ConfigurationReport {
        let (record, manifest) = try configured(id)
        return ConfigurationReport(id, record.configuration, manifest)
    }

    /// Changes an app's environment, permission profile, transport or user: all of it, or nothing.
    ///
    /// - On disk: `record.json`.
    /// - Throws: ``ConfigureError``, also for a variable that the installed bundle declares as a secret;
    ///   ``RunAsFailure`` for a user whom the app cannot run as.
    package func configure(
        _ id: AppID, _ change: ConfigurationChange, options: ChangeOptions
    ) async throws -> ChangeResult {
        let result = try await changeRecord(id, .config, options: options) { record, app in
            var next = record
            next.configuration = try change.applied(
                to: record.configuration, of: id, declared: app.installedManifest().environment)
            if change.user != nil, let name = next.configuration.user {
                // The root is ours, or nothing of it would be changed.
                _ = try RunAs.decide(
                    id, rootOwner: user, configured: name, setting: nil, lookUp: SystemUser.named)
            }
            return RecordChange(record: next, message: change.words)
        }
        warnOfUndeclared(change.assigned, of: id, options)
        return result
    }

    /// What an app still needs to be started: required variables that have no value.
    ///
    /// - Returns: none where nothing is installed.
    package func missingVariables(_ id: AppID) throws -> [ConfigurationReport.Variable] {
        guard try openRoot()?.app(id)?.open(.installed) != nil else { return [] }
        return try configuration(id).missing
    }

    /// A name that the bundle does not declare may be a mistake, or what another version will ask for.
    func warnOfUndeclared(_ names: [VariableName], of id: AppID, _ options: ChangeOptions) {
        // Where the bundle cannot be read there is nothing to compare with.
        guard let declared = try? configured(id).manifest.environment.map(\.name) else { return }
        for name in names where !declared.contains(name.text) {
            options.warn("the installed bundle of \(quoted(id.text)) declares no variable \(quoted(name.text))")
        }
    }
}
