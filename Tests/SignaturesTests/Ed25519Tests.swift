import HostModel
import Testing

@testable import Signatures

/// What verifies and what does not: the vectors of RFC 8032 §7.1, and the encodings that are refused.
struct Ed25519Tests {
    struct Vector: Sendable {
        let seed: String
        let publicKey: String
        let message: String
        let signature: String
        let keyid: String
    }

    /// RFC 8032 §7.1, tests 1 to 3. The keyids were computed with Python's hashlib.
    static let vectors = [
        Vector(
            seed: "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            publicKey: "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            message: "",
            signature: "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555"
                + "fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
            keyid: "74c181c7ad8a0855d4b55e44d2ba87aabdddb196832571f15f92fece332e4916"),
        Vector(
            seed: "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            publicKey: "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            message: "72",
            signature: "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da0"
                + "85ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
            keyid: "eaf1e23f6c823132f437a2eaa299a7950f7386631deff273db195bbd26209e2b"),
        Vector(
            seed: "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
            publicKey: "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
            message: "af82",
            signature: "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac1"
                + "8ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
            keyid: "e45b8d1fab21a7a7550adbca559eade41e36a398f14a577f8766ec32bf237101"),
    ]

    @Test(arguments: Ed25519Tests.vectors)
    func `the vectors of RFC 8032 sign and verify`(vector: Vector) throws {
        let message = try bytes(vector.message)
        let signature = try bytes(vector.signature)
        let key = try Samples.privateKey(seed: bytes(vector.seed))
        #expect(try key.publicKey == PublicKey(bytes: bytes(vector.publicKey)))
        #expect(key.sign(message) == signature)
        #expect(key.publicKey.verifies(signature, over: message))
    }

    @Test(arguments: Ed25519Tests.vectors)
    func `the keyid is the digest of the canonical key object`(vector: Vector) throws {
        let key = try PublicKey(bytes: bytes(vector.publicKey))
        #expect(key.keyid.hex == vector.keyid)
        #expect(key.keyid.description == vector.keyid)
        #expect(vector.keyid.hasPrefix(key.keyid.short))
    }

    @Test(arguments: Ed25519Tests.vectors)
    func `a flipped bit in a signature is refused`(vector: Vector) throws {
        let key = try PublicKey(bytes: bytes(vector.publicKey))
        let message = try bytes(vector.message)
        let signature = try bytes(vector.signature)
        for index in signature.indices {
            var flipped = signature
            flipped[index] ^= 1
            #expect(!key.verifies(flipped, over: message), "byte \(index)")
        }
    }

    @Test func `another message, another key and another length are refused`() throws {
        let vector = Self.vectors[2]
        let key = try PublicKey(bytes: bytes(vector.publicKey))
        let other = try PublicKey(bytes: bytes(Self.vectors[1].publicKey))
        let message = try bytes(vector.message)
        let signature = try bytes(vector.signature)
        #expect(!key.verifies(signature, over: message + [0]))
        #expect(!key.verifies(signature, over: []))
        #expect(!other.verifies(signature, over: message))
        #expect(!key.verifies([], over: message))
        #expect(!key.verifies(Array(signature.dropLast()), over: message))
        #expect(!key.verifies(signature + [0], over: message))
    }

    /// RFC 8032 §8.4: S + L satisfies the same equation.
    @Test func `a signature with S plus the group order is refused`() throws {
        let vector = Self.vectors[0]
        let key = try PublicKey(bytes: bytes(vector.publicKey))
        var signature = try bytes(vector.signature)
        let order = try bytes("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010")
        var carry = 0
        for index in 0..<32 {
            let sum = Int(signature[32 + index]) + Int(order[index]) + carry
            signature[32 + index] = UInt8(sum & 0xFF)
            carry = sum >> 8
        }
        #expect(carry == 0)
        #expect(!key.verifies(signature, over: []))
    }

