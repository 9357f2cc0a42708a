import Bundles
import HostModel
import Signatures
import Updates

enum TrustTargets {
    /// An input is an envelope, or what stands in one: base64 keeps a fuzzer out.
    static func statement(_ input: [UInt8]) throws -> Bool {
        var isRead = try statement(in: Envelope(payloadType: Statement.payloadType, payload: input))
        guard let envelope = try accepted({ try Envelope.read(input, file: Statement.path) }) else { return isRead }
        let again = try accepted { try Envelope.read(envelope.bytes, file: Statement.path) }
        try require(again == envelope, "an envelope that was written is read as the same")
        if try statement(in: envelope) { isRead = true }
        return isRead
    }

    private static func statement(in envelope: Envelope) throws -> Bool {
        let statement = try accepted { try Statement(envelope) }
        let receipt = try accepted { try ReviewReceipt(envelope) }
        try require(statement == nil || receipt == nil, "a statement about a bundle is no review")
        if let statement {
            let again = try accepted { try Statement(statement.envelope) }
            try require(again == statement, "a statement that was written is read as the same")
        }
        if let receipt {
            let again = try accepted { try ReviewReceipt(receipt.envelope(naming: "notes-1.0.zip")) }
            try require(again == receipt, "a receipt that was written is read as the same")
        }
        return statement != nil || receipt != nil
    }

    /// However a key is written, its keyid is one, and no key vouches for what nobody signed.
    static func keys(_ input: [UInt8]) throws -> Bool {
        let key = try accepted { try PublicKey.read(input, file: "notes.key.pub") }
        if let key {
            let again = try accepted { try PublicKey.read(key.json.line, file: "notes.key.pub") }
            try require(again == key, "a key that was written is read as the same")
            for signature in nobodys { try require(!key.verifies(signature, over: input), "nobody signed it") }
        }
        if let value = try? StrictJSON.parse(input), let same = try? StrictJSON.parse(value.bytes) {
            let listed = VerificationKey(value)
            let again = VerificationKey(same)
            try require(listed.keyid == again.keyid, "a key has one keyid")
            try require(listed.isSameKey(as: again), "a key is the same without its spaces")
            for signature in nobodys { try require(!listed.verifies(signature, over: input), "nobody signed it") }
        }
        return key != nil
    }

    private static let nobodys: [[UInt8]] = [
        [], [UInt8](repeating: 0, count: 64), [UInt8](repeating: 0xFF, count: 256), [0x30, 0x06, 2, 1, 0, 2, 1, 0],
    ]

    static func trustStore(_ input: [UInt8]) throws -> Bool {
        try roundTrip(input, read: { try TrustedKeys.read($0, file: "trust/keys.json") }, write: { $0.bytes })
    }
}
