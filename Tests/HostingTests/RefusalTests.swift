import HostModel
import Hosting
import Storage
import Testing

/// A refusal on an installed app adds one line of history and nothing else. Its dry run says the same, and adds none.
struct RefusalTests {
    /// One change that is refused on a host with `notes` 1.1.0 over 1.0.0.
    struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let code: FailureCode
        /// Makes the state in which it is refused, and yields the source that is asked for.
        let prepare: @Sendable (Lab) async throws -> String
        let change: @Sendable (Lab, _ source: String, _ dryRun: Bool) async throws -> Void

        init(
            _ what: String, _ code: FailureCode, prepare: @escaping @Sendable (Lab) async throws -> String,
            change: @escaping @Sendable (Lab, _ source: String, _ dryRun: Bool) async throws -> Void
        ) {
            testDescription = what
            self.code = code
            self.prepare = prepare
            self.change = change
        }

        /// An update to what `prepare` yields.
        init(update what: String, _ code: FailureCode, prepare: @escaping @Sendable (Lab) async throws -> String) {
            self.init(what, code, prepare: prepare) { lab, source, dryRun in
                try await lab.update(source, dryRun: dryRun)
            }
        }
    }

    static let rows = updates + others

    static let updates: [Row] = [
        Row(update: "an older version", .updateConsentRequired) { try $0.bundle("1.0.0") },
        Row(update: "another bundle of the same version", .updateConsentRequired) {
            try $0.bundle("1.1.0", page: "Other")
        },
        Row(update: "more permissions", .updateConsentRequired) {
            try $0.bundle("1.2.0", permissions: ["network.listen", "data.write"])
        },
        Row(update: "another transport", .updateConsentRequired) { try $0.bundle("1.2.0", transport: "stdio") },
        Row(update: "another publisher", .updateConsentRequired) { lab in
            try lab.trust("other")
            return try lab.bundle("1.2.0", by: ["other"])
        },
        Row(update: "a bundle that was left as bad", .updateConsentRequired) { lab in
            try await lab.rollback()
            return try lab.bundle("1.1.0")
        },

        Row(update: "no signature", .bundleUnsigned) { try $0.bundle("1.2.0", by: []) },
        Row(update: "an unknown key", .bundleKeyUnknown) { try $0.bundle("1.2.0", by: ["stranger"]) },
        Row(update: "a key that is no longer valid", .bundleKeyOutOfValidity) { lab in
            try lab.trust("late", until: Samples.yesterday)
            return try lab.bundle("1.2.0", by: ["late"])
        },
        Row(update: "a key that is not valid yet", .bundleKeyOutOfValidity) { lab in
            try lab.trust("early", from: Samples.tomorrow)
            return try lab.bundle("1.2.0", by: ["early"])
        },
        Row(update: "a retired key", .bundleKeyRetired) { lab in
            try lab.setTrust("notes", to: "retired")
            return try lab.bundle("1.2.0")
        },
        Row(update: "a revoked key", .bundleKeyRevoked) { lab in
            try lab.setTrust("notes", to: "revoked")
            return try lab.bundle("1.2.0")
        },
        Row(update: "a key for reviews", .bundleKeyNotForBundles) { lab in
            try lab.trust("reviewer", for: ["review"])
            return try lab.bundle("1.2.0", by: ["reviewer"])
        },
        Row(update: "a key for another app", .bundleKeyNotForApp) { lab in
            try lab.trust("wiki", apps: [Samples.app("wiki")])
            return try lab.bundle("1.2.0", by: ["wiki"])
        },

        Row(update: "another app", .bundleWrongApp) { try $0.bundle("1.2.0", id: "wiki") },
        Row(update: "another architecture", .updateIncompatible) { try $0.bundle("1.2.0", arch: ["pdp11"]) },
        Row(update: "a sandbox that is required and cannot be enforced", .updateIncompatible) {
            try $0.bundle("1.2.0", sandbox: ["mode": "bubblewrap", "required": true])
        },
        Row(update: "a file that is not there", .sourceNotFound) { $0.keyFile("nobody") },
        Row(update: "a file that is no bundle", .bundleFormatUnsupported) { $0.keyFile("notes") },
        Row(update: "more files than the host takes", .bundleLimitExceeded) { lab in
            try lab.set("limits.entries", to: "1")
            return try lab.bundle("1.2.0")
        },
        Row(update: "more bytes than the host takes", .bundleLimitExceeded) { lab in
            try lab.set("limits.expandedBytes", to: "1")
            return try lab.bundle("1.2.0")
        },
        Row(update: "more room than there is", .diskFull) { lab in
            try lab.set("limits.keepFreeBytes", to: "9223372036854775807")
            return try lab.bundle("1.2.0")
        },
    ]

    static let others: [Row] = [
        Row("an update to another bundle than the one that was reviewed", .updateCandidateChanged) {
            try $0.bundle("1.2.0")
        } change: { lab, source, dryRun in
            try await lab.update(source, expect: Samples.digest(7), dryRun: dryRun)
        },
        Row("staging an older version", .updateConsentRequired) {
            try $0.bundle("1.0.0")
        } change: { lab, source, dryRun in
            try await lab.update(source, stage: true, dryRun: dryRun)
        },
        Row("staging what requires a sandbox that cannot be enforced", .updateIncompatible) {
            try $0.bundle("1.2.0", sandbox: ["mode": "bubblewrap", "required": true])
        } change: { lab, source, dryRun in
            try await lab.update(source, stage: true, dryRun: dryRun)
        },
        Row("an install of another bundle", .appAlreadyInstalled) {
            try $0.bundle("1.2.0")
        } change: { lab, source, dryRun in
            try await lab.install(source, dryRun: dryRun)
        },

        Row("applying nothing", .updateNotStaged) { _ in
            ""
        } change: { lab, _, dryRun in
            try await lab.apply(dryRun: dryRun)
        },
        Row("applying what was staged for another bundle", .updateCandidateChanged) { lab in
            try await lab.update(lab.bundle("1.2.0"), stage: true)
            try await lab.rollback()
            return ""
        } change: { lab, _, dryRun in
            try await lab.apply(dryRun: dryRun)
        },
        Row("applying what a revoked key signed", .bundleKeyRevoked) { lab in
            try await lab.update(lab.bundle("1.2.0"), stage: true)
            try lab.setTrust("notes", to: "revoked")
            return ""
        } change: { lab, _, dryRun in
            try await lab.apply(dryRun: dryRun)
        },
        Row("applying what was damaged", .bundleDamaged) { lab in
            try await lab.update(lab.bundle("1.2.0"), stage: true)
            try lab.damage("staged/bin/notes")
            return ""
        } change: { lab, _, dryRun in
            try await lab.apply(dryRun: dryRun)
        },

        Row("rolling back to a version that is not kept", .versionNotFound) { _ in
            "0.9.0"
        } change: { lab, version, dryRun in
            try await lab.rollback(to: version, dryRun: dryRun)
        },
        Row("rolling back to what was damaged", .bundleDamaged) { lab in
            try lab.damage("rollback/bin/notes")
            return ""
        } change: { lab, _, dryRun in
            try await lab.rollback(dryRun: dryRun)
        },
        Row("rolling back to what a revoked key signed", .bundleKeyRevoked) { lab in
            try lab.setTrust("notes", to: "revoked")
            return ""
        } change: { lab, _, dryRun in
            try await lab.rollback(dryRun: dryRun)
        },
        Row("rolling back where nothing is kept", .rollbackNotAvailable) { lab in
            try await lab.uninstall()
            try await lab.install(lab.bundle("1.2.0"))
            return ""
        } change: { lab, _, dryRun in
            try await lab.rollback(dryRun: dryRun)
        },
    ]

    @Test(arguments: RefusalTests.rows)
    func `a refusal adds one line of history and nothing else, and a dry run not even that`(row: Row) async throws {
        let lab = try await Lab.withNotes()
        try await lab.update(lab.bundle("1.1.0"))
        let source = try await row.prepare(lab)
        let (before, lines) = (try lab.tree(), try lab.history())

        await expectFailure(row.code) { try await row.change(lab, source, true) }
        #expect(try lab.tree() == before)

        await expectFailure(row.code) { try await row.change(lab, source, false) }
        #expect(try lab.treeWithoutHistory() == Lab.withoutHistory(before))
        let now = try lab.history()
        #expect(Array(now.dropLast()) == lines)
        #expect(now.last?.outcome == .refused)
        #expect(now.last?.code == row.code.rawValue)
        #expect(now.last?.message?.isEmpty == false)
        #expect(now.last?.sequence == (lines.last?.sequence ?? 0) + 1)
    }

    /// How an archive can be spoilt on its way.
    enum Spoilage: CaseIterable, Sendable {
        case cutInTheMiddle, cutByAByte, longer, empty, flippedBit

        func spoil(_ bytes: [UInt8]) -> [UInt8] {
            switch self {
            case .cutInTheMiddle: return Array(bytes.prefix(bytes.count / 2))
            case .cutByAByte: return Array(bytes.dropLast())
            case .longer: return bytes + [1]
            case .empty: return []
            case .flippedBit:
                // In the header of a tar, and in compressed content elsewhere.
                var bytes = bytes
                bytes[100] ^= 1
                return bytes
            }
        }
    }

    @Test(arguments: RefusalTests.Spoilage.allCases, ["zip", "tar", "tar.gz", "tar.zst", "tar.xz"])
    func `a spoilt archive is refused, and changes nothing`(spoilage: Spoilage, suffix: String) async throws {
        let lab = try await Lab.withNotes()
        let archive = try lab.realBundle("notes-1.1", as: suffix)
        try lab.spoil(archive, by: spoilage.spoil)
        let before = try lab.treeWithoutHistory()
        for dryRun in [true, false] {
            let error = await failure { try await lab.update(archive, dryRun: dryRun) }
            #expect(isOfTheBundle(error), "\(error?.message ?? "")")
            #expect(error?.state == .unchanged)
            #expect(try lab.treeWithoutHistory() == before)
        }
        #expect(try lab.problems().isEmpty)
    }

    /// Whether a bundle was refused because it is not sound (65), or not trusted (77).
    private func isOfTheBundle(_ failure: (any Failure)?) -> Bool {
        let status = failure?.code.exitStatus
        return status == 65 || status == 77
    }

    @Test func `a refused first install leaves no trace of the app`() async throws {
        let lab = try Lab()
        try lab.trust("notes")
        let before = try lab.tree()
        let archive = try lab.bundle("1.0.0")
        try lab.spoil(archive, by: Spoilage.flippedBit.spoil)
        let unknown = try lab.bundle("1.0.0", by: ["stranger"])
        for source in [archive, unknown] {
            let error = await failure { try await lab.install(source) }
            #expect(isOfTheBundle(error))
            #expect(try lab.tree() == before)
        }
    }

    @Test func `a host of another user is not changed, and tells whom to become`() async throws {
        let lab = try await Lab.withNotes()
        let bundle = try lab.bundle("1.1.0")
        try await lab.update(bundle, stage: true)
        let before = try lab.tree()
        let stranger = lab.hostOfStranger()
        let options = ChangeOptions()
        let changes: [() async throws -> Void] = [
            { _ = try await stranger.install(bundle, options: options) },
            { _ = try await stranger.update(Lab.notes, from: bundle, onlyStage: false, options: options) },
            { _ = try await stranger.apply(Lab.notes, options: options) },
            { _ = try await stranger.unstage(Lab.notes, options: options) },
            { _ = try await stranger.rollback(Lab.notes, to: nil, options: options) },
            { _ = try await stranger.uninstall(Lab.notes, purge: true, options: options) },
            { _ = try stranger.setTrust("notes", to: "revoked", dryRun: false) },
            { _ = try stranger.changeSettings([(key: "retention", value: "3")], dryRun: false) },
        ]
        for change in changes {
            let error = await failure(from: change)
            #expect(error?.code == .rootWrongOwner)
            #expect(error?.help?.contains("sudo") == true)
        }
        #expect(stranger.recover().isEmpty)
        #expect(try lab.tree() == before)
        #expect(try stranger.list().apps.map(\.version.text) == ["1.0.0"])
    }
}
