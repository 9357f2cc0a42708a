import HostModel

/// What an app's record is to say next, where no bundle is swapped.
package struct RecordChange: Sendable {
    /// What was asked for, as the history calls it.
    package enum Kind: String, Sendable, CaseIterable { case config, secret, grant, revoke, policy, hold, unhold }

    package var record: AppRecord
    /// The values of the secrets that `record` names and the present record does not.
    package var values: [SecretFile: SecretValue]
    /// What the history tells of it; never a value.
    package var message: String?

    package init(record: AppRecord, values: [SecretFile: SecretValue] = [:], message: String? = nil) {
        self.record = record
        self.values = values
        self.message = message
    }
}
