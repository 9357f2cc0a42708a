import HostModel

/// What a bundle is when it is judged.
package enum Standing: Sendable {
    /// Not applied yet, staged ones too.
    case new
    /// Installed, or kept to roll back to.
    case installed
}

/// Who vouches for a bundle: the outcome of looking at an envelope with the keys of this host. Always somebody.
///
/// Only signatures are judged. Whether the payload is a statement about this bundle is its reader's to check.
package struct Vouching: Sendable, Equatable {
    /// The keys trusted for bundles and this app whose signature verified, in any status but revoked; sorted.
    package let good: [KeyID]

    /// Those of them that admit the bundle in its standing; sorted, never empty.
    package let admitting: [KeyID]

    /// Decides whether anybody trusted vouches for the payload.
    ///
    /// Unknown keyids are ignored. A good signature by a key that is revoked, not for bundles or not for this app
    /// counts for nothing. A new bundle needs an active key inside its validity; an installed one an active, retiring
    /// or retired key, and validity no longer counts.
    ///
    /// - Throws: ``SignatureError/signatureInvalid(keyid:name:)`` when a known key, whatever its status and purpose,
    ///   did not make the signature that stands under its keyid; else, when nobody admits, the most telling reason.
    package static func judge(
        _ envelope: Envelope, by trusted: TrustedKeys, for app: AppID, as standing: Standing, at now: Timestamp
    ) throws(SignatureError) -> Vouching {
        try judge(signers(of: envelope, among: trusted), for: app, as: standing, at: now)
    }

    /// The second half of ``judge(_:by:for:as:at:)``, for a payload that names its app only once it may be read.
    ///
    /// - Parameter signers: what ``signers(of:among:)`` returned.
    package static func judge(
        _ signers: [TrustedKey], for app: AppID, as standing: Standing, at now: Timestamp
    ) throws(SignatureError) -> Vouching {
        let good = signers.filter { key in
            key.status != .revoked && key.maySign(for: app) && key.purposes.contains(.bundle)
        }
        let admitting: [TrustedKey] =
            switch standing {
            case .new: good.filter { $0.status == .active && $0.isValid(at: now) }
            case .installed: good
            }
        guard !admitting.isEmpty else { throw refusal(of: signers, for: app, as: standing, at: now) }
        return Vouching(good: good.map(\.keyid), admitting: admitting.map(\.keyid))
    }

    /// The known keys whose signatures are good, sorted by keyid; at least one.
    ///
    /// - Throws: ``SignatureError/signatureInvalid(keyid:name:)``, or ``SignatureError/keyUnknown(keyids:)`` when none
    ///   of the signatures is by a key that is known.
    package static func signers(
        of envelope: Envelope, among trusted: TrustedKeys
    ) throws(SignatureError) -> [TrustedKey] {
        let message = envelope.preAuthenticationEncoding
        var signers: [TrustedKey] = []
        for signature in envelope.signatures {
            guard let keyid = KeyID(hex: signature.keyid), let trustedKey = trusted.key(keyid) else { continue }
            guard trustedKey.key.verifies(signature.signature, over: message) else {
                throw SignatureError.signatureInvalid(keyid: keyid, name: trustedKey.name)
            }
            signers.append(trustedKey)
        }
        guard !signers.isEmpty else { throw .keyUnknown(keyids: envelope.signatures.map(\.keyid)) }
        return signers.sorted { $0.keyid < $1.keyid }
    }

    /// Why none of `signers` admits: the reason that says most about what to do, then the next.
    private static func refusal(
        of signers: [TrustedKey], for app: AppID, as standing: Standing, at now: Timestamp
    ) -> SignatureError {
        if let key = signers.first(where: { $0.status == .revoked }) { return .keyRevoked(name: key.name) }
        if standing == .new {
            if let key = signers.first(where: { $0.status != .active }) {
                return .keyRetired(name: key.name, status: key.status)
            }
            if let key = signers.first(where: { !$0.isValid(at: now) }) {
                return .keyOutOfValidity(name: key.name, from: key.validFrom, until: key.validUntil, now: now)
            }
        }
        if let key = signers.first(where: { !$0.maySign(for: app) }) {
            return .keyNotForApp(name: key.name, app: app)
        }
        return signers.first.map { .keyNotForBundles(name: $0.name) } ?? .keyUnknown(keyids: [])
    }
}
