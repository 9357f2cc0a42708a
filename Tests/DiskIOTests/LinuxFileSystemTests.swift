import DiskIO
import SystemPackage
import TestSupport
import Testing

/// The seam to the disk keeps what ``FileSystem`` says that every implementation keeps.
struct LinuxFileSystemTests {
    private let place: TemporaryDirectory
    private let disk = LinuxFileSystem()
    /// `place`, opened.
    private let top: Directory

    init() throws {
        place = try TemporaryDirectory()
        top = try place.open()
    }

    private func content(_ file: File) throws -> String {
        let content = try file.content(limit: 1 << 20)
        return String(decoding: try #require(content), as: UTF8.self)
    }

    /// Opens and closes again.
    private func open(_ path: DiskPath, as opening: Opening) throws(Errno) {
        try disk.close(disk.open(path, in: top.descriptor, as: opening))
    }

    // MARK: Opening

    static let openings: [Opening] = [
        .directory, .reading, .creating(mode: 0o600), .appending(mode: 0o600), .locking(mode: 0o600),
    ]

    @Test(arguments: LinuxFileSystemTests.openings)
    func `a link within a path is never followed`(opening: Opening) throws {
        try place.write("secret", to: "outside/file")
        try place.makeDirectory("outside/directory")
        try place.makeLink("link", to: "outside")
        try place.makeLink("absolute", to: place.path + "/outside")
        for name in ["file", "directory", "new"] {
            for link in ["link", "absolute"] {
                #expect(throws: Errno.tooManySymbolicLinkLevels) { try open(DiskPath("\(link)/\(name)"), as: opening) }
            }
        }
        #expect(place.names("outside") == ["directory", "file"])
    }

    @Test(
        arguments: [
            (.reading, .tooManySymbolicLinkLevels), (.appending(mode: 0o600), .tooManySymbolicLinkLevels),
            (.locking(mode: 0o600), .tooManySymbolicLinkLevels), (.directory, .notDirectory),
            (.creating(mode: 0o600), .fileExists),
        ] as [(Opening, Errno)])
    func `a link at the end of a path is never followed`(opening: Opening, errno: Errno) throws {
        try place.write("secret", to: "file")
        try place.makeDirectory("directory")
        for (name, target) in [("a", "file"), ("b", "directory"), ("c", "missing"), ("d", "d")] {
            try place.makeLink(name, to: target)
            #expect(throws: errno) { try open(DiskPath(name), as: opening) }
        }
        #expect(!place.exists("missing"))
        #expect(place.text("file") == "secret")
    }

    @Test(arguments: ["..", "../x", "a/../../x", "/etc", "/"])
    func `nothing outside is reached`(path: String) throws {
        try place.makeDirectory("a")
        #expect(throws: Errno.improperLink) { try open(DiskPath(path), as: .directory) }
        #expect(throws: Errno.improperLink) { try open(DiskPath(path), as: .reading) }
    }

    @Test func `ENOENT alone means that it is not there`() throws {
        try place.write("", to: "file")
        #expect(throws: Errno.noSuchFileOrDirectory) { try open("missing", as: .reading) }
        #expect(throws: Errno.noSuchFileOrDirectory) { try open("missing/file", as: .directory) }
        #expect(throws: Errno.noSuchFileOrDirectory) { try disk.status("missing", in: top.descriptor) }
        #expect(throws: Errno.noSuchFileOrDirectory) { try disk.unlink("missing", in: top.descriptor) }
        let missing = DiskPath(place.path + "/missing")
        #expect(throws: Errno.noSuchFileOrDirectory) { try disk.openTop(missing, as: .directory) }
        #expect(throws: Errno.notDirectory) { try open("file", as: .directory) }
        #expect(throws: Errno.notDirectory) { try open("file/x", as: .reading) }
        let hasDirectory = try top.directoryIfPresent("missing") != nil
        let hasFile = try top.fileIfPresent("missing") != nil
        #expect(!hasDirectory && !hasFile)
        #expect(try top.status(of: "missing") == nil)
        #expect(throws: FileSystemError.self) { try top.directoryIfPresent("file") }
    }

    @Test func `what the operator names may be reached through links`() throws {
        try place.write("x", to: "real/file")
        try place.makeLink("way", to: "real")
        let opened = try Directory.open(place.path + "/way", files: disk)
        #expect(try opened.names() == ["file"])
        let file = try File.open(place.path + "/way/file", files: disk)
        #expect(try content(file) == "x")
    }

    @Test(.timeLimit(.minutes(20)))
    func `opening a FIFO does not wait for its other end`() throws {
        try place.makeFIFO("fifo")
        let fifo = try top.file("fifo")
        #expect(try fifo.status().kind == .other)
        #expect(try top.status(of: "fifo")?.kind == .other)
    }

    @Test func `a new file is made only where nothing is`() throws {
        try place.write("old", to: "file")
        #expect(throws: Errno.fileExists) { try open("file", as: .creating(mode: 0o600)) }
        let file = try top.file("new", as: .creating(mode: 0o600))
        try file.write(Array("one".utf8))
        #expect(try content(file) == "one")
        try file.close()
        try file.close()
        #expect(place.text("file") == "old")
        #expect(place.text("new") == "one")
    }

    @Test func `appending writes at the end, wherever that is`() throws {
        try place.write("one", to: "file")
        let file = try top.file("file", as: .appending(mode: 0o600))
        try file.write(Array(" two".utf8))
        try file.truncate(to: 3)
        try file.write(Array(" three".utf8))
        try file.sync()
        try file.close()
        #expect(place.text("file") == "one three")
    }

    // MARK: Names

    @Test func `a rename never replaces anything`() throws {
        try place.write("1", to: "a/file")
        try place.write("2", to: "b/file")
        try place.write("3", to: "file")
        let before = try place.snapshot()
        #expect(throws: Errno.fileExists) { try disk.rename("a", in: top.descriptor, to: "b", in: top.descriptor) }
        #expect(throws: Errno.fileExists) { try disk.rename("file", in: top.descriptor, to: "b", in: top.descriptor) }
        #expect(throws: Errno.noSuchFileOrDirectory) {
            try disk.rename("missing", in: top.descriptor, to: "c", in: top.descriptor)
        }
        #expect(try place.snapshot() == before)
        let other = try top.directory("b")
        try top.move("file", to: other, as: "moved")
        #expect(place.text("b/moved") == "3")
        #expect(!place.exists("file"))
    }

