import COpenSSL
import HostModel

/// An Ed25519 public key that was checked: canonically encoded, and no point of small order.
///
/// OpenSSL accepts both kinds. Under a key of small order one signature verifies for many messages, and a key with two
/// encodings would have two keyids.
///
/// Sources: RFC 8032 §5.1.3, §5.1.7; C2SP/CCTV `ed25519` for the encodings.
package struct PublicKey: Hashable, Sendable {
    /// 32 bytes: y in little endian, with the sign of x in the highest bit.
    package let bytes: [UInt8]

    /// SHA-256 of the canonical key object, which names the key everywhere.
    package let keyid: KeyID

    /// - Throws: ``SignatureError/keyInvalid(file:problem:)`` when `bytes` are not 32, not canonical or of small order.
    package init(bytes: [UInt8]) throws(SignatureError) {
        if let problem = Self.problem(bytes) { throw SignatureError.keyInvalid(file: nil, problem: problem) }
        self.init(checked: bytes)
    }

    /// Reads a TUF key object. Keys it does not know stay in `record`, for the caller to refuse or ignore.
    ///
    /// - Throws: ``RecordError`` when it is no Ed25519 key or one that ``init(bytes:)`` refuses.
    package init(record: inout JSONRecord) throws(RecordError) {
        for name in ["keytype", "scheme"] {
            let field = try record.required(name)
            guard try field.string() == "ed25519" else { throw field.wrong("'ed25519'") }
        }
        var value = try record.required("keyval").record()
        let field = try value.required("public")
        guard let bytes = Hex.bytes(try field.string().utf8) else { throw field.wrong("lower-case hexadecimal") }
        if let problem = Self.problem(bytes) { throw field.wrong("an Ed25519 key: \(problem)") }
        self.init(checked: bytes)
    }

    /// Reads a `.pub` file: a TUF key object of at most 4 KiB.
    ///
    /// - Parameter file: the name that errors give.
    /// - Throws: ``SignatureError/keyInvalid(file:problem:)``.
    package static func read(_ bytes: [UInt8], file: String) throws(SignatureError) -> PublicKey {
        do throws(RecordError) {
            var record = try JSONRecord(bytes, file: file, limit: 4 << 10)
            return try PublicKey(record: &record)
        } catch {
            throw SignatureError.keyInvalid(file: file, problem: error.problem)
        }
    }

    private init(checked bytes: [UInt8]) {
        let value: JSONValue = ["public": Hex.text(bytes)]
        let canonical: JSONValue = ["keytype": "ed25519", "keyval": value, "scheme": "ed25519"]
        self.bytes = bytes
        self.keyid = KeyID(DigestStream.digest(of: canonical.bytes))
    }

    private static func problem(_ bytes: [UInt8]) -> String? {
        guard bytes.count == 32 else { return "it has \(bytes.count) bytes, not 32" }
        return Edwards25519.problem(point: bytes)
    }
}

extension PublicKey: JSONRepresentable {
    /// The TUF key object.
    package var json: JSONValue {
        let value: JSONValue = ["public": Hex.text(bytes)]
        return ["keytype": "ed25519", "scheme": "ed25519", "keyval": value]
    }
}

extension PublicKey {
    /// Whether `signature` is this key's over `message`.
    ///
    /// Stricter than OpenSSL, so that a signature has one form: besides S < L, R must be what a key must be.
    ///
    /// Source: RFC 8032 §5.1.7, with the checks of ed25519-dalek's `verify_strict`.
    package func verifies(_ signature: [UInt8], over message: [UInt8]) -> Bool {
        guard signature.count == 64, Edwards25519.problem(point: Array(signature[..<32])) == nil,
            Edwards25519.isScalar(Array(signature[32...]))
        else { return false }

        guard let key = EVP_PKEY_new_raw_public_key_ex(nil, "ED25519", nil, bytes, bytes.count),
            let context = EVP_MD_CTX_new()
        else { preconditionFailure("OpenSSL has no memory for a public key, or no Ed25519") }
        defer {
            EVP_MD_CTX_free(context)
            EVP_PKEY_free(key)
            // A refused signature leaves its reason in this thread's queue; nobody reads it there.
            ERR_clear_error()
        }
        guard EVP_DigestVerifyInit_ex(context, nil, nil, nil, nil, key, nil) == 1 else {
            preconditionFailure("OpenSSL has no memory to verify a signature")
        }
        return EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
    }
}

/// What names a key: the SHA-256 of its canonical key object.
package struct KeyID: Hashable, Sendable, Comparable, CustomStringConvertible, JSONRepresentable {
    package let digest: ContentDigest

    package init(_ digest: ContentDigest) { self.digest = digest }

    /// - Returns: nil when `hex` is not 64 lower-case hexadecimal digits.
    package init?(hex: String) {
        guard let digest = ContentDigest(hex: hex) else { return nil }
        self.init(digest)
    }

    package var hex: String { digest.hex }
    package var description: String { hex }
    package var json: JSONValue { .string(hex) }

    /// The first 12 digits, for people.
    package var short: String { digest.short }

    package static func < (a: KeyID, b: KeyID) -> Bool {
        a.digest.bytes.lexicographicallyPrecedes(b.digest.bytes)
    }
}

/// The encodings of points and scalars of edwards25519, as 32 bytes in little endian.
private enum Edwards25519 {
    /// Why `encoding` is not to be used as a point; nil when it may be. Whether it lies on the curve is not looked at:
    /// nothing verifies with one that does not.
    static func problem(point encoding: [UInt8]) -> String? {
        let isNegative = encoding[31] & 0x80 != 0
        var y = encoding
        y[31] &= 0x7F
        // x is 0 where y is 1 or -1, and 0 has no negative.
        guard isLess(y, prime), !(isNegative && (y == one || y == minusOne)) else {
            return "it is not canonically encoded"
        }
        guard !smallOrder.contains(y) else { return "it is a point of small order" }
        return nil
    }

    static func isScalar(_ encoding: [UInt8]) -> Bool { isLess(encoding, order) }

    private static func isLess(_ a: [UInt8], _ b: [UInt8]) -> Bool {
        a.reversed().lexicographicallyPrecedes(b.reversed())
    }

    /// p = 2^255 - 19.
    private static let prime = constant("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")
    /// L = 2^252 + 27742317777372353535851937790883648493.
    private static let order = constant("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010")

    private static let one = constant("0100000000000000000000000000000000000000000000000000000000000000")
    private static let minusOne = constant("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")

    /// y of the eight points whose order divides 8: order 4 (y = 0), 1, 2, and the two y of order 8.
    private static let smallOrder = [
        constant("0000000000000000000000000000000000000000000000000000000000000000"),
        one,
        minusOne,
        constant("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
        constant("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
    ]

    private static func constant(_ hex: String) -> [UInt8] {
        guard let bytes = Hex.bytes(hex.utf8), bytes.count == 32 else {
            preconditionFailure("a constant of this file is not 32 bytes in hexadecimal")
        }
        return bytes
    }
}
