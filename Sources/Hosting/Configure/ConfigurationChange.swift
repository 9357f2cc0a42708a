import Bundles
import HostModel
import Storage

/// What an operator wants to be otherwise in an app's configuration. Pure.
package struct ConfigurationChange: Sendable {
    /// A variable and its value.
    package struct Assignment: Sendable {
        package var name: String
        package var value: String

        package init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    package var assignments: [Assignment]
    /// Names of variables whose values are forgotten.
    package var unset: [String]
    /// Empty goes back to what the bundle declares, nil leaves it as it is; so do the two that follow.
    package var profile: String?
    package var transport: String?
    package var user: String?

    package init(
        assignments: [Assignment] = [], unset: [String] = [], profile: String? = nil, transport: String? = nil,
        user: String? = nil
    ) {
        self.assignments = assignments
        self.unset = unset
        self.profile = profile
        self.transport = transport
        self.user = user
    }

    package var isEmpty: Bool {
        assignments.isEmpty && unset.isEmpty && profile == nil && transport == nil && user == nil
    }

    /// The names that are given a value.
    var assigned: [VariableName] { assignments.compactMap { VariableName($0.name) } }

    /// What the history tells: names, and no values of variables.
    var words: String {
        var words: [String] = []
        if !assignments.isEmpty { words.append("set " + assignments.map(\.name).joined(separator: ", ")) }
        if !unset.isEmpty { words.append("unset " + unset.joined(separator: ", ")) }
        for (what, choice) in [("permission profile", profile), ("transport", transport), ("user", user)] {
            if let choice { words.append(choice.isEmpty ? "no \(what)" : "\(what) \(choice)") }
        }
        return words.joined(separator: "; ")
    }

    /// The configuration after it.
    ///
    /// - Parameter declared: the variables of the installed bundle.
    func applied(
        to present: AppRecord.Configuration, of id: AppID, declared: [Manifest.Variable]
    ) throws(ConfigureError) -> AppRecord.Configuration {
        var next = present
        for text in unset {
            let name = try name(text)
            if present.secrets[name] != nil { throw .storedSecret(id, name) }
            next.environment[name] = nil
        }
        for assignment in assignments {
            let name = try name(assignment.name)
            if name.isReserved { throw .nameReserved(name) }
            if declared.contains(where: { $0.name == name.text && $0.secret }) { throw .declaredSecret(id, name) }
            if present.secrets[name] != nil { throw .storedSecret(id, name) }
            try check(assignment.value, of: name)
            next.environment[name] = assignment.value
        }
        if let profile { next.profile = try choice(profile, "permission profile", Self.profiles) { AppID($0)?.text } }
        if let transport {
            next.transport = try choice(transport, "transport", Self.transports) {
                Manifest.Transport(rawValue: $0)?.rawValue
            }
        }
        if let user { next.user = try choice(user, "name of a user", Self.users) { RunAs.isName($0) ? $0 : nil } }
        try next.checkSize(of: id)
        return next
    }

    private func name(_ text: String) throws(ConfigureError) -> VariableName {
        guard let name = VariableName(text) else { throw .nameInvalid(text) }
        return name
    }

    private func check(_ value: String, of name: VariableName) throws(ConfigureError) {
        if value.utf8.contains(0) { throw .valueInvalid(name, problem: "has a NUL byte") }
        let limit = AppRecord.Configuration.valueLimit
        if value.utf8.count > limit { throw .valueInvalid(name, problem: "is longer than \(limit) bytes") }
    }

    private func choice(
        _ text: String, _ what: String, _ allowed: String, _ parse: (String) -> String?
    ) throws(ConfigureError) -> String? {
        if text.isEmpty { return nil }
        guard let choice = parse(text) else { throw .choiceInvalid(what: what, text, allowed: allowed) }
        return choice
    }

    private static let profiles = "lower-case letters, digits, '.', '_' and '-'; an empty one means the bundle's own"
    private static let transports =
        "there are \(Manifest.Transport.allCases.map(\.rawValue).joined(separator: ", ")); an empty one means the "
        + "bundle's own"
    private static let users = "letters, digits, '.', '_' and '-', not '-' first; an empty one means none"
}

extension AppRecord.Configuration {
    /// - Throws: where it has more than a record takes.
    func checkSize(of id: AppID) throws(ConfigureError) {
        guard environment.count + secrets.count <= Self.variableLimit else {
            throw .tooMuch(id, problem: "more than \(Self.variableLimit) variables")
        }
        guard environment.values.reduce(0, { $0 + $1.utf8.count }) <= Self.sizeLimit else {
            throw .tooMuch(id, problem: "values of more than \(Self.sizeLimit) bytes")
        }
    }
}
