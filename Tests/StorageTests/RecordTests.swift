import HostModel
import Testing

@testable import Storage

/// The records of one app, there and back, and what is refused in them.
struct RecordTests {
    private static let detail = HistoryDetail(from: "1.0", to: "2.0", digest: Samples.digest("c"), source: "file")

    /// Expects that `text` is refused by `read` with a problem that names its place.
    private func expect<Value>(
        _ problem: String, _ text: String, sourceLocation: SourceLocation = #_sourceLocation,
        by read: ([UInt8]) throws(RecordError) -> Value
    ) {
        do throws(RecordError) {
            _ = try read(Array(text.utf8))
            Issue.record("\(text) was read", sourceLocation: sourceLocation)
        } catch {
            #expect(error.problem == problem, sourceLocation: sourceLocation)
            #expect(error.file == "f", sourceLocation: sourceLocation)
        }
    }

    /// `text` with one member changed, added, or taken away (`value` nil).
    private func text(_ json: JSONValue, with key: String, _ value: String?) -> String {
        guard case .object(let members) = json else { return "" }
        var parts = members.filter { $0.key != key }.map { "\"\($0.key)\":\($0.value.text)" }
        if let value { parts.append("\"\(key)\":\(value)") }
        return "{\(parts.joined(separator: ","))}"
    }

    // MARK: Journal

    static let intents: [Journal.Intent] = {
        var intents: [Journal.Intent] = [.uninstall(purge: false), .uninstall(purge: true), .unstage]
        for kind in RecordChange.Kind.allCases {
            intents += [
                .record(RecordIntent(kind: kind)),
                .record(
                    RecordIntent(
                        kind: kind, message: "set NOTES_TOKEN", outcome: .failed, code: "health_check_failed",
                        retention: 2)),
            ]
        }
        for kind in SwapIntent.Kind.allCases {
            intents.append(
                .swap(
                    SwapIntent(
                        kind: kind, slot: .installed, candidate: Samples.stage("c"), from: nil, replaced: .rollback)))
        }
        for from: Slot in [.staged, .rollback, .older(sequence: 7)] {
            intents.append(
                .swap(
                    SwapIntent(
                        kind: .apply, slot: .installed, candidate: Samples.stage("c"), from: from, replaced: .trash,
                        restores: .older(sequence: 3))))
        }
        intents.append(
            .swap(
                SwapIntent(
                    kind: .repair, slot: .rollback, candidate: Samples.stage("c"), from: nil, replaced: .trash,
                    message: "rebuilt rollback/")))
        return intents
    }()

    private static func journal(_ intent: Journal.Intent) -> Journal {
        Journal(
            operation: "00ff", sequence: 42, intent: intent, detail: detail, by: "root", at: Samples.now)
    }

    private static let update = journal(
        .swap(
            SwapIntent(
                kind: .update, slot: .installed, candidate: Samples.stage("c"), from: nil, replaced: .rollback)))

    @Test(arguments: RecordTests.intents)
    func `a journal is read as it was written`(intent: Journal.Intent) throws {
        let journal = Self.journal(intent)
        #expect(try Journal.read(journal.json.line, file: "f") == journal)
        var bare = journal
        bare.detail = HistoryDetail()
        #expect(try Journal.read(bare.json.line, file: "f") == bare)
    }

    @Test func `a journal of before there were judgements is read as one that went well`() throws {
        let journal = Self.journal(.record(RecordIntent(kind: .config, message: "set NOTES_THEME")))
        var old = journal.json.text
        for key in [#""outcome":"done","#, #""code":null,"#, #""retention":null,"#] {
            #expect(old.contains(key))
            old = old.replacing(key, with: "")
        }
        #expect(try Journal.read(Array(old.utf8), file: "f") == journal)
    }

