import Bundles
import DiskIO
import HostModel
import Storage
import Synchronization
import Testing

@testable import Hosting

/// `config`: what an operator gives an app beside its bundle.
struct ConfigTests {
    /// What the bundles of these tests declare.
    static let declared: [JSONValue] = [
        ["name": "NOTES_TOKEN", "description": "Token for the sync service", "required": true, "secret": true],
        ["name": "NOTES_TITLE", "required": true],
        ["name": "NOTES_THEME", "default": "light"],
        ["name": "NOTES_PROXY"],
    ]

    private func lab() async throws -> Lab {
        let lab = try Lab()
        try lab.trust("notes")
        try await lab.install(lab.bundle("1.0.0", environment: Self.declared))
        return lab
    }

    // MARK: One change

    private func variables() throws -> [Manifest.Variable] {
        let json: JSONValue = [
            "schema": 1, "id": "notes", "name": "Notes", "version": "1.0.0", "environment": Self.declared,
        ]
        return try Manifest.read(json.bytes).environment
    }

    private func present() throws -> AppRecord.Configuration {
        var present = AppRecord.Configuration()
        present.environment = [try #require(VariableName("NOTES_THEME")): "dark"]
        present.secrets = [try #require(VariableName("STORED")): .random()]
        present.transport = "stdio"
        return present
    }

    private func apply(_ change: ConfigurationChange) throws -> AppRecord.Configuration {
        try change.applied(to: present(), of: Lab.notes, declared: variables())
    }

    static let accepted: [(String, String)] = [
        ("NOTES_TITLE", "My notes"), ("NOTES_TITLE", ""), ("NOTES_THEME", "a=b=c"), ("UNDECLARED", "yes"),
        ("LD_PRELOAD", "x"), ("NOTES_TITLE", "line\nline"), ("NOTES_TITLE", "\u{1F4D3}"),
        ("NOTES_TITLE", String(repeating: "x", count: 32 << 10)),
    ]

    @Test(arguments: ConfigTests.accepted)
    func `a variable takes a value`(name: String, value: String) throws {
        let next = try apply(ConfigurationChange(assignments: [.init(name: name, value: value)]))
        let variable = try #require(VariableName(name))
        #expect(next.environment[variable] == value)
        let before = try present()
        #expect(next.transport == before.transport)
        #expect(next.secrets.keys == before.secrets.keys)
    }

    static let refused: [(String, String)] = [
        ("PATH", "/bin"), ("HOME", "/"), ("LANG", "C"), ("TMPDIR", "/tmp"), ("APPHOST_TOKEN", "x"),
        ("NOTES_TOKEN", "hush"), ("STORED", "hush"), ("", "x"), ("1NOTES", "x"), ("NOTES TITLE", "x"),
        ("NOTES-TITLE", "x"), ("NOTES_TITLE", "a\u{0}b"),
        ("NOTES_TITLE", String(repeating: "x", count: (32 << 10) + 1)),
    ]

    @Test(arguments: ConfigTests.refused)
    func `a name or value that cannot be is refused, and the value is not repeated`(name: String, value: String) {
        let error = #expect(throws: ConfigureError.self) {
            try apply(ConfigurationChange(assignments: [.init(name: name, value: value)]))
        }
        #expect(error?.code == .settingInvalid)
        #expect(error.map { "\($0.message) \($0.help ?? "")" }?.contains("hush") == false)
    }

    @Test func `a value is forgotten, also where there is none`() throws {
        let next = try apply(ConfigurationChange(unset: ["NOTES_THEME", "NOTES_PROXY"]))
        #expect(next.environment.isEmpty)
        #expect(throws: ConfigureError.self) { try apply(ConfigurationChange(unset: ["STORED"])) }
        #expect(throws: ConfigureError.self) { try apply(ConfigurationChange(unset: ["NOTES-THEME"])) }
    }

    @Test func `profile, transport and user are chosen, and given back`() throws {
        let chosen = try apply(ConfigurationChange(profile: "network", transport: "http", user: "www-data"))
        #expect(chosen.profile == "network")
        #expect(chosen.transport == "http")
        #expect(chosen.user == "www-data")
        let back = try apply(ConfigurationChange(profile: "", transport: "", user: ""))
        #expect(back.profile == nil)
        #expect(back.transport == nil)
        #expect(back.user == nil)
    }

    static let wrongChoices: [ConfigurationChange] = [
        .init(profile: "Network"), .init(profile: "a b"), .init(transport: "smtp"), .init(transport: "HTTP"),
        .init(user: "-x"), .init(user: "a b"), .init(user: "a:b"), .init(user: "a/b"),
        .init(user: String(repeating: "x", count: 65)),
    ]

    @Test(arguments: ConfigTests.wrongChoices)
    func `what is no profile, transport or user is refused`(change: ConfigurationChange) {
        let error = #expect(throws: ConfigureError.self) { try apply(change) }
        #expect(error?.code == .settingInvalid)
        #expect(error?.help != nil)
    }

    @Test func `a record takes only so many variables, and so much of them`() {
        let many = (0...256).map { ConfigurationChange.Assignment(name: "N\($0)", value: "") }
        #expect(throws: ConfigureError.self) { try apply(ConfigurationChange(assignments: many)) }
        let long = String(repeating: "\u{1}", count: 32 << 10)
        let much = (0..<5).map { ConfigurationChange.Assignment(name: "N\($0)", value: long) }
        #expect(throws: ConfigureError.self) { try apply(ConfigurationChange(assignments: much)) }
    }

    @Test func `whatever is taken can be written, and read again`() throws {
        let long = String(repeating: "\u{1}", count: (32 << 10) - 1)
        var assignments = (0..<4).map { ConfigurationChange.Assignment(name: "N\($0)", value: long) }
        let name = String(repeating: "N", count: 250)
        assignments += (4..<254).map { ConfigurationChange.Assignment(name: "\(name)\($0)", value: "") }
        var record = AppRecord()
        record.configuration = try apply(ConfigurationChange(assignments: assignments, unset: ["NOTES_THEME"]))
        #expect(try AppRecord.read(record.json.line, file: "record.json") == record)
    }

    // MARK: The host

    @Test func `what an app declares is shown with what it was given`() async throws {
        let lab = try await lab()
        let change = ConfigurationChange(assignments: [
            .init(name: "NOTES_TITLE", value: "Mine"), .init(name: "EXTRA", value: "1"),
        ])
        _ = try await lab.host.configure(Lab.notes, change, options: ChangeOptions())
        let variables = try lab.host.configuration(Lab.notes).variables
        let shown = variables.map { "\($0.name) \($0.state.rawValue) \($0.value ?? "-") \($0.isDeclared)" }
        #expect(
            shown == [
                "NOTES_TOKEN missing - true", "NOTES_TITLE set Mine true", "NOTES_THEME default light true",
                "NOTES_PROXY unset - true", "EXTRA set 1 false",
            ])
    }

