import Glibc
import HostModel
import TestSupport
import Testing

/// A host whose apps really run: a managed root of the test's own, and the built program.
///
/// Whatever still lives of it when the test lets go of it is killed.
final class RunningHost {
    let program: Program

    var place: TemporaryDirectory { program.place }

    /// - Parameter namesUser: whether a superuser's apps may run as the superuser.
    init(namesUser: Bool = true) throws {
        program = try Program()
        try program.must("key new test.key")
        try program.must("trust add test.key.pub --name test")
        if namesUser, geteuid() == 0 { try program.must("settings runAs=root") }
    }

    /// The same root and files in another directory. No app runs there.
    init(copyOf other: RunningHost) throws { program = try other.program.copy() }

    deinit { killEverything() }

    // MARK: Bundles

    /// Packs an app.
    ///
    /// - Returns: the bundle's digest.
    @discardableResult
    func pack(_ app: TestApp) throws -> String {
        let directory = "source-of-\(app.id)-\(app.version)"
        try place.write(app.manifest.text, to: "\(directory)/apphost/manifest.json")
        // No two versions have the same program: what they have in common may be one file on disk.
        let program = "\(app.shebang)\n# \(app.version)\n\(app.script)\n"
        try place.write(program, to: "\(directory)/bin/run", mode: 0o755)
        if let probe = app.probe { try place.write("#!/bin/sh\n\(probe)\n", to: "\(directory)/bin/probe", mode: 0o755) }
        return try packDirectory(directory, to: app.archive)
    }

    /// Packs an app, and installs it.
    func install(_ app: TestApp = TestApp()) throws {
        try pack(app)
        try must("install ./\(app.archive)")
    }

    /// Packs a source of `TestBundles/apps/` as `ID-VERSION.zip`.
    ///
    /// - Parameters:
    ///   - id: the source's own where nil.
    ///   - members: of its manifest, in the place of its own.
    ///   - restart: in the place of what it says of being restarted.
    /// - Returns: the bundle's digest.
    @discardableResult
    func pack(
        _ source: String, as id: String? = nil, version: String = "1.0.0", members: [JSONValue.Member] = [],
        restart: JSONValue? = nil
    ) throws -> String {
        let id = id ?? source
        let directory = "source-of-\(id)-\(version)"
        try place.copy(contentOf: "\(Program.packageRoot)/TestBundles/apps/\(source)", to: directory)
        let path = "\(directory)/apphost/manifest.json"
        let bytes = try #require(place.read(path))
        let manifest = try StrictJSON.parse(bytes)
        var changes = [JSONValue.Member("id", id.json), JSONValue.Member("version", version.json)] + members
        if let restart {
            let launch = try #require(manifest.member("launch"))
            changes.append(JSONValue.Member("launch", launch.replacing([JSONValue.Member("restart", restart)])))
        }
        try place.write(manifest.replacing(changes).text, to: path)
        return try packDirectory(directory, to: "\(id)-\(version).zip")
    }

