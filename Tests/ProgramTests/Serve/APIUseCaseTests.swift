import HostModel
import TestSupport
import Testing

/// Every use case once over the socket: what is answered is what the command line writes with `--json`.
@Suite(.timeLimit(.minutes(20)))
struct APIUseCaseTests {
    // MARK: Looking

    /// A path of the API, and the command that asks for the same.
    static let looks: [(String, String)] = [
        ("/apps", "list"), ("/apps/notes", "info notes"), ("/apps/app", "info app"),
        ("/apps/notes/history", "history notes"), ("/runtime", "status"), ("/apps/app/runtime", "status app"),
        ("/apps/app/logs", "logs app -n 100"), ("/apps/app/logs?lines=1", "logs app -n 1"),
        ("/apps/app/config", "config app"), ("/apps/app/secrets", "secret list app"),
        ("/apps/app/permissions", "permissions app"), ("/apps/notes/updates/policy", "policy notes"),
        ("/apps/notes/updates", "why notes"), ("/search?text=not", "search not"), ("/search", "search"),
        ("/app-catalogs", "catalog list"), ("/app-catalogs/demo", "catalog info demo"), ("/trust", "trust list"),
        ("/settings", "settings"), ("/scheduler", "scheduler status"),
    ]

    /// A host on which there is something to see of everything.
    private func rich() throws -> ServingHost {
        let host = try RunningHost()
        try host.prepareNotes()
        let variables: [JSONValue] = [["name": "NOTES_TOKEN", "secret": true], ["name": "NOTES_THEME"]]
        try host.install(
            TestApp(
                script: "echo one\necho two\nexec sleep 86400",
                members: [
                    .init("permissions", ["network.listen"].json), .init("environment", variables.json),
                ]))
        try host.place.write("whisper", to: "whisper")
        for line in [
            "config app NOTES_THEME=dark", "secret set app NOTES_TOKEN --from whisper",
            "permissions app revoke network.listen", "start app", "policy notes stage --cooldown 3d",
            "hold notes --for 7d", "update notes --stage", "check --offline",
        ] { try host.must(line) }
        try eventually("both lines are in the log") { try host.log().filter { $0.stream == "out" }.count == 2 }
        return try ServingHost(host)
    }

    @Test func `what is looked at is answered as the command line writes it`() throws {
        let served = try rich()
        for (path, line) in Self.looks {
            let reply = try served.ask("GET", path)
            #expect(reply.status == 200, "\(path): \(reply.text)")
            #expect(reply.header("Content-Type") == "application/json", "\(path)")
            let written = try JSONValue(line: served.host.run("\(line) --json").stdout)
            #expect(try Self.bare(reply.json()) == Self.shown(written, in: served.place), "\(path)")
        }
    }

    @Test func `what takes its time to look ends with what the command line writes`() throws {
        let served = try rich()
        let rows: [(String, JSONValue?, String)] = [
            ("/verify", nil, "verify"), ("/verify", ["allSlots": true], "verify --all-slots"),
            ("/apps/notes/verify", nil, "verify notes"), ("/doctor", nil, "doctor"),
            ("/updates/check", ["offline": true], "check --offline"),
            ("/apps/notes/updates/check", ["offline": true], "check notes --offline"),
        ]
        for (path, body, line) in rows {
            let operation = try served.perform("POST", path, body)
            #expect(operation.member("state")?.asString == "done", "\(path): \(operation.text)")
            let written = try JSONValue(line: served.host.run("\(line) --json").stdout)
            let result = try #require(operation.member("result"))
            #expect(Self.bare(result) == Self.shown(written, in: served.place), "\(path)")
        }
    }

    // MARK: Changing

    /// What is asked of a served host, and the command that does the same to its copy.
    private struct Change {
        let method: String
        let path: String
        let body: JSONValue?
        let line: String

        init(_ method: String, _ path: String, _ body: JSONValue? = nil, as line: String) {
            self.method = method
            self.path = path
            self.body = body
            self.line = line
        }
    }

    /// Those that name what lies on the host, each after what it needs.
    ///
    /// - Parameter place: where the served host has its files; commands are run where the copy has its own.
    private static func changesByPath(in place: String) -> [Change] {
        [
            Change(
                "POST", "/trust/add", ["keyFile": "\(place)/other.key.pub", "name": "other"],
                as: "trust add other.key.pub --name other"),
            Change("POST", "/trust/other/status", ["status": "retired"], as: "trust status other retired"),
            Change("POST", "/apps/install", ["source": "\(place)/notes-1.0.zip"], as: "install ./notes-1.0.zip"),
            Change(
                "POST", "/apps/notes/update", ["source": "\(place)/notes-1.1.zip", "accept": ["known-bad"]],
                as: "update notes --from ./notes-1.1.zip --accept known-bad"),
            Change("DELETE", "/app-catalogs/demo", as: "catalog remove demo"),
            Change("POST", "/scheduler/run", as: "scheduler run"),
        ]
    }

