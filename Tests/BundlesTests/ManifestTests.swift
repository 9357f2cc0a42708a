import Bundles
import HostModel
import Testing

/// `formats.md` 2.1.
struct ManifestTests {
    /// The example of the format, with its dots filled in.
    private static let example = """
        {
          "schema": 1,
          "id": "notes", "name": "Notes", "version": "1.2.0", "summary": "Small shared notes.",
          "homepage": "https://notes.example/", "license": "MIT",
          "launch": {
            "command": ["bin/notes", "--listen", "127.0.0.1:8080"],
            "stopSignal": "SIGTERM", "stopTimeoutSeconds": 10,
            "restart": { "policy": "on-failure", "maxAttempts": 3, "backoffSeconds": 2 }
          },
          "environment": [
            { "name": "NOTES_TOKEN", "description": "Token for the sync service", "required": true, "secret": true },
            { "name": "NOTES_THEME", "required": false, "secret": false, "default": "light" }
          ],
          "transport": "http",
          "permissions": ["network.listen", "data.write"],
          "permissionProfile": "network",
          "permissionRationale": { "network.listen": "Serves its page on loopback." },
          "health": [ { "kind": "http", "url": "http://127.0.0.1:8080/healthz", "withinSeconds": 20 } ],
          "data": { "schema": 2 },
          "quota": { "dataBytes": 0, "cacheBytes": 0 },
          "sandbox": { "mode": "none", "required": false },
          "requires": { "apphost": "1.0.0", "arch": ["x86_64", "aarch64"] }
        }
        """

    private func read(_ text: String) throws -> Manifest { try Manifest.read(Array(text.utf8)) }

    /// The four required keys, with `value` for one or for a fifth.
    private func text(_ key: String, _ value: String?) -> String {
        var members = ["schema": "1", "id": "\"notes\"", "name": "\"Notes\"", "version": "\"1.2.0\""]
        members[key] = value
        let texts = members.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\($0.value)" }
        return "{" + texts.joined(separator: ",") + "}"
    }

    private func read(_ key: String, _ value: String) throws -> Manifest { try read(text(key, value)) }

    /// What is wrong with a manifest.
    private func refusal(of text: String) -> String? {
        let error = #expect(throws: RecordError.self) { try read(text) }
        #expect(error?.file == "apphost/manifest.json")
        return error?.problem
    }

    // MARK: What is read

    @Test func `the example of the format is read as it says`() throws {
        let manifest = try read(Self.example)
        #expect(manifest.id.text == "notes")
        #expect(manifest.name == "Notes")
        #expect(manifest.version.text == "1.2.0")
        #expect(manifest.summary == "Small shared notes.")
        #expect(manifest.homepage == "https://notes.example/")
        #expect(manifest.license == "MIT")
        #expect(manifest.transport == .http)
        #expect(manifest.permissions == ["network.listen", "data.write"])
        #expect(manifest.permissionProfile == "network")
        #expect(manifest.permissionRationale == ["network.listen": "Serves its page on loopback."])
        #expect(manifest.dataSchema == 2)
        let quota = try #require(manifest.quota)
        #expect(quota.dataBytes == 0)
        #expect(quota.cacheBytes == 0)
        let sandbox = try #require(manifest.sandbox)
        #expect(sandbox.mode == "none")
        #expect(!sandbox.required)
        #expect(manifest.requires.apphost?.text == "1.0.0")
        #expect(manifest.requires.arch == ["x86_64", "aarch64"])
    }

    @Test func `the example's launch is read as it says`() throws {
        let launch = try #require(try read(Self.example).launch)
        #expect(launch.command == ["bin/notes", "--listen", "127.0.0.1:8080"])
        #expect(launch.program.description == "bin/notes")
        #expect(launch.stopSignal == "SIGTERM")
        #expect(launch.stopTimeoutSeconds == 10)
        #expect(launch.restart.policy == .onFailure)
        #expect(launch.restart.maxAttempts == 3)
        #expect(launch.restart.backoffSeconds == 2)
    }

