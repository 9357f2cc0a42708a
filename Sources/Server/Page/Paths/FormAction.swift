import HostModel

/// What a form can ask for. Pure.
package enum FormAction: Sendable, Equatable {
    case checkAll
    case app(OfApp, AppID)
    case addCatalog
    case refreshCatalogs
    case refreshCatalog(AppID)
    case removeCatalog(AppID)
    case install(AppID, catalog: AppID)
    case runScheduler
    case cancel(OperationID)

    package enum OfApp: String, Sendable, CaseIterable {
        case check, stage, update, apply, unstage, rollback, uninstall
        case policy, hold, unhold
        case start, stop, restart
    }

    /// - Parameter path: as it was sent. No id has an escape.
    package init?(_ path: String) {
        let parts = path.split(separator: "/").map(String.init)
        guard path == "/" + parts.joined(separator: "/") else { return nil }
        let id = { (index: Int) in AppID(parts[index]) }
        switch (parts.first, parts.count) {
        case ("check", 1): self = .checkAll
        case ("apps", 3):
            guard let app = id(1), let action = OfApp(rawValue: parts[2]) else { return nil }
            self = .app(action, app)
        case ("catalogs", 2):
            switch parts[1] {
            case "add": self = .addCatalog
            case "refresh": self = .refreshCatalogs
            default: return nil
            }
        case ("catalogs", 3):
            guard let catalog = id(1) else { return nil }
            switch parts[2] {
            case "refresh": self = .refreshCatalog(catalog)
            case "remove": self = .removeCatalog(catalog)
            default: return nil
            }
        case ("catalogs", 5):
            guard let catalog = id(1), parts[2] == "apps", let app = id(3), parts[4] == "install" else { return nil }
            self = .install(app, catalog: catalog)
        case ("scheduler", 2):
            guard parts[1] == "run" else { return nil }
            self = .runScheduler
        case ("operations", 3):
            guard let operation = OperationID(parts[1]), parts[2] == "cancel" else { return nil }
            self = .cancel(operation)
        default: return nil
        }
    }

    /// As the audit log has it.
    package var template: String {
        switch self {
        case .checkAll: "/check"
        case .app(let action, _): "/apps/{id}/\(action.rawValue)"
        case .addCatalog: "/catalogs/add"
        case .refreshCatalogs: "/catalogs/refresh"
        case .refreshCatalog: "/catalogs/{catalog}/refresh"
        case .removeCatalog: "/catalogs/{catalog}/remove"
        case .install: "/catalogs/{catalog}/apps/{id}/install"
        case .runScheduler: "/scheduler/run"
        case .cancel: "/operations/{operation}/cancel"
        }
    }

    /// The app that it is about; nil for several, or none.
    package var app: AppID? {
        switch self {
        case .app(_, let app), .install(let app, _): app
        case .checkAll, .addCatalog, .refreshCatalogs, .refreshCatalog, .removeCatalog, .runScheduler, .cancel: nil
        }
    }

    /// The page to go back to, where it can be looked at what to do.
    package var origin: String {
        switch self {
        case .checkAll: "/"
        case .app(let action, let app):
            switch action {
            case .stage, .update, .apply: "/apps/\(app)/review"
            case .unstage, .rollback, .uninstall: "/apps/\(app)/\(action.rawValue)"
            case .check, .policy, .hold, .unhold, .start, .stop, .restart: "/apps/\(app)"
            }
        case .addCatalog, .refreshCatalogs: "/catalogs"
        case .refreshCatalog(let catalog): "/catalogs/\(catalog)"
        case .removeCatalog(let catalog): "/catalogs/\(catalog)/remove"
        case .install(let app, let catalog): "/catalogs/\(catalog)/apps/\(app)"
        case .runScheduler: "/scheduler"
        case .cancel(let operation): "/operations/\(operation)"
        }
    }

    /// The page that shows what came of it, once it is done.
    package var destination: String {
        switch self {
        case .app(let action, let app):
            switch action {
            case .stage: "/apps/\(app)/review"
            case .uninstall: "/"
            default: "/apps/\(app)"
            }
        case .install(let app, _): "/apps/\(app)"
        case .removeCatalog: "/catalogs"
        case .checkAll, .addCatalog, .refreshCatalogs, .refreshCatalog, .runScheduler, .cancel: origin
        }
    }
}
