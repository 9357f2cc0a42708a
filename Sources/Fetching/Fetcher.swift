import HostModel

/// Fetches bytes over `https:`, `http:` of this host, and from files: limited in size and time, and never from another
/// place than was named.
///
/// A thread and a connection are made with the first request over HTTP; ``close()`` ends them.
package struct Fetcher: Sendable {
    private let options: FetchOptions
    private let connections: Connections

    package init(_ options: FetchOptions = .standard) {
        self.options = options
        connections = Connections(options)
    }

    /// Lends a fetcher, and closes it.
    package static func withFetcher<Value>(
        _ options: FetchOptions = .standard, _ body: (Fetcher) async throws -> Value
    ) async rethrows -> Value {
        let fetcher = Fetcher(options)
        do {
            let value = try await body(fetcher)
            await fetcher.close()
            return value
        } catch {
            await fetcher.close()
            throw error
        }
    }

    /// Ends the thread and the connections. What is fetched afterwards makes them again.
    package func close() async { await connections.close() }

    /// All of a document, which is small. After a cut connection it is fetched from its beginning.
    ///
    /// - Parameter limit: of bytes. A server that announces more is not read, and one that sends more is cut off.
    package func bytes(
        _ location: Location, limit: Int64, cancellation: Cancellation = Cancellation()
    ) async throws(FetchError) -> [UInt8] {
        var bytes: [UInt8] = []
        let order = Transfer.Order(
            location: location, expected: nil, limit: limit, resumes: false, time: options.times.document,
            cancellation: cancellation)
        try await fetch(
            order, from: 0, progress: { _ in }, restarted: { bytes.removeAll() },
            into: { bytes.append(contentsOf: $0) })
        return bytes
    }

    /// An artifact, or what is missing of it. A cut connection is continued from where it was.
    ///
    /// Who calls compares the digest: nothing here looks at what the bytes are.
    ///
    /// - Parameters:
    ///   - offset: so many bytes are there already.
    ///   - length: of all of it; another one is refused.
    ///   - limit: of all of it, in bytes.
    ///   - progress: told after each part, from no particular thread.
    ///   - restarted: what was handed out, and what lies before `offset`, is void: the next byte is the first.
    ///   - sink: takes the parts in order. What it throws comes out as ``FetchError/sink(_:)``.
    package func stream(
        _ location: Location, from offset: Int64 = 0, expected length: Int64? = nil, limit: Int64,
        cancellation: Cancellation = Cancellation(), progress: (FetchProgress) -> Void = { _ in },
        restarted: () throws -> Void, into sink: (UnsafeRawBufferPointer) throws -> Void
    ) async throws(FetchError) {
        let order = Transfer.Order(
            location: location, expected: length, limit: limit, resumes: true, time: options.times.stream,
            cancellation: cancellation)
        try await fetch(order, from: max(0, offset), progress: progress, restarted: restarted, into: sink)
    }

    private func fetch(
        _ order: Transfer.Order, from offset: Int64, progress: (FetchProgress) -> Void, restarted: () throws -> Void,
        into sink: (UnsafeRawBufferPointer) throws -> Void
    ) async throws(FetchError) {
        if let expected = order.expected, expected > order.limit {
            throw .tooLong(order.location, limit: order.limit)
        }
        switch order.location {
        case .path(let path):
            try LocalFile(path).read(
                from: offset, expected: order.expected, limit: order.limit,
                check: { () throws(FetchError) in
                    if order.cancellation.isRequested { throw FetchError.interrupted }
                },
                progress: progress, restarted: restarted, into: sink)
        case .https, .http:
            var transfer = Transfer(order, from: offset, options: options, connections: connections)
            try await transfer.run(progress: progress, restarted: restarted, into: sink)
        }
    }
}
