import Fetching
import HostModel
import Signatures

/// How an operator knows that a catalog's root is the right one.
package enum RootConfirmation: Sendable {
    /// The `root.json` itself, from somebody they trust.
    case root([UInt8])
    /// The SHA-256 of the `root.json` that the source serves.
    case fingerprint(ContentDigest)
    /// Not at all: the refusal tells the fingerprint, to be compared.
    case nothing
}

extension RootConfirmation {
    /// The root that is confirmed, fetched where it was not given.
    ///
    /// - Throws: ``CatalogSourceError/rootUnconfirmed(_:fingerprint:)`` where nothing confirms what is served.
    package func root(
        of name: AppID, at place: Location, options: FetchOptions = .standard,
        cancellation: Cancellation = Cancellation()
    ) async throws(CatalogSourceError) -> [UInt8] {
        if case .root(let bytes) = self { return bytes }
        let fetcher = Fetcher(options)
        do throws(CatalogSourceError) {
            let root = try await servedRoot(of: name, at: place, fetcher, cancellation)
            await fetcher.close()
            return root
        } catch {
            await fetcher.close()
            throw error
        }
    }

    /// Any root leads to the newest. Some repositories serve the newest as `root.json`, and all the first under its
    /// number, so a fingerprint may be of either.
    private func servedRoot(
        of name: AppID, at place: Location, _ fetcher: Fetcher, _ cancellation: Cancellation
    ) async throws(CatalogSourceError) -> [UInt8] {
        var first: ContentDigest?
        for file in ["root.json", "1.root.json"] {
            guard let root = try await Self.fetched(file, at: place, fetcher, cancellation) else { continue }
            let digest = DigestStream.digest(of: root)
            guard case .fingerprint(let expected) = self else {
                // Nobody is asked about the fingerprint of a page that is no root at all.
                try onMetadata { () throws(CatalogError) -> Void in
                    _ = try TrustedRoot(trusting: root, now: Timestamp(seconds: 0))
                }
                throw .rootUnconfirmed(name, fingerprint: digest)
            }
            if digest == expected { return root }
            first = first ?? digest
        }
        guard let found = first, case .fingerprint(let expected) = self else {
            throw .catalog(.notServed(.root, file: "root.json"))
        }
        throw .rootDiffers(expected: expected, found: found)
    }

    /// - Returns: nil where the source has no such file.
    private static func fetched(
        _ file: String, at place: Location, _ fetcher: Fetcher, _ cancellation: Cancellation
    ) async throws(CatalogSourceError) -> [UInt8]? {
        do throws(FetchError) {
            let location = try place.appending("metadata", file)
            return try await fetcher.bytes(location, limit: MetadataLimit.root, cancellation: cancellation)
        } catch {
            switch error {
            // Object stores answer 403 for what is not there to somebody who may not list them.
            case .notFound, .refused(_, status: 403): return nil
            default: throw .fetch(error)
            }
        }
    }
}
