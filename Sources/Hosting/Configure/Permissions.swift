import Bundles
import HostModel
import Storage

/// A permission of an app: what its bundle declares, what it was given, or both.
package struct PermissionEntry: Sendable, JSONRepresentable {
    package let permission: String
    package let isDeclared: Bool
    /// Why the bundle wants it, in its publisher's words.
    package let rationale: String?
    /// Nil where it was never given.
    let grant: AppRecord.Grant?

    package var isActive: Bool { grant?.state == .active }

    /// For people: permission, state, since when, by whom, why.
    package var cells: [String] {
        [
            permission, grant?.state.rawValue ?? "not granted", grant?.since.description ?? "-", grant?.by ?? "-",
            isDeclared ? rationale ?? "" : "the installed bundle does not declare it",
        ]
    }

    package var json: JSONValue {
        [
            "permission": permission, "declared": isDeclared, "rationale": rationale,
            "state": grant?.state.rawValue, "since": grant?.since, "by": grant?.by,
        ]
    }
}

/// What an operator gives an app, or takes from it. Pure.
struct GrantChange: Sendable {
    var state: AppRecord.Grant.State
    var permissions: [String]
    var at: Timestamp
    var by: String

    /// The grants after it. One that is so already stays as it is.
    ///
    /// - Throws: where something is given that the bundle does not declare, or taken that it neither declares nor has.
    func applied(
        to present: [AppRecord.Grant], of id: AppID, declared: [String]
    ) throws(ConfigureError) -> [AppRecord.Grant] {
        var grants = present
        for permission in permissions {
            let index = grants.firstIndex { $0.permission == permission }
            guard declared.contains(permission) || (state == .inactive && index != nil) else {
                throw .permissionNotDeclared(id, permission, declared: declared)
            }
            let next = AppRecord.Grant(permission: permission, state: state, since: at, by: by)
            if let index {
                if grants[index].state != state { grants[index] = next }
            } else {
                grants.append(next)
            }
        }
        return grants
    }
}

extension AppHost {
    /// What an app's bundle declares, in its order, and then what it was given and is not declared any more.
    package func permissions(_ id: AppID) throws -> [PermissionEntry] {
        let (record, manifest) = try configured(id)
        let others = record.grants.map(\.permission).filter { !manifest.permissions.contains($0) }
        return (manifest.permissions + others).map { permission in
            PermissionEntry(
                permission: permission, isDeclared: manifest.permissions.contains(permission),
                rationale: manifest.permissionRationale[permission],
                grant: record.grants.first { $0.permission == permission })
        }
    }

    /// Gives an app permissions that its installed bundle declares.
    ///
    /// - On disk: `record.json`.
    package func grant(_ permissions: [String], to id: AppID, options: ChangeOptions) async throws -> ChangeResult {
        try await changeGrants(id, .grant, .active, permissions, "granted", options)
    }

    /// Takes permissions from an app. They stay inactive, whatever a later version or a rollback declares, until they
    /// are granted again.
    ///
    /// - On disk: `record.json`.
    package func revoke(_ permissions: [String], of id: AppID, options: ChangeOptions) async throws -> ChangeResult {
        try await changeGrants(id, .revoke, .inactive, permissions, "revoked", options)
    }

    private func changeGrants(
        _ id: AppID, _ kind: RecordChange.Kind, _ state: AppRecord.Grant.State, _ permissions: [String],
        _ word: String, _ options: ChangeOptions
    ) async throws -> ChangeResult {
        let change = GrantChange(state: state, permissions: permissions, at: now(), by: by)
        return try await changeRecord(id, kind, options: options) { record, app in
            var next = record
            next.grants = try change.applied(
                to: record.grants, of: id, declared: app.installedManifest().permissions)
            return RecordChange(record: next, message: "\(word) " + permissions.joined(separator: ", "))
        }
    }
}
