import COpenSSL

/// A hash function that TUF metadata may list for a file. Bundles know SHA-256 alone, see ``DigestStream``.
///
/// Source: FIPS 180-4, through OpenSSL's EVP interface.
package enum HashAlgorithm: String, Sendable, CaseIterable {
    case sha256
    case sha512

    /// Bytes of a digest.
    package var digestSize: Int {
        switch self {
        case .sha256: 32
        case .sha512: 64
        }
    }

    package func digest(of bytes: [UInt8]) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: digestSize)
        var count = 0
        guard EVP_Q_digest(nil, rawValue.uppercased(), nil, bytes, bytes.count, &digest, &count) == 1,
            count == digestSize
        else { preconditionFailure("OpenSSL has no memory for a hash, or no such hash") }
        return digest
    }
}
