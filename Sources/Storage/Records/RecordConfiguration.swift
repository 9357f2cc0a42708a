import DiskIO
import HostModel

extension AppRecord {
    /// What the operator chose for an app. An update keeps it.
    package struct Configuration: Sendable, Equatable {
        /// Values of environment variables, none of them in ``secrets``.
        package var environment: [VariableName: String] = [:]
        /// Where the value of each secret is. The values themselves are in no record.
        package var secrets: [VariableName: SecretFile] = [:]
        /// In the grammar of an app id. Nil where the bundle's own holds.
        package var profile: String?
        /// One of the manifest's words. Nil where the bundle's own holds.
        package var transport: String?
        /// Who the app runs as.
        package var user: String?

        package init() {}

        /// Most variables, secrets with them.
        package static let variableLimit = 256
        /// Most bytes of one value in ``environment``.
        package static let valueLimit = 32 << 10
        /// Most bytes of all values in ``environment``: however they are escaped, the record stays within its limit.
        package static let sizeLimit = 128 << 10
    }
}

/// The name of the file below `secrets/<id>/` that holds the value of a secret: 24 random hexadecimal digits.
package struct SecretFile: Hashable, Sendable {
    package let text: String

    /// - Returns: nil when `text` is no such name.
    package init?(_ text: String) {
        guard text.utf8.count == 24, Hex.bytes(text.utf8) != nil else { return nil }
        self.text = text
    }

    package static func random() -> SecretFile { SecretFile(unchecked: Hex.random(bytes: 12)) }

    private init(unchecked text: String) { self.text = text }

    package var path: DiskPath { DiskPath(text) }
}

extension SecretFile: JSONRepresentable { package var json: JSONValue { .string(text) } }

extension AppRecord.Configuration {
    init(_ field: JSONField) throws(RecordError) {
        self.init()
        var record = try field.record()
        for (name, value) in try Self.members(record.required("environment")) {
            environment[name] = try value.string()
        }
        for (name, value) in try Self.members(record.required("secrets")) {
            secrets[name] = try value.parsed("the name of a secret's file", { SecretFile($0) })
        }
        profile = try record.optional("profile")?.parsed("a profile", { AppID($0) }).text
        transport = try record.optional("transport")?.string()
        user = try record.optional("user")?.string()
        try record.finish()
    }

    private static func members(
        _ field: JSONField
    ) throws(RecordError) -> [(name: VariableName, value: JSONField)] {
        var members: [(name: VariableName, value: JSONField)] = []
        for (key, value) in try field.record().rest() {
            guard let name = VariableName(key) else { throw value.wrong("named like an environment variable") }
            members.append((name: name, value: value))
        }
        return members
    }

    var json: JSONValue {
        [
            "environment": Self.object(environment), "secrets": Self.object(secrets), "profile": profile,
            "transport": transport, "user": user,
        ]
    }

    private static func object<Value: JSONRepresentable>(_ members: [VariableName: Value]) -> JSONValue {
        .object(members.sorted { $0.key < $1.key }.map { .init($0.key.text, $0.value.json) })
    }
}
