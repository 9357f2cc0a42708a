import Archives
import Bundles
import DiskIO
import HostModel
import Signatures
import Storage
import TestSupport
import Testing

/// Every source in `TestBundles/accepted/`, and some that only a test can have: signed, packed, verified.
final class AcceptedBundlesTests {
    private static let key = PrivateKey.generate()

    /// Empty where they cannot be read, which a test of its own tells.
    private static let sources = (try? Samples.names(in: "\(Samples.testBundles)/accepted")) ?? []

    private let temporary: TemporaryDirectory

    init() throws { temporary = try TemporaryDirectory() }

    // MARK: Signing, packing and verifying

    private func source(_ name: String) throws -> Directory {
        try Directory.open("\(Samples.testBundles)/accepted/\(name)", files: Samples.files)
    }

    private func prepare(_ name: String) throws -> BundleSigner.Prepared {
        try BundleSigner(source(name)).prepare(caseSensitive: name == "case-twins")
    }

    /// Packs a directory, signed.
    ///
    /// - Returns: the bytes of the archive.
    private func pack(
        _ directory: Directory, _ prepared: BundleSigner.Prepared, _ format: ArchiveFormat, as name: String = "bundle"
    ) throws -> [UInt8] {
        let file = name + format.rawValue
        let envelope = prepared.envelope.signed(with: Self.key)
        try BundlePacker(directory, prepared).pack(
            as: DiskPath(file), in: temporary.open(), format: format, envelope: envelope)
        return try #require(temporary.read(file))
    }

    private func verify(_ stream: any HashedEntryStream, acceptsUnsigned: Bool = false) throws -> VerifiedBundle {
        let policy = try Samples.policy(trusting: Self.key.publicKey, acceptsUnsigned: acceptsUnsigned)
        let bundle = try BundleVerifier(policy: policy, files: Samples.files).verify(stream)
        try BundleUnpacker(bundle, cancellation: Cancellation()).check()
        return bundle
    }

    private func verify(_ archive: [UInt8]) throws -> VerifiedBundle {
        try verify(PrefetchedEntryStream { try ArchiveEntryStream.open(MemorySource(archive)) })
    }

    /// What refuses an archive; nil where nothing does.
    private func refusal(of archive: [UInt8]) -> FailureCode? { failureCode { _ = try verify(archive) } }

    /// Whether a code says that the bundle is bad, and not that the host is.
    private func blamesTheBundle(_ code: FailureCode?) -> Bool { [65, 77].contains(code?.exitStatus) }

    // MARK: The sources of TestBundles

    @Test func `the sources are there`() throws {
        let names = try Samples.names(in: "\(Samples.testBundles)/accepted")
        let expected: Set = ["notes-1.0", "notes-1.1", "links", "unicode-names", "case-twins"]
        #expect(expected.isSubset(of: names))
    }

    @Test(arguments: AcceptedBundlesTests.sources, ArchiveFormat.allCases)
    func `each is accepted in each format`(name: String, format: ArchiveFormat) throws {
        let prepared = try prepare(name)
        let archive = try pack(source(name), prepared, format)
        let bundle = try verify(archive)
        #expect(bundle.digest == prepared.statement.digest)
        #expect(bundle.manifest == prepared.manifest)
        #expect(bundle.summary.files == prepared.statement.files)
        #expect(bundle.bytes == prepared.statement.bytes)
        #expect(bundle.vouching?.good == [Self.key.publicKey.keyid])
    }

    @Test(arguments: AcceptedBundlesTests.sources, ArchiveFormat.allCases)
    func `packing twice gives the same bytes`(name: String, format: ArchiveFormat) throws {
        let first = try pack(source(name), prepare(name), format, as: "first")
        let second = try pack(source(name), prepare(name), format, as: "second")
        #expect(first == second)
        #expect(try ArchiveFormat.detect(MemorySource(first)) == format)
    }

    @Test(arguments: AcceptedBundlesTests.sources)
    func `each is accepted through the file that it was packed into`(name: String) throws {
        let prepared = try prepare(name)
        let archive = try pack(source(name), prepared, .zip, as: name)
        let opened = try BundleSource.open("\(temporary.path)/\(name).zip", files: Samples.files)
        #expect(try verify(opened.entries()).digest == prepared.statement.digest)
        let artifact = try #require(try opened.artifact())
        #expect(artifact.size == Int64(archive.count))
        #expect(artifact.sha256 == DigestStream.digest(of: archive))
    }

