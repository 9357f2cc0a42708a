import Bundles
import HostModel
import Storage

/// What an app has been given beside its bundle, held against what the bundle declares. Pure.
package struct ConfigurationReport: Sendable, JSONRepresentable {
    package let app: AppID
    /// Those that the bundle declares, in its order, then the others by name.
    package let variables: [Variable]
    let configuration: AppRecord.Configuration
    let manifest: Manifest

    package struct Variable: Sendable, JSONRepresentable {
        package let name: String
        package let description: String?
        package let isDeclared: Bool
        package let isRequired: Bool
        package let isSecret: Bool
        package let state: State
        /// What the app will find; nil where that is nothing, or nobody's business.
        package let value: String?

        package enum State: String, Sendable {
            /// By the operator.
            case set
            /// By the bundle's default.
            case `default`
            /// Required, and without a value.
            case missing
            /// Not required, and without a value.
            case unset
        }

        /// What to do where it is missing, for people.
        package func sentence(in app: AppID) -> String {
            let description = description.map { " (\(printable($0)))" } ?? ""
            let command = isSecret ? "secret set \(app) \(name)" : "config \(app) \(name)=VALUE"
            return "\(app) needs \(name)\(description): 'apphost \(command)'"
        }

        package var json: JSONValue {
            [
                "name": name, "description": description, "declared": isDeclared, "required": isRequired,
                "secret": isSecret, "state": state.rawValue, "value": value,
            ]
        }
    }

    init(_ app: AppID, _ configuration: AppRecord.Configuration, _ manifest: Manifest) {
        self.app = app
        self.configuration = configuration
        self.manifest = manifest
        let declared = manifest.environment.map { variable in
            Self.variable(
                variable.name, description: variable.description, isDeclared: true, isRequired: variable.required,
                isSecret: variable.secret, defaultValue: variable.defaultValue, configuration)
        }
        let names = Set(configuration.environment.keys).union(configuration.secrets.keys)
        let others = names.sorted().filter { name in !manifest.environment.contains { $0.name == name.text } }
        variables =
            declared
            + others.map { name in
                Self.variable(
                    name.text, description: nil, isDeclared: false, isRequired: false, isSecret: false,
                    defaultValue: nil, configuration)
            }
    }

    private static func variable(
        _ text: String, description: String?, isDeclared: Bool, isRequired: Bool, isSecret: Bool,
        defaultValue: String?, _ configuration: AppRecord.Configuration
    ) -> Variable {
        let name = VariableName(text)
        let value = name.flatMap { configuration.environment[$0] }
        let isStored = name.map { configuration.secrets[$0] != nil } ?? false
        let state: Variable.State
        if value != nil || isStored {
            state = .set
        } else if defaultValue != nil {
            state = .default
        } else {
            state = isRequired ? .missing : .unset
        }
        // A bundle may declare as a secret today what it did not yesterday.
        let isSecret = isSecret || isStored
        return Variable(
            name: text, description: description, isDeclared: isDeclared, isRequired: isRequired, isSecret: isSecret,
            state: state, value: isSecret ? nil : value ?? defaultValue)
    }

    /// Required variables without a value.
    package var missing: [Variable] { variables.filter { $0.state == .missing } }

    /// For people: name, state, value, what it is.
    package var cells: [[String]] {
        variables.map { variable in
            let value = variable.isSecret ? (variable.state == .set ? "(secret)" : "-") : variable.value ?? "-"
            return [
                variable.name, variable.state.rawValue, value,
                variable.isDeclared ? variable.description ?? "" : "the bundle does not declare it",
            ]
        }
    }

    /// For people: what was chosen beside variables, and what the bundle declares.
    package var choices: [[String]] {
        func row(_ what: String, _ chosen: String?, _ declared: String?) -> [String] {
            [what, chosen ?? declared ?? "-", chosen == nil ? "" : "the bundle declares \(declared ?? "none")"]
        }
        return [
            row("permission profile", configuration.profile, manifest.permissionProfile),
            row("transport", configuration.transport, manifest.transport?.rawValue),
            ["user", configuration.user ?? "-", ""],
        ]
    }

    package var json: JSONValue {
        [
            "schema": 1, "app": app, "environment": variables,
            "permissionProfile": Self.choice(configuration.profile, manifest.permissionProfile),
            "transport": Self.choice(configuration.transport, manifest.transport?.rawValue),
            "user": configuration.user,
        ]
    }

    private static func choice(_ chosen: String?, _ declared: String?) -> JSONValue {
        ["chosen": chosen, "declared": declared]
    }
}
