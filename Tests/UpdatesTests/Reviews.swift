import HostModel
import Signatures
import Testing
import Updates

/// Receipts as tests need them.
enum Reviews {
    static let reviewer = PrivateKey.generate()
    static let second = PrivateKey.generate()
    static let stranger = PrivateKey.generate()

    /// The byte that the SHA-256 of the reviewed file consists of.
    static let artifact: UInt8 = 0xA
    static let size: Int64 = 1000

    static func subject() throws -> ReviewSubject {
        ReviewSubject(
            app: try Samples.app("notes"), version: try Samples.version("1.1.0"), sha256: try Samples.digest(artifact),
            size: size)
    }

    /// A review of notes 1.1.0, made an hour before now.
    static func receipt(_ verdict: ReviewReceipt.Verdict = .reviewed) throws -> ReviewReceipt {
        let subject = try subject()
        return ReviewReceipt(
            sha256: subject.sha256, size: subject.size, app: subject.app, version: subject.version,
            policy: ReviewPolicy(id: "careful", version: "2"), verdict: verdict,
            reviewedAt: Timestamp(seconds: Samples.now.seconds - 3600))
    }

    static func envelope(_ receipt: ReviewReceipt, by keys: [PrivateKey] = [Reviews.reviewer]) -> Envelope {
        var envelope = receipt.envelope(naming: "notes.tar")
        for key in keys { envelope = envelope.signed(with: key) }
        return envelope
    }

    /// ``reviewer``'s, as a catalog lists it.
    static func listed(_ verdict: ReviewReceipt.Verdict = .reviewed) throws -> JSONValue {
        envelope(try receipt(verdict)).json
    }

    static func key(
        _ key: PrivateKey = Reviews.reviewer, name: String = "alice", purposes: Set<Purpose> = [.review],
        apps: [AppID]? = nil, status: KeyStatus = .active, from: Timestamp? = nil, until: Timestamp? = nil
    ) -> TrustedKey {
        TrustedKey(
            key: key.publicKey, name: name, purposes: purposes, apps: apps, status: status, validFrom: from,
            validUntil: until, addedAt: Samples.yesterday)
    }

    static func trusted(_ keys: TrustedKey...) throws -> TrustedKeys {
        var trusted = TrustedKeys.empty
        for key in keys { try trusted.add(key) }
        return trusted
    }
}