    @Test func `the example's environment and health are read as they say`() throws {
        let manifest = try read(Self.example)
        #expect(manifest.environment.count == 2)
        let token = try #require(manifest.environment.first)
        #expect(token.name == "NOTES_TOKEN")
        #expect(token.description == "Token for the sync service")
        #expect(token.required)
        #expect(token.secret)
        #expect(token.defaultValue == nil)
        let theme = try #require(manifest.environment.last)
        #expect(theme.defaultValue == "light")
        #expect(!theme.required)
        #expect(manifest.health.count == 1)
        let probe = try #require(manifest.health.first)
        let url = "http://127.0.0.1:8080/healthz"
        #expect(probe.check == .http(url: url, status: nil, bodyContains: nil))
        #expect(probe.withinSeconds == 20)
        #expect(probe.intervalSeconds == 1)
        #expect(probe.timeoutSeconds == 5)
        #expect(probe.successes == 1)
    }

    @Test func `four keys are enough`() throws {
        let manifest = try read(text("schema", "1"))
        #expect(manifest.launch == nil)
        #expect(manifest.environment.isEmpty)
        #expect(manifest.transport == nil)
        #expect(manifest.permissions.isEmpty)
        #expect(manifest.health.isEmpty)
        #expect(manifest.dataSchema == nil)
        #expect(manifest.quota == nil)
        #expect(manifest.sandbox == nil)
        #expect(manifest.requires.apphost == nil)
        #expect(manifest.requires.arch == nil)
    }

    @Test func `a launch needs nothing but its command`() throws {
        let launch = try #require(try read("launch", #"{"command":["bin/notes"]}"#).launch)
        #expect(launch.stopSignal == "SIGTERM")
        #expect(launch.stopTimeoutSeconds == 10)
        #expect(launch.restart.policy == .onFailure)
        #expect(launch.restart.maxAttempts == 3)
        #expect(launch.restart.backoffSeconds == 2)
    }

    @Test func `null is as good as nothing where a key may be missing`() throws {
        for key in ["summary", "launch", "environment", "transport", "health", "data", "quota", "requires"] {
            #expect(try read(key, "null") == read(text("schema", "1")))
        }
    }

    @Test func `every transport is read`() throws {
        for transport in Manifest.Transport.allCases {
            #expect(try read("transport", "\"\(transport.rawValue)\"").transport == transport)
        }
        #expect(try read("transport", "\"streamable-http\"").transport == .streamableHTTP)
    }

