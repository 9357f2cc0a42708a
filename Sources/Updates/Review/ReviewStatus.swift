import HostModel

/// What the review receipts of a bundle amount to on this host. Only the first is positive.
package enum ReviewStatus: String, Sendable, CaseIterable {
    case trustedReviewed = "trusted_reviewed"
    case trustedCaution = "trusted_caution"
    /// Trusted evidence against it.
    case trustedRejected = "trusted_rejected"
    case missingReceipt = "missing_receipt"
    /// No receipt, but its publisher says something of a review: a claim and no more.
    case publisherClaimOnly = "publisher_claim_only"
    /// This host trusts no reviewer.
    case notConfigured = "not_configured"
    case unknownReviewer = "unknown_reviewer"
    case retiredReviewer = "retired_reviewer"
    case revokedReviewer = "revoked_reviewer"
    case reviewerNotYetValid = "reviewer_not_yet_valid"
    case reviewerExpired = "reviewer_expired"
    case reviewPolicyMismatch = "review_policy_mismatch"
    /// Also of a receipt that cannot be read.
    case invalidSignature = "invalid_signature"
    case artifactMismatch = "artifact_mismatch"
    case appMismatch = "app_mismatch"
    case expired

    package var isPositive: Bool { self == .trustedReviewed }

    /// Whether a reviewer that this host trusts said it.
    package var isTrusted: Bool {
        self == .trustedReviewed || self == .trustedCaution || self == .trustedRejected
    }

    /// What it is refused with where a positive review is asked for; nil where it is one.
    package var code: FailureCode? {
        switch self {
        case .trustedReviewed: nil
        case .missingReceipt, .publisherClaimOnly, .notConfigured: .appReviewMissing
        case .artifactMismatch, .appMismatch, .reviewPolicyMismatch: .appReviewMismatch
        case .expired, .reviewerExpired, .retiredReviewer: .appReviewExpired
        case .trustedRejected: .appReviewRejected
        case .trustedCaution, .unknownReviewer, .revokedReviewer, .reviewerNotYetValid, .invalidSignature:
            .appReviewUntrusted
        }
    }

    /// For people.
    package var sentence: String {
        switch self {
        case .trustedReviewed: "a trusted reviewer reviewed it"
        case .trustedCaution: "a trusted reviewer advises caution"
        case .trustedRejected: "a trusted reviewer rejected it"
        case .missingReceipt: "it has no review receipt"
        case .publisherClaimOnly: "nobody but its publisher says anything of a review"
        case .notConfigured: "this host trusts no reviewer"
        case .unknownReviewer: "its reviewer is none that this host trusts"
        case .retiredReviewer: "the key of its reviewer is retired"
        case .revokedReviewer: "the key of its reviewer is revoked"
        case .reviewerNotYetValid: "the key of its reviewer is not valid yet"
        case .reviewerExpired: "the key of its reviewer is valid no more"
        case .reviewPolicyMismatch: "it was reviewed under another policy than this host asks for"
        case .invalidSignature: "the signature of its review does not verify"
        case .artifactMismatch: "its review is of another file"
        case .appMismatch: "its review is of another app or version"
        case .expired: "its review expired"
        }
    }
}
