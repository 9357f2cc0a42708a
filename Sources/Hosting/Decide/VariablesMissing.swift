import Bundles
import Catalogs
import HostModel
import Storage
import Updates

/// A bundle requires variables that have no value. Nothing was changed.
package struct VariablesMissing: Failure {
    package let app: AppID
    let variables: [CatalogEntry.Variable]
    let bundle: Bundle

    enum Bundle {
        /// It is not started.
        case installed
        /// It does not take the place of what is installed.
        case candidate
    }

    package var code: FailureCode {
        switch bundle {
        case .installed: .appEnvironmentMissing
        case .candidate: .updateEnvironmentMissing
        }
    }

    package var message: String {
        let names = variables.map { variable in printable(variable.name) + (variable.secret ? " (a secret)" : "") }
        let needs =
            switch bundle {
            case .installed: "needs"
            case .candidate: "would need"
            }
        return "\(quoted(app.text)) \(needs) a value for \(names.joined(separator: ", "))"
    }

    package var help: String? {
        let commands = variables.map { variable in
            let name = printable(variable.name)
            return variable.secret ? "'apphost secret set \(app) \(name)'" : "'apphost config \(app) \(name)=VALUE'"
        }.joined(separator: ", ")
        switch bundle {
        case .installed: return "set it: \(commands)"
        case .candidate:
            let options = variables.map(\.valueOption).joined(separator: " ")
            return "add '\(options)', or set it before: \(commands)"
        }
    }
}

extension AppRecord.Configuration {
    /// The names of all variables that have a value.
    var supplied: SuppliedVariables {
        SuppliedVariables(environment: Set(environment.keys.map(\.text)), secrets: Set(secrets.keys.map(\.text)))
    }

    /// - Throws: where a variable that is required has no value.
    func requireValues(
        of declaration: Declaration, for id: AppID, _ bundle: VariablesMissing.Bundle = .candidate
    ) throws(VariablesMissing) {
        let drift = EnvironmentDrift(from: declaration, to: declaration, supplied: supplied)
        let missing = drift.added.filter { drift.missing.contains($0.name) }
        if !missing.isEmpty { throw VariablesMissing(app: id, variables: missing, bundle: bundle) }
    }

    /// - Throws: where what is installed could not be started with what it has.
    func requireValues(toStart manifest: Manifest) throws(VariablesMissing) {
        try requireValues(of: Declaration(manifest), for: manifest.id, .installed)
    }
}

extension EnvironmentDrift {
    /// What gives a command the values that the candidate does not start without: `--secret NAME=FILE`.
    var missingValueWords: [String] {
        added.filter { missing.contains($0.name) }.map(\.valueOption)
    }
}

extension CatalogEntry.Variable {
    fileprivate var valueOption: String {
        let name = printable(name)
        return secret ? "--secret \(name)=FILE" : "--env \(name)=VALUE"
    }
}
