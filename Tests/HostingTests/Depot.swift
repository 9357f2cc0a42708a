import Bundles
import Catalogs
import DiskIO
import Fetching
import HostModel
import Signatures
import Storage
import Synchronization
import TestSupport
import Testing

@testable import Hosting

/// A catalog as its publisher keeps it: in a directory of its own, with a key for each role.
final class PublishedShelf {
    let name: AppID
    let place: TemporaryDirectory
    let keys: PublisherKeys

    init(_ name: String = "demo") throws {
        self.name = try Samples.app(name)
        place = try TemporaryDirectory()
        keys = PublisherKeys(
            root: PrivateKey.generate(), targets: PrivateKey.generate(), snapshot: PrivateKey.generate(),
            timestamp: PrivateKey.generate())
        _ = try CatalogPublisher(place.open(), keys: keys).start(now: Samples.now)
    }

    func publish(_ artifacts: PublishedArtifact...) throws {
        _ = try CatalogPublisher(place.open(), keys: keys).publish(artifacts, now: Samples.now)
    }

    /// The path of the only file of a version, below ``place``.
    func file(_ version: String, of id: String = "notes") throws -> String {
        let directory = "targets/apps/\(id)/\(version)"
        let name = try #require(place.names(directory).first)
        return "\(directory)/\(name)"
    }
}

/// A host that installs from a catalog, the shelf.
///
/// The host is that of a ``Lab``: it trusts the key `notes`, and time stands still at ``Samples/now``. It is an x86_64,
/// whatever runs the test.
final class Depot {
    let lab: Lab
    let shelf: PublishedShelf
    /// What the host was warned of.
    let warnings = Sentences()
    /// Serves the shelf; nil where the host knows it by its directory.
    private(set) var server: ShelfServer?

    /// A host that knows no catalog yet.
    init() throws {
        lab = try Lab()
        shelf = try PublishedShelf()
        try lab.trust("notes")
    }

    /// A host that refreshed the shelf, with `notes` 1.0.0 and 1.1.0 on it.
    ///
    /// - Parameter isServed: over HTTP, by ``server``.
    static func stocked(isServed: Bool = false) async throws -> Depot {
        let depot = try Depot()
        for version in ["1.0.0", "1.1.0"] { try depot.publish(version) }
        try await depot.open(isServed: isServed)
        return depot
    }

    /// Lets the host know the shelf, and refreshes it.
    func open(isServed: Bool = false) async throws {
        if isServed { server = try ShelfServer(shelf.place) }
        try await add(shelf, at: server?.url)
        #expect(try await refresh().isEmpty)
    }

    // MARK: The publisher

    /// A bundle to be published. Its entry says what it is, but for what `change` makes of that.
    func artifact(
        _ archive: String, _ change: (inout CatalogEntry) -> Void = { _ in }
    ) throws -> PublishedArtifact {
        let found = try lab.host.inspect(archive, options: ChangeOptions())
        let manifest = found.manifest
        var entry = CatalogEntry(
            id: manifest.id, name: manifest.name, version: manifest.version, digest: found.digest)
        entry.permissions = manifest.permissions
        entry.environment = manifest.environment.map { variable in
            CatalogEntry.Variable(name: variable.name, required: variable.required, secret: variable.secret)
        }
        entry.transport = manifest.transport?.rawValue
        entry.permissionProfile = manifest.permissionProfile
        entry.requires = CatalogEntry.Requirements(apphost: manifest.requires.apphost, arch: manifest.requires.arch)
        change(&entry)
        let name = archive.split(separator: "/").last.map { String($0) } ?? ""
        return PublishedArtifact(name: name, file: try File.open(archive, files: LinuxFileSystem()), entry: entry)
    }

    /// Packs a version of `notes` and puts it on a shelf.
    func publish(
        _ version: String, arch: [String]? = nil, page: String = "Notes", by signers: [String] = ["notes"],
        on shelf: PublishedShelf? = nil, _ change: (inout CatalogEntry) -> Void = { _ in }
    ) throws {
        let archive = try lab.bundle(version, by: signers, arch: arch, page: page)
        try (shelf ?? self.shelf).publish(artifact(archive, change))
    }

    // MARK: The host

    /// - Parameter change: of times of which no test notices anything.
    func host(
        at moment: Timestamp = Samples.now, arch: String = "x86_64", files: any FileSystem = LinuxFileSystem(),
        _ change: (inout FetchTimes) -> Void = { _ in }
    ) throws -> AppHost {
        var fetching = FetchOptions()
        fetching.times.pause = .milliseconds(1)
        fetching.times.longestPause = .milliseconds(1)
        // Other tests may keep this one waiting for long.
        fetching.times.silence = .seconds(3600)
        fetching.times.window = .seconds(3600)
        fetching.times.document = .seconds(3600)
        change(&fetching.times)
        return AppHost(
            rootPath: lab.host.rootPath, by: "test", files: files,
            platform: Platform(apphost: try Samples.version("1.0.0"), arch: arch), fetching: fetching,
            now: { moment })
    }

