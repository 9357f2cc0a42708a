import Catalogs
import Fetching
import HostModel

/// What `catalog list` shows of one catalog.
package struct CatalogSummary: Sendable, JSONRepresentable {
    /// Whether what it listed last counts now.
    package enum State: String, Sendable {
        case current, expired
        /// Its keys do not vouch for it any more, or it is older than what was there before.
        case unverified
        /// The disk does not give it.
        case unreadable
        case neverRefreshed = "never_refreshed"
    }

    package let name: AppID
    /// What may be shown of where it comes from.
    package let location: String
    package let state: State
    package let refreshedAt: Timestamp?
    package let expiresAt: Timestamp?
    /// The code of the last refresh; nil where that went well.
    package let errorCode: String?
    package let failedSince: Timestamp?
    /// How many apps it lists; nil where it cannot be told.
    package let apps: Int?
    /// Why nothing may be installed from it; nil where something may.
    let refusal: (any Failure)?
    private let now: Timestamp

    /// - Parameter listing: all of the catalog; nil where there is none.
    init(_ reading: CatalogReading, listing: CatalogListing?, now: Timestamp) {
        name = reading.name
        location = reading.source.shownLocation
        state = State(reading.refusal)
        refreshedAt = reading.health.refreshedAt
        expiresAt = reading.health.expiresAt
        errorCode = reading.health.errorCode
        failedSince = reading.health.failedSince
        apps = listing.map { Set($0.entries.map(\.entry.id)).count }
        refusal = reading.refusal
        self.now = now
    }

    package var json: JSONValue {
        [
            "name": name, "location": location, "refreshedAt": refreshedAt, "expiresAt": expiresAt,
            "errorCode": errorCode, "failedSince": failedSince, "apps": apps, "state": state.rawValue,
        ]
    }

    /// What goes with results that come from it: `errorCode` says why it does not count, or is not up to date.
    package var brief: JSONValue {
        [
            "name": name, "refreshedAt": refreshedAt, "expiresAt": expiresAt,
            "errorCode": refusal?.code.rawValue ?? errorCode,
        ]
    }

    /// For people: name, apps, state, refreshed, expires, location.
    package var cells: [String] {
        [
            name.text, apps.map { "\($0)" } ?? "-", words, refreshedAt.map { TimeSpan.from(now, to: $0) } ?? "never",
            expiresAt.map { TimeSpan.from(now, to: $0) } ?? "-", location,
        ]
    }

    /// What was added, for people: `3 apps, expires in 29 days`.
    package var contents: String {
        guard let apps, let expiresAt else { return words }
        return "\(apps == 1 ? "1 app" : "\(apps) apps"), expires \(TimeSpan.from(now, to: expiresAt))"
    }

    /// `current`, or what is wrong, and since when.
    fileprivate var words: String {
        let trouble = failedSince.map { "failing since \($0) (\(errorCode ?? "unknown"))" }
        if state == .current, let trouble { return trouble }
        return [state.words, trouble].compactMap { $0 }.joined(separator: ", ")
    }

    /// Label and value, for people.
    fileprivate var rows: [(label: String, value: String)] {
        let rows: [(String, String?)] = [
            ("catalog", name.text), ("from", location), ("state", words),
            ("refreshed", refreshedAt.map { "\($0), \(TimeSpan.from(now, to: $0))" } ?? "never"),
            ("expires", expiresAt.map { "\($0), \(TimeSpan.from(now, to: $0))" }), ("apps", apps.map { "\($0)" }),
        ]
        return rows.compactMap { label, value in value.map { (label, $0) } }
    }
}

extension CatalogSummary.State {
    init(_ refusal: (any Failure)?) {
        guard let refusal else {
            self = .current
            return
        }
        if case .neverRefreshed? = refusal as? CatalogRefusal {
            self = .neverRefreshed
            return
        }
        switch refusal.code {
        case .catalogExpired: self = .expired
        case .catalogUnverified, .catalogRollback: self = .unverified
        default: self = .unreadable
        }
    }

    /// For people.
    package var words: String {
        switch self {
        case .current: "current"
        case .expired: "expired"
        case .unverified: "not verified"
        case .unreadable: "unreadable"
        case .neverRefreshed: "never refreshed"
        }
    }
}

/// What `catalog info` shows of one catalog.
package struct CatalogDetail: Sendable, JSONRepresentable {
    package let summary: CatalogSummary
    private let source: CatalogSource
    /// How many bundles it lists; nil where it cannot be told.
    private let entries: Int?
    private let unknown: [UnknownEntry]

    init(_ reading: CatalogReading, now: Timestamp) {
        let listing = reading.stored?.listing
        summary = CatalogSummary(reading, listing: listing, now: now)
        source = reading.source
        entries = listing?.entries.count
        unknown = listing?.unknown ?? []
    }

    package var json: JSONValue {
        guard case .object(let members) = summary.json else { return summary.json }
        let unusable: [JSONValue] = unknown.map { entry in
            ["path": entry.path, "code": entry.problemCode.rawValue, "message": entry.problem]
        }
        let refusal: JSONValue? = summary.refusal.map {
            ["code": $0.code.rawValue, "message": $0.message] as JSONValue
        }
        let more: JSONValue = [
            "rootFingerprint": source.rootDigest, "addedAt": source.addedAt, "certificate": source.hasCertificate,
            "entries": entries, "unknown": unusable, "refusal": refusal,
        ]
        guard case .object(let added) = more else { return summary.json }
        return .object(members + added)
    }

    /// Label and value, for people; what is not there is left out.
    package var rows: [(label: String, value: String)] {
        var rows = summary.rows
        if let entries { rows.append(("bundles", "\(entries)")) }
        rows.append(("added", "\(source.addedAt)"))
        rows.append(("root", source.rootDigest.hex))
        if source.hasCertificate { rows.append(("certificate", "only the authorities that were given with it")) }
        if let refusal = summary.refusal { rows.append(("refused", "\(refusal.message) (\(refusal.code.rawValue))")) }
        for entry in unknown {
            rows.append(("unusable", "\(entry.path): \(entry.problem) (\(entry.problemCode.rawValue))"))
        }
        return rows
    }
}

extension AppHost {
    /// Every catalog, by name, without a request. One that cannot be read is a failure beside the others.
    package func catalogs() throws -> (catalogs: [CatalogSummary], failures: [any Failure]) {
        let (readings, failures) = try readCatalogs()
        let summaries = readings.map { CatalogSummary($0, listing: $0.stored?.listing, now: now()) }
        return (summaries, failures)
    }

    /// One catalog, without a request.
    package func catalog(_ name: AppID) throws -> CatalogDetail {
        guard let known = try knownCatalogs() else { throw CatalogSourceError.notKnown(name) }
        return CatalogDetail(try readCatalog(name, in: known), now: now())
    }
}

extension CatalogSource {
    /// What may be shown of its location: never a name, password or query.
    fileprivate var shownLocation: String {
        do throws(FetchError) { return try Location(location).description } catch {
            switch error {
            case .locationInvalid(let text, _): return printable(text)
            case .unsupportedSource(let scheme): return "\(scheme):…"
            default: return "…"
            }
        }
    }
}
