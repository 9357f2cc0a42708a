import HostModel
import Hosting
import Server
import TestSupport
import Testing

/// An API over a host in a temporary root, with a publisher whose key is trusted, and its bundles in another place.
final class Bench {
    /// Holds nothing but `root/`.
    let disk: TemporaryDirectory
    let shop: TemporaryDirectory
    let host: AppHost
    let operations: OperationStore
    let api: API
    private var bundles = 0

    static let person = Caller.operatorByToken(name: "ops")
    static let now = Timestamp(seconds: 1_777_629_600)

    init() throws {
        disk = try TemporaryDirectory()
        shop = try TemporaryDirectory()
        host = AppHost(rootPath: disk.path + "/root", by: "test", now: { Self.now })
        operations = OperationStore(now: { Self.now }) { Issue.record("\($0)") }
        api = API(host: host, operations: operations) { Issue.record("\($0)") }
    }

    /// With the key `notes` trusted and `notes` 1.0.0 installed.
    static func withNotes() async throws -> Bench {
        let bench = try Bench()
        try bench.trustKey()
        _ = try await bench.host.install(bench.bundle("1.0.0"), options: ChangeOptions())
        return bench
    }

    var keyFile: String { shop.path + "/notes.key" }

    func trustKey() throws {
        _ = try Publishing().newKey(at: keyFile)
        let key = AppHost.NewTrust(
            keyFile: keyFile + ".pub", name: "notes", purposes: ["bundle"], apps: nil, validFrom: nil, validUntil: nil)
        _ = try host.addTrust(key, dryRun: false)
    }

    /// Packs a signed bundle of `notes`, of files alone.
    ///
    /// - Returns: the archive's path.
    func bundle(
        _ version: String, summary: String? = nil, permissions: [String] = ["network.listen"]
    ) throws -> String {
        bundles += 1
        let name = "\(bundles)-notes-\(version)"
        let token: JSONValue = ["name": "NOTES_TOKEN", "secret": true]
        let manifest: JSONValue = [
            "schema": 1, "id": "notes", "name": "Notes", "version": version, "summary": summary,
            "permissions": permissions, "environment": [token],
        ]
        try shop.write(manifest.text, to: "\(name)/apphost/manifest.json")
        try shop.write("<h1>\(version)</h1>\n", to: "\(name)/index.html")
        let archive = "\(shop.path)/\(name).zip"
        _ = try Publishing().pack(
            "\(shop.path)/\(name)", output: archive, keyFile: keyFile, caseSensitive: nil, dryRun: false,
            progress: { _ in })
        return archive
    }

    /// Makes a catalog that lists archives.
    ///
    /// - Parameter now: when it is signed.
    /// - Returns: the path of its directory, and the fingerprint of its root.
    func catalog(of archives: [String], now: Timestamp = Bench.now) throws -> (path: String, fingerprint: String) {
        let path = shop.path + "/catalog"
        let publishing = CatalogPublishing(now: { now })
        let made = try publishing.initCatalog(path, keyFile: keyFile, dryRun: false)
        _ = try publishing.publish(path, bundles: archives, keyFile: keyFile, options: ChangeOptions())
        return (path: path, fingerprint: try #require(made.json["catalog"]?["rootFingerprint"]?.asString))
    }

    // MARK: Asking

    struct Answer {
        let status: Int
        let headers: [String: String]
        let text: String
        let json: JSONValue

        var operation: JSONValue? { json["operation"] }
        var code: String? { json["error"]?["code"]?.asString }
    }

    /// - Parameter path: without `/api/v1`, with the query.
    func ask(
        _ method: String, _ path: String, _ body: JSONValue? = nil, by caller: Caller = Bench.person,
        key: String? = nil
    ) async throws -> Answer {
        try await ask(
            method, path, bytes: body?.bytes ?? [], type: body == nil ? nil : "application/json", by: caller, key: key)
    }

    func ask(
        _ method: String, _ path: String, bytes: [UInt8], type: String?, by caller: Caller = Bench.person,
        key: String? = nil, beforeChange: API.BeforeChange = {}
    ) async throws -> Answer {
        let parts = path.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let request = APIRequest(
            method, "/api/v1\(parts[0])", query: parts.count > 1 ? String(parts[1]) : nil, contentType: type,
            idempotencyKey: key, body: bytes)
        let response = await api.respond(to: request, caller: caller, beforeChange: beforeChange)
        let headers = Dictionary(response.headers.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
        return Answer(
            status: response.status, headers: headers, text: String(decoding: response.body, as: UTF8.self),
            json: response.body.isEmpty ? .null : try StrictJSON.parse(response.body))
    }
}

extension JSONValue {
    subscript(key: String) -> JSONValue? {
        if case .object(let members) = self { members.first { $0.key == key }?.value } else { nil }
    }

    subscript(index: Int) -> JSONValue? {
        if case .array(let values) = self, values.indices.contains(index) { values[index] } else { nil }
    }

    var asString: String? { if case .string(let text) = self { text } else { nil } }
    var number: Int64? { if case .integer(let number) = self { number } else { nil } }
    var list: [JSONValue] { if case .array(let values) = self { values } else { [] } }
    var keys: [String] { if case .object(let members) = self { members.map(\.key) } else { [] } }
    var isNull: Bool { if case .null = self { true } else { false } }
}
