import Bundles
import HostModel
import Processes
import Storage

/// What an app finds in its environment: nothing but this. Pure.
///
/// Source: `behaviour.md`, section 5.
struct LaunchEnvironment: Sendable {
    let app: AppID
    let name: String
    let version: BundleVersion
    let places: Places
    let run: String
    let token: String
    /// Those that it was granted and still declares.
    let permissions: [String]
    /// What the operator chose, and the manifest's defaults where that says nothing.
    let values: [VariableName: [UInt8]]

    /// Absolute paths of the app's own directories.
    struct Places: Sendable, Equatable {
        let data: String
        let cache: String
        let run: String
    }

    /// Where programs are looked for, whoever starts the app.
    static let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    /// In order of names; ours go before what has the same name.
    var variables: [EnvironmentVariable] {
        var all = Dictionary(uniqueKeysWithValues: values.map { ($0.key.text, $0.value) })
        let own = [
            "PATH": Self.path, "HOME": places.data, "LANG": "C.UTF-8", "TMPDIR": places.run,
            "APPHOST_APP_ID": app.text, "APPHOST_APP_NAME": name, "APPHOST_APP_VERSION": version.text,
            "APPHOST_APP_DATA_DIR": places.data, "APPHOST_APP_CACHE_DIR": places.cache,
            "APPHOST_APP_RUN_DIR": places.run,
            "APPHOST_APP_TOKEN": token, "APPHOST_APP_PERMISSIONS": permissions.joined(separator: ","),
            "APPHOST_RUN": run,
        ]
        for (name, value) in own { all[name] = Array(value.utf8) }
        return all.map { EnvironmentVariable(name: $0.key, value: $0.value) }.sorted { $0.name < $1.name }
    }

    /// What an app's variables are: defaults, then what was chosen, then secrets.
    ///
    /// - Parameter secret: yields the value in a secret's file.
    static func values(
        of configuration: AppRecord.Configuration, declared: [Manifest.Variable],
        secret: (SecretFile) throws -> SecretValue
    ) rethrows -> [VariableName: [UInt8]] {
        var values: [VariableName: [UInt8]] = [:]
        for variable in declared {
            guard let name = VariableName(variable.name), let value = variable.defaultValue else { continue }
            values[name] = Array(value.utf8)
        }
        for (name, value) in configuration.environment { values[name] = Array(value.utf8) }
        for (name, file) in configuration.secrets { values[name] = try secret(file).bytes }
        return values
    }
}
