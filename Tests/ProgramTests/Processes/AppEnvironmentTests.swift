import Glibc
import HostModel
import TestSupport
import Testing

/// What an app is given: its variables, its directories, its user; and what nobody else is shown of it.
@Suite(.timeLimit(.minutes(20)))
struct AppEnvironmentTests {
    private static let secret = "a-needle-that-nobody-may-see"

    /// Writes down what it is given, and says its secrets aloud.
    private static func observer(version: String) -> TestApp {
        TestApp(
            version: version,
            script: """
                cat /proc/$$/environ > "$APPHOST_APP_DATA_DIR/environment"
                echo "my token is $APPHOST_APP_TOKEN"
                echo "my secret is $NOTES_TOKEN" >&2
                pwd -P > "$APPHOST_APP_DATA_DIR/directory"
                exec sleep 86400
                """,
            members: [
                .init("permissions", ["network.listen"].json),
                .init("environment", variables.json),
            ])
    }

    private static let variables: [JSONValue] = [
        ["name": "NOTES_TOKEN", "required": true, "secret": true], ["name": "NOTES_THEME"],
        ["name": "NOTES_TITLE", "default": "Small notes"],
    ]

    private func installed() throws -> RunningHost {
        let host = try RunningHost()
        try host.install(Self.observer(version: "1.0.0"))
        try host.must("config app NOTES_THEME=dark")
        let set = try host.program.run("secret set app NOTES_TOKEN", stdin: Self.secret)
        try #require(set.status == 0, "\(set.stderr)")
        return host
    }

    /// What the app has written down, once it has.
    private func environment(_ host: RunningHost) throws -> [String: String] {
        let text = try found("what the app writes") { () throws -> String? in
            host.place.exists("root/data/app/directory") ? host.place.text("root/data/app/environment") : nil
        }
        let entries = text.split(separator: "\0").map { entry in
            let parts = entry.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (String(parts[0]), String(parts[parts.count - 1]))
        }
        #expect(Set(entries.map { $0.0 }).count == entries.count, "a variable is there twice")
        return Dictionary(entries) { first, _ in first }
    }

