import HostModel
import TestSupport
import Testing

/// `behaviour.md` 7: every way to end, with its status, its code, and three lines that say what to do.
struct ExitStatusTests {
    /// A command line that is refused on the host of ``prepared()``, with how it ends.
    struct Row: Sendable {
        let line: String
        let status: Int32
        let code: FailureCode

        init(_ line: String, _ status: Int32, _ code: FailureCode) {
            self.line = line
            self.status = status
            self.code = code
        }
    }

    static let rows: [Row] = [
        // Who signed it.
        Row("update notes --from ./by-stranger.zip", 77, .bundleKeyUnknown),
        Row("update notes --from ./by-late.zip", 77, .bundleKeyOutOfValidity),
        Row("update notes --from ./by-early.zip", 77, .bundleKeyOutOfValidity),
        Row("update notes --from ./by-retired.zip", 77, .bundleKeyRetired),
        Row("update notes --from ./by-revoked.zip", 77, .bundleKeyRevoked),
        Row("update notes --from ./by-reviewer.zip", 77, .bundleKeyNotForBundles),
        Row("update notes --from ./by-elsewhere.zip", 77, .bundleKeyNotForApp),
        Row("update notes --from ./by-nobody.zip", 77, .bundleUnsigned),
        Row("install ./by-stranger.zip --accept unsigned", 77, .bundleKeyUnknown),

        // What somebody has to consent to.
        Row("update notes --from ./by-other.zip", 77, .updateConsentRequired),
        Row("update notes --from ./notes-1.0.zip", 77, .updateConsentRequired),
        Row("update notes --from ./more.zip", 77, .updateConsentRequired),
        Row("update notes --from ./by-nobody.zip --accept unsigned", 77, .updateConsentRequired),
        Row("update notes --from ./notes-1.0.zip --yes", 77, .updateConsentRequired),
        Row("update notes --from ./notes-1.0.zip --accept permissions,posture", 77, .updateConsentRequired),

        // What it is for.
        Row("update notes --from ./wiki.zip", 65, .bundleWrongApp),
        Row("update notes --from ./elsewhere.zip", 77, .updateIncompatible),
        Row("update notes --from ./future.zip", 77, .updateIncompatible),
        Row(
            "update notes --from ./notes-1.2.zip --expect " + String(repeating: "0", count: 64), 77,
            .updateCandidateChanged),
        Row("install ./notes-1.2.zip", 1, .appAlreadyInstalled),

        // What it is.
        Row("update notes --from ./cut.zip", 65, .bundleArchiveInvalid),
        Row("update notes --from ./notes.key", 65, .bundleFormatUnsupported),
        Row("update notes --from /dev/null", 65, .bundleFormatUnsupported),
        Row("update notes --from ./unlike.zip", 65, .artifactDigestMismatch),
        Row("update notes --from ./source-of-more.zip", 65, .bundleOrder),

        // What is not there.
        Row("update notes --from ./nothing.zip", 66, .sourceNotFound),
        Row("update nobody --from ./notes-1.2.zip", 66, .appNotInstalled),
        Row("apply nobody", 66, .appNotInstalled),
        Row("apply notes", 66, .updateNotStaged),
        Row("unstage nobody", 66, .appNotInstalled),
        Row("rollback nobody", 66, .appNotInstalled),
        Row("rollback notes --to 0.9.0", 66, .versionNotFound),
        Row("rollback wiki", 66, .rollbackNotAvailable),
        Row("uninstall nobody", 66, .appNotInstalled),
        Row("info nobody", 66, .appNotInstalled),
        Row("history nobody", 66, .appNotInstalled),
        Row("verify nobody", 66, .appNotInstalled),
        Row("inspect ./nothing.zip", 66, .sourceNotFound),
        Row("trust status nobody retired", 66, .keyNotFound),
        Row("trust add ./nothing.pub --name nothing", 66, .sourceNotFound),
        Row("sign ./nothing --key notes.key", 66, .sourceNotFound),
        Row("sign source-of-more.zip --key nothing.key", 66, .sourceNotFound),
        Row("pack ./nothing -o nothing.zip", 66, .sourceNotFound),

        // Keys, settings and what a publisher does.
        Row("trust add notes.key.pub --name again", 1, .keyAlreadyTrusted),
        Row("trust add notes.key --name private", 65, .keyInvalid),
        Row("trust add stranger.key.pub --name No/Name", 65, .keyInvalid),
        Row("trust status revoked active", 77, .bundleKeyRevoked),
        Row("settings nosuch", 78, .settingInvalid),
        Row("settings nosuch=1", 78, .settingInvalid),
        Row("settings retention=0", 78, .settingInvalid),
        Row("settings allowUnsigned=perhaps", 78, .settingInvalid),
        Row("key new notes.key", 73, .fileExists),
        Row("sign source-of-more.zip --key notes.key.pub", 65, .keyInvalid),
        Row("pack source-of-more.zip -o more.rar --key notes.key", 65, .bundleFormatUnsupported),
        Row("uninstall notes --purge", 64, .usage),
    ]

