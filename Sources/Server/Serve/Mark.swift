import Synchronization

/// Something that happened, whoever made it happen.
final class Mark: Sendable {
    private let happened = Mutex(false)

    var isSet: Bool { happened.withLock { $0 } }

    func set() { happened.withLock { $0 = true } }
}
