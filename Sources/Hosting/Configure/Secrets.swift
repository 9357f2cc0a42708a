import DiskIO
import HostModel
import Storage

/// A secret of an app, as it is shown: never its value.
package struct SecretEntry: Sendable, JSONRepresentable {
    package let name: String
    package let description: String?
    package let isDeclared: Bool
    package let isRequired: Bool
    /// Whether it has a value.
    package let isSet: Bool

    /// For people.
    package var cells: [String] {
        [name, isSet ? "set" : isRequired ? "missing" : "not set", description ?? (isDeclared ? "" : "not declared")]
    }

    package var json: JSONValue {
        [
            "name": name, "description": description, "declared": isDeclared, "required": isRequired, "set": isSet,
        ]
    }
}

extension AppHost {
    /// The secrets that an app's bundle declares, and those that were set.
    package func secrets(_ id: AppID) throws -> [SecretEntry] {
        try configuration(id).variables.filter(\.isSecret).map { variable in
            SecretEntry(
                name: variable.name, description: variable.description, isDeclared: variable.isDeclared,
                isRequired: variable.isRequired, isSet: variable.state == .set)
        }
    }

    /// Takes the value of a secret from bytes that were read elsewhere.
    package static func secretValue(
        _ bytes: [UInt8], for name: String
    ) throws(ConfigureError) -> SecretValue {
        do throws(SecretValue.Problem) { return try SecretValue(bytes) } catch {
            throw .secretInvalid(name: name, error)
        }
    }

    /// Reads the value of a secret from a file that the operator names.
    package func secretValue(fromFile path: String, for name: String) throws -> SecretValue {
        let file = try File.named(path, files: files)
        guard try file.status().kind == .file else { throw SecretSourceUnfit(path: path) }
        // One more than it may have, for the line feed that is cut off.
        guard let bytes = try file.content(limit: SecretValue.limit + 1) else {
            throw ConfigureError.secretInvalid(name: name, .tooLong)
        }
        return try Self.secretValue(bytes, for: name)
    }

    /// Sets the value of a secret, also where it has one.
    ///
    /// - On disk: the value in a file of its own in `secrets/<id>/`, 0600; `record.json` names it; the value before is
    ///   deleted. A kill leaves one of the two.
    package func setSecret(
        _ id: AppID, _ name: String, to value: SecretValue, options: ChangeOptions
    ) async throws -> ChangeResult {
        guard let variable = VariableName(name) else { throw ConfigureError.nameInvalid(name) }
        if variable.isReserved { throw ConfigureError.nameReserved(variable) }
        let result = try await changeRecord(id, .secret, options: options) { record, _ in
            var next = record
            let file = SecretFile.random()
            next.configuration.secrets[variable] = file
            // A variable has one value, and this is it now.
            next.configuration.environment[variable] = nil
            try next.configuration.checkSize(of: id)
            return RecordChange(record: next, values: [file: value], message: "set \(variable)")
        }
        warnOfUndeclared([variable], of: id, options)
        return result
    }

    /// Deletes the value of a secret; done already where it has none.
    package func removeSecret(_ id: AppID, _ name: String, options: ChangeOptions) async throws -> ChangeResult {
        guard let variable = VariableName(name) else { throw ConfigureError.nameInvalid(name) }
        return try await changeRecord(id, .secret, options: options) { record, _ in
            var next = record
            next.configuration.secrets[variable] = nil
            return RecordChange(record: next, message: "removed \(variable)")
        }
    }
}

/// What was named as the source of a secret is a directory, a pipe or the like.
private struct SecretSourceUnfit: Failure {
    let path: String
    var code: FailureCode { .usage }
    var message: String { "\(quoted(path)) is no file" }
    var help: String? { "'--from -' reads from standard input" }
}
