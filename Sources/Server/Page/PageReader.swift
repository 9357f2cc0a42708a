import HostModel

/// Makes pages of what the API answers to who is signed in.
struct PageReader: Sendable {
    let api: API
    let visitor: Visitor
    let now: Timestamp

    /// - Parameter did: the operation that led here, to be told about.
    func page(at place: PagePath, did: String?) async throws -> Page {
        let notice = try await notice(did)
        switch place {
        case .apps: return try await apps(notice)
        case .app(let app): return try await self.app(app, notice)
        case .review(let app):
            let review = try await read("/apps/\(app)/updates/review")
            let view = ReviewView(
                review, detail: try await read("/apps/\(app)"), form: visitor.form, notice: notice, now: now)
            return Page(title: "Review \(view.name)", template: "review", view: view)
        case .history(let app):
            let view = HistoryView(try await read("/apps/\(app)/history"), now: now)
            return Page(title: "History of \(app)", template: "history", view: view)
        case .confirmation(let what, let app):
            let view = ConfirmationView(what, detail: try await read("/apps/\(app)"), form: visitor.form)
            return Page(title: view.title, template: "confirmation", view: view)
        case .catalogs:
            let view = CatalogsView(try await read("/app-catalogs"), form: visitor.form, notice: notice, now: now)
            return Page(title: "Catalogs", template: "catalogs", view: view)
        case .catalog(let name):
            let detail = try await read("/app-catalogs/\(name)")
            let listed = try await read("/app-catalogs/\(name)/apps")
            let view = CatalogView(detail, listed: listed, form: visitor.form, notice: notice, now: now)
            return Page(title: "Catalog \(name)", template: "catalog", view: view)
        case .catalogRemoval(let name):
            let view = ConfirmationView(catalog: try await read("/app-catalogs/\(name)"), form: visitor.form)
            return Page(title: view.title, template: "confirmation", view: view)
        case .offer(let app, let catalog):
            let detail = try await read("/apps/\(app)")
            guard let view = OfferView(detail, catalog: catalog.text, form: visitor.form, now: now) else {
                throw PageTrouble(status: 404, error: api.shown(.noSuchRoute))
            }
            return Page(title: "Install \(view.name)", template: "offer", view: view)
        case .scheduler:
            let view = SchedulerView(try await read("/scheduler"), form: visitor.form, notice: notice, now: now)
            return Page(title: "Scheduler", template: "scheduler", view: view)
        case .operations:
            let view = OperationsView(try await read("/operations"), now: now)
            return Page(title: "Operations", template: "operations", view: view)
        case .operation(let id): return page(of: try await operation(id, within: 0))
        }
    }

    /// - Parameter operation: of `/operations/{operation}`.
    func page(of operation: JSONValue) -> Page {
        let view = OperationView(operation, form: visitor.form, now: now)
        return Page(title: view.title, template: "operation", view: view, refreshes: !view.isOver)
    }

    private func apps(_ notice: Notice?) async throws -> Page {
        let view = AppsView(
            list: try await read("/apps"), reviews: try await read("/updates"), form: visitor.form, notice: notice,
            now: now)
        return Page(title: "Apps", template: "apps", view: view)
    }

    private func app(_ app: AppID, _ notice: Notice?) async throws -> Page {
        let path = "/apps/\(app)"
        let detail = try await read(path)
        // Listed, and not installed.
        guard detail.flag("installed") else {
            return Page(title: app.text, template: "absent", view: AbsentView(detail))
        }
        let sources = AppView.Sources(
            detail: detail, runtime: try await read(path + "/runtime"),
            review: try await read(path + "/updates/review"), policy: try await read(path + "/updates/policy"),
            permissions: try await read(path + "/permissions"), history: try await read(path + "/history"))
        let view = AppView(sources, form: visitor.form, notice: notice, now: now)
        return Page(title: view.name, template: "app", view: view)
    }

    // MARK: Reading

    /// One operation.
    ///
    /// - Parameter seconds: how long to wait for its end.
    func operation(_ id: OperationID, within seconds: Int) async throws(PageTrouble) -> JSONValue {
        try await read("/operations/\(id)", query: "wait=\(seconds)").at("operation")
    }

    /// - Returns: nil where it is forgotten, or is none.
    private func notice(_ did: String?) async throws -> Notice? {
        guard let did, let id = OperationID(did) else { return nil }
        do throws(PageTrouble) { return Notice(try await operation(id, within: 0)) } catch {
            guard error.status == 404 else { throw error }
            return nil
        }
    }

    private func read(_ path: String, query: String? = nil) async throws(PageTrouble) -> JSONValue {
        try await ask(APIRequest("GET", PathTemplate.base + path, query: query))
    }

    /// - Throws: what is answered instead of what was asked for.
    func ask(_ request: APIRequest) async throws(PageTrouble) -> JSONValue {
        let response = await api.respond(to: request, caller: visitor.caller)
        let value: JSONValue
        do throws(StrictJSON.SyntaxError) { value = try StrictJSON.parse(response.body) } catch {
            preconditionFailure("the API answers JSON")
        }
        guard response.status < 400 else { throw PageTrouble(status: response.status, error: value.at("error")) }
        return value
    }
}