    /// `notes` 1.1.0 over 1.0.0 and `wiki` 1.0.0, on a host with a key of every kind.
    private func prepared() throws -> Program {
        let program = try Program()
        try program.prepareUpdated()
        try program.pack("wiki.zip", version: "1.0.0", id: "wiki")
        try program.must("install ./wiki.zip")
        try program.pack("notes-1.2.zip", version: "1.2.0")
        try program.pack("more.zip", version: "1.2.0", more: #","permissions":["everything"]"#)
        try program.pack("elsewhere.zip", version: "1.2.0", more: #","requires":{"arch":["pdp11"]}"#)
        try program.pack("future.zip", version: "1.2.0", more: #","requires":{"apphost":"999.0.0"}"#)
        try program.must("pack source-of-notes-1.2.zip -o by-nobody.zip")

        let kinds: [String: String?] = [
            "stranger": nil, "other": "", "late": "--until 2001-01-01", "early": "--from 2999-01-01",
            "retired": "", "revoked": "", "reviewer": "--for review", "elsewhere": "--app wiki",
        ]
        for (name, options) in kinds {
            try program.must("key new \(name).key")
            if let options { try program.must("trust add \(name).key.pub --name \(name) \(options)") }
            try program.must("pack source-of-notes-1.2.zip -o by-\(name).zip --key \(name).key")
        }
        for status in ["retired", "revoked"] { try program.must("trust status \(status) \(status)") }

        try program.spoil("notes-1.2.zip", as: "cut.zip") { Array($0.dropLast(10)) }
        try program.spoil("notes-1.2.zip", as: "unlike.zip") { $0 }
        try program.place.write("\(String(repeating: "0", count: 64))  unlike.zip\n", to: "unlike.zip.sha256")
        return program
    }

    @Test func `each refusal has its status and its code, and leaves the bundles as they are`() throws {
        let program = try prepared()
        let before = try program.bundles()
        for row in Self.rows {
            let outcome = try program.run(row.line)
            #expect(outcome.status == row.status, "\(row.line): \(outcome.stderr)")
            #expect(outcome.code == row.code.rawValue, "\(row.line)")
            #expect(row.code.exitStatus == row.status)
            #expect(outcome.stdout.isEmpty, "\(row.line)")
            let lines = outcome.stderr.split(separator: "\n").map { $0.prefix(while: { $0 != " " }) }
            let isComplete = lines == ["error:", "state:", "help:", "code:"] || lines == ["error:", "state:", "code:"]
            #expect(isComplete, "\(outcome.stderr)")
            #expect(outcome.stderr.contains("\nstate: nothing was changed\n"), "\(row.line)")
        }
        #expect(try program.bundles() == before)
        #expect(try program.run("verify --all-slots").status == 0)
        #expect(try program.run("doctor").status == 0)
    }

    // MARK: Damage on the way

    /// Of an archive's own fields, such as times, nothing is taken over; everything else is what was signed.
    @Test func `with a bit flipped anywhere a bundle is refused, or is still the one that was signed`() throws {
        let program = try Program()
        try program.prepare()
        try program.must("install ./notes-1.0.zip")
        let signed = try program.json("inspect ./notes-1.1.zip").member("digest")
        let digest = try #require(signed?.asString)
        let before = try program.bundles()
        let size = try #require(program.place.read("notes-1.1.zip")).count
        for offset in stride(from: 0, to: size, by: max(1, size / 60)) {
            try program.spoil("notes-1.1.zip", as: "flipped.zip") { bytes in
                var bytes = bytes
                bytes[offset] ^= 0x10
                return bytes
            }
            let outcome = try program.run("update notes --from ./flipped.zip --dry-run --json")
            if outcome.status == 0 {
                #expect(outcome.stdout.contains(digest), "byte \(offset)")
            } else {
                #expect(outcome.status == 65 || outcome.status == 77, "byte \(offset): \(outcome.stderr)")
            }
        }
        #expect(try program.bundles() == before)
        #expect(try program.run("doctor").status == 0)
    }

    @Test(arguments: ["zip", "tar", "tar.gz", "tar.zst", "tar.xz"])
    func `an archive that is cut anywhere is refused`(suffix: String) throws {
        let program = try Program()
        try program.prepare()
        try program.must("pack bundles/notes-1.1 -o whole.\(suffix) --key notes.key")
        try program.must("install ./notes-1.0.zip")
        let before = try program.bundles()
        let size = try #require(program.place.read("whole.\(suffix)")).count
        let lengths = [0, 1, 3, 30, 100, size / 4, size / 2, size - 1024, size - 513, size - 512, size - 2, size - 1]
        for length in lengths where (0..<size).contains(length) {
            try program.spoil("whole.\(suffix)", as: "cut.\(suffix)") { Array($0.prefix(length)) }
            let outcome = try program.run("update notes --from ./cut.\(suffix)")
            #expect(outcome.status == 65, "\(length) of \(size) bytes: \(outcome.stderr)")
        }
        #expect(try program.bundles() == before)
    }

    // MARK: The host

    @Test func `what the host has no room for is refused with place, need and rest`() throws {
        let program = try Program()
        try program.prepareUpdated()
        try program.pack("notes-1.2.zip", version: "1.2.0")
        try program.must("settings limits.keepFreeBytes=9223372036854775807")
        let before = try program.bundles()
        for option in ["", " --dry-run", " --stage"] {
            let outcome = try program.run("update notes --from ./notes-1.2.zip\(option)")
            #expect(outcome.status == 73)
            #expect(outcome.code == "disk_full")
            #expect(outcome.stderr.contains("'\(program.place.path)/root"))
            let saysHowMuch = outcome.stderr.contains(/: [0-9]+ bytes are needed, 0 are free/)
            #expect(saysHowMuch, "\(outcome.stderr)")
        }
        #expect(try program.bundles() == before)
        #expect(program.place.names("root/staging").isEmpty)
    }

    @Test func `a limit of the host is named`() throws {
        let program = try Program()
        try program.prepare()
        try program.must("settings limits.entries=1")
        let entries = try program.run("install ./notes-1.0.zip")
        #expect(entries.status == 65)
        #expect(entries.code == "bundle_limit_exceeded")
        #expect(entries.stderr.contains("limits.entries=1: it has "))
        try program.must("settings limits.entries=1000 limits.expandedBytes=10")
        let bytes = try program.run("install ./notes-1.0.zip")
        #expect(bytes.status == 65)
        #expect(bytes.stderr.contains("limits.expandedBytes=10: it has "))
    }

    @Test func `unsigned bundles can be forbidden`() throws {
        let program = try Program()
        try program.must("pack bundles/notes-1.0 -o unsigned.zip")
        try program.must("settings allowUnsigned=false")
        let refused = try program.run("install ./unsigned.zip --accept unsigned")
        #expect(refused.status == 77)
        #expect(refused.code == "bundle_unsigned_forbidden")
        try program.must("settings allowUnsigned=true")
        try program.must("install ./unsigned.zip --accept unsigned")
    }

    static let everyVerbWithARoot = [
        "list", "info notes", "history notes", "verify", "doctor", "settings", "trust list", "apply notes",
        "rollback notes", "uninstall notes", "install ./notes-1.0.zip", "update notes --from ./notes-1.1.zip",
        "unstage notes", "settings retention=2", "trust add notes.key.pub --name again", "trust status notes retired",
        "search", "catalog list", "catalog info demo", "catalog refresh", "catalog remove demo",
        "catalog add demo ./nowhere",
    ]

    @Test(arguments: ExitStatusTests.everyVerbWithARoot)
    func `a directory that is somebody else's is left alone`(line: String) throws {
        let program = try Program()
        try program.must("key new notes.key")
        for version in ["1.0", "1.1"] {
            try program.must("pack bundles/notes-\(version) -o notes-\(version).zip --key notes.key")
        }
        try program.place.write("mine\n", to: "root/letter.txt")
        let before = try program.place.snapshot()
        let outcome = try program.run(line)
        #expect(outcome.status == 78)
        #expect(outcome.code == "root_not_ours")
        #expect(outcome.stderr.contains("'letter.txt'"))
        #expect(try program.place.snapshot() == before)
    }

    @Test(arguments: ExitStatusTests.everyVerbWithARoot)
    func `a root of a newer version is left alone`(line: String) throws {
        let program = try Program()
        try program.prepareUpdated()
        try program.place.write("{\"schema\":2}\n", to: "root/format.json", mode: 0o600)
        let before = try program.place.snapshot()
        let outcome = try program.run(line)
        #expect(outcome.status == 78)
        #expect(outcome.code == "root_newer")
        #expect(outcome.stderr.contains("help:  update apphost on this host\n"))
        #expect(try program.place.snapshot() == before)
    }

    // MARK: Words

    static let wrongWords = [
        "nosuch", "--nosuch", "install", "install one.zip two.zip", "update notes --from", "update --nosuch notes",
        "rollback", "rollback notes --to", "rollback notes --to 1..0", "uninstall", "info", "info ../notes",
        "info Notes", "history", "pack", "pack somewhere", "sign somewhere", "inspect", "key new", "key nosuch",
        "trust nosuch", "trust add", "trust add notes.key.pub", "trust add notes.key.pub --name n --for everything",
        "trust add notes.key.pub --name n --from yesterday", "trust add notes.key.pub --name n --app No",
        "trust status notes", "trust status notes sleeping", "update notes --from ./notes-1.1.zip --accept everything",
        "update notes --from ./notes-1.1.zip --expect 1234", "list --root", "--root",
    ]

    @Test func `wrong words are told with their usage`() throws {
        let program = try Program()
        try program.prepare()
        try program.must("install ./notes-1.0.zip")
        let before = try program.place.snapshot()
        for line in Self.wrongWords {
            let outcome = try program.run(line)
            #expect(outcome.status == 64, "\(line): \(outcome.stderr)")
            #expect(outcome.stdout.isEmpty, "\(line)")
            #expect(!outcome.stderr.isEmpty, "\(line)")
        }
        #expect(try program.place.snapshot() == before)
    }

    @Test func `help, version and completion scripts are no failures`() throws {
        let program = try Program()
        let lines = [
            "--version", "--help", "help", "help install", "install --help", "trust add --help",
            "--generate-completion-script bash", "--generate-completion-script zsh",
            "--generate-completion-script fish",
        ]
        for line in lines {
            let outcome = try program.run(line)
            #expect(outcome.status == 0, "\(line)")
            #expect(!outcome.stdout.isEmpty, "\(line)")
            #expect(outcome.stderr.isEmpty, "\(line)")
        }
        #expect(!program.place.exists("root"))
    }
}
