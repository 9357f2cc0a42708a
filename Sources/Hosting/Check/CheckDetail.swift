import Catalogs
import HostModel
import Updates

extension AppCheck {
    /// A label and its value, for people.
    package typealias Row = (label: String, value: String)

    /// Everything that an operator should know before an update; what is not there is left out.
    ///
    /// - Parameter size: how a number of bytes is written.
    package func rows(size: (Int64) -> String) -> [Row] {
        let head: [(String, String?)] = [
            ("app", app.text), ("status", result.status.words), ("because", isOutdated ? nil : reason),
            ("installed", told(result.currentVersion, result.currentDigest)), ("catalog", catalogWords),
            ("also listed in", Self.list(result.alsoListedIn.map(\.text))),
        ]
        var rows = Self.present(head)
        for part in [candidateRows(size), driftRows, reviewRows, policyRows] { rows += part }
        if let next { rows.append((label: "next", value: "apphost \(next)")) }
        return rows
    }

    // MARK: The candidate

    /// What is listed, unless it is what is installed.
    private var candidate: ListedEntry? {
        result.candidate.flatMap { $0.entry.digest == result.currentDigest ? nil : $0 }
    }

    private var reason: String? { result.gates.gates.compactMap(\.stop?.message).first }

    private var catalogWords: String? {
        guard let name = result.catalog else { return nil }
        guard let catalog else { return "\(name), which this host does not know" }
        let refreshed = catalog.health.refreshedAt.map { "verified \(TimeSpan.from(now, to: $0))" } ?? "never verified"
        let failed = catalog.health.errorCode.map { "the last refresh failed (\($0))" }
        return Self.list([name.text, refreshed, failed].compactMap { $0 })
    }

    private func told(_ version: BundleVersion?, _ digest: ContentDigest?) -> String {
        "\(version?.text ?? "unreadable")\(digest.map { ", digest \($0.short)" } ?? "")"
    }

    private func candidateRows(_ size: (Int64) -> String) -> [Row] {
        guard let listed = candidate else { return [] }
        let entry = listed.entry
        let what: [String?] = [
            entry.version.text, "channel \(entry.channel)", entry.publishedAt.map { "published \($0)" },
            staged == entry.digest ? "staged" : nil,
        ]
        let rows: [(String, String?)] = [
            ("candidate", Self.list(what.compactMap { $0 })), ("its digest", entry.digest.hex),
            ("download", size(listed.artifact.length)),
            ("changelog", Self.sentences([entry.changelog?.summary, entry.changelog?.url])),
            ("deprecated", CatalogOffer.deprecated(entry.deprecation)),
        ]
        let advisories = entry.advisories.map { advisory -> (String, String?) in
            ("advisory", Self.sentences([advisory.severity.rawValue, advisory.id, advisory.summary, advisory.url]))
        }
        return Self.present(rows + advisories)
    }

    // MARK: What would change

    private var driftRows: [Row] {
        guard let drift = result.drift else { return [] }
        var rows: [(String, String?)] = []
        for permission in drift.permissions.added {
            rows.append(("adds permission", Self.sentences([permission.name, permission.rationale])))
        }
        for permission in drift.permissions.removed {
            rows.append(("drops permission", Self.sentences([permission.name, permission.rationale])))
        }
        rows.append(("keeps permissions", Self.list(drift.permissions.unchanged.map(\.name))))
        for variable in drift.environment.added { rows.append(("takes variable", Self.words(variable))) }
        for variable in drift.environment.removed { rows.append(("drops variable", variable.name)) }
        let posture = drift.configuration
        rows.append(("transport", posture.transport.map { "\($0.from) → \($0.to)" }))
        rows.append(("permission profile", posture.permissionProfile.map { "\($0.from) → \($0.to)" }))
        let fits =
            switch drift.compatibility {
            case .compatible: "yes"
            case .incompatible(let reason): "no: \(reason)"
            case .unknown: "that cannot be known"
            }
        rows.append(("fits this host", fits))
        return Self.present(rows)
    }

    private static func words(_ variable: CatalogEntry.Variable) -> String? {
        let kinds: [String?] = [variable.required ? "required" : nil, variable.secret ? "secret" : nil]
        let name = list([variable.name] + kinds.compactMap { $0 })
        return sentences([name, variable.description, variable.defaultValue.map { "default \($0)" }])
    }

    // MARK: Who looked at it