    @Test func `a replacing rename replaces`() throws {
        try place.write("old", to: "file")
        try place.write("new", to: "file.new")
        try top.replace("file", with: "file.new")
        #expect(place.names() == ["file"])
        #expect(place.text("file") == "new")
    }

    @Test func `two directories trade places`() throws {
        try place.write("1", to: "a/one")
        try place.write("2", to: "b/two")
        let held = try top.directory("a")
        try top.exchange("a", with: "b")
        #expect(place.names("a") == ["two"])
        #expect(place.names("b") == ["one"])
        #expect(try held.names() == ["one"])
        let error = #expect(throws: FileSystemError.self) { try top.exchange("a", with: "missing") }
        #expect(error?.errno == .noSuchFileOrDirectory)
        #expect(place.names() == ["a", "b"])
    }

    @Test func `a directory has the names that it has, in any bytes`() throws {
        let strange: [DiskPath] = [DiskPath([0xFF, 0xFE] as [UInt8]), "\n", " ", "...", "\u{E9}", "e\u{301}"]
        for name in strange { try top.file(name, as: .creating(mode: 0o600)).close() }
        try top.make("directory", mode: 0o700)
        try top.makeLink("link", target: "missing")
        try place.makeFIFO("fifo")
        let expected = strange + ["directory", "link", "fifo"]
        #expect(try Set(top.names()) == Set(expected))
        #expect(try top.names().count == expected.count)
        for entry in try top.namesWithKinds() {
            let status = try top.status(of: entry.name)
            #expect(entry.kind == nil || entry.kind == status?.kind)
        }
        #expect(try top.status(of: "link")?.kind == .link)
        #expect(try top.status(of: "directory")?.kind == .directory)
    }