    /// In an order in which each can be done.
    private static let changes: [Change] = [
        Change("POST", "/apps/notes/updates/policy", ["mode": "stage"], as: "policy notes stage"),
        Change("POST", "/apps/notes/hold", ["for": "7d"], as: "hold notes --for 7d"),
        Change("DELETE", "/apps/notes/hold", as: "unhold notes"),
        Change(
            "PATCH", "/apps/notes/config", ["environment": ["NOTES_THEME": "dark"] as JSONValue],
            as: "config notes NOTES_THEME=dark"),
        Change(
            "PUT", "/apps/notes/secrets/NOTES_TOKEN", ["value": "whisper"],
            as: "secret set notes NOTES_TOKEN --from whisper"),
        Change("DELETE", "/apps/notes/secrets/NOTES_TOKEN", as: "secret remove notes NOTES_TOKEN"),
        Change(
            "POST", "/apps/notes/permissions/revoke", ["permissions": ["network.listen"]],
            as: "permissions notes revoke network.listen"),
        Change(
            "POST", "/apps/notes/permissions/grant", ["permissions": ["network.listen"]],
            as: "permissions notes grant network.listen"),
        Change("POST", "/app-catalogs/refresh", as: "catalog refresh"),
        Change("POST", "/app-catalogs/demo/refresh", as: "catalog refresh demo"),
        Change("POST", "/apps/notes/updates/check", as: "check notes"),
        Change("POST", "/apps/notes/updates/stage", as: "update notes --stage"),
        Change("POST", "/apps/notes/updates/unstage", as: "unstage notes"),
        Change("POST", "/apps/notes/updates/stage", ["version": "1.1.0"], as: "update notes@1.1.0 --stage"),
        Change("POST", "/apps/notes/updates/apply", as: "apply notes"),
        Change("POST", "/apps/notes/updates/rollback", as: "rollback notes"),
        Change("POST", "/apps/notes/update", ["accept": ["known-bad"]], as: "update notes --accept known-bad"),
        Change("POST", "/apps/notes/updates/rollback", ["to": "1.0.0"], as: "rollback notes --to 1.0.0"),
        Change("DELETE", "/apps/notes", as: "uninstall notes"),
        Change(
            "POST", "/app-catalogs/demo/apps/notes/install", ["version": "1.0.0"],
            as: "install notes@1.0.0 --catalog demo"),
        Change("DELETE", "/apps/notes?dryRun=true", as: "uninstall notes --dry-run"),
        Change("DELETE", "/apps/notes", as: "uninstall notes"),
    ]

    @Test func `what is changed is answered as the command line writes it, and leaves the same`() throws {
        let host = try RunningHost()
        try host.prepareNotes()
        try host.must("key new other.key")
        try host.place.write("whisper", to: "whisper")
        let copy = try RunningHost(copyOf: host)
        try copy.must("settings scheduler.enabled=false")
        let served = try ServingHost(host)
        for change in Self.changes + Self.changesByPath(in: served.place.path) {
            let reply = try served.ask(change.method, change.path, change.body)
            #expect(reply.status == 200 || reply.status == 202, "\(change.line): \(reply.text)")
            var answer = try reply.json()
            if let id = answer.member("operation")?.member("id")?.asString {
                let operation = try served.end(of: id)
                #expect(operation.member("state")?.asString == "done", "\(change.line): \(operation.text)")
                answer = try #require(operation.member("result"))
            }
            let written = try copy.json(change.line)
            let (ours, theirs) = (Self.bare(answer), Self.shown(written, in: copy.place))
            #expect(Self.timeless(ours) == Self.timeless(theirs), "\(change.line)")
        }
        for line in ["list", "info notes", "config notes", "catalog list", "trust list", "settings"] {
            let said = try [host, copy].map { host in
                Self.timeless(Self.shown(try host.json(line), in: host.place))
            }
            #expect(said.first == said.last, "\(line)")
        }
    }

    @Test func `a catalog is added by the place that it has on this host`() throws {
        let served = try ServingHost.withNotes()
        let place = served.place.path
        let body: JSONValue = [
            "name": "again", "location": "\(place)/shop", "rootFile": "\(place)/shop/metadata/root.json",
        ]
        let added = try served.perform("POST", "/app-catalogs/add", body)
        let catalog = try #require(added.member("result")?.member("catalog"), "\(added.text)")
        let listed = try served.ask("GET", "/app-catalogs").json().member("catalogs")?.elements ?? []
        #expect(listed.map(\.text).contains(catalog.text))
        let written = try served.host.json("catalog list").member("catalogs")?.elements
        #expect(written?.map { Self.shown($0, in: served.place) } == listed.map(\.text))
    }

