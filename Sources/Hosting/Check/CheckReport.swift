import Catalogs
import HostModel
import Scheduling
import Updates

/// What `check` and `outdated` show.
package struct CheckReport: Sendable, JSONRepresentable {
    package let apps: [AppCheck]
    let catalogs: [CheckedCatalog]
    let now: Timestamp

    /// Of those apps alone that something newer is listed for.
    package var outdated: CheckReport {
        CheckReport(apps: apps.filter(\.isOutdated), catalogs: catalogs, now: now)
    }

    /// How many apps nothing can be said of.
    package var unknown: Int { apps.filter { $0.result.status.reason != nil }.count }

    /// How old what was looked at is, in a sentence for each catalog.
    package var ages: [String] {
        catalogs.map { catalog in
            guard let refreshed = catalog.health.refreshedAt else {
                return "the catalog \(quoted(catalog.name.text)) was never verified"
            }
            let expires = catalog.health.expiresAt.map { $0 <= now ? "expired" : "expires" }
            let end = catalog.health.expiresAt.map { TimeSpan.from(now, to: $0) }
            let rest = [expires, end].compactMap { $0 }.joined(separator: " ")
            return "the catalog \(quoted(catalog.name.text)) was verified \(TimeSpan.from(now, to: refreshed))"
                + (rest.isEmpty ? "" : "; it \(rest)")
        }
    }

    package var json: JSONValue { ["schema": 1, "catalogs": catalogs, "results": apps] }
}

/// What a check found of one app, in words.
package struct AppCheck: Sendable, JSONRepresentable {
    let result: CheckResult
    /// Of the bundle that waits for apply.
    let staged: ContentDigest?
    /// Where candidates come from; nil where this host knows no such catalog.
    let catalog: CheckedCatalog?
    /// When the scheduler checks it; nil where that cannot be known.
    var schedule: ScheduleSummary?
    let now: Timestamp

    init(result: CheckResult, staged: ContentDigest?, by readings: CheckReadings) {
        self.result = result
        self.staged = staged
        catalog = readings.catalogs.first { $0.name == result.catalog }
        now = readings.now
    }

    package var app: AppID { result.app }

    package var isOutdated: Bool { result.status == .upgradeAvailable }

    package var json: JSONValue { result.json(scheduler: schedule.json) }

    /// For people: app, installed and candidate version, status, what would change, what a policy may do.
    package var cells: [String] {
        [
            app.text, result.currentVersion?.text ?? "-", result.candidate?.entry.version.text ?? "-",
            result.status.words, changes, may,
        ]
    }

    private var changes: String {
        guard let drift = result.drift else { return "-" }
        let words: [String?] = [
            Self.count("+", drift.permissions.added.count, "permission"),
            Self.count("-", drift.permissions.removed.count, "permission"),
            Self.count("+", drift.environment.missing.count, "variable"),
            Self.count("-", drift.environment.removed.count, "variable"),
            drift.configuration.transport.map { _ in "transport" },
            drift.configuration.permissionProfile.map { _ in "permission profile" },
        ]
        let told = words.compactMap { $0 }
        return told.isEmpty ? "-" : told.joined(separator: ", ")
    }

    private static func count(_ sign: String, _ count: Int, _ what: String) -> String? {
        count == 0 ? nil : "\(sign)\(count) \(what)\(count == 1 ? "" : "s")"
    }

    /// What a policy may do with the candidate, and what keeps it from the rest.
    var may: String {
        guard isOutdated else { return "-" }
        if result.eligible.apply { return "stage, apply" }
        let codes = result.blockedBy.map(\.code.text).joined(separator: ", ")
        return result.eligible.stage ? "stage; not apply: \(codes)" : "nothing: \(codes)"
    }
}

/// What `why` shows of one app.
package struct WhyReport: Sendable, JSONRepresentable {
    let result: CheckResult

    /// For people, one for each gate: its name, what it looked at, what came of it.
    package var cells: [[String]] { result.gates.gates.map(\.cells) }

    /// What the app's policy would do now.
    package var sentence: String {
        switch result.gates.action {
        case .nothing: "the policy of \(result.app) would do nothing now"
        case .stage: "the policy of \(result.app) would stage it now"
        case .apply: "the policy of \(result.app) would apply it now"
        }
    }

    package var json: JSONValue {
        let head: JSONValue = [
            "schema": 1, "app": result.app, "status": result.status.name, "reason": result.status.reason?.rawValue,
        ]
        guard case .object(let members) = head, case .object(let gates) = result.gates.json else { return head }
        return .object(members + gates)
    }
}
