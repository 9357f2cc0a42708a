import HostModel
import Signatures

/// The hashes that metadata lists for a file. Those of algorithms that this program does not know are left out.
///
/// Source: TUF specification 1.0.34, section 4.4 (HASHES).
package struct FileHashes: Sendable {
    private let digests: [HashAlgorithm: [UInt8]]

    init(_ field: JSONField) throws(RecordError) {
        let members = try field.record().rest()
        guard !members.isEmpty else { throw field.wrong("an object with at least one hash") }
        var digests: [HashAlgorithm: [UInt8]] = [:]
        for (name, hash) in members {
            let text = try hash.string()
            guard let algorithm = HashAlgorithm(rawValue: name) else { continue }
            guard let digest = Hex.bytes(text.utf8), digest.count == algorithm.digestSize else {
                throw hash.wrong("\(algorithm.digestSize) bytes in lower-case hexadecimal")
            }
            digests[algorithm] = digest
        }
        self.digests = digests
    }

    /// Nil where no SHA-256 is listed.
    package var sha256: ContentDigest? { digests[.sha256].flatMap { ContentDigest(bytes: $0) } }

    /// What stands before the name of a target where snapshots are consistent; nil where no hash can be checked.
    var namePrefix: String? { (digests[.sha256] ?? digests[.sha512]).map { Hex.text($0) } }

    /// Whether every hash is that of `bytes`, and there is one.
    func match(_ bytes: [UInt8]) -> Bool {
        !digests.isEmpty && digests.allSatisfy { $0.key.digest(of: bytes) == $0.value }
    }
}
