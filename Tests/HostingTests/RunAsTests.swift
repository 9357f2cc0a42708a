import DiskIO
import Glibc
import HostModel
import TestSupport
import Testing

@testable import Hosting

/// `behaviour.md` 5: who an app runs as, and what follows for its files.
struct RunAsTests {
    private static let root = SystemUser(name: "root", number: 0, group: 0)
    private static let notes = SystemUser(name: "notes", number: 1001, group: 1001)
    private static let other = SystemUser(name: "other", number: 1002, group: 100)
    /// Another name of the superuser.
    private static let toor = SystemUser(name: "toor", number: 0, group: 0)

    private static func lookUp(_ name: String) -> SystemUser? {
        [root, notes, other, toor].first { $0.name == name }
    }

    /// One decision. What the app and the host say is a user's name or nothing.
    struct Row: Sendable, CustomTestStringConvertible {
        let owner: UInt32
        let configured: String?
        let setting: String?
        let expected: Result<RunAs, RunAsFailure>
        /// Whether slots may share the files of an app with `launch`.
        let shares: Bool

        init(
            _ owner: UInt32, _ configured: String?, _ setting: String?, _ expected: Result<RunAs, RunAsFailure>,
            shares: Bool
        ) {
            self.owner = owner
            self.configured = configured
            self.setting = setting
            self.expected = expected
            self.shares = shares
        }

        var testDescription: String { "root of \(owner), \(configured ?? "-"), \(setting ?? "-")" }
    }

    static let rows: [Row] = [
        Row(0, nil, nil, .failure(.missing(Lab.notes)), shares: true),
        Row(0, "notes", nil, .success(.user(notes)), shares: true),
        Row(0, nil, "other", .success(.user(other)), shares: true),
        Row(0, "notes", "other", .success(.user(notes)), shares: true),
        Row(0, "root", nil, .success(.user(root)), shares: false),
        Row(0, nil, "root", .success(.user(root)), shares: false),
        Row(0, "notes", "root", .success(.user(notes)), shares: true),
        Row(0, "root", "notes", .success(.user(root)), shares: false),
        Row(0, "toor", nil, .success(.user(toor)), shares: false),
        Row(0, "gone", nil, .failure(.unknown("gone")), shares: true),
        // What the app was given is not passed over because it is wrong.
        Row(0, "gone", "notes", .failure(.unknown("gone")), shares: true),
        Row(0, nil, "gone", .failure(.unknown("gone")), shares: true),
        Row(1001, nil, nil, .success(.owner), shares: false),
        Row(1001, "notes", nil, .success(.owner), shares: false),
        // The setting is for the superuser's root alone.
        Row(1001, nil, "other", .success(.owner), shares: false),
        Row(1001, nil, "gone", .success(.owner), shares: false),
        Row(1001, "other", nil, .failure(.notTheOwner(Lab.notes, "other")), shares: false),
        Row(1001, "root", nil, .failure(.notTheOwner(Lab.notes, "root")), shares: false),
        Row(1001, "gone", nil, .failure(.unknown("gone")), shares: false),
    ]

    @Test(arguments: RunAsTests.rows)
    func `who an app runs as follows from the root's owner and who was named`(row: Row) {
        let found = Result { () throws(RunAsFailure) -> RunAs in
            try RunAs.decide(
                Lab.notes, rootOwner: row.owner, configured: row.configured, setting: row.setting,
                lookUp: Self.lookUp)
        }
        #expect(found == row.expected)
    }

    @Test(arguments: RunAsTests.rows)
    func `files are shared only where the app cannot write them`(row: Row) throws {
        let mayShare = RunAs.mayShareFiles(
            Lab.notes, rootOwner: row.owner, configured: row.configured, setting: row.setting, lookUp: Self.lookUp)
        #expect(mayShare == row.shares)
        if case .success(let user) = row.expected {
            #expect(user.canWriteBundles(of: row.owner) == !mayShare)
        }
    }

    @Test func `each failure says what to do`() {
        let failures: [(RunAsFailure, FailureCode, String)] = [
            (.missing(Lab.notes), .appUserMissing, "apphost settings runAs=NAME"),
            (.unknown("gone\u{7}"), .appUserUnknown, "--user NAME"),
            (.notTheOwner(Lab.notes, "other"), .appUserUnknown, "--user \"\""),
        ]
        for (failure, code, words) in failures {
            #expect(failure.code == code)
            #expect(failure.state == .unchanged)
            #expect(failure.help?.contains(words) == true, "\(failure)")
            #expect(!failure.message.contains("\u{7}"))
        }
    }

    // MARK: On a host

    static let isSuperuser = geteuid() == 0

    /// Whether an update left `installed/` and `rollback/` one file that both have.
    private func shares(_ lab: Lab) throws -> Bool {
        let inodes = try ["installed", "rollback"].map { slot -> ino_t in
            var status = stat()
            let path = lab.inApp("\(slot)/static/style.css")
            guard lstat(path, &status) == 0 else { throw TestDiskError(call: "lstat", path: path, errno: errno) }
            return status.st_ino
        }
        return inodes[0] == inodes[1]
    }

    @Test(
        .enabled(if: RunAsTests.isSuperuser && SystemUser.named("nobody") != nil, "it takes the superuser and nobody"),
        arguments: [("", true), ("nobody", true), ("root", false)])
    func `an update of the superuser's app shares files unless it runs as the superuser`(
        user: String, expected: Bool
    ) async throws {
        for isConfigured in [false, true] {
            let lab = try await Lab.withNotes()
            if isConfigured {
                let change = ConfigurationChange(user: user)
                _ = try await lab.host.configure(Lab.notes, change, options: ChangeOptions())
            } else {
                try lab.set("runAs", to: user)
            }
            try await lab.update(lab.bundle("1.1.0"))
            #expect(try shares(lab) == expected)
            #expect(try lab.problems().isEmpty)
        }
    }

    @Test(.enabled(if: !RunAsTests.isSuperuser, "it takes an ordinary user"))
    func `an update in the root of an ordinary user shares nothing that the app can write`() async throws {
        let lab = try await Lab.withNotes()
        try await lab.update(lab.bundle("1.1.0"))
        #expect(try !shares(lab))
    }
}
