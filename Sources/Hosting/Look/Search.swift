import Catalogs
import HostModel

/// What `search` found in what is stored.
package struct SearchResult: Sendable {
    /// Every catalog that could be read.
    package let catalogs: [CatalogSummary]
    /// One for each app and catalog.
    package let hits: [SearchHit]
}

/// One app as one catalog lists it.
package struct SearchHit: Sendable, JSONRepresentable {
    package let offer: CatalogOffer
    /// The version that is installed, wherever it came from.
    package let installed: BundleVersion?

    package var json: JSONValue {
        let described = offer.described
        return [
            "id": offer.id, "name": described?.name, "version": offer.newest?.entry.version, "catalog": offer.catalog,
            "channel": offer.newest?.entry.channel, "summary": described?.summary, "versions": offer.versions,
            "installed": installed, "deprecation": described.map { CatalogOffer.deprecation($0.deprecation) },
            "status": offer.status.rawValue, "reason": offer.reason,
        ]
    }

    /// For people: app, version, installed version, catalog, and what it is or what is wrong with it.
    package var cells: [String] {
        let described = offer.described
        let deprecated = described.flatMap { CatalogOffer.deprecated($0.deprecation) }
        let words = [
            described?.summary ?? described?.name, deprecated.map { "deprecated: \($0)" }, offer.reason?.message,
        ]
        return [
            offer.id.text, offer.newest?.entry.version.text ?? "-", installed?.text ?? "-", offer.shownCatalog,
            words.compactMap { $0 }.joined(separator: " – "),
        ]
    }
}

extension AppHost {
    /// Looks for apps in what catalogs listed when they were last verified. Requests nothing.
    ///
    /// A catalog that does not count any more is searched all the same, and one that cannot be read hides no other.
    ///
    /// - Parameters:
    ///   - text: part of an id, a name or a summary, in any letter case; nil finds everything.
    ///   - warn: told about each catalog that does not count, or cannot be read.
    /// - Returns: the app with exactly this id first, the others by id.
    package func search(_ text: String?, warn: (String) -> Void = { _ in }) throws -> SearchResult {
        let (readings, failures) = try readCatalogs()
        for failure in failures { warn(CatalogReading.warning(failure)) }
        for refusal in readings.compactMap(\.refusal) { warn(CatalogReading.warning(refusal)) }
        var installed: [AppID: BundleVersion] = [:]
        for app in try list().apps { installed[app.id] = app.version }

        let text = text?.lowercased() ?? ""
        var summaries: [CatalogSummary] = []
        var found: [CatalogOffer] = []
        for reading in readings {
            // Read once for both.
            let listing = reading.stored?.listing
            summaries.append(CatalogSummary(reading, listing: listing, now: now()))
            if let listing { found += reading.offers(in: listing, on: platform).filter { $0.matches(text) } }
        }
        let sorted = found.sorted { a, b in
            let (first, second) = (a.id.text == text, b.id.text == text)
            if first != second { return first }
            return a.id == b.id ? a.catalog < b.catalog : a.id < b.id
        }
        return SearchResult(
            catalogs: summaries, hits: sorted.map { SearchHit(offer: $0, installed: installed[$0.id]) })
    }
}

extension CatalogOffer {
    /// - Parameter text: in lower case.
    fileprivate func matches(_ text: String) -> Bool {
        if text.isEmpty || id.text.contains(text) { return true }
        return entries.contains { listed in
            [listed.entry.name, listed.entry.summary ?? ""].contains { $0.lowercased().contains(text) }
        }
    }
}
