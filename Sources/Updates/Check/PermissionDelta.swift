import HostModel

/// Which permissions a candidate asks for more, no longer, and still.
package struct PermissionDelta: Sendable, Equatable {
    package let added: [Permission]
    package let removed: [Permission]
    package let unchanged: [Permission]

    package struct Permission: Sendable, Equatable {
        package let name: String
        /// Why it is asked for: for what is removed, as the installed bundle said it.
        package let rationale: String?

        fileprivate init(_ name: String, of declaration: Declaration) {
            self.name = name
            rationale = declaration.permissionRationale[name]
        }
    }

    package init(from installed: Declaration, to candidate: Declaration) {
        let before = Set(installed.permissions)
        let after = Set(candidate.permissions)
        added = candidate.permissions.filter { !before.contains($0) }.map { Permission($0, of: candidate) }
        removed = installed.permissions.filter { !after.contains($0) }.map { Permission($0, of: installed) }
        unchanged = candidate.permissions.filter { before.contains($0) }.map { Permission($0, of: candidate) }
    }
}

extension PermissionDelta: JSONRepresentable {
    package var json: JSONValue { ["added": added, "removed": removed, "unchanged": unchanged] }
}

extension PermissionDelta.Permission: JSONRepresentable {
    package var json: JSONValue { ["permission": name, "rationale": rationale] }
}
