import Catalogs
import HostModel
import Storage
import Updates

/// A candidate requires variables that have no value. Nothing was changed.
package struct VariablesMissing: Failure {
    package let app: AppID
    let variables: [CatalogEntry.Variable]

    package var code: FailureCode { .updateEnvironmentMissing }

    package var message: String {
        let names = variables.map { variable in printable(variable.name) + (variable.secret ? " (a secret)" : "") }
        return "\(quoted(app.text)) would need a value for \(names.joined(separator: ", "))"
    }

    package var help: String? {
        let options = variables.map(\.valueOption)
        let commands = variables.map { variable in
            let name = printable(variable.name)
            return variable.secret ? "'apphost secret set \(app) \(name)'" : "'apphost config \(app) \(name)=VALUE'"
        }
        return "add '\(options.joined(separator: " "))', or set it before: \(commands.joined(separator: ", "))"
    }
}

extension AppRecord.Configuration {
    /// The names of all variables that have a value.
    var supplied: SuppliedVariables {
        SuppliedVariables(environment: Set(environment.keys.map(\.text)), secrets: Set(secrets.keys.map(\.text)))
    }

    /// - Throws: where a variable that is required has no value.
    func requireValues(of declaration: Declaration, for id: AppID) throws(VariablesMissing) {
        let drift = EnvironmentDrift(from: declaration, to: declaration, supplied: supplied)
        let missing = drift.added.filter { drift.missing.contains($0.name) }
        if !missing.isEmpty { throw VariablesMissing(app: id, variables: missing) }
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
