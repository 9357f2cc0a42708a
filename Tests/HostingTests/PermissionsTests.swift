import HostModel
import Storage
import Testing

@testable import Hosting

/// `behaviour.md` 1, *Grants*: what an app may do is what it was granted.
struct PermissionsTests {
    // MARK: One change

    private static let yesterday = Timestamp(seconds: Samples.now.seconds - 86_400)

    private func grant(_ permission: String, _ state: AppRecord.Grant.State, now: Bool = false) -> AppRecord.Grant {
        .init(
            permission: permission, state: state, since: now ? Samples.now : Self.yesterday,
            by: now ? "cli:now" : "cli:before")
    }

    private func apply(
        _ state: AppRecord.Grant.State, _ permissions: [String], to present: [AppRecord.Grant], declared: [String]
    ) throws -> [AppRecord.Grant] {
        try GrantChange(state: state, permissions: permissions, at: Samples.now, by: "cli:now")
            .applied(to: present, of: Lab.notes, declared: declared)
    }

    @Test func `what is granted is active from now on`() throws {
        let present = [grant("a", .inactive), grant("b", .inactive)]
        let next = try apply(.active, ["b", "c"], to: present, declared: ["a", "b", "c"])
        #expect(next == [grant("a", .inactive), grant("b", .active, now: true), grant("c", .active, now: true)])
    }

    @Test func `what is revoked is inactive from now on`() throws {
        let present = [grant("a", .active), grant("b", .active)]
        let next = try apply(.inactive, ["b"], to: present, declared: ["a", "b"])
        #expect(next == [grant("a", .active), grant("b", .inactive, now: true)])
        // What the bundle lost, it may be told to lose; what it never got, it does not get by the next update.
        #expect(try apply(.inactive, ["a"], to: present, declared: []).first == grant("a", .inactive, now: true))
        #expect(try apply(.inactive, ["c"], to: [], declared: ["c"]) == [grant("c", .inactive, now: true)])
    }

    @Test func `what is so already keeps its time and its author`() throws {
        let present = [grant("a", .active), grant("b", .inactive)]
        #expect(try apply(.active, ["a"], to: present, declared: ["a", "b"]) == present)
        #expect(try apply(.inactive, ["b"], to: present, declared: ["a", "b"]) == present)
    }

    @Test func `only what the bundle declares is granted`() {
        let present = [grant("a", .inactive)]
        for (state, permission) in [(AppRecord.Grant.State.active, "a"), (.active, "c"), (.inactive, "c")] {
            let error = #expect(throws: ConfigureError.self) {
                try apply(state, ["b", permission], to: present, declared: ["b"])
            }
            #expect(error?.code == .permissionNotDeclared)
            #expect(error?.help == "it declares b")
        }
    }

    // MARK: The host

    private func states(_ lab: Lab) throws -> [String] {
        try lab.host.permissions(Lab.notes).map { entry in
            "\(entry.permission) \(entry.isActive ? "active" : "inactive") \(entry.isDeclared)"
        }
    }

    @Test func `what was revoked stays so over updates and rollbacks, until it is granted again`() async throws {
        let lab = try await Lab.withNotes()
        let result = try await lab.host.revoke(["network.listen"], of: Lab.notes, options: ChangeOptions())
        #expect(result.message == "changed the permissions of notes: revoked network.listen")
        #expect(try states(lab) == ["network.listen inactive true"])
        try await lab.update(lab.bundle("1.1.0"))
        #expect(try states(lab) == ["network.listen inactive true"])
        try await lab.rollback()
        #expect(try states(lab) == ["network.listen inactive true"])
        _ = try await lab.host.grant(["network.listen"], to: Lab.notes, options: ChangeOptions())
        #expect(try states(lab) == ["network.listen active true"])
        #expect(try lab.history().map(\.kind) == ["install", "revoke", "update", "rollback", "grant"])
        #expect(try lab.record().grants.first?.by == "test")
    }

    @Test func `what a bundle lost is shown, and cannot be granted`() async throws {
        let lab = try await Lab.withNotes()
        try await lab.update(lab.bundle("1.1.0", permissions: ["data.write"]), accept: [.permissions])
        #expect(try states(lab) == ["data.write active true", "network.listen inactive false"])
        let before = try lab.tree()
        await expectFailure(.permissionNotDeclared) {
            _ = try await lab.host.grant(["network.listen"], to: Lab.notes, options: ChangeOptions())
        }
        #expect(try lab.tree() == before)
    }

    @Test func `what is granted already is done`() async throws {
        let lab = try await Lab.withNotes()
        let before = try lab.tree()
        for dryRun in [true, false] {
            let options = ChangeOptions(dryRun: dryRun)
            let result = try await lab.host.grant(["network.listen"], to: Lab.notes, options: options)
            #expect(result.outcome == .unchanged)
        }
        #expect(try lab.tree() == before)
    }

    @Test func `a host of another user is not configured`() async throws {
        let lab = try await Lab.withNotes()
        let before = try lab.tree()
        let stranger = lab.hostOfStranger()
        let options = ChangeOptions()
        let value = try SecretValue(Array("x".utf8))
        let changes: [() async throws -> Void] = [
            { _ = try await stranger.revoke(["network.listen"], of: Lab.notes, options: options) },
            { _ = try await stranger.configure(Lab.notes, ConfigurationChange(user: "x"), options: options) },
            { _ = try await stranger.setSecret(Lab.notes, "X", to: value, options: options) },
            { _ = try await stranger.removeSecret(Lab.notes, "X", options: options) },
            { _ = try await stranger.changePolicy(Lab.notes, PolicyChange(mode: "stage"), options: options) },
            { _ = try await stranger.hold(Lab.notes, for: nil, options: options) },
            { _ = try await stranger.unhold(Lab.notes, options: options) },
        ]
        for change in changes { await expectFailure(.rootWrongOwner, from: change) }
        #expect(try lab.tree() == before)
        #expect(try stranger.permissions(Lab.notes).count == 1)
    }
}
