import DiskIO
import HostModel
import TestSupport

@testable import Storage

/// Values that the engine is tried with.
enum Samples {
    /// 2026-05-01T10:00:00Z
    static let now = Timestamp(seconds: 1_777_629_600)

    static let notes: AppID = {
        guard let id = AppID("notes") else { preconditionFailure("'notes' is an app id") }
        return id
    }()

    static func digest(_ digit: String) -> ContentDigest {
        guard let digest = ContentDigest(hex: String(repeating: digit, count: 64)) else {
            preconditionFailure("\(digit) is no hexadecimal digit")
        }
        return digest
    }

    static let theme = variable("NOTES_THEME")
    static let title = variable("NOTES_TITLE")
    static let token = variable("NOTES_TOKEN")

    private static func variable(_ text: String) -> VariableName {
        guard let name = VariableName(text) else { preconditionFailure("\(text) is no variable") }
        return name
    }

    static func secretFile(_ digit: String) -> SecretFile {
        guard let file = SecretFile(String(repeating: digit, count: 24)) else {
            preconditionFailure("\(digit) is no hexadecimal digit")
        }
        return file
    }

    static func secret(_ text: String) throws -> SecretValue { try SecretValue(Array(text.utf8)) }

    /// An operation that waits for its gate.
    static func unconfirmed(
        _ operation: SwapIntent.Kind = .update, of toy: Toy = .c,
        wayBack: AppRecord.Unconfirmed.WayBack = .discarding(restores: .older(sequence: 3))
    ) -> AppRecord.Unconfirmed {
        .init(
            operation: operation, gate: .process, candidate: toy.stage, ran: true, wayBack: wayBack,
            grants: [.init(permission: "network.listen", state: .active, since: now, by: "root")],
            publisher: [digest("a")], at: now, by: "test")
    }

    static func stage(_ digit: String) -> StageID {
        guard let stage = StageID(String(repeating: digit, count: 32)) else {
            preconditionFailure("\(digit) is no hexadecimal digit")
        }
        return stage
    }
}

/// A bundle of three files, told from others by one hexadecimal digit.
struct Toy: Hashable, Sendable, CustomStringConvertible {
    /// Stands for its digest and its stage.
    let digit: String

    init(_ digit: String) { self.digit = digit }

    static let a = Toy("a")
    static let b = Toy("b")
    static let c = Toy("c")
    static let d = Toy("d")

    var description: String { digit }
    var stage: StageID { Samples.stage(digit) }
    var digest: ContentDigest { Samples.digest(digit) }
    var manifest: String { "manifest of \(digit)\n" }
    var program: String { "program of \(digit)\n" }

    var receipt: Receipt {
        Receipt(
            stage: stage, digest: digest, source: "file", artifact: nil, keyids: [], unsigned: false, base: nil,
            accepted: [], stagedAt: Samples.now, by: "test")
    }

    var detail: HistoryDetail { HistoryDetail(to: digit, digest: digest, source: "file") }

    /// Fills an empty staging tree, with the modes of a slot but for the root and `apphost/`.
    func fill(_ tree: Directory) throws {
        let sidecars = try tree.makeAndOpen("apphost", mode: 0o755)
        try Self.write(manifest, "manifest.json", in: sidecars, mode: 0o444)
        let programs = try tree.makeAndOpen("bin", mode: 0o755)
        try Self.write(program, "notes", in: programs, mode: 0o555)
        try programs.setMode(0o555)
    }

    private static func write(_ text: String, _ name: DiskPath, in directory: Directory, mode: UInt32) throws {
        let file = try directory.file(name, as: .creating(mode: 0o600))
        try file.write(Array(text.utf8))
        try file.setMode(mode)
        try file.close()
    }

    /// What is wrong with the tree of this bundle in a slot; nil where it is complete.
    func problem(in slot: String, at place: TemporaryDirectory) -> String? {
        let expected: [(path: String, mode: UInt32, text: String?)] = [
            ("", 0o555, nil), ("/apphost", 0o555, nil), ("/bin", 0o555, nil),
            ("/apphost/manifest.json", 0o444, manifest), ("/apphost/receipt.json", 0o444, receipt.json.text + "\n"),
            ("/bin/notes", 0o555, program),
        ]
        for (path, mode, text) in expected {
            if place.mode(of: slot + path) != mode { return "\(slot + path) has another mode, or is missing" }
            if let text, place.text(slot + path) != text { return "\(slot + path) has another content" }
        }
        let names = [place.names(slot), place.names(slot + "/apphost"), place.names(slot + "/bin")]
        if names != [["apphost", "bin"], ["manifest.json", "receipt.json"], ["notes"]] {
            return "\(slot) holds more than its bundle"
        }
        return nil
    }
}
