import HostModel

/// What takes its time: how far it is, or what came of it.
package struct OperationView: Sendable {
    let form: FormKeys
    package let id: String
    package let title: String
    package let state: Badge
    package let isOver: Bool
    let startedAt: MomentView?
    let endedAt: MomentView?
    package let progress: Progress?
    package let sentences: [String]
    let warnings: [String]
    let hasWarnings: Bool
    package let trouble: TroubleView?
    let next: Link

    package struct Progress: Sendable {
        package let step: String
        package let words: String
        /// Nil where the end is not known.
        package let percent: Int64?
    }

    struct Link: Sendable {
        let href: String
        let text: String
    }

    /// - Parameter operation: of `/operations/{operation}`.
    package init(_ operation: JSONValue, form: FormKeys, now: Timestamp) {
        self.form = form
        id = operation.word("id") ?? ""
        let kind = operation.word("kind") ?? ""
        let app = operation.word("app")
        title = [Wording.operation(kind), app].compactMap { $0 }.joined(separator: " ")
        let state = operation.word("state") ?? ""
        self.state = Wording.operationState(state)
        isOver = state == Operation.State.done.rawValue || state == Operation.State.failed.rawValue
        startedAt = MomentView(operation.moment("startedAt"), now: now)
        endedAt = MomentView(operation.moment("endedAt"), now: now)
        progress = isOver ? nil : Self.progress(operation.at("progress"))
        sentences = Self.sentences(of: operation)
        warnings = operation.words("warnings").map(Wording.sentence)
        hasWarnings = !warnings.isEmpty
        next = Self.next(kind, app)
        let error = operation.at("error")
        trouble = error.isThere ? TroubleView(error: error, href: Self.origin(kind, app)) : nil
    }

    private static func progress(_ progress: JSONValue) -> Progress? {
        guard progress.isThere else { return nil }
        let done = progress.number(at: "done") ?? 0
        let total = progress.number(at: "total")
        let words = total.map { "\(Figures.size(done)) of \(Figures.size($0))" } ?? Figures.size(done)
        let percent = total.flatMap { $0 > 0 ? min(100, done / max(1, $0 / 100)) : nil }
        return Progress(step: Wording.step(progress.word("step") ?? ""), words: words, percent: percent)
    }

    /// What came of it, a sentence for each thing.
    package static func sentences(of operation: JSONValue) -> [String] {
        let result = operation.at("result")
        guard result.isThere else { return [] }
        if result.at("catalogs").isThere, result.at("results").isThere { return checks(result) }
        if let name = result.at("catalog").word("name") { return ["The catalog \(name) was added and verified."] }
        if let name = result.word("name") { return ["The catalog \(name) was removed."] }
        let sentences = result.items("results").compactMap { item -> String? in
            guard let message = item.word("message") else { return nil }
            return Wording.sentence(message)
        }
        if sentences.isEmpty, result.at("nextCheck").isThere || result.at("status").isThere {
            return ["Nothing was due."]
        }
        return sentences
    }

    private static func checks(_ result: JSONValue) -> [String] {
        let found = result.items("results")
        let newer = found.filter { $0.word("status") == "upgrade-available" }
        if newer.isEmpty { return [found.isEmpty ? "There is no app to check." : "Nothing newer is listed."] }
        return newer.map { "\($0.word("app") ?? ""): \($0.word("candidateVersion") ?? "") is available." }
    }

    /// Where it can be looked at what to do after a failure.
    private static func origin(_ kind: String, _ app: String?) -> String {
        guard let app else { return next(kind, nil).href }
        switch kind {
        case "stageUpdate", "updateApp", "applyUpdate": return "/apps/\(app)/review"
        case "installApp", "installFromCatalog": return "/catalogs"
        default: return "/apps/\(app)"
        }
    }

    private static func next(_ kind: String, _ app: String?) -> Link {
        switch kind {
        case "addCatalog", "refreshCatalogs", "refreshCatalog", "removeCatalog":
            return Link(href: "/catalogs", text: "See the catalogs")
        case "runScheduler": return Link(href: "/scheduler", text: "See the scheduler")
        case "uninstallApp": return Link(href: "/", text: "See all apps")
        case "stageUpdate":
            if let app { return Link(href: "/apps/\(app)/review", text: "See the review") }
        default:
            if let app { return Link(href: "/apps/\(app)", text: "See \(app)") }
        }
        return Link(href: "/", text: "See all apps")
    }
}

/// Those under way and the last that are over.
package struct OperationsView: Sendable {
    package let rows: [Row]
    let isEmpty: Bool

    package struct Row: Sendable {
        let id: String
        package let title: String
        package let state: Badge
        let startedAt: MomentView?
    }

    /// - Parameter operations: of `/operations`.
    package init(_ operations: JSONValue, now: Timestamp) {
        rows = operations.items("operations").map { operation in
            let what = [Wording.operation(operation.word("kind") ?? ""), operation.word("app")]
            return Row(
                id: operation.word("id") ?? "", title: what.compactMap { $0 }.joined(separator: " "),
                state: Wording.operationState(operation.word("state") ?? ""),
                startedAt: MomentView(operation.moment("startedAt"), now: now))
        }
        isEmpty = rows.isEmpty
    }
}

/// Where somebody signs in.
struct SignInView: Sendable {
    /// Where they wanted to go.
    let destination: String
    let isWrong: Bool
    /// Whether there is no token at all yet.
    let isFirst: Bool
}
