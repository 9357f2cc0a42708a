/// What a check finds of one app. A problem with an app is its status, never an error.
package enum CheckStatus: Sendable, Equatable {
    /// What is installed is what the catalog lists, or newer.
    case upToDate
    case upgradeAvailable
    case notCatalogSourced
    /// Its catalog does not list the app, or not the version that was asked for.
    case notInCatalog
    case unknown(UnknownReason)

    package var name: String {
        switch self {
        case .upToDate: "up-to-date"
        case .upgradeAvailable: "upgrade-available"
        case .notCatalogSourced: "not-catalog-sourced"
        case .notInCatalog: "not-in-catalog"
        case .unknown: "unknown"
        }
    }

    package var reason: UnknownReason? {
        if case .unknown(let reason) = self { reason } else { nil }
    }

    /// - Returns: nil when the two are no ``name`` and ``reason``.
    package init?(name: String, reason: UnknownReason?) {
        if name == "unknown" {
            guard let reason else { return nil }
            self = .unknown(reason)
            return
        }
        let known: [CheckStatus] = [.upToDate, .upgradeAvailable, .notCatalogSourced, .notInCatalog]
        guard reason == nil, let status = known.first(where: { $0.name == name }) else { return nil }
        self = status
    }
}

/// Why nothing can be said of an update.
package enum UnknownReason: String, Sendable, CaseIterable {
    case catalogNotConfigured = "catalog_not_configured"
    case catalogUnverified = "catalog_unverified"
    case catalogExpired = "catalog_expired"
    case entryInvalid = "entry_invalid"
    case entryNotABundle = "entry_not_a_bundle"
    case versionNotComparable = "version_not_comparable"
    /// Another bundle is listed as the version that is installed.
    case versionDigestDiffers = "version_digest_differs"
    case manifestUnreadable = "manifest_unreadable"
}
