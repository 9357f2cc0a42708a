import DiskIO
import HostModel
import Hosting
@_spi(Verified) import Storage
import TestSupport

/// Everything that changes the disk, each on a root that gives it the most to do.
package enum UseCase: String, CaseIterable, Sendable {
    case makeRoot, addTrust, revokeTrust, changeSettings
    case install, update, updateAndTrim, repair, rebuild, stage, stageAgain, apply, unstage
    case rollback, rollbackToOlder, undo, uninstall, purge, refusal
    case configure, setSecret, replaceSecret, removeSecret
    case stopWanted, confirm, settle
    case catalogAdd, catalogAddOffline, catalogFirstRefresh, catalogRefresh, catalogRefreshInBins
    case catalogRefreshAgain, catalogRefreshRefused, catalogRemove, installFromCatalog

    /// What is tried where time is short: the others take the same way through the engine as one of these, or a part.
    package static let subset = allCases.filter { useCase in
        switch useCase {
        case .catalogAddOffline, .catalogFirstRefresh, .catalogRefreshInBins, .catalogRefreshAgain,
            .catalogRefreshRefused, .installFromCatalog:
            false
        default: true
        }
    }

    /// Puts an empty place into the state that the use case begins with.
    package func prepare(_ place: TemporaryDirectory, _ workshop: Workshop) async throws {
        if self == .makeRoot { return }
        let trial = Trial(place: place, workshop: workshop)
        try trial.trust("notes")
        switch self {
        case .makeRoot, .addTrust, .install: break
        case .revokeTrust: try trial.trust("spare")
        case .changeSettings: try trial.set("retention", to: "2")
        case .update, .stage, .refusal, .configure, .setSecret:
            try await trial.install(.first)
        case .replaceSecret, .removeSecret:
            try await trial.install(.first)
            try await trial.setSecret(workshop.value("old"))
        case .repair:
            try await trial.install(.first)
            try await trial.update(to: .second)
            try trial.damageInstalled()
        case .rebuild:
            try await trial.install(.first)
            try trial.scribbleInInstalled()
        case .stageAgain, .unstage:
            try await trial.install(.first)
            try await trial.stage(.second)
        case .updateAndTrim, .rollback:
            try await trial.install(.first)
            try await trial.update(to: .second)
        case .apply:
            try await trial.install(.first)
            try await trial.update(to: .second)
            try await trial.stage(.third)
        case .rollbackToOlder, .undo, .confirm, .settle:
            try trial.set("retention", to: "3")
            try await trial.install(.first)
            try await trial.update(to: .second)
            try await trial.update(to: .third)
            if [.confirm, .settle].contains(self) { try trial.leaveUnconfirmed() }
        case .stopWanted:
            try await trial.install(.first)
            try trial.edit { $0.isWanted = true }
        case .uninstall, .purge:
            try await trial.install(.first)
            try await trial.update(to: .second)
            try await trial.stage(.third)
            try trial.makeOwned()
        default: try await prepareCatalog(trial)
        }
    }

    package func run(_ trial: Trial) async throws {
        switch self {
        case .makeRoot: try trial.trust("notes")
        case .addTrust: try trial.trust("spare")
        case .revokeTrust: _ = try trial.host.setTrust("spare", to: "revoked", dryRun: false)
        case .changeSettings: try trial.set("retention", to: "5")
        case .install: try await trial.install(.first)
        case .update: try await trial.update(to: .second)
        case .updateAndTrim: try await trial.update(to: .third)
        case .repair: try await trial.update(to: .second)
        case .rebuild: _ = try await trial.host.repair(Trial.notes, options: ChangeOptions())
        case .stage: try await trial.stage(.second)
        case .stageAgain: try await trial.stage(.third)
        case .apply: _ = try await trial.host.apply(Trial.notes, options: ChangeOptions())
        case .unstage: _ = try await trial.host.unstage(Trial.notes, options: ChangeOptions())
        case .rollback: _ = try await trial.host.rollback(Trial.notes, to: nil, options: ChangeOptions())
        case .rollbackToOlder:
            let version = BundleVersion(Workshop.Version.first.rawValue)
            _ = try await trial.host.rollback(Trial.notes, to: version, options: ChangeOptions())
        case .undo: try await trial.undo()
        case .uninstall: _ = try await trial.host.uninstall(Trial.notes, purge: false, options: ChangeOptions())
        case .purge: _ = try await trial.host.uninstall(Trial.notes, purge: true, options: ChangeOptions())
        case .configure:
            let change = ConfigurationChange(assignments: [.init(name: "NOTES_THEME", value: "dark")])
            _ = try await trial.host.configure(Trial.notes, change, options: ChangeOptions())
        case .setSecret, .replaceSecret: try await trial.setSecret(trial.workshop.value("new"))
        case .removeSecret:
            _ = try await trial.host.removeSecret(Trial.notes, "NOTES_TOKEN", options: ChangeOptions())
        case .stopWanted: _ = try await trial.host.stop(Trial.notes, options: ChangeOptions())
        case .confirm: try await trial.confirm()
        // It is not held: the only thing to do is what every change of the app begins with.
        case .settle: _ = try await trial.host.unhold(Trial.notes, options: ChangeOptions())
        case .refusal:
            let digest = ContentDigest(hex: String(repeating: "0", count: 64))
            do {
                _ = try await trial.host.update(
                    Trial.notes, from: trial.workshop.archive(.second), onlyStage: false, expect: digest,
                    options: ChangeOptions())
            } catch let failure as any Failure where failure.code == .updateCandidateChanged {
                // What was asked for is that it is refused, and that the history says so.
            }
        case .installFromCatalog:
            _ = try await trial.host.install(Trial.notes, version: nil, catalog: nil, options: ChangeOptions())
        default: try await changeCatalog(trial)
        }
    }

    /// The same as arguments of the program; nil where it has no verb for it.
    package func arguments(_ workshop: Workshop) -> [String]? {
        switch self {
        case .makeRoot: ["trust", "add", workshop.publicKey("notes"), "--name", "notes"]
        case .addTrust: ["trust", "add", workshop.publicKey("spare"), "--name", "spare"]
        case .revokeTrust: ["trust", "status", "spare", "revoked"]
        case .changeSettings: ["settings", "retention=5"]
        case .install: ["install", workshop.archive(.first)]
        case .update, .repair: ["update", "notes", "--from", workshop.archive(.second)]
        case .updateAndTrim: ["update", "notes", "--from", workshop.archive(.third)]
        case .rebuild: ["doctor", "--repair", "notes"]
        case .stage: ["update", "notes", "--from", workshop.archive(.second), "--stage"]
        case .stageAgain: ["update", "notes", "--from", workshop.archive(.third), "--stage"]
        case .apply: ["apply", "notes"]
        case .unstage: ["unstage", "notes"]
        case .rollback: ["rollback", "notes"]
        case .rollbackToOlder: ["rollback", "notes", "--to", Workshop.Version.first.rawValue]
        case .undo: nil
        case .uninstall: ["uninstall", "notes"]
        case .purge: ["uninstall", "notes", "--purge", "--yes"]
        case .configure: ["config", "notes", "NOTES_THEME=dark"]
        case .setSecret, .replaceSecret: ["secret", "set", "notes", "NOTES_TOKEN", "--from", workshop.value("new")]
        case .removeSecret: ["secret", "remove", "notes", "NOTES_TOKEN"]
        case .stopWanted: ["stop", "notes"]
        case .confirm: nil
        case .settle: ["unhold", "notes"]
        case .refusal:
            [
                "update", "notes", "--from", workshop.archive(.second), "--expect", String(repeating: "0", count: 64),
            ]
        case .installFromCatalog: ["install", "notes"]
        default: catalogStep?.arguments(workshop)
        }
    }

    /// The exit status that the program ends with where nothing goes wrong.
    package var status: Int32 {
        switch self {
        case .refusal: FailureCode.updateCandidateChanged.exitStatus
        case .catalogRefreshRefused: FailureCode.catalogUnverified.exitStatus
        default: 0
        }
    }

    /// The version in each slot afterwards, and how many of the app's own files are left: written down here, so that an engine
    /// that is wrong in all it does is not its own judge.
    var leadsTo: (slots: [String: String], owned: Int) {
        let (first, second, third) = (
            Workshop.Version.first.rawValue, Workshop.Version.second.rawValue, Workshop.Version.third.rawValue
        )
        return switch self {
        case .makeRoot, .addTrust, .revokeTrust, .changeSettings: ([:], 0)
        case .install, .rebuild, .installFromCatalog, .unstage, .refusal, .configure, .removeSecret, .stopWanted:
            (["installed": first], 0)
        // A directory and a file in it.
        case .setSecret, .replaceSecret: (["installed": first], 2)
        case .update: (["installed": second, "rollback": first], 0)
        case .updateAndTrim: (["installed": third, "rollback": second], 0)
        case .repair: (["installed": second, "rollback": first], 0)
        case .stage: (["installed": first, "staged": second], 0)
        case .stageAgain: (["installed": first, "staged": third], 0)
        case .apply: (["installed": third, "rollback": second], 0)
        case .rollback: (["installed": first, "rollback": second], 0)
        case .rollbackToOlder: (["installed": first, "rollback": third, "older 1": second], 0)
        case .undo, .settle: (["installed": second, "rollback": first], 0)
        case .confirm: (["installed": third, "rollback": second], 0)
        // A directory and a file in it.
        case .uninstall: ([:], 2)
        default: ([:], 0)
        }
    }

    /// What the record says afterwards and did not before; nil where it stays as it is.
    var recordSays: String? {
        switch self {
        case .install, .installFromCatalog: #""publisher":{"#
        case .rollback, .rollbackToOlder: "rolled back"
        case .purge: #""publisher":null"#
        case .configure: #""NOTES_THEME":"dark""#
        case .setSecret: #""secrets":{"NOTES_TOKEN":"#
        case .removeSecret: #""secrets":{}"#
        case .stopWanted: #""wanted":false"#
        case .confirm: #""unconfirmed":null"#
        case .settle: "health check failed"
        default: nil
        }
    }

    /// The line that the history has afterwards; nil where it has none.
    var logged: String? {
        switch self {
        case .makeRoot, .addTrust, .revokeTrust, .changeSettings: nil
        case _ where catalogStep != nil: nil
        case .installFromCatalog: "install done"
        case .refusal: "update refused"
        case .updateAndTrim: "update done"
        case .rebuild: "repair done"
        case .stageAgain: "stage done"
        case .rollbackToOlder: "rollback done"
        case .purge: "uninstall done"
        case .configure: "config done"
        case .setSecret, .replaceSecret, .removeSecret: "secret done"
        case .stopWanted: "stop done"
        case .settle: "undo done"
        default: "\(rawValue) done"
        }
    }

    /// How many lines the history has more afterwards, at most: a failed gate has one beside its undo.
    var mostLines: Int { self == .settle ? 2 : 1 }

    /// Whether what it changes comes before what was asked for, so that a failure which changed nothing may be told of
    /// after it.
    var settlesFirst: Bool { self == .settle }

    /// Whether it reads what is installed in order to keep it.
    var looksAtInstalled: Bool {
        switch self {
        case .update, .updateAndTrim, .apply, .rollback, .rollbackToOlder, .uninstall, .purge: true
        default: false
        }
    }

    /// Whether its point of no return is its announcement, so that "uncertain" may be said before it took effect.
    var mayBeUncertainBefore: Bool {
        switch self {
        case .uninstall, .purge, .unstage, .makeRoot, .addTrust, .revokeTrust, .changeSettings: true
        case .configure, .setSecret, .replaceSecret, .removeSecret, .stopWanted, .confirm: true
        default: false
        }
    }
}

