import Bundles
import HostModel
import Scheduling
import Testing
import Updates

@testable import Hosting

/// `config.json`, and the words by which an operator changes it.
struct SettingsTests {
    // MARK: One setting

    static let accepted: [(String, String, String)] = [
        ("allowUnsigned", "false", "false"), ("allowUnsigned", "true", "true"),
        ("retention", "1", "1"), ("retention", "100", "100"),
        ("limits.entries", "1", "1"), ("limits.entries", "10000000", "10000000"),
        ("limits.expandedBytes", "1", "1"), ("limits.expandedBytes", "9223372036854775807", "9223372036854775807"),
        ("limits.keepFreeBytes", "0", "0"), ("limits.keepFreeBytes", "9223372036854775807", "9223372036854775807"),
        ("reviewMode", "advisory", "advisory"), ("reviewMode", "warn_untrusted", "warn_untrusted"),
        ("reviewMode", "require_trusted_review", "require_trusted_review"),
        (
            "reviewMode", "require_trusted_review_for_apply_when_stopped",
            "require_trusted_review_for_apply_when_stopped"
        ),
        ("cooldown", "3d", "3d"), ("cooldown", "2w", "14d"), ("cooldown", "0s", "0s"), ("cooldown", "90s", "90s"),
        ("channels", "stable", "stable"), ("channels", "stable,beta", "stable,beta"),
        ("limits.logBytes", "65536", "65536"), ("limits.logBytes", "1073741824", "1073741824"),
        ("runAs", "www-data", "www-data"), ("runAs", "Notes_1.x", "Notes_1.x"), ("runAs", "", ""),
        ("scheduler.enabled", "false", "false"), ("scheduler.enabled", "true", "true"),
        ("scheduler.refreshSeconds", "60", "60"), ("scheduler.refreshSeconds", "31536000", "31536000"),
        ("scheduler.checkSeconds", "3600", "3600"), ("scheduler.jitterSeconds", "0", "0"),
        ("scheduler.backoffSeconds", "1", "1"), ("scheduler.maxBackoffSeconds", "86400", "86400"),
    ]

    @Test(arguments: SettingsTests.accepted)
    func `a setting takes what it is for`(name: String, text: String, shown: String) throws {
        var settings = Settings()
        try settings.set(name, to: text)
        let key = try #require(Settings.keys.first(where: { $0.name == name }))
        #expect(key.text(settings) == shown)
    }

    static let refused: [(String, String)] = [
        ("allowUnsigned", "yes"), ("allowUnsigned", "1"), ("allowUnsigned", ""), ("allowUnsigned", "True"),
        ("retention", "0"), ("retention", "101"), ("retention", "-1"), ("retention", "true"), ("retention", "1.5"),
        ("retention", ""), ("retention", " 1"), ("retention", "9223372036854775808"),
        ("limits.entries", "0"), ("limits.entries", "10000001"),
        ("limits.expandedBytes", "0"), ("limits.expandedBytes", "64G"),
        ("limits.keepFreeBytes", "-1"), ("limits.keepFreeBytes", "many"),
        ("reviewMode", "always"), ("reviewMode", "Advisory"), ("reviewMode", ""), ("reviewMode", "true"),
        ("cooldown", "3"), ("cooldown", "-3d"), ("cooldown", "soon"), ("cooldown", ""), ("cooldown", "1000000d"),
        ("channels", ""), ("channels", "stable,"), ("channels", "stable,stable"), ("channels", "Beta"),
        ("channels", "stable beta"),
        ("limits.logBytes", "65535"), ("limits.logBytes", "1073741825"), ("limits.logBytes", "10M"),
        ("runAs", "-x"), ("runAs", "a b"), ("runAs", "a:b"), ("runAs", "a/b"), ("runAs", "33"), ("runAs", "true"),
        ("scheduler.enabled", "yes"), ("scheduler.refreshSeconds", "59"), ("scheduler.checkSeconds", "31536001"),
        ("scheduler.checkSeconds", "1h"), ("scheduler.jitterSeconds", "-1"), ("scheduler.backoffSeconds", "0"),
        ("scheduler.maxBackoffSeconds", "86401"), ("scheduler", "true"),
        ("nosuch", "1"), ("", "1"), ("Retention", "1"),
    ]

    @Test(arguments: SettingsTests.refused)
    func `a setting refuses anything else, and stays as it is`(name: String, text: String) {
        var settings = Settings()
        let error = #expect(throws: HostError.self) { try settings.set(name, to: text) }
        #expect(error?.code == .settingInvalid)
        #expect(error?.message.contains(quoted(name)) == true)
        #expect(settings == Settings())
    }

    // MARK: The file

    @Test func `only what differs from the defaults is written`() throws {
        var settings = Settings()
        #expect(settings.json.text == #"{"schema":1}"#)
        settings.retention = 3
        settings.allowUnsigned = false
        #expect(settings.json.text == #"{"schema":1,"allowUnsigned":false,"retention":3}"#)
        settings.retention = 1
        #expect(settings.json.text == #"{"schema":1,"allowUnsigned":false}"#)
    }

