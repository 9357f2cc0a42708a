import HostModel

/// What is said of one thing that the scheduler looks at: no path, no address, no secret.
package struct ScheduleSummary: Sendable, Equatable {
    package enum Status: String, Sendable {
        /// The settings say that nothing is done by itself.
        case disabled
        case waiting
        /// It is looked at now.
        case running
        /// It failed, and is tried again sooner than usual.
        case backoff
        case notInstalled = "not_installed"
    }

    package let item: ScheduledItem
    package let isEnabled: Bool
    package let status: Status
    /// Nil where it was never looked at, and so is due, or where it will not be.
    package let nextCheck: Timestamp?
    package let state: ItemState

    init(
        of item: ScheduledItem, _ state: ItemState, by schedule: Schedule, isThere: Bool, isRunning: Bool,
        at now: Timestamp
    ) {
        self.item = item
        self.state = state
        let isEnabled = schedule.settings.isEnabled
        self.isEnabled = isEnabled
        let isPlanned = isThere && isEnabled && state.nextCheck != nil
        nextCheck = isPlanned ? schedule.next(item, state, at: now) : nil
        if !isThere {
            status = .notInstalled
        } else if isRunning {
            status = .running
        } else if !isEnabled {
            status = .disabled
        } else {
            status = state.failureCount > 0 ? .backoff : .waiting
        }
    }

    /// Of what was never looked at.
    package static func ofUnseen(_ item: ScheduledItem, by schedule: Schedule, at now: Timestamp) -> ScheduleSummary {
        ScheduleSummary(of: item, ItemState(), by: schedule, isThere: true, isRunning: false, at: now)
    }
}

extension ScheduleSummary: JSONRepresentable {
    package var json: JSONValue {
        [
            "enabled": isEnabled, "status": status.rawValue, "lastCheck": state.lastCheck, "nextCheck": nextCheck,
            "lastResult": state.lastResult.rawValue, "lastFailure": state.lastFailure,
            "failureCount": state.failureCount, "errorCode": state.errorCode,
        ]
    }
}
