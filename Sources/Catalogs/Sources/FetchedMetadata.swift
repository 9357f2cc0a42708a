import Fetching
import HostModel

/// Metadata from a place that ``Fetching`` can read: a file for each name below it.
package struct FetchedMetadata: MetadataSource {
    private let base: Location
    private let fetcher: Fetcher
    private let cancellation: Cancellation

    /// - Parameter base: the metadata directory.
    package init(base: Location, fetcher: Fetcher, cancellation: Cancellation = Cancellation()) {
        self.base = base
        self.fetcher = fetcher
        self.cancellation = cancellation
    }

    package func metadata(_ name: String, limit: Int64) async throws(MetadataSourceError) -> [UInt8] {
        do throws(FetchError) {
            let location = try base.appending([name])
            return try await fetcher.bytes(location, limit: limit, cancellation: cancellation)
        } catch {
            throw MetadataSourceError(error)
        }
    }
}

extension MetadataSourceError {
    /// Object stores answer 403 for what is not there to somebody who may not list them.
    fileprivate init(_ error: FetchError) {
        switch error {
        case .notFound, .refused(_, status: 403): self = .notFound
        case .tooLong: self = .tooLong
        default: self = .unavailable(error)
        }
    }
}