    /// ed25519-speccheck, case 2: OpenSSL accepts it.
    @Test func `a signature whose R is of small order is refused`() throws {
        let key = try PublicKey(bytes: bytes("f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43"))
        let message = try bytes("aebf3f2601a0c8c5d39cc7d8911642f740b78168218da8471772b35f9d35b9ab")
        let signature = try bytes(
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa"
                + "8c4bd45aecaca5b24fb97bc10ac27ac8751a7dfe1baff8b953ec9f5833ca260e")
        #expect(!key.verifies(signature, over: message))
    }

    @Test(arguments: [
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    ])
    func `a key of small order is refused`(hex: String) throws {
        let encoding = try bytes(hex)
        #expect(throws: SignatureError.keyInvalid(file: nil, problem: "it is a point of small order")) {
            try PublicKey(bytes: encoding)
        }
    }

    @Test(arguments: [
        "0100000000000000000000000000000000000000000000000000000000000080",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    ])
    func `a key that is not canonically encoded is refused`(hex: String) throws {
        let encoding = try bytes(hex)
        #expect(throws: SignatureError.keyInvalid(file: nil, problem: "it is not canonically encoded")) {
            try PublicKey(bytes: encoding)
        }
    }

    @Test(arguments: [0, 31, 33])
    func `a key of another length is refused`(count: Int) {
        #expect(throws: SignatureError.keyInvalid(file: nil, problem: "it has \(count) bytes, not 32")) {
            try PublicKey(bytes: [UInt8](repeating: 9, count: count))
        }
    }
}

/// A `.pub` file: the TUF key object.
struct PublicKeyFileTests {
    private static let hex = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"

    private func read(_ text: String) throws -> PublicKey {
        try PublicKey.read(Array(text.utf8), file: "notes.key.pub")
    }

    @Test func `what is written is read`() throws {
        let key = try PublicKey(bytes: bytes(Self.hex))
        #expect(
            key.json.text
                == "{\"keytype\":\"ed25519\",\"scheme\":\"ed25519\",\"keyval\":{\"public\":\"\(Self.hex)\"}}")
        #expect(try PublicKey.read(key.json.line, file: "notes.key.pub") == key)
    }

    @Test func `keys of other TUF tools are ignored`() throws {
        let key = try read(
            """
            {"keyid_hash_algorithms": ["sha256"], "keytype": "ed25519", "scheme": "ed25519",
             "keyval": {"public": "\(Self.hex)", "x": null}}
            """)
        #expect(try key.bytes == bytes(Self.hex))
    }

    @Test(arguments: [
        "",
        "{}",
        "[]",
        #"{"keytype":"rsa","scheme":"ed25519","keyval":{"public":"00"}}"#,
        #"{"keytype":"ed25519","scheme":"rsassa-pss-sha256","keyval":{"public":"00"}}"#,
        #"{"keytype":"ed25519","scheme":"ed25519"}"#,
        #"{"keytype":"ed25519","scheme":"ed25519","keyval":{}}"#,
        #"{"keytype":"ed25519","scheme":"ed25519","keyval":{"public":"d75a"}}"#,
    ])
    func `what is no key object is refused as a key`(text: String) {
        let error = #expect(throws: SignatureError.self) { try read(text) }
        #expect(error?.code == .keyInvalid)
    }

    @Test(arguments: [
        "D75A980182B10AB7D54BFED3C964073A0EE172F3DAA62325AF021A68F707511A",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ])
    func `upper case and the encodings that a key may not have are refused in a file too`(hex: String) {
        let error = #expect(throws: SignatureError.self) {
            try read("{\"keytype\":\"ed25519\",\"scheme\":\"ed25519\",\"keyval\":{\"public\":\"\(hex)\"}}")
        }
        #expect(error?.code == .keyInvalid)
    }

    @Test func `a file over 4 KiB is refused`() throws {
        let key = try PublicKey(bytes: bytes(Self.hex))
        let padded = key.json.bytes + [UInt8](repeating: 0x20, count: 4096)
        #expect(throws: SignatureError.self) { try PublicKey.read(padded, file: "notes.key.pub") }
    }
}

/// Bytes from hexadecimal; a mistake in a test's own data fails the test.
func bytes(_ hex: String) throws -> [UInt8] { try #require(Hex.bytes(hex.utf8)) }
