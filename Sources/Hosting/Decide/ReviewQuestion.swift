import Bundles
import HostModel
import Storage
import Updates

extension AppHost {
    /// What this host asks of reviews.
    func reviewRules(_ root: ManagedRoot?, _ settings: Settings) throws -> ReviewRules {
        ReviewRules(mode: try effectiveReviewMode(settings), trusted: try trustedKeys(root), policy: nil)
    }
}

extension ReviewEvaluation {
    /// Of a bundle that no catalog lists: nobody says anything of a review.
    static func ofNothing(
        about manifest: Manifest, digest: ContentDigest, by rules: ReviewRules, at now: Timestamp
    ) -> ReviewEvaluation {
        let subject = ReviewSubject(app: manifest.id, version: manifest.version, sha256: digest, size: 0)
        return of([], claim: nil, about: subject, by: rules, at: now)
    }

    /// What a person has to acknowledge; nil where nothing.
    ///
    /// - Throws: where no person can.
    func question(about id: AppID, in mode: ReviewMode) throws(ReviewRefusal) -> ConsentQuestion? {
        let gate = ReviewGate.of(self, in: mode, .byHand)
        if let refusal = ReviewRefusal(gate, of: id, status: status, mode: mode) { throw refusal }
        guard case .needsAcknowledgement = gate else { return nil }
        return ConsentQuestion(consent: .review, text: status.sentence)
    }
}

extension Sequence<ConsentQuestion> {
    /// One question for each consent, in the order of ``Consent``.
    func merged() -> [ConsentQuestion] {
        Consent.allCases.compactMap { consent -> ConsentQuestion? in
            let texts = filter { $0.consent == consent }.map(\.text)
            return texts.isEmpty ? nil : ConsentQuestion(consent: consent, text: texts.joined(separator: "; "))
        }
    }
}

extension Receipt.Accepted {
    init(_ consent: Consent, of review: ReviewEvaluation) {
        self.init(what: consent.rawValue, evaluation: consent == .review ? review.identity : nil)
    }
}

extension Receipt {
    /// What was consented to at stage and still holds: a review only while it amounts to the same.
    func consented(with review: ReviewEvaluation) -> Set<Consent> {
        let holding = accepted.filter { $0.what != Consent.review.rawValue || $0.evaluation == review.identity }
        return Set(holding.compactMap { Consent(rawValue: $0.what) })
    }
}
