import HostModel
import TestSupport
import Testing

/// `scheduler run` and `scheduler status` as an operator and a timer meet them.
struct SchedulerVerbTests {
    /// A host with `notes` 1.0.0 from the catalog `demo`, which is `shop/` and lists 1.1.0 too; 1.1.0 is to be staged.
    private func prepared() throws -> Program {
        let program = try Program()
        try program.prepareFollowing()
        try program.publishNewer()
        try program.must("policy notes stage")
        return program
    }

    @Test func `a pass says what it did, and the next one that nothing was due`() throws {
        let program = try prepared()
        let first = program.plain(try program.must("scheduler run --quiet").stdout).split(separator: "\n")
        #expect(first.count == 2)
        #expect(first.first?.hasPrefix("refreshed demo; it expires in ") == true)
        #expect(first.last == "staged notes 1.0.0 → 1.1.0; 'apphost apply notes' applies it")
        let second = try program.must("scheduler run").stdout
        #expect(program.plain(second) == "nothing was due; the next is due at <time>\n")
        let history = try program.must("history notes").stdout
        #expect(history.contains("scheduler"))
        let status = program.plain(try program.must("scheduler status").stdout).split(separator: "\n")
        #expect(status.count == 3)
        #expect(status.first == "KIND  NAME  STATUS  LAST  RESULT  NEXT")
        #expect(status.last?.hasPrefix("app  notes  waiting  ") == true)
    }

    @Test func `what fails is told with its own status, and beside what is done with 3`() throws {
        let program = try prepared()
        try program.place.remove("shop/metadata/timestamp.json")
        let outcome = try program.run("scheduler run")
        #expect(outcome.status == 3)
        #expect(outcome.code != nil)
        let status = program.plain(try program.must("scheduler status --quiet").stdout).split(separator: "\n")
        #expect(status.first?.hasPrefix("catalog  demo  backoff  ") == true)
        try program.must("settings scheduler.enabled=false")
        let disabled = try program.must("scheduler run").stdout
        #expect(disabled.hasPrefix("nothing is done by itself; "))
    }

    @Test func `each writes one object with the keys that it always has`() throws {
        let program = try prepared()
        let run = try program.json("scheduler run")
        #expect(run.keys == ["schema", "status", "results", "failures", "nextCheck"])
        let results = run.member("results")?.elements ?? []
        #expect(results.count == 2)
        for result in results { #expect(result.keys == ["kind", "name", "action", "result", "code", "message"]) }
        let status = try JSONValue(line: program.must("--json scheduler status").stdout)
        #expect(status.keys == ["schema", "enabled", "catalogs", "apps", "failures"])
        let summary = [
            "enabled", "status", "lastCheck", "nextCheck", "lastResult", "lastFailure", "failureCount", "errorCode",
        ]
        #expect(status.member("catalogs")?.elements.map(\.keys) == [["name"] + summary])
        #expect(status.member("apps")?.elements.map(\.keys) == [["app"] + summary])
        let check = try program.json("check --offline")
        #expect(check.member("results")?.elements.first?.member("scheduler")?.keys == summary)
    }

    @Test func `where nothing is installed nothing is done, and no root is made`() throws {
        let program = try Program()
        for line in ["scheduler run", "scheduler status"] {
            #expect(try program.must(line).stdout == "there is no catalog and no app to look at\n", "\(line)")
        }
        #expect(try program.run("scheduler run --offline").status == 64)
        #expect(!program.place.exists("root"))
    }
}
