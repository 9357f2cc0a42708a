import HostModel

/// Where a catalog's metadata comes from. What it gives is believed in nothing.
package protocol MetadataSource: Sendable {
    /// - Parameters:
    ///   - name: of one file, not encoded: `42.snapshot.json`. It holds the name of a role, so it may be any text;
    ///     where it becomes part of a URL or path it must stay one name.
    ///   - limit: most bytes to read.
    func metadata(_ name: String, limit: Int64) async throws(MetadataSourceError) -> [UInt8]
}

package enum MetadataSourceError: Error {
    /// The source answers that it has no such file. That is how the newest root is recognised.
    case notFound
    case unavailable(any Failure)
    /// It goes on after `limit` bytes.
    case tooLong
}
