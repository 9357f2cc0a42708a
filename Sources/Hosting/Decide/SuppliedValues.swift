import Bundles
import HostModel
import Storage

/// Values of variables that come with a change of an app, and are stored once that is done.
package struct SuppliedValues: Sendable {
    package struct Secret: Sendable {
        package var name: String
        package var value: SecretValue

        package init(name: String, value: SecretValue) {
            self.name = name
            self.value = value
        }
    }

    package var environment: [ConfigurationChange.Assignment]
    package var secrets: [Secret]

    package init(environment: [ConfigurationChange.Assignment] = [], secrets: [Secret] = []) {
        self.environment = environment
        self.secrets = secrets
    }

    package var isEmpty: Bool { environment.isEmpty && secrets.isEmpty }

    /// An app's configuration with these values, by the rules of `config` and `secret set`.
    ///
    /// - Parameter declared: the variables of the bundle that will be installed.
    /// - Returns: what the record is to say, and the values of the secrets that are new in it.
    func applied(
        to present: AppRecord.Configuration, of id: AppID, declared: [Manifest.Variable]
    ) throws(ConfigureError) -> (configuration: AppRecord.Configuration, secrets: [SecretFile: SecretValue]) {
        let change = ConfigurationChange(assignments: environment)
        var next = try change.applied(to: present, of: id, declared: declared)
        var values: [SecretFile: SecretValue] = [:]
        for secret in secrets {
            guard let variable = VariableName(secret.name) else { throw .nameInvalid(secret.name) }
            if variable.isReserved { throw .nameReserved(variable) }
            if let before = next.secrets[variable] { values[before] = nil }
            let file = SecretFile.random()
            values[file] = secret.value
            next.secrets[variable] = file
            // A variable has one value, and this is it now.
            next.environment[variable] = nil
        }
        try next.checkSize(of: id)
        return (configuration: next, secrets: values)
    }
}

extension ChangeOptions {
    /// Values are stored with a swap alone. Where none was made nobody should believe that they are there.
    func warnOfUnused(for id: AppID) {
        guard !values.isEmpty else { return }
        warn(
            "nothing was installed, so the values that were given are not stored; 'apphost config \(id)' and "
                + "'apphost secret set \(id)' store them")
    }
}
