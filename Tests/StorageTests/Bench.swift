import DiskIO
import HostModel
import TestSupport
import Testing

@_spi(Verified) @testable import Storage

/// A root in a temporary directory, and the app `notes` in it.
///
/// Unless said otherwise nothing is flushed: without a power cut that cannot be seen.
struct Bench: Sendable {
    let place: TemporaryDirectory
    let root: ManagedRoot
    let engine: StorageEngine

    init(in place: TemporaryDirectory, files: any FileSystem = FaultyFileSystem()) throws {
        self.place = place
        root = try ManagedRoot.openOrMake(
            place.path + "/root", user: LinuxFileSystem.effectiveUser, files: files)
        engine = StorageEngine(root: root, now: { Samples.now })
    }

    init(files: any FileSystem = FaultyFileSystem()) throws { try self.init(in: TemporaryDirectory(), files: files) }

    // MARK: Operations

    /// A bundle that lies complete in `staging/notes/`.
    func candidate(_ toy: Toy) throws -> StagedBundle {
        let tree = try engine.beginStaging(Samples.notes, wait: false)
        try toy.fill(tree.directory)
        return try tree.seal(VerificationProof(), receipt: toy.receipt)
    }

    /// A bundle that lies in a slot, as if it had been verified there again.
    func candidate(_ toy: Toy, in slot: Slot) -> StagedBundle {
        StagedBundle(VerificationProof(), id: Samples.notes, in: slot, receipt: toy.receipt)
    }

    func install(_ toy: Toy) async throws { try await put(candidate(toy), toy, .install, replaced: .rollback) }

    func update(to toy: Toy, retention: Int? = nil) async throws {
        try await put(candidate(toy), toy, .update, replaced: .rollback, retention: retention)
    }

    func repair(with toy: Toy, in slot: Slot = .installed) async throws {
        try await put(candidate(toy), toy, .repair, slot: slot, replaced: .trash)
    }

    func stage(_ toy: Toy) async throws { try await put(candidate(toy), toy, .stage, slot: .staged, replaced: .trash) }

    func apply(_ toy: Toy) async throws { try await put(candidate(toy, in: .staged), toy, .apply, replaced: .rollback) }

    func rollback(to toy: Toy, in slot: Slot = .rollback) async throws {
        try await put(candidate(toy, in: slot), toy, .rollback, replaced: .rollback)
    }

    func undo(to toy: Toy, restoring slot: Slot?) async throws {
        try await put(candidate(toy, in: .rollback), toy, .undo, replaced: .trash, restores: slot)
    }

    /// Updates to `toy`, and leaves it to be judged.
    func updateUnconfirmed(to toy: Toy) async throws { try await putUnconfirmed(candidate(toy), toy, .update) }

    /// Swaps it in as an operation that has still to be judged. It would trim all it may.
    func putUnconfirmed(_ bundle: consuming StagedBundle, _ toy: Toy, _ kind: SwapIntent.Kind) async throws {
        let judge = try await engine.judge(Samples.notes)
        let from = bundle.slot
        try await engine.swap(bundle, kind: kind.rawValue, retention: 1, by: "test", judge: judge) { present in
            let wayBack = AppRecord.Unconfirmed.WayBack.after(
                kind: kind, from: from, replaced: .rollback,
                hadRollback: try present.app.slots().contains(.rollback), sequence: present.sequence)
            var record = present.record
            record.publisher = [toy.digest]
            record.unconfirmed = Samples.unconfirmed(kind, of: toy, wayBack: wayBack)
            return StorageEngine.Order(kind: kind, replaced: .rollback, record: record, detail: toy.detail)
        }
    }

    /// Undoes what is unconfirmed, by the way back that the record names. `toy` is what lies in `rollback/`.
    func takeBack(to toy: Toy) async throws {
        let judge = try await engine.judge(Samples.notes)
        try await engine.swap(
            candidate(toy, in: .rollback), kind: "undo", retention: nil, by: "test", judge: judge
        ) { present in
            guard let unconfirmed = present.record.unconfirmed else { throw Interrupted() }
            var record = present.record
            record.publisher = [toy.digest]
            record.unconfirmed = nil
            return StorageEngine.Order(
                kind: .undo, replaced: unconfirmed.wayBack.replaced, restores: unconfirmed.wayBack.restores,
                record: record, detail: toy.detail)
        }
    }

    /// Says that what is unconfirmed is good, or that it is left in place all the same.
    func confirm(
        retention: Int?, outcome: HistoryLine.Outcome = .done, code: String? = nil, message: String? = nil
    ) async throws {
        let judge = try await engine.judge(Samples.notes)
        try await engine.changeRecord(Samples.notes, .confirm, by: "test", judge: judge) { present in
            var record = present.record
            record.unconfirmed = nil
            return RecordChange(
                record: record, message: message, outcome: outcome, code: code, retention: retention)
        }
    }

    /// Says that the app is about to be stopped for an update to `toy`.
    func announce(updateTo toy: Toy) async throws {
        let judge = try await engine.judge(Samples.notes)
        try await engine.changeRecord(Samples.notes, .restart, by: "test", judge: judge) { present in
            var record = present.record
            record.unconfirmed = Samples.unconfirmed(.update, of: toy)
            return RecordChange(record: record)
        }
    }

    func uninstall(purge: Bool = false, judge: Judgement? = nil) async throws {
        try await engine.uninstall(Samples.notes, purge: purge, by: "test", judge: judge) { present in
            var record = AppRecord()
            record.publisher = present.record.publisher
            return (record, HistoryDetail())
        }
    }

    func unstage(judge: Judgement? = nil) async throws -> Bool {
        try await engine.unstage(Samples.notes, by: "test", judge: judge) { present in
            HistoryDetail(digest: present.staged?.digest)
        }
    }

