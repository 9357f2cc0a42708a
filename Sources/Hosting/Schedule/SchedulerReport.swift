import HostModel
import Scheduling

/// What `scheduler run` did.
package struct SchedulerReport: Sendable, JSONRepresentable {
    package enum Status: String, Sendable {
        /// Everything that was due was looked at.
        case done
        /// The settings say that nothing is done by itself.
        case disabled
        /// Another scheduler is at work on this root.
        case busy
    }

    package let status: Status
    /// When the first thing is due; nil where that cannot be known, or there is nothing.
    package let nextDue: Timestamp?
    private let turns: [(item: ScheduledItem, turn: Turn)]
    private let unreadable: [any Failure]

    /// Of a host without anything that could be looked at.
    init(isEnabled: Bool) {
        status = isEnabled ? .done : .disabled
        nextDue = nil
        turns = []
        unreadable = []
    }

    init(_ report: PassReport) {
        status = report.isAlone ? .done : .busy
        nextDue = report.nextDue
        turns = report.turns
        unreadable = report.failures
    }

    /// What was done, or left to somebody, in a sentence each.
    package var sentences: [String] {
        turns.compactMap { item, turn -> String? in
            switch turn.end {
            case .success: turn.message
            case .skipped: "left the \(item.kind.rawValue) \(item.name) as it is: \(turn.message)"
            case .failed: nil
            }
        }
    }

    /// Why things failed, or could not be looked at.
    package var failures: [any Failure] { turns.compactMap { $0.turn.failure } + unreadable }

    package var json: JSONValue {
        let results = turns.map { item, turn -> JSONValue in
            [
                "kind": item.kind.rawValue, "name": item.name, "action": turn.action.rawValue,
                "result": turn.end.word, "code": turn.end.code?.rawValue, "message": turn.message,
            ]
        }
        let failures = unreadable.map { failure -> JSONValue in
            ["code": failure.code.rawValue, "message": failure.message]
        }
        return ["schema": 1, "status": status.rawValue, "results": results, "failures": failures, "nextCheck": nextDue]
    }
}

/// What `scheduler status` shows.
package struct SchedulerStatus: Sendable, JSONRepresentable {
    package let isEnabled: Bool
    /// What cannot be read of one thing; nothing else is hidden by it.
    package private(set) var failures: [any Failure] = []
    private var summaries: [ScheduleSummary] = []
    private let now: Timestamp

    init(isEnabled: Bool, now: Timestamp) {
        self.isEnabled = isEnabled
        self.now = now
    }

    mutating func add(_ summary: ScheduleSummary) { summaries.append(summary) }

    mutating func add(_ failure: any Failure) { failures.append(failure) }

    /// For people, one for each thing: kind, name, status, last look, how it went, next look.
    package var cells: [[String]] {
        summaries.map { summary in
            let state = summary.state
            let failures = state.failureCount > 1 ? ", \(state.failureCount) times" : ""
            let result = state.errorCode.map { "\(state.lastResult.rawValue) (\(printable($0))\(failures))" }
            return [
                summary.item.kind.rawValue, summary.item.name.text, summary.status.rawValue, moment(state.lastCheck),
                result ?? state.lastResult.rawValue, moment(summary.nextCheck),
            ]
        }
    }

    private func moment(_ moment: Timestamp?) -> String { moment.map { TimeSpan.from(now, to: $0) } ?? "-" }

    package var json: JSONValue {
        let failures = failures.map { failure -> JSONValue in
            ["code": failure.code.rawValue, "message": failure.message]
        }
        return [
            "schema": 1, "enabled": isEnabled, "catalogs": named(.catalog, as: "name"), "apps": named(.app, as: "app"),
            "failures": failures,
        ]
    }

    private func named(_ kind: ScheduledItem.Kind, as key: String) -> [JSONValue] {
        summaries.filter { $0.item.kind == kind }.map { summary -> JSONValue in
            guard case .object(let members) = summary.json else { return summary.json }
            return .object([JSONValue.Member(key, summary.item.name.json)] + members)
        }
    }
}
