import HostModel
import Hosting
import Testing

/// `behaviour.md` 1: asking for what is already so is done, not failed, and changes nothing.
struct NothingToDoTests {
    /// One way to ask for what is so on a host with `notes` 1.1.0 over 1.0.0, and 1.2.0 staged.
    struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// Makes it so, where it is not yet.
        let prepare: @Sendable (Lab) async throws -> Void
        let ask: @Sendable (Lab, _ dryRun: Bool) async throws -> ChangeResult

        init(
            _ what: String, after prepare: @escaping @Sendable (Lab) async throws -> Void = { _ in },
            _ ask: @escaping @Sendable (Lab, _ dryRun: Bool) async throws -> ChangeResult
        ) {
            testDescription = what
            self.prepare = prepare
            self.ask = ask
        }
    }

    static let rows: [Row] = [
        Row("install of what is installed") { lab, dryRun in
            try await lab.install(lab.bundle("1.1.0"), dryRun: dryRun)
        },
        Row("install of what is installed, signed by somebody else as well") { lab, dryRun in
            try await lab.install(lab.bundle("1.1.0", by: ["notes", "other"]), dryRun: dryRun)
        },
        Row("update to what is installed") { lab, dryRun in
            try await lab.update(lab.bundle("1.1.0"), dryRun: dryRun)
        },
        Row(
            "update to what is installed, and known to be bad",
            after: { lab in
                try await lab.rollback()
                try await lab.update(lab.bundle("1.1.0"), accept: [.knownBad])
            },
            { lab, dryRun in try await lab.update(lab.bundle("1.1.0"), dryRun: dryRun) }),
        Row("staging what is installed") { lab, dryRun in
            try await lab.update(lab.bundle("1.1.0"), stage: true, dryRun: dryRun)
        },
        Row("staging what is staged") { lab, dryRun in
            try await lab.update(lab.bundle("1.2.0"), stage: true, dryRun: dryRun)
        },
        Row(
            "applying what was installed meanwhile", after: { lab in try await lab.update(lab.bundle("1.2.0")) },
            { lab, dryRun in try await lab.apply(dryRun: dryRun) }),
        Row(
            "unstaging where nothing is staged", after: { lab in try await lab.unstage() },
            { lab, dryRun in try await lab.unstage(dryRun: dryRun) }),
        Row("rolling back to what is installed") { lab, dryRun in
            try await lab.rollback(to: "1.1.0", dryRun: dryRun)
        },
    ]

    @Test(arguments: NothingToDoTests.rows)
    func `what is already so is done, and the tree stays as it is`(row: Row) async throws {
        let lab = try await Lab.withNotes()
        try await lab.update(lab.bundle("1.1.0"))
        try await lab.update(lab.bundle("1.2.0"), stage: true)
        try await row.prepare(lab)
        let before = try lab.tree()
        let dry = try await row.ask(lab, true)
        #expect(dry.outcome == .unchanged)
        let result = try await row.ask(lab, false)
        #expect(result.outcome == .unchanged)
        #expect(result.code == nil)
        #expect(result.json.text == dry.json.text)
        #expect(try lab.tree() == before)
    }
}
