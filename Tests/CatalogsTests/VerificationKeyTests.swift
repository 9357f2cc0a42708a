import HostModel
import Signatures
import Testing

/// Keys of the kinds that the TUF specification names, section 4.2.2.
struct VerificationKeyTests {
    private static func key(
        _ keytype: String, _ scheme: String, _ text: String, owner: String? = nil
    ) -> VerificationKey {
        let value: JSONValue = ["public": text]
        var members = [
            JSONValue.Member("scheme", scheme.json), JSONValue.Member("keyval", value),
            JSONValue.Member("keytype", keytype.json),
        ]
        if let owner { members.append(JSONValue.Member("x-owner", owner.json)) }
        return VerificationKey(.object(members))
    }

    private static func ecdsa(_ text: String, keytype: String = "ecdsa") -> VerificationKey {
        key(keytype, "ecdsa-sha2-nistp256", text)
    }

    private static func rsa(_ text: String) -> VerificationKey { key("rsa", "rsassa-pss-sha256", text) }

    private func verifies(_ key: VerificationKey, _ signature: String) throws -> Bool {
        let bytes = try #require(Hex.bytes(signature.utf8))
        return key.verifies(bytes, over: KnownAnswers.message)
    }

    @Test(arguments: ["ecdsa", "ecdsa-sha2-nistp256"])
    func `an ECDSA signature verifies, whichever way its key type is written`(keytype: String) throws {
        let key = Self.ecdsa(KnownAnswers.p256, keytype: keytype)
        let signature = try #require(Hex.bytes(KnownAnswers.p256Signature.utf8))
        #expect(key.verifies(signature, over: KnownAnswers.message))
        #expect(!key.verifies(signature, over: KnownAnswers.message + [0]))
        #expect(!key.verifies(Array(signature.dropLast()), over: KnownAnswers.message))
        #expect(!key.verifies(signature + [0], over: KnownAnswers.message))
        #expect(!key.verifies([], over: KnownAnswers.message))
    }

    @Test func `an ECDSA key on another curve verifies nothing`() throws {
        #expect(try !verifies(Self.ecdsa(KnownAnswers.p384), KnownAnswers.p384Signature))
    }

    @Test(arguments: [KnownAnswers.pss32, KnownAnswers.pssLongest, KnownAnswers.pssUnsalted])
    func `an RSA-PSS signature verifies with any length of salt`(signature: String) throws {
        #expect(try verifies(Self.rsa(KnownAnswers.rsa2048), signature))
        var damaged = try #require(Hex.bytes(signature.utf8))
        damaged[100] ^= 1
        #expect(!Self.rsa(KnownAnswers.rsa2048).verifies(damaged, over: KnownAnswers.message))
    }

    @Test(arguments: [KnownAnswers.pkcs1, KnownAnswers.pssSHA512])
    func `an RSA signature of another scheme verifies nothing`(signature: String) throws {
        #expect(try !verifies(Self.rsa(KnownAnswers.rsa2048), signature))
    }

    @Test func `an RSA key of less than 2048 bits verifies nothing`() throws {
        #expect(try !verifies(Self.rsa(KnownAnswers.rsa1024), KnownAnswers.pss1024))
    }

    @Test func `an Ed25519 key verifies`() {
        let key = PrivateKey.generate()
        let listed = VerificationKey(key.publicKey.json)
        let signature = key.sign(KnownAnswers.message)
        #expect(listed.keyid == key.publicKey.keyid)
        #expect(listed.verifies(signature, over: KnownAnswers.message))
        #expect(!listed.verifies(signature, over: []))
    }

    @Test func `an unknown or damaged key verifies nothing and is no error`() throws {
        let text = KnownAnswers.p256
        let unusable = [
            Self.key("ecdsa", "ecdsa-sha2-nistp384", text), Self.key("sphincs", "ecdsa-sha2-nistp256", text),
            Self.key("rsa", "rsassa-pss-sha256", text), Self.ecdsa(KnownAnswers.rsa2048),
            Self.ecdsa(""), Self.ecdsa(text + text), Self.ecdsa(String(text.dropFirst(2))),
            Self.ecdsa("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"),
            VerificationKey(.null), VerificationKey(.object([])),
        ]
        for key in unusable { #expect(try !verifies(key, KnownAnswers.p256Signature)) }
    }

    @Test func `a keyid is the digest of the whole canonical key object`() {
        #expect(Self.ecdsa(KnownAnswers.p256).keyid.hex == KnownAnswers.p256Keyid)
        #expect(Self.rsa(KnownAnswers.rsa2048).keyid.hex == KnownAnswers.rsaKeyid)
        let owned = Self.key("ecdsa", "ecdsa-sha2-nistp256", KnownAnswers.p256, owner: "@a")
        #expect(owned.keyid.hex == KnownAnswers.p256OwnedKeyid)
    }

    @Test func `one key in several writings is one key`() {
        let key = Self.ecdsa(KnownAnswers.p256)
        let others = [
            Self.ecdsa(KnownAnswers.p256Compressed), Self.ecdsa(KnownAnswers.p256, keytype: "ecdsa-sha2-nistp256"),
            Self.ecdsa(KnownAnswers.p256 + "\n"),
        ]
        for other in others {
            #expect(other.keyid != key.keyid)
            #expect(other.isSameKey(as: key))
        }
        #expect(!Self.rsa(KnownAnswers.rsa2048).isSameKey(as: key))
    }
}

struct HashAlgorithmTests {
    @Test(
        arguments: [
            (.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                .sha512,
                "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                    + "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
            ),
        ] as [(HashAlgorithm, String)])
    func `the example of FIPS 180-4 has its digest`(algorithm: HashAlgorithm, digest: String) {
        #expect(Hex.text(algorithm.digest(of: Array("abc".utf8))) == digest)
        #expect(algorithm.digest(of: []).count == algorithm.digestSize)
    }
}
