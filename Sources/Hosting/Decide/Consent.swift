import Bundles
import HostModel
import Signatures
import Storage

/// What a careful person would want to be asked about.
package enum Consent: String, Sendable, CaseIterable {
    case permissions, posture, publisher, review
    case knownBad = "known-bad"
    case downgrade, unsigned
}

/// One thing to consent to, in words.
package struct ConsentQuestion: Sendable, Equatable {
    package let consent: Consent
    package let text: String
}

/// What a candidate asks for beyond what was agreed. Pure.
package struct ConsentCheck: Sendable {
    /// What is installed now; nil for a first install.
    package var installed: Manifest?
    package var installedDigest: ContentDigest?
    package var candidate: Manifest
    package var candidateDigest: ContentDigest
    /// Who vouches for the candidate; nil where it is unsigned.
    package var vouching: Vouching?
    /// Whose bundle this app is, where that is remembered.
    package var publisher: Publisher?
    package var knownBad: [AppRecord.KnownBad]
    package var trusted: TrustedKeys
    /// What is known of an installed bundle whose manifest is damaged.
    package var remembered: Remembered?

    package struct Remembered: Sendable, Equatable {
        package var version: BundleVersion?
        package var permissions: [String]
    }

    /// Every question, in the order of ``Consent``.
    package func questions() -> [ConsentQuestion] {
        [permissions, posture, publisherChange, knownBadDigest, downgrade, unsigned].compactMap { $0 }
    }

    private var permissions: ConsentQuestion? {
        guard let agreed = installed?.permissions ?? remembered?.permissions else { return nil }
        let added = candidate.permissions.filter { !agreed.contains($0) }
        guard !added.isEmpty else { return nil }
        return ConsentQuestion(consent: .permissions, text: "it asks for more: \(added.joined(separator: ", "))")
    }

    private var posture: ConsentQuestion? {
        guard let installed else { return nil }
        var changes: [String] = []
        if let from = installed.transport, let to = candidate.transport, from != to {
            changes.append("transport from \(from.rawValue) to \(to.rawValue)")
        }
        if let from = installed.permissionProfile, let to = candidate.permissionProfile, from != to {
            changes.append("permission profile from \(from) to \(to)")
        }
        guard !changes.isEmpty else { return nil }
        return ConsentQuestion(consent: .posture, text: "it changes its \(changes.joined(separator: " and "))")
    }

    private var publisherChange: ConsentQuestion? {
        guard let publisher else { return nil }
        let carries =
            vouching.map { publisher.carries(to: $0, app: candidate.id, trusted: trusted) } ?? publisher.keyids.isEmpty
        // From unsigned to signed nobody loses anything; from signed to unsigned somebody does.
        if carries || (publisher.keyids.isEmpty && vouching != nil) { return nil }
        return ConsentQuestion(consent: .publisher, text: "no key that vouched for this app signed it")
    }

    private var knownBadDigest: ConsentQuestion? { Self.question(about: candidateDigest, among: knownBad) }

    /// - Returns: nil where no bundle with this digest was ever left as bad.
    package static func question(about digest: ContentDigest, among bad: [AppRecord.KnownBad]) -> ConsentQuestion? {
        guard let bad = bad.first(where: { $0.digest == digest }) else { return nil }
        return ConsentQuestion(consent: .knownBad, text: "it was left before as bad (\(printable(bad.reason)))")
    }

    private var downgrade: ConsentQuestion? {
        guard installed != nil || remembered != nil, installedDigest != candidateDigest else { return nil }
        guard let version = installed?.version ?? remembered?.version else {
            return ConsentQuestion(consent: .downgrade, text: "the version of what is installed cannot be read")
        }
        let text: String
        switch candidate.version.order(to: version) {
        case .newer: return nil
        case .older: text = "it is older (\(candidate.version)) than what is installed (\(version))"
        case .equal: text = "it is another bundle of the same version (\(candidate.version))"
        case nil: text = "its version (\(candidate.version)) cannot be compared with \(version)"
        }
        return ConsentQuestion(consent: .downgrade, text: text)
    }

    private var unsigned: ConsentQuestion? {
        vouching == nil ? ConsentQuestion(consent: .unsigned, text: "nobody signed it") : nil
    }
}
