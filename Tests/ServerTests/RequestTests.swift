import HostModel
import Server
import TestSupport
import Testing

/// What of a request is refused before anything is done for it.
struct RequestTests {
    /// `reliability.md`, H29 and H30.
    @Test(
        arguments: [
            "", "null", "[]", "1", "\"a\"", "{", "{}{}", #"{"dryRun":true,"dryRun":true}"#, #"{"dryRun":1e999}"#,
            #"{"dryRun":NaN}"#, #"{"version":"\ud800"}"#, "\u{FEFF}{}", #"{"dryRun":"true"}"#, #"{"dryRun":null}"#,
            #"{"nothing":1}"#, #"{"x-nothing":1}"#, #"{"version":""}"#, #"{"version":"../1"}"#, #"{"version":["1.0"]}"#,
            #"{"accept":"unsigned"}"#, #"{"accept":["everything"]}"#, #"{"accept":["review","review"]}"#,
            #"{"accept":[]}"#, #"{"expect":"abc"}"#, #"{"environment":{"1":"a"}}"#, #"{"environment":{"A":1}}"#,
            #"{"health":"process"}"#, #"{"restart":true,"health":"some"}"#,
        ] as [String])
    func `a body that is not as the route takes it is refused`(body: String) async throws {
        let bench = try Bench()
        let answer = try await bench.ask(
            "POST", "/apps/notes/update", bytes: Array((body.isEmpty ? " " : body).utf8), type: "application/json")
        #expect(answer.status == 400)
        #expect(answer.code == "usage")
        #expect(await bench.operations.all.isEmpty)
        #expect(bench.disk.names().isEmpty)
    }

    /// With the path in the place of `PATH`.
    private static let ofHost = [
        ("/apps/install", "source", #"{"source":"PATH"}"#), ("/apps/notes/update", "source", #"{"source":"PATH"}"#),
        ("/apps/notes/updates/stage", "source", #"{"source":"PATH"}"#),
        ("/trust/add", "keyFile", #"{"name":"notes","keyFile":"PATH"}"#),
        ("/app-catalogs/add", "location", #"{"name":"demo","location":"PATH"}"#),
        ("/app-catalogs/add", "rootFile", #"{"name":"demo","location":"/srv/demo","rootFile":"PATH"}"#),
        ("/app-catalogs/add", "certificateFile", #"{"name":"demo","location":"/srv/demo","certificateFile":"PATH"}"#),
    ]

    @Test(arguments: RequestTests.ofHost)
    func `a path of the host begins with a slash`(path: String, name: String, body: String) async throws {
        let bench = try Bench()
        for relative in ["a.zip", "./a.zip", "../a.zip", "~/a.zip", " /srv/a.zip", ""] {
            let answer = try await bench.ask(
                "POST", path, bytes: Array(body.replacing("PATH", with: relative).utf8), type: "application/json")
            #expect(answer.status == 400, "\(relative): \(answer.text)")
            #expect(answer.code == "usage")
            let message = answer.json["error"]?["message"]?.asString ?? ""
            #expect(message.contains("'\(name)'") && message.contains("begins with '/'"), "\(message)")
        }
        #expect(await bench.operations.all.isEmpty)
        #expect(bench.disk.names().isEmpty)
    }

    /// What the document says of such a value is what is refused.
    @Test(arguments: RequestTests.ofHost)
    func `the document says where a path of the host begins`(path: String, name: String, body: String) throws {
        let content = OpenAPIDocument.json["paths"]?["/api/v1" + path.replacing("/notes/", with: "/{id}/")]?["post"]?[
            "requestBody"]?["content"]
        let schema = content?["application/json"]?["schema"]?["properties"]?[name]
        let pattern = name == "location" ? #"^(https?://|file:|/)[^\u0000]*$"# : #"^/[^\u0000]*$"#
        #expect(schema?["pattern"]?.asString == pattern)
    }

    @Test func `a body that is deep or has very many members is refused`() async throws {
        let deep = String(repeating: #"{"a":"#, count: 100_000)
        let wide = "{" + (0..<60_000).map { #""k\#($0)":1"# }.joined(separator: ",") + "}"
        for body in [deep, wide] {
            let answer = try await Bench().ask(
                "POST", "/apps/notes/update", bytes: Array(body.utf8), type: "application/json")
            #expect(answer.status == 400)
        }
    }

    @Test func `what is not UTF-8 is refused`() async throws {
        let bytes = Array(#"{"version":""#.utf8) + [0xC3, 0x28] + Array(#""}"#.utf8)
        let answer = try await Bench().ask(
            "POST", "/apps/notes/update", bytes: bytes, type: "application/json")
        #expect(answer.status == 400)
    }

    @Test(
        arguments: [
            nil, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/json;a=b",
        ] as [String?])
    func `a body is JSON and says so`(type: String?) async throws {
        let answer = try await Bench().ask("POST", "/apps/notes/start", bytes: Array("{}".utf8), type: type)
        #expect(answer.status == 415)
    }

    @Test func `a body has a limit`() async throws {
        let bytes = [UInt8](repeating: UInt8(ascii: " "), count: APIRequest.bodyLimit + 1)
        let answer = try await Bench().ask("POST", "/apps/notes/start", bytes: bytes, type: "application/json")
        #expect(answer.status == 413)
    }

    @Test(
        arguments: [
            "/apps/notes/logs?lines=-1", "/apps/notes/logs?lines=10001", "/apps/notes/logs?lines=", "/apps?all=true",
            "/apps/notes/logs?lines=1&lines=1", "/apps/notes/logs?lines=%zz", "/apps/notes/logs?since=7", "/apps?&",
            "/apps/notes/logs?lines=99999999999999999999", "/search?text=%00", "/search?text=%ff",
        ])
    func `a query that is not as the route takes it is refused`(path: String) async throws {
        let answer = try await Bench().ask("GET", path)
        #expect(answer.status == 400)
        #expect(answer.code == "usage")
    }

    @Test func `no refusal repeats what was sent`() async throws {
        let bench = try Bench()
        let answers = [
            try await bench.ask("GET", "/apps/WHISPER"), try await bench.ask("GET", "/apps?WHISPER=WHISPER"),
            try await bench.ask("POST", "/apps/notes/update", ["WHISPER": "WHISPER"]),
            try await bench.ask("PUT", "/apps/notes/secrets/TOKEN", ["value": ["WHISPER": 1] as JSONValue]),
            try await bench.ask(
                "PUT", "/apps/notes/secrets/TOKEN", bytes: Array(#"{"value":"WHISPER"#.utf8), type: "application/json"),
        ]
        for answer in answers {
            #expect(answer.status == 400)
            #expect(!answer.text.contains("WHISPER"))
        }
    }

    @Test func `what is required must be there`() async throws {
        let answer = try await Bench().ask("PUT", "/apps/notes/secrets/TOKEN", [:])
        #expect(answer.status == 400)
        #expect(answer.json["error"]?["message"]?.asString == "'value' is missing")
    }

    @Test func `no body and an empty object are the same`() async throws {
        let bench = try Bench()
        #expect(try await bench.ask("POST", "/apps/notes/start?wait=60").status == 200)
        #expect(try await bench.ask("POST", "/apps/notes/start?wait=60", [:]).status == 200)
        #expect(try await bench.ask("POST", "/apps/notes/start?wait=60", ["a": 1]).status == 400)
    }
}