    @Test func `every kind of probe is read`() throws {
        let health = #"""
            [{"kind":"process"},{"kind":"process","settleSeconds":9},{"kind":"tcp","host":"::1","port":8080},
             {"kind":"http","url":"http://[::1]:80/?a#b","status":204,"bodyContains":"ok"},
             {"kind":"exec","command":["bin/check","--all"],"successes":2,"timeoutSeconds":7,"intervalSeconds":3}]
            """#
        let probes = try read("health", health).health
        let program = try #require(RelativePath("bin/check"))
        let checks: [Manifest.Probe.Check] = [
            .process(settleSeconds: 5), .process(settleSeconds: 9), .tcp(host: "::1", port: 8080),
            .http(url: "http://[::1]:80/?a#b", status: 204, bodyContains: "ok"),
            .exec(command: ["bin/check", "--all"], program: program),
        ]
        #expect(probes.map(\.check) == checks)
        let last = try #require(probes.last)
        #expect(last.withinSeconds == 30)
        #expect(last.successes == 2)
        #expect(last.timeoutSeconds == 7)
        #expect(last.intervalSeconds == 3)
    }

    @Test(arguments: [
        "http://127.0.0.1", "http://127.0.0.1/", "http://127.0.0.1:1/x", "http://localhost:65535", "http://[::1]/",
        "http://localhost?x=http://example.com/", "http://localhost#@example.com",
    ])
    func `a probe may ask a loopback address`(url: String) throws {
        let health = #"[{"kind":"http","url":"\#(url)"}]"#
        #expect(try read("health", health).health.count == 1)
    }

    @Test func `keys that begin with x- are anybody's, everywhere`() throws {
        let text = #"""
            {"schema":1,"id":"notes","name":"Notes","version":"1.2.0","x-note":{"a":[1]},
             "launch":{"command":["bin/notes"],"x-note":1,"restart":{"x-note":1}},
             "environment":[{"name":"A","x-note":1}],"health":[{"kind":"process","x-note":1}],
             "data":{"schema":1,"x-note":1},"quota":{"x-note":1},"sandbox":{"mode":"none","x-note":1},
             "requires":{"x-note":1}}
            """#
        #expect(try read(text).dataSchema == 1)
    }

    @Test func `what a variable or a command says is not expanded`() throws {
        let environment = #"[{"name":"HOME_OF_NOTES","default":"${HOME}/notes"}]"#
        #expect(try read("environment", environment).environment.first?.defaultValue == "${HOME}/notes")
        let launch = try #require(try read("launch", #"{"command":["bin/notes","${HOME}"]}"#).launch)
        #expect(launch.command == ["bin/notes", "${HOME}"])
    }

    // MARK: What is refused, with the name of the key

    @Test(arguments: ["schema", "id", "name", "version"])
    func `a required key must be there`(key: String) {
        #expect(refusal(of: text(key, nil)) == "'\(key)' is missing")
        #expect(refusal(of: text(key, "null")) == "'\(key)' is missing")
    }

    @Test(arguments: [
        ("schema", "\"1\""), ("schema", "true"), ("schema", "-1"),
        ("id", "1"), ("id", "\"\""), ("id", "\"Notes\""), ("id", "\"a..b\""), ("id", "\" notes\""),
        ("name", "1"), ("name", "\"\""),
        ("version", "1"), ("version", "\"\""), ("version", "\"1..0\""), ("version", "\"-1\""),
        ("summary", "\"\""), ("homepage", "1"), ("license", "[]"),
        ("launch", "[]"), ("environment", "{}"), ("transport", "\"ftp\""), ("transport", "\"HTTP\""),
        ("permissions", "\"network.listen\""), ("permissionProfile", "\"\""), ("permissionProfile", "\"A\""),
        ("permissionRationale", "[]"), ("health", "{}"), ("data", "2"), ("quota", "0"), ("sandbox", "\"none\""),
        ("requires", "[]"),
    ])
    func `a wrong value is refused by its key`(key: String, value: String) throws {
        let problem = try #require(self.refusal(of: text(key, value)))
        #expect(problem.hasPrefix("'\(key)' is not "))
    }

    /// A key, a value, and the place in it that is wrong.
    private static let deep: [(String, String, String)] = [
        ("launch", #"{}"#, "launch.command"),
        ("launch", #"{"command":"bin/notes"}"#, "launch.command"),
        ("launch", #"{"command":[]}"#, "launch.command"),
        ("launch", #"{"command":[""]}"#, "launch.command"),
        ("launch", #"{"command":["/bin/sh"]}"#, "launch.command"),
        ("launch", #"{"command":["../notes"]}"#, "launch.command"),
        ("launch", #"{"command":["./notes"]}"#, "launch.command"),
        ("launch", #"{"command":["apphost/notes"]}"#, "launch.command"),
        ("launch", #"{"command":["APPHOST/notes"]}"#, "launch.command"),
        ("launch", #"{"command":["bin/notes",1]}"#, "launch.command[1]"),
        ("launch", #"{"command":["a"],"color":1}"#, "launch.color"),
        ("launch", #"{"command":["a"],"stopSignal":"SIGSEGV"}"#, "launch.stopSignal"),
        ("launch", #"{"command":["a"],"stopSignal":15}"#, "launch.stopSignal"),
        ("launch", #"{"command":["a"],"stopTimeoutSeconds":-1}"#, "launch.stopTimeoutSeconds"),
        ("launch", #"{"command":["a"],"stopTimeoutSeconds":3601}"#, "launch.stopTimeoutSeconds"),
        ("launch", #"{"command":["a"],"restart":"always"}"#, "launch.restart"),
        ("launch", #"{"command":["a"],"restart":{"policy":"sometimes"}}"#, "launch.restart.policy"),
        ("launch", #"{"command":["a"],"restart":{"maxAttempts":1001}}"#, "launch.restart.maxAttempts"),
        ("launch", #"{"command":["a"],"restart":{"backoffSeconds":-1}}"#, "launch.restart.backoffSeconds"),
        ("launch", #"{"command":["a"],"restart":{"color":1}}"#, "launch.restart.color"),
        ("environment", #"["A"]"#, "environment[0]"),
        ("environment", #"[{}]"#, "environment[0].name"),
        ("environment", #"[{"name":""}]"#, "environment[0].name"),
        ("environment", #"[{"name":"1A"}]"#, "environment[0].name"),
        ("environment", #"[{"name":"A=B"}]"#, "environment[0].name"),
        ("environment", #"[{"name":"A"},{"name":"B-C"}]"#, "environment[1].name"),
        ("environment", #"[{"name":"A"},{"name":"A"}]"#, "environment[1]"),
        ("environment", #"[{"name":"A","description":""}]"#, "environment[0].description"),
        ("environment", #"[{"name":"A","required":"yes"}]"#, "environment[0].required"),
        ("environment", #"[{"name":"A","secret":1}]"#, "environment[0].secret"),
        ("environment", #"[{"name":"A","default":1}]"#, "environment[0].default"),
        ("environment", #"[{"name":"A","color":1}]"#, "environment[0].color"),
        ("permissions", #"["A"]"#, "permissions[0]"),
        ("permissions", #"["a",1]"#, "permissions[1]"),
        ("permissions", #"["a","b","a"]"#, "permissions[2]"),
        ("permissionRationale", #"{"a":""}"#, "permissionRationale.a"),
        ("permissionRationale", #"{"a":1}"#, "permissionRationale.a"),
        ("health", #"[{}]"#, "health[0].kind"),
        ("health", #"[{"kind":"ping"}]"#, "health[0].kind"),
        ("health", #"[{"kind":"process","settleSeconds":-1}]"#, "health[0].settleSeconds"),
        ("health", #"[{"kind":"process","host":"::1"}]"#, "health[0].host"),
        ("health", #"[{"kind":"tcp","port":80}]"#, "health[0].host"),
        ("health", #"[{"kind":"tcp","host":"0.0.0.0","port":80}]"#, "health[0].host"),
        ("health", #"[{"kind":"tcp","host":"192.0.2.1","port":80}]"#, "health[0].host"),
        ("health", #"[{"kind":"tcp","host":"example.org","port":80}]"#, "health[0].host"),
        ("health", #"[{"kind":"tcp","host":"127.0.0.1"}]"#, "health[0].port"),
        ("health", #"[{"kind":"tcp","host":"127.0.0.1","port":"80"}]"#, "health[0].port"),
        ("health", #"[{"kind":"tcp","host":"127.0.0.1","port":0}]"#, "health[0].port"),
        ("health", #"[{"kind":"tcp","host":"127.0.0.1","port":65536}]"#, "health[0].port"),
        ("health", #"[{"kind":"http"}]"#, "health[0].url"),
        ("health", #"[{"kind":"http","url":"http://localhost","status":99}]"#, "health[0].status"),
        ("health", #"[{"kind":"http","url":"http://localhost","bodyContains":1}]"#, "health[0].bodyContains"),
        ("health", #"[{"kind":"exec"}]"#, "health[0].command"),
        ("health", #"[{"kind":"exec","command":[]}]"#, "health[0].command"),
        ("health", #"[{"kind":"exec","command":["/bin/true"]}]"#, "health[0].command"),
        ("health", #"[{"kind":"exec","command":["../check"]}]"#, "health[0].command"),
        ("health", #"[{"kind":"exec","command":["apphost/check"]}]"#, "health[0].command"),
        ("health", #"[{"kind":"process"},{"kind":"process","withinSeconds":0}]"#, "health[1].withinSeconds"),
        ("health", #"[{"kind":"process","intervalSeconds":0}]"#, "health[0].intervalSeconds"),
        ("health", #"[{"kind":"process","timeoutSeconds":3601}]"#, "health[0].timeoutSeconds"),
        ("health", #"[{"kind":"process","successes":0}]"#, "health[0].successes"),
        ("data", #"{}"#, "data.schema"),
        ("data", #"{"schema":-1}"#, "data.schema"),
        ("data", #"{"schema":1,"color":1}"#, "data.color"),
        ("quota", #"{"dataBytes":-1}"#, "quota.dataBytes"),
        ("quota", #"{"cacheBytes":"0"}"#, "quota.cacheBytes"),
        ("quota", #"{"color":1}"#, "quota.color"),
        ("sandbox", #"{}"#, "sandbox.mode"),
        ("sandbox", #"{"mode":"None"}"#, "sandbox.mode"),
        ("sandbox", #"{"mode":"none","required":1}"#, "sandbox.required"),
        ("sandbox", #"{"mode":"none","color":1}"#, "sandbox.color"),
        ("requires", #"{"apphost":"nightly"}"#, "requires.apphost"),
        ("requires", #"{"apphost":""}"#, "requires.apphost"),
        ("requires", #"{"arch":"x86_64"}"#, "requires.arch"),
        ("requires", #"{"arch":["x86_64",1]}"#, "requires.arch[1]"),
        ("requires", #"{"color":1}"#, "requires.color"),
    ]

    @Test func `a wrong value is refused by the place where it stands`() throws {
        for (key, value, place) in Self.deep {
            let problem = try #require(self.refusal(of: text(key, value)))
            #expect(problem.hasPrefix("'\(place)' is "), "\(problem)")
        }
    }

    @Test(arguments: [
        "https://127.0.0.1/", "HTTP://127.0.0.1/", "127.0.0.1", "http:/127.0.0.1/", "http://", "http:///x",
        "http://0.0.0.0/", "http://example.com/", "http://127.0.0.1.example.com/", "http://localhost.example.com/",
        "http://localhost@example.com/", "http://user@localhost/", "http://127.0.0.1:0/", "http://127.0.0.1:65536/",
        "http://127.0.0.1:/", "http://127.0.0.1:x/", "http://[::1", "http://[::1]x/", "http://[::2]/",
        "http://example.com#@127.0.0.1/", " http://127.0.0.1/", "http://192.0.2.1/", "http://127.0.0.1:+80/",
        "http://127.0.0.1:-1/", "http://127.0.0.1:000080/", "http://127.0.0.1/a b", "http://127.0.0.1/\u{E4}",
    ])
    func `a probe asks no address but loopback`(url: String) throws {
        let problem = try #require(self.refusal(of: text("health", #"[{"kind":"http","url":"\#(url)"}]"#)))
        #expect(problem == "'health[0].url' is not an http address on loopback")
    }

    @Test func `a key that is not known is refused by its name`() {
        #expect(refusal(of: text("color", "1")) == "'color' is not a key it may have")
        #expect(refusal(of: text("Launch", "{}")) == "'Launch' is not a key it may have")
    }

    @Test func `a rationale for what is no permission is refused`() {
        let expected = "'permissionRationale' explains 'a', which is not among 'permissions'"
        #expect(refusal(of: text("permissionRationale", #"{"a":"because"}"#)) == expected)
    }

    @Test func `a schema that is older or newer is refused, the newer as such`() {
        #expect(refusal(of: text("schema", "0")) == "schema 0 is unknown")
        let error = #expect(throws: RecordError.self) { try read("schema", "2") }
        #expect(error?.needsNewer == true)
        #expect(error?.code == .needsNewerApphost)
    }

    @Test(arguments: [
        "", "null", "[]", "1", "{", "{}}", "{,}", #"{"schema":1,"schema":1}"#, #"{"schema":1,"sch\u0065ma":1}"#,
        #"{"schema":1.0}"#, #"{"schema":1e0}"#, #"{"schema":01}"#, #"{'schema':1}"#, "\u{FEFF}{}",
    ])
    func `what is no strict JSON, or no object, is refused`(text: String) {
        #expect(throws: RecordError.self) { try read(text) }
    }

    @Test func `256 KiB are read and a byte more is refused`() throws {
        let short = text("schema", "1")
        let longest = short + String(repeating: " ", count: Manifest.limit - short.utf8.count)
        #expect(try read(longest).name == "Notes")
        #expect(refusal(of: longest + " ") == "it is longer than \(Manifest.limit) bytes")
    }

    @Test func `texts for people have at most 4096 bytes`() throws {
        let longest = String(repeating: "n", count: 4096)
        #expect(try read("name", "\"\(longest)\"").name == longest)
        #expect(refusal(of: text("name", "\"\(longest)n\"")) == "'name' is not a text of 1 to 4096 bytes")
    }
}
