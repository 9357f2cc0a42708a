import HostModel
import Hosting
import Signatures
import Synchronization
import TestSupport
import Testing

@testable import Catalogs

/// The attacks that TUF names, and some more, on a host that refreshed `notes` 1.0.0 and 1.1.0.
///
/// What an attacker wants installed is always there, sound and signed by a trusted publisher, so that nothing but the
/// catalog stands in the way.
struct CatalogAttackTests {
    /// Lets an attacker with some keys list `notes` 6.6.6.
    private func listEvil(_ forgery: inout Forgery, _ depot: Depot) throws {
        try forgery.list(depot.artifact(depot.lab.bundle("6.6.6")))
    }

    /// Expects that a refresh is refused, keeps what was verified, and that what was forged cannot be installed.
    private func expectRefused(
        _ code: FailureCode, _ depot: Depot, keeping listing: [String],
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let refused = try await depot.refresh()
        #expect(refused == [code], sourceLocation: sourceLocation)
        let kept = try depot.listing()
        #expect(kept == listing, sourceLocation: sourceLocation)
        await expectFailure(.versionNotFound, sourceLocation: sourceLocation) { try await depot.install("notes@6.6.6") }
        #expect(depot.warnings.all.count == 1, sourceLocation: sourceLocation)
        depot.expectNothing(sourceLocation: sourceLocation)
    }

    @Test func `what the attacker wants would be installed if it were listed`() async throws {
        let depot = try await Depot.stocked()
        var forgery = try Forgery(of: depot.shelf)
        try listEvil(&forgery, depot)
        try forgery.publish(targetsBy: [depot.shelf.keys.targets])
        try await depot.install()
        #expect(try depot.lab.slots() == ["installed 6.6.6"])
    }

    // MARK: Arbitrary software

    /// What a server does to the bytes of a bundle.
    enum Exchange: String, CaseIterable, Sendable {
        case firstByte, lastByte, everyByte, shorter, longer

        func apply(to bytes: [UInt8]) -> [UInt8] {
            switch self {
            case .firstByte: [bytes[0] ^ 1] + Array(bytes.dropFirst())
            case .lastByte: Array(bytes.dropLast()) + [bytes[bytes.count - 1] ^ 1]
            case .everyByte: bytes.map { ~$0 }
            case .shorter: Array(bytes.dropLast())
            case .longer: bytes + [0]
            }
        }

        var code: FailureCode {
            switch self {
            case .firstByte, .lastByte, .everyByte: .artifactDigestMismatch
            case .shorter, .longer: .sourceLengthDiffers
            }
        }
    }

    @Test(arguments: Exchange.allCases, [false, true])
    func `a bundle whose bytes were exchanged is refused`(exchange: Exchange, isServed: Bool) async throws {
        let depot = try await Depot.stocked(isServed: isServed)
        let listing = try depot.listing()
        let file = try depot.shelf.file("1.1.0")
        try depot.lab.spoil("\(depot.shelf.place.path)/\(file)", by: exchange.apply)
        let refusal = await failure { try await depot.install() }
        #expect(refusal?.code == exchange.code)
        if exchange.code == .artifactDigestMismatch {
            #expect(refusal?.message.contains("'demo'") == true)
            #expect(refusal?.message.contains("'apps/notes/1.1.0/") == true)
        }
        #expect(try depot.listing() == listing)
        depot.expectNothing()
        try await depot.install("notes@1.0.0")
        #expect(try depot.lab.slots() == ["installed 1.0.0"])
    }

    @Test func `metadata that a stranger signed is refused, role by role`() async throws {
        for role in ["root", "targets", "snapshot", "timestamp"] {
            let depot = try await Depot.stocked()
            let listing = try depot.listing()
            let stranger = PrivateKey.generate()
            var forgery = try Forgery(of: depot.shelf)
            try listEvil(&forgery, depot)
            if role == "root" { try forgery.publishRoot(by: [stranger]) }
            try forgery.publish(
                targetsBy: [role == "targets" ? stranger : forgery.keys.targets],
                snapshotBy: role == "snapshot" ? stranger : nil, timestampBy: role == "timestamp" ? stranger : nil)
            try await expectRefused(.catalogUnverified, depot, keeping: listing)
        }
    }

    // MARK: Rollback, freeze, fast-forward

