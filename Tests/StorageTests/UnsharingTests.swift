import DiskIO
import Glibc
import HostModel
import SystemPackage
import TestSupport
import Testing

@testable import Storage

/// `installed/` gets files of its own before its app can write them.
struct UnsharingTests {
    static let isSuperuser = geteuid() == 0
    private static let installed = "root/apps/notes/installed"

    private func status(_ name: String, in place: TemporaryDirectory) throws -> stat {
        var status = stat()
        let path = "\(place.path)/\(name)"
        guard lstat(path, &status) == 0 else { throw TestDiskError(call: "lstat", path: path, errno: errno) }
        return status
    }

    /// Gives a file of the installed bundle one more name, as an update does that shares it.
    private func share(_ name: String, in place: TemporaryDirectory) throws {
        try place.makeDirectory("shared")
        let one = "\(place.path)/\(Self.installed)/\(name)"
        let other = "\(place.path)/shared/file"
        guard link(one, other) == 0 else { throw TestDiskError(call: "link", path: other, errno: errno) }
    }

    private func bench() async throws -> Bench {
        let bench = try Bench()
        try await bench.install(.a)
        try await bench.update(to: .b)
        return bench
    }

    @Test func `where nothing is shared nothing is done, and no update waited for`() async throws {
        let bench = try await bench()
        let update = try bench.engine.beginStaging(Samples.notes, wait: false)
        let before = try bench.place.snapshot()
        #expect(try await bench.engine.unshare(Samples.notes) == 0)
        #expect(try bench.place.snapshot() == before)
        try update.discard()
    }

    @Test func `what is not installed has nothing to share`() async throws {
        let bench = try Bench()
        await expectFailure(.appNotInstalled) { _ = try await bench.engine.unshare(Samples.notes) }
    }

    @Test func `while an update is under way shared files stay`() async throws {
        let bench = try await bench()
        try share("bin/notes", in: bench.place)
        let update = try bench.engine.beginStaging(Samples.notes, wait: false)
        await expectFailure(.busy) { _ = try await bench.engine.unshare(Samples.notes) }
        #expect(try status("shared/file", in: bench.place).st_nlink == 2)
        try update.discard()
    }

    @Test(
        .enabled(if: UnsharingTests.isSuperuser, "it takes the superuser"),
        arguments: ["bin/notes", "apphost/manifest.json"])
    func `a shared file becomes two, the same in content and mode`(name: String) async throws {
        let bench = try await bench()
        let place = bench.place
        try share(name, in: place)
        let before = try place.snapshot()
        let shared = try status("shared/file", in: place)
        #expect(try await bench.engine.unshare(Samples.notes) == 1)
        #expect(try place.snapshot() == before)
        #expect(Toy.b.problem(in: Self.installed, at: place) == nil)
        let other = try status("shared/file", in: place)
        #expect(other.st_ino == shared.st_ino)
        #expect(other.st_nlink == 1)
        #expect(try status("\(Self.installed)/\(name)", in: place).st_ino != shared.st_ino)
        #expect(try await bench.engine.unshare(Samples.notes) == 0)
    }

    @Test(.enabled(if: UnsharingTests.isSuperuser, "it takes the superuser"))
    func `every copy is durable before the first takes its place`() async throws {
        let place = try await bench().place
        try share("bin/notes", in: place)
        let files = RecordingFileSystem()
        let bench = try Bench(in: place, files: files)
        files.clear()
        #expect(try await bench.engine.unshare(Samples.notes) == 1)
        let order = ["close notes", "syncfs notes", "lock lock exclusive", "replace notes notes", "syncfs installed"]
        let places = order.compactMap { files.changes.firstIndex(of: $0) }
        #expect(places.count == order.count, "\(files.changes)")
        #expect(places == places.sorted(), "\(files.changes)")
    }

    @Test(
        .enabled(if: UnsharingTests.isSuperuser, "it takes the superuser"),
        arguments: [.kill, .once(.noSpace), .fromThenOn(.ioError)] as [FaultyFileSystem.Fault.Effect])
    func `whatever goes wrong, the bundle is whole`(effect: FaultyFileSystem.Fault.Effect) async throws {
        var call = 1
        while true {
            let place = try await bench().place
            try share("bin/notes", in: place)
            let files = FaultyFileSystem(at: call, effect)
            let count = try? await Bench(in: place, files: files).engine.unshare(Samples.notes)
            guard files.hasStruck else {
                #expect(count == 1)
                break
            }
            #expect(Toy.b.problem(in: Self.installed, at: place) == nil, "call \(call)")
            let next = try Bench(in: place)
            #expect(next.engine.recover().isEmpty, "call \(call)")
            #expect(place.names("root/staging") == [], "call \(call)")
            #expect(place.names("root/trash") == [], "call \(call)")
            _ = try await next.engine.unshare(Samples.notes)
            #expect(Toy.b.problem(in: Self.installed, at: place) == nil, "call \(call)")
            #expect(Toy.a.problem(in: "root/apps/notes/rollback", at: place) == nil, "call \(call)")
            #expect(try status("shared/file", in: place).st_nlink == 1, "call \(call)")
            call += 1
        }
        #expect(call > 8)
    }
}
