import Bundles
import Catalogs
import HostModel
import Testing
import Updates

/// `behaviour.md` 2: what would change, in permissions, variables and posture.
struct DriftTests {
    private func declaration(
        permissions: [String] = [], rationale: [String: String] = [:], variables: [CatalogEntry.Variable] = [],
        transport: String? = nil, profile: String? = nil
    ) throws -> Declaration {
        var entry = try Samples.entry("1.1.0", digest: 2)
        entry.permissions = permissions
        entry.permissionRationale = rationale
        entry.environment = variables
        entry.transport = transport
        entry.permissionProfile = profile
        return Declaration(entry)
    }

    @Test func `a manifest and an entry that say the same declare the same`() throws {
        let variables: [CatalogEntry.Variable] = [
            .init(name: "TOKEN", description: "A token.", required: true, secret: true),
            .init(name: "THEME", defaultValue: "light"),
        ]
        var entry = try Samples.entry("1.1.0", digest: 2)
        entry.environment = variables
        let manifest = try Samples.manifest("1.1.0", environment: variables)
        #expect(Declaration(manifest) == Declaration(entry))
        entry.transport = "streamable-http"
        let other = try Samples.manifest("1.1.0", transport: "streamable-http", environment: variables)
        #expect(Declaration(other) == Declaration(entry))
    }

    // MARK: Permissions

    @Test func `permissions are told apart, each with the reason that goes with it`() throws {
        let before = try declaration(permissions: ["a", "b", "c"], rationale: ["a": "old a", "b": "old b"])
        let after = try declaration(permissions: ["d", "c", "b"], rationale: ["b": "new b", "d": "new d"])
        let delta = PermissionDelta(from: before, to: after)
        #expect(delta.added.map(\.name) == ["d"])
        #expect(delta.added.map(\.rationale) == ["new d"])
        #expect(delta.removed.map(\.name) == ["a"])
        #expect(delta.removed.map(\.rationale) == ["old a"])
        #expect(delta.unchanged.map(\.name) == ["c", "b"])
        #expect(delta.unchanged.map(\.rationale) == [nil, "new b"])
    }

    // MARK: Variables

    /// Name, whether it is required, and whether it is a secret.
    private func variable(_ name: String, required: Bool = false, secret: Bool = false) -> CatalogEntry.Variable {
        .init(name: name, description: "About \(name).", required: required, secret: secret, defaultValue: "default")
    }

    private func drift(
        _ installed: [CatalogEntry.Variable], _ candidate: [CatalogEntry.Variable], _ supplied: SuppliedVariables
    ) throws -> EnvironmentDrift {
        EnvironmentDrift(
            from: try declaration(variables: installed), to: try declaration(variables: candidate), supplied: supplied)
    }

    @Test func `a variable that is set is no drift, wherever it is set`() throws {
        let declared = [variable("A", required: true), variable("B", required: true, secret: true)]
        let supplied = SuppliedVariables(environment: ["A"], secrets: ["B"])
        let drift = try drift(declared, declared, supplied)
        #expect(drift.added == [])
        #expect(drift.removed == [])
        #expect(drift.missing == [])
        // An operator may keep a secret that is declared as none, and the other way round.
        let other = SuppliedVariables(environment: ["B"], secrets: ["A"])
        #expect(try self.drift(declared, declared, other).added == [])
    }

    @Test func `a variable that is not set is drift, whether it is new or not`() throws {
        let drift = try drift([variable("A")], [variable("A"), variable("B", required: true)], .init())
        #expect(drift.added.map(\.name) == ["A", "B"])
        #expect(drift.added.map(\.required) == [false, true])
        #expect(drift.added.map(\.description) == ["About A.", "About B."])
        #expect(drift.newlyRequired == ["B"])
    }

    @Test func `a default is a value, which a policy does not take for a variable that is newly required`() throws {
        let listed = CatalogEntry.Variable(name: "A", required: true, defaultValue: "light")
        let added = try drift([], [listed], .init())
        #expect(added.missing == [])
        #expect(added.newlyRequired == ["A"])
        let kept = try drift([listed], [listed], .init())
        #expect(kept.missing == [])
        #expect(kept.newlyRequired == [])
        let bare = try drift([], [CatalogEntry.Variable(name: "A", required: true)], .init())
        #expect(bare.missing == ["A"])
        #expect(bare.newlyRequired == [])
    }

    @Test func `a variable that is set and no longer declared is told, and one that never was is not`() throws {
        let supplied = SuppliedVariables(environment: ["OLD", "OWN"], secrets: ["KEY"])
        let drift = try drift([variable("OLD"), variable("KEY"), variable("UNSET")], [], supplied)
        #expect(drift.removed.map(\.name) == ["OLD", "KEY"])
        #expect(drift.removed.map(\.secret) == [false, true])
    }

    @Test func `the default of a secret is told nowhere`() throws {
        let drift = try drift(
            [variable("KEPT"), variable("GONE", secret: true)], [variable("A"), variable("B", secret: true)],
            SuppliedVariables(environment: ["GONE"], secrets: ["KEPT"]))
        #expect(drift.added.map(\.defaultValue) == ["default", nil])
        #expect(drift.removed.map(\.defaultValue) == [nil, nil])
        let again = try self.drift([], [variable("SECRET", secret: true)], .init())
        #expect(!again.json.text.contains("\"default\":\"default\""))
    }

    // MARK: Posture

    /// From, to, and whether that is a change.
    @Test(
        arguments: [
            ("http", "stdio", true), ("http", "http", false), (nil, "http", false), ("http", nil, false),
            (nil, nil, false),
        ] as [(String?, String?, Bool)])
    func `posture drifts only where both say it`(from: String?, to: String?, isChange: Bool) throws {
        let transport = ConfigurationDrift(from: try declaration(transport: from), to: try declaration(transport: to))
        #expect((transport.transport != nil) == isChange)
        #expect(transport.permissionProfile == nil)
        let profile = ConfigurationDrift(from: try declaration(profile: from), to: try declaration(profile: to))
        #expect((profile.permissionProfile != nil) == isChange)
        #expect(profile.transport == nil)
        if isChange {
            #expect(transport.transport?.from == from)
            #expect(transport.transport?.to == to)
        }
    }
}
