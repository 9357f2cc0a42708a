import HostModel
import TestSupport
import Testing

/// Everything that a server says, searched for what it must not say: H39 of the attacks.
@Suite(.timeLimit(.minutes(20)))
struct APILeakTests {
    private static let secret = "Rumpelstilzchen-7f3a91"

    /// What was collected, with where it comes from.
    private struct Saying {
        let source: String
        let text: String
    }

    /// `notes` of a catalog, and an app that runs, has a secret, and says it and its token aloud.
    private func prepared() throws -> ServingHost {
        let host = try RunningHost()
        try host.prepareNotes()
        let variables: [JSONValue] = [["name": "NOTES_TOKEN", "secret": true]]
        try host.install(
            TestApp(
                script: "echo $APPHOST_APP_TOKEN $NOTES_TOKEN $HOME\nexec sleep 86400",
                members: [
                    .init("environment", variables.json), .init("permissions", ["apps.read"].json),
                ]))
        let set = try host.program.run("secret set app NOTES_TOKEN", stdin: Self.secret)
        try #require(set.status == 0, "\(set.stderr)")
        try host.must("start app")
        try eventually("the app has spoken") { try !host.log().isEmpty }
        return try ServingHost(host, options: "--log-level trace")
    }

    /// Everything that the document has, with names that are there and names that are not.
    ///
    /// What takes its time is waited for.
    private static func requests(of document: JSONValue) -> [(method: String, target: String)] {
        guard case .object(let paths)? = document.member("paths") else { return [] }
        let names: [[String: String]] = [
            ["id": "notes", "catalog": "demo", "name": "NOTES_TOKEN", "key": "notes"],
            ["id": "app", "catalog": "demo", "name": "NOTES_TOKEN", "key": "test"],
            ["id": "nobody", "catalog": "nowhere", "name": "OTHER", "key": "nokey"],
        ]
        return paths.flatMap { path in
            names.flatMap { names -> [(method: String, target: String)] in
                var target = path.key.replacing("{operation}", with: String(repeating: "0", count: 32))
                for (name, value) in names { target = target.replacing("{\(name)}", with: value) }
                return path.value.keys.map { method in
                    let parameters = path.value.member(method)?.member("parameters")?.elements ?? []
                    let waits = parameters.contains { $0.member("name")?.asString == "wait" }
                    return (method: method.uppercased(), target: waits ? "\(target)?wait=60" : target)
                }
            }
        }
    }

    @Test func `H39 no answer, log, metric or account has a path, a token, a secret or a trace`() throws {
        let served = try prepared()
        let place = served.place.path
        let (token, app) = try (served.token(), served.token(of: "app"))
        var said: [Saying] = []
        func note(_ source: String, _ reply: Reply?) {
            said.append(Saying(source: source, text: reply?.everything ?? ""))
        }
        let document = try served.ask("GET", "/openapi.json")
        note("the document", document)
        let requests = Self.requests(of: try document.json())
        #expect(requests.count > 100)

        // As it is meant: looking, by who may and who may not.
        for (method, target) in requests where method == "GET" {
            for bearer in [token, app, "apphost_wrong"] {
                let reply = try served.loopback.ask(method, target, ["Authorization: Bearer \(bearer)"])
                note("\(method) \(target)", reply)
            }
        }
        // As it is not: places of the host that an answer may repeat, and secrets where none belong.
        for body in try Self.wrongBodies(in: served) {
            for (method, target) in requests where ["POST", "PUT", "PATCH"].contains(method) {
                note("\(method) \(target) \(body)", try served.socket.ask(method, target, body: body))
            }
        }
        for path in ["/", "/\(Self.secret)", place, "\(place)/root/../../etc/passwd", "/session?token=\(token)"] {
            note("GET \(path)", try served.loopback.ask("GET", path))
            note("GET \(path) as the operator", try served.socket.ask("GET", path))
        }
        // What is there cannot be read.
        let broken = ["root/trust/keys.json", "root/apps/notes/record.json", "root/catalogs/demo/source.json"]
        for file in broken { try served.place.write("{ \(Self.secret)", to: file, mode: 0o600) }
        for (method, target) in requests where method == "GET" {
            note("broken \(target)", try served.socket.ask(method, target))
        }
        for path in ["/verify", "/doctor", "/updates/check", "/app-catalogs/refresh"] {
            note("broken \(path)", try served.ask("POST", "\(path)?wait=60"))
        }
        note("broken metrics", try served.socket.ask("GET", "/metrics"))
        try served.place.write("{ \(Self.secret)", to: "root/tokens.json", mode: 0o600)
        note("broken tokens", try served.loopback.ask("GET", "/api/v1/apps", ["Authorization: Bearer \(token)"]))

        #expect(try served.ask("GET", "/settings").status == 200)
        said.append(Saying(source: "the log", text: try served.stop().stderr))
        for file in served.place.names("root") where file.hasPrefix("audit.") {
            said.append(Saying(source: file, text: try #require(served.place.text("root/\(file)"))))
        }
        for saying in said { expectNothing(of: [place, token, app, Self.secret], in: saying) }
    }

    private func expectNothing(of needles: [String], in saying: Saying) {
        // Of a token that somebody shows nothing may be repeated, so the end of one is enough.
        for needle in needles + needles.map({ String($0.suffix(24)) }) + ["/etc/passwd", "Fatal error", ".swift:"] {
            #expect(!saying.text.contains(needle), "\(saying.source) has \(needle): \(saying.text.prefix(2000))")
        }
    }

    private static func wrongBodies(in served: ServingHost) throws -> [String] {
        let place = served.place.path
        try served.place.write("no archive", to: "broken.zip")
        let bodies: [JSONValue] = [
            ["source": "\(place)/nothing.zip".json], ["source": "\(place)/broken.zip".json], ["source": place.json],
            ["keyFile": "\(place)/broken.zip".json, "name": "broken"], ["keyFile": place.json, "name": "broken"],
            ["name": "broken", "location": "\(place)/nowhere".json],
            ["name": "broken", "location": "file://\(place)/nowhere".json, "rootFile": "\(place)/broken.zip".json],
            ["environment": ["NOTES_TOKEN": secret] as JSONValue, "dryRun": true],
            ["value": secret.json, "dryRun": true], ["value": secret.json, "nosuch": secret.json],
            [secret: true],
        ]
        return bodies.map(\.text) + ["{\"value\": \"\(secret)\"", secret]
    }
}
