import DiskIO
import HostModel
import SystemPackage
import TestSupport
import Testing

@testable import Storage

/// `formats.md` 4: what a root is, and what is none.
struct ManagedRootTests {
    private let place: TemporaryDirectory
    private let me = LinuxFileSystem.effectiveUser

    init() throws { place = try TemporaryDirectory() }

    private var path: String { place.path + "/root" }

    private func make(_ files: any FileSystem = FaultyFileSystem()) throws -> ManagedRoot {
        try ManagedRoot.openOrMake(path, user: me, files: files)
    }

    /// Whether there is a root already, where there may be one.
    private func isRoot() throws -> Bool { try ManagedRoot.open(path, user: me, files: LinuxFileSystem()) != nil }

    /// Expects that the root is neither opened nor made, and that nothing changes.
    private func expectRefusal(
        _ code: FailureCode, naming word: String, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let before = try place.snapshot()
        let attempts: [() throws -> Void] = [{ _ = try make() }, { _ = try isRoot() }]
        for attempt in attempts {
            let error = #expect(throws: StorageError.self, sourceLocation: sourceLocation) { try attempt() }
            #expect(error?.code == code, sourceLocation: sourceLocation)
            #expect(error?.message.contains(word) == true, sourceLocation: sourceLocation)
        }
        #expect(try place.snapshot() == before, sourceLocation: sourceLocation)
    }

    static let modes: [String: UInt32] = [
        "": 0o755, "apps": 0o755, "data": 0o711, "cache": 0o711, "run": 0o711, "staging": 0o700, "trash": 0o700,
        "trust": 0o700, "catalogs": 0o700, "scheduler": 0o700, "logs": 0o700, "secrets": 0o700,
        "format.json": 0o644, "lock": 0o600,
    ]

    /// Expects a new root at `path`: exactly its parts, with their modes, and nothing in them.
    private func expectNewRoot(_ comment: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation) {
        let names = Self.modes.keys.filter { !$0.isEmpty }.sorted()
        #expect(place.names("root") == names, comment, sourceLocation: sourceLocation)
        for (name, mode) in Self.modes {
            #expect(place.mode(of: "root/\(name)") == mode, "\(name)", sourceLocation: sourceLocation)
        }
        for part in ManagedRoot.Part.allCases {
            #expect(place.names("root/\(part.rawValue)") == [], comment, sourceLocation: sourceLocation)
        }
        #expect(place.text("root/format.json") == "{\"schema\":1}\n", comment, sourceLocation: sourceLocation)
    }

    // MARK: Making

    @Test func `a root is made with everything in it`() throws {
        let root = try make(LinuxFileSystem())
        expectNewRoot()
        #expect(root.path == path)
        #expect(root.owner == me)
        #expect(root.isOurs)
        #expect(try root.appIDs() == [])
        #expect(try isRoot())
    }

    @Test(arguments: [0, 0o022, 0o077, 0o027] as [UInt32])
    func `the modes are what they are, whatever the umask`(umask: UInt32) throws {
        _ = try make(MaskedFileSystem(umask: umask))
        expectNewRoot()
    }

    @Test func `what is missing above a root is made`() throws {
        let deep = place.path + "/a/b/root"
        _ = try ManagedRoot.openOrMake(deep, user: me, files: FaultyFileSystem())
        #expect(place.names("a/b") == ["root"])
        #expect(place.mode(of: "a/b") == 0o755)
        #expect(try ManagedRoot.open(deep + "/", user: me, files: FaultyFileSystem())?.isOurs == true)
    }

    @Test func `an empty directory becomes a root, with its mode put right`() throws {
        try place.makeDirectory("root", mode: 0o700)
        #expect(try !isRoot())
        _ = try make()
        expectNewRoot()
    }

    @Test func `a root that is there is opened and left as it is`() throws {
        _ = try make()
        try place.write("{}", to: "root/config.json")
        try place.setMode("root/logs", to: 0o750)
        let before = try place.snapshot()
        let files = FaultyFileSystem()
        _ = try make(files)
        #expect(try place.snapshot() == before)
        #expect(files.calls == 0)
    }

    @Test func `looking makes nothing`() throws {
        #expect(try !isRoot())
        try place.makeDirectory("root")
        let before = try place.snapshot()
        #expect(try !isRoot())
        #expect(try place.snapshot() == before)
    }

    static let effects: [FaultyFileSystem.Fault.Effect] = [.kill, .once(.ioError), .fromThenOn(.noSpace)]

