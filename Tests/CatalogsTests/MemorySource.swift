import Catalogs
import HostModel
import Synchronization

/// A source of metadata that a test writes to, and that notes what it was asked for.
final class MemorySource: MetadataSource {
    private let files = Mutex<[String: [UInt8]]>([:])
    private let asked = Mutex<[String]>([])
    private let unreachable = Mutex<Bool>(false)

    subscript(name: String) -> [UInt8]? {
        get { files.withLock { $0[name] } }
        set { files.withLock { $0[name] = newValue } }
    }

    /// Every name asked for so far, in order.
    var requests: [String] { asked.withLock { $0 } }

    func forgetRequests() { asked.withLock { $0 = [] } }

    /// Whether every request fails.
    var isUnreachable: Bool {
        get { unreachable.withLock { $0 } }
        set { unreachable.withLock { $0 = newValue } }
    }

    func metadata(_ name: String, limit: Int64) async throws(MetadataSourceError) -> [UInt8] {
        asked.withLock { $0.append(name) }
        if isUnreachable { throw .unavailable(Unreachable()) }
        guard let bytes = self[name] else { throw .notFound }
        guard Int64(bytes.count) <= limit else { throw .tooLong }
        return bytes
    }
}

private struct Unreachable: Failure {
    var code: FailureCode { .busy }
    var message: String { "the source cannot be reached" }
    var help: String? { nil }
}
