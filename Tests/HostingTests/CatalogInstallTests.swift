import Bundles
import Catalogs
import DiskIO
import HostModel
import Hosting
import Storage
import Synchronization
import SystemPackage
import TestSupport
import Testing

/// `apphost install ID[@VERSION] [--catalog NAME]`: chosen, fetched, compared with its entry, installed.
struct CatalogInstallTests {
    // MARK: What is chosen

    @Test func `the newest version is installed, and receipt and history say where it came from`() async throws {
        let depot = try await Depot.stocked(isServed: true)
        let result = try await depot.install()
        #expect(result.action == .install)
        #expect(result.outcome == .done)
        #expect(result.message == "installed notes 1.1.0")
        #expect(try depot.lab.slots() == ["installed 1.1.0"])
        #expect(try depot.lab.problems().isEmpty)

        let receipt = try depot.lab.receipt()
        let place = try depot.shelf.file("1.1.0")
        let file = try #require(depot.shelf.place.read(place))
        #expect(receipt.source == "catalog:demo")
        #expect(receipt.artifact?.size == Int64(file.count))
        #expect(receipt.digest == result.digest)
        #expect(receipt.accepted.isEmpty)
        #expect(try depot.lab.history().map(\.detail.source) == ["catalog:demo"])
        #expect(try depot.lab.host.list().apps.map(\.source) == ["catalog:demo"])
        #expect(try depot.lab.record().grants.map(\.permission) == ["network.listen"])
        #expect(depot.fetched.count == 1)
        #expect(depot.warnings.all.isEmpty)
        #expect(depot.lab.names("staging").isEmpty)
    }

    @Test(arguments: [("notes@1.0.0", "1.0.0"), ("notes@1.0", "1.0.0"), ("notes@1.1", "1.1.0")])
    func `a version that is named is installed`(what: String, version: String) async throws {
        let depot = try await Depot.stocked()
        try await depot.install(what)
        #expect(try depot.lab.slots() == ["installed \(version)"])
    }

    @Test func `a version that is not listed is told from those that are`() async throws {
        let depot = try await Depot.stocked()
        let refusal = await failure { try await depot.install("notes@3.0") }
        #expect(refusal?.code == .versionNotFound)
        #expect(refusal?.help == "it lists 1.0.0, 1.1.0")
        depot.expectNothing()
    }

    @Test func `what was published since the last refresh is installed`() async throws {
        let depot = try await Depot.stocked()
        try depot.publish("1.2.0")
        try await depot.install()
        #expect(try depot.lab.slots() == ["installed 1.2.0"])
    }

    @Test(arguments: ["x86_64", "aarch64"])
    func `of one version a host takes the bundle for its architecture`(arch: String) async throws {
        let depot = try Depot()
        for each in ["x86_64", "aarch64"] { try depot.publish("1.0.0", arch: [each]) }
        try await depot.open()
        try await depot.install(on: depot.host(arch: arch))
        let tree = try depot.lab.app().open(.installed)
        #expect(try tree?.manifest().requires.arch == [arch])
    }

    @Test func `what is for other hosts only is refused, and not fetched`() async throws {
        let depot = try Depot()
        try depot.publish("1.0.0", arch: ["aarch64"])
        try depot.publish("2.0.0") { $0.requires.apphost = BundleVersion("999.0") }
        try await depot.open(isServed: true)
        await expectFailure(.updateIncompatible) { try await depot.install("notes@1.0.0") }
        await expectFailure(.updateIncompatible) { try await depot.install() }
        #expect(depot.fetched.isEmpty)
        depot.expectNothing()
    }

    @Test func `another channel than stable is taken only by its version`() async throws {
        let depot = try Depot()
        try depot.publish("2.0.0-beta.1") { $0.channel = "beta" }
        try await depot.open()
        let refusal = await failure { try await depot.install() }
        #expect(refusal?.code == .versionNotFound)
        #expect(refusal?.message.contains("beta") == true)
        #expect(refusal?.help == "name one of them as 'notes@VERSION': 2.0.0-beta.1")
        depot.expectNothing()
        try await depot.install("notes@2.0.0-beta.1")
        #expect(try depot.lab.slots() == ["installed 2.0.0-beta.1"])
    }