    /// Swaps it in. The record after it names the bundle as its publisher, so that the two can be compared.
    func put(
        _ bundle: consuming StagedBundle, _ toy: Toy, _ kind: SwapIntent.Kind, slot: Slot = .installed,
        replaced: SwapIntent.Destination, restores: Slot? = nil, retention: Int? = nil, judge: Judgement? = nil
    ) async throws {
        try await engine.swap(
            bundle, kind: kind.rawValue, retention: retention, by: "test", judge: judge
        ) { present in
            var record = present.record
            record.publisher = [toy.digest]
            return StorageEngine.Order(
                kind: kind, slot: slot, replaced: replaced, restores: restores,
                record: slot == .installed ? record : nil, detail: toy.detail)
        }
    }

    /// Changes the record as an operator would, without a secret.
    @discardableResult
    func changeRecord(
        _ kind: RecordChange.Kind = .config, message: String? = nil, judge: Judgement? = nil,
        _ change: @escaping @Sendable (inout AppRecord) throws -> Void
    ) async throws -> RecordChange? {
        try await engine.changeRecord(Samples.notes, kind, by: "test", judge: judge) { present in
            var record = present.record
            try change(&record)
            return RecordChange(record: record, message: message)
        }
    }

    /// Sets the secret `NOTES_TOKEN`.
    func setSecret(_ value: String) async throws {
        try await engine.changeRecord(Samples.notes, .secret, by: "test") { present in
            var record = present.record
            let file = SecretFile.random()
            record.configuration.secrets[Samples.token] = file
            return RecordChange(record: record, values: [file: try Samples.secret(value)], message: "set NOTES_TOKEN")
        }
    }

    /// Makes the directories that the app has when it runs, and the value of a secret that its record names.
    func makeOwned() throws {
        for part in ["data", "cache", "run", "logs"] {
            try place.write("\(part) of notes\n", to: "root/\(part)/notes/file", mode: 0o600)
            try place.setMode("root/\(part)/notes", to: 0o700)
        }
        let file = Samples.secretFile("a")
        try place.write("secret of notes", to: "root/secrets/notes/\(file.text)", mode: 0o600)
        try place.setMode("root/secrets/notes", to: 0o700)
        var record = try app()?.record() ?? AppRecord()
        record.configuration.secrets[Samples.token] = file
        try place.write(record.json.text + "\n", to: "root/apps/notes/record.json", mode: 0o600)
    }

    // MARK: Looking

    /// Below `apps/notes/`.
    func text(_ path: String) -> String? { place.text("root/apps/notes/\(path)") }

    func names() -> [String] { place.names("root/apps/notes") }

    func app() throws -> AppDirectory? { try root.app(Samples.notes) }

    func shape() throws -> Shape { try Shape(of: place) }

    /// Kind and outcome of each line: `update done`.
    func history() throws -> [String] {
        try app()?.history().map { "\($0.kind) \($0.outcome.rawValue)" } ?? []
    }
}

/// What slots, record and history tell, read without the engine.
struct Shape: Equatable, Sendable, CustomStringConvertible {
    /// The digit of the bundle in each slot; `?` where its receipt cannot be read.
    var slots: [String: String] = [:]
    /// The digit of the bundle that the record names; empty where there is no record.
    var record = ""
    /// Whether the record says that something is unconfirmed.
    var isUnconfirmed = false
    /// The directories that the app has outside `apps/`.
    var owned: [String] = []
    /// What the file holds that the record names for the secret `NOTES_TOKEN`; `?` where there is none.
    var secret: String?
    /// What lies in `secrets/notes/` and is named by no secret.
    var strays = 0

    init(of place: TemporaryDirectory) throws {
        for name in place.names("root/apps/notes") where Slot(name: name) != nil {
            let text = place.read("root/apps/notes/\(name)/apphost/receipt.json")
            let receipt = try text.map { try Receipt.read($0, file: name) }
            slots[name] = receipt.map { String($0.stage.text.prefix(1)) } ?? "?"
        }
        if let bytes = place.read("root/apps/notes/record.json") {
            let found = try AppRecord.read(bytes, file: "record.json")
            let publisher = found.publisher?.first
            record = publisher.map { String($0.hex.prefix(1)) } ?? "-"
            isUnconfirmed = found.unconfirmed != nil
            let files = found.configuration.secrets
            secret = files[Samples.token].map { place.text("root/secrets/notes/\($0.text)") ?? "?" }
            strays = place.names("root/secrets/notes").filter { !files.values.map(\.text).contains($0) }.count
        }
        owned = ["data", "cache", "run", "logs", "secrets"].filter { place.exists("root/\($0)/notes") }
    }

    /// What is in every slot that is filled.
    var toys: [(slot: String, toy: Toy)] { slots.sorted { $0.key < $1.key }.map { ($0.key, Toy($0.value)) } }

    /// With the slots alone: `installed a, rollback b`.
    var filled: String { slots.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ") }

    var description: String {
        "[\(filled)] record \(record) owned \(owned) secret \(secret ?? "none") strays \(strays)"
            + (isUnconfirmed ? " unconfirmed" : "")
    }
}

/// Expects that `body` fails with a code and leaves the disk as that failure says.
func expectFailure(
    _ code: FailureCode, _ state: DiskState = .unchanged, sourceLocation: SourceLocation = #_sourceLocation,
    from body: () async throws -> Void
) async {
    do {
        try await body()
        Issue.record("nothing failed, \(code.rawValue) was expected", sourceLocation: sourceLocation)
    } catch {
        let failure = error as? any Failure
        #expect(failure?.code == code, "\(error)", sourceLocation: sourceLocation)
        #expect(failure?.state == state, "\(error)", sourceLocation: sourceLocation)
    }
}