    @Test(arguments: ManagedRootTests.effects)
    func `a root whose making was interrupted is completed`(effect: FaultyFileSystem.Fault.Effect) throws {
        var call = 1
        while true {
            let trial = try ManagedRootTests()
            let files = FaultyFileSystem(at: call, effect)
            let isMade = (try? trial.make(files)) != nil
            guard files.hasStruck else { break }
            let isComplete = try trial.isRoot()
            #expect(!isMade || isComplete, "call \(call)")
            _ = try trial.make()
            trial.expectNewRoot("call \(call)")
            call += 1
        }
        #expect(call > 30)
    }

    @Test func `what an interrupted making leaves is still empty`() throws {
        try place.write("", to: "root/lock", mode: 0o600)
        try place.write("{\"sch", to: "root/format.json.new")
        try place.makeDirectory("root/apps", mode: 0o700)
        try place.makeDirectory("root/staging/probe-a")
        try place.write("", to: "root/staging/probe-lock")
        #expect(try !isRoot())
        _ = try make()
        expectNewRoot()
    }

    // MARK: What is no root

    @Test(arguments: [
        "notes.txt", ".hidden", "config.json", "apps/notes/record.json", "apps/notes.txt", "data/notes/x",
        "staging/notes/x", "other/x", "format.json.old", "lock.new",
    ])
    func `a directory with anything else in it is not ours`(name: String) throws {
        try place.write("precious", to: "root/\(name)")
        try place.write("", to: "root/lock")
        try expectRefusal(.rootNotOurs, naming: String(name.prefix { $0 != "/" }))
    }

    @Test func `a file or a link in the place of a part is not ours`() throws {
        try place.write("x", to: "root/apps")
        #expect(throws: StorageError.self) { try make() }
        try place.remove("root/apps")
        try place.makeDirectory("elsewhere")
        try place.makeLink("root/trash", to: "../elsewhere")
        #expect(throws: StorageError.self) { try make() }
        #expect(place.names("root") == ["trash"])
    }

    @Test func `what is no directory is an error`() throws {
        try place.write("x", to: "root")
        let error = #expect(throws: StorageError.self) { try make() }
        #expect(error?.code == .diskError)
        #expect(place.text("root") == "x")
    }

    // MARK: Its format

    @Test func `a newer root is refused, also for looking`() throws {
        _ = try make()
        try place.write("{\"schema\":2,\"more\":true}\n", to: "root/format.json")
        try expectRefusal(.rootNewer, naming: path)
    }

    @Test(arguments: ["", "{", "[]", "{}", "{\"schema\":0}", "{\"schema\":\"1\"}", "{\"schema\":1,\"other\":1}"])
    func `a format that cannot be read is an error that names it`(text: String) throws {
        _ = try make()
        try place.write(text, to: "root/format.json")
        try expectRefusal(.recordUnreadable, naming: "'format.json'")
    }

    // MARK: Its owner

    @Test func `a root of another user is read, and never changed`() async throws {
        _ = try make()
        let stranger = me &+ 1
        let before = try place.snapshot()
        let error = #expect(throws: StorageError.self) {
            try ManagedRoot.openOrMake(path, user: stranger, files: FaultyFileSystem())
        }
        #expect(error?.code == .rootWrongOwner)
        #expect(error?.help?.contains("\(me)") == true || me == 0)

