import HostModel
import Storage
import Updates

/// How the operator wants something changed.
package struct ChangeOptions: Sendable {
    /// What was consented to beforehand.
    package var accepted: Set<Consent>
    /// Values for the app's variables, stored once the swap is done.
    package var values: SuppliedValues
    /// Gives the real answer and changes no file.
    package var dryRun: Bool
    /// Whether to wait for another update of the same app.
    package var wait: Bool
    /// Whether an app that runs may be stopped for it, and what it has to show afterwards; nil leaves it alone.
    package var restart: RestartChoice?
    /// Whether to make do with what was fetched before.
    package var offline: Bool
    package var cancellation: Cancellation
    /// Told how far the long part is.
    package var progress: @Sendable (Progress) -> Void
    /// Asks the operator, where there is one to ask. True consents to all of it.
    package var ask: @Sendable (AppID, [ConsentQuestion]) -> Bool
    /// Told a sentence about what went wrong and stops nothing.
    package var warn: @Sendable (String) -> Void
    /// What was agreed to already, in these very words.
    var answered: [ConsentQuestion] = []
    /// What the app's policy wants, where it is no person who does; nil where it is one. No policy consents.
    var policy: PolicyAction?

    package init(
        accepted: Set<Consent> = [], values: SuppliedValues = SuppliedValues(), dryRun: Bool = false,
        wait: Bool = false, restart: RestartChoice? = nil, offline: Bool = false,
        cancellation: Cancellation = Cancellation(),
        progress: @escaping @Sendable (Progress) -> Void = { _ in },
        ask: @escaping @Sendable (AppID, [ConsentQuestion]) -> Bool = { _, _ in false },
        warn: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.accepted = accepted
        self.values = values
        self.dryRun = dryRun
        self.wait = wait
        self.restart = restart
        self.offline = offline
        self.cancellation = cancellation
        self.progress = progress
        self.ask = ask
        self.warn = warn
    }

    /// - Parameter before: what was consented to when the candidate was staged.
    /// - Returns: what was consented to, for the receipt.
    /// - Throws: ``HostError/consentRequired(_:_:)`` with everything that is still open.
    func consent(to questions: [ConsentQuestion], for id: AppID, before: Set<Consent> = []) throws -> [Consent] {
        // What a policy puts aside is there to be looked at: all of it is asked when somebody applies it.
        if policy == .stage { return [] }
        let open = questions.filter { question in
            !accepted.contains(question.consent) && !before.contains(question.consent) && !answered.contains(question)
        }
        guard open.isEmpty || ask(id, open) else { throw HostError.consentRequired(id, open) }
        return questions.map(\.consent)
    }
}

extension ChangeOptions {
    /// Whether nobody asked for it but a policy.
    var byPolicy: Bool { policy != nil }

    /// Asks, now that nobody else can change it, whether the policy that acts still is the app's, and counts.
    func requirePolicy(of id: AppID, _ recorded: AppRecord.Policy, at now: Timestamp) throws(HostError) {
        guard let policy else { return }
        let asRecorded = UpdatePolicy(recorded, channels: [], cooldown: .zero)
        let anything = Eligibility(stage: true, apply: true)
        guard asRecorded.action(for: anything, isRunning: false) == policy, recorded.activeHold(at: now) == nil else {
            throw .candidateChanged(id, reason: "its policy was changed meanwhile")
        }
    }
}

/// How far one step is.
package struct Progress: Sendable, Equatable {
    package enum Step: String, Sendable { case downloading, verifying, unpacking, flushing, packing, hashing }
    package let step: Step
    package let app: String
    /// Bytes of content done, of how many.
    package let done: Int64
    package let total: Int64?
}

/// What became of one app.
package struct ChangeResult: Sendable, JSONRepresentable {
    package enum Action: String, Sendable {
        case install, update, stage, apply, repair, rollback, uninstall, unstage
        case config, secret, grant, revoke, policy, hold, unhold
        case start, stop, restart, confirm
    }
    package enum Outcome: String, Sendable { case done, unchanged, failed }

    package var app: AppID
    package var action: Action
    package var outcome: Outcome
    package var from: BundleVersion?
    package var to: BundleVersion?
    package var digest: ContentDigest?
    package var code: FailureCode?
    /// A sentence for people.
    package var message: String
    /// What the check said that it was decided by; nil where no catalog was asked.
    package var check: JSONValue?

    /// What did not become of it.
    package static func failed(_ action: Action, of app: AppID, _ failure: any Failure) -> ChangeResult {
        ChangeResult(
            app: app, action: action, outcome: .failed, from: nil, to: nil, digest: nil, code: failure.code,
            message: failure.message)
    }

    package var json: JSONValue {
        [
            "app": app, "action": action.rawValue, "result": outcome.rawValue, "from": from, "to": to,
            "digest": digest, "check": check, "code": code?.rawValue, "message": message,
        ]
    }
}