    @Test func `the format plays no part in what a bundle is`() throws {
        let digests = try ArchiveFormat.allCases.map { format in
            try verify(pack(source("notes-1.0"), prepare("notes-1.0"), format)).digest
        }
        #expect(Set(digests).count == 1)
    }

    @Test func `twins in letter case are refused where the signature does not name them`() throws {
        #expect(throws: BundleError.collision("include/ipt_ECN.h", "include/ipt_ecn.h")) {
            try BundleSigner(source("case-twins")).prepare(caseSensitive: nil)
        }
    }

    // MARK: Directories

    private func writeNotes() throws {
        let manifest = #"{"schema":1,"id":"notes","name":"Notes","version":"1.0.0"}"#
        try temporary.write(manifest, to: "notes/apphost/manifest.json")
        try temporary.write("a note\n", to: "notes/a.txt")
    }

    private func notes() throws -> Directory { try temporary.open().directory("notes") }

    private func entries() throws -> any HashedEntryStream {
        try BundleSource.open("\(temporary.path)/notes", files: Samples.files).entries()
    }

    @Test func `a directory that was signed is a bundle, and signing it again changes nothing`() throws {
        try writeNotes()
        try temporary.write("#!/bin/sh\n", to: "notes/bin/notes", mode: 0o755)
        try temporary.makeDirectory("notes/spool")
        try temporary.makeLink("notes/current", to: "bin/notes")
        let signer = BundleSigner(try notes())
        let prepared = try signer.prepare(caseSensitive: nil)
        let envelope = try signer.sign(prepared, with: Self.key)
        #expect(try verify(entries()).digest == prepared.statement.digest)

        let before = try temporary.snapshot()
        let again = try signer.sign(signer.prepare(caseSensitive: nil), with: Self.key)
        #expect(again == envelope)
        #expect(try temporary.snapshot() == before)
    }

    @Test func `a directory with an empty directory and links is accepted in each format`() throws {
        try writeNotes()
        try temporary.makeDirectory("notes/spool")
        try temporary.makeDirectory("notes/empty/inner/most")
        try temporary.makeLink("notes/link", to: "spool")
        try temporary.makeLink("notes/links/alone", to: "../a.txt")
        let prepared = try BundleSigner(notes()).prepare(caseSensitive: nil)
        for format in ArchiveFormat.allCases {
            #expect(try verify(pack(notes(), prepared, format)).digest == prepared.statement.digest)
        }
    }

    @Test func `a signed directory that changed is refused`() throws {
        try writeNotes()
        let signer = BundleSigner(try notes())
        _ = try signer.sign(signer.prepare(caseSensitive: nil), with: Self.key)
        try temporary.write("a fake\n", to: "notes/a.txt")
        let changed = failureCode { _ = try verify(entries()) }
        #expect(changed == .bundleDigestMismatch)
        try temporary.write("a note\n", to: "notes/a.txt", mode: 0o755)
        let executable = failureCode { _ = try verify(entries()) }
        #expect(executable == .bundleEntryMismatch)
        try temporary.write("a note\n", to: "notes/a.txt")
        try temporary.write("more\n", to: "notes/b.txt")
        let extra = failureCode { _ = try verify(entries()) }
        #expect(extra == .bundleEntryUnexpected)
        try temporary.remove("notes/b.txt")
        #expect(try verify(entries()).summary.files == 2)
    }

    @Test func `an unsigned directory is accepted only where the operator says so`() throws {
        try writeNotes()
        let prepared = try BundleSigner(notes()).prepare(caseSensitive: nil)
        try BundlePacker(notes(), prepared).pack(
            as: "unsigned.tar", in: temporary.open(), format: .tar, envelope: nil)
        let archive = try #require(temporary.read("unsigned.tar"))
        #expect(throws: BundleError.unsigned) { try verify(archive) }
        let stream = PrefetchedEntryStream { try ArchiveEntryStream.open(MemorySource(archive)) }
        let bundle = try verify(stream, acceptsUnsigned: true)
        #expect(bundle.vouching == nil)
        #expect(bundle.digest == prepared.statement.digest)
    }

    @Test func `a sound bundle is refused where another app was asked for`() throws {
        let archive = try smallArchive(.tar)
        let (notes, wiki) = (try Samples.app("notes"), try Samples.app("wiki"))
        var policy = try Samples.policy(trusting: Self.key.publicKey)
        policy.app = wiki
        let verifier = BundleVerifier(policy: policy, files: Samples.files)
        let stream = PrefetchedEntryStream { try ArchiveEntryStream.open(MemorySource(archive)) }
        #expect(throws: BundleError.wrongApp(found: notes, expected: wiki)) { try verifier.verify(stream) }
    }

    @Test func `a file that changes while it is packed leaves no archive`() throws {
        try writeNotes()
        let prepared = try BundleSigner(notes()).prepare(caseSensitive: nil)
        try temporary.write("a fake\n", to: "notes/a.txt")
        #expect(throws: BundleError.changedWhilePacking("a.txt")) { try pack(notes(), prepared, .tar) }
        #expect(temporary.names() == ["notes"])
    }

    /// Names are bytes; two spellings of one letter are two names.
    @Test(arguments: ArchiveFormat.allCases)
    func `a name that is not composed stays as it is`(format: ArchiveFormat) throws {
        try writeNotes()
        try temporary.write("decomposed\n", to: "notes/e\u{301}.txt")
        let prepared = try BundleSigner(notes()).prepare(caseSensitive: nil)
        let archive = try pack(notes(), prepared, format)
        #expect(try verify(archive).digest == prepared.statement.digest)
    }

    // MARK: Damage

    /// A bundle as small as one can be that has a payload.
    private func smallArchive(_ format: ArchiveFormat) throws -> [UInt8] {
        try writeNotes()
        return try pack(notes(), BundleSigner(notes()).prepare(caseSensitive: nil), format)
    }

    /// The bytes between the end of a content and the end of its block, which no reader reads.
    private static func padding(of tar: [UInt8]) -> Set<Int> {
        var padding: Set<Int> = []
        var header = 0
        while header < tar.count, tar[header] != 0 {
            let digits = tar[(header + 124)..<(header + 135)]
            let size = Int(String(decoding: digits, as: UTF8.self), radix: 8) ?? 0
            let end = header + 512 + size
            header = (end + 511) / 512 * 512
            padding.formUnion(end..<header)
        }
        return padding
    }

    @Test(arguments: [0x01, 0xFF] as [UInt8], 0..<7)
    func `a byte of a tar that is flipped is refused, wherever it stands`(mask: UInt8, first: Int) throws {
        let tar = try smallArchive(.tar)
        #expect(refusal(of: tar) == nil)
        let padding = Self.padding(of: tar)
        var accepted: [Int] = []
        for index in stride(from: first, to: tar.count, by: 7) where !padding.contains(index) {
            var flipped = tar
            flipped[index] ^= mask
            if !blamesTheBundle(refusal(of: flipped)) { accepted.append(index) }
        }
        #expect(accepted.isEmpty)
    }

    @Test func `what stands in the padding of a tar changes nothing`() throws {
        let tar = try smallArchive(.tar)
        let digest = try verify(tar).digest
        var filled = tar
        for index in Self.padding(of: tar) { filled[index] = 0xFF }
        #expect(filled != tar)
        #expect(try verify(filled).digest == digest)
    }

    /// Times, owners and the like are not read: with them flipped it is the same bundle.
    @Test(arguments: [.zip, .tarGzip, .tarZstd, .tarXz] as [ArchiveFormat])
    func `a bit of an archive that is flipped is refused, or changes nothing`(format: ArchiveFormat) throws {
        let archive = try smallArchive(format)
        let digest = try verify(archive).digest
        var wrong: [Int] = []
        for index in archive.indices {
            var flipped = archive
            flipped[index] ^= 0x10
            do {
                if try verify(flipped).digest != digest { wrong.append(index) }
            } catch let failure as any Failure {
                if !blamesTheBundle(failure.code) { wrong.append(index) }
            }
        }
        #expect(wrong.isEmpty)
    }

    /// Every seventh length, for time.
    @Test(arguments: ArchiveFormat.allCases)
    func `an archive that is cut anywhere is refused`(format: ArchiveFormat) throws {
        let archive = try smallArchive(format)
        #expect(refusal(of: archive) == nil)
        var accepted: [Int] = []
        for length in stride(from: 0, to: archive.count, by: 7)
        where !blamesTheBundle(refusal(of: Array(archive.prefix(length)))) {
            accepted.append(length)
        }
        #expect(accepted.isEmpty)
    }

    @Test(arguments: ArchiveFormat.allCases)
    func `a byte behind the end is refused`(format: ArchiveFormat) throws {
        let archive = try smallArchive(format)
        #expect(refusal(of: archive + [1]) == .bundleArchiveInvalid)
    }
}
