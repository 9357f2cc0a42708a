import HostModel
import TestSupport
import Testing

/// Several commands at once: one of them changes an app, the others wait, are told, or do not notice.
@Suite(.serialized, .timeLimit(.minutes(20)))
struct ConcurrencyTests {
    /// 1.0.0 and 1.1.0 of `notes` with some hundred files each, the first installed.
    private func prepared() throws -> Program {
        let program = try Program()
        try program.prepare()
        for version in ["1.0.0", "1.1.0"] { try program.pack("big-\(version).zip", version: version, files: 300) }
        try program.must("install ./big-1.0.0.zip")
        return program
    }

    private func version(_ list: Program.Outcome) throws -> String? {
        let apps = try JSONValue(line: list.stdout).member("apps")?.elements ?? []
        #expect(apps.count == 1)
        return apps.first?.member("version")?.asString
    }

    @Test func `of two updates at once one is done, and the other is told or finds it done`() throws {
        let program = try prepared()
        let first = try program.start("update notes --from ./big-1.1.0.zip")
        let second = try program.start("update notes --from ./big-1.1.0.zip")
        let outcomes = [try first.wait(), try second.wait()]
        let statuses = outcomes.map(\.status).sorted()
        #expect(statuses == [0, 0] || statuses == [0, 75], "\(outcomes.map(\.stderr))")
        #expect(try version(program.must("list --json")) == "1.1.0")
        #expect(try program.run("verify --all-slots").status == 0)
        program.expectNoDebris("after two updates")
    }

    @Test func `of two updates that wait for each other both are done`() throws {
        let program = try prepared()
        let first = try program.start("update notes --from ./big-1.1.0.zip --wait")
        let second = try program.start("update notes --from ./big-1.1.0.zip --wait")
        for outcome in [try first.wait(), try second.wait()] { #expect(outcome.status == 0, "\(outcome.stderr)") }
        #expect(try version(program.must("list --json")) == "1.1.0")
        #expect(try program.run("verify --all-slots").status == 0)
        program.expectNoDebris("after two updates")
    }

    @Test func `updates of different apps do not meet`() throws {
        let program = try prepared()
        let apps = ["a", "b", "c", "d"]
        for app in apps { try program.pack("\(app).zip", version: "1.0.0", files: 50, id: app) }
        let running = try apps.map { try program.start("install ./\($0).zip") }
        for command in running {
            let outcome = try command.wait()
            #expect(outcome.status == 0, "\(outcome.stderr)")
        }
        #expect(program.place.names("root/apps") == apps + ["notes"])
        #expect(try program.run("verify").status == 0)
        program.expectNoDebris("after four installs")
    }

    @Test func `whoever lists during an update sees the old bundle or the new one`() throws {
        let program = try prepared()
        var seen: Set<String> = []
        for target in ["1.1.0", "1.0.0", "1.1.0"] {
            let update = try program.start(
                "update notes --from ./big-\(target).zip --accept downgrade,known-bad")
            var rounds = 0
            while rounds < 200, try update.isRunning() {
                rounds += 1
                let list = try program.run("list --json")
                #expect(list.status == 0, "\(list.stderr)")
                #expect(list.stderr.isEmpty)
                if let version = try version(list) { seen.insert(version) }
            }
            let outcome = try update.wait()
            #expect(outcome.status == 0, "\(outcome.stderr)")
            #expect(try version(program.must("list --json")) == target)
        }
        #expect(seen.isSubset(of: ["1.0.0", "1.1.0"]))
    }

    @Test func `two first commands at once make one root`() throws {
        for _ in 0..<5 {
            let program = try Program()
            for name in ["one", "two"] { try program.must("key new \(name).key") }
            let running = try ["one", "two"].map { try program.start("trust add \($0).key.pub --name \($0)") }
            for command in running {
                let outcome = try command.wait()
                #expect(outcome.status == 0, "\(outcome.stderr)")
            }
            let keys = try program.json("trust list").member("keys")?.elements ?? []
            #expect(keys.compactMap { $0.member("name")?.asString }.sorted() == ["one", "two"])
            #expect(try program.run("doctor").status == 0)
        }
    }
}
