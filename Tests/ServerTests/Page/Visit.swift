import HostModel
import Hosting
import Server
import TestSupport
import Testing

/// A browser that is signed in, at a server with `notes` 1.0.0 and the catalog `demo`, which lists 1.1.0.
struct Visit {
    let served: Served
    let bench: Bench
    let cookie: String

    static let form = "Content-Type: application/x-www-form-urlencoded"

    static func run(_ body: (Visit) async throws -> Void) async throws {
        let bench = try Bench()
        try bench.trustKey()
        let first = try bench.bundle("1.0.0", summary: Self.summary)
        let second = try bench.bundle("1.1.0", permissions: ["network.listen", "data.write"])
        // The server goes by the clock of this machine.
        let catalog = try bench.catalog(of: [first, second], now: .now)
        let host = Served.host(in: bench.disk)
        let source = AppHost.NewCatalog(
            name: try #require(AppID("demo")), location: catalog.path, rootFile: nil,
            fingerprint: ContentDigest(hex: catalog.fingerprint), certificateFile: nil)
        _ = try await host.addCatalog(source, options: ChangeOptions())
        _ = try await host.install(
            try #require(AppID("notes")), version: BundleVersion("1.0.0"), catalog: nil,
            options: ChangeOptions())
        // Nobody is led to the progress of an operation because it took long.
        try await Served.run(in: bench.disk, clock: ManualClock()) { served in
            let token = try served.authorization("browser").split(separator: " ").last ?? ""
            let reply = try await served.port.ask("POST", "/sign-in", [form], body: "token=\(token)&to=%2Fcatalogs")
            #expect(reply.status == 303)
            #expect(reply.header("Location") == "/catalogs")
            let cookie = try #require(reply.header("Set-Cookie")).prefix { $0 != ";" }
            try await body(Visit(served: served, bench: bench, cookie: "Cookie: \(cookie)"))
        }
    }

    /// What a publisher may write: it ends an attribute, begins an element, and turns the line around.
    static let summary = "\"\u{301}><script>alert('1')</script> & \u{202E}so on"

    func look(_ path: String) async throws -> Wire.Reply { try await served.port.ask("GET", path, [cookie]) }

    func send(_ path: String, _ fields: [String: String], _ headers: [String] = []) async throws -> Wire.Reply {
        let body = fields.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: "&")
        return try await served.port.ask("POST", path, [cookie, Self.form] + headers, body: body)
    }

    /// The fields that every form of a page has.
    func keys(on path: String) async throws -> [String: String] {
        let text = try await look(path).body
        return [
            "form_password": try Self.value(of: "form_password", in: text),
            "form_number": try Self.value(of: "form_number", in: text),
        ]
    }

    static func value(of field: String, in text: String) throws -> String {
        let begin = try #require(text.firstRange(of: "name=\"\(field)\" value=\"")).upperBound
        return String(text[begin...].prefix { $0 != "\"" })
    }

    var isStaged: Bool { get throws { try served.host.list().apps.contains { $0.staged != nil } } }

    /// How often something was done to `notes`.
    func count(_ kind: String) throws -> Int {
        try served.host.history(try #require(AppID("notes"))).count { $0.cells[2] == kind }
    }
}
