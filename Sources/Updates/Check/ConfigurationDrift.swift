import HostModel

/// How the posture that a candidate declares differs from what the installed bundle declared.
///
/// What the operator chose is kept by an update, and so is no drift.
package struct ConfigurationDrift: Sendable, Equatable {
    /// Nil where it stays, or one of the two does not say it.
    package let transport: Change?
    package let permissionProfile: Change?

    package struct Change: Sendable, Equatable {
        package let from: String
        package let to: String

        fileprivate init?(from: String?, to: String?) {
            guard let from, let to, from != to else { return nil }
            self.from = from
            self.to = to
        }
    }

    package init(from installed: Declaration, to candidate: Declaration) {
        transport = Change(from: installed.transport, to: candidate.transport)
        permissionProfile = Change(from: installed.permissionProfile, to: candidate.permissionProfile)
    }
}

extension ConfigurationDrift: JSONRepresentable {
    package var json: JSONValue { ["transport": transport, "permissionProfile": permissionProfile] }
}

extension ConfigurationDrift.Change: JSONRepresentable {
    package var json: JSONValue { ["from": from, "to": to] }
}
