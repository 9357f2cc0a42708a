import Catalogs
import DiskIO
import Fetching
import HostModel
import Storage

/// A catalog as its last refresh left it.
package struct CatalogReading: Sendable {
    package let source: CatalogSource
    package let health: CatalogHealth
    /// What it listed when it was last verified; nil where it never was, or cannot be read now.
    package let stored: StoredCatalog?
    /// Why `stored` is missing, or why nothing may be installed from it any more; nil where it counts.
    package let refusal: (any Failure)?

    package var name: AppID { source.name }

    /// What is said of a catalog that does not count: why not, and what to do.
    static func warning(_ failure: any Failure) -> String {
        [failure.message, failure.help].compactMap { $0 }.joined(separator: "; ")
    }
}

/// What became of the refresh of one catalog.
struct RefreshOutcome {
    let name: AppID
    let result: Result<StoredCatalog, CatalogSourceError>

    /// Nil where it could not be refreshed.
    var stored: StoredCatalog? {
        if case .success(let stored) = result { stored } else { nil }
    }

    /// Nil where it is up to date.
    var failure: CatalogSourceError? {
        if case .failure(let failure) = result { failure } else { nil }
    }
}

extension AppHost {
    // MARK: What every use case of catalogs needs

    /// - Returns: nil where none was ever added.
    func knownCatalogs() throws -> KnownCatalogs? {
        try openRoot()?.partIfPresent(.catalogs).map { KnownCatalogs($0) }
    }

    /// Every catalog, by name, without a request. One that cannot be read is told beside the others, not instead of
    /// them.
    ///
    /// - Parameter refreshed: what was verified a moment ago, and is not read and verified again.
    func readCatalogs(
        refreshed: [AppID: StoredCatalog] = [:]
    ) throws -> (readings: [CatalogReading], failures: [any Failure]) {
        guard let known = try knownCatalogs() else { return ([], []) }
        var readings: [CatalogReading] = []
        var failures: [any Failure] = []
        for name in try known.names() {
            do {
                readings.append(try readCatalog(name, in: known, refreshed: refreshed[name]))
            } catch let failure as any Failure {
                failures.append(failure)
            }
        }
        return (readings, failures)
    }

    /// - Parameter refreshed: as for ``readCatalogs(refreshed:)``.
    func readCatalog(
        _ name: AppID, in known: KnownCatalogs, refreshed: StoredCatalog? = nil
    ) throws -> CatalogReading {
        let source = try known.source(name)
        let health = try known.health(name)
        do {
            let stored = try refreshed ?? known.stored(name, now: now())
            let refusal: (any Failure)? = stored == nil ? CatalogRefusal.neverRefreshed(name) : stored?.refusal
            return CatalogReading(
                source: source, health: health, stored: stored,
                refusal: refusal.map { ($0 as? CatalogRefusal) ?? CatalogRefusal.notCurrent(name, $0) })
        } catch let failure as any Failure {
            return CatalogReading(
                source: source, health: health, stored: nil, refusal: CatalogRefusal.notCurrent(name, failure))
        }
    }

    /// Brings catalogs up to date, one after the other; a failure stops no other.
    ///
    /// - On disk: what was verified as a whole is kept, and `health.json` tells how it went.
    /// - Parameter names: nil for all.
    func refreshCatalogs(
        _ names: [AppID]? = nil, cancellation: Cancellation
    ) async throws -> [RefreshOutcome] {
        guard let known = try knownCatalogs() else {
            return (names ?? []).map { RefreshOutcome(name: $0, result: .failure(.notKnown($0))) }
        }
        var outcomes: [RefreshOutcome] = []
        for name in try names ?? known.names() {
            do {
                let stored = try await known.refresh(
                    name, now: now(), options: fetchOptions, cancellation: cancellation)
                outcomes.append(RefreshOutcome(name: name, result: .success(stored)))
            } catch {
                // What the operator stopped is stopped as a whole.
                if error.code == .interrupted { throw error }
                outcomes.append(RefreshOutcome(name: name, result: .failure(error)))
            }
        }
        return outcomes
    }

    /// Brings the catalog that was named up to date, or all, before something is asked of what they list. Where that
    /// fails the operator is told, and what was verified before is used.
    ///
    /// - On disk: as ``refreshCatalogs(_:cancellation:)``; nothing offline, in a dry run, or for who does not own the
    ///   root.
    /// - Returns: what became of each; nothing where none was asked.
    func refreshBeforehand(_ catalog: AppID?, options: ChangeOptions) async throws -> [RefreshOutcome] {
        if options.offline || options.dryRun { return [] }
        guard let root = try openRoot(), let known = try knownCatalogs(), try !known.names().isEmpty else { return [] }
        guard root.isOurs else {
            options.warn("no catalog is refreshed, because the root belongs to another user")
            return []
        }
        let outcomes = try await refreshCatalogs(catalog.map { [$0] }, cancellation: options.cancellation)
        for outcome in outcomes {
            guard let failure = outcome.failure else { continue }
            let verifiedAt = (try? known.health(outcome.name))?.refreshedAt
            let rest = verifiedAt.map { "using what was verified at \($0)" } ?? "it was never verified before"
            options.warn(
                "the catalog \(quoted(outcome.name.text)) could not be refreshed: \(failure.message); \(rest)")
        }
        return outcomes
    }

    var fetchOptions: FetchOptions {
        var options = fetching
        options.userAgent = "apphost/\(platform.apphost)"
        return options
    }
}

/// Why nothing may be installed from a catalog now. What it listed last is still shown.
package enum CatalogRefusal: Failure {
    case neverRefreshed(AppID)
    /// With the reason: it expired, or its keys were revoked, or it cannot be read.
    case notCurrent(AppID, any Failure)

    package var code: FailureCode {
        switch self {
        case .neverRefreshed: .catalogUnavailable
        case .notCurrent(_, let cause): cause.code
        }
    }

    package var message: String {
        switch self {
        case .neverRefreshed(let name): "the catalog \(quoted(name.text)) was never refreshed"
        case .notCurrent(let name, let cause): "the catalog \(quoted(name.text)) cannot be relied on: \(cause.message)"
        }
    }

    package var help: String? {
        switch self {
        case .neverRefreshed(let name): "'apphost catalog refresh \(name)' gets it"
        case .notCurrent(let name, let cause):
            cause.code == .catalogExpired
                ? "'apphost catalog refresh \(name)'; if that does not help, look at this host's clock, or ask the"
                    + " catalog's keeper to sign it again ('apphost catalog resign')"
                : cause.help ?? "'apphost catalog refresh \(name)'"
        }
    }
}
