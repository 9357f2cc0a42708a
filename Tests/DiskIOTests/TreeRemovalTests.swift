import DiskIO
import SystemPackage
import TestSupport
import Testing

struct TreeRemovalTests {
    private let place: TemporaryDirectory

    init() throws {
        place = try TemporaryDirectory()
        try place.makeDirectory("trash", mode: 0o700)
    }

    private func empty(_ files: any FileSystem = LinuxFileSystem()) throws {
        try TreeRemoval.empty(place.open(files).directory("trash"))
    }

    @Test func `nothing is removed but what is in the trash`() throws {
        try place.write("mine", to: "canary")
        try place.write("a", to: "trash/file")
        try place.write("b", to: "trash/tree/b/c")
        try place.makeFIFO("trash/fifo")
        try empty()
        #expect(place.names("trash") == [])
        #expect(place.names() == ["canary", "trash"])
        #expect(place.mode(of: "trash") == 0o700)
        try empty()
    }

    @Test func `a bundle that is read-only down to its directories is removed`() throws {
        try place.write("{}", to: "trash/tree/apphost/manifest.json", mode: 0o444)
        try place.write("x", to: "trash/tree/bin/notes", mode: 0o555)
        for directory in ["tree/apphost", "tree/bin", "tree"] { try place.setMode("trash/\(directory)", to: 0o555) }
        try empty()
        #expect(place.names("trash") == [])
    }

    @Test func `a directory that even its owner cannot look into is removed`() throws {
        try place.write("x", to: "trash/tree/file")
        try place.setMode("trash/tree", to: 0)
        try empty()
        #expect(place.names("trash") == [])
    }

    @Test(arguments: [0, 0o300] as [UInt32], [1, 3, 64, 66])
    func `a tree of directories that an ordinary user cannot look into is removed`(mode: UInt32, depth: Int) throws {
        let parts = Array(repeating: "d", count: depth)
        try place.write("x", to: "trash/\(parts.joined(separator: "/"))/file", mode: 0)
        for level in (1...depth).reversed() {
            try place.setMode("trash/\(parts.prefix(level).joined(separator: "/"))", to: mode)
        }
        try empty(OrdinaryFileSystem())
        #expect(place.names("trash") == [])
    }

    static let depths = [63, 64, 65, 66, 130, 200]

    @Test(arguments: TreeRemovalTests.depths)
    func `a deep tree is removed`(depth: Int) throws {
        let path = Array(repeating: "d", count: depth).joined(separator: "/")
        try place.write("x", to: "trash/\(path)/file")
        try place.write("y", to: "trash/d/beside/file")
        try empty()
        #expect(place.names("trash") == [])
    }

    @Test(arguments: TreeRemovalTests.depths)
    func `a deep tree that is read-only is removed`(depth: Int) throws {
        let parts = Array(repeating: "d", count: depth)
        try place.write("x", to: "trash/\(parts.joined(separator: "/"))/file", mode: 0o444)
        for level in (1...depth).reversed() {
            try place.setMode("trash/\(parts.prefix(level).joined(separator: "/"))", to: 0o555)
        }
        try empty()
        #expect(place.names("trash") == [])
    }

    @Test func `links are removed and never followed`() throws {
        try place.write("mine", to: "outside/canary", mode: 0o400)
        try place.makeDirectory("outside/locked", mode: 0o500)
        let before = try outside()
        try place.makeLink("trash/directory", to: "../outside")
        try place.makeLink("trash/file", to: "../outside/canary")
        try place.makeLink("trash/absolute", to: place.path + "/outside")
        try place.makeLink("trash/tree/up", to: "../..")
        try place.makeLink("trash/tree/dangling", to: "missing")
        try place.setMode("trash/tree", to: 0o555)
        try empty()
        #expect(place.names("trash") == [])
        #expect(try outside() == before)
    }

    private func outside() throws -> Tree { try place.snapshot().filter { $0.key.hasPrefix("outside") } }

    @Test func `another name of a file keeps its content and mode`() throws {
        try place.write("shared", to: "kept", mode: 0o444)
        let file = try place.open().file("kept")
        try place.open().directory("trash").link(file, as: "name")
        try empty()
        #expect(place.text("kept") == "shared")
        #expect(place.mode(of: "kept") == 0o444)
    }

    @Test(arguments: [.once(.ioError), .once(.permissionDenied), .kill] as [FaultyFileSystem.Fault.Effect])
    func `what could not be removed is removed later`(effect: FaultyFileSystem.Fault.Effect) throws {
        var call = 1
        while true {
            try place.write("a", to: "trash/a/b/file", mode: 0o444)
            try place.setMode("trash/a/b", to: 0o555)
            try place.write("c", to: "trash/c")
            let files = FaultyFileSystem(at: call, effect)
            let isDone = (try? empty(files)) != nil
            guard files.hasStruck else { break }
            #expect(!isDone, "call \(call)")
            try empty()
            #expect(place.names("trash") == [], "call \(call)")
            call += 1
        }
        #expect(call == 6)
        #expect(place.names("trash") == [])
    }
}

/// The disk as an ordinary user meets it, also where the tests run as the superuser, for whom modes do not count: a
/// directory that its owner may not read cannot be opened.
private struct OrdinaryFileSystem: ForwardingFileSystem {
    let base: any FileSystem = LinuxFileSystem()

    func open(_ path: DiskPath, in directory: Descriptor, as opening: Opening) throws(Errno) -> Descriptor {
        if opening == .directory, try base.status(path, in: directory).mode & 0o400 == 0 { throw .permissionDenied }
        return try base.open(path, in: directory, as: opening)
    }
}
