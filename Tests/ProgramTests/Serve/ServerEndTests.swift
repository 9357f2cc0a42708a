import Glibc
import HostModel
import TestSupport
import Testing

/// The end of a server in the middle of what it does: asked for, or by a signal that nothing can catch.
@Suite(.serialized, .timeLimit(.minutes(20)))
struct ServerEndTests {
    private static let rounds = 8

    /// `notes` 1.0.0 with some hundred files, and the archive of 1.1.0; beside it `app`, which runs.
    private func prepared() throws -> ServingHost {
        let host = try RunningHost()
        try host.must("key new notes.key")
        try host.must("trust add notes.key.pub --name notes")
        for version in ["1.0.0", "1.1.0"] {
            try host.program.pack("big-\(version).zip", version: version, files: 300)
        }
        try host.must("install ./big-1.0.0.zip")
        try host.install()
        try host.must("start app")
        return try ServingHost(host)
    }

    private func beginUpdate(to version: String, in served: ServingHost) throws -> String {
        try served.begin(
            "POST", "/apps/notes/update",
            ["source": "\(served.place.path)/big-\(version).zip", "accept": ["downgrade", "known-bad"]])
    }

    /// How often an update can be asked after before it is over.
    private func looks(in served: ServingHost) throws -> Int {
        let id = try beginUpdate(to: "1.1.0", in: served)
        var looks = 0
        while try served.operation(id).member("endedAt")?.asString == nil { looks += 1 }
        #expect(try served.operation(id).member("state")?.asString == "done")
        return max(looks, 1)
    }

    /// Expects that what is installed is one of two versions, whole, and that the app beside it was left alone.
    ///
    /// - Returns: the version.
    private func settled(_ served: ServingHost, app: pid_t?, _ when: String) throws -> String {
        let host = served.host
        let verified = try host.run("verify --all-slots")
        #expect(verified.status == 0, "\(when): \(verified.stdout)\(verified.stderr)")
        let examined = try host.run("doctor")
        #expect(examined.status == 0, "\(when): \(examined.stdout)\(examined.stderr)")
        host.program.expectNoDebris(when)
        let status = try host.status()
        #expect(status.state == "running", "\(when)")
        #expect(status.pid == app, "\(when)")
        #expect(host.processes().count == 1, "\(when)")
        return try #require(try host.version("notes"))
    }

    @Test func `asked to end, it leaves an update done or not begun`() throws {
        let served = try prepared()
        let looks = try looks(in: served)
        let app = try served.host.status().pid
        var installed = "1.1.0"
        for round in 0..<Self.rounds {
            let target = installed == "1.0.0" ? "1.1.0" : "1.0.0"
            let id = try beginUpdate(to: target, in: served)
            for _ in 0..<(looks * round * 4 / 3 / Self.rounds) { _ = try served.operation(id) }
            let outcome = try served.stop()
            #expect(outcome.status == 0, "round \(round): \(outcome.stderr)")
            #expect(!served.place.exists("root/apphost.sock"), "round \(round)")
            let found = try settled(served, app: app, "round \(round)")
            #expect(found == installed || found == target, "round \(round)")
            // Whatever it is, the history says the same.
            let history = try served.host.json("history notes").member("history")
            let last = history?.elements.last(where: { $0.member("outcome")?.asString == "done" })
            #expect(last?.member("to")?.asString == found, "round \(round)")
            installed = found
            try served.restart()
        }
        #expect(try served.ask("GET", "/apps").status == 200)
    }

    @Test func `killed, it leaves what the next command puts in order, and the apps run on`() throws {
        let served = try prepared()
        let looks = try looks(in: served)
        let app = try served.host.status().pid
        var installed = "1.1.0"
        for round in 0..<Self.rounds {
            let target = installed == "1.0.0" ? "1.1.0" : "1.0.0"
            let id = try beginUpdate(to: target, in: served)
            for _ in 0..<(looks * round * 4 / 3 / Self.rounds) { _ = try served.operation(id) }
            try served.kill()
            // Either the next server finds it, or the next command.
            if round.isMultiple(of: 2) { try served.restart() }
            let found = try settled(served, app: app, "round \(round)")
            #expect(found == installed || found == target, "round \(round)")
            installed = found
            if !round.isMultiple(of: 2) { try served.restart() }
            #expect(try served.ask("GET", "/operations/\(id)").status == 404, "round \(round)")
        }
    }

    @Test func `a wanted app that died with the server is brought up by the next one, once`() throws {
        let served = try prepared()
        try served.kill()
        served.host.killEverything()
        #expect(try served.host.status().state == "stopped")
        try served.restart()
        try eventually("the wanted app runs") { try served.host.status().isRunning == true }
        #expect(served.host.processes().count == 1)
        _ = try served.perform("POST", "/apps/app/stop")
        try served.stop()
        try served.restart()
        // What is not wanted any more stays as it is: asking takes longer than starting would have begun.
        _ = try served.perform("POST", "/verify")
        #expect(try served.host.status().isRunning == false)
    }

    @Test func `an operation can be called off, and says so`() throws {
        let served = try prepared()
        let id = try beginUpdate(to: "1.1.0", in: served)
        let asked = try served.ask("POST", "/operations/\(id)/cancel")
        #expect(asked.status == 200)
        let ended = try served.end(of: id)
        let version = try served.host.version("notes")
        if ended.member("state")?.asString == "done" {
            #expect(version == "1.1.0")
        } else {
            #expect(ended.member("error")?.member("code")?.asString == "interrupted", "\(ended.text)")
            #expect(ended.member("error")?.member("state")?.asString == "unchanged")
            #expect(version == "1.0.0")
        }
        served.host.program.expectNoDebris("called off")
    }
}
