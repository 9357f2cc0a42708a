import HostModel

/// A signed payload: DSSE. What it says counts for nothing until ``Vouching`` has judged it.
///
/// Source: https://github.com/secure-systems-lab/dsse, `protocol.md` and `envelope.md`, version 1.0.2
package struct Envelope: Sendable, Equatable {
    package let payloadType: String
    package let payload: [UInt8]
    package let signatures: [EnvelopeSignature]

    package init(payloadType: String, payload: [UInt8], signatures: [EnvelopeSignature] = []) {
        self.payloadType = payloadType
        self.payload = payload
        self.signatures = signatures
    }

    /// Most bytes an envelope may have as JSON.
    package static let limit = 64 << 10

    /// Most signatures it may carry: each by a known key costs a verification.
    package static let signatureLimit = 32

    /// Reads an envelope. JSON keys it does not know are ignored, as the specification says; each signature must name
    /// who made it.
    ///
    /// - Parameter file: the name that errors give.
    /// - Throws: ``RecordError``.
    package static func read(_ bytes: [UInt8], file: String) throws(RecordError) -> Envelope {
        var record = try JSONRecord(bytes, file: file, limit: limit)
        let payloadType = try record.required("payloadType").string()
        let payload = try record.required("payload").parsed("strict base64", Base64.decode)
        let list = try record.required("signatures")
        let fields = try list.array()
        guard (1...signatureLimit).contains(fields.count) else {
            throw list.wrong("a list of 1 to \(signatureLimit) signatures")
        }

        var signatures: [EnvelopeSignature] = []
        var keyids: Set<[UInt8]> = []
        for field in fields {
            let signature = try EnvelopeSignature(field)
            guard keyids.insert(Array(signature.keyid.utf8)).inserted else {
                throw field.wrong("the only signature with its keyid")
            }
            signatures.append(signature)
        }
        return Envelope(payloadType: payloadType, payload: payload, signatures: signatures)
    }

    /// What is signed: DSSE v1's PAE, which binds the payload to its type.
    package var preAuthenticationEncoding: [UInt8] {
        var encoding = Array("DSSEv1 \(payloadType.utf8.count) \(payloadType) \(payload.count) ".utf8)
        encoding.append(contentsOf: payload)
        return encoding
    }

    /// This envelope with `key`'s signature added or replaced. Doing it twice gives the same bytes.
    package func signed(with key: PrivateKey) -> Envelope {
        let keyid = key.publicKey.keyid.hex
        let own = EnvelopeSignature(keyid: keyid, signature: key.sign(preAuthenticationEncoding))
        var signatures = self.signatures.filter { !$0.keyid.utf8.elementsEqual(keyid.utf8) }
        signatures.append(own)
        signatures.sort { $0.keyid.utf8.lexicographicallyPrecedes($1.keyid.utf8) }
        return Envelope(payloadType: payloadType, payload: payload, signatures: signatures)
    }

    /// The text of the file: one line of JSON.
    package var bytes: [UInt8] { json.line }
}

extension Envelope: JSONRepresentable {
    package var json: JSONValue {
        ["payloadType": payloadType, "payload": Base64.encode(payload), "signatures": signatures.json]
    }
}

/// Who claims to have signed, and with what. Both are unchecked.
package struct EnvelopeSignature: Sendable, Equatable {
    /// Any text; for our own keys a ``KeyID`` in hexadecimal.
    package let keyid: String
    /// Any length; for Ed25519 64 bytes.
    package let signature: [UInt8]

    package init(keyid: String, signature: [UInt8]) {
        self.keyid = keyid
        self.signature = signature
    }

    fileprivate init(_ field: JSONField) throws(RecordError) {
        var record = try field.record()
        let keyid = try record.required("keyid").string()
        let signature = try record.required("sig").parsed("strict base64", Base64.decode)
        self.init(keyid: keyid, signature: signature)
    }
}

extension EnvelopeSignature: JSONRepresentable {
    package var json: JSONValue { ["keyid": keyid, "sig": Base64.encode(signature)] }
}
