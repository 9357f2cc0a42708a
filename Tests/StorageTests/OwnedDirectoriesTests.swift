import DiskIO
import Glibc
import HostModel
import TestSupport
import Testing

@testable import Storage

/// `data/`, `cache/`, `run/` and `logs/` of one app, as a start finds or makes them.
struct OwnedDirectoriesTests {
    private static let parts = ["data", "cache", "run", "logs"]
    static let isSuperuser = geteuid() == 0
    /// Nobody needs to have this number: the kernel does not ask.
    private static let stranger: (number: UInt32, group: UInt32) = (number: 65534, group: 65533)

    private let bench: Bench

    init() throws { bench = try Bench() }

    private var place: TemporaryDirectory { bench.place }

    private func prepare(
        _ user: (number: UInt32, group: UInt32)? = nil, _ files: any FileSystem = FaultyFileSystem()
    ) throws -> OwnedDirectories {
        try Bench(in: place, files: files).root.prepareOwned(Samples.notes, user: user)
    }

    /// Of the name itself, below the root.
    private func owner(of name: String, in other: TemporaryDirectory? = nil) throws -> UInt32 {
        var status = stat()
        let path = "\((other ?? place).path)/root/\(name)"
        guard lstat(path, &status) == 0 else { throw TestDiskError(call: "lstat", path: path, errno: errno) }
        return status.st_uid
    }

    // MARK: Whoever it is

