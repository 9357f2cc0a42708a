import Archives
import Bundles
import DiskIO
import Glibc
import HostModel
import Signatures
import Storage
import TestSupport
import Testing

/// What is on disk is exchanged after the sidecars were verified, and before the payload is read.
final class ExchangedBundleTests {
    private static let key = PrivateKey.generate()

    private let place: TemporaryDirectory

    init() throws {
        place = try TemporaryDirectory()
        try place.write(
            #"{"schema":1,"id":"notes","name":"Notes","version":"1.0.0"}"#, to: "notes/apphost/manifest.json")
        try place.write("a note\n", to: "notes/a.txt")
        try place.write("b note\n", to: "notes/b.txt")
    }

    private func notes() throws -> Directory { try place.open().directory("notes") }

    private func verified(_ stream: any HashedEntryStream) throws -> VerifiedBundle {
        let policy = try Samples.policy(trusting: Self.key.publicKey)
        return try BundleVerifier(policy: policy, files: Samples.files).verify(stream)
    }

    /// The code of what refuses the payload; nil where nothing does.
    private func refusal(of bundle: VerifiedBundle) -> FailureCode? {
        failureCode { try BundleUnpacker(bundle, cancellation: Cancellation()).check() }
    }

    // MARK: Directories

    /// One way to exchange something in the directory.
    struct Exchange: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let code: FailureCode?
        let make: @Sendable (TemporaryDirectory) throws -> Void

        init(_ what: String, _ code: FailureCode?, _ make: @escaping @Sendable (TemporaryDirectory) throws -> Void) {
            testDescription = what
            self.code = code
            self.make = make
        }
    }

    static let exchanges: [Exchange] = [
        Exchange("nothing", nil) { _ in },
        Exchange("other content", .bundleDigestMismatch) { try $0.write("a fake\n", to: "notes/a.txt") },
        Exchange("more content", .bundleEntryMismatch) { try $0.write("a note\nand more\n", to: "notes/a.txt") },
        Exchange("less content", .bundleEntryMismatch) { try $0.write("a", to: "notes/a.txt") },
        Exchange("another mode", .bundleEntryMismatch) { try $0.setMode("notes/a.txt", to: 0o755) },
        Exchange("a link to the same content", .bundleEntryMismatch) { place in
            try place.write("a note\n", to: "outside")
            try place.remove("notes/a.txt")
            try place.makeLink("notes/a.txt", to: "../outside")
        },
        Exchange("a FIFO", .bundleEntryMismatch) { place in
            try place.remove("notes/a.txt")
            try place.makeFIFO("notes/a.txt")
        },
        Exchange("a directory", .bundleEntryMismatch) { place in
            try place.remove("notes/a.txt")
            try place.makeDirectory("notes/a.txt")
        },
        Exchange("one file less", .bundleEntryMissing) { try $0.remove("notes/b.txt") },
        Exchange("one file more", .bundleEntryUnexpected) { try $0.write("c note\n", to: "notes/c.txt") },
        // These were read, and are not read again.
        Exchange("another manifest", nil) { try $0.write("{}", to: "notes/apphost/manifest.json") },
        Exchange("another inventory", nil) { try $0.write("", to: "notes/apphost/inventory.jsonl") },
        Exchange("no signatures", nil) { try $0.remove("notes/apphost/signatures.json") },
    ]

    @Test(arguments: ExchangedBundleTests.exchanges)
    func `a bundle exchanged between verify and unpack is refused, or is still the one that was verified`(
        exchange: Exchange
    ) throws {
        let signer = BundleSigner(try notes())
        let prepared = try signer.prepare(caseSensitive: nil)
        _ = try signer.sign(prepared, with: Self.key)
        let bundle = try verified(DirectoryEntryStream(notes()))
        try exchange.make(place)
        #expect(refusal(of: bundle) == exchange.code)
        #expect(bundle.digest == prepared.statement.digest)
        #expect(bundle.manifest == prepared.manifest)
    }

    // MARK: Archives

    private func pack(_ archive: String) throws -> ContentDigest {
        let prepared = try BundleSigner(notes()).prepare(caseSensitive: nil)
        try BundlePacker(notes(), prepared).pack(
            as: DiskPath(archive), in: place.open(), format: .tar, envelope: prepared.envelope.signed(with: Self.key))
        return prepared.statement.digest
    }

    enum Replacement: String, CaseIterable, Sendable { case nothing, otherArchive, link, fifo, directory }

    @Test(arguments: Replacement.allCases)
    func `whatever takes the name of an archive, the file that was opened is the one that is read`(
        replacement: Replacement
    ) throws {
        let digest = try pack("notes.tar")
        let bytes = try #require(place.read("notes.tar"))
        let source = try BundleSource.open("\(place.path)/notes.tar", files: Samples.files)
        let bundle = try verified(source.entries())
        try place.remove("notes.tar")
        switch replacement {
        case .nothing: break
        case .otherArchive: try place.write("not a bundle at all\n", to: "notes.tar")
        case .link: try place.makeLink("notes.tar", to: "/etc/passwd")
        case .fifo: try place.makeFIFO("notes.tar")
        case .directory: try place.makeDirectory("notes.tar")
        }
        #expect(refusal(of: bundle) == nil)
        #expect(bundle.digest == digest)
        #expect(try source.artifact()?.sha256 == DigestStream.digest(of: bytes))
    }

    /// The archive is longer than what is read ahead, so what is overwritten was not read yet.
    @Test func `an archive that is overwritten while it is read is refused`() throws {
        try place.write(String(repeating: "0123456789abcdef", count: 1 << 20), to: "notes/large")
        _ = try pack("notes.tar")
        let source = try BundleSource.open("\(place.path)/notes.tar", files: Samples.files)
        let bundle = try verified(source.entries())
        let descriptor = Glibc.open("\(place.path)/notes.tar", O_WRONLY | O_CLOEXEC)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        let evil = Array("evil".utf8)
        try #require(pwrite(descriptor, evil, evil.count, 15 << 20) == evil.count)
        #expect(refusal(of: bundle) == .bundleDigestMismatch)
    }
}

/// Sizes at which 31 and 32 bits end: what is compared and passed on is all of them.
struct LargeSizeTests {
    static let sizes: [Int64] = [
        2_147_483_647, 2_147_483_648, 2_147_483_649, 4_294_967_295, 4_294_967_296, 4_294_967_297, Int64.max,
    ]

    @Test(arguments: LargeSizeTests.sizes)
    func `a size counts in all its bits`(size: Int64) throws {
        let kind = InventoryEntry.Kind.file(size: size, isExecutable: false, sha256: Samples.digest(of: "content"))
        let listed = InventoryEntry(path: try Samples.path("a"), kind: kind)
        #expect(InventoryEntry(line: listed.line[...]) == listed)
        #expect(problem(ofSize: size, listedAs: kind) == nil)
        for other in [0, size - 1, size & 0x7FFF_FFFF, size & 0xFFFF_FFFF, size ^ (1 << 32)] where other != size {
            #expect(problem(ofSize: other, listedAs: kind) != nil, "\(other)")
        }
    }

    private func problem(ofSize size: Int64, listedAs listed: InventoryEntry.Kind) -> String? {
        let entry = ArchiveEntry(name: Array("a".utf8), kind: .file(size: size), mode: 0o644)
        return EntryPolicy.problem(of: entry, listedAs: listed)
    }
}