    @Test func `what the refresh verified is not read and verified again`() async throws {
        let depot = try await Depot.stocked()
        let recording = RecordingFileSystem()
        try await depot.install(on: depot.host(files: recording))
        #expect(recording.calls.filter { $0 == "open targets.json" }.count == 1)
        #expect(try depot.lab.slots() == ["installed 1.1.0"])
    }

    // MARK: Which catalog

    @Test func `an app in two catalogs is taken from the one that is named, or that it is from`() async throws {
        let depot = try await Depot.stocked()
        let other = try PublishedShelf("other")
        try depot.publish("1.1.0", on: other)
        try await depot.add(other)
        let refusal = await failure { try await depot.install() }
        #expect(refusal?.code == .catalogAmbiguous)
        #expect(refusal?.message == "'notes' is listed by several catalogs: demo, other")
        #expect(refusal?.help?.contains("--catalog") == true)
        depot.expectNothing()
        try await depot.install(from: "other")
        #expect(try depot.lab.receipt().source == "catalog:other")
        #expect(try await depot.install().outcome == .unchanged)
    }

    @Test func `what is in no catalog, and a catalog that is none, is told`() async throws {
        let depot = try await Depot.stocked()
        await expectFailure(.appNotInCatalog) { try await depot.install("wiki") }
        await expectFailure(.appNotInCatalog) { try await depot.install("wiki", from: "demo") }
        await expectFailure(.catalogNotFound) { try await depot.install(from: "other") }
        depot.expectNothing()
    }

    @Test func `without a catalog nothing is installed by name`() async throws {
        let depot = try Depot()
        await expectFailure(.catalogNotConfigured) { try await depot.install() }
        depot.expectNothing()
    }

    @Test func `a catalog that was never refreshed gives nothing`() async throws {
        let depot = try Depot()
        try depot.publish("1.0.0")
        try await depot.add(depot.shelf)
        await expectFailure(.catalogUnavailable) { try await depot.install(offline: true) }
        await expectFailure(.catalogUnavailable) { try await depot.install(from: "demo", offline: true) }
        depot.expectNothing()
        try await depot.install()
        #expect(try depot.lab.slots() == ["installed 1.0.0"])
    }

    @Test func `a catalog that cannot be read hides no other`() async throws {
        let depot = try await Depot.stocked()
        try await depot.add(PublishedShelf("other"), at: "/nowhere")
        try await depot.install()
        #expect(try depot.lab.receipt().source == "catalog:demo")
        let warnings = depot.warnings.all
        #expect(warnings.count == 1)
        #expect(warnings.first?.hasPrefix("the catalog 'other' could not be refreshed: ") == true)
        #expect(warnings.first?.hasSuffix("; it was never verified before") == true)
    }

    @Test func `where a refresh fails, what was verified is used, and its age is told`() async throws {
        let depot = try await Depot.stocked()
        try depot.publish("1.2.0")
        try depot.shelf.place.remove("metadata/timestamp.json")
        try await depot.install()
        #expect(try depot.lab.slots() == ["installed 1.1.0"])
        let warnings = depot.warnings.all
        #expect(warnings.count == 1)
        #expect(warnings.first?.hasSuffix("; using what was verified at \(Samples.now)") == true)
    }

    @Test func `offline nothing is refreshed, and nothing asked of a server`() async throws {
        let near = try await Depot.stocked()
        try near.publish("1.2.0")
        try await near.install(offline: true)
        #expect(try near.lab.slots() == ["installed 1.1.0"])

        let far = try await Depot.stocked(isServed: true)
        let before = far.server?.requests.count
        let refusal = await failure { try await far.install(offline: true) }
        #expect(refusal?.code == .sourceUnavailable)
        #expect(refusal?.message.contains("--offline") == true)
        #expect(far.server?.requests.count == before)
        far.expectNothing()
    }

    @Test func `an expired catalog is listed, and installs nothing`() async throws {
        let depot = try await Depot.stocked(isServed: true)
        let later = Timestamp(seconds: Samples.now.seconds + 31 * 86_400)
        let listed = try depot.listing()
        #expect(try depot.listing(at: later) == listed)
        for offline in [false, true] {
            let refusal = await failure { try await depot.install(offline: offline, on: depot.host(at: later)) }
            #expect(refusal?.code == .catalogExpired)
            #expect(refusal?.help?.contains("apphost catalog refresh demo") == true)
        }
        #expect(depot.fetched.isEmpty)
        depot.expectNothing()
    }

