import Glibc
import TestSupport
import Testing

/// An ordinary user that tests become.
enum OtherUser {
    static let number: UInt32 = 65534
    static let launcher = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]

    /// Whether a test can become that user, and that user can run the built program.
    static let isThere: Bool = {
        guard geteuid() == 0, let program = try? Program() else { return false }
        return (try? program.run("--version", through: launcher))?.status == 0
    }()

    /// Gives that user what is at `path`.
    static func own(_ path: String) throws {
        guard lchown(path, number, number) == 0 else { throw TestBroken(doing: "chown \(path)", errno: errno) }
    }

    /// Installs `notes` 1.0.0 on a root of that user, `theirs/root`.
    ///
    /// - Returns: the environment in which commands work on that root.
    static func prepare(_ program: Program) throws -> [String: String] {
        try program.prepare()
        try program.place.makeDirectory("theirs")
        try own("\(program.place.path)/theirs")
        let theirs = ["APPHOST_ROOT": "\(program.place.path)/theirs/root"]
        for line in ["trust add notes.key.pub --name notes", "install ./notes-1.0.zip"] {
            let outcome = try program.run(line, environment: theirs, through: launcher)
            try #require(outcome.status == 0, "\(line): \(outcome.stderr)")
        }
        return theirs
    }
}

/// A root is changed only by the user who owns it. Any other, the superuser too, is told whom to become.
@Suite(.enabled(if: OtherUser.isThere, "it takes the superuser, setpriv, and a program that others may run"))
struct OtherUserTests {
    /// What changes something on a host with `notes` 1.0.0, and `notes-1.1.zip` beside it.
    static let changes = [
        "update notes --from ./notes-1.1.zip", "update notes --from ./notes-1.1.zip --stage", "install ./notes-1.1.zip",
        "rollback notes", "uninstall notes", "uninstall notes --purge --yes", "settings retention=2",
        "trust status notes retired", "config notes NOTES_THEME=dark",
        "secret set notes NOTES_TOKEN --from notes.key.pub", "secret remove notes NOTES_TOKEN",
        "permissions notes revoke network.listen", "policy notes stage", "hold notes", "doctor --repair notes",
    ]

    @Test func `the superuser does not change the root of another user`() throws {
        let program = try Program()
        let theirs = try OtherUser.prepare(program)
        let before = try program.place.snapshot()
        for line in Self.changes {
            let outcome = try program.run(line, environment: theirs)
            #expect(outcome.status == 77, "\(line): \(outcome.stderr)")
            #expect(outcome.code == "root_wrong_owner", "\(line)")
            #expect(outcome.stderr.contains("sudo -u \\#65534"), "\(line): \(outcome.stderr)")
            #expect(try program.place.snapshot() == before, "\(line)")
        }
        for line in ["list", "info notes", "history notes", "verify", "doctor", "settings", "trust list"] {
            let outcome = try program.run(line, environment: theirs)
            #expect(outcome.status == 0, "\(line): \(outcome.stderr)")
        }
        #expect(try program.place.snapshot() == before)
        let owner = try program.run("uninstall notes", environment: theirs, through: OtherUser.launcher)
        #expect(owner.status == 0, "\(owner.stderr)")
    }

    @Test func `an ordinary user does not change the root of the superuser, and is told whom to become`() throws {
        let program = try Program()
        try program.prepare()
        try program.must("install ./notes-1.0.zip")
        let before = try program.place.snapshot()
        for line in Self.changes {
            let outcome = try program.run(line, through: OtherUser.launcher)
            #expect(outcome.status == 77, "\(line): \(outcome.stderr)")
            #expect(outcome.stderr.contains("sudo"), "\(line): \(outcome.stderr)")
            #expect(try program.place.snapshot() == before, "\(line)")
        }
    }

    @Test(arguments: [0o700, 0o300, 0] as [UInt32])
    func `data that not even its owner may look into is purged`(mode: UInt32) throws {
        let program = try Program()
        let theirs = try OtherUser.prepare(program)
        let data = "theirs/root/data/notes"
        try program.place.write("x", to: "\(data)/closed/file")
        try program.place.write("x", to: "\(data)/unread/file")
        for name in ["", "/closed", "/closed/file", "/unread", "/unread/file"] {
            try OtherUser.own("\(program.place.path)/\(data)\(name)")
        }
        try program.place.setMode("\(data)/closed", to: 0)
        try program.place.setMode("\(data)/unread", to: 0o300)
        try program.place.setMode(data, to: mode)
        let line = "uninstall notes --purge --yes"
        let outcome = try program.run(line, environment: theirs, through: OtherUser.launcher)
        #expect(outcome.status == 0, "\(outcome.stderr)")
        #expect(program.place.names("theirs/root/data") == [])
        #expect(program.place.names("theirs/root/trash") == [])
    }

    @Test func `where nobody may write no root is made`() throws {
        let program = try Program()
        let before = try program.place.snapshot()
        let outcome = try program.run("settings retention=2", through: OtherUser.launcher)
        #expect(outcome.status == 77)
        #expect(outcome.code == "permission_denied")
        #expect(try program.place.snapshot() == before)
        let list = try program.run("list", through: OtherUser.launcher)
        #expect(list.status == 0)
    }
}
