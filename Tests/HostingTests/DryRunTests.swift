import HostModel
import Hosting
import Testing

/// `--dry-run` of everything that changes something: the real answer, and not a file that is different.
struct DryRunTests {
    /// One change of a host with `notes` 1.1.0 over 1.0.0, and 1.2.0 staged.
    struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// Yields the answer as text.
        let change: @Sendable (Lab, _ dryRun: Bool) async throws -> String

        init(_ what: String, _ change: @escaping @Sendable (Lab, _ dryRun: Bool) async throws -> String) {
            testDescription = what
            self.change = change
        }
    }

    static let rows: [Row] = [
        Row("install") { lab, dryRun in
            try await lab.install(lab.bundle("1.0.0", id: "wiki"), dryRun: dryRun).json.text
        },
        Row("install of an unsigned bundle") { lab, dryRun in
            let bundle = try lab.bundle("1.0.0", id: "wiki", by: [])
            return try await lab.install(bundle, accept: [.unsigned], dryRun: dryRun).json.text
        },
        Row("update") { lab, dryRun in try await lab.update(lab.bundle("1.3.0"), dryRun: dryRun).json.text },
        Row("update with consent") { lab, dryRun in
            try await lab.update(lab.bundle("1.0.0"), accept: [.downgrade], dryRun: dryRun).json.text
        },
        Row("stage") { lab, dryRun in
            try await lab.update(lab.bundle("1.3.0"), stage: true, dryRun: dryRun).json.text
        },
        Row("apply") { lab, dryRun in try await lab.apply(dryRun: dryRun).json.text },
        Row("unstage") { lab, dryRun in try await lab.unstage(dryRun: dryRun).json.text },
        Row("rollback") { lab, dryRun in try await lab.rollback(dryRun: dryRun).json.text },
        Row("rollback to a version") { lab, dryRun in try await lab.rollback(to: "1.0.0", dryRun: dryRun).json.text },
        Row("uninstall") { lab, dryRun in try await lab.uninstall(dryRun: dryRun) ?? "no data" },
        Row("purge") { lab, dryRun in try await lab.uninstall(purge: true, dryRun: dryRun) ?? "no data" },
        Row("settings") { lab, dryRun in
            let changes = [(key: "retention", value: "3"), (key: "allowUnsigned", value: "false")]
            let settings = try lab.host.changeSettings(changes, dryRun: dryRun)
            return Settings.keys.map { $0.read(settings).text }.joined(separator: " ")
        },
        Row("trust add") { lab, dryRun in
            try lab.makeKey("other")
            let key = AppHost.NewTrust(
                keyFile: lab.keyFile("other") + ".pub", name: "other", purposes: ["bundle"], apps: nil,
                validFrom: nil, validUntil: nil)
            return try lab.host.addTrust(key, dryRun: dryRun).json.text
        },
        Row("trust status") { lab, dryRun in
            try lab.host.setTrust("notes", to: "retiring", dryRun: dryRun).json.text
        },
    ]

    @Test(arguments: DryRunTests.rows)
    func `a dry run gives the answer of the real one, and changes nothing`(row: Row) async throws {
        let lab = try await Lab.withNotes()
        try await lab.update(lab.bundle("1.1.0"))
        try await lab.update(lab.bundle("1.2.0"), stage: true)
        try lab.makeOwn("data")
        let before = try lab.tree()
        let dry = try await row.change(lab, true)
        #expect(try lab.tree() == before)
        let real = try await row.change(lab, false)
        #expect(dry == real)
        #expect(try lab.tree() != before)
    }

    @Test(arguments: ["1.0.0", "1.1.0"])
    func `a dry run over a damaged bundle says what will be, and mends nothing`(version: String) async throws {
        let lab = try await Lab.withNotes()
        let bundle = try lab.bundle(version)
        try lab.damage("installed/static/style.css")
        let before = try lab.tree()
        let dry = try await lab.update(bundle, dryRun: true)
        let expected: ChangeResult.Action = version == "1.0.0" ? .repair : .update
        #expect(dry.action == expected)
        #expect(try lab.tree() == before)
        let real = try await lab.update(bundle)
        #expect(real.json.text == dry.json.text)
        #expect(try lab.problems().isEmpty)
    }

    @Test func `a dry run on a host without a root makes none`() async throws {
        let lab = try Lab()
        let bundle = try lab.bundle("1.0.0", by: [])
        #expect(try await lab.install(bundle, accept: [.unsigned], dryRun: true).outcome == .done)
        #expect(try lab.tree().isEmpty)
    }
}
