import Catalogs
import HostModel
import Testing

@testable import Updates

/// `behaviour.md` 3: every cell of the table of review modes, and the code that a refusal has.
struct ReviewGateTests {
    /// What each mode says of each way, of anything but a trusted review.
    struct Cell: Sendable {
        let mode: ReviewMode
        let byHand: Answer
        let byPolicy: Answer

        enum Answer: Sendable { case open, needsAcknowledgement, blocked }
    }

    static let cells: [Cell] = [
        Cell(mode: .advisory, byHand: .open, byPolicy: .blocked),
        Cell(mode: .warnUntrusted, byHand: .needsAcknowledgement, byPolicy: .blocked),
        Cell(mode: .requireTrustedReview, byHand: .blocked, byPolicy: .blocked),
        Cell(mode: .requireTrustedReviewForApplyWhenStopped, byHand: .needsAcknowledgement, byPolicy: .blocked),
    ]

    static let codes: [ReviewStatus: FailureCode] = [
        .missingReceipt: .appReviewMissing, .publisherClaimOnly: .appReviewMissing, .notConfigured: .appReviewMissing,
        .artifactMismatch: .appReviewMismatch, .appMismatch: .appReviewMismatch,
        .reviewPolicyMismatch: .appReviewMismatch,
        .expired: .appReviewExpired, .reviewerExpired: .appReviewExpired, .retiredReviewer: .appReviewExpired,
        .trustedRejected: .appReviewRejected,
        .trustedCaution: .appReviewUntrusted, .unknownReviewer: .appReviewUntrusted,
        .revokedReviewer: .appReviewUntrusted, .reviewerNotYetValid: .appReviewUntrusted,
        .invalidSignature: .appReviewUntrusted,
    ]

    private func evaluation(_ status: ReviewStatus, claim: CatalogEntry.Review.Status? = nil) -> ReviewEvaluation {
        ReviewEvaluation(
            status: status, claim: claim.map { CatalogEntry.Review(status: $0) }, genuine: nil, warnings: [])
    }

    private func gate(_ answer: Cell.Answer, _ code: FailureCode) -> ReviewGate {
        switch answer {
        case .open: .open
        case .needsAcknowledgement: .needsAcknowledgement(code)
        case .blocked: .blocked(code)
        }
    }

    @Test(arguments: ReviewGateTests.cells, ReviewStatus.allCases)
    func `each mode lets each review in, asks, or refuses it with its code`(cell: Cell, status: ReviewStatus) throws {
        let review = evaluation(status)
        let byHand = ReviewGate.of(review, in: cell.mode, .byHand)
        let byPolicy = ReviewGate.of(review, in: cell.mode, .byPolicy)
        guard status != .trustedReviewed else {
            #expect(byHand == .open)
            #expect(byPolicy == .open)
            return
        }
        let code = try #require(Self.codes[status])
        #expect(status.code == code)
        #expect(byHand == gate(cell.byHand, code))
        #expect(byPolicy == gate(cell.byPolicy, code))
    }

    @Test(arguments: ReviewMode.allCases, CatalogEntry.Review.Status.allCases)
    func `a publisher's word counts in one cell only`(mode: ReviewMode, claim: CatalogEntry.Review.Status) {
        let byPolicy = ReviewGate.of(evaluation(.publisherClaimOnly, claim: claim), in: mode, .byPolicy)
        let counts = mode == .advisory && claim == .reviewed
        #expect((byPolicy == .open) == counts)
    }

    @Test(arguments: ReviewStatus.allCases)
    func `a publisher's word changes nothing of a receipt`(status: ReviewStatus) {
        guard status != .publisherClaimOnly else { return }
        for mode in ReviewMode.allCases {
            for way in ReviewGate.Way.allCases {
                let claimed = ReviewGate.of(evaluation(status, claim: .reviewed), in: mode, way)
                #expect(claimed == ReviewGate.of(evaluation(status), in: mode, way))
            }
        }
    }

    @Test func `a trusted rejection is positive in no mode but the one that only shows`() {
        for mode in ReviewMode.allCases {
            let review = evaluation(.trustedRejected, claim: .reviewed)
            #expect(ReviewGate.of(review, in: mode, .byPolicy) == .blocked(.appReviewRejected))
            #expect((ReviewGate.of(review, in: mode, .byHand) == .open) == (mode == .advisory))
        }
        #expect(ReviewStatus.allCases.filter(\.isPositive) == [.trustedReviewed])
    }

    @Test func `a refusal says why and what to do`() throws {
        let notes = try Samples.app("notes")
        let mode = ReviewMode.requireTrustedReview
        let gate = ReviewGate.of(evaluation(.unknownReviewer), in: mode, .byHand)
        let refusal = try #require(ReviewRefusal(gate, of: notes, status: .unknownReviewer, mode: mode))
        #expect(refusal.code == .appReviewUntrusted)
        #expect(refusal.code.exitStatus == 77)
        #expect(refusal.state == .unchanged)
        let sentence = "'notes': its reviewer is none that this host trusts, and this host asks for a trusted review "
        #expect(refusal.message == sentence + "(reviewMode=require_trusted_review)")
        #expect(refusal.help?.contains("--for review") == true)
        let none = ReviewRefusal(.needsAcknowledgement(.appReviewMissing), of: notes, status: .expired, mode: mode)
        #expect(none == nil)
    }
}
