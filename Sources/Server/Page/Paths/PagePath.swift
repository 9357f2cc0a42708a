import HostModel

/// What can be looked at. Pure.
package enum PagePath: Sendable, Equatable {
    case apps
    case app(AppID)
    case review(AppID)
    case history(AppID)
    /// Says what is kept and what is lost, before it is done.
    case confirmation(Confirmation, AppID)
    case catalogs
    case catalog(AppID)
    case catalogRemoval(AppID)
    case offer(AppID, catalog: AppID)
    case scheduler
    case operations
    case operation(OperationID)

    package enum Confirmation: String, Sendable, CaseIterable { case rollback, uninstall, unstage }

    /// - Parameter path: as it was sent. No id has an escape.
    package init?(_ path: String) {
        let parts = path.split(separator: "/").map(String.init)
        guard path.first == "/", path == "/" + parts.joined(separator: "/") else { return nil }
        let id = { (index: Int) in AppID(parts[index]) }
        switch (parts.first, parts.count) {
        case (nil, 0): self = .apps
        case ("catalogs", 1): self = .catalogs
        case ("scheduler", 1): self = .scheduler
        case ("operations", 1): self = .operations
        case ("operations", 2):
            guard let operation = OperationID(parts[1]) else { return nil }
            self = .operation(operation)
        case ("apps", 2):
            guard let app = id(1) else { return nil }
            self = .app(app)
        case ("apps", 3):
            guard let app = id(1) else { return nil }
            switch parts[2] {
            case "review": self = .review(app)
            case "history": self = .history(app)
            default:
                guard let confirmation = Confirmation(rawValue: parts[2]) else { return nil }
                self = .confirmation(confirmation, app)
            }
        case ("catalogs", 2):
            guard let catalog = id(1) else { return nil }
            self = .catalog(catalog)
        case ("catalogs", 3):
            guard let catalog = id(1), parts[2] == "remove" else { return nil }
            self = .catalogRemoval(catalog)
        case ("catalogs", 4):
            guard let catalog = id(1), parts[2] == "apps", let app = id(3) else { return nil }
            self = .offer(app, catalog: catalog)
        default: return nil
        }
    }

    /// As the audit log has it.
    package var template: String {
        switch self {
        case .apps: "/"
        case .app: "/apps/{id}"
        case .review: "/apps/{id}/review"
        case .history: "/apps/{id}/history"
        case .confirmation(let what, _): "/apps/{id}/\(what.rawValue)"
        case .catalogs: "/catalogs"
        case .catalog: "/catalogs/{catalog}"
        case .catalogRemoval: "/catalogs/{catalog}/remove"
        case .offer: "/catalogs/{catalog}/apps/{id}"
        case .scheduler: "/scheduler"
        case .operations: "/operations"
        case .operation: "/operations/{operation}"
        }
    }

    /// The app that it is about; nil for several, or none.
    package var app: AppID? {
        switch self {
        case .app(let app), .review(let app), .history(let app), .confirmation(_, let app), .offer(let app, _): app
        case .apps, .catalogs, .catalog, .catalogRemoval, .scheduler, .operations, .operation: nil
        }
    }

    /// The page of the main navigation that it belongs to.
    var area: String {
        switch self {
        case .apps, .app, .review, .history, .confirmation: "/"
        case .catalogs, .catalog, .catalogRemoval, .offer: "/catalogs"
        case .scheduler: "/scheduler"
        case .operations, .operation: "/operations"
        }
    }
}