/// One host in one place: what is tried, and what is prepared for it.
package struct Trial: Sendable {
    package let place: TemporaryDirectory
    package let workshop: Workshop
    package let host: AppHost
    private let files: any FileSystem

    /// 2026-05-01T10:00:00Z
    package static let now = Timestamp(seconds: 1_777_629_600)

    package static let notes: AppID = {
        guard let id = AppID("notes") else { preconditionFailure("'notes' is an app id") }
        return id
    }()

    /// - Parameter files: the disk that the host works on; by default one on which flushes cost nothing.
    package init(place: TemporaryDirectory, workshop: Workshop, files: any FileSystem = FaultyFileSystem()) {
        self.place = place
        self.workshop = workshop
        self.files = files
        host = AppHost(rootPath: place.path + "/root", by: "trial", files: files, now: { Trial.now })
    }

    func trust(_ name: String) throws {
        let key = AppHost.NewTrust(
            keyFile: workshop.publicKey(name), name: name, purposes: ["bundle"], apps: nil, validFrom: nil,
            validUntil: nil)
        _ = try host.addTrust(key, dryRun: false)
    }

    func set(_ name: String, to value: String) throws {
        _ = try host.changeSettings([(key: name, value: value)], dryRun: false)
    }

    package func install(_ version: Workshop.Version) async throws {
        _ = try await host.install(workshop.archive(version), options: ChangeOptions())
    }

    package func update(to version: Workshop.Version, accepted: Set<Consent> = []) async throws {
        _ = try await host.update(
            Self.notes, from: workshop.archive(version), onlyStage: false, options: ChangeOptions(accepted: accepted))
    }

    package func stage(_ version: Workshop.Version, accepted: Set<Consent> = []) async throws {
        _ = try await host.update(
            Self.notes, from: workshop.archive(version), onlyStage: true, options: ChangeOptions(accepted: accepted))
    }

    /// What a failed health gate does: the bundle in `rollback/` comes back, and the one before it after that.
    func undo() async throws {
        let root = try ManagedRoot.openOrMake(
            place.path + "/root", user: LinuxFileSystem.effectiveUser, files: files)
        guard let app = try root.app(Self.notes), let tree = try app.open(.rollback),
            let older = try app.olderSlots().first
        else { throw StorageError.notInstalled(Self.notes) }
        let receipt = try tree.receipt()
        let bundle = StagedBundle(VerificationProof(), id: Self.notes, in: .rollback, receipt: receipt)
        let engine = StorageEngine(root: root, now: { Trial.now })
        try await engine.swap(bundle, kind: "undo", retention: nil, by: "trial") { present in
            StorageEngine.Order(
                kind: .undo, replaced: .trash, restores: older, record: present.record,
                detail: HistoryDetail(digest: receipt.digest))
        }
    }

    /// What a health gate does that has passed. Only one bundle is kept to roll back to then.
    func confirm() async throws {
        let root = try ManagedRoot.openOrMake(
            place.path + "/root", user: LinuxFileSystem.effectiveUser, files: files)
        let engine = StorageEngine(root: root, now: { Trial.now })
        let judge = try await engine.judge(Self.notes)
        try await engine.changeRecord(Self.notes, .confirm, by: "trial", judge: judge) { present in
            var next = present.record
            next.unconfirmed = nil
            return RecordChange(record: next, retention: 1)
        }
    }

    /// Has the record say what an update leaves there whose command is killed while it judges, without an app that ran.
    func leaveUnconfirmed() throws {
        let root = try ManagedRoot.openOrMake(
            place.path + "/root", user: LinuxFileSystem.effectiveUser, files: files)
        guard let app = try root.app(Self.notes), let tree = try app.open(.installed),
            let older = try app.olderSlots().first
        else { throw StorageError.notInstalled(Self.notes) }
        let candidate = try tree.receipt().stage
        try edit { record in
            record.unconfirmed = AppRecord.Unconfirmed(
                operation: .update, gate: .manifest, candidate: candidate, ran: false,
                wayBack: .discarding(restores: older), grants: record.grants, publisher: record.publisher,
                at: Self.now, by: "trial")
        }
    }

    /// Changes the record without the host.
    func edit(_ change: (inout AppRecord) -> Void) throws {
        let path = "root/apps/notes/record.json"
        var record = try AppRecord.read(place.read(path) ?? [], file: path)
        change(&record)
        try place.write(record.json.text + "\n", to: path, mode: 0o600)
    }

    /// Changes a file of what is installed, as a failing disk would.
    func damageInstalled() throws {
        try place.write("damaged\n", to: "root/apps/notes/installed/share/page.html", mode: 0o444)
    }

    /// Leaves in what is installed what does not belong there: files, a link, and a directory.
    func scribbleInInstalled() throws {
        let slot = "root/apps/notes/installed"
        for directory in [slot, "\(slot)/share"] { try place.setMode(directory, to: 0o755) }
        try place.write("an extra file\n", to: "\(slot)/share/notes.txt")
        try place.write("an extra file\n", to: "\(slot)/cache/below/file", mode: 0o600)
        try place.makeLink("\(slot)/cache/link", to: "../share")
        try place.setMode(slot, to: 0o555)
    }

    /// Sets the secret `NOTES_TOKEN` to what a file holds.
    func setSecret(_ file: String) async throws {
        let name = "NOTES_TOKEN"
        let value = try host.secretValue(fromFile: file, for: name)
        _ = try await host.setSecret(Self.notes, name, to: value, options: ChangeOptions())
    }

    /// Makes the directories that an app has when it runs, and a secret of the name `file`, without the host.
    func makeOwned() throws {
        for part in ["data", "cache", "run", "logs"] {
            try place.write("\(part) of notes\n", to: "root/\(part)/notes/file", mode: 0o600)
            try place.setMode("root/\(part)/notes", to: 0o700)
        }
        let text = String(repeating: "a", count: 24)
        guard let name = VariableName("file"), let file = SecretFile(text) else { return }
        try place.write("secrets of notes\n", to: "root/secrets/notes/\(text)", mode: 0o600)
        try place.setMode("root/secrets/notes", to: 0o700)
        try edit { $0.configuration.secrets = [name: file] }
    }
}
