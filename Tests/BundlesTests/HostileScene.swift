import Bundles
import DiskIO
import Glibc
import HostModel
import Signatures
import Storage
import TestSupport
import Testing

/// A root in which an older version of the refused bundles' app is installed, and other people's files around it.
///
/// It is made once for all bundles: none of them may change it.
final class HostileScene: Sendable {
    /// Set while a suite with the trait ``Testing/Trait/hostileScene`` runs.
    @TaskLocal static var current: HostileScene?

    let policy: AcceptancePolicy
    private let temporary: TemporaryDirectory
    private let root: ManagedRoot
    private let engine: StorageEngine
    private let before: [String: String]

    init() async throws {
        temporary = try TemporaryDirectory()
        let publicKey = "\(Samples.testBundles)/keys/signer.pub"
        policy = try Samples.policy(trusting: PublicKey.read(Samples.bytes(of: publicKey), file: publicKey))
        root = try ManagedRoot.openOrMake(
            temporary.path + "/host/root", user: LinuxFileSystem.effectiveUser, files: Samples.files)
        engine = StorageEngine(root: root, now: { Samples.now })
        try Self.writeCanaries(in: temporary)
        try Self.write("0.9.0", to: "older", in: temporary)
        try Self.write("1.0.0", to: "newer", in: temporary)
        try await Self.install("\(temporary.path)/older", policy: policy, by: engine)
        before = try Self.shape(of: temporary)
    }

    /// Verifies a bundle and unpacks it into staging, as an update of what is installed does.
    ///
    /// - Parameter step: what is being done, for whoever catches what it throws.
    /// - Throws: what refuses the bundle.
    func unpack(_ path: String, step: inout String) throws {
        step = "verify"
        let source = try BundleSource.open(path, files: Samples.files)
        let bundle = try BundleVerifier(policy: policy, files: Samples.files).verify(source.entries())
        step = "unpack"
        let reuse = try reuse(for: bundle.app)
        let tree = try engine.beginStaging(bundle.app, wait: false)
        let unpacked = try BundleUnpacker(bundle, cancellation: Cancellation()).unpack(into: tree, reuse: reuse)
        try unpacked.discard()
    }

    /// A sound bundle that what is installed could be updated to.
    var newer: String { "\(temporary.path)/newer" }

    /// Changes the mode of a file that is none of AppHost's, for as long as `body` runs.
    func touching(_ body: () throws -> Void) throws {
        try temporary.setMode("host/passwd", to: 0o644)
        try body()
        try temporary.setMode("host/passwd", to: 0o600)
    }

    /// What is not as it was before the first bundle, and what is left over: each by its path.
    func changes() throws -> [String] {
        let now = try Self.shape(of: temporary)
        let names = Set(before.keys).union(now.keys).filter { before[$0] != now[$0] }
        return names.sorted() + temporary.names("host/root/staging") + temporary.names("host/root/trash")
    }

    /// Whether the installed version still verifies to its last byte.
    func isSound() throws -> Bool {
        let app = try Samples.app("sample")
        guard let slot = try root.app(app)?.open(.installed) else { return false }
        return try slotVerifier.verify(slot, app: app).isSound
    }

    private var slotVerifier: SlotVerifier {
        var policy = policy
        policy.standing = .installed
        return SlotVerifier(policy: policy, files: Samples.files, cancellation: Cancellation())
    }

    private func reuse(for app: AppID) throws -> Reuse? {
        guard let slot = try root.app(app)?.open(.installed) else { return nil }
        return Reuse(try slotVerifier.begin(slot, app: app, contentOnly: true), sharing: .link)
    }

    // MARK: Making

    private static func writeCanaries(in place: TemporaryDirectory) throws {
        for directory in ["", "host/", "host/root/", "host/root/apps/", "host/root/apps/sample-evil/"] {
            try place.write("nobody may write here\n", to: directory + "passwd", mode: 0o600)
        }
        try place.write("mine\n", to: "host/root/data/sample/notes.txt")
        try place.makeDirectory("host/etc/cron.d", mode: 0o777)
        try place.makeLink("host/root/data/out", to: "../../etc")
    }

    /// A directory that is a signed bundle of the refused bundles' app.
    private static func write(_ version: String, to name: String, in place: TemporaryDirectory) throws {
        let manifest =
            #"{"schema":1,"id":"sample","name":"Sample","version":"\#(version)","launch":{"command":["bin/run"]}}"#
        try place.write(manifest, to: "\(name)/apphost/manifest.json")
        try place.write("#!/bin/sh\necho run\n", to: "\(name)/bin/run", mode: 0o755)
        try place.write("\(version)\n", to: "\(name)/data/a.txt")
        // As in the refused bundles, so that it is shared with them.
        try place.write("b\n", to: "\(name)/data/b.txt")
        let pem = "\(Samples.testBundles)/keys/signer.pem"
        let key = try PrivateKey(pem: Samples.bytes(of: pem), file: pem)
        let signer = BundleSigner(try place.open().directory(DiskPath(name)))
        _ = try signer.sign(signer.prepare(caseSensitive: nil), with: key)
    }

    private static func install(_ path: String, policy: AcceptancePolicy, by engine: StorageEngine) async throws {
        let source = try BundleSource.open(path, files: Samples.files)
        let bundle = try BundleVerifier(policy: policy, files: Samples.files).verify(source.entries())
        let tree = try engine.beginStaging(bundle.app, wait: false)
        let unpacked = try BundleUnpacker(bundle, cancellation: Cancellation()).unpack(into: tree, reuse: nil)
        let receipt = Receipt(
            stage: .random(), digest: bundle.digest, source: path, artifact: nil,
            keyids: bundle.vouching?.good.map(\.digest) ?? [], unsigned: false, base: nil, accepted: [],
            stagedAt: Samples.now, by: "test")
        let staged = try bundle.seal(unpacked, receipt: receipt)
        try await engine.swap(staged, kind: "install", retention: nil, by: "test") { _ in
            StorageEngine.Order(kind: .install, replaced: .rollback, record: AppRecord(), detail: HistoryDetail())
        }
    }

    // MARK: Looking

    /// Where names and links of the bundles lead that have more steps upwards than the scene is deep.
    private static let elsewhere = ["/etc/passwd", "/etc/cron.d/x", "/passwd", "/tmp/passwd", "/tmp/x"]

    /// Kind, mode, inode, size, time and content of all but what is being unpacked.
    private static func shape(of place: TemporaryDirectory) throws -> [String: String] {
        var shape: [String: String] = [:]
        for path in elsewhere {
            var status = stat()
            guard lstat(path, &status) == 0 else { continue }
            shape[path] = "\(status.st_ino) \(status.st_size) \(status.st_mode) \(time(of: status))"
        }
        for (path, what) in try place.snapshot() {
            if path.hasPrefix("host/root/staging") || path.hasPrefix("host/root/trash") { continue }
            var status = stat()
            guard lstat("\(place.path)/\(path)", &status) == 0 else {
                throw TestDiskError(call: "lstat", path: path, errno: errno)
            }
            shape[path] = "\(status.st_ino) \(status.st_size) \(time(of: status)) \(what)"
        }
        return shape
    }

    private static func time(of status: stat) -> String { "\(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec)" }
}

/// Makes one ``HostileScene`` for all tests of a suite.
struct HostileSceneTrait: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        try await HostileScene.$current.withValue(HostileScene()) { try await function() }
    }
}

extension Trait where Self == HostileSceneTrait {
    static var hostileScene: Self { Self() }
}