    /// Whoever signs a catalog says what is in it; whether somebody reviewed that is another question.
    private var reviewRows: [Row] {
        guard let review = result.review else { return [] }
        let receipt = review.genuine?.receipt
        var rows: [(String, String?)] = [
            ("signed", catalog.map { "its entry, by the publisher of the catalog \($0.name): that is no review" }),
            ("review", verdict(of: review)),
            ("review note", receipt?.note),
            (
                "evidence",
                Self.sentences([receipt?.evidence?.uri, receipt?.evidence?.sha256.map { "SHA-256 \($0.hex)" }])
            ),
        ]
        for warning in review.warnings { rows.append(("review warning", warning)) }
        let claim = review.claim.flatMap { Self.sentences([$0.status.rawValue, $0.note]) }
        rows.append(("publisher claims", claim))
        return Self.present(rows)
    }

    /// Whether a reviewer whom this host trusts looked at it, in these very words.
    func verdict(of review: ReviewEvaluation) -> String {
        guard review.status.isTrusted, let genuine = review.genuine else {
            return "not reviewed by a trusted reviewer: \(review.status.sentence)"
        }
        let who = "trusted reviewer \(genuine.name)"
        let what =
            switch review.status {
            case .trustedCaution: "\(who) advises caution"
            case .trustedRejected: "rejected by \(who)"
            default: "reviewed by \(who)"
            }
        let receipt = genuine.receipt
        let until = receipt.expiresAt.map { ", counts until \($0)" } ?? ""
        return "\(what) at \(receipt.reviewedAt), by the policy \(receipt.policy.id) \(receipt.policy.version)\(until)"
    }

    // MARK: Who may take it

    private var policyRows: [Row] {
        var rows: [(String, String?)] = []
        for question in result.consents {
            rows.append(("asks for consent", "\(question.consent.rawValue): \(question.text)"))
        }
        if isOutdated { rows.append(("a policy may", may)) }
        for stop in result.blockedBy { rows.append(("blocked by", "\(stop.message) (\(stop.code.text))")) }
        return Self.present(rows)
    }

    /// What to do now, without `apphost`; nil where there is nothing to do, or nothing that would help.
    private var next: String? {
        switch result.status {
        case .upToDate: return nil
        case .upgradeAvailable: return update
        case .notCatalogSourced: return move ?? "update \(app) --from SOURCE"
        case .notInCatalog: return move
        case .unknown(let reason):
            let name = result.catalog?.text ?? "NAME"
            switch reason {
            case .catalogNotConfigured: return "catalog add \(name) URL"
            case .catalogUnverified, .catalogExpired: return "catalog refresh \(name)"
            case .entryInvalid, .entryNotABundle: return "catalog info \(name)"
            case .versionNotComparable, .versionDigestDiffers: return update ?? "catalog info \(name)"
            case .manifestUnreadable: return "verify \(app)"
            }
        }
    }

    /// Follows another catalog.
    private var move: String? {
        result.alsoListedIn.first.map { "update \(app) --catalog \($0) --accept publisher" }
    }

    private var update: String? {
        guard let entry = candidate?.entry, !isIncompatible, !isReviewBlocking else { return nil }
        let named = needsVersion ? "\(app)@\(entry.version)" : app.text
        var words = staged == entry.digest ? ["apply", app.text] : ["update", named]
        words += result.drift?.environment.missingValueWords ?? []
        if !result.consents.isEmpty {
            words.append("--accept \(result.consents.map(\.consent.rawValue).joined(separator: ","))")
        }
        return words.joined(separator: " ")
    }

    private var isIncompatible: Bool {
        if case .incompatible? = result.drift?.compatibility { true } else { false }
    }

    /// Whether the review mode leaves nothing to acknowledge.
    private var isReviewBlocking: Bool {
        isStopped(.review) && !result.consents.contains { $0.consent == .review }
    }

    /// Whether it is taken only by its version.
    private var needsVersion: Bool { !isOutdated || isStopped(.channel) }

    private func isStopped(_ name: Gate.Name) -> Bool {
        result.gates.gates.contains { $0.name == name && $0.stop != nil }
    }

    // MARK: Words

    private static func present(_ rows: [(String, String?)]) -> [Row] {
        rows.compactMap { label, value -> Row? in value.map { (label: label, value: $0) } }
    }

    /// - Returns: nil where there is nothing.
    private static func list(_ words: [String]) -> String? { words.isEmpty ? nil : words.joined(separator: ", ") }

    /// What publishers wrote may end in a full stop.
    private static func sentences(_ sentences: [String?]) -> String? {
        let sentences = sentences.compactMap { $0 }
        return sentences.isEmpty ? nil : sentences.joined(separator: " – ")
    }
}
