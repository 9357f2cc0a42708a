import HostModel

/// How it went to look at one thing.
package enum TurnEnd: Sendable, Equatable {
    case success
    /// Somebody has to decide, or is at work on it: it is looked at again at the usual time.
    case skipped(FailureCode)
    /// It is looked at again sooner, and less and less soon.
    case failed(FailureCode)

    /// What a failure means for who comes back by itself.
    package init(_ failure: any Failure) {
        switch failure.code {
        case .busy, .appRunning, .appUnconfirmed, .appNotInstalled, .catalogNotFound, .updateConsentRequired,
            .updateCandidateChanged, .updateEnvironmentMissing, .updateIncompatible, .appReviewMissing,
            .appReviewMismatch, .appReviewExpired, .appReviewRejected, .appReviewUntrusted:
            self = .skipped(failure.code)
        default:
            self = .failed(failure.code)
        }
    }

    var result: ItemState.LastResult {
        switch self {
        case .success: .success
        case .skipped: .skipped
        case .failed: .failed
        }
    }

    /// As output says it.
    package var word: String { result.rawValue }

    package var code: FailureCode? {
        switch self {
        case .success: nil
        case .skipped(let code), .failed(let code): code
        }
    }
}

/// What was done to one thing in a pass.
package struct Turn: Sendable {
    /// The last thing that was done; what came before it went well.
    package enum Action: String, Sendable { case refresh, check, stage, apply }

    package let action: Action
    package let end: TurnEnd
    /// A sentence for people.
    package let message: String
    /// Why it failed; nil where it did not.
    package let failure: (any Failure)?

    package init(_ action: Action, _ message: String) {
        self.action = action
        self.message = message
        end = .success
        failure = nil
    }

    package init(_ action: Action, skippedFor code: FailureCode, _ message: String) {
        self.action = action
        self.message = message
        end = .skipped(code)
        failure = nil
    }

    package init(_ action: Action, _ failure: any Failure) {
        self.action = action
        message = failure.message
        let end = TurnEnd(failure)
        self.end = end
        if case .failed = end { self.failure = failure } else { self.failure = nil }
    }
}
