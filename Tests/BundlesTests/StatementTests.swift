import Bundles
import HostModel
import Signatures
import Testing

/// `formats.md` 2.3: what is signed.
struct StatementTests {
    private static let hex = String(repeating: "0a", count: 32)

    /// The payload of ``statement(caseSensitive:)``.
    private static let payload: String =
        #"{"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"apphost/inventory.jsonl","digest":{"sha256":""#
        + hex
        + #""}}],"predicateType":"urn:apphost:predicate:bundle:1","predicate":{"app":"notes","version":"1.2.0","#
        + #""inventoryBytes":300,"files":3,"bytes":4000,"caseSensitive":false}}"#

    private func statement(caseSensitive: Bool = false) throws -> Statement {
        Statement(
            digest: try #require(ContentDigest(hex: Self.hex)), app: try Samples.app("notes"),
            version: try Samples.version("1.2.0"), inventoryBytes: 300, files: 3, bytes: 4000,
            caseSensitive: caseSensitive)
    }

    private func read(_ payload: String) throws -> Statement {
        try Statement(Envelope(payloadType: Statement.payloadType, payload: Array(payload.utf8)))
    }

    @Test func `the payload is an in-toto statement about the inventory`() throws {
        let envelope = try statement().envelope
        #expect(envelope.payloadType == "application/vnd.in-toto+json")
        #expect(String(decoding: envelope.payload, as: UTF8.self) == Self.payload)
        #expect(envelope.signatures.isEmpty)
    }

    @Test(arguments: [false, true])
    func `what is written is read`(caseSensitive: Bool) throws {
        let statement = try statement(caseSensitive: caseSensitive)
        #expect(try Statement(statement.envelope) == statement)
    }

    @Test func `the largest numbers come back`() throws {
        let most = Statement(
            digest: Samples.digest(of: ""), app: try Samples.app("a"), version: try Samples.version("1"),
            inventoryBytes: InventoryReader.limit, files: Int64.max, bytes: Int64.max, caseSensitive: true)
        #expect(try Statement(most.envelope) == most)
    }

    @Test(arguments: ["text/plain", "application/vnd.in-toto+JSON", "application/vnd.in-toto+json; v=1", ""])
    func `another payload type is refused before the payload is read`(type: String) {
        let expected = BundleError.statementInvalid("its payload type is '\(type)'")
        #expect(throws: expected) { try Statement(Envelope(payloadType: type, payload: [0xFF])) }
    }

    @Test(arguments: [
        (#"{"_type""#, #"{"x":1,"_type""#), (#""app""#, #""x":null,"app""#), (#"{"name""#, #"{"uri":"x","name""#),
        (#"{"sha256""#, #"{"sha512":"x","sha256""#), (#""subject":"#, #" "subject" : "#),
    ])
    func `keys that are not known are ignored`(old: String, new: String) throws {
        #expect(Self.payload.contains(old))
        #expect(try read(Self.payload.replacing(old, with: new, maxReplacements: 1)) == statement())
    }

    @Test(arguments: [
        ("https://in-toto.io/Statement/v1", "https://in-toto.io/Statement/v0.1"),
        ("https://in-toto.io/Statement/v1", "HTTPS://in-toto.io/Statement/v1"),
        ("urn:apphost:predicate:bundle:1", "urn:apphost:predicate:bundle:2"),
        ("urn:apphost:predicate:bundle:1", "urn:apphost:predicate:review:1"),
        ("apphost/inventory.jsonl", "apphost/inventory.json"),
        ("apphost/inventory.jsonl", "APPHOST/inventory.jsonl"),
        ("}}]", #"}},{"name":"apphost/inventory.jsonl","digest":{}}]"#),
        (#""sha256":"0a"#, #""sha256":"0A"#),
        (#""sha256":"0a"#, #""sha256":"0"#),
        (#""sha256""#, #""sha512""#),
        (#""app":"notes""#, #""app":"Notes""#),
        (#""app":"notes""#, #""app":null"#),
        (#""version":"1.2.0""#, #""version":"""#),
        (#""inventoryBytes":300"#, #""inventoryBytes":-1"#),
        (#""inventoryBytes":300"#, #""inventoryBytes":33554433"#),
        (#""inventoryBytes":300"#, #""inventoryBytes":"300""#),
        (#""files":3"#, #""files":-1"#),
        (#""files":3"#, #""files":3.0"#),
        (#""bytes":4000"#, #""bytes":-1"#),
        (#""bytes":4000"#, #""bytes":9223372036854775808"#),
        (#""bytes":4000,"#, ""),
        (#""caseSensitive":false"#, #""caseSensitive":0"#),
        (#","caseSensitive":false"#, ""),
        (#""app":"notes""#, #""app":"notes","app":"notes""#),
        (#"{"_type""#, #"{"predicateType":"","_type""#),
        (#""predicate":{"#, #""Predicate":{"#),
        ("}}]", "}}],"),
    ])
    func `what says something else is refused`(old: String, new: String) {
        #expect(Self.payload.contains(old))
        let code = failureCode { _ = try read(Self.payload.replacing(old, with: new, maxReplacements: 1)) }
        #expect(code == .bundleStatementInvalid)
    }

    @Test func `no subject is refused`() {
        let payload = #"""
            {"_type":"https://in-toto.io/Statement/v1","subject":[],"predicateType":"urn:apphost:predicate:bundle:1",
             "predicate":{}}
            """#
        #expect(throws: BundleError.statementInvalid("it has 0 subjects")) { try read(payload) }
    }
}
