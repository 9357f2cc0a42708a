import HostModel
import Synchronization

/// A clock that moves by hand.
package final class FixedClock: Sendable {
    private let time: Mutex<Timestamp>

    /// - Parameter start: 2026-05-01T10:00:00Z unless said otherwise.
    package init(_ start: Timestamp = Timestamp(seconds: 1_777_629_600)) { time = Mutex(start) }

    package func now() -> Timestamp { time.withLock { $0 } }

    package func advance(by seconds: Int64) {
        time.withLock { $0 = Timestamp(seconds: $0.seconds + seconds) }
    }
}