    @Test func `what lies on the host is named from its top, wherever the server was started`() throws {
        let served = try ServingHost.withNotes()
        let rows: [(String, String, JSONValue)] = [
            ("/apps/install", "source", ["source": "./notes-1.0.zip"]),
            ("/apps/notes/update", "source", ["source": "notes-1.1.zip"]),
            ("/apps/notes/updates/stage", "source", ["source": "./notes-1.1.zip"]),
            ("/trust/add", "keyFile", ["keyFile": "notes.key.pub", "name": "again"]),
            ("/app-catalogs/add", "location", ["name": "other", "location": "./shop"]),
            (
                "/app-catalogs/add", "rootFile",
                ["name": "other", "location": "\(served.place.path)/shop", "rootFile": "shop/metadata/root.json"]
            ),
        ]
        for (path, name, body) in rows {
            let reply = try served.ask("POST", path, body)
            #expect(reply.status == 400, "\(path): \(reply.text)")
            #expect(reply.code == "usage", "\(path)")
            #expect(reply.text.contains("'\(name)'") && reply.text.contains("begins with '/'"), "\(reply.text)")
        }
        #expect(try served.host.version("notes") == "1.0.0")
    }

    @Test func `settings that are changed are answered with all that are in force`() throws {
        let served = try ServingHost.withNotes()
        let changed = try served.ask("PATCH", "/settings", ["settings": ["retention": 3] as JSONValue])
        #expect(changed.status == 200, "\(changed.text)")
        let written = try served.host.json("settings")
        #expect(try changed.json().text == written.text)
        #expect(written.member("settings")?.member("retention")?.asInteger == 3)
    }

    @Test func `an app is started, restarted and stopped as by the command line`() throws {
        let host = try RunningHost()
        try host.install()
        let served = try ServingHost(host)
        // Each way does what the other undoes.
        for verbs in [["start", "stop"], ["start", "restart", "stop"]] {
            for (turn, verb) in verbs.enumerated() {
                let operation = try served.perform("POST", "/apps/app/\(verb)")
                let result = try #require(operation.member("result")?.member("results")?.elements.first)
                #expect(result.member("result")?.asString == "done", "\(operation.text)")
                #expect(result.member("action")?.asString == verb)
                let isRunning = turn < verbs.count - 1
                #expect(try host.status().isRunning == isRunning)
                #expect(try host.result("\(isRunning ? "start" : "stop") app") == "unchanged")
            }
        }
        try host.must("start app")
        let again = try served.perform("POST", "/apps/app/start")
        #expect(again.member("result")?.member("results")?.elements.first?.member("result")?.asString == "unchanged")
        let kept = try served.perform("POST", "/apps/app/stop", ["keepWanted": true])
        #expect(kept.member("state")?.asString == "done")
        #expect(try host.status().isWanted == true)
        #expect(host.processes().map(\.pid) == [])
    }

    @Test func `an update that needs an answer says which, and takes the operator's`() throws {
        let served = try ServingHost.withNotes()
        _ = try served.perform("POST", "/apps/notes/update")
        _ = try served.perform("POST", "/apps/notes/updates/rollback")
        let refused = try served.perform("POST", "/apps/notes/update", ["version": "1.1.0"])
        #expect(refused.member("state")?.asString == "failed")
        #expect(refused.member("error")?.member("code")?.asString == "update_consent_required")
        #expect(refused.member("error")?.member("status")?.asInteger == 403)
        #expect(refused.member("error")?.member("state")?.asString == "unchanged")
        let wrong = JSONValue.string(String(repeating: "0", count: 64))
        let changed = try served.perform(
            "POST", "/apps/notes/update", ["expect": wrong, "accept": ["known-bad"]])
        #expect(changed.member("error")?.member("code")?.asString == "update_candidate_changed")
        let accepted = try served.perform("POST", "/apps/notes/update", ["accept": ["known-bad"]])
        #expect(accepted.member("state")?.asString == "done", "\(accepted.text)")
        #expect(try served.host.version("notes") == "1.1.0")
    }

    // MARK: Two texts

    /// A body without its warnings, which the command line writes to standard error.
    private static func bare(_ body: JSONValue) -> String {
        guard case .object(let members) = body else { return body.text }
        return JSONValue.object(members.filter { $0.key != "warnings" }).text
    }

    /// What the command line writes, as somebody is shown it who is not on this host.
    private static func shown(_ written: JSONValue, in place: TemporaryDirectory) -> String {
        written.text.replacing("\(place.path)/root", with: "…").replacing("\(place.path)/shop", with: "…")
    }

    private static func timeless(_ text: String) -> String {
        text.replacing(/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z/, with: "<time>")
    }
}
