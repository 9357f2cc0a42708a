import HostModel
import Signatures

/// Makes review receipts, for reviewers.
package enum ReviewSigner {
    /// A receipt with one reviewer's signature.
    ///
    /// - Parameter name: what the artifact is called, for people.
    /// - Returns: an envelope for `receipts` of a catalog's entry, or a file beside the artifact.
    /// - Throws: ``RecordError`` where no host could read it.
    package static func sign(
        _ receipt: ReviewReceipt, naming name: String, with key: PrivateKey
    ) throws(RecordError) -> Envelope {
        let signed = receipt.envelope(naming: name).signed(with: key)
        let read = try ReviewReceipt(Envelope.read(signed.bytes, file: ReviewReceipt.file))
        guard read == receipt else {
            throw RecordError(file: ReviewReceipt.file, problem: "it does not come back as it was written")
        }
        return signed
    }
}
