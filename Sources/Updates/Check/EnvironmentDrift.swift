import Catalogs
import HostModel

/// Which variables the operator set. Their values are of no matter to any decision, and never come here.
package struct SuppliedVariables: Sendable, Equatable {
    package var environment: Set<String>
    package var secrets: Set<String>

    package init(environment: Set<String> = [], secrets: Set<String> = []) {
        self.environment = environment
        self.secrets = secrets
    }

    package func contains(_ name: String) -> Bool { environment.contains(name) || secrets.contains(name) }
}

/// How the variables that a candidate declares differ from those that the operator set.
package struct EnvironmentDrift: Sendable, Equatable {
    /// Declared by the candidate, and not set. The default of a secret is left out: reports are logged and sent.
    package let added: [CatalogEntry.Variable]
    /// Set, declared by what is installed, and no longer by the candidate.
    package let removed: [CatalogEntry.Variable]
    /// The variables without which the candidate does not start: required, not set, and without a default.
    package let missing: [String]
    /// Required by the candidate and not before, and set by nothing but its default. A person may take that; no policy
    /// does.
    package let newlyRequired: [String]

    package init(from installed: Declaration, to candidate: Declaration, supplied: SuppliedVariables) {
        let declared = Set(candidate.variables.map(\.name))
        added = candidate.variables.filter { !supplied.contains($0.name) }.map { Self.shown($0) }
        removed = installed.variables.filter { supplied.contains($0.name) && !declared.contains($0.name) }
            .map { Self.shown($0, isSecret: supplied.secrets.contains($0.name)) }
        let required = candidate.variables.filter { $0.required && !supplied.contains($0.name) }
        missing = required.filter { $0.defaultValue == nil }.map(\.name)
        let before = Set(installed.variables.filter(\.required).map(\.name))
        newlyRequired = required.filter { $0.defaultValue != nil && !before.contains($0.name) }.map(\.name)
    }

    private static func shown(_ variable: CatalogEntry.Variable, isSecret: Bool = false) -> CatalogEntry.Variable {
        var shown = variable
        shown.secret = variable.secret || isSecret
        if shown.secret { shown.defaultValue = nil }
        return shown
    }
}

extension EnvironmentDrift: JSONRepresentable {
    package var json: JSONValue { ["added": added.map(Self.object), "removed": removed.map(Self.object)] }

    private static func object(_ variable: CatalogEntry.Variable) -> JSONValue {
        [
            "name": variable.name, "description": variable.description, "required": variable.required,
            "secret": variable.secret, "default": variable.defaultValue,
        ]
    }
}
