import COpenSSL
import HostModel

/// A SHA-256 being computed over bytes that come in pieces.
///
/// One stream serves many files: ``finishAndReset()`` keeps OpenSSL's context, so a file costs nothing but its hashing.
///
/// Source: FIPS 180-4, through OpenSSL's EVP interface.
package struct DigestStream: ~Copyable {
    private let context: OpaquePointer

    package init() {
        guard let context = EVP_MD_CTX_new() else { preconditionFailure("no memory for a SHA-256") }
        self.context = context
        start()
    }

    deinit { EVP_MD_CTX_free(context) }

    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        guard EVP_DigestUpdate(context, bytes.baseAddress, bytes.count) == 1 else {
            preconditionFailure("OpenSSL's SHA-256 refused bytes, which only lack of memory can cause")
        }
    }

    package mutating func update(_ bytes: [UInt8]) {
        guard EVP_DigestUpdate(context, bytes, bytes.count) == 1 else {
            preconditionFailure("OpenSSL's SHA-256 refused bytes, which only lack of memory can cause")
        }
    }

    /// The digest of all bytes since the start.
    package consuming func finish() -> ContentDigest { current() }

    /// The digest of all bytes since the start or the last reset; the stream is then as new.
    package mutating func finishAndReset() -> ContentDigest {
        let digest = current()
        start()
        return digest
    }

    /// Forgets every byte so far.
    package mutating func reset() { start() }

    package static func digest(of bytes: [UInt8]) -> ContentDigest {
        var stream = DigestStream()
        stream.update(bytes)
        return stream.finish()
    }

    private func start() {
        guard EVP_DigestInit_ex2(context, Self.sha256, nil) == 1 else {
            preconditionFailure("OpenSSL's SHA-256 did not start, which only lack of memory can cause")
        }
    }

    private func current() -> ContentDigest {
        var bytes = [UInt8](repeating: 0, count: 32)
        guard EVP_DigestFinal_ex(context, &bytes, nil) == 1, let digest = ContentDigest(bytes: bytes) else {
            preconditionFailure("OpenSSL's SHA-256 did not finish, which only lack of memory can cause")
        }
        return digest
    }

    /// Fetched once, because fetching looks the algorithm up under a lock and costs more than hashing a small file.
    ///
    /// Safe from every thread: an EVP_MD is never changed after its fetch, its reference count is atomic, and this
    /// constant is set once and never freed.
    nonisolated(unsafe) private static let sha256: OpaquePointer = {
        guard let algorithm = EVP_MD_fetch(nil, "SHA256", nil) else {
            preconditionFailure("this OpenSSL has no SHA-256")
        }
        return algorithm
    }()
}
