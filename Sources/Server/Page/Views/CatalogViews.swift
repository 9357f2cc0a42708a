import HostModel

/// The catalogs that this host follows.
package struct CatalogsView: Sendable {
    let form: FormKeys
    let notice: Notice?
    package let catalogs: [CatalogRow]
    package let isEmpty: Bool
    let warnings: [String]
    let hasWarnings: Bool

    /// - Parameter list: of `/app-catalogs`.
    package init(_ list: JSONValue, form: FormKeys, notice: Notice? = nil, now: Timestamp) {
        self.form = form
        self.notice = notice
        catalogs = list.items("catalogs").map { CatalogRow($0, now: now) }
        isEmpty = catalogs.isEmpty
        warnings = list.words("warnings").map(Wording.sentence)
        hasWarnings = !warnings.isEmpty
    }
}

/// How one catalog is.
package struct CatalogRow: Sendable {
    package let name: String
    let location: String
    package let state: Badge
    let apps: String
    let refreshedAt: MomentView?
    package let expiresAt: MomentView?
    /// Whether it has to be signed again within two days.
    package let expiresSoon: Bool
    package let failure: String?

    init(_ catalog: JSONValue, now: Timestamp) {
        name = catalog.word("name") ?? ""
        location = catalog.word("location") ?? ""
        state = Wording.catalogState(catalog.word("state") ?? "")
        apps = catalog.number(at: "apps").map { Figures.count($0, "app") } ?? "unknown"
        refreshedAt = MomentView(catalog.moment("refreshedAt"), now: now)
        let end = catalog.moment("expiresAt")
        expiresAt = MomentView(end, now: now)
        expiresSoon = end.map { $0 > now && $0.seconds - now.seconds < 2 * 86_400 } ?? false
        failure = catalog.word("errorCode").map { code in
            let since = catalog.moment("failedSince").map { " since \(MomentView($0, now: now).exact)" } ?? ""
            return "Refreshing fails\(since) (\(code)). What was verified before still counts until it expires."
        }
    }
}

/// One catalog, and what it lists.
package struct CatalogView: Sendable {
    let form: FormKeys
    let notice: Notice?
    let catalog: CatalogRow
    let fingerprint: String
    let addedAt: MomentView?
    package let refusal: String?
    let apps: [Listed]
    let isEmpty: Bool
    let unknown: [String]
    let hasUnknown: Bool

    struct Listed: Sendable {
        let id: String
        let name: String
        let version: String
        let summary: String?
        let installed: String?
        let reason: String?
    }

    /// - Parameters:
    ///   - detail: of `/app-catalogs/{catalog}`.
    ///   - listed: of `/app-catalogs/{catalog}/apps`.
    package init(_ detail: JSONValue, listed: JSONValue, form: FormKeys, notice: Notice? = nil, now: Timestamp) {
        self.form = form
        self.notice = notice
        catalog = CatalogRow(detail, now: now)
        fingerprint = detail.word("rootFingerprint") ?? ""
        addedAt = MomentView(detail.moment("addedAt"), now: now)
        refusal = detail.at("refusal").word("message").map(Wording.sentence)
        apps = listed.items("results").map { hit in
            let id = hit.word("id") ?? ""
            return Listed(
                id: id, name: hit.word("name") ?? id, version: hit.word("version") ?? "none for this host",
                summary: hit.word("summary"), installed: hit.word("installed"),
                reason: hit.at("reason").word("message").map(Wording.sentence))
        }
        isEmpty = apps.isEmpty
        unknown = detail.items("unknown").map { entry in
            "\(entry.word("path") ?? ""): \(Wording.sentence(entry.word("message") ?? ""))"
        }
        hasUnknown = !unknown.isEmpty
    }
}

/// An app that is not installed, and who lists it.
struct AbsentView {
    let id: String
    let name: String
    let catalogs: [String]

    /// - Parameter detail: of `/apps/{id}`.
    init(_ detail: JSONValue) {
        let id = detail.word("id") ?? ""
        self.id = id
        let offers = detail.items("catalogs")
        name = offers.first?.word("name") ?? id
        catalogs = offers.compactMap { $0.word("catalog") }
    }
}

/// What a catalog lists of one app, to be looked at before it is installed.
package struct OfferView: Sendable {
    let form: FormKeys
    let catalog: String
    package let id: String
    let name: String
    let summary: String?
    /// Nil where this host would get none.
    package let version: String?
    package let digest: String?
    let size: String
    let channel: String
    let publishedAt: MomentView?
    let requires: String
    let permissions: [Permission]
    let hasPermissions: Bool
    /// Those that are not secret.
    package let inputs: [Input]
    let hasInputs: Bool
    let secrets: [Input]
    let hasSecrets: Bool
    let news: String?
    let newsLink: ForeignLink?
    let advisories: [AdvisoryView]
    let hasAdvisories: Bool
    let deprecation: String?
    let reason: String?
    /// Nil where it is not installed.
    package let installed: String?
    let consents: [ConsentView]

    struct Permission: Sendable {
        let name: String
        let rationale: String?
    }

    package struct Input: Sendable {
        package let name: String
        let description: String?
        let required: Bool
    }

    /// - Parameters:
    ///   - detail: of `/apps/{id}`.
    /// - Returns: nil where the catalog does not list it.
    package init?(_ detail: JSONValue, catalog: String, form: FormKeys, now: Timestamp) {
        guard let offer = detail.items("catalogs").first(where: { $0.word("catalog") == catalog }) else { return nil }
        self.form = form
        self.catalog = catalog
        let id = detail.word("id") ?? ""
        self.id = id
        name = offer.word("name") ?? id
        summary = offer.word("summary")
        version = offer.word("version")
        digest = offer.word("digest")
        size = offer.number(at: "downloadBytes").map(Figures.size) ?? "unknown"
        channel = offer.word("channel") ?? "unknown"
        publishedAt = MomentView(offer.moment("publishedAt"), now: now)
        let needs = offer.at("requires")
        let words = [
            needs.word("apphost").map { "apphost \($0) or newer" },
            needs.at("arch").isThere ? needs.words("arch").joined(separator: " or ") : nil,
        ].compactMap { $0 }
        requires = words.isEmpty ? "Nothing in particular" : words.joined(separator: ", ")
        permissions = offer.items("permissions").map { permission in
            Permission(name: permission.word("permission") ?? "", rationale: permission.word("rationale"))
        }
        hasPermissions = !permissions.isEmpty
        let variables = offer.items("environment")
        inputs = variables.filter { !$0.flag("secret") }.map(Self.input)
        hasInputs = !inputs.isEmpty
        secrets = variables.filter { $0.flag("secret") }.map(Self.input)
        hasSecrets = !secrets.isEmpty
        news = offer.at("changelog").word("summary")
        newsLink = ForeignLink(offer.at("changelog").word("url"))
        advisories = offer.items("advisories").map { AdvisoryView($0) }
        hasAdvisories = !advisories.isEmpty
        deprecation = Deprecation.sentence(offer.at("deprecation"))
        reason = offer.at("reason").word("message").map(Wording.sentence)
        installed = detail.flag("installed") ? detail.word("version") ?? "unknown" : nil
        consents = [Consent.review, .knownBad, .publisher, .unsigned].map { consent in
            ConsentView(name: consent.rawValue, words: Wording.consent(consent))
        }
    }

    private static func input(_ variable: JSONValue) -> Input {
        Input(
            name: variable.word("name") ?? "", description: variable.word("description"),
            required: variable.flag("required"))
    }
}
