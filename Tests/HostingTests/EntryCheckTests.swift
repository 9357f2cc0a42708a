import Bundles
import Catalogs
import HostModel
import Hosting
import Testing

/// `formats.md` 5: a bundle is held to what its catalog entry says of it.
struct EntryCheckTests {
    /// One way in which an entry and its bundle differ, and what is said of it.
    struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let differences: [String]
        let entry: @Sendable (inout CatalogEntry) throws -> Void
        /// Members of the manifest that are otherwise, or are there besides.
        let manifest: [JSONValue.Member]

        init(
            _ what: String, _ differences: [String], manifest: [JSONValue.Member] = [],
            entry: @escaping @Sendable (inout CatalogEntry) throws -> Void = { _ in }
        ) {
            testDescription = what
            self.differences = differences
            self.entry = entry
            self.manifest = manifest
        }
    }

    static let rows: [Row] = [
        Row("a bundle that is as its entry says", []),

        Row("another id", ["its id is 'notes', not 'wiki'"]) { $0.id = try Samples.app("wiki") },
        Row("another version", ["its version is '1.2.0', not '1.3.0'"]) { $0.version = try Samples.version("1.3.0") },
        Row("an equal version of another text", ["its version is '1.2.0', not '1.2'"]) {
            $0.version = try Samples.version("1.2")
        },
        Row(
            "another digest",
            ["its digest is '\(String(repeating: "01", count: 32))', not '\(String(repeating: "02", count: 32))'"]
        ) { $0.digest = try Samples.digest(2) },

        Row("another transport", ["its transport is 'http', not 'stdio'"]) { $0.transport = "stdio" },
        Row("a transport that is not listed", ["its transport is 'http', not none"]) { $0.transport = nil },
        Row(
            "a transport that the bundle has not", ["its transport is none, not 'http'"],
            manifest: [.init("transport", .null)]),
        Row("another profile", ["its permission profile is 'network', not 'none'"]) { $0.permissionProfile = "none" },
        Row("a profile that is not listed", ["its permission profile is 'network', not none"]) {
            $0.permissionProfile = nil
        },
        Row(
            "a profile that the bundle has not", ["its permission profile is none, not 'network'"],
            manifest: [.init("permissionProfile", .null)]),

        Row("more permissions", ["it asks for more permissions: data.read, data.write"]) {
            $0.permissions = ["network.listen"]
        },
        Row("fewer permissions", []) { $0.permissions.append("data.delete") },
        Row("the same permissions in another order", []) { $0.permissions.reverse() },

        Row("a required variable that is not listed", ["it requires more variables: TOKEN"]) { $0.environment = [] },
        Row("a required variable that is listed as optional", ["it requires more variables: TOKEN"]) {
            $0.environment[0].required = false
        },
        Row("an optional variable that is not listed", []) { $0.environment.removeLast() },
        Row("an optional variable that is listed as required", []) { $0.environment[1].required = true },
        Row("a listed variable that the bundle has not", []) {
            $0.environment.append(CatalogEntry.Variable(name: "MORE", required: true))
        },

        Row(
            "everything at once",
            [
                "its version is '1.2.0', not '2.0.0'", "its transport is 'http', not none",
                "it asks for more permissions: network.listen, data.read, data.write",
                "it requires more variables: TOKEN",
            ]
        ) { entry in
            entry.version = try Samples.version("2.0.0")
            entry.transport = nil
            entry.permissions = []
            entry.environment = []
        },

        Row("what is only for people", []) { entry in
            entry.name = "Other"
            entry.summary = "Other."
            entry.channel = "beta"
            entry.deprecation = CatalogEntry.Deprecation(status: .deprecated)
        },
    ]

    private func manifest(_ changes: [JSONValue.Member]) throws -> Manifest {
        let token: JSONValue = ["name": "TOKEN", "required": true, "secret": true]
        let color: JSONValue = ["name": "COLOR"]
        let environment = [token, color]
        let permissions = ["network.listen", "data.read", "data.write"]
        let ordinary: JSONValue = [
            "schema": 1, "id": "notes", "name": "Notes", "version": "1.2.0", "permissions": permissions,
            "transport": "http", "permissionProfile": "network", "environment": environment,
        ]
        guard case .object(let members) = ordinary else { return try Manifest.read([]) }
        let kept = members.filter { member in !changes.contains { $0.key == member.key } }
        return try Manifest.read(JSONValue.object(kept + changes).bytes)
    }

    /// An entry that says what the unchanged bundle is.
    private func entry() throws -> CatalogEntry {
        var entry = CatalogEntry(
            id: try Samples.app("notes"), name: "Notes", version: try Samples.version("1.2.0"),
            digest: try Samples.digest(1))
        entry.permissions = ["network.listen", "data.read", "data.write"]
        entry.transport = "http"
        entry.permissionProfile = "network"
        entry.environment = [
            CatalogEntry.Variable(name: "TOKEN", required: true, secret: true), CatalogEntry.Variable(name: "COLOR"),
        ]
        return entry
    }

    @Test(arguments: EntryCheckTests.rows)
    func `a bundle is held to its entry`(row: Row) throws {
        var entry = try entry()
        try row.entry(&entry)
        let check = EntryCheck(entry: entry, manifest: try manifest(row.manifest), digest: try Samples.digest(1))
        #expect(check.differences() == row.differences)
    }
}
