import Archives
import Testing

@testable import Bundles

/// How much is read ahead before anybody has judged it.
struct PrefetchedBatchTests {
    private func link(name: Int, target: Int) -> Batch.Event {
        let bytes = [UInt8](repeating: UInt8(ascii: "a"), count: max(name, target))
        let kind = ArchiveEntry.Kind.link(target: Array(bytes.prefix(target)))
        return .entry(ArchiveEntry(name: Array(bytes.prefix(name)), kind: kind, mode: 0o777))
    }

    @Test(arguments: [(1 << 20, 1), (1, 1 << 20), (128 << 10, 128 << 10)])
    func `long names and targets fill a batch as content does`(name: Int, target: Int) {
        var batch = Batch()
        batch.append(link(name: name, target: target))
        #expect(batch.isFull)
    }

    @Test func `a batch takes many short names, and is empty once it was cleared`() {
        var batch = Batch()
        for _ in 0..<2000 {
            #expect(!batch.isFull)
            batch.append(link(name: 20, target: 20))
        }
        while !batch.isFull { batch.append(link(name: 20, target: 20)) }
        #expect(batch.events.count == 3072)
        batch.clear()
        #expect(!batch.isFull)
        #expect(batch.events.isEmpty)
    }
}
