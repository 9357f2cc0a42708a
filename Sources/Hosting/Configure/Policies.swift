import HostModel
import Storage

/// What AppHost may do with one app by itself, and what of it the host decides for all of them.
package struct PolicyReport: Sendable, JSONRepresentable {
    package let app: AppID
    let policy: AppRecord.Policy
    /// Nil where none counts now.
    let hold: AppRecord.Policy.Hold?
    let settings: Settings

    /// For people.
    package var rows: [[String]] {
        let ofHost = "as the host's settings say"
        return [
            ["mode", policy.mode.rawValue, ""],
            [
                "channels", (policy.channels ?? settings.channels).joined(separator: ", "),
                policy.channels == nil ? ofHost : "",
            ],
            ["cooldown", "\(policy.cooldown ?? settings.cooldown)", policy.cooldown == nil ? ofHost : ""],
            ["hold", hold?.sentence ?? "none", ""],
        ]
    }

    package var json: JSONValue {
        [
            "schema": 1, "app": app, "mode": policy.mode.rawValue, "channels": policy.channels,
            "cooldownSeconds": policy.cooldown?.seconds, "hold": hold,
            "effective": [
                "channels": policy.channels ?? settings.channels,
                "cooldownSeconds": (policy.cooldown ?? settings.cooldown).seconds,
            ] as JSONValue,
        ]
    }

    /// The words that a policy's mode may be.
    package static let modes = AppRecord.Policy.Mode.allCases.map(\.rawValue)
}

extension AppRecord.Policy.Hold {
    /// For people.
    var sentence: String {
        switch self {
        case .until(let end): "held until \(end)"
        case .forever: "held"
        }
    }
}

/// What an operator wants to be otherwise in an app's policy. Pure.
package struct PolicyChange: Sendable {
    /// One of ``PolicyReport/modes``; nil leaves it as it is; so do the two that follow.
    package var mode: String?
    /// As an operator writes them; empty goes back to those of the host.
    package var channels: String?
    /// As an operator writes it; empty goes back to that of the host.
    package var cooldown: String?

    package init(mode: String? = nil, channels: String? = nil, cooldown: String? = nil) {
        self.mode = mode
        self.channels = channels
        self.cooldown = cooldown
    }

    package var isEmpty: Bool { mode == nil && channels == nil && cooldown == nil }

    /// What the history tells.
    var words: String {
        var words: [String] = []
        if let mode { words.append("mode \(mode)") }
        if let channels { words.append(channels.isEmpty ? "channels of the host" : "channels \(channels)") }
        if let cooldown { words.append(cooldown.isEmpty ? "cooldown of the host" : "cooldown \(cooldown)") }
        return words.joined(separator: "; ")
    }

    func applied(to present: AppRecord.Policy) throws(ConfigureError) -> AppRecord.Policy {
        var next = present
        if let mode {
            guard let known = AppRecord.Policy.Mode(rawValue: mode) else {
                let modes = PolicyReport.modes.joined(separator: ", ")
                throw .choiceInvalid(what: "mode of a policy", mode, allowed: "there are \(modes)")
            }
            next.mode = known
        }
        if let channels {
            next.channels = channels.isEmpty ? nil : ChannelList.parse(channels)
            guard channels.isEmpty || next.channels != nil else {
                throw .choiceInvalid(what: "list of channels", channels, allowed: "write it as 'stable,beta'")
            }
        }
        if let cooldown {
            next.cooldown = cooldown.isEmpty ? nil : Span(cooldown)
            guard cooldown.isEmpty || next.cooldown != nil else {
                throw .choiceInvalid(
                    what: "length of time", cooldown, allowed: "write it as 90s, 15m, 12h, 7d or 2w; 0s means none")
            }
        }
        return next
    }
}

extension AppHost {
    /// What AppHost may do with an app by itself.
    package func policy(_ id: AppID) throws -> PolicyReport {
        let root = try openRoot()
        let (app, _) = try requireInstalled(id, in: root)
        let policy = try app.record().policy
        return PolicyReport(app: id, policy: policy, hold: policy.activeHold(at: now()), settings: try settings(root))
    }

    /// Changes an app's policy.
    ///
    /// - On disk: `record.json`.
    package func changePolicy(
        _ id: AppID, _ change: PolicyChange, options: ChangeOptions
    ) async throws -> ChangeResult {
        try await changeRecord(id, .policy, options: options) { record, _ in
            var next = record
            next.policy = try change.applied(to: record.policy)
            return RecordChange(record: next, message: change.words)
        }
    }

    /// Keeps an app out of every policy, and of an update of all.
    ///
    /// - On disk: `record.json`.
    /// - Parameter span: for how long, from now on; nil until somebody ends it.
    package func hold(_ id: AppID, for span: Span?, options: ChangeOptions) async throws -> ChangeResult {
        let end = span.map { now() + $0 }
        return try await changeRecord(id, .hold, options: options) { record, _ in
            var next = record
            next.policy.hold = end.map { AppRecord.Policy.Hold.until($0) } ?? .forever
            return RecordChange(record: next, message: end.map { "until \($0)" })
        }
    }

    /// Ends a hold; done already where there is none.
    ///
    /// - On disk: `record.json`.
    package func unhold(_ id: AppID, options: ChangeOptions) async throws -> ChangeResult {
        try await changeRecord(id, .unhold, options: options) { record, _ in
            var next = record
            next.policy.hold = nil
            return RecordChange(record: next)
        }
    }
}