    @Test func `an older timestamp is refused`() async throws {
        let depot = try await Depot.stocked()
        let old = try #require(depot.shelf.place.text("metadata/timestamp.json"))
        try depot.publish("1.2.0")
        #expect(try await depot.refresh().isEmpty)
        let listing = try depot.listing()
        try depot.shelf.place.write(old, to: "metadata/timestamp.json")
        try await expectRefused(.catalogRollback, depot, keeping: listing)
        // Not the one that the attacker wants to be the newest.
        #expect(try await depot.install(dryRun: true).to?.text == "1.2.0")
    }

    @Test func `an older snapshot is refused, also with the key of timestamp`() async throws {
        let depot = try await Depot.stocked()
        let old = try Forgery(of: depot.shelf)
        try depot.publish("1.2.0")
        #expect(try await depot.refresh().isEmpty)
        let listing = try depot.listing()
        var forgery = try Forgery(of: depot.shelf)
        forgery.timestamp["meta"] = old.timestamp["meta"]
        try forgery.publishTimestamp()
        try await expectRefused(.catalogRollback, depot, keeping: listing)
    }

    @Test func `older targets are refused, also with the keys of snapshot and timestamp`() async throws {
        let depot = try await Depot.stocked()
        let old = try Forgery(of: depot.shelf)
        try depot.publish("1.2.0")
        #expect(try await depot.refresh().isEmpty)
        let listing = try depot.listing()
        var forgery = try Forgery(of: depot.shelf)
        forgery.snapshot["meta"] = old.snapshot["meta"]
        try forgery.publishOnline()
        try await expectRefused(.catalogRollback, depot, keeping: listing)
    }

    @Test func `a catalog that is frozen expires`() async throws {
        // A server that hides what was published since serves the same files for as long as they count.
        let depot = try await Depot.stocked()
        let listing = try depot.listing()
        let lastDay = Timestamp(seconds: Samples.now.seconds + 29 * 86_400)
        #expect(try await depot.refresh(at: lastDay).isEmpty)
        let dayAfter = Timestamp(seconds: Samples.now.seconds + 30 * 86_400)
        #expect(try await depot.refresh(at: dayAfter) == [.catalogExpired])
        #expect(try depot.listing(at: dayAfter) == listing)
        await expectFailure(.catalogExpired) { try await depot.install(on: depot.host(at: dayAfter)) }
        depot.expectNothing()
    }

