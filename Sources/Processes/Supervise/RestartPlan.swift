/// What a manifest asks for when its app has ended.
package struct RestartRules: Sendable, Equatable {
    package enum Policy: String, Sendable, CaseIterable {
        case never, always
        case onFailure = "on-failure"
    }

    package let policy: Policy
    /// Most restarts in a row.
    package let maxAttempts: Int64
    /// Before the first of them; it doubles with each that follows.
    package let backoffSeconds: Int64

    package init(policy: Policy, maxAttempts: Int64, backoffSeconds: Int64) {
        self.policy = policy
        self.maxAttempts = maxAttempts
        self.backoffSeconds = backoffSeconds
    }
}

/// Decides what follows each end of an app. Remembers how many restarts in a row there were.
package struct RestartPlan: Sendable {
    private let rules: RestartRules
    private var attempts: Int64 = 0

    package enum Decision: Sendable, Equatable {
        /// - Parameters:
        ///   - after: in seconds.
        ///   - attempt: from 1 on.
        case restart(after: Int64, attempt: Int64)
        /// It should be restarted, and was too often.
        case giveUp
        /// It is not to be restarted.
        case end
    }

    /// In seconds. A longer backoff stays as the manifest has it.
    static let longestGrownBackoff: Int64 = 300

    package init(_ rules: RestartRules) { self.rules = rules }

    /// - Parameters:
    ///   - failed: whether the app failed.
    ///   - lived: from its launch to its end, in seconds.
    package mutating func next(failed: Bool, lived: Int64) -> Decision {
        guard rules.policy == .always || rules.policy == .onFailure && failed else { return .end }
        // What has lived for long was no attempt that failed.
        if lived >= max(60, 10 * rules.backoffSeconds) { attempts = 0 }
        guard attempts < rules.maxAttempts else { return .giveUp }
        attempts += 1
        return .restart(after: backoff, attempt: attempts)
    }

    private var backoff: Int64 {
        let longest = max(Self.longestGrownBackoff, rules.backoffSeconds)
        var backoff = rules.backoffSeconds
        for _ in 1..<attempts { backoff = min(2 * backoff, longest) }
        return backoff
    }
}