    // MARK: What is installed already

    @Test func `what is installed already is not fetched`() async throws {
        let depot = try await Depot.stocked(isServed: true)
        try await depot.lab.install(depot.lab.bundle("1.1.0"))
        let before = try depot.apps()
        let result = try await depot.install()
        #expect(result.outcome == .unchanged)
        #expect(result.message == "notes 1.1.0 is installed already, and sound")
        #expect(depot.fetched.isEmpty)
        #expect(try depot.apps() == before)
        #expect(try depot.lab.receipt().source == "file")
    }

    @Test func `a damaged tree is repaired from the catalog`() async throws {
        let depot = try await Depot.stocked()
        try await depot.install()
        try depot.lab.damage("installed/static/style.css")
        let result = try await depot.install()
        #expect(result.action == .repair)
        #expect(try depot.lab.problems().isEmpty)
        #expect(try depot.lab.slots() == ["installed 1.1.0"])
        #expect(try depot.lab.history().map(\.kind) == ["install", "repair"])
    }

    @Test func `another bundle is not replaced, not fetched, and the refusal is in the history`() async throws {
        let depot = try await Depot.stocked(isServed: true)
        try await depot.install("notes@1.0.0")
        let before = try Lab.withoutHistory(depot.apps())
        let fetched = depot.fetched.count
        await expectFailure(.appAlreadyInstalled) { try await depot.install(dryRun: true) }
        #expect(try depot.lab.history().count == 1)
        await expectFailure(.appAlreadyInstalled) { try await depot.install() }
        #expect(depot.fetched.count == fetched)
        #expect(try Lab.withoutHistory(depot.apps()) == before)
        #expect(try depot.lab.history().map(\.outcome) == [.done, .refused])
        #expect(try depot.lab.history().last?.code == "app_already_installed")
    }

    @Test func `what was left as bad has to be consented to before it is fetched`() async throws {
        let depot = try await Depot.stocked(isServed: true)
        try await depot.lab.install(depot.lab.bundle("1.0.0"))
        try await depot.lab.update(depot.lab.bundle("1.1.0"))
        try await depot.lab.rollback()
        try await depot.lab.uninstall()
        #expect(try await questions { try await depot.install() } == [.knownBad])
        #expect(depot.fetched.isEmpty)
        try await depot.install(accept: [.knownBad])
        #expect(try depot.lab.slots() == ["installed 1.1.0"])
        #expect(try depot.lab.receipt().accepted.map(\.what) == ["known-bad"])
    }

    // MARK: What is fetched

    @Test func `that a catalog lists it makes no bundle trusted`() async throws {
        let depot = try Depot()
        try depot.publish("1.0.0", by: ["stranger"])
        try depot.publish("1.1.0", by: [])
        try await depot.open()
        await expectFailure(.bundleKeyUnknown) { try await depot.install("notes@1.0.0") }
        await expectFailure(.bundleUnsigned) { try await depot.install("notes@1.1.0") }
        depot.expectNothing()
        try await depot.install("notes@1.1.0", accept: [.unsigned])
        #expect(try depot.lab.receipt().unsigned)
    }

    /// What an entry says otherwise than its bundle.
    struct Lie: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let app: String
        let change: @Sendable (inout CatalogEntry) throws -> Void

