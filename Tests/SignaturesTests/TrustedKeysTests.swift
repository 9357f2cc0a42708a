import HostModel
import Testing

@testable import Signatures

struct TrustedKeysTests {
    private static let file = "trust/keys.json"

    private func read(_ text: String) throws -> TrustedKeys {
        try TrustedKeys.read(Array(text.utf8), file: Self.file)
    }

    /// The text of a file with one entry in which one line of `"key":value` was put in the place of another.
    private func text(replacing key: String, with value: String) throws -> String {
        let entry = try Samples.trusted(1, name: "notes").json
        guard case .object(let members) = entry else { return "" }
        let parts = members.map { "\"\($0.key)\":\($0.key == key ? value : $0.value.text)" }
        return "{\"schema\":1,\"keys\":[{\(parts.joined(separator: ","))}]}"
    }

    @Test func `an empty list is written and read`() throws {
        #expect(TrustedKeys.empty.json.text == #"{"schema":1,"keys":[]}"#)
        #expect(try TrustedKeys.read(TrustedKeys.empty.bytes, file: Self.file) == TrustedKeys.empty)
    }

    @Test func `every key of an entry is always written`() throws {
        var keys = TrustedKeys.empty
        let entry = try Samples.trusted(1, name: "notes")
        try keys.add(entry)
        let expected =
            "{\"schema\":1,\"keys\":[{\"keyid\":\"\(entry.keyid)\",\"key\":\(entry.key.json.text),\"name\":\"notes\","
            + "\"purposes\":[\"bundle\"],\"apps\":null,\"status\":\"active\",\"validFrom\":null,\"validUntil\":null,"
            + "\"addedAt\":\"2026-05-01T10:00:00Z\"}]}\n"
        #expect(keys.bytes == Array(expected.utf8))
    }

    @Test func `what is written is read`() throws {
        var keys = TrustedKeys.empty
        try keys.add(Samples.trusted(1, name: "notes"))
        try keys.add(
            Samples.trusted(
                2, name: "both", purposes: [.review, .bundle], apps: ["notes", "wiki"], status: .retiring,
                validFrom: Timestamp(seconds: 0), validUntil: Timestamp(seconds: 1_800_000_000)))
        try keys.add(Samples.trusted(3, name: "nothing", purposes: [], status: .revoked))
        #expect(try TrustedKeys.read(keys.bytes, file: Self.file) == keys)
    }

    @Test func `an entry without its optional keys is read`() throws {
        let entry = try Samples.trusted(1, name: "notes")
        let keys = try read(
            "{\"schema\":1,\"keys\":[{\"keyid\":\"\(entry.keyid)\",\"key\":\(entry.key.json.text),\"name\":\"notes\","
                + "\"purposes\":[\"bundle\"],\"status\":\"active\",\"addedAt\":\"2026-05-01T10:00:00Z\"}]}")
        #expect(keys.keys == [entry])
    }

    @Test(arguments: [
        ("keyid", "\"74c181c7ad8a0855d4b55e44d2ba87aabdddb196832571f15f92fece332e4916\""),
        ("keyid", "\"74c1\""),
        ("key", "{}"),
        ("key", "null"),
        ("name", "\"Notes!\""),
        ("name", "\"\""),
        ("purposes", "[\"everything\"]"),
        ("purposes", "\"bundle\""),
        ("purposes", "null"),
        ("apps", "[]"),
        ("apps", "[\"No App\"]"),
        ("apps", "\"notes\""),
        ("status", "\"sleeping\""),
        ("status", "null"),
        ("validFrom", "\"yesterday\""),
        ("validFrom", "0"),
        ("validUntil", "\"2026-13-01T00:00:00Z\""),
        ("addedAt", "null"),
        ("addedAt", "\"2026-05-01T10:00:00Z\",\"more\":1"),
    ])
    func `a wrong value is refused`(key: String, value: String) throws {
        let changed = try text(replacing: key, with: value)
        #expect(throws: RecordError.self) { try read(changed) }
    }

