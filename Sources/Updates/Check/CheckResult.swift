import Catalogs
import HostModel

/// What a check of one app found.
package struct CheckResult: Sendable {
    package let app: AppID
    /// Where candidates come from; nil where the app came from no catalog.
    package let catalog: AppID?
    package let status: CheckStatus
    /// Nil where it cannot be read.
    package let currentVersion: BundleVersion?
    package let currentDigest: ContentDigest?
    /// What the catalog lists, newer or not; nil where there is nothing, or nothing that can be believed.
    package let candidate: ListedEntry?
    package let comparison: VersionComparison
    /// Nil unless an upgrade is available.
    package let drift: Drift?
    /// Nil where the candidate is missing or is what is installed.
    package let review: ReviewEvaluation?
    /// What the candidate would ask for by hand, as far as its catalog says. The bundle itself may ask for more.
    package let consents: [ConsentQuestion]
    package let gates: GateReport
    /// To be kept for the next check.
    package let sightings: Sightings
    /// Other catalogs that list this id. They are shown, and never chosen.
    package let alsoListedIn: [AppID]

    package var eligible: Eligibility { gates.eligible }

    /// What keeps a candidate from being staged or applied by policy. Empty where there is nothing to keep.
    package var blockedBy: [Gate.Stop] {
        switch status {
        case .upgradeAvailable, .unknown: gates.stops
        case .upToDate, .notCatalogSourced, .notInCatalog: []
        }
    }
}

/// How a candidate differs from what is installed and what the operator set.
package struct Drift: Sendable, Equatable {
    package let permissions: PermissionDelta
    package let environment: EnvironmentDrift
    package let configuration: ConfigurationDrift
    package let compatibility: Compatibility
}

extension CheckResult: JSONRepresentable {
    /// Every key, with null where nothing is known. What the scheduler does with the app is not known here.
    package var json: JSONValue { json(scheduler: .null) }

    /// - Parameter scheduler: what the scheduler does with the app.
    package func json(scheduler: JSONValue) -> JSONValue {
        let entry = candidate?.entry
        let head: JSONValue = [
            "app": app, "catalog": catalog, "status": status.name, "reason": status.reason?.rawValue,
            "currentVersion": currentVersion, "currentDigest": currentDigest, "candidateVersion": entry?.version,
            "candidateDigest": entry?.digest, "channel": entry?.channel, "publishedAt": entry?.publishedAt,
            "versionDifferent": comparison.versionDifferent, "updateAvailable": comparison.updateAvailable,
        ]
        let changelog: JSONValue? = entry?.changelog.map(Self.changelog)
        let claim: JSONValue? = entry?.review.map(Self.claim)
        let middle: JSONValue = [
            "changelog": changelog, "permissionDelta": drift?.permissions, "environmentDrift": drift?.environment,
            "configurationDrift": drift?.configuration, "compatibility": drift?.compatibility.word, "review": claim,
            "reviewTrust": review,
        ]
        let deprecation: JSONValue? = entry.map { Self.deprecation($0.deprecation) }
        let advisories: [JSONValue]? = entry?.advisories.map(Self.advisory)
        let tail: JSONValue = [
            "deprecation": deprecation, "advisories": advisories, "downloadBytes": candidate?.artifact.length,
            "eligible": eligible, "blockedBy": blockedBy, "scheduler": scheduler,
        ]
        return .object([head, middle, tail].flatMap(\.members))
    }

    private static func changelog(_ changelog: CatalogEntry.Changelog) -> JSONValue {
        ["summary": changelog.summary, "url": changelog.url]
    }

    private static func claim(_ review: CatalogEntry.Review) -> JSONValue {
        ["status": review.status.rawValue, "note": review.note]
    }

    private static func deprecation(_ deprecation: CatalogEntry.Deprecation) -> JSONValue {
        [
            "status": deprecation.status.rawValue, "message": deprecation.message,
            "replacement": deprecation.replacement,
        ]
    }

    private static func advisory(_ advisory: CatalogEntry.Advisory) -> JSONValue {
        [
            "id": advisory.id, "severity": advisory.severity.rawValue, "summary": advisory.summary,
            "url": advisory.url,
        ]
    }
}

extension Compatibility {
    /// As output says it.
    package var word: String {
        switch self {
        case .compatible: "compatible"
        case .incompatible: "incompatible"
        case .unknown: "unknown"
        }
    }
}

extension JSONValue {
    /// None where it is no object.
    fileprivate var members: [Member] {
        if case .object(let members) = self { members } else { [] }
    }
}
