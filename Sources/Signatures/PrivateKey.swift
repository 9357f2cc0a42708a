import COpenSSL
import HostModel

/// An Ed25519 private key, as PKCS#8 PEM that OpenSSL's own tools read and write.
///
/// Safe from every thread: OpenSSL lets threads share a key that none of them changes (openssl-threads(7)), nothing
/// here changes it, and it is freed with its last owner.
///
/// Sources: RFC 8032 §5.1.6, RFC 8410 §7, RFC 5958 §2
package final class PrivateKey: Sendable {
    package let publicKey: PublicKey
    nonisolated(unsafe) private let key: OpaquePointer

    /// A new key from the system's random bytes.
    package static func generate() -> PrivateKey {
        guard let context = EVP_PKEY_CTX_new_from_name(nil, "ED25519", nil) else {
            preconditionFailure("OpenSSL has no memory for a key, or no Ed25519")
        }
        defer { EVP_PKEY_CTX_free(context) }
        var generated: OpaquePointer?
        guard EVP_PKEY_keygen_init(context) == 1, EVP_PKEY_generate(context, &generated) == 1,
            let key = generated
        else { preconditionFailure("OpenSSL has no memory or no random bytes for a key") }
        return PrivateKey(owning: key)
    }

    /// Reads an unencrypted `BEGIN PRIVATE KEY` block of at most 64 KiB. Nothing is asked on a terminal.
    ///
    /// - Parameter file: the name that errors give.
    /// - Throws: ``SignatureError/keyInvalid(file:problem:)``, also for a key that is encrypted or not Ed25519.
    package convenience init(pem: [UInt8], file: String) throws(SignatureError) {
        let key = try PrivateKey.decoded(pem, file: file)
        self.init(owning: key)
    }

    deinit { EVP_PKEY_free(key) }

    /// The PKCS#8 PEM text, unencrypted: for a file of mode 0600.
    package var pem: [UInt8] {
        guard let bio = BIO_new(BIO_s_mem()) else { preconditionFailure("OpenSSL has no memory for a PEM text") }
        defer { BIO_free(bio) }
        guard PEM_write_bio_PKCS8PrivateKey(bio, key, nil, nil, 0, nil, nil) == 1 else {
            preconditionFailure("OpenSSL has no memory for a PEM text")
        }
        let count = BIO_ctrl_pending(bio)
        var text = [UInt8](repeating: 0, count: count)
        var read = 0
        guard BIO_read_ex(bio, &text, count, &read) == 1, read == count else {
            preconditionFailure("OpenSSL did not give back the PEM text that it wrote")
        }
        return text
    }

    /// The signature over `message`: 64 bytes, the same each time.
    package func sign(_ message: [UInt8]) -> [UInt8] {
        guard let context = EVP_MD_CTX_new() else { preconditionFailure("OpenSSL has no memory for a signature") }
        defer { EVP_MD_CTX_free(context) }
        var signature = [UInt8](repeating: 0, count: 64)
        var count = 64
        guard EVP_DigestSignInit_ex(context, nil, nil, nil, nil, key, nil) == 1,
            EVP_DigestSign(context, &signature, &count, message, message.count) == 1, count == 64
        else { preconditionFailure("OpenSSL has no memory for a signature") }
        return signature
    }

    /// - Parameter key: an Ed25519 key pair, which is freed with this object.
    private init(owning key: OpaquePointer) {
        var bytes = [UInt8](repeating: 0, count: 32)
        var count = 32
        // A clamped private scalar is no multiple of the group's order, so the public key is no point of small order.
        guard EVP_PKEY_get_raw_public_key(key, &bytes, &count) == 1, count == 32,
            let publicKey = try? PublicKey(bytes: bytes)
        else { preconditionFailure("OpenSSL gave a key pair without a sound public key") }
        self.publicKey = publicKey
        self.key = key
    }

    /// - Returns: a key that the caller owns.
    private static func decoded(_ pem: [UInt8], file: String) throws(SignatureError) -> OpaquePointer {
        guard pem.count <= 64 << 10 else {
            throw SignatureError.keyInvalid(file: file, problem: "it is longer than 64 KiB")
        }
        guard let label = firstLabel(of: pem) else {
            throw SignatureError.keyInvalid(file: file, problem: "it is no PEM file with 'BEGIN PRIVATE KEY'")
        }
        guard label != "ENCRYPTED PRIVATE KEY" else {
            throw SignatureError.keyInvalid(
                file: file, problem: "it is encrypted; 'openssl pkey -in FILE -out FILE' decrypts it")
        }
        guard label == "PRIVATE KEY" else {
            throw SignatureError.keyInvalid(file: file, problem: "it begins with \(quoted(label)), not 'PRIVATE KEY'")
        }
        // The older encryption, a header inside the block, ends here too: the callback answers "no passphrase".
        let found = pem.withUnsafeBytes { text -> OpaquePointer? in
            guard let bio = BIO_new_mem_buf(text.baseAddress, Int32(text.count)) else {
                preconditionFailure("OpenSSL has no memory to read a PEM text")
            }
            defer { BIO_free(bio) }
            return PEM_read_bio_PrivateKey(bio, nil, { _, _, _, _ in -1 }, nil)
        }
        ERR_clear_error()
        guard let key = found else {
            throw SignatureError.keyInvalid(file: file, problem: "its 'PRIVATE KEY' block is damaged or encrypted")
        }
        guard EVP_PKEY_is_a(key, "ED25519") == 1 else {
            EVP_PKEY_free(key)
            throw SignatureError.keyInvalid(file: file, problem: "it is no Ed25519 key")
        }
        return key
    }

    /// What the first PEM block says it is; nil when there is no block.
    private static func firstLabel(of pem: [UInt8]) -> String? {
        let lines = String(decoding: pem, as: UTF8.self).split(whereSeparator: { $0.isNewline })
        guard let first = lines.first(where: { $0.hasPrefix("-----BEGIN ") && $0.hasSuffix("-----") }) else {
            return nil
        }
        return String(first.dropFirst("-----BEGIN ".count).dropLast("-----".count))
    }
}
