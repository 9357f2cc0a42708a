import COpenSSL
import HostModel

/// A public key that came as PEM: an ECDSA key on P-256, or an RSA key.
///
/// Safe from every thread: OpenSSL lets threads share a key that none of them changes (openssl-threads(7)), nothing
/// here changes it, and it is freed with its last owner.
///
/// Sources: RFC 7468 §13, RFC 5280 §4.1.2.7 (SubjectPublicKeyInfo)
final class SubjectPublicKey: Sendable {
    nonisolated(unsafe) private let key: OpaquePointer

    /// - Returns: nil when `pem` is not exactly one sound `PUBLIC KEY` block.
    static func read(_ pem: String) -> SubjectPublicKey? {
        guard let der = content(of: pem) else { return nil }
        let decoded = der.withUnsafeBufferPointer { buffer -> OpaquePointer? in
            guard let start = buffer.baseAddress else { return nil }
            var position: UnsafePointer<UInt8>? = start
            guard let key = d2i_PUBKEY(nil, &position, buffer.count) else { return nil }
            guard position == start + buffer.count else {
                EVP_PKEY_free(key)
                return nil
            }
            return key
        }
        // What could not be decoded leaves its reason in this thread's queue; nobody reads it there.
        ERR_clear_error()
        return decoded.map { SubjectPublicKey(owning: $0) }
    }

    private init(owning key: OpaquePointer) { self.key = key }

    deinit { EVP_PKEY_free(key) }

    var isP256: Bool {
        guard EVP_PKEY_is_a(key, "EC") == 1 else { return false }
        var name = [CChar](repeating: 0, count: 64)
        var count = 0
        guard EVP_PKEY_get_group_name(key, &name, name.count, &count) == 1 else {
            ERR_clear_error()
            return false
        }
        return name.prefix(count).map { UInt8(bitPattern: $0) } == Array("prime256v1".utf8)
    }

    /// Of a size that is neither weak nor made to waste time.
    var isRSA: Bool { EVP_PKEY_is_a(key, "RSA") == 1 && (2048...16_384).contains(EVP_PKEY_get_bits(key)) }

    func isSameKey(as other: SubjectPublicKey) -> Bool {
        defer { ERR_clear_error() }
        return EVP_PKEY_eq(key, other.key) == 1
    }

    /// - Parameter signature: r and s in DER.
    ///
    /// Source: FIPS 186-4 §6
    func verifiesECDSA(_ signature: [UInt8], over message: [UInt8]) -> Bool {
        verifies(signature, over: message) { _ in true }
    }

    /// The salt may have any length, as the reference implementation takes it; MGF1 uses SHA-256 too.
    ///
    /// Source: RFC 8017 §8.1.2
    func verifiesPSS(_ signature: [UInt8], over message: [UInt8]) -> Bool {
        verifies(signature, over: message) { settings in
            EVP_PKEY_CTX_set_rsa_padding(settings, RSA_PKCS1_PSS_PADDING) == 1
                && EVP_PKEY_CTX_set_rsa_pss_saltlen(settings, RSA_PSS_SALTLEN_AUTO) == 1
        }
    }

    private func verifies(
        _ signature: [UInt8], over message: [UInt8], settings prepare: (OpaquePointer?) -> Bool
    ) -> Bool {
        guard let context = EVP_MD_CTX_new() else { preconditionFailure("OpenSSL has no memory for a signature") }
        defer {
            EVP_MD_CTX_free(context)
            ERR_clear_error()
        }
        // Owned by `context`.
        var settings: OpaquePointer?
        guard EVP_DigestVerifyInit_ex(context, &settings, "SHA256", nil, nil, key, nil) == 1, prepare(settings) else {
            return false
        }
        return EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
    }

    /// The bytes between the first and the last line of a block; nothing may stand around it but line ends.
    private static func content(of pem: String) -> [UInt8]? {
        let lines = pem.split(whereSeparator: { $0.isNewline })
        guard lines.count > 2, lines.first == "-----BEGIN PUBLIC KEY-----", lines.last == "-----END PUBLIC KEY-----"
        else { return nil }
        return Base64.decode(lines.dropFirst().dropLast().joined())
    }
}
