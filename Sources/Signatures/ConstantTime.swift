import COpenSSL
import HostModel

extension ContentDigest {
    /// Whether two digests of secrets are the same, in a time that does not tell where they differ.
    ///
    /// Source: CRYPTO_memcmp(3).
    package func equalsInConstantTime(_ other: ContentDigest) -> Bool {
        CRYPTO_memcmp(bytes, other.bytes, bytes.count) == 0
    }
}
