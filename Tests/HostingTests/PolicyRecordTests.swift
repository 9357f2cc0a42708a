import HostModel
import Storage
import Testing

@testable import Hosting

/// `policy`, `hold` and `unhold`: what is recorded, for checks and the scheduler to act on.
struct PolicyRecordTests {
    // MARK: One change

    @Test(
        arguments: [
            ("manual", .manual), ("stage", .stage), ("apply_when_stopped", .applyWhenStopped),
        ] as [(String, AppRecord.Policy.Mode)])
    func `a mode is chosen`(word: String, mode: AppRecord.Policy.Mode) throws {
        #expect(try PolicyChange(mode: word).applied(to: AppRecord.Policy()).mode == mode)
    }

    @Test func `channels and cooldown are the app's own, until they are given back to the host`() throws {
        let own = try PolicyChange(channels: "stable,beta", cooldown: "3d").applied(to: AppRecord.Policy())
        #expect(own.channels == ["stable", "beta"])
        #expect(own.cooldown == Span("3d"))
        #expect(try PolicyChange(mode: "stage").applied(to: own).channels == own.channels)
        let none = try PolicyChange(cooldown: "0s").applied(to: own)
        #expect(none.cooldown == .zero)
        let back = try PolicyChange(channels: "", cooldown: "").applied(to: own)
        #expect(back == AppRecord.Policy())
    }

    static let wrong: [PolicyChange] = [
        .init(mode: "always"), .init(mode: ""), .init(mode: "Stage"), .init(channels: "stable,"),
        .init(channels: ","), .init(channels: "Beta"), .init(channels: "stable,stable"), .init(cooldown: "3"),
        .init(cooldown: "-1d"), .init(cooldown: "soon"),
    ]

    @Test(arguments: PolicyRecordTests.wrong)
    func `what is no mode, no channels or no length of time is refused`(change: PolicyChange) {
        let error = #expect(throws: ConfigureError.self) { try change.applied(to: AppRecord.Policy()) }
        #expect(error?.code == .settingInvalid)
        #expect(error?.help != nil)
    }

    static let lists: [(String, [String]?)] = [
        ("stable", ["stable"]), ("stable,beta", ["stable", "beta"]), ("beta,stable", ["beta", "stable"]), ("", nil),
        (",", nil), ("a,", nil), (",a", nil), ("a,,b", nil), ("a,a", nil), ("A", nil), ("a b", nil), ("a, b", nil),
    ]

    @Test(arguments: PolicyRecordTests.lists)
    func `a list of channels has each once`(text: String, channels: [String]?) {
        #expect(ChannelList.parse(text) == channels)
    }

    @Test func `a list of channels has an end`() {
        let most = (1...32).map { "c\($0)" }
        #expect(ChannelList.parse(most.joined(separator: ",")) == most)
        #expect(ChannelList.parse((most + ["one-more"]).joined(separator: ",")) == nil)
    }

    // MARK: The host

    @Test func `a policy is kept, and the history tells of it`() async throws {
        let lab = try await Lab.withNotes()
        let change = PolicyChange(mode: "stage", channels: "stable,beta", cooldown: "3d")
        let result = try await lab.host.changePolicy(Lab.notes, change, options: ChangeOptions())
        #expect(
            result.message == "changed the policy of notes: mode stage; channels stable,beta; cooldown 3d")
        try await lab.update(lab.bundle("1.1.0"))
        try await lab.rollback()
        #expect(try lab.record().policy.mode == .stage)
        #expect(try lab.host.list().apps.map(\.policy) == ["stage"])
        #expect(try lab.history().map(\.kind) == ["install", "policy", "update", "rollback"])
        let again = try await lab.host.changePolicy(Lab.notes, change, options: ChangeOptions())
        #expect(again.outcome == .unchanged)
        try await lab.uninstall()
        try await lab.install(lab.bundle("1.0.0"))
        #expect(try lab.host.list().apps.map(\.policy) == ["manual"])
    }

    @Test func `where an app says nothing, the host's settings hold`() async throws {
        let lab = try await Lab.withNotes()
        try lab.set("channels", to: "beta")
        try lab.set("cooldown", to: "2d")
        let text = try lab.host.policy(Lab.notes).json.text
        #expect(text.contains(#""channels":null,"cooldownSeconds":null,"hold":null"#))
        #expect(text.contains(#""effective":{"channels":["beta"],"cooldownSeconds":172800}"#))
        let change = PolicyChange(channels: "stable", cooldown: "0s")
        _ = try await lab.host.changePolicy(Lab.notes, change, options: ChangeOptions())
        let own = try lab.host.policy(Lab.notes).json.text
        #expect(own.contains(#""effective":{"channels":["stable"],"cooldownSeconds":0}"#))
    }

    @Test func `an app is held until somebody ends it`() async throws {
        let lab = try await Lab.withNotes()
        let held = try await lab.host.hold(Lab.notes, for: nil, options: ChangeOptions())
        #expect(held.message == "held notes")
        #expect(try lab.host.list().apps.map(\.held) == ["held"])
        #expect(try await lab.host.hold(Lab.notes, for: nil, options: ChangeOptions()).outcome == .unchanged)
        let ended = try await lab.host.unhold(Lab.notes, options: ChangeOptions())
        #expect(ended.message == "ended the hold of notes")
        #expect(try lab.host.list().apps.map(\.held) == [nil])
        #expect(try await lab.host.unhold(Lab.notes, options: ChangeOptions()).outcome == .unchanged)
        #expect(try lab.history().map(\.kind) == ["install", "hold", "unhold"])
    }

    @Test func `an app is held for a time`() async throws {
        let lab = try await Lab.withNotes()
        let result = try await lab.host.hold(Lab.notes, for: Span("1d"), options: ChangeOptions())
        #expect(result.message == "held notes: until 2026-05-02T10:00:00Z")
        #expect(try lab.host.list().apps.map(\.held) == ["held until 2026-05-02T10:00:00Z"])
        let later = lab.sameHost(at: Samples.tomorrow)
        #expect(try later.list().apps.map(\.held) == [nil])
        #expect(try later.policy(Lab.notes).json.text.contains(#""hold":null"#))
    }
}