    /// Lets the host know a catalog.
    ///
    /// - Parameter location: nil for its directory.
    func add(_ shelf: PublishedShelf, at location: String? = nil) async throws {
        let root = try #require(shelf.place.read("metadata/1.root.json"))
        let known = KnownCatalogs(try lab.host.openEngine().root.partOrMake(.catalogs))
        _ = try await known.add(
            shelf.name, at: location ?? shelf.place.path, confirmedBy: .root(root), refreshing: false,
            now: Samples.now)
    }

    /// - Returns: why catalogs could not be refreshed; nothing where all were.
    func refresh(at moment: Timestamp = Samples.now) async throws -> [FailureCode] {
        let outcomes = try await host(at: moment).refreshCatalogs(cancellation: Cancellation())
        return outcomes.compactMap { $0.failure?.code }
    }

    /// Everything that the host's catalogs list, with all that they say of it.
    func listing(at moment: Timestamp = Samples.now) throws -> [String] {
        try host(at: moment).readCatalogs().readings.flatMap { reading in
            (reading.stored?.listing.entries ?? []).map { "\(reading.name) \($0.path) \($0.fingerprint)" }
        }
    }

    /// Installs from a catalog.
    ///
    /// - Parameters:
    ///   - what: `ID` or `ID@VERSION`.
    ///   - catalog: nil leaves the choice to the host.
    @discardableResult
    func install(
        _ what: String = "notes", from catalog: String? = nil, accept: Set<Consent> = [], dryRun: Bool = false,
        offline: Bool = false, on host: AppHost? = nil, cancellation: Cancellation = Cancellation(),
        progress: @escaping @Sendable (Progress) -> Void = { _ in }
    ) async throws -> ChangeResult {
        let words = what.split(separator: "@").map { String($0) }
        let id = try Samples.app(words[0])
        let version: BundleVersion? = try words.count > 1 ? Samples.version(words[1]) : nil
        let options = ChangeOptions(
            accepted: accept, dryRun: dryRun, offline: offline, cancellation: cancellation, progress: progress,
            warn: { [warnings] sentence in warnings.add(sentence) })
        let catalog = try catalog.map { try Samples.app($0) }
        let host = try host ?? self.host()
        return try await host.install(id, version: version, catalog: catalog, options: options)
    }

    /// What was asked of ``server`` below `targets/`.
    var fetched: [TestServer.Request] {
        (server?.requests ?? []).filter { $0.target.hasPrefix("/targets/") }
    }

    /// Everything in the directories of apps.
    func apps() throws -> Tree { try lab.tree().filter { $0.key.hasPrefix("root/apps/") } }

    /// Expects that nothing is installed, and nothing left of trying.
    func expectNothing(sourceLocation: SourceLocation = #_sourceLocation) {
        for part in ["apps", "staging", "trash"] {
            #expect(lab.names(part).isEmpty, "\(part)", sourceLocation: sourceLocation)
        }
    }
}

/// Sentences that were said, in their order.
final class Sentences: Sendable {
    private let said = Mutex<[String]>([])

    var all: [String] { said.withLock { $0 } }

    func add(_ sentence: String) { said.withLock { $0.append(sentence) } }
}

/// How far long work was, in the order in which it was told.
final class Steps: Sendable {
    private let told = Mutex<[Progress]>([])

    var all: [Progress] { told.withLock { $0 } }

    func add(_ progress: Progress) { told.withLock { $0.append(progress) } }
}

/// An HTTP server of the files in a directory, which can be told to answer otherwise.
final class ShelfServer: Sendable {
    /// - Returns: nil for the file that was asked for.
    typealias Answer = @Sendable (TestServer.Request) -> [TestServer.Step]?

    private final class Instruction: Sendable {
        private let answer = Mutex<Answer?>(nil)

        var present: Answer? {
            get { answer.withLock { $0 } }
            set { answer.withLock { $0 = newValue } }
        }
    }

    private let server: TestServer
    private let instruction: Instruction

    init(_ place: TemporaryDirectory) throws {
        let instruction = Instruction()
        self.instruction = instruction
        server = try TestServer { request, _ in
            if let steps = instruction.present?(request) { return steps }
            guard let file = place.read(String(request.target.dropFirst())) else { return whole([], status: 404) }
            return part(of: file, for: request, tag: "\"1\"")
        }
    }

    deinit { server.stop() }

    /// Answers otherwise from now on.
    func answer(_ other: @escaping Answer) { instruction.present = other }

    /// Gives the files again as they are.
    func answerAsItIs() { instruction.present = nil }

    /// Without a final slash.
    var url: String { String(server.url("/").dropLast()) }

    /// So far, in order.
    var requests: [TestServer.Request] { server.requests }

    /// Bytes, with the heads.
    var sent: Int { server.sent }
}
