import Archives
import Bundles
import DiskIO
import HostModel
import Signatures
import TestSupport
import Testing

/// An archive yields the same entries, or the same failure, whether they come from this process or over the wire of a
/// confined one.
struct ConfinedEntriesTests {
    /// Empty where they cannot be read, which a test of its own tells.
    private static let sources = (try? Samples.names(in: "\(Samples.testBundles)/accepted")) ?? []

    @Test(arguments: RefusedBundle.all)
    func `a refused bundle is the same on both ways`(bundle: RefusedBundle) throws {
        try expectSame(Samples.bytes(of: bundle.path()))
    }

    @Test(arguments: ConfinedEntriesTests.sources, ArchiveFormat.allCases)
    func `an accepted bundle is the same on both ways`(name: String, format: ArchiveFormat) throws {
        let temporary = try TemporaryDirectory()
        let directory = try Directory.open("\(Samples.testBundles)/accepted/\(name)", files: Samples.files)
        let prepared = try BundleSigner(directory).prepare(caseSensitive: name == "case-twins")
        try BundlePacker(directory, prepared).pack(
            as: "bundle", in: temporary.open(), format: format, envelope: prepared.envelope)
        try expectSame(#require(temporary.read("bundle")), isSound: true)
    }

    private func expectSame(_ archive: [UInt8], isSound: Bool = false) throws {
        let direct = EntryTranscript { try ArchiveEntryStream.open(MemorySource(archive)) }
        var sent: [UInt8] = []
        try EntryWriter { sent.append(contentsOf: $0) }.send(sourceNumber: { _ in nil }) {
            try ArchiveEntryStream.open(MemorySource(archive))
        }
        let overWire = EntryTranscript {
            ConfinedEntryStream(MemoryFrames(sent, step: 1000)) { FileSystemError(.read, "archive", number: $0) }
        }
        #expect(overWire == direct)
        if isSound { #expect(direct.failure == nil) }
    }
}
