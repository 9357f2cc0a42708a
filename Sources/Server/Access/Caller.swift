import HostModel

/// Who asks for something.
package enum Caller: Sendable, Hashable {
    /// Opened the socket in the root: its owner, or the superuser.
    case operatorBySocket(user: UInt32)
    case operatorByToken(name: String)
    /// Signed in with a token of that name.
    case operatorBySession(name: String)
    /// A running app that showed its token, with what it may.
    case app(AppID, Set<Capability>)
    case nobody

    /// For logs, which tell what kinds of callers there are, and not who.
    package var kind: String {
        switch self {
        case .operatorBySocket: "socket"
        case .operatorByToken: "token"
        case .operatorBySession: "session"
        case .app: "app"
        case .nobody: "nobody"
        }
    }

    /// For the audit log, which tells who.
    package var auditName: String {
        switch self {
        case .operatorBySocket(let user): "socket:\(user)"
        case .operatorByToken(let name): "token:\(name)"
        case .operatorBySession(let name): "session:\(name)"
        case .app(let id, _): "app:\(id)"
        case .nobody: "nobody"
        }
    }
}

/// What an app may be granted to do here, by the name of the permission.
package enum Capability: String, Sendable, CaseIterable {
    case appsRead = "apps.read"
    case appsManage = "apps.manage"
    case catalogsRead = "catalogs.read"
    case catalogsManage = "catalogs.manage"
}
