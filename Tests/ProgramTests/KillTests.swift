import Glibc
import HostModel
import TestSupport
import Testing

/// SIGKILL at many moments of a command: what is installed is the old bundle or the new one, whole, and the next
/// command finds nothing that it could stumble over.
@Suite(.serialized, .timeLimit(.minutes(20)))
struct KillTests {
    private static let rounds = 25

    /// 1.0.0 and 1.1.0 of `notes` with some hundred files each.
    private func prepared() throws -> Program {
        let program = try Program()
        try program.prepare()
        for version in ["1.0.0", "1.1.0"] { try program.pack("big-\(version).zip", version: version, files: 300) }
        return program
    }

    /// Runs a command to its end and says for how many polls it ran.
    private func polls(_ line: String, in program: Program) throws -> Int {
        let running = try program.start(line)
        let count = try running.poll(atMost: 30_000)
        let outcome = try running.wait()
        try #require(outcome.status == 0, "\(line): \(outcome.stderr)")
        return count
    }

    /// Starts a command and kills it after a share of the time that it takes, which grows from round to round; in the
    /// last rounds it may well have ended.
    private func kill(_ line: String, in program: Program, round: Int, of polls: Int) throws {
        let running = try program.start(line)
        try running.poll(atMost: polls * round * 4 / 3 / (Self.rounds - 1))
        running.kill()
        let status = try running.wait().status
        #expect(status == 0 || status == -SIGKILL, "round \(round)")
    }

    /// Every second time the command that recovers is killed as well, soon or later.
    private func killRecovery(in program: Program, round: Int) throws {
        guard round % 2 == 1 else { return }
        let recovering = try program.start("list")
        try recovering.poll(atMost: round / 4)
        recovering.kill()
        _ = try recovering.wait()
    }

    /// The app as it is listed after recovery; nil where it is not installed. Expects that all of it is sound.
    private func settled(_ program: Program, round: Int) throws -> JSONValue? {
        let verified = try program.run("verify --all-slots")
        #expect(verified.status == 0, "round \(round): \(verified.stdout)\(verified.stderr)")
        #expect(verified.stderr.isEmpty, "round \(round): \(verified.stderr)")
        let examined = try program.run("doctor")
        #expect(examined.status == 0, "round \(round): \(examined.stdout)\(examined.stderr)")
        program.expectNoDebris("round \(round)")
        return try program.json("list").member("apps")?.elements.first
    }

    @Test func `a killed install leaves all of the bundle or nothing`() throws {
        let program = try prepared()
        let polls = try polls("install ./big-1.0.0.zip", in: program)
        try program.must("uninstall notes")
        for round in 0..<Self.rounds {
            try kill("install ./big-1.0.0.zip", in: program, round: round, of: polls)
            try killRecovery(in: program, round: round)
            guard let app = try settled(program, round: round) else { continue }
            #expect(app.member("version")?.asString == "1.0.0")
            try program.must("uninstall notes")
        }
        try program.must("install ./big-1.0.0.zip")
    }

    @Test func `a killed update leaves the old bundle or the new one, and the way back`() throws {
        let program = try prepared()
        try program.must("install ./big-1.0.0.zip")
        let polls = try polls("update notes --from ./big-1.1.0.zip", in: program)
        var installed = "1.1.0"
        for round in 0..<Self.rounds {
            let target = installed == "1.0.0" ? "1.1.0" : "1.0.0"
            let line = "update notes --from ./big-\(target).zip --accept downgrade,known-bad"
            try kill(line, in: program, round: round, of: polls)
            try killRecovery(in: program, round: round)
            let app = try #require(try settled(program, round: round))
            let found = try #require(app.member("version")?.asString)
            #expect(found == installed || found == target, "round \(round)")
            // Going back leads to the other one of the two, whichever is installed.
            let other = found == "1.0.0" ? "1.1.0" : "1.0.0"
            #expect(app.member("rollback")?.member("version")?.asString == other, "round \(round)")
            installed = found
        }
    }

    @Test func `a killed stage leaves the installed bundle alone`() throws {
        let program = try prepared()
        try program.must("install ./big-1.0.0.zip")
        let polls = try polls("update notes --from ./big-1.1.0.zip --stage", in: program)
        try program.must("unstage notes")
        for round in 0..<Self.rounds {
            try kill("update notes --from ./big-1.1.0.zip --stage", in: program, round: round, of: polls)
            try killRecovery(in: program, round: round)
            let app = try #require(try settled(program, round: round))
            #expect(app.member("version")?.asString == "1.0.0", "round \(round)")
            if app.member("staged")?.member("version") != nil { try program.must("unstage notes") }
        }
    }

    @Test func `a killed rollback leaves one bundle and the way to the other`() throws {
        let program = try prepared()
        try program.must("install ./big-1.0.0.zip")
        try program.must("update notes --from ./big-1.1.0.zip")
        let polls = try polls("rollback notes", in: program)
        for round in 0..<Self.rounds {
            try kill("rollback notes", in: program, round: round, of: polls)
            try killRecovery(in: program, round: round)
            let app = try #require(try settled(program, round: round))
            let versions = [app.member("version")?.asString, app.member("rollback")?.member("version")?.asString]
            #expect(versions == ["1.0.0", "1.1.0"] || versions == ["1.1.0", "1.0.0"], "round \(round)")
        }
    }

    @Test func `a killed uninstall leaves the app whole or takes all of it`() throws {
        let program = try prepared()
        try program.must("install ./big-1.0.0.zip")
        let polls = try polls("uninstall notes", in: program)
        for round in 0..<Self.rounds {
            if program.place.names("root/apps/notes").contains("installed") == false {
                try program.must("install ./big-1.0.0.zip")
            }
            try kill("uninstall notes", in: program, round: round, of: polls)
            try killRecovery(in: program, round: round)
            if let app = try settled(program, round: round) {
                #expect(app.member("version")?.asString == "1.0.0", "round \(round)")
            }
        }
    }
}