    @Test func `the unchanged text of the test above is read`() throws {
        let unchanged = try text(replacing: "name", with: "\"notes\"")
        #expect(try read(unchanged).keys.count == 1)
    }

    @Test func `two entries with one key are refused`() throws {
        let one = try Samples.trusted(1, name: "one")
        let other = try Samples.trusted(1, name: "other")
        let problem = "'keys[1]' is not the only entry with its key"
        #expect(throws: RecordError(file: Self.file, problem: problem)) {
            try read("{\"schema\":1,\"keys\":[\(one.json.text),\(other.json.text)]}")
        }
    }

    @Test func `a validity that ends before it begins is refused`() throws {
        let entry = try Samples.trusted(
            1, name: "notes", validFrom: Timestamp(seconds: 10), validUntil: Timestamp(seconds: 9))
        #expect(throws: RecordError.self) { try read("{\"schema\":1,\"keys\":[\(entry.json.text)]}") }
        var keys = TrustedKeys.empty
        let error = #expect(throws: SignatureError.self) { try keys.add(entry) }
        #expect(error?.code == .keyInvalid)
        #expect(keys == .empty)
    }

    @Test func `a validity of one second is read`() throws {
        let moment = Timestamp(seconds: 10)
        let entry = try Samples.trusted(1, name: "notes", validFrom: moment, validUntil: moment)
        #expect(try read("{\"schema\":1,\"keys\":[\(entry.json.text)]}").keys == [entry])
        #expect(entry.isValid(at: moment))
        #expect(!entry.isValid(at: Timestamp(seconds: 9)))
        #expect(!entry.isValid(at: Timestamp(seconds: 11)))
    }

    @Test func `another schema, an unknown key and a file over 1 MiB are refused`() throws {
        let newer = #expect(throws: RecordError.self) { try read(#"{"schema":2,"keys":[]}"#) }
        #expect(newer?.code == .needsNewerApphost)
        #expect(throws: RecordError.self) { try read(#"{"schema":0,"keys":[]}"#) }
        #expect(throws: RecordError.self) { try read(#"{"keys":[]}"#) }
        #expect(throws: RecordError.self) { try read(#"{"schema":1,"keys":[],"more":1}"#) }
        let padded = TrustedKeys.empty.bytes + [UInt8](repeating: 0x20, count: TrustedKeys.limit)
        #expect(throws: RecordError.self) { try TrustedKeys.read(padded, file: Self.file) }
    }

    @Test(arguments: KeyStatus.allCases)
    func `a key is not added twice, whatever its status`(status: KeyStatus) throws {
        var keys = TrustedKeys.empty
        try keys.add(Samples.trusted(1, name: "notes", status: status))
        let again = try Samples.trusted(1, name: "again")
        #expect(throws: SignatureError.alreadyTrusted(name: "notes")) { try keys.add(again) }
        #expect(keys.keys.map(\.name) == ["notes"])
    }

    @Test func `an entry that could not be read back is not added`() throws {
        var keys = TrustedKeys.empty
        let unnamed = try Samples.trusted(1, name: "Not A Name")
        let appless = try Samples.trusted(2, name: "notes", apps: [])
        #expect(throws: SignatureError.self) { try keys.add(unnamed) }
        #expect(throws: SignatureError.self) { try keys.add(appless) }
        #expect(keys == .empty)
    }

    @Test(arguments: KeyStatus.allCases, KeyStatus.allCases)
    func `a status changes freely until revoked`(from: KeyStatus, to: KeyStatus) throws {
        var keys = TrustedKeys.empty
        let entry = try Samples.trusted(1, name: "notes", status: from)
        try keys.add(entry)
        if from == .revoked && to != .revoked {
            #expect(throws: SignatureError.revokedIsFinal(name: "notes")) {
                try keys.setStatus(of: entry.keyid, to: to)
            }
            #expect(keys.key(entry.keyid)?.status == .revoked)
        } else {
            try keys.setStatus(of: entry.keyid, to: to)
            #expect(keys.key(entry.keyid)?.status == to)
        }
    }

    @Test func `the status of a key that is not here is not found`() throws {
        var keys = TrustedKeys.empty
        let keyid = try Samples.trusted(1, name: "notes").keyid
        #expect(throws: SignatureError.keyNotFound(keyid.hex)) { try keys.setStatus(of: keyid, to: .retired) }
        #expect(keys == .empty)
    }

    @Test func `a key is found by name, keyid or the first 8 digits of it`() throws {
        let one = try Samples.trusted(1, name: "notes")
        let two = try Samples.trusted(2, name: "notes")
        let three = try Samples.trusted(3, name: "wiki")
        var keys = TrustedKeys.empty
        for key in [one, two, three] { try keys.add(key) }
        #expect(keys.find("wiki") == [three])
        #expect(keys.find("notes") == [one, two])
        #expect(keys.find(two.keyid.hex) == [two])
        #expect(keys.find(String(two.keyid.hex.prefix(8))) == [two])
        #expect(keys.find(String(two.keyid.hex.prefix(7))).isEmpty)
        #expect(keys.find("").isEmpty)
        #expect(keys.find("nobody").isEmpty)
    }

    @Test func `a name that is the beginning of another key's keyid is ambiguous`() throws {
        let one = try Samples.trusted(1, name: "one")
        let name = String(one.keyid.hex.prefix(8))
        let two = try Samples.trusted(2, name: name)
        var keys = TrustedKeys.empty
        for key in [one, two] { try keys.add(key) }
        #expect(keys.find(name) == [one, two])
        #expect(keys.find(one.keyid.hex) == [one])
    }
}

