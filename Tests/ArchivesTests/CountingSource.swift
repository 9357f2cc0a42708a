import Archives
import Synchronization
import TestSupport

/// Counts how often it is read.
final class CountingSource: ByteSource {
    private let source: MemorySource
    private let reads = Mutex(0)

    init(_ source: MemorySource) { self.source = source }

    var size: Int64 { source.size }
    var count: Int { reads.withLock { $0 } }

    func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        reads.withLock { $0 += 1 }
        return try source.read(at: offset, into: buffer)
    }
}