        init(
            _ what: String, of app: String = "notes", _ change: @escaping @Sendable (inout CatalogEntry) throws -> Void
        ) {
            testDescription = what
            self.app = app
            self.change = change
        }
    }

    static let lies: [Lie] = [
        Lie("another id", of: "wiki") { $0.id = try Samples.app("wiki") },
        Lie("another version") { $0.version = try Samples.version("1.5.0") },
        Lie("the same version, written otherwise") { $0.version = try Samples.version("1.2") },
        Lie("another digest") { $0.digest = try Samples.digest(7) },
        Lie("another transport") { $0.transport = "stdio" },
        Lie("no transport") { $0.transport = nil },
        Lie("a permission profile") { $0.permissionProfile = "network" },
        Lie("fewer permissions") { $0.permissions = [] },
    ]

    @Test(arguments: CatalogInstallTests.lies)
    func `a bundle that is not what its entry says is refused`(lie: Lie) async throws {
        let depot = try Depot()
        var artifact = try depot.artifact(depot.lab.bundle("1.2.0"))
        var entry = artifact.entry
        try lie.change(&entry)
        artifact = PublishedArtifact(name: artifact.name, file: artifact.file, entry: entry)
        try depot.shelf.publish(artifact)
        try await depot.open()
        await expectFailure(.bundleExceedsEntry) { try await depot.install(lie.app) }
        depot.expectNothing()
    }

    @Test func `an entry may ask for more than its bundle`() async throws {
        let depot = try Depot()
        try depot.publish("1.0.0") { entry in
            entry.permissions.append("data.write")
            entry.environment.append(CatalogEntry.Variable(name: "TOKEN", required: true))
        }
        try await depot.open()
        try await depot.install()
        #expect(try depot.lab.record().grants.map(\.permission) == ["network.listen"])
    }

    @Test func `a dry run gives the answer of the real one, and changes nothing`() async throws {
        let depot = try await Depot.stocked()
        let before = try depot.lab.tree()
        let dry = try await depot.install(dryRun: true)
        #expect(try depot.lab.tree() == before)
        #expect(try await depot.install().json.text == dry.json.text)

        try await depot.lab.uninstall()
        let file = try depot.shelf.file("1.0.0")
        try depot.lab.spoil("\(depot.shelf.place.path)/\(file)") { bytes in bytes.map { $0 ^ 1 } }
        let again = try depot.lab.tree()
        await expectFailure(.artifactDigestMismatch) { try await depot.install("notes@1.0.0", dryRun: true) }
        #expect(try depot.lab.tree() == again)
    }

    // MARK: Room, and who else is at work

    @Test func `what there is no room for is not fetched`() async throws {
        let depot = try await Depot.stocked(isServed: true)
        try depot.lab.set("limits.keepFreeBytes", to: "\(Int64.max)")
        for dryRun in [true, false] {
            await expectFailure(.diskFull) { try await depot.install(dryRun: dryRun) }
        }
        #expect(depot.fetched.isEmpty)
        depot.expectNothing()
    }

    @Test func `a disk that fills while it is fetched to is told, and left as it was`() async throws {
        let depot = try await Depot.stocked(isServed: true)
        let host = try depot.host(files: SmallDisk(room: 100))
        await expectFailure(.diskFull) { try await depot.install(on: host) }
        #expect(depot.fetched.count == 1)
        depot.expectNothing()
    }

    @Test func `while another command updates the app nothing is fetched`() async throws {
        let depot = try await Depot.stocked(isServed: true)
        let root = try ManagedRoot.openOrMake(
            depot.lab.host.rootPath, user: LinuxFileSystem.effectiveUser, files: LinuxFileSystem())
        let engine = StorageEngine(root: root, now: { Samples.now })
        let tree = try engine.beginStaging(Lab.notes, wait: false)
        await expectFailure(.busy) { try await depot.install() }
        #expect(depot.fetched.isEmpty)
        try tree.discard()
        try await depot.install()
        #expect(try depot.lab.slots() == ["installed 1.1.0"])
    }
}

/// The real disk, with room for so many bytes in files that have no name.
private final class SmallDisk: ForwardingFileSystem {
    private struct State {
        var unnamed: Set<Descriptor> = []
        var room: Int
    }

    let base: any FileSystem = LinuxFileSystem()
    private let state: Mutex<State>

    init(room: Int) { state = Mutex(State(room: room)) }

    func open(_ path: DiskPath, in directory: Descriptor, as opening: Opening) throws(Errno) -> Descriptor {
        let opened = try base.open(path, in: directory, as: opening)
        if path.description.hasPrefix("unnamed-") { state.withLock { _ = $0.unnamed.insert(opened) } }
        return opened
    }

    func close(_ descriptor: Descriptor) throws(Errno) {
        // The next one may have its number.
        state.withLock { _ = $0.unnamed.remove(descriptor) }
        try base.close(descriptor)
    }

    func write(_ file: Descriptor, from buffer: UnsafeRawBufferPointer) throws(Errno) -> Int {
        let isFull = state.withLock { state -> Bool in
            guard state.unnamed.contains(file) else { return false }
            state.room -= buffer.count
            return state.room < 0
        }
        if isFull { throw Errno.noSpace }
        return try base.write(file, from: buffer)
    }
}