    @Test func `a journal has the keys of architecture 3_1`() {
        let c = String(repeating: "c", count: 32)
        let digest = String(repeating: "c", count: 64)
        let expected =
            #"{"schema":1,"operation":"00ff","sequence":42,"kind":"update","slot":"installed","candidate":"\#(c)","#
            + #""from":"staging","replaced":"rollback","restores":null,"retention":null,"message":null,"#
            + #""history":{"from":"1.0","to":"2.0","digest":"\#(digest)","source":"file"},"#
            + #""by":"root","at":"2026-05-01T10:00:00Z"}"#
        #expect(Self.update.json.text == expected)
    }

    @Test(
        arguments: [
            ("other", "1", "'other' is not a key it may have"), ("purge", "true", "'purge' is not a key it may have"),
            ("operation", nil, "'operation' is missing"), ("sequence", nil, "'sequence' is missing"),
            ("sequence", "-1", "'sequence' is not a whole number"), ("kind", nil, "'kind' is missing"),
            ("kind", "\"swap\"", "the kind 'swap' is unknown"), ("slot", "\"older\"", "'slot' is not a slot"),
            ("slot", "\"../x\"", "'slot' is not a slot"), ("candidate", "\"c\"", "'candidate' is not a stage"),
            ("from", nil, "'from' is missing"), ("from", "\"elsewhere\"", "'from' is not a slot"),
            ("replaced", "\"nowhere\"", "'replaced' is not 'rollback' or 'trash'"),
            ("restores", "\"x\"", "'restores' is not a slot"), ("history", nil, "'history' is missing"),
            ("history", "{\"x\":1}", "'history.x' is not a key it may have"),
            ("history", "{\"digest\":\"1\"}", "'history.digest' is not a SHA-256"),
            ("at", "\"now\"", "'at' is not a time"),
            ("by", "1", "'by' is not a string"), ("schema", "0", "schema 0 is unknown"),
        ] as [(String, String?, String)])
    func `a journal that is not whole is refused`(key: String, value: String?, problem: String) {
        let text = text(Self.update.json, with: key, value)
        expect(problem, text) { bytes throws(RecordError) in try Journal.read(bytes, file: "f") }
    }

    // MARK: Record

    private static var record: AppRecord {
        var record = AppRecord()
        record.publisher = [Samples.digest("a"), Samples.digest("b")]
        record.grants = [
            .init(permission: "network.listen", state: .active, since: Samples.now, by: "root"),
            .init(permission: "data.write", state: .inactive, since: Samples.now, by: "root"),
        ]
        record.knownBad = [.init(digest: Samples.digest("c"), version: "1.1", reason: "crashes", at: Samples.now)]
        record.policy.mode = .applyWhenStopped
        record.policy.channels = ["stable", "beta"]
        record.policy.cooldown = Span("3d")
        record.policy.hold = .until(Samples.now)
        record.configuration.environment = [Samples.theme: "dark", Samples.title: ""]
        record.configuration.secrets = [Samples.token: Samples.secretFile("a")]
        record.configuration.profile = "network"
        record.configuration.transport = "http"
        record.configuration.user = "www-data"
        record.isWanted = true
        record.unconfirmed = Samples.unconfirmed()
        return record
    }

    @Test func `a record is read as it was written`() throws {
        #expect(try AppRecord.read(Self.record.json.line, file: "f") == Self.record)
        #expect(try AppRecord.read(AppRecord().json.line, file: "f") == AppRecord())
        let empty =
            #"{"schema":1,"publisher":null,"grants":[],"knownBad":[],"policy":{"mode":"manual","channels":null,"#
            + #""cooldownSeconds":null,"hold":null},"configuration":{"environment":{},"secrets":{},"profile":null,"#
            + #""transport":null,"user":null},"wanted":false,"unconfirmed":null}"#
        #expect(AppRecord().json.text == empty)
        var nobody = AppRecord()
        nobody.publisher = []
        #expect(try AppRecord.read(nobody.json.line, file: "f") == nobody)
    }