    @Test func `an app has the variables that it is given, and no other`() throws {
        let host = try installed()
        let outcome = try host.run("start app", environment: ["LEAKED": "yes", "LD_PRELOAD": "", "LC_ALL": "C"])
        try #require(outcome.status == 0, "\(outcome.stderr)")
        let root = host.place.path + "/root"
        var rest = try environment(host)
        let given = [
            "HOME": "\(root)/data/app", "TMPDIR": "\(root)/run/app", "APPHOST_APP_ID": "app", "APPHOST_APP_NAME": "app",
            "APPHOST_APP_VERSION": "1.0.0", "APPHOST_APP_DATA_DIR": "\(root)/data/app",
            "APPHOST_APP_CACHE_DIR": "\(root)/cache/app", "APPHOST_APP_RUN_DIR": "\(root)/run/app",
            "APPHOST_APP_PERMISSIONS": "network.listen", "NOTES_TOKEN": Self.secret, "NOTES_THEME": "dark",
            "NOTES_TITLE": "Small notes",
        ]
        for (name, value) in given {
            let found = rest.removeValue(forKey: name)
            #expect(found == value, "\(name)")
        }
        let run = try #require(rest["APPHOST_RUN"])
        let isRunID = run.wholeMatch(of: /[0-9a-f]{32}/) != nil
        #expect(isRunID, "\(run)")
        let token = try #require(rest["APPHOST_APP_TOKEN"])
        #expect(token.utf8.count >= 32)
        #expect(rest["LANG"]?.isEmpty == false)
        let path = try #require(rest["PATH"]).split(separator: ":").map { String($0) }
        #expect(path.contains("/usr/bin") && path.contains("/bin"))
        #expect(path.allSatisfy { $0.hasPrefix("/") })
        #expect(Set(rest.keys) == ["APPHOST_RUN", "APPHOST_APP_TOKEN", "LANG", "PATH"])

        #expect(host.place.text("root/data/app/directory") == "\(root)/apps/app/installed\n")
        for part in ["data", "cache", "run"] { #expect(host.place.mode(of: "root/\(part)/app") == 0o700, "\(part)") }
        try host.must("stop app")
    }

    @Test func `a permission that was revoked is not given`() throws {
        let host = try installed()
        try host.must("permissions app revoke network.listen")
        try host.must("start app")
        #expect(try environment(host)["APPHOST_APP_PERMISSIONS"] == "")
        try host.must("stop app")
    }

    @Test func `each run has a token of its own, and no token or secret stands anywhere else`() throws {
        let host = try installed()
        var tokens: [String] = []
        for line in ["start app", "restart app"] {
            for name in ["directory", "environment"] where host.place.exists("root/data/app/\(name)") {
                try host.place.remove("root/data/app/\(name)")
            }
            let outcome = try host.must(line + " --json")
            let token = try #require(try environment(host)["APPHOST_APP_TOKEN"])
            tokens.append(token)
            #expect(!(outcome.stdout + outcome.stderr).contains(token))
            // The app, its supervisor and what else runs for them: everybody may read with which words.
            let running = host.everything()
            #expect(running.count >= 2)
            for process in running {
                let words = process.text("cmdline")
                #expect(!words.contains(token) && !words.contains(Self.secret), "\(process.link("exe"))")
            }
        }
        #expect(tokens.count == 2 && tokens[0] != tokens[1])
        try eventually("both streams are in the log") {
            let log = try host.log()
            return log.contains { $0.text.hasPrefix("my token is") && $0.stream == "out" }
                && log.contains { $0.text.hasPrefix("my secret is") && $0.stream == "err" }
        }
        let needles = tokens + [Self.secret]
        let lines = [
            "status app", "list", "info app", "logs app -n 100", "history app", "config app", "secret list app",
            "doctor", "start app", "stop app", "logs app", "status app", "history app",
        ]
        for line in lines {
            for words in [line, line + " --json"] {
                let outcome = try host.run(words)
                for needle in needles {
                    #expect(!(outcome.stdout + outcome.stderr).contains(needle), "\(words)")
                }
            }
        }
        let holders = try host.place.snapshot().filter { path, content in
            path.hasPrefix("root/") && !path.hasPrefix("root/data/") && needles.contains { content.contains($0) }
        }
        #expect(holders.keys.allSatisfy { $0.hasPrefix("root/secrets/app/") }, "\(holders.keys)")
        #expect(holders.count == 1)
    }

    @Test func `update and rollback leave what an app has written`() throws {
        let host = try installed()
        try host.pack(Self.observer(version: "2.0.0"))
        try host.must("start app")
        for part in ["data", "cache", "run"] { try host.place.write("mine", to: "root/\(part)/app/kept") }
        for line in ["update app --from ./app-2.0.0.zip --restart", "rollback app --restart"] {
            try host.must(line)
            for part in ["data", "cache", "run"] {
                #expect(host.place.text("root/\(part)/app/kept") == "mine", "\(line)")
                #expect(host.place.mode(of: "root/\(part)/app") == 0o700, "\(line)")
            }
        }
        try host.must("stop app")
    }

    @Test(.enabled(if: OtherUser.isThere, "it takes the superuser and another user"))
    func `an app of another user has nothing of the superuser's`() throws {
        let name = try #require(getpwuid(OtherUser.number).map { String(cString: $0.pointee.pw_name) })
        let host = try RunningHost(namesUser: false)
        try host.install(TestApp(script: "echo mine > \"$HOME/file\"\nexec sleep 86400"))
        let refused = try host.run("start app")
        #expect(refused.status == 78)
        #expect(refused.code == "app_user_missing")
        host.expectNothingLives()

        try host.must("config app --user \(name)")
        let status = try host.start()
        #expect(status.user == name)
        let pid = try #require(status.pid)
        let process = SeenProcess(pid: pid)
        let number = "\(OtherUser.number)"
        let four = [number, number, number, number].joined(separator: " ")
        #expect(process.status("Uid") == four)
        #expect(process.status("Gid")?.split(separator: " ").contains("0") == false)
        #expect(process.status("Groups") == "")
        try eventually("it writes its data") { host.place.exists("root/data/app/file") }
        for part in ["data", "cache", "run"] {
            #expect(owner(of: "\(host.place.path)/root/\(part)/app") == OtherUser.number, "\(part)")
        }
        for path in ["apps/app", "apps/app/installed", "apps/app/installed/bin/run", "logs/app"] {
            #expect(owner(of: "\(host.place.path)/root/\(path)") == 0, "\(path)")
        }
        try host.must("stop app")
        host.expectNothingLives()
    }

    private func owner(of path: String) -> UInt32? {
        var status = stat()
        return lstat(path, &status) == 0 ? status.st_uid : nil
    }
}