    @Test func `what is missing is made, each durable`() throws {
        let files = RecordingFileSystem()
        let root = try Bench(in: place, files: files).root
        files.clear()
        let owned = try root.prepareOwned(Samples.notes, user: nil)
        #expect(files.changes == Self.parts.flatMap { ["mkdir notes", "chmod notes 700", "sync \($0)"] })
        for part in Self.parts { #expect(place.mode(of: "root/\(part)/notes") == 0o700, "\(part)") }
        let paths = [owned.data, owned.cache, owned.run, owned.logs].map(\.path)
        #expect(paths == Self.parts.map { "\(place.path)/root/\($0)/notes" })
    }

    @Test func `what is there is left as it is`() throws {
        try place.write("mine", to: "root/data/notes/deep/file", mode: 0o640)
        try place.write("mine", to: "root/run/notes/socket", mode: 0o666)
        try place.makeDirectory("root/cache/notes")
        try place.makeDirectory("root/logs/notes")
        for part in Self.parts { try place.setMode("root/\(part)/notes", to: 0o700) }
        let before = try place.snapshot()
        let files = RecordingFileSystem()
        let root = try Bench(in: place, files: files).root
        files.clear()
        _ = try root.prepareOwned(Samples.notes, user: nil)
        #expect(files.changes == [])
        #expect(try place.snapshot() == before)
    }

    @Test(arguments: [0, 0o300, 0o755, 0o777, 0o2700] as [UInt32])
    func `a wrong mode is put right`(mode: UInt32) throws {
        try place.write("mine", to: "root/data/notes/file", mode: 0o644)
        try place.setMode("root/data/notes", to: mode)
        #expect(try prepare().data.names() == ["file"])
        #expect(place.mode(of: "root/data/notes") == 0o700)
        #expect(place.mode(of: "root/data/notes/file") == 0o644)
    }

    @Test func `what is no directory is refused, and a link not followed`() throws {
        try place.makeDirectory("outside", mode: 0o755)
        try place.makeLink("root/data/notes", to: "../../outside")
        let error = #expect(throws: StorageError.self) { try prepare() }
        #expect(error?.message.contains("root/data/notes") == true)
        #expect(place.mode(of: "outside") == 0o755)
        try place.remove("root/data/notes")
        try place.write("x", to: "root/data/notes")
        #expect(throws: StorageError.self) { try prepare() }
        #expect(place.text("root/data/notes") == "x")
    }

    @Test func `the root of another user is refused`() throws {
        let path = place.path + "/root"
        let user = LinuxFileSystem.effectiveUser + 1
        let root = try #require(try ManagedRoot.open(path, user: user, files: LinuxFileSystem()))
        let error = #expect(throws: StorageError.self) { try root.prepareOwned(Samples.notes, user: nil) }
        #expect(error?.code == .rootWrongOwner)
        #expect(place.names("root/data") == [])
    }

    // MARK: As the superuser

    @Test(.enabled(if: OwnedDirectoriesTests.isSuperuser, "it takes the superuser"))
    func `what is made belongs to the app's user, but for its logs`() throws {
        _ = try prepare(Self.stranger)
        for part in ["data", "cache", "run"] { #expect(try owner(of: "\(part)/notes") == 65534, "\(part)") }
        #expect(try owner(of: "logs/notes") == 0)
        for part in Self.parts {
            #expect(place.mode(of: "root/\(part)/notes") == 0o700, "\(part)")
            #expect(try owner(of: part) == 0)
        }
    }

    /// A tree of the app in `data/notes/`, with names in it that lead out of it.
    private func grow(in place: TemporaryDirectory) throws {
        try place.write("secret", to: "outside/file", mode: 0o600)
        try place.write("secret", to: "outside/linked", mode: 0o600)
        for name in ["file", "a/file", "a/b/file", "c/file"] {
            try place.write("mine", to: "root/data/notes/\(name)", mode: 0o600)
        }
        try place.makeDirectory("root/data/notes/closed", mode: 0)
        try place.makeLink("root/data/notes/a/link", to: "../../../../outside/file")
        try place.makeLink("root/data/notes/way", to: "../../../outside")
        try place.makeFIFO("root/data/notes/c/pipe")
        try place.setMode("root/data/notes", to: 0o700)
        let name = "\(place.path)/root/data/notes/a/another"
        guard link("\(place.path)/outside/linked", name) == 0 else {
            throw TestDiskError(call: "link", path: name, errno: errno)
        }
    }

    private static let grown = [
        "", "/file", "/a", "/a/file", "/a/b", "/a/b/file", "/a/link", "/c", "/c/file", "/c/pipe", "/closed", "/way",
    ]

    @Test(.enabled(if: OwnedDirectoriesTests.isSuperuser, "it takes the superuser"))
    func `a tree of another user is given to the app's, and nothing that is somebody else's`() throws {
        try grow(in: place)
        let before = try place.snapshot()
        _ = try prepare(Self.stranger)
        for name in Self.grown { #expect(try owner(of: "data/notes\(name)") == 65534, "\(name)") }
        for name in ["../outside", "../outside/file", "../outside/linked", "data/notes/a/another", "data"] {
            #expect(try owner(of: name) == 0, "\(name)")
        }
        let after = try place.snapshot()
        for (name, what) in before { #expect(after[name] == what, "\(name)") }
        _ = try prepare((number: 65533, group: 65533))
        for name in Self.grown { #expect(try owner(of: "data/notes\(name)") == 65533, "\(name)") }
    }

    @Test(.enabled(if: OwnedDirectoriesTests.isSuperuser, "it takes the superuser"))
    func `a tree that was given already is not walked again`() throws {
        try grow(in: place)
        _ = try prepare(Self.stranger)
        let files = RecordingFileSystem()
        _ = try prepare(Self.stranger, files)
        #expect(!files.calls.contains { $0.hasPrefix("names notes") })
        #expect(!files.changes.contains { $0.hasPrefix("chown") })
    }

    @Test(.enabled(if: OwnedDirectoriesTests.isSuperuser, "it takes the superuser"))
    func `the top is given last, once all below it is durable`() throws {
        try grow(in: place)
        let files = RecordingFileSystem()
        _ = try prepare(Self.stranger, files)
        let changes = files.changes.filter { $0.hasPrefix("chown") || $0.hasPrefix("syncfs") }
        let barrier = try #require(changes.firstIndex(of: "syncfs notes"))
        #expect(barrier == Self.grown.count - 1)
        #expect(changes[barrier + 1] == "chown notes 65534")
    }

    @Test(.enabled(if: OwnedDirectoriesTests.isSuperuser, "it takes the superuser"))
    func `a deep tree is given without a descriptor for each level`() throws {
        let depth = 1200
        let path = "root/data/notes" + String(repeating: "/d", count: depth)
        try place.makeDirectory(path)
        _ = try prepare(Self.stranger)
        #expect(try owner(of: String(path.dropFirst("root/".count))) == 65534)
    }

    @Test(.enabled(if: OwnedDirectoriesTests.isSuperuser, "it takes the superuser"))
    func `what a kill left is carried on`() throws {
        var call = 1
        while true {
            let bench = try Bench()
            try grow(in: bench.place)
            let files = FaultyFileSystem(at: call, .kill)
            _ = try? Bench(in: bench.place, files: files).root.prepareOwned(Samples.notes, user: Self.stranger)
            guard files.hasStruck else { break }
            _ = try bench.root.prepareOwned(Samples.notes, user: Self.stranger)
            for name in Self.grown.map({ "data/notes\($0)" }) + ["cache/notes", "run/notes"] {
                #expect(try owner(of: name, in: bench.place) == 65534, "call \(call): \(name)")
            }
            call += 1
        }
        #expect(call > Self.grown.count)
    }
}
