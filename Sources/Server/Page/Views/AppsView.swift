import HostModel

/// Every installed app, and what is there for it.
package struct AppsView: Sendable {
    package let form: FormKeys
    let notice: Notice?
    package let apps: [AppCard]
    package let isEmpty: Bool
    let hasCatalogs: Bool
    package let warnings: [String]
    let hasWarnings: Bool

    /// - Parameters:
    ///   - list: of `/apps`.
    ///   - reviews: of `/updates`.
    package init(list: JSONValue, reviews: JSONValue, form: FormKeys, notice: Notice? = nil, now: Timestamp) {
        let found = reviews.items("results")
        apps = list.items("apps").map { app in
            AppCard(app, review: found.first { $0.word("app") == app.word("id") } ?? .null)
        }
        isEmpty = apps.isEmpty
        hasCatalogs = !reviews.items("catalogs").isEmpty
        var warnings = reviews.items("catalogs").compactMap { CatalogAge.warning(of: $0, now: now) }
        for warning in list.words("warnings") + reviews.words("warnings") {
            let sentence = Wording.sentence(warning)
            if !warnings.contains(sentence) { warnings.append(sentence) }
        }
        self.warnings = warnings
        hasWarnings = !warnings.isEmpty
        self.form = form
        self.notice = notice
    }
}

/// One app among others.
package struct AppCard: Sendable {
    package let id: String
    package let name: String
    package let version: String
    package let state: Badge
    package let policy: String
    package let held: String?
    package let outlook: Outlook

    init(_ app: JSONValue, review: JSONValue) {
        let id = app.word("id") ?? ""
        self.id = id
        name = app.word("name") ?? id
        version = app.word("version") ?? "unknown"
        state = Wording.running(app.choice("running"))
        policy = Wording.shortPolicy(app.word("policy") ?? "manual")
        held = HoldWords.sentence(app.at("hold"))
        outlook = Outlook(review)
    }
}

/// What there is for an app, and why it is or is not taken.
package struct Outlook: Sendable, Equatable {
    package let news: String
    package let tone: String
    package let why: String
    /// Whether there is something to look at.
    package let isReviewed: Bool

    /// - Parameter review: of `/apps/{id}/updates/review`.
    package init(_ review: JSONValue) {
        let check = review.at("check")
        let staged = review.at("staged").word("version")
        let stop = Self.stop(review)
        switch check.word("status") {
        case "upgrade-available":
            let version = check.word("candidateVersion") ?? ""
            news = staged == version ? "\(version) is staged" : "\(version) is available"
            tone = "warn"
            switch review.word("action") {
            case "apply": why = "The policy will apply it."
            case "stage": why = staged == version ? "It waits to be applied." : "The policy will stage it."
            default: why = "Not taken by itself: " + (stop ?? "nothing says why") + (stop.map(Self.end) ?? ".")
            }
            isReviewed = true
            return
        case "up-to-date":
            news = "Up to date"
            tone = "good"
            why = "Its catalog lists nothing newer."
        case "not-catalog-sourced":
            news = "From a file"
            tone = "plain"
            why = "It was not installed from a catalog, so none is asked for updates."
        case "not-in-catalog":
            news = "Listed no more"
            tone = "warn"
            why = "The catalog that it came from does not list it any more."
        default:
            news = "Unknown"
            tone = "warn"
            why = Wording.sentence(stop ?? "what was found of it cannot be read")
        }
        isReviewed = staged != nil
    }

    /// The first gate that stopped.
    private static func stop(_ review: JSONValue) -> String? {
        review.items("gates").first { $0.word("outcome") == "stopped" }?.word("message")
    }

    private static func end(_ sentence: String) -> String { ".!?…".contains(sentence.last ?? ".") ? "" : "." }
}

/// What was done just now, told on the page that shows it.
package struct Notice: Sendable {
    let sentences: [String]

    /// - Parameter operation: one that is done.
    /// - Returns: nil where there is nothing to tell.
    package init?(_ operation: JSONValue) {
        guard operation.word("state") == Operation.State.done.rawValue else { return nil }
        sentences = OperationView.sentences(of: operation)
        if sentences.isEmpty { return nil }
    }
}

/// What keeps an app as it is. Pure.
enum HoldWords {
    /// - Returns: nil where nothing does.
    static func sentence(_ hold: JSONValue) -> String? {
        guard hold.isThere else { return nil }
        guard let end = hold.moment("until") else { return "Held until somebody ends it" }
        return "Held until \(MomentView(end, now: end).exact)"
    }
}

/// How old what a catalog says is. Pure.
enum CatalogAge {
    /// - Returns: nil where it is as it should be.
    static func warning(of catalog: JSONValue, now: Timestamp) -> String? {
        guard let code = catalog.word("errorCode"), let name = catalog.word("name") else { return nil }
        guard let refreshed = catalog.moment("refreshedAt") else {
            return "The catalog \(name) was never verified (\(code)), so nothing of it is shown."
        }
        let age = MomentView(refreshed, now: now).relative
        return "The catalog \(name) could not be refreshed (\(code)). What follows was verified \(age)."
    }
}
