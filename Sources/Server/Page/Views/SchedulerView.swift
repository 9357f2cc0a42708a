import HostModel

/// What is done by itself, and when.
package struct SchedulerView: Sendable {
    let form: FormKeys
    let notice: Notice?
    package let isEnabled: Bool
    let state: Badge
    package let rows: [Row]
    let isEmpty: Bool
    let failures: [String]
    let hasFailures: Bool

    package struct Row: Sendable {
        let kind: String
        package let name: String
        let href: String
        package let status: Badge
        let lastCheck: MomentView?
        package let nextCheck: MomentView?
        package let result: String
    }

    /// - Parameter scheduler: of `/scheduler`.
    package init(_ scheduler: JSONValue, form: FormKeys, notice: Notice? = nil, now: Timestamp) {
        self.form = form
        self.notice = notice
        isEnabled = scheduler.flag("enabled")
        state = isEnabled ? .good("On") : .plain("Off")
        rows =
            scheduler.items("catalogs").map { Self.row($0, "Catalog", named: "name", at: "/catalogs/", now) }
            + scheduler.items("apps").map { Self.row($0, "App", named: "app", at: "/apps/", now) }
        isEmpty = rows.isEmpty
        failures = scheduler.items("failures").map { Wording.sentence($0.word("message") ?? "") }
        hasFailures = !failures.isEmpty
    }

    private static func row(
        _ item: JSONValue, _ kind: String, named key: String, at place: String, _ now: Timestamp
    ) -> Row {
        let name = item.word(key) ?? ""
        return Row(
            kind: kind, name: name, href: place + name, status: Wording.schedule(item.word("status") ?? ""),
            lastCheck: MomentView(item.moment("lastCheck"), now: now),
            nextCheck: MomentView(item.moment("nextCheck"), now: now), result: result(of: item))
    }

    private static func result(of item: JSONValue) -> String {
        let count = item.number(at: "failureCount") ?? 0
        let code = item.word("errorCode").map { " (\($0))" } ?? ""
        return switch item.word("lastResult") {
        case "success": "It went well"
        case "failed": (count > 1 ? "It failed \(count) times in a row" : "It failed") + code
        case "skipped": "Left to somebody" + code
        default: "Nothing yet"
        }
    }
}