    @Test func `what is written is read`() throws {
        var settings = Settings()
        settings.allowUnsigned = false
        settings.retention = 7
        settings.limits = .init(entries: 2, expandedBytes: 3, keepFreeBytes: 4)
        settings.reviewMode = .requireTrustedReview
        settings.cooldown = try #require(Span("3d"))
        settings.channels = ["stable", "beta"]
        settings.runAs = "notes"
        settings.logBytes = 1 << 20
        settings.scheduler.isEnabled = false
        settings.scheduler.refreshSeconds = 7200
        settings.scheduler.checkSeconds = 600
        settings.scheduler.jitterSeconds = 30
        settings.scheduler.backoffSeconds = 10
        settings.scheduler.maxBackoffSeconds = 100
        #expect(try Settings.read(settings.json.line) == settings)
    }

    @Test(arguments: [
        #"{"schema":1}"#, #"{"schema":1,"retention":null}"#, #"{"schema":1,"x-note":"mine"}"#,
        #"{"schema":1,"runAs":null}"#, #"{"schema":1,"runAs":""}"#,
    ])
    func `what is not said has its default`(text: String) throws {
        #expect(try Settings.read(Array(text.utf8)) == Settings())
    }

    @Test(arguments: [
        "", "{", "[]", "{}", #"{"schema":2}"#, #"{"schema":0}"#, #"{"schema":"1"}"#,
        #"{"schema":1,"retention":0}"#, #"{"schema":1,"retention":"3"}"#, #"{"schema":1,"retention":3.0}"#,
        #"{"schema":1,"retention":1,"retention":2}"#, #"{"schema":1,"allowUnsigned":0}"#,
        #"{"schema":1,"reviewMode":"always"}"#, #"{"schema":1,"cooldown":3}"#, #"{"schema":1,"channels":[1]}"#,
        #"{"schema":1,"runAs":"a b"}"#, #"{"schema":1,"runAs":0}"#, #"{"schema":1,"limits.logBytes":1}"#,
        #"{"schema":1,"channels":[]}"#, #"{"schema":1,"limits":{"entries":1}}"#,
    ])
    func `a file that cannot be what it should be is refused by name`(text: String) {
        let error = #expect(throws: RecordError.self) { try Settings.read(Array(text.utf8)) }
        #expect(error?.message.hasPrefix("'config.json' ") == true)
    }

    @Test func `a file of a newer version says so`() {
        let error = #expect(throws: RecordError.self) { try Settings.read(Array(#"{"schema":2}"#.utf8)) }
        #expect(error?.code == .needsNewerApphost)
        #expect(error?.help == "update apphost on this host")
    }

    // MARK: The host

    private func change(_ lab: Lab, _ changes: (String, String)..., dryRun: Bool = false) throws -> Settings {
        try lab.host.changeSettings(changes.map { (key: $0.0, value: $0.1) }, dryRun: dryRun)
    }

    @Test func `without a file every setting has its default`() throws {
        let lab = try Lab()
        #expect(try lab.host.settings() == Settings())
        #expect(try lab.tree().isEmpty)
    }

    @Test func `settings are kept, and changed one beside the other`() throws {
        let lab = try Lab()
        try lab.set("retention", to: "3")
        let now = try change(lab, ("allowUnsigned", "false"), ("limits.entries", "5"))
        #expect(now.retention == 3)
        #expect(!now.allowUnsigned)
        #expect(now.limits.entries == 5)
        #expect(try lab.host.settings() == now)
    }

    @Test func `several settings are changed all or none`() throws {
        let lab = try Lab()
        try lab.set("retention", to: "3")
        let before = try lab.tree()
        for wrong in [("nosuch", "1"), ("limits.entries", "0")] {
            let error = #expect(throws: HostError.self) { try change(lab, ("retention", "4"), wrong) }
            #expect(error?.code == .settingInvalid)
        }
        #expect(try lab.tree() == before)
    }

    @Test(arguments: [false, true])
    func `apps cannot run as a user that this host does not have`(dryRun: Bool) throws {
        let lab = try Lab()
        let error = #expect(throws: RunAsFailure.self) { try change(lab, ("runAs", "no-such-user"), dryRun: dryRun) }
        #expect(error == .unknown("no-such-user"))
        #expect(try lab.tree().isEmpty)
        #expect(try change(lab, ("runAs", "root"), dryRun: dryRun).runAs == "root")
        #expect(try change(lab, ("runAs", ""), dryRun: dryRun).runAs == nil)
    }

    @Test func `a dry run says what would be, and makes no root`() throws {
        let lab = try Lab()
        #expect(try change(lab, ("retention", "3"), dryRun: true).retention == 3)
        let error = #expect(throws: HostError.self) { try change(lab, ("retention", "0"), dryRun: true) }
        #expect(error?.code == .settingInvalid)
        #expect(try lab.tree().isEmpty)
    }

    @Test func `a file that cannot be read stops what depends on it, and is left as it is`() async throws {
        let lab = try await Lab.withNotes()
        let newer = try lab.bundle("1.1.0")
        try lab.write("{", to: "config.json")
        let before = try lab.tree()
        for dryRun in [true, false] {
            await expectFailure(.recordUnreadable) { _ = try change(lab, ("retention", "3"), dryRun: dryRun) }
        }
        await expectFailure(.recordUnreadable) { try await lab.update(newer, dryRun: true) }
        #expect(try lab.tree() == before)
    }
}