    @Test func `a host that was fast-forwarded recovers when the keys are replaced`() async throws {
        let depot = try await Depot.stocked()
        var keeper = try Forgery(of: depot.shelf)
        var thief = keeper
        thief.timestamp["version"] = (Int64.max - 2).json
        thief.snapshot["version"] = (Int64.max - 2).json
        try thief.publishOnline()
        #expect(try await depot.refresh().isEmpty)
        let listing = try depot.listing()

        // What the keeper publishes now looks old.
        try keeper.list(depot.artifact(depot.lab.bundle("1.2.0")))
        try keeper.publish(targetsBy: [keeper.keys.targets])
        try await expectRefused(.catalogRollback, depot, keeping: listing)

        let (newSnapshot, newTimestamp) = (PrivateKey.generate(), PrivateKey.generate())
        keeper.assign("snapshot", to: [Forgery.ListedKey(newSnapshot)])
        keeper.assign("timestamp", to: [Forgery.ListedKey(newTimestamp)])
        try keeper.publishRoot(by: [try #require(keeper.keys.root)])
        try keeper.publish(targetsBy: [keeper.keys.targets], snapshotBy: newSnapshot, timestampBy: newTimestamp)
        #expect(try await depot.refresh().isEmpty)
        try await depot.install()
        #expect(try depot.lab.slots() == ["installed 1.2.0"])
    }

    // MARK: Mix and match

    @Test(arguments: ["snapshot", "targets"])
    func `a file of one set with those of another is refused`(role: String) async throws {
        let depot = try await Depot.stocked()
        let listing = try depot.listing()
        var forgery = try Forgery(of: depot.shelf)
        let old = role == "snapshot" ? forgery.snapshot.version : forgery.targets.version
        try listEvil(&forgery, depot)
        try forgery.publish(targetsBy: [forgery.keys.targets])
        let place = depot.shelf.place
        let file = try #require(place.text("metadata/\(old).\(role).json"))
        try place.write(file, to: "metadata/\(old + 1).\(role).json")
        try await expectRefused(.catalogUnverified, depot, keeping: listing)
    }

    // MARK: Endless data

    @Test(arguments: ["timestamp.json", "snapshot.json", "targets.json", "root.json"])
    func `metadata without end is cut off`(file: String) async throws {
        let depot = try await Depot.stocked(isServed: true)
        let listing = try depot.listing()
        var forgery = try Forgery(of: depot.shelf)
        try listEvil(&forgery, depot)
        try forgery.publish(targetsBy: [forgery.keys.targets])
        depot.server?.answer { request in
            request.target.hasSuffix(file) ? [head(200), .forever([UInt8](repeating: 0x20, count: 64 << 10))] : nil
        }
        try await expectRefused(.catalogUnverified, depot, keeping: listing)
    }

    @Test func `a bundle without end is cut off`() async throws {
        let depot = try await Depot.stocked(isServed: true)
        let listing = try depot.listing()
        depot.server?.answer { request in
            guard request.target.hasPrefix("/targets/") else { return nil }
            return [head(200), .forever([UInt8](repeating: 0, count: 64 << 10))]
        }
        await expectFailure(.sourceTooLong) { try await depot.install() }
        #expect(try depot.listing() == listing)
        depot.expectNothing()
    }

    // MARK: Keys

    @Test func `too few signatures are refused`() async throws {
        let depot = try await Depot.stocked()
        let (first, second) = (depot.shelf.keys.targets, PrivateKey.generate())
        var forgery = try Forgery(of: depot.shelf)
        forgery.assign("targets", to: [Forgery.ListedKey(first), Forgery.ListedKey(second)], threshold: 2)
        try forgery.publishRoot(by: [try #require(forgery.keys.root)])
        try forgery.publish(targetsBy: [first, second])
        #expect(try await depot.refresh().isEmpty)
        let listing = try depot.listing()
        try listEvil(&forgery, depot)
        try forgery.publish(targetsBy: [second])
        try await expectRefused(.catalogUnverified, depot, keeping: listing)
    }

    @Test(arguments: [true, false])
    func `a key that signs twice counts once`(underTwoNames: Bool) async throws {
        let depot = try await Depot.stocked()
        let (thief, other) = (depot.shelf.keys.targets, PrivateKey.generate())
        let names = [Forgery.ListedKey(thief), Forgery.ListedKey(twinOf: thief)]
        var forgery = try Forgery(of: depot.shelf)
        forgery.assign("targets", to: names + [Forgery.ListedKey(other)], threshold: 2)
        try forgery.publishRoot(by: [try #require(forgery.keys.root)])
        try forgery.publish(targetsBy: [thief, other])
        #expect(try await depot.refresh().isEmpty)
        let listing = try depot.listing()

        try listEvil(&forgery, depot)
        try forgery.publish(targetsBy: [thief])
        let keyids = underTwoNames ? names.map { $0.keyid } : [names[0].keyid, names[0].keyid]
        let twice = try Forgery.signed(forgery.targets, by: [thief, thief], under: keyids)
        try forgery.publishSigned(targets: twice)
        try await expectRefused(.catalogUnverified, depot, keeping: listing)
    }

    @Test func `a revoked key signs nothing any more`() async throws {
        let depot = try await Depot.stocked()
        let (old, new) = (depot.shelf.keys.targets, PrivateKey.generate())
        var forgery = try Forgery(of: depot.shelf)
        forgery.assign("targets", to: [Forgery.ListedKey(new)])
        try forgery.publishRoot(by: [try #require(forgery.keys.root)])
        try forgery.publish(targetsBy: [new])
        #expect(try await depot.refresh().isEmpty)
        let listing = try depot.listing()
        try listEvil(&forgery, depot)
        try forgery.publish(targetsBy: [old])
        try await expectRefused(.catalogUnverified, depot, keeping: listing)
    }

    @Test func `what a revoked key signed before installs nothing, though it is still shown`() async throws {
        let depot = try await Depot.stocked()
        let listing = try depot.listing()
        let new = PrivateKey.generate()
        var forgery = try Forgery(of: depot.shelf)
        forgery.assign("targets", to: [Forgery.ListedKey(new)])
        try forgery.publishRoot(by: [try #require(forgery.keys.root)])
        #expect(try await depot.refresh() == [.catalogUnverified])
        #expect(try depot.listing() == listing)
        await expectFailure(.catalogUnverified) { try await depot.install() }
        depot.expectNothing()
    }

    @Test func `a role is believed in nothing but its own paths`() async throws {
        let depot = try await Depot.stocked()
        let guest = PrivateKey.generate()
        let evil = try depot.artifact(depot.lab.bundle("6.6.6"))
        let good = try depot.artifact(depot.lab.bundle("1.0.0", id: "guest"))
        var forgery = try Forgery(of: depot.shelf)
        var files: [JSONValue.Member] = []
        for artifact in [evil, good] {
            files.append(JSONValue.Member(try artifact.path().description, try forgery.file(of: artifact)))
        }
        try forgery.delegate("guests", to: guest, paths: ["apps/guest/*/*"], files: files)
        try forgery.publish(targetsBy: [forgery.keys.targets])
        #expect(try await depot.refresh().isEmpty)
        await expectFailure(.versionNotFound) { try await depot.install("notes@6.6.6") }
        depot.expectNothing()
        #expect(try await depot.install("guest").outcome == .done)
    }

    // MARK: Between check and use

    @Test func `what a server gives later does not matter`() async throws {
        let depot = try await Depot.stocked(isServed: true)
        let file = try depot.shelf.file("1.1.0")
        let good = try #require(depot.shelf.place.read(file))
        let count = Counter()
        depot.server?.answer { request in
            guard request.target.hasPrefix("/targets/") else { return nil }
            return count.next() == 1 ? whole(good) : whole([UInt8](repeating: 6, count: good.count))
        }
        try await depot.install()
        #expect(depot.fetched.count == 1)
        #expect(try depot.lab.problems().isEmpty)
        #expect(try depot.lab.slots() == ["installed 1.1.0"])
    }

    @Test(arguments: [Progress.Step.downloading, .unpacking])
    func `a published file that is replaced meanwhile does not matter`(step: Progress.Step) async throws {
        let depot = try await Depot.stocked()
        let place = depot.shelf.place
        let file = try depot.shelf.file("1.1.0")
        try await depot.install { progress in
            guard progress.step == step, step == .unpacking || progress.done == progress.total else { return }
            try? place.write("exchanged", to: file)
        }
        #expect(place.text(file) == "exchanged")
        #expect(try depot.lab.problems().isEmpty)
        #expect(try depot.lab.slots() == ["installed 1.1.0"])
    }

    // MARK: Names

    @Test(
        arguments: [
            ("id", "../x"), ("id", "a/b"), ("id", "/etc"), ("version", "../1.0"), ("version", "a/b"),
            ("channel", "../beta"), ("channel", "a/b"), ("id", "wiki"), ("version", "1.0.0"),
        ])
    func `an entry with a name that is a path, or not its own, is none`(key: String, name: String) async throws {
        let depot = try await Depot.stocked()
        let listing = try depot.listing()
        let evil = try depot.artifact(depot.lab.bundle("6.6.6"))
        var forgery = try Forgery(of: depot.shelf)
        let file = try forgery.file(of: evil).setting(["custom", "apphost", key], to: name.json)
        try forgery.list(evil.path().description, file)
        try forgery.publish(targetsBy: [forgery.keys.targets])
        #expect(try await depot.refresh().isEmpty)
        #expect(try depot.listing() == listing)
        await expectFailure(.entryInvalid) { try await depot.install("notes@6.6.6") }
        depot.expectNothing()
        #expect(try await depot.install().to?.text == "1.1.0")
    }

    @Test(arguments: ["apps/../notes/6.6.6/x.zip", "/apps/notes/6.6.6/x.zip", "apps//notes/6.6.6/x.zip", "apps\\x"])
    func `a file at a path that is none is not listed`(path: String) async throws {
        let depot = try await Depot.stocked()
        let listing = try depot.listing()
        let evil = try depot.artifact(depot.lab.bundle("6.6.6"))
        var forgery = try Forgery(of: depot.shelf)
        try forgery.list(path, forgery.file(of: evil))
        try forgery.publish(targetsBy: [forgery.keys.targets])
        #expect(try await depot.refresh().isEmpty)
        #expect(try depot.listing() == listing)
        await expectFailure(.versionNotFound) { try await depot.install("notes@6.6.6") }
        depot.expectNothing()
    }
}

/// Counts from 1.
private final class Counter: Sendable {
    private let count = Mutex(0)

    func next() -> Int {
        count.withLock { count -> Int in
            count += 1
            return count
        }
    }
}
