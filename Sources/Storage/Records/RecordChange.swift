import HostModel

/// What an app's record is to say next, where no bundle is swapped.
package struct RecordChange: Sendable {
    /// What was asked for, as the history calls it.
    package enum Kind: String, Sendable, CaseIterable {
        case config, secret, grant, revoke, policy, hold, unhold
        /// The app is wanted, or not any more.
        case start, stop
        /// The app is about to be stopped for an operation, which is unconfirmed from now on; or that came to nothing.
        case restart
        /// The gate of an operation has spoken.
        case confirm

        /// Whether it has a line in the history. A restart has none: its operation has.
        var isTold: Bool { self != .restart }
    }

    package var record: AppRecord
    /// The values of the secrets that `record` names and the present record does not.
    package var values: [SecretFile: SecretValue]
    /// What the history tells of it; never a value.
    package var message: String?
    /// The bundles that the history tells of.
    package var detail: HistoryDetail
    package var outcome: HistoryLine.Outcome
    /// Why it is not ``HistoryLine/Outcome/done``.
    package var code: String?
    /// How many bundles to keep for rollback; nil trims none.
    package var retention: Int?

    package init(
        record: AppRecord, values: [SecretFile: SecretValue] = [:], message: String? = nil,
        detail: HistoryDetail = HistoryDetail(), outcome: HistoryLine.Outcome = .done, code: String? = nil,
        retention: Int? = nil
    ) {
        self.record = record
        self.values = values
        self.message = message
        self.detail = detail
        self.outcome = outcome
        self.code = code
        self.retention = retention
    }
}