    @Test func `a long directory is listed whole, again and again`() throws {
        let long = String(repeating: "n", count: 200)
        for number in 0..<500 { try place.write("", to: "d/\(long)\(number)") }
        let directory = try top.directory("d")
        for _ in 0..<3 { #expect(try Set(directory.names()).count == 500) }
    }

    @Test func `directories are made and removed`() throws {
        try top.make("a", mode: 0o700)
        #expect(throws: Errno.fileExists) { try disk.makeDirectory("a", in: top.descriptor, mode: 0o700) }
        try place.write("", to: "a/file")
        #expect(throws: Errno.directoryNotEmpty) { try disk.removeDirectory("a", in: top.descriptor) }
        #expect(throws: Errno.isDirectory) { try disk.unlink("a", in: top.descriptor) }
        try top.directory("a").unlink("file")
        try top.removeDirectory("a")
        #expect(place.names() == [])
        try top.unlinkIfPresent("a")
    }

    @Test(arguments: [0o755, 0o711, 0o700, 0o555] as [UInt32])
    func `a directory is made with exactly its mode`(mode: UInt32) throws {
        let made = try top.makeAndOpen("d", mode: mode)
        #expect(try made.status().mode == mode)
        #expect(place.mode(of: "d") == mode)
        let again = try top.openOrMake("d", mode: 0o700)
        #expect(try again.status().isSameFile(as: made.status()))
        #expect(place.mode(of: "d") == mode)
        let other = try top.openOrMake("e", mode: mode)
        #expect(try other.status().mode == mode)
    }

    // MARK: Links

    @Test func `an open file can be given one more name`() throws {
        try place.write("shared", to: "a", mode: 0o444)
        try place.makeDirectory("d")
        let file = try top.file("a")
        let directory = try top.directory("d")
        try directory.link(file, as: "b")
        #expect(place.text("d/b") == "shared")
        #expect(try file.status().links == 2)
        #expect(try top.status(of: "d/b")?.isSameFile(as: file.status()) == true)
        let error = #expect(throws: FileSystemError.self) { try directory.link(file, as: "b") }
        #expect(error?.isTaken == true)
    }

    @Test func `a link is made and read, and never looked through`() throws {
        try place.write("x", to: "file", mode: 0o640)
        try top.makeLink("link", target: "file")
        #expect(try top.linkTarget("link") == "file")
        let (link, file) = (try top.status(of: "link"), try top.status(of: "file"))
        #expect(link?.kind == .link)
        #expect(file?.kind == .file)
        #expect(link?.inode != file?.inode)
        try top.unlink("link")
        #expect(place.names() == ["file"])
        #expect(throws: FileSystemError.self) { try top.linkTarget("file") }
    }

    // MARK: Files

    @Test func `a file without a name holds what was written to it`() throws {
        let memory = try File.anonymous(files: disk)
        try memory.write(Array("one two".utf8))
        #expect(try content(memory) == "one two")
        #expect(try memory.status().size == 7)
        #expect(try memory.status().kind == .file)
        try memory.truncate(to: 3)
        #expect(try content(memory) == "one")
        #expect(place.names() == [])
    }

    @Test func `reading at an offset leaves the position`() throws {
        try place.write("abcdef", to: "file")
        let file = try top.file("file")
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 2, alignment: 1)
        defer { buffer.deallocate() }
        #expect(try file.read(into: buffer) == 2)
        #expect(try file.read(at: 4, into: buffer) == 2)
        #expect(Array(buffer) == Array("ef".utf8))
        #expect(try file.read(into: buffer) == 2)
        #expect(Array(buffer) == Array("cd".utf8))
        #expect(try file.read(at: 6, into: buffer) == 0)
    }

    @Test func `a content over the limit is not read`() throws {
        try place.write("12345", to: "file")
        let file = try top.file("file")
        #expect(try file.content(limit: 5)?.count == 5)
        #expect(try file.content(limit: 4) == nil)
    }

