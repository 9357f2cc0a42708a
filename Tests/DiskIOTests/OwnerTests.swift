import DiskIO
import Glibc
import HostModel
import SystemPackage
import TestSupport
import Testing

/// Whom things belong to.
struct OwnerTests {
    private let place: TemporaryDirectory
    private let disk = LinuxFileSystem()
    /// `place`, opened.
    private let top: Directory

    init() throws {
        place = try TemporaryDirectory()
        top = try place.open()
    }

    @Test func `an owner is set on what is open, and by name on a link itself`() throws {
        let me = LinuxFileSystem.effectiveUser
        let mine = getegid()
        try place.write("x", to: "file")
        try place.makeLink("dangling", to: "missing")
        // To give something to whom it belongs already is nobody's privilege.
        try top.setOwner(to: me, group: mine)
        try top.file("file").setOwner(to: me, group: mine)
        try top.setOwner(of: "dangling", to: me, group: mine)
        #expect(throws: Errno.noSuchFileOrDirectory) {
            try disk.setOwner("missing", in: top.descriptor, to: me, group: mine)
        }
    }

    @Test(.enabled(if: geteuid() == 0, "it takes the superuser"))
    func `the superuser gives away what is named, and nothing that a link leads to`() throws {
        try place.write("x", to: "file")
        try place.makeDirectory("directory")
        try place.makeLink("link", to: "file")
        try top.setOwner(of: "link", to: 65534, group: 65533)
        try top.directory("directory").setOwner(to: 65534, group: 65533)
        let expected: [(DiskPath, UInt32, UInt32)] = [
            ("link", 65534, 65533), ("directory", 65534, 65533), ("file", 0, getegid()),
        ]
        for (name, user, group) in expected {
            let status = try top.status(of: name)
            #expect(status?.owner == user, "\(name)")
            #expect(status?.group == group, "\(name)")
        }
        try top.file("file").setOwner(to: 65534, group: 65533)
        #expect(try top.status(of: "file")?.owner == 65534)
        #expect(try top.status(of: "file")?.group == 65533)
    }

    @Test(.enabled(if: geteuid() != 0, "for the superuser it is allowed"))
    func `an ordinary user gives nothing away`() throws {
        let error = #expect(throws: FileSystemError.self) { try top.setOwner(to: 0, group: 0) }
        #expect(error?.code == .permissionDenied)
        #expect(error?.message.hasPrefix("cannot set the owner of '\(place.path)'") == true)
    }

    // MARK: The user database

    @Test func `a user is found by name and by number`() throws {
        let root = try #require(SystemUser.named("root"))
        #expect(root == SystemUser(name: "root", number: 0, group: 0))
        #expect(SystemUser.numbered(0) == root)
    }

    @Test(arguments: ["no-such-user", "", "root ", "root:x", "0"])
    func `who is not there is not found`(name: String) { #expect(SystemUser.named(name) == nil) }

    @Test func `a number that nobody has is not found`() { #expect(SystemUser.numbered(4_000_000_123) == nil) }
}
