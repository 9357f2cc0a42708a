import Catalogs
import HostModel
import Storage

/// What a candidate would ask for beyond what was agreed, as far as its catalog says. Pure.
///
/// Who signed it is not known before it is fetched: the bundle itself may ask for more, see ``ConsentCheck``.
struct EntryConsent {
    let installed: Declaration
    let installedVersion: BundleVersion
    let candidate: Declaration
    let entry: CatalogEntry
    /// The catalog that it would come from, where that is not the one that the app came from.
    let newCatalog: AppID?
    let review: ReviewEvaluation
    let reviewMode: ReviewMode
    let knownBad: [AppRecord.KnownBad]

    /// Every question, in the order of ``Consent``.
    func questions() -> [ConsentQuestion] {
        [permissions, posture, publisher, acknowledgement, knownBadDigest, downgrade].compactMap { $0 }
    }

    private var permissions: ConsentQuestion? {
        ConsentQuestion.permissions(adding: PermissionDelta(from: installed, to: candidate).added.map(\.name))
    }

    private var posture: ConsentQuestion? {
        ConsentQuestion.posture(ConfigurationDrift(from: installed, to: candidate))
    }

    private var publisher: ConsentQuestion? {
        newCatalog.map { ConsentQuestion.publisher(movingTo: $0) }
    }

    private var acknowledgement: ConsentQuestion? {
        guard case .needsAcknowledgement = ReviewGate.of(review, in: reviewMode, .byHand) else { return nil }
        return ConsentQuestion(consent: .review, text: review.status.sentence)
    }

    private var knownBadDigest: ConsentQuestion? { ConsentQuestion.knownBad(entry.digest, among: knownBad) }

    private var downgrade: ConsentQuestion? { ConsentQuestion.downgrade(to: entry.version, from: installedVersion) }
}