        let opened = try ManagedRoot.open(path, user: stranger, files: LinuxFileSystem())
        let root = try #require(opened)
        #expect(!root.isOurs)
        #expect(try root.appIDs() == [])
        let engine = StorageEngine(root: root, now: { Samples.now })
        #expect(engine.recover().isEmpty)
        await expectFailure(.rootWrongOwner) {
            let tree = try engine.beginStaging(Samples.notes, wait: false)
            try tree.discard()
        }
        await expectFailure(.rootWrongOwner) {
            try await engine.uninstall(Samples.notes, purge: false, by: "test") { _ in (AppRecord(), HistoryDetail()) }
        }
        await expectFailure(.rootWrongOwner) {
            try root.changeRecord("config.json", in: nil, limit: 100) { _ in Array("{}".utf8) }
        }
        #expect(try place.snapshot() == before)
    }

    @Test func `a directory of another user becomes no root`() throws {
        try place.makeDirectory("root")
        let error = #expect(throws: StorageError.self) {
            try ManagedRoot.openOrMake(path, user: me &+ 1, files: FaultyFileSystem())
        }
        #expect(error?.code == .rootWrongOwner)
        #expect(place.names("root") == [])
    }

    // MARK: Its file system

    @Test(arguments: LameFileSystem.Lack.allCases)
    func `a file system without what a swap relies on is refused`(lack: LameFileSystem.Lack) throws {
        let error = #expect(throws: StorageError.self) { try make(LameFileSystem(lack: lack)) }
        #expect(error?.code == .rootFileSystemUnsupported)
        #expect(error?.message.contains(lack.rawValue) == true)
        #expect(!place.exists("root/format.json"))
        _ = try make()
        expectNewRoot()
    }

    // MARK: Records of the whole host

    @Test func `a record of the host is read and replaced`() throws {
        let root = try make()
        #expect(try root.readRecord("config.json", limit: 100) == nil)
        try root.changeRecord("config.json", in: nil, limit: 100) { present in
            #expect(present == nil)
            return Array("one".utf8)
        }
        try root.changeRecord("config.json", in: nil, limit: 100) { present in
            #expect(present == Array("one".utf8))
            return Array("two".utf8)
        }
        try root.changeRecord("config.json", in: nil, limit: 100) { _ in nil }
        #expect(place.text("root/config.json") == "two")
        #expect(place.mode(of: "root/config.json") == 0o600)
        try root.changeRecord("keys.json", in: .trust, limit: 100) { _ in Array("keys".utf8) }
        #expect(try root.readRecord("trust/keys.json", limit: 4) == Array("keys".utf8))
        #expect(throws: StorageError.self) { try root.readRecord("trust/keys.json", limit: 3) }
        #expect(place.names("root/trust") == ["keys.json"])
    }

    @Test func `a change that is refused leaves the record`() throws {
        let root = try make()
        try root.changeRecord("config.json", in: nil, limit: 100) { _ in Array("one".utf8) }
        #expect(throws: Interrupted.self) {
            try root.changeRecord("config.json", in: nil, limit: 100) { _ in throw Interrupted() }
        }
        #expect(place.text("root/config.json") == "one")
    }

    @Test func `only ids are apps`() throws {
        let root = try make()
        for name in ["notes", "a.b", "Notes", ".x", "b"] { try place.makeDirectory("root/apps/\(name)") }
        #expect(try root.appIDs().map(\.text) == ["a.b", "b", "notes"])
        let isThere = try root.app(Samples.notes) != nil
        #expect(isThere)
    }
}

/// The disk as a process with another umask sees it. The umask itself belongs to the whole process, other tests too.
private struct MaskedFileSystem: ForwardingFileSystem {
    let base: any FileSystem = FaultyFileSystem()
    let umask: UInt32

    func makeDirectory(_ name: DiskPath, in directory: Descriptor, mode: UInt32) throws(Errno) {
        try base.makeDirectory(name, in: directory, mode: mode & ~umask)
    }

    func open(_ path: DiskPath, in directory: Descriptor, as opening: Opening) throws(Errno) -> Descriptor {
        let masked: Opening =
            switch opening {
            case .directory, .reading: opening
            case .creating(let mode): .creating(mode: mode & ~umask)
            case .appending(let mode): .appending(mode: mode & ~umask)
            case .locking(let mode): .locking(mode: mode & ~umask)
            }
        return try base.open(path, in: directory, as: masked)
    }
}

/// A disk that cannot do something.
struct LameFileSystem: ForwardingFileSystem {
    enum Lack: String, CaseIterable, Sendable {
        case exchange = "cannot exchange two directories"
        case locks = "does not keep locks"
        case letterCase = "upper from lower case"
        case nearness = "network file system"
    }

    let base: any FileSystem = FaultyFileSystem()
    let lack: Lack

    func exchange(
        _ name: DiskPath, in directory: Descriptor, with other: DiskPath, in otherDirectory: Descriptor
    ) throws(Errno) {
        if lack == .exchange { throw .invalidArgument }
        try base.exchange(name, in: directory, with: other, in: otherDirectory)
    }

    func lock(_ file: Descriptor, _ kind: LockKind, wait: Bool) throws(Errno) -> Bool {
        if lack == .locks { return true }
        return try base.lock(file, kind, wait: wait)
    }

    func status(_ name: DiskPath, in directory: Descriptor) throws(Errno) -> FileStatus {
        let folded = lack == .letterCase ? DiskPath(name.description.lowercased()) : name
        return try base.status(folded, in: directory)
    }

    func space(_ descriptor: Descriptor) throws(Errno) -> FileSystemSpace {
        let space = try base.space(descriptor)
        return lack == .nearness ? FileSystemSpace(available: space.available, kind: .network) : space
    }
}
