import HostModel
import Testing

@testable import Signatures

/// `formats.md` 3, *Publisher*: what carries over to an update without asking anybody.
struct PublisherTests {
    private static let now = Timestamp(seconds: 1_800_000_000)

    /// Whether `publisher` carries over to a bundle signed by `signers`, judged as new.
    private func carries(
        _ publisher: Publisher, to signers: [UInt8], _ trusted: TrustedKeys
    ) throws -> Bool {
        var envelope = Envelope(payloadType: "t", payload: [])
        for signer in signers { envelope = envelope.signed(with: try Samples.privateKey(signer)) }
        let app = try Samples.app("notes")
        let candidate = try Vouching.judge(envelope, by: trusted, for: app, as: .new, at: Self.now)
        return publisher.carries(to: candidate, app: app, trusted: trusted)
    }

    @Test func `the publisher's own active key carries it over`() throws {
        let key = try Samples.trusted(1, name: "notes")
        #expect(try carries(Publisher(keyids: [key.keyid]), to: [1], Samples.trustedKeys(key)))
    }

    @Test func `another key is another publisher`() throws {
        let old = try Samples.trusted(1, name: "old")
        let other = try Samples.trusted(2, name: "other")
        let trusted = try Samples.trustedKeys(old, other)
        #expect(try !carries(Publisher(keyids: [old.keyid]), to: [2], trusted))
        #expect(try carries(Publisher(keyids: [old.keyid]), to: [1, 2], trusted))
        #expect(try carries(Publisher(keyids: [old.keyid, other.keyid]), to: [2], trusted))
    }

    @Test(arguments: KeyStatus.allCases)
    func `beside an active key the old one carries over while active or retiring`(status: KeyStatus) throws {
        let old = try Samples.trusted(1, name: "old", status: status)
        let next = try Samples.trusted(2, name: "next")
        let trusted = try Samples.trustedKeys(old, next)
        let isCarried = try carries(Publisher(keyids: [old.keyid]), to: [1, 2], trusted)
        #expect(isCarried == (status == .active || status == .retiring))
    }

    @Test func `a retiring key out of its validity still carries over`() throws {
        let old = try Samples.trusted(1, name: "old", status: .retiring, validUntil: Timestamp(seconds: 1))
        let next = try Samples.trusted(2, name: "next")
        #expect(try carries(Publisher(keyids: [old.keyid]), to: [1, 2], Samples.trustedKeys(old, next)))
    }

    @Test func `an active key that names the app carries over from anybody`() throws {
        let old = try Samples.trusted(1, name: "old")
        let named = try Samples.trusted(2, name: "named", apps: ["notes", "wiki"])
        let trusted = try Samples.trustedKeys(old, named)
        #expect(try carries(Publisher(keyids: [old.keyid]), to: [2], trusted))
        #expect(try carries(Publisher.unsigned, to: [2], trusted))
    }

    @Test func `a key that names the app but does not admit carries nothing over`() throws {
        let old = try Samples.trusted(1, name: "old")
        let retiring = try Samples.trusted(2, name: "retiring", apps: ["notes"], status: .retiring)
        let expired = try Samples.trusted(3, name: "expired", apps: ["notes"], validUntil: Timestamp(seconds: 1))
        let next = try Samples.trusted(4, name: "next")
        let trusted = try Samples.trustedKeys(old, retiring, expired, next)
        #expect(try !carries(Publisher(keyids: [old.keyid]), to: [2, 3, 4], trusted))
    }

    @Test func `from unsigned to signed is a change of publisher`() throws {
        let key = try Samples.trusted(1, name: "notes")
        #expect(try !carries(Publisher.unsigned, to: [1], Samples.trustedKeys(key)))
    }

    @Test func `the publisher of a bundle is its good keys`() throws {
        let active = try Samples.trusted(1, name: "active")
        let retiring = try Samples.trusted(2, name: "retiring", status: .retiring)
        let envelope = try Samples.envelope(signedBy: 1, 2, 3)
        let vouching = try Vouching.judge(
            envelope, by: Samples.trustedKeys(active, retiring), for: Samples.app("notes"), as: .new, at: Self.now)
        #expect(Publisher(of: vouching).keyids == [active.keyid, retiring.keyid].sorted())
    }

    @Test func `keyids are sorted and stand once`() throws {
        let one = try Samples.trusted(1, name: "one").keyid
        let two = try Samples.trusted(2, name: "two").keyid
        let publisher = Publisher(keyids: [one, two, one, two])
        #expect(publisher.keyids == [one, two].sorted())
        #expect(publisher == Publisher(keyids: [two, one]))
    }

    @Test func `what is written is read`() throws {
        let one = try Samples.trusted(1, name: "one").keyid
        let two = try Samples.trusted(2, name: "two").keyid
        for publisher in [Publisher.unsigned, Publisher(keyids: [one]), Publisher(keyids: [one, two])] {
            let text: JSONValue = ["publisher": publisher]
            var record = try JSONRecord(text.bytes, file: "record.json", limit: 1024)
            let found = try Publisher.read(record.required("publisher"))
            #expect(found == publisher)
        }
    }

    @Test(arguments: [#"{"publisher":"x"}"#, #"{"publisher":["x"]}"#, #"{"publisher":[null]}"#])
    func `what is no list of keyids is refused`(text: String) throws {
        var record = try JSONRecord(Array(text.utf8), file: "record.json", limit: 1024)
        let field = try record.required("publisher")
        #expect(throws: RecordError.self) { try Publisher.read(field) }
    }
}
