import HostModel
import Storage

/// What an operator wants to happen to one app's updates without being there.
package struct UpdatePolicy: Sendable, Equatable {
    package var mode: Mode
    /// Channels that are taken unless a version is named.
    package var channels: Set<String>
    /// How long a bundle must have been known here before a policy takes it; 0 for not at all.
    package var cooldownSeconds: Int64
    /// What keeps the app out of every policy; nil for nothing.
    package var hold: Hold?

    package typealias Mode = AppRecord.Policy.Mode
    package typealias Hold = AppRecord.Policy.Hold

    /// What is taken where nobody chose.
    package static let standardChannels: Set<String> = ["stable"]

    package init(
        mode: Mode = .manual, channels: Set<String> = UpdatePolicy.standardChannels, cooldownSeconds: Int64 = 0,
        hold: Hold? = nil
    ) {
        self.mode = mode
        self.channels = channels
        self.cooldownSeconds = cooldownSeconds
        self.hold = hold
    }

    /// As it is recorded of an app.
    ///
    /// - Parameters:
    ///   - channels: those of the host, where the app has none of its own.
    ///   - cooldown: likewise.
    package init(_ recorded: AppRecord.Policy, channels: [String], cooldown: Span) {
        self.init(
            mode: recorded.mode, channels: Set(recorded.channels ?? channels),
            cooldownSeconds: (recorded.cooldown ?? cooldown).seconds, hold: recorded.hold)
    }

    /// What this policy does with a candidate now.
    package func action(for eligible: Eligibility, isRunning: Bool) -> PolicyAction {
        switch mode {
        case .manual: .nothing
        case .stage: eligible.stage ? .stage : .nothing
        case .applyWhenStopped: eligible.apply && !isRunning ? .apply : .nothing
        }
    }
}

package enum PolicyAction: String, Sendable { case nothing, stage, apply }

/// What a policy may do with a candidate, whichever policy it is.
package struct Eligibility: Sendable, Equatable {
    package let stage: Bool
    /// Never without `stage`.
    package let apply: Bool

    package init(stage: Bool, apply: Bool) {
        self.stage = stage
        self.apply = stage && apply
    }
}

extension Eligibility: JSONRepresentable {
    package var json: JSONValue { ["stage": stage, "apply": apply] }
}
