import HostModel
import Signatures
import Testing
import Updates

/// `formats.md` 5: what a reviewer signs, there and back.
struct ReviewReceiptTests {
    private static let hex = String(repeating: "0a", count: 32)

    private static let payload: String =
        #"{"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"notes.tar","digest":{"sha256":""# + hex
        + #""}}],"predicateType":"urn:apphost:predicate:review:1","predicate":{"app":"notes","version":"1.1.0","#
        + #""size":1000,"policy":{"id":"careful","version":"2"},"status":"reviewed","#
        + #""reviewedAt":"2026-05-01T09:00:00Z"}}"#

    private func full() throws -> ReviewReceipt {
        var receipt = try Reviews.receipt(.caution)
        receipt.expiresAt = Samples.tomorrow
        receipt.evidence = .init(uri: "https://example.org/review", sha256: try Samples.digest(0xE))
        receipt.note = "Reads the clipboard."
        return receipt
    }

    private func problem(_ payload: String, type: String = ReviewReceipt.payloadType) -> String? {
        do throws(RecordError) {
            _ = try ReviewReceipt(Envelope(payloadType: type, payload: Array(payload.utf8)))
            return nil
        } catch {
            return error.problem
        }
    }

    private func replacing(_ old: String, with new: String) throws -> String {
        try #require(Self.payload.contains(old))
        return Self.payload.replacing(old, with: new, maxReplacements: 1)
    }

    @Test func `the payload is an in-toto statement about the artifact`() throws {
        let envelope = try Reviews.receipt().envelope(naming: "notes.tar")
        #expect(envelope.payloadType == "application/vnd.in-toto+json")
        #expect(String(decoding: envelope.payload, as: UTF8.self) == Self.payload)
        #expect(envelope.signatures.isEmpty)
    }

    @Test func `what is written is read`() throws {
        for receipt in [try Reviews.receipt(), try full()] {
            #expect(try ReviewReceipt(receipt.envelope(naming: "x")) == receipt)
        }
        var bare = try full()
        bare.evidence = ReviewReceipt.Evidence()
        #expect(try ReviewReceipt(bare.envelope(naming: "x")) == bare)
    }

    @Test(arguments: [
        (#"{"_type""#, #"{"x":1,"_type""#), (#"{"name""#, #"{"uri":"x","name""#),
        (#"{"sha256""#, #"{"sha512":"x","sha256""#), (#""name":"notes.tar","#, ""), (#""app""#, #""x-mine":1,"app""#),
    ])
    func `what the specification lets others add is ignored`(old: String, new: String) throws {
        #expect(try problem(replacing(old, with: new)) == nil)
    }

    @Test(
        arguments: [
            (#""app""#, #""extra":1,"app""#, "'predicate.extra' is not a key it may have"),
            (#""version":"2""#, #""version":"2","x":1"#, "'predicate.policy.x' is not a key it may have"),
            (#""size":1000"#, #""size":-1"#, "'predicate.size' is not a whole number"),
            (#""size":1000,"#, "", "'predicate.size' is missing"),
            (#""reviewed","#, #""fine","#, "'predicate.status' is not 'reviewed', 'caution' or 'rejected'"),
            (#""id":"careful""#, #""id":"""#, "'predicate.policy.id' is not a text of 1 to 128 bytes"),
            ("review:1", "review:2", "it is about 'urn:apphost:predicate:review:2'"),
            ("review:1", "bundle:1", "it is about 'urn:apphost:predicate:bundle:1'"),
            ("Statement/v1", "Statement/v2", "it is a 'https://in-toto.io/Statement/v2'"),
            (#"09:00:00Z"}"#, #"09:00:00Z","note":""}"#, "'predicate.note' is not a text of 1 to 512 bytes"),
            (
                #"09:00:00Z"}"#, #"09:00:00Z","evidence":{"uri":"javascript:x"}}"#,
                "'predicate.evidence.uri' is not an 'https:' URL"
            ),
            (
                #"09:00:00Z"}"#, #"09:00:00Z","expiresAt":"2026-05-01T09:00:00Z"}"#,
                "it expires at 2026-05-01T09:00:00Z, which is not after 2026-05-01T09:00:00Z, when it was made"
            ),
        ] as [(String, String, String)])
    func `what is ours is read strictly`(old: String, new: String, expected: String) throws {
        #expect(try problem(replacing(old, with: new)) == expected)
    }

    @Test func `another payload type, and several subjects, are refused`() throws {
        #expect(problem(Self.payload, type: "text/plain") == "its payload type is 'text/plain'")
        let twice = try replacing(#""subject":["#, with: #""subject":[{},"#)
        #expect(problem(twice) == "it has 2 subjects")
    }

    // MARK: Signing

    @Test func `a receipt that is signed is trusted where its reviewer is`() throws {
        let receipt = try full()
        let envelope = try ReviewSigner.sign(receipt, naming: "notes.tar", with: Reviews.reviewer)
        let rules = ReviewRules(mode: .advisory, trusted: try Reviews.trusted(Reviews.key()), policy: nil)
        let evaluation = ReviewEvaluation.of(
            [envelope.json], claim: nil, about: try Reviews.subject(), by: rules, at: Samples.now)
        #expect(evaluation.status == .trustedCaution)
        #expect(evaluation.genuine?.receipt == receipt)
    }

    @Test func `signing twice gives the same bytes`() throws {
        let first = try ReviewSigner.sign(try full(), naming: "notes.tar", with: Reviews.reviewer)
        let second = try ReviewSigner.sign(try full(), naming: "notes.tar", with: Reviews.reviewer)
        #expect(first.bytes == second.bytes)
    }

    @Test func `nothing is signed that no host could read`() throws {
        var late = try full()
        late.expiresAt = late.reviewedAt
        var wordy = try full()
        wordy.note = String(repeating: "x", count: 513)
        var hostile = try full()
        hostile.evidence = .init(uri: "file:///etc/passwd")
        for receipt in [late, wordy, hostile] {
            #expect(throws: RecordError.self) {
                try ReviewSigner.sign(receipt, naming: "notes.tar", with: Reviews.reviewer)
            }
        }
    }
}