    @Test func `what is missing is told with the command that sets it`() async throws {
        let lab = try await lab()
        let missing = try lab.host.missingVariables(Lab.notes)
        #expect(
            missing.map { $0.sentence(in: Lab.notes) } == [
                "notes needs NOTES_TOKEN (Token for the sync service): 'apphost secret set notes NOTES_TOKEN'",
                "notes needs NOTES_TITLE: 'apphost config notes NOTES_TITLE=VALUE'",
            ])
        let value = try SecretValue(Array("hush".utf8))
        _ = try await lab.host.setSecret(Lab.notes, "NOTES_TOKEN", to: value, options: ChangeOptions())
        let change = ConfigurationChange(assignments: [.init(name: "NOTES_TITLE", value: "")])
        _ = try await lab.host.configure(Lab.notes, change, options: ChangeOptions())
        #expect(try lab.host.missingVariables(Lab.notes).isEmpty)
        #expect(try lab.host.missingVariables(Samples.app("nobody")).isEmpty)
    }

    @Test func `a value of what became a secret later is not shown`() async throws {
        let lab = try Lab()
        try lab.trust("notes")
        try await lab.install(lab.bundle("1.0.0"))
        let change = ConfigurationChange(assignments: [
            .init(name: "NOTES_TOKEN", value: "hush"), .init(name: "NOTES_TITLE", value: "Mine"),
        ])
        _ = try await lab.host.configure(Lab.notes, change, options: ChangeOptions())
        try await lab.update(lab.bundle("1.1.0", environment: Self.declared))
        let report = try lab.host.configuration(Lab.notes)
        #expect(report.variables.first?.state == .set)
        #expect(!report.json.text.contains("hush"))
        #expect(!report.cells.compactMap { $0 }.joined().contains("hush"))
    }

    @Test func `a name that is not declared is taken, and warned of`() async throws {
        let lab = try await lab()
        let warnings = Mutex<[String]>([])
        let change = ConfigurationChange(assignments: [
            .init(name: "NOTES_THEM", value: "dark"), .init(name: "NOTES_THEME", value: "dark"),
        ])
        let options = ChangeOptions(warn: { sentence in warnings.withLock { $0.append(sentence) } })
        #expect(try await lab.host.configure(Lab.notes, change, options: options).outcome == .done)
        let said = warnings.withLock { $0 }
        #expect(said == ["the installed bundle of 'notes' declares no variable 'NOTES_THEM'"])
    }

    @Test func `the history tells names and no values`() async throws {
        let lab = try await lab()
        let change = ConfigurationChange(
            assignments: [.init(name: "NOTES_TITLE", value: "Rosebud")], unset: ["NOTES_PROXY"], transport: "stdio")
        let result = try await lab.host.configure(Lab.notes, change, options: ChangeOptions())
        #expect(
            result.message
                == "changed the configuration of notes: set NOTES_TITLE; unset NOTES_PROXY; transport stdio")
        let line = try #require(try lab.history().last)
        #expect(line.kind == "config")
        #expect(line.message == "set NOTES_TITLE; unset NOTES_PROXY; transport stdio")
        #expect(!line.json.text.contains("Rosebud"))
    }

    @Test func `what is so already is done, and a dry run changes nothing`() async throws {
        let lab = try await lab()
        let change = ConfigurationChange(assignments: [.init(name: "NOTES_TITLE", value: "Mine")])
        let before = try lab.tree()
        let dry = try await lab.host.configure(Lab.notes, change, options: ChangeOptions(dryRun: true))
        #expect(try lab.tree() == before)
        let real = try await lab.host.configure(Lab.notes, change, options: ChangeOptions())
        #expect(dry.json.text == real.json.text)
        #expect(real.outcome == .done)
        let after = try lab.tree()
        let again = try await lab.host.configure(Lab.notes, change, options: ChangeOptions())
        #expect(again.outcome == .unchanged)
        #expect(try lab.tree() == after)
    }

    @Test func `all of a change is recorded, or nothing`() async throws {
        let lab = try await lab()
        let before = try lab.tree()
        let change = ConfigurationChange(assignments: [
            .init(name: "NOTES_TITLE", value: "Mine"), .init(name: "PATH", value: "/bin"),
        ])
        await expectFailure(.settingInvalid) {
            _ = try await lab.host.configure(Lab.notes, change, options: ChangeOptions())
        }
        #expect(try lab.tree() == before)
    }

    @Test func `what is not installed has no configuration`() async throws {
        let lab = try await lab()
        try await lab.uninstall()
        await expectFailure(.appNotInstalled) { _ = try lab.host.configuration(Lab.notes) }
        await expectFailure(.appNotInstalled) {
            _ = try await lab.host.configure(Lab.notes, ConfigurationChange(user: "x"), options: ChangeOptions())
        }
    }

    @Test(arguments: [false, true])
    func `a user that this host does not have is refused at once`(dryRun: Bool) async throws {
        let lab = try await lab()
        let before = try lab.tree()
        let change = ConfigurationChange(user: "no-such-user")
        let options = ChangeOptions(dryRun: dryRun)
        await expectFailure(.appUserUnknown) { _ = try await lab.host.configure(Lab.notes, change, options: options) }
        #expect(try lab.tree() == before)
    }

    @Test func `configuration is kept over update and rollback, and gone after an uninstall`() async throws {
        let lab = try await lab()
        let me = try #require(SystemUser.numbered(LinuxFileSystem.effectiveUser))
        let change = ConfigurationChange(assignments: [.init(name: "NOTES_TITLE", value: "Mine")], user: me.name)
        _ = try await lab.host.configure(Lab.notes, change, options: ChangeOptions())
        let token = try SecretValue(Array("hush".utf8))
        _ = try await lab.host.setSecret(Lab.notes, "NOTES_TOKEN", to: token, options: ChangeOptions())
        let configuration = try lab.record().configuration
        try await lab.update(lab.bundle("1.1.0", environment: Self.declared))
        #expect(try lab.record().configuration == configuration)
        try await lab.rollback()
        #expect(try lab.record().configuration == configuration)
        try lab.makeOwn("data")
        try await lab.uninstall()
        try await lab.install(lab.bundle("1.0.0", environment: Self.declared))
        #expect(try lab.record().configuration == AppRecord.Configuration())
    }
}