    private func packDirectory(_ directory: String, to archive: String) throws -> String {
        let packed = try must("pack \(directory) -o \(archive) --key test.key")
        let line = packed.stdout.split(separator: "\n").first { $0.hasPrefix("digest ") }
        return String(try #require(line).dropFirst("digest ".count))
    }

    // MARK: Commands

    @discardableResult
    func run(_ line: String, environment: [String: String] = [:]) throws -> Program.Outcome {
        try program.run(line, environment: environment)
    }

    @discardableResult
    func must(_ line: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> Program.Outcome {
        try program.must(line, sourceLocation: sourceLocation)
    }

    /// What a command writes with `--json`.
    func json(_ line: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> JSONValue {
        try program.json(line, sourceLocation: sourceLocation)
    }

    /// What became of the one app that a command changes.
    func result(_ line: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> String? {
        let object = try json(line, sourceLocation: sourceLocation)
        return object.member("results")?.elements.first?.member("result")?.asString
    }

    /// Starts an app.
    ///
    /// - Returns: what `status` says then.
    @discardableResult
    func start(_ id: String = "app", sourceLocation: SourceLocation = #_sourceLocation) throws -> AppStatus {
        try must("start \(id)", sourceLocation: sourceLocation)
        return try status(id)
    }

    func status(_ id: String = "app") throws -> AppStatus {
        let outcome = try run("status \(id) --json")
        let apps = try JSONValue(line: outcome.stdout).member("apps")?.elements ?? []
        let app = try #require(apps.first(where: { $0.member("id")?.asString == id }), "\(outcome)")
        return AppStatus(json: app)
    }

    /// The app as `list` has it.
    func listed(_ id: String = "app") throws -> JSONValue {
        let apps = try json("list").member("apps")?.elements ?? []
        return try #require(apps.first(where: { $0.member("id")?.asString == id }))
    }

    func version(_ id: String = "app") throws -> String? { try listed(id).member("version")?.asString }

    func rollbackVersion(_ id: String = "app") throws -> String? {
        try listed(id).member("rollback")?.member("version")?.asString
    }

    /// The digests that no policy applies again.
    func knownBad(_ id: String = "app") throws -> [String] {
        let known = try json("info \(id)").member("knownBad")?.elements ?? []
        return known.compactMap { $0.member("digest")?.asString }
    }

    /// The app's output, by stream, as `logs` has it: no more than so many lines, the last ones.
    func log(_ id: String = "app", lines: Int = 50) throws -> [(stream: String, text: String)] {
        let found = try json("logs \(id) -n \(lines)").member("lines")?.elements ?? []
        return found.map { line in
            (stream: line.member("stream")?.asString ?? "", text: line.member("text")?.asString ?? "")
        }
    }

    // MARK: Processes

    /// What was started as an app of this host, and lives.
    func processes(of id: String = "app") -> [SeenProcess] {
        SeenProcess.all().filter { process in
            let variables = process.environment
            return variables["APPHOST_APP_ID"] == id && variables["HOME"]?.hasPrefix(place.path + "/") == true
                && process.isAlive
        }
    }

    /// All that has to do with this host, and lives: apps, supervisors, commands.
    func everything() -> [SeenProcess] {
        let ours = SeenProcess(pid: getpid()).link("exe")
        // What a test is about to start is, for a moment, a copy of the tests.
        return SeenProcess.all().filter { $0.touches(place.path) && $0.isAlive && $0.link("exe") != ours }
    }

    /// Ends all of it at once, with a signal that nothing can catch, and waits until it is gone.
    func killEverything() {
        let deadline = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < deadline {
            let left = everything()
            if left.isEmpty { return }
            for process in left { kill(process.pid, SIGKILL) }
            usleep(5000)
        }
    }

    /// Expects that nothing of an app is left, and says what is.
    func expectNothingLives(sourceLocation: SourceLocation = #_sourceLocation) {
        _ = try? eventually("nothing lives") { everything().isEmpty }
        let left = everything().map { "\($0.pid) \($0.link("exe"))" }
        #expect(left == [], sourceLocation: sourceLocation)
    }
}

/// What `apphost status` says of an app.
struct AppStatus {
    let json: JSONValue

    var state: String? { json.member("state")?.asString }
    var isRunning: Bool? { json.member("running")?.asBool }
    var isWanted: Bool? { json.member("wanted")?.asBool }
    var pid: pid_t? { json.member("pid")?.asInteger.flatMap { pid_t(exactly: $0) } }
    var supervisor: pid_t? { json.member("supervisor")?.asInteger.flatMap { pid_t(exactly: $0) } }
    var restarts: Int64? { json.member("restarts")?.asInteger }
    var lastExit: String? { json.member("lastExit")?.asString }
    var user: String? { json.member("user")?.asString }
    var isUnconfirmed: Bool { json.member("unconfirmed")?.keys.isEmpty == false }

    var processes: Set<pid_t> {
        let pids = (json.member("processes")?.elements ?? []).compactMap { $0.member("pid")?.asInteger }
        return Set(pids.compactMap { pid_t(exactly: $0) })
    }
}

/// An app that a test makes: a script, and what its manifest says.
struct TestApp {
    var id = "app"
    var version = "1.0.0"
    var shebang = "#!/bin/sh"
    /// What it does; where nothing is said, it lives as one process.
    var script = "exec sleep 86400"
    /// What says that it is well; nil for no probe.
    var probe: String?
    /// For how long the probe is asked, in seconds.
    var probeWithin = 60
    var restart: JSONValue = ["policy": "never"]
    var isLaunched = true
    /// More of its manifest.
    var members: [JSONValue.Member] = []

    var archive: String { "\(id)-\(version).zip" }

    var manifest: JSONValue {
        var manifest: [JSONValue.Member] = [
            .init("schema", 1.json), .init("id", id.json), .init("name", id.json), .init("version", version.json),
        ]
        if isLaunched {
            let launch: JSONValue = ["command": ["bin/run"], "stopTimeoutSeconds": 5, "restart": restart]
            manifest.append(.init("launch", launch))
        }
        if probe != nil {
            let check: JSONValue = ["kind": "exec", "command": ["bin/probe"], "withinSeconds": probeWithin]
            manifest.append(.init("health", [check].json))
        }
        return .object(manifest + members)
    }
}
