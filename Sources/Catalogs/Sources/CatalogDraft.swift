import DiskIO
import Fetching
import HostModel
import Signatures

extension KnownCatalogs {
    /// Adds a catalog, and refreshes it for the first time before it has its name.
    ///
    /// - On disk: `<name>/`, all at once and for good; before that, and on an error, an empty `.work/`.
    /// - Parameters:
    ///   - location: a URL, or an absolute path.
    ///   - certificate: a PEM file of the authorities for its server.
    ///   - confirmation: how the operator knows its root.
    ///   - refreshing: false adds one that lists nothing until it is refreshed.
    /// - Throws: ``CatalogSourceError/rootUnconfirmed(_:fingerprint:)`` when nothing confirms its root, whatever a
    ///   refresh throws, and ``CatalogSourceError/incomplete(_:)`` once it has its name.
    package func add(
        _ name: AppID, at location: String, certificate: [UInt8]? = nil, confirmedBy confirmation: RootConfirmation,
        refreshing: Bool = true, now: Timestamp, options: FetchOptions = .standard,
        cancellation: Cancellation = Cancellation()
    ) async throws(CatalogSourceError) -> CatalogSource {
        let place = try onSource { () throws(FetchError) in try Location(location) }
        if case .path(let path) = place, !path.hasPrefix("/") { throw .pathRelative(path) }
        let lock = try lockNames(for: name)
        defer { withExtendedLifetime(lock) {} }
        if try isThere(name) { throw .alreadyAdded(name) }

        let work = try emptyWork()
        do throws(CatalogSourceError) {
            // Before the root is fetched, which needs the certificate too.
            let draft = try CatalogDirectory.make(name, in: work, certificate: certificate)
            let fetching = draft.fetchOptions(options, hasCertificate: certificate != nil)
            let root = try await confirmation.root(
                of: name, at: place, options: fetching, cancellation: cancellation)
            let source = CatalogSource(
                name: name, location: location, hasCertificate: certificate != nil,
                rootDigest: DigestStream.digest(of: root), addedAt: now)
            try draft.start(source, trusting: root)
            if refreshing {
                try await fill(draft, from: source, now: now, options: options, cancellation: cancellation)
            }
            try giveName(name, from: work)
            return source
        } catch {
            // What cannot be deleted now is no catalog either, and goes with the next addition.
            try? TreeRemoval.empty(work)
            throw error
        }
    }

    /// - Throws: what a refresh throws, but never that it took effect: what it filled is no catalog yet.
    private func fill(
        _ draft: CatalogDirectory, from source: CatalogSource, now: Timestamp, options: FetchOptions,
        cancellation: Cancellation
    ) async throws(CatalogSourceError) {
        do throws(CatalogSourceError) {
            _ = try await draft.refresh(from: source, now: now, options: options, cancellation: cancellation)
        } catch {
            if case .incomplete(let cause) = error { throw cause }
            throw error
        }
    }
}
