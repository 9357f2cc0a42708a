import HostModel

/// One thing that decides about a candidate: what it looked at, and what came of it. A line of `why`.
package struct Gate: Sendable, Equatable {
    package let name: Name
    package let input: String
    package let outcome: Outcome

    /// In the order in which they are asked.
    package enum Name: String, Sendable, CaseIterable {
        // Whether there is a candidate at all. The first that stops ends the asking.
        case installed, source, catalog, entry, version
        // Whether a policy may stage it
        case compatibility, channel, deprecation
        case knownBad = "known-bad"
        case hold, cooldown, review
        // Whether a policy may apply it, besides
        case consent, environment
        case policyReview = "policy-review"
        // Whether the app's own policy does something now
        case policy, running

        /// Those that ask whether there is a candidate at all.
        static let ofCandidate: [Name] = [.installed, .source, .catalog, .entry, .version]
    }

    package enum Outcome: Sendable, Equatable {
        case passed
        /// With a code for programs and a sentence for people.
        case stopped(GateCode, String)
        /// An earlier gate made it pointless.
        case notAsked
    }

    /// What a gate keeps a candidate from.
    package enum Guarded: String, Sendable {
        /// From being staged, and so from being applied too.
        case stage
        case apply
        /// From what the app's policy would do with a candidate that is eligible.
        case policy
    }

    package init(_ name: Name, input: String, _ outcome: Outcome) {
        self.name = name
        self.input = input
        self.outcome = outcome
    }

    package var guarded: Guarded {
        switch name {
        case .installed, .source, .catalog, .entry, .version, .compatibility, .channel, .deprecation, .knownBad, .hold,
            .cooldown, .review:
            .stage
        case .consent, .environment, .policyReview: .apply
        case .policy, .running: .policy
        }
    }

    package var stop: Stop? {
        if case .stopped(let code, let message) = outcome { Stop(code: code, message: message) } else { nil }
    }

    /// What kept a candidate from something.
    package struct Stop: Sendable, Equatable, JSONRepresentable {
        package let code: GateCode
        package let message: String

        package var json: JSONValue { ["code": code.text, "message": message] }
    }

    /// For people: name, input, outcome.
    package var cells: [String] {
        let told =
            switch outcome {
            case .passed: "passed"
            case .stopped(_, let message): "stopped: \(message)"
            case .notAsked: "not asked"
            }
        return [name.rawValue, input, told]
    }
}

extension Gate: JSONRepresentable {
    package var json: JSONValue {
        let word =
            switch outcome {
            case .passed: "passed"
            case .stopped: "stopped"
            case .notAsked: "not_asked"
            }
        return [
            "gate": name.rawValue, "guards": guarded.rawValue, "input": input, "outcome": word,
            "code": stop?.code.text, "message": stop?.message,
        ]
    }
}

/// Why a gate stopped, for programs. What a command fails with as well has that failure's code.
package struct GateCode: Hashable, Sendable, CustomStringConvertible {
    package let text: String

    private init(_ text: String) { self.text = text }

    package init(_ failure: FailureCode) { text = failure.rawValue }

    package init(_ reason: UnknownReason) { text = reason.rawValue }

    package var description: String { text }

    package static let notCatalogSourced = GateCode("not_catalog_sourced")
    package static let notInCatalog = GateCode("not_in_catalog")
    package static let upToDate = GateCode("up_to_date")
    package static let compatibilityUnknown = GateCode("compatibility_unknown")
    package static let channelNotAllowed = GateCode("channel_not_allowed")
    package static let deprecated = GateCode("entry_deprecated")
    package static let knownBad = GateCode("known_bad")
    package static let held = GateCode("held")
    package static let cooling = GateCode("cooling")
    package static let environmentMissing = GateCode("update_environment_missing")
    package static let policyManual = GateCode("policy_manual")
    package static let appRunning = GateCode("app_running")
}

/// Every gate of one candidate, in order: what `why` prints.
package struct GateReport: Sendable, Equatable {
    package let gates: [Gate]
    /// What the app's policy would do now.
    package let action: PolicyAction

    init(_ gates: [Gate], policy: UpdatePolicy, isRunning: Bool) {
        self.gates = gates
        action = policy.action(for: Self.eligibility(gates), isRunning: isRunning)
    }

    package var eligible: Eligibility { Self.eligibility(gates) }

    /// What keeps the candidate from being staged or applied by policy, each code once.
    package var stops: [Gate.Stop] {
        var stops: [Gate.Stop] = []
        for gate in gates where gate.guarded != .policy {
            guard let stop = gate.stop, !stops.contains(where: { $0.code == stop.code }) else { continue }
            stops.append(stop)
        }
        return stops
    }

    private static func eligibility(_ gates: [Gate]) -> Eligibility {
        func allPass(_ guarded: Gate.Guarded) -> Bool {
            gates.allSatisfy { $0.guarded != guarded || $0.outcome == .passed }
        }
        return Eligibility(stage: allPass(.stage), apply: allPass(.apply))
    }
}

extension GateReport: JSONRepresentable {
    package var json: JSONValue { ["gates": gates, "eligible": eligible, "action": action.rawValue] }
}
