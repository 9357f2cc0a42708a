import Synchronization

/// How many requests were answered, by route and status. Routes are templates, so there are only so many.
package final class RequestCounter: Sendable {
    private let counts = Mutex<[Key: Int64]>([:])

    private struct Key: Hashable, Comparable {
        let route: String
        let status: Int

        static func < (a: Key, b: Key) -> Bool { (a.route, a.status) < (b.route, b.status) }
    }

    package init() {}

    /// - Parameter route: nil where the request matched none.
    package func count(route: String?, status: Int) {
        counts.withLock { $0[Key(route: route ?? "none", status: status), default: 0] += 1 }
    }

    /// In order.
    package var all: [(route: String, status: Int, count: Int64)] {
        let counts = counts.withLock { $0 }
        return counts.sorted { $0.key < $1.key }.map { (route: $0.key.route, status: $0.key.status, count: $0.value) }
    }
}
