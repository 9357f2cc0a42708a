import Glibc
import HostModel
import TestSupport
import Testing

/// A host that is served: `apphost serve` on a root of the test's own, at its socket and at a port on loopback.
///
/// Whatever lives of it when the test lets go of it is killed.
final class ServingHost {
    let host: RunningHost
    private(set) var server: RunningProgram
    private(set) var port: Int

    var place: TemporaryDirectory { host.place }

    /// Where the operator asks.
    var socket: Endpoint { .socket(place.path + "/root/apphost.sock") }

    /// Where everybody may ask.
    var loopback: Endpoint { .port(port) }

    /// Nothing is done by itself, so that what a test sees is what it did.
    private static let quiet = "settings scheduler.enabled=false"

    /// - Parameters:
    ///   - options: of `apphost serve`, beside `--listen`.
    ///   - launcher: runs it through another program.
    init(
        _ host: RunningHost, options: String = "", environment: [String: String] = [:], through launcher: [String] = []
    ) throws {
        self.host = host
        try host.must(Self.quiet)
        (server, port) = try Self.start(host, options, environment, launcher)
    }

    deinit { server.kill() }

    /// With `notes` 1.0.0 from the catalog `demo`, which is `shop/` and lists 1.1.0 too. Nothing runs.
    static func withNotes(options: String = "") throws -> ServingHost {
        let host = try RunningHost()
        try host.prepareNotes()
        return try ServingHost(host, options: options)
    }

    // MARK: Its life

    private static func start(
        _ host: RunningHost, _ options: String, _ environment: [String: String], _ launcher: [String]
    ) throws -> (server: RunningProgram, port: Int) {
        let server = try host.program.start(
            "serve --listen 127.0.0.1:0 \(options)", environment: environment, through: launcher)
        let port = try found("the server's port") { () throws -> Int? in
            let log = try server.errorsSoFar()
            if let line = log.firstMatch(of: /listening.*127\.0\.0\.1:([0-9]+)/) { return Int(line.output.1) }
            guard try server.isRunning() else { throw NeverCame(description: "a server: \(log)") }
            return nil
        }
        return (server: server, port: port)
    }

    /// Starts a server again, where there is none any more.
    func restart() throws { (server, port) = try Self.start(host, "", [:], []) }

    /// Asks the server to end, and waits for that.
    @discardableResult
    func stop() throws -> Program.Outcome {
        server.terminate()
        return try server.wait()
    }

    /// Ends the server with a signal that it cannot catch.
    func kill() throws {
        server.kill()
        #expect(try server.wait().status == -SIGKILL)
    }

    /// The server as the kernel knows it.
    var process: SeenProcess { SeenProcess(pid: server.pid) }

    // MARK: Asking

    /// A new token of an operator's.
    func token(_ name: String = "ci") throws -> String {
        let made = try host.json("token new \(name)")
        return try #require(made.member("token")?.member("text")?.asString)
    }

    /// The token that a running app has in its environment.
    func token(of app: String) throws -> String {
        let pid = try #require(try host.status(app).pid)
        return try found("the environment of \(app)") { SeenProcess(pid: pid).environment["APPHOST_APP_TOKEN"] }
    }

    /// Asks the API.
    ///
    /// - Parameters:
    ///   - path: without `/api/v1`.
    ///   - token: shown at the port on loopback; nil asks at the socket, as the operator.
    func ask(
        _ method: String, _ path: String, _ body: JSONValue? = nil, as token: String? = nil, _ headers: [String] = []
    ) throws -> Reply {
        let bearer = token.map { ["Authorization: Bearer \($0)"] } ?? []
        let endpoint = token == nil ? socket : loopback
        return try endpoint.ask(method, "/api/v1\(path)", bearer + headers, body: body?.text ?? "")
    }

    /// Asks for what takes its time, and does not wait for it.
    ///
    /// - Returns: the operation's id.
    func begin(
        _ method: String, _ path: String, _ body: JSONValue? = nil, as token: String? = nil, _ headers: [String] = [],
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> String {
        let begun = try ask(method, path, body, as: token, headers)
        try #require([200, 202].contains(begun.status), "\(path): \(begun.text)", sourceLocation: sourceLocation)
        let id = try #require(try begun.json().member("operation")?.member("id")?.asString)
        #expect(begun.header("Location") == "/api/v1/operations/\(id)", sourceLocation: sourceLocation)
        return id
    }

    /// An operation as it is now.
    func operation(_ id: String, as token: String? = nil) throws -> JSONValue {
        let shown = try ask("GET", "/operations/\(id)", as: token)
        return try #require(try shown.json().member("operation"), "\(shown.text)")
    }

    /// Looks at an operation again and again until it is over.
    func end(of id: String, as token: String? = nil) throws -> JSONValue {
        try found("the end of the operation \(id)") { () throws -> JSONValue? in
            let operation = try operation(id, as: token)
            let state = operation.member("state")?.asString
            return state == "done" || state == "failed" ? operation : nil
        }
    }

    /// Does what takes its time, to its end.
    func perform(
        _ method: String, _ path: String, _ body: JSONValue? = nil, as token: String? = nil, _ headers: [String] = [],
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> JSONValue {
        let id = try begin(method, path, body, as: token, headers, sourceLocation: sourceLocation)
        return try end(of: id, as: token)
    }

    // MARK: What is there

    /// Everything in the root but the account of who asked, to show that nothing changed.
    func state() throws -> Tree {
        try place.snapshot().filter { $0.key.hasPrefix("root/") && !$0.key.hasPrefix("root/audit.") }
    }

    /// The lines of the audit log.
    func audit() throws -> [JSONValue] {
        let text = try #require(place.text("root/audit.jsonl"))
        return try text.split(separator: "\n").map { try JSONValue(line: String($0)) }
    }
}

extension RunningHost {
    /// Installs `notes` 1.0.0 from the catalog `demo`, which is `shop/`, and lets it list 1.1.0 too.
    func prepareNotes() throws {
        try program.prepareFollowing()
        try program.publishNewer()
        try must("catalog refresh")
    }
}