    @Test(
        arguments: [
            ("other", "1", "'other' is not a key it may have"), ("publisher", "{}", "'publisher.keyids' is missing"),
            ("publisher", #"{"keyids":["x"]}"#, "'publisher.keyids[0]' is not a SHA-256"),
            ("publisher", #"{"keyids":[],"name":"x"}"#, "'publisher.name' is not a key it may have"),
            ("grants", nil, "'grants' is missing"), ("grants", "[{}]", "'grants[0].permission' is missing"),
            ("grants", #"[{"permission":"a","state":"on"}]"#, "'grants[0].state' is not a state"),
            ("knownBad", nil, "'knownBad' is missing"), ("knownBad", "[{}]", "'knownBad[0].digest' is missing"),
            ("knownBad", "{}", "'knownBad' is not a list"), ("schema", "0", "schema 0 is unknown"),
            ("policy", "{}", "'policy.mode' is missing"),
            ("policy", #"{"mode":"always"}"#, "'policy.mode' is not a mode"),
            ("policy", #"{"mode":"stage","channels":["Beta"]}"#, "'policy.channels[0]' is not a channel"),
            (
                "policy", #"{"mode":"stage","cooldownSeconds":-1}"#,
                "'policy.cooldownSeconds' is not a whole number from 0 to 3155760000"
            ),
            ("policy", #"{"mode":"stage","hold":true}"#, "'policy.hold' is not an object"),
            ("policy", #"{"mode":"stage","hold":{"until":"later"}}"#, "'policy.hold.until' is not a time"),
            ("policy", #"{"mode":"stage","held":true}"#, "'policy.held' is not a key it may have"),
            ("configuration", "{}", "'configuration.environment' is missing"),
            (
                "configuration", #"{"environment":{"1X":""},"secrets":{}}"#,
                "'configuration.environment.1X' is not named like an environment variable"
            ),
            (
                "configuration", #"{"environment":{"X":1},"secrets":{}}"#,
                "'configuration.environment.X' is not a string"
            ),
            (
                "configuration", #"{"environment":{},"secrets":{"X":"../other/0123456789abcdef01"}}"#,
                "'configuration.secrets.X' is not the name of a secret's file"
            ),
            (
                "configuration", #"{"environment":{},"secrets":{},"profile":"No"}"#,
                "'configuration.profile' is not a profile"
            ),
            (
                "configuration", #"{"environment":{},"secrets":{},"shell":"x"}"#,
                "'configuration.shell' is not a key it may have"
            ),
        ] as [(String, String?, String)])
    func `a record that is not whole is refused`(key: String, value: String?, problem: String) {
        let text = text(Self.record.json, with: key, value)
        expect(problem, text) { bytes throws(RecordError) in try AppRecord.read(bytes, file: "f") }
    }

    @Test func `a record of before there were policies and configurations is read as one without`() throws {
        let old = try AppRecord.read(Array(#"{"schema":1,"grants":[],"knownBad":[]}"#.utf8), file: "f")
        #expect(old == AppRecord())
        #expect(old.policy.mode == .manual)
        #expect(!old.isWanted)
        #expect(old.unconfirmed == nil)
    }

    static let operations: [AppRecord.Unconfirmed] = [
        Samples.unconfirmed(.update), Samples.unconfirmed(.apply, wayBack: .discarding(restores: nil)),
        Samples.unconfirmed(.repair, wayBack: .none), Samples.unconfirmed(.rollback, wayBack: .exchanging),
    ]

    @Test(arguments: RecordTests.operations)
    func `what is unconfirmed is read as it was written`(unconfirmed: AppRecord.Unconfirmed) throws {
        var record = AppRecord()
        record.unconfirmed = unconfirmed
        #expect(try AppRecord.read(record.json.line, file: "f") == record)
        record.unconfirmed?.publisher = nil
        record.unconfirmed?.grants = []
        #expect(try AppRecord.read(record.json.line, file: "f") == record)
    }

    @Test(
        arguments: [
            ("other", "1", "'unconfirmed.other' is not a key it may have"),
            ("operation", nil, "'unconfirmed.operation' is missing"),
            ("operation", "\"undo\"", "'unconfirmed.operation' is not an operation that is judged"),
            ("operation", "\"swap\"", "'unconfirmed.operation' is not an operation that is judged"),
            ("gate", "\"tcp\"", "'unconfirmed.gate' is not a health mode"),
            ("candidate", "\"c\"", "'unconfirmed.candidate' is not a stage"),
            ("ran", "1", "'unconfirmed.ran' is not true or false"),
            ("wayBack", "\"home\"", "'unconfirmed.wayBack' is not a way back"),
            ("wayBack", "\"exchanging\"", "'unconfirmed.wayBack' is not a way back"),
            ("wayBack", "\"none\"", "'unconfirmed.wayBack' is not a way back"),
            ("restores", "\"rollback\"", "'unconfirmed.restores' is not an older rollback target"),
            ("grants", "[{}]", "'unconfirmed.grants[0].permission' is missing"),
            ("publisher", "{}", "'unconfirmed.publisher.keyids' is missing"),
            ("at", "\"now\"", "'unconfirmed.at' is not a time"), ("by", nil, "'unconfirmed.by' is missing"),
        ] as [(String, String?, String)])
    func `what is unconfirmed is refused where it is not whole`(key: String, value: String?, problem: String) {
        let unconfirmed = text(Samples.unconfirmed().json, with: key, value)
        let record = text(AppRecord().json, with: "unconfirmed", unconfirmed)
        expect(problem, record) { bytes throws(RecordError) in try AppRecord.read(bytes, file: "f") }
    }

    @Test(
        arguments: [
            ("wanted", "1", "'wanted' is not true or false"), ("unconfirmed", "true", "'unconfirmed' is not an object"),
        ])
    func `what is wanted and what is unconfirmed have their types`(key: String, value: String, problem: String) {
        let text = text(AppRecord().json, with: key, value)
        expect(problem, text) { bytes throws(RecordError) in try AppRecord.read(bytes, file: "f") }
    }

    @Test func `names stand in their order, whatever order they were given in`() {
        var record = AppRecord()
        record.configuration.environment = [Samples.title: "b", Samples.theme: "a"]
        let other = Self.record.json.text
        #expect(record.json.text.contains(#""environment":{"NOTES_THEME":"a","NOTES_TITLE":"b"}"#))
        #expect(other.contains(#""secrets":{"NOTES_TOKEN":"aaaaaaaaaaaaaaaaaaaaaaaa"}"#))
    }

    @Test func `a hold counts until its end, or until somebody ends it`() {
        var policy = AppRecord.Policy()
        #expect(policy.activeHold(at: Samples.now) == nil)
        policy.hold = .until(Timestamp(seconds: Samples.now.seconds + 1))
        #expect(policy.activeHold(at: Samples.now) == policy.hold)
        policy.hold = .until(Samples.now)
        #expect(policy.activeHold(at: Samples.now) == nil)
        policy.hold = .forever
        #expect(policy.activeHold(at: Samples.now) == .forever)
    }

    @Test(arguments: [
        "", "aaaaaaaaaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaaaaaaaaaaa", "AAAAAAAAAAAAAAAAAAAAAAAA",
        "../aaaaaaaaaaaaaaaaaaaaa",
    ])
    func `the file of a secret has the name that chance gave it, and no other`(name: String) {
        #expect(SecretFile(name) == nil)
        let made = SecretFile.random()
        #expect(SecretFile(made.text) == made)
        #expect(made != SecretFile.random())
    }

    // MARK: Receipt

    private static let receipt = Receipt(
        stage: Samples.stage("1"), digest: Samples.digest("2"), source: "file",
        artifact: .init(size: 7, sha256: Samples.digest("3")), keyids: [Samples.digest("4"), Samples.digest("5")],
        unsigned: false, base: Samples.digest("6"),
        accepted: [Receipt.Accepted(what: "review", evaluation: "expired:00"), Receipt.Accepted(what: "publisher")],
        entry: Samples.digest("7"), stagedAt: Samples.now, by: "root")

    @Test func `a receipt is read as it was written`() throws {
        #expect(try Receipt.read(Self.receipt.json.line, file: "f") == Self.receipt)
        #expect(try Receipt.read(Toy.a.receipt.json.line, file: "f") == Toy.a.receipt)
    }

    @Test(
        arguments: [
            ("other", "1", "'other' is not a key it may have"), ("stage", "\"1\"", "'stage' is not a stage"),
            ("stage", nil, "'stage' is missing"), ("digest", nil, "'digest' is missing"),
            ("artifact", #"{"size":7}"#, "'artifact.sha256' is missing"),
            ("artifact", #"{"size":-7}"#, "'artifact.size' is not a whole number"),
            ("keyids", "null", "'keyids' is missing"), ("keyids", "[1]", "'keyids[0]' is not a string"),
            ("unsigned", "0", "'unsigned' is not true or false"), ("base", "\"x\"", "'base' is not a SHA-256"),
            ("accepted", #"["review"]"#, "'accepted[0]' is not an object"),
            ("accepted", #"[{"what":"review","x":1}]"#, "'accepted[0].x' is not a key it may have"),
            ("accepted", #"[{"what":"review","evaluation":1}]"#, "'accepted[0].evaluation' is not a string"),
            ("entry", "\"x\"", "'entry' is not a SHA-256"),
            ("stagedAt", "\"then\"", "'stagedAt' is not a time"), ("by", nil, "'by' is missing"),
            ("schema", "0", "schema 0 is unknown"),
        ] as [(String, String?, String)])
    func `a receipt that is not whole is refused`(key: String, value: String?, problem: String) {
        let text = text(Self.receipt.json, with: key, value)
        expect(problem, text) { bytes throws(RecordError) in try Receipt.read(bytes, file: "f") }
    }

    // MARK: History line

    private static let line = HistoryLine(
        operation: "00ff", sequence: 42, at: Samples.now, kind: "update", outcome: .failed, detail: detail, by: "root",
        code: "disk_full", message: "no room")

    @Test func `a history line is read as it was written`() throws {
        #expect(try HistoryLine.read(Self.line.json.bytes, file: "f") == Self.line)
        let bare = HistoryLine(
            operation: "0", sequence: 0, at: Samples.now, kind: "x", outcome: .done, detail: HistoryDetail(), by: "")
        #expect(try HistoryLine.read(bare.json.bytes, file: "f") == bare)
    }

    @Test(
        arguments: [
            ("other", "1", "'other' is not a key it may have"), ("operation", nil, "'operation' is missing"),
            ("outcome", "\"maybe\"", "'outcome' is not an outcome"), ("digest", "\"x\"", "'digest' is not a SHA-256"),
            ("at", "1", "'at' is not a string"), ("schema", "0", "schema 0 is unknown"),
        ] as [(String, String?, String)])
    func `a history line that is not whole is refused`(key: String, value: String?, problem: String) {
        let text = text(Self.line.json, with: key, value)
        expect(problem, text) { bytes throws(RecordError) in try HistoryLine.read(bytes, file: "f") }
    }

    // MARK: All of them

    @Test func `a newer schema asks for a newer apphost`() {
        func needsNewer<Value>(_ json: JSONValue, _ read: ([UInt8]) throws(RecordError) -> Value) -> Bool {
            do throws(RecordError) {
                _ = try read(Array(text(json, with: "schema", "2").utf8))
                return false
            } catch {
                return error.needsNewer && error.code == .needsNewerApphost
            }
        }
        let journal = needsNewer(Self.update.json) { bytes throws(RecordError) in try Journal.read(bytes, file: "f") }
        let record = needsNewer(Self.record.json) { bytes throws(RecordError) in try AppRecord.read(bytes, file: "f") }
        let receipt = needsNewer(Self.receipt.json) { bytes throws(RecordError) in try Receipt.read(bytes, file: "f") }
        let line = needsNewer(Self.line.json) { bytes throws(RecordError) in try HistoryLine.read(bytes, file: "f") }
        #expect(journal && record && receipt && line)
    }

    @Test func `what is anybody's own is let pass`() throws {
        let text = text(Self.record.json, with: "x-note", #"{"any":[1]}"#)
        #expect(try AppRecord.read(Array(text.utf8), file: "f") == Self.record)
    }
}
