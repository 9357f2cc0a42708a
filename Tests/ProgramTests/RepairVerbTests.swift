import HostModel
import TestSupport
import Testing

/// `doctor --repair` as a user runs it.
struct RepairVerbTests {
    /// Leaves a file where a bundle has none.
    private func plant(_ program: Program, in directory: String) throws {
        try program.place.setMode(directory, to: 0o755)
        try program.place.write("x", to: "\(directory)/foreign", mode: 0o444)
        try program.place.setMode(directory, to: 0o555)
    }

    @Test func `what is not listed goes from every slot, and the doctor is content`() throws {
        let program = try Program()
        try program.prepareUpdated()
        try plant(program, in: "root/apps/notes/installed/static")
        try plant(program, in: "root/apps/notes/rollback")
        let transcript = try program.transcript(
            "doctor", "doctor --repair notes --dry-run", "doctor --repair notes", "doctor --repair notes", "doctor",
            "rollback notes")
        let expected = """
            $ apphost doctor
            problem: apps/notes/installed/static/foreign is not in the inventory
            problem: apps/notes/rollback/foreign is not in the inventory
            [1]
            $ apphost doctor --repair notes --dry-run
            dry run, nothing was changed: rebuilt notes 1.1.0 in installed/ without 'static/foreign', which is not in \
            the inventory
            dry run, nothing was changed: rebuilt notes 1.0.0 in rollback/ without 'foreign', which is not in the \
            inventory
            $ apphost doctor --repair notes
            rebuilt notes 1.1.0 in installed/ without 'static/foreign', which is not in the inventory
            rebuilt notes 1.0.0 in rollback/ without 'foreign', which is not in the inventory
            $ apphost doctor --repair notes
            notes 1.1.0 in installed/ is sound
            notes 1.0.0 in rollback/ is sound
            $ apphost doctor
            <place>/root is sound
            $ apphost rollback notes
            rolled notes back 1.1.0 → 1.0.0

            """
        // Notes also say what a host lacks.
        let lines = transcript.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.filter { !$0.hasPrefix("note: ") }.joined(separator: "\n") == expected)
        #expect(lines.contains { $0.hasSuffix("'apphost doctor --repair notes'") })
        #expect(try program.run("history notes").stdout.contains("without 'static/foreign'"))
    }

    @Test func `each slot is one result, with the keys that it always has`() throws {
        let program = try Program()
        try program.prepareUpdated()
        try plant(program, in: "root/apps/notes/installed")
        try program.place.separate("root/apps/notes/rollback/static/style.css")
        try program.place.write("damaged\n", to: "root/apps/notes/rollback/static/style.css", mode: 0o444)
        let outcome = try program.run("doctor --repair notes --json")
        #expect(outcome.status == 3, "\(outcome.stderr)")
        let object = try JSONValue(line: outcome.stdout)
        #expect(object.keys == ["schema", "results"])
        let results = object.member("results")?.elements ?? []
        let keys = ["app", "action", "result", "slot", "version", "digest", "removed", "code", "message"]
        #expect(results.map(\.keys) == [keys, keys])
        #expect(results.map { $0.member("slot")?.asString } == ["installed", "rollback"])
        #expect(results.map { $0.member("result")?.asString } == ["done", "failed"])
        #expect(results.first?.member("removed")?.text == #"{"count":1,"first":["foreign"]}"#)
        #expect(results.last?.member("code")?.asString == "bundle_damaged")
    }

    @Test func `other damage is refused, and what is advised works`() throws {
        let program = try Program()
        try program.prepareUpdated()
        try program.place.separate("root/apps/notes/installed/bin/notes")
        try program.place.write("damaged\n", to: "root/apps/notes/installed/bin/notes", mode: 0o555)
        let before = try program.bundles()
        for more in ["", " --dry-run", " --wait"] {
            let outcome = try program.run("doctor --repair notes\(more)")
            #expect(outcome.status == 65, "\(outcome.stderr)")
            #expect(outcome.code == "bundle_damaged")
            #expect(outcome.stderr.contains("nothing was changed"))
            #expect(outcome.stderr.contains("'apphost update notes --from SOURCE'"))
            #expect(try program.bundles() == before)
        }
        try program.must("update notes --from ./notes-1.1.zip")
        try program.must("doctor")
    }

    @Test func `where several cannot be rebuilt the status is that of the first, and each has its result`() throws {
        let program = try Program()
        try program.prepareUpdated()
        for slot in ["installed", "rollback"] {
            let file = "root/apps/notes/\(slot)/static/style.css"
            try program.place.separate(file)
            try program.place.write("damaged\n", to: file, mode: 0o444)
        }
        let outcome = try program.run("doctor --repair notes --json")
        #expect(outcome.status == 65, "\(outcome.stderr)")
        let results = try JSONValue(line: outcome.stdout).member("results")?.elements ?? []
        #expect(results.map { $0.member("slot")?.asString } == ["installed", "rollback"])
        #expect(results.map { $0.member("code")?.asString } == ["bundle_damaged", "bundle_damaged"])
        let told = try program.run("doctor --repair notes")
        #expect(told.status == 65)
        #expect(told.stderr.contains("installed/") && told.stderr.contains("rollback/"))
    }

    @Test func `words that do not go together are refused, and apps that are not there`() throws {
        let program = try Program()
        try program.prepare()
        for (line, status) in [
            ("doctor --dry-run", 64), ("doctor --wait", 64), ("doctor --repair", 64), ("doctor --repair No/App", 64),
            ("doctor --repair nobody", 66), ("doctor --repair nobody --json", 66),
        ] as [(String, Int32)] {
            let outcome = try program.run(line)
            #expect(outcome.status == status, "\(line): \(outcome.stderr)")
            #expect(outcome.stdout.isEmpty, "\(line)")
        }
    }

    @Test func `what runs is not exchanged, and what it can go back to is`() throws {
        let host = try RunningHost()
        try host.install(TestApp(version: "1.0.0"))
        try host.pack(TestApp(version: "1.1.0"))
        try host.must("update app --from ./app-1.1.0.zip")
        try host.must("start app")
        try plant(host.program, in: "root/apps/app/installed")
        let before = try host.program.bundles()
        let refused = try host.run("doctor --repair app")
        #expect(refused.status == 75, "\(refused.stderr)")
        #expect(refused.code == "app_running")
        #expect(try host.program.bundles() == before)
        try plant(host.program, in: "root/apps/app/rollback")
        let partly = try host.run("doctor --repair app")
        #expect(partly.status == 3, "\(partly.stderr)")
        #expect(!host.place.exists("root/apps/app/rollback/foreign"))
        #expect(host.place.exists("root/apps/app/installed/foreign"))
        try host.must("stop app")
        try host.must("doctor --repair app")
        try host.must("verify --all-slots")
        try host.must("start app")
        try host.must("stop app")
    }
}