/// Keys and entries that are the same in every run.
enum Samples {
    /// The key whose seed is `number`, 32 times.
    static func privateKey(_ number: UInt8) throws -> PrivateKey {
        try privateKey(seed: [UInt8](repeating: number, count: 32))
    }

    static func privateKey(seed: [UInt8]) throws -> PrivateKey {
        // RFC 8410 §7: everything of the PKCS#8 structure before the seed.
        let header = try bytes("302e020100300506032b657004220420")
        let pem = "-----BEGIN PRIVATE KEY-----\n\(Base64.encode(header + seed))\n-----END PRIVATE KEY-----\n"
        return try PrivateKey(pem: Array(pem.utf8), file: "sample.key")
    }

    /// An entry for the public half of `privateKey(number)`.
    static func trusted(
        _ number: UInt8, name: String, purposes: Set<Purpose> = [.bundle], apps: [String]? = nil,
        status: KeyStatus = .active, validFrom: Timestamp? = nil, validUntil: Timestamp? = nil
    ) throws -> TrustedKey {
        var ids: [AppID]?
        if let apps { ids = try apps.map { try app($0) } }
        return TrustedKey(
            key: try privateKey(number).publicKey, name: name, purposes: purposes, apps: ids, status: status,
            validFrom: validFrom, validUntil: validUntil, addedAt: Timestamp(seconds: 1_777_629_600))
    }

    static func trustedKeys(_ entries: TrustedKey...) throws -> TrustedKeys {
        var keys = TrustedKeys.empty
        for entry in entries { try keys.add(entry) }
        return keys
    }

    static func app(_ id: String) throws -> AppID { try #require(AppID(id)) }

    /// An envelope with good signatures by these keys.
    static func envelope(signedBy numbers: UInt8...) throws -> Envelope {
        var envelope = Envelope(payloadType: "application/vnd.in-toto+json", payload: Array("{}".utf8))
        for number in numbers { envelope = envelope.signed(with: try privateKey(number)) }
        return envelope
    }
}
