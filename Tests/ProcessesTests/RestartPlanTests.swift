import Processes
import Testing

/// What follows the end of an app.
struct RestartPlanTests {
    private func plan(
        _ policy: RestartRules.Policy = .onFailure, attempts: Int64 = 3, backoff: Int64 = 2
    ) -> RestartPlan {
        RestartPlan(RestartRules(policy: policy, maxAttempts: attempts, backoffSeconds: backoff))
    }

    /// The waits before restarts of an app that fails at once each time.
    private func waits(_ plan: RestartPlan, count: Int) -> [Int64] {
        var plan = plan
        return (0..<count).compactMap { _ -> Int64? in
            if case .restart(let seconds, _) = plan.next(failed: true, lived: 0) { seconds } else { nil }
        }
    }

    @Test(
        arguments: [
            (.never, true, .end), (.never, false, .end),
            (.onFailure, true, .restart(after: 2, attempt: 1)), (.onFailure, false, .end),
            (.always, true, .restart(after: 2, attempt: 1)), (.always, false, .restart(after: 2, attempt: 1)),
        ] as [(RestartRules.Policy, Bool, RestartPlan.Decision)])
    func `the policy says which ends are followed by a restart`(
        policy: RestartRules.Policy, failed: Bool, decision: RestartPlan.Decision
    ) {
        var plan = plan(policy)
        #expect(plan.next(failed: failed, lived: 5) == decision)
    }

    @Test func `attempts in a row are counted and bounded`() {
        var plan = plan(attempts: 2, backoff: 1)
        #expect(plan.next(failed: true, lived: 0) == .restart(after: 1, attempt: 1))
        #expect(plan.next(failed: true, lived: 59) == .restart(after: 2, attempt: 2))
        #expect(plan.next(failed: true, lived: 0) == .giveUp)
        #expect(plan.next(failed: true, lived: 0) == .giveUp)
    }

    @Test func `without an attempt it is given up at once`() {
        var plan = plan(attempts: 0)
        #expect(plan.next(failed: true, lived: 1000) == .giveUp)
    }

    @Test(
        arguments: [
            (2, [2, 4, 8, 16, 32, 64, 128, 256, 300, 300]), (0, [0, 0, 0]), (200, [200, 300, 300]),
            (3600, [3600, 3600]),
        ] as [(Int64, [Int64])])
    func `the backoff doubles up to five minutes, or stays as long as it was asked for`(
        backoff: Int64, expected: [Int64]
    ) {
        #expect(waits(plan(attempts: 1000, backoff: backoff), count: expected.count) == expected)
    }

    @Test func `a thousand attempts do not overflow`() {
        #expect(waits(plan(attempts: 1000, backoff: 1), count: 1001).last == 300)
    }

    @Test(
        arguments: [(2, 59, 2), (2, 60, 1), (10, 99, 2), (10, 100, 1)] as [(Int64, Int64, Int64)])
    func `an app that lived for long starts the count anew`(backoff: Int64, lived: Int64, attempt: Int64) {
        var plan = plan(backoff: backoff)
        #expect(plan.next(failed: true, lived: 0) == .restart(after: backoff, attempt: 1))
        #expect(plan.next(failed: true, lived: lived) == .restart(after: attempt * backoff, attempt: attempt))
    }
}
