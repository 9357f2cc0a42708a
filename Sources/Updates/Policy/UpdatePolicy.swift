import HostModel

/// What an operator wants to happen to one app's updates without being there.
package struct UpdatePolicy: Sendable, Equatable {
    package var mode: Mode
    /// Channels that are taken unless a version is named.
    package var channels: Set<String>
    /// How long a bundle must have been known here before a policy takes it; 0 for not at all.
    package var cooldownSeconds: Int64
    package var hold: Hold

    package enum Mode: String, Sendable, CaseIterable {
        /// Detects and shows.
        case manual
        /// Stages what is eligible, for later review.
        case stage
        /// Applies what is eligible while the app is stopped, and never stops it for that.
        case applyWhenStopped = "apply_when_stopped"
    }

    /// Whether an app is kept out of every policy.
    package enum Hold: Sendable, Equatable {
        case notHeld
        /// Not at that moment any more.
        case until(Timestamp)
        case forever

        package func isHeld(at now: Timestamp) -> Bool {
            switch self {
            case .notHeld: false
            case .until(let end): now < end
            case .forever: true
            }
        }
    }

    /// What is taken where nobody chose.
    package static let standardChannels: Set<String> = ["stable"]

    package init(
        mode: Mode = .manual, channels: Set<String> = UpdatePolicy.standardChannels, cooldownSeconds: Int64 = 0,
        hold: Hold = .notHeld
    ) {
        self.mode = mode
        self.channels = channels
        self.cooldownSeconds = cooldownSeconds
        self.hold = hold
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
