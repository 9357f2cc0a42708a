import Bundles
import HostModel
import Signatures
import Storage

/// What a bundle asks for beyond what was agreed, once it is verified. Pure.
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

        package init(version: BundleVersion?, permissions: [String]) {
            self.version = version
            self.permissions = permissions
        }
    }

    package init(
        installed: Manifest?, installedDigest: ContentDigest?, candidate: Manifest, candidateDigest: ContentDigest,
        vouching: Vouching?, publisher: Publisher?, knownBad: [AppRecord.KnownBad], trusted: TrustedKeys,
        remembered: Remembered? = nil
    ) {
        self.installed = installed
        self.installedDigest = installedDigest
        self.candidate = candidate
        self.candidateDigest = candidateDigest
        self.vouching = vouching
        self.publisher = publisher
        self.knownBad = knownBad
        self.trusted = trusted
        self.remembered = remembered
    }

    /// Every question, in the order of ``Consent``.
    package func questions() -> [ConsentQuestion] {
        [permissions, posture, publisherChange, knownBadDigest, downgrade, unsigned].compactMap { $0 }
    }

    /// - Returns: nil where no bundle with this digest was ever left as bad.
    package static func question(about digest: ContentDigest, among bad: [AppRecord.KnownBad]) -> ConsentQuestion? {
        ConsentQuestion.knownBad(digest, among: bad)
    }

    private var permissions: ConsentQuestion? {
        guard let agreed = installed?.permissions ?? remembered?.permissions else { return nil }
        return ConsentQuestion.permissions(adding: candidate.permissions.filter { !agreed.contains($0) })
    }

    private var posture: ConsentQuestion? {
        guard let installed else { return nil }
        return ConsentQuestion.posture(ConfigurationDrift(from: Declaration(installed), to: Declaration(candidate)))
    }

    private var publisherChange: ConsentQuestion? {
        guard let publisher else { return nil }
        let carries =
            vouching.map { publisher.carries(to: $0, app: candidate.id, trusted: trusted) } ?? publisher.keyids.isEmpty
        // From unsigned to signed nobody loses anything; from signed to unsigned somebody does.
        if carries || (publisher.keyids.isEmpty && vouching != nil) { return nil }
        return ConsentQuestion(consent: .publisher, text: "no key that vouched for this app signed it")
    }

    private var knownBadDigest: ConsentQuestion? { ConsentQuestion.knownBad(candidateDigest, among: knownBad) }

    private var downgrade: ConsentQuestion? {
        guard installed != nil || remembered != nil, installedDigest != candidateDigest else { return nil }
        return ConsentQuestion.downgrade(to: candidate.version, from: installed?.version ?? remembered?.version)
    }

    private var unsigned: ConsentQuestion? {
        vouching == nil ? ConsentQuestion(consent: .unsigned, text: "nobody signed it") : nil
    }
}