    @Test func `a file is appended to another`() throws {
        try place.write("0123456789", to: "source")
        let source = try top.file("source")
        let target = try top.file("target", as: .creating(mode: 0o600))
        let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 3, alignment: 1)
        defer { scratch.deallocate() }
        try target.append(source, scratch: scratch)
        try target.close()
        #expect(place.text("target") == "0123456789")
    }

    @Test func `short writes are completed`() throws {
        let slow = FaultyFileSystem(longestWrite: 3)
        let file = try place.open(slow).file("file", as: .creating(mode: 0o600))
        try file.write(Array("0123456789".utf8))
        try file.close()
        #expect(place.text("file") == "0123456789")
    }

    @Test func `sharing a content says where it cannot be done, and leaves the file as it is`() throws {
        try place.write("shared", to: "source")
        let copy = try top.file("copy", as: .creating(mode: 0o600))
        let isShared = try copy.clone(top.file("source"))
        try copy.close()
        #expect(place.text("copy") == (isShared ? "shared" : ""))
    }

    @Test func `modes are set on what is open`() throws {
        try place.write("x", to: "file", mode: 0o600)
        try top.file("file").setMode(0o444)
        #expect(place.mode(of: "file") == 0o444)
        #expect(try top.status(of: "file")?.mode == 0o444)
    }

    @Test func `a mode is set by name on what cannot be opened, and never through a link`() throws {
        try place.makeDirectory("directory", mode: 0)
        try place.write("x", to: "file", mode: 0o600)
        try place.makeLink("link", to: "file")
        try place.makeLink("way", to: "directory")
        try top.setMode(0o700, of: "directory")
        #expect(place.mode(of: "directory") == 0o700)
        for link in ["link", "way"] as [DiskPath] {
            #expect(throws: Errno.notSupportedOnSocket) { try disk.setMode(link, in: top.descriptor, to: 0o777) }
        }
        #expect(place.mode(of: "file") == 0o600)
        #expect(place.mode(of: "directory") == 0o700)
        #expect(throws: Errno.noSuchFileOrDirectory) { try disk.setMode("missing", in: top.descriptor, to: 0o700) }
    }

    @Test func `a file takes the place of one in another directory`() throws {
        try place.write("old", to: "a/name")
        try place.write("new", to: "b/other")
        try top.directory("a").replace("name", with: "other", of: top.directory("b"))
        #expect(place.text("a/name") == "new")
        #expect(place.names("b") == [])
    }

    @Test func `a status tells the owner and the size`() throws {
        try place.write("12345", to: "file")
        let status = try top.status(of: "file")
        #expect(status?.kind == .file)
        #expect(status?.size == 5)
        #expect(status?.owner == LinuxFileSystem.effectiveUser)
        #expect(status?.links == 1)
    }

    @Test func `room is measured`() throws {
        #expect(try top.space().available > 0)
        #expect(try top.space().kind != .network)
    }
}

struct DiskPathTests {
    @Test func `a path keeps its bytes and orders by them`() {
        let path = DiskPath([0x61, 0xFF, 0x2F, 0x01] as [UInt8])
        #expect(path.bytes == [0x61, 0xFF, 0x2F, 0x01])
        #expect(DiskPath("a").appending("b").bytes == Array("a/b".utf8))
        let ordered: [DiskPath] = ["", "a", "a/b", "aa", "b", "\u{E9}", DiskPath([0xFF] as [UInt8])]
        #expect(ordered.reversed().sorted() == ordered)
    }

    @Test func `a path is harmless to show`() {
        #expect(DiskPath("a\u{1B}[2J").description == #"a\u{1b}[2J"#)
        #expect(DiskPath([0xFF] as [UInt8]).description == "\u{FFFD}")
    }
}

struct FileSystemErrorTests {
    @Test func `an error names the call, the path and the reason`() throws {
        let place = try TemporaryDirectory()
        let error = #expect(throws: FileSystemError.self) { try place.open().file("missing") }
        #expect(error?.call == .open)
        #expect(error?.path == place.path + "/missing")
        #expect(error?.isNotFound == true)
        #expect(error?.message == "cannot open '\(place.path)/missing': no such file or directory")
    }
}