/// The same by a user to whom modes mean something.
@Suite(.enabled(if: OtherUser.isThere, "it takes the superuser, setpriv, and a program that others may run"))
struct RepairByOrdinaryUserTests {
    /// A root of the other user with `notes` 1.0.0.
    private func prepared() throws -> (Program, slot: String, environment: [String: String]) {
        let program = try Program()
        let environment = try OtherUser.prepare(program)
        return (program, slot: "theirs/root/apps/notes/installed", environment: environment)
    }

    @Test(arguments: [0, 0o300, 0o555] as [UInt32])
    func `a directory that nobody may enter goes as well`(mode: UInt32) throws {
        let (program, slot, environment) = try prepared()
        try program.place.write("x", to: "\(slot)/closed/file")
        for name in ["closed/file", "closed"] { try OtherUser.own("\(program.place.path)/\(slot)/\(name)") }
        try program.place.setMode("\(slot)/closed", to: mode)
        let outcome = try program.run("doctor --repair notes", environment: environment, through: OtherUser.launcher)
        #expect(outcome.status == 0, "\(outcome.stderr)")
        #expect(outcome.stdout.contains("without 'closed'"))
        #expect(!program.place.exists("\(slot)/closed"))
        #expect(program.place.names("theirs/root/trash").isEmpty)
        let verified = try program.run("verify", environment: environment, through: OtherUser.launcher)
        #expect(verified.status == 0, "\(verified.stdout)")
    }

    @Test func `what is listed and cannot be read is refused, and what is advised works`() throws {
        let (program, slot, environment) = try prepared()
        try program.place.setMode("\(slot)/static/style.css", to: 0)
        let refused = try program.run("doctor --repair notes", environment: environment, through: OtherUser.launcher)
        #expect(refused.status == 77, "\(refused.stderr)")
        #expect(refused.code == "permission_denied")
        #expect(refused.stderr.contains("chmod -R u+rX"))
        try program.place.setMode("\(slot)/static/style.css", to: 0o400)
        let repaired = try program.run("doctor --repair notes", environment: environment, through: OtherUser.launcher)
        #expect(repaired.status == 0, "\(repaired.stderr)")
        #expect(program.place.mode(of: "\(slot)/static/style.css") == 0o444)
    }
}
