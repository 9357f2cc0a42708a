import Catalogs
import HostModel

/// A catalog as checks of many apps look at it: sorted by app once.
package struct CheckedCatalog: Sendable {
    package let name: AppID
    package let health: CatalogHealth
    /// Why nothing may be taken from it now; nil where it counts.
    package let refusal: (any Failure)?
    private let listings: [AppID: CatalogListing]

    /// - Parameters:
    ///   - listing: nil where nothing of it can be read.
    ///   - refusal: must be said where `listing` is nil.
    package init(name: AppID, health: CatalogHealth, listing: CatalogListing?, refusal: (any Failure)?) {
        self.name = name
        self.health = health
        self.refusal = refusal
        var entries: [AppID: [ListedEntry]] = [:]
        for entry in listing?.entries ?? [] { entries[entry.entry.id, default: []].append(entry) }
        var unknown: [AppID: [UnknownEntry]] = [:]
        for entry in listing?.unknown ?? [] {
            if let id = entry.id { unknown[id, default: []].append(entry) }
        }
        var listings = entries.mapValues { CatalogListing(entries: $0) }
        for (id, entriesOfApp) in unknown {
            listings[id] = CatalogListing(entries: entries[id] ?? [], unknown: entriesOfApp)
        }
        self.listings = listings
    }

    /// What it lists of one app, and nothing else.
    package func listing(of id: AppID) -> CatalogListing { listings[id] ?? CatalogListing(entries: []) }

    /// Whether anything is said of an app, be it that it cannot be used.
    package func lists(_ id: AppID) -> Bool { listings[id] != nil }
}

extension CheckedCatalog: JSONRepresentable {
    /// Of what a check looked at, how old it is, and how the last refresh went.
    package var json: JSONValue {
        [
            "name": name, "refreshedAt": health.refreshedAt, "expiresAt": health.expiresAt,
            "errorCode": health.errorCode ?? refusal?.code.rawValue,
        ]
    }
}
