import HostModel
import Signatures

/// The key pairs of `TestBundles/keys/`: one that the tests trust, and one that they do not.
///
/// They are no secrets: each comes from a sentence that everybody can read here. Nothing but tests may ever trust them.
struct TestKeys {
    let signer: PrivateKey
    let other: PrivateKey

    init() throws {
        signer = try Self.key("the signer of AppHost's test bundles")
        other = try Self.key("somebody else who signs AppHost's test bundles")
    }

    func write(to output: Output) throws {
        for (name, key) in [("signer", signer), ("other", other)] {
            try output.write(key.pem, to: "keys/\(name).pem")
            try output.write(key.publicKey.json.line, to: "keys/\(name).pub")
        }
    }

    private static func key(_ sentence: String) throws -> PrivateKey {
        // RFC 8410 §7: everything of the PKCS#8 structure before the seed.
        let header: [UInt8] = [
            0x30, 0x2E, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
        ]
        let seed = DigestStream.digest(of: Array(sentence.utf8)).bytes
        let text = "-----BEGIN PRIVATE KEY-----\n\(Base64.encode(header + seed))\n-----END PRIVATE KEY-----\n"
        return try PrivateKey(pem: Array(text.utf8), file: sentence)
    }
}
