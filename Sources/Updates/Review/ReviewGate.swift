import Catalogs
import HostModel

/// What this host makes of reviews: `settings reviewMode`.
package enum ReviewMode: String, Sendable, CaseIterable {
    case advisory
    case warnUntrusted = "warn_untrusted"
    case requireTrustedReview = "require_trusted_review"
    case requireTrustedReviewForApplyWhenStopped = "require_trusted_review_for_apply_when_stopped"
}

/// Whether a bundle may be staged, installed or applied with the review that it has. It is no check of trust:
/// signatures are verified in every mode.
package enum ReviewGate: Sendable, Equatable {
    case open
    /// A person may go on with `--accept review`.
    case needsAcknowledgement(FailureCode)
    case blocked(FailureCode)

    package enum Way: Sendable, CaseIterable {
        /// Somebody named the app and looks at it.
        case byHand
        case byPolicy
    }

    package static func of(_ review: ReviewEvaluation, in mode: ReviewMode, _ way: Way) -> ReviewGate {
        guard let code = review.status.code else { return .open }
        switch (mode, way) {
        case (.advisory, .byHand):
            return .open
        case (.advisory, .byPolicy):
            let isClaimed = review.status == .publisherClaimOnly && review.claim?.status == .reviewed
            return isClaimed ? .open : .blocked(code)
        case (.warnUntrusted, .byHand), (.requireTrustedReviewForApplyWhenStopped, .byHand):
            return .needsAcknowledgement(code)
        case (.warnUntrusted, .byPolicy), (.requireTrustedReviewForApplyWhenStopped, .byPolicy),
            (.requireTrustedReview, _):
            return .blocked(code)
        }
    }
}

/// The review that a bundle has does not let it in. Nothing was changed.
package struct ReviewRefusal: Failure, Equatable {
    package let code: FailureCode
    package let app: AppID
    package let status: ReviewStatus
    package let mode: ReviewMode

    /// - Returns: nil where `gate` does not block.
    package init?(_ gate: ReviewGate, of app: AppID, status: ReviewStatus, mode: ReviewMode) {
        guard case .blocked(let code) = gate else { return nil }
        self.code = code
        self.app = app
        self.status = status
        self.mode = mode
    }

    package var message: String {
        "\(quoted(app.text)): \(status.sentence), and this host asks for a trusted review (reviewMode=\(mode.rawValue))"
    }

    package var help: String? {
        switch status {
        case .notConfigured, .unknownReviewer:
            "'apphost trust add KEY.pub --name NAME --for review' trusts a reviewer"
        default:
            "'apphost check \(app)' shows the review"
        }
    }
}
