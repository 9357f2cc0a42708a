import HostModel

/// Who may use a route.
package enum Requirement: Sendable, Equatable {
    /// Also who is not known.
    case anybody
    /// Who may open the socket, or holds a token of the operator's.
    case operatorOnly
    /// The operator, and an app that was granted all of these; with none of them every app.
    case capabilities(Set<Capability>)

    /// As the OpenAPI document says it: `x-capability`.
    package var words: String {
        switch self {
        case .anybody: "anybody"
        case .operatorOnly: "operator"
        case .capabilities(let needed):
            needed.isEmpty ? "any app" : needed.map(\.rawValue).sorted().joined(separator: " ")
        }
    }
}

extension Caller {
    /// Who acts, as receipts and histories say it.
    package var actor: String { "api:\(auditName)" }

    /// The app that asks; nil where a person does, or nobody known.
    package var askingApp: AppID? {
        if case .app(let id, _) = self { id } else { nil }
    }

    /// Whether it may consent, name files of the host and set values: what is for a person to do.
    package var isPerson: Bool {
        switch self {
        case .operatorBySocket, .operatorByToken, .operatorBySession: true
        case .app, .nobody: false
        }
    }
}
