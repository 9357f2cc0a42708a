import Catalogs
import HostModel
import Storage

/// The gates that ask whether a policy may take a candidate that is newer.
struct TailGates {
    let input: CheckInput
    let entry: CatalogEntry
    let prospect: Prospect

    /// Where there is no such candidate.
    static var notAsked: [Gate] {
        Gate.Name.allCases.dropFirst(Gate.Name.ofCandidate.count).map { Gate($0, input: "", .notAsked) }
    }

    var all: [Gate] {
        [
            compatibility, channel, deprecation, knownBad, hold, cooldown, review, consent, environment, policyReview,
            policy, running,
        ]
    }

    // MARK: Whether a policy may stage it

    private var compatibility: Gate {
        let host = "apphost \(input.platform.apphost) on \(input.platform.arch)"
        let outcome: Gate.Outcome =
            switch prospect.drift.compatibility {
            case .compatible: .passed
            case .incompatible(let reason): .stopped(GateCode(.updateIncompatible), reason)
            case .unknown: .stopped(.compatibilityUnknown, "whether it fits this host cannot be known")
            }
        return Gate(.compatibility, input: host, outcome)
    }

    private var channel: Gate {
        let taken = input.policy.channels.sorted().map { printable($0) }.joined(separator: ", ")
        let told = "\(entry.channel), of those taken: \(taken)"
        guard !input.policy.channels.contains(entry.channel) else { return Gate(.channel, input: told, .passed) }
        return Gate(
            .channel, input: told,
            .stopped(.channelNotAllowed, "it is in the channel \(quoted(entry.channel)), which is not taken"))
    }

    private var deprecation: Gate {
        let deprecation = entry.deprecation
        let told = deprecation.status.rawValue
        guard deprecation.status == .deprecated else { return Gate(.deprecation, input: told, .passed) }
        let why = deprecation.message.map { ": \(printable($0))" } ?? ""
        let next = deprecation.replacement.map { "; \(quoted($0.text)) takes its place" } ?? ""
        return Gate(.deprecation, input: told, .stopped(.deprecated, "it is deprecated\(why)\(next)"))
    }

    private var knownBad: Gate {
        let question = ConsentQuestion.knownBad(entry.digest, among: input.knownBad)
        guard let question else { return Gate(.knownBad, input: entry.digest.short, .passed) }
        return Gate(.knownBad, input: entry.digest.short, .stopped(.knownBad, question.text))
    }

    private var hold: Gate {
        let told =
            switch input.policy.hold {
            case nil: "not held"
            case .until(let end)?: "until \(end)"
            case .forever?: "for ever"
            }
        guard input.policy.hold?.isHeld(at: input.now) == true else { return Gate(.hold, input: told, .passed) }
        return Gate(.hold, input: told, .stopped(.held, "the app is held \(told)"))
    }

    private var cooldown: Gate {
        let cooldown = prospect.cooldown
        let told = "first seen \(cooldown.firstSeen), waits until \(cooldown.end)"
        guard cooldown.isCooling(at: input.now) else { return Gate(.cooldown, input: told, .passed) }
        return Gate(.cooldown, input: told, .stopped(.cooling, "it cools until \(cooldown.end)"))
    }

    /// Whether a person could stage it without an acknowledgement.
    private var review: Gate { reviewed(.review, .byHand) }

    // MARK: Whether a policy may apply it

    private var consent: Gate {
        let told = prospect.consents.map(\.consent.rawValue).joined(separator: ", ")
        guard !prospect.consents.isEmpty else { return Gate(.consent, input: "nothing to consent to", .passed) }
        let why = prospect.consents.map(\.text).joined(separator: "; ")
        return Gate(.consent, input: told, .stopped(GateCode(.updateConsentRequired), why))
    }

    private var environment: Gate {
        let environment = prospect.drift.environment
        let missing = (environment.missing + environment.newlyRequired).joined(separator: ", ")
        guard !missing.isEmpty else { return Gate(.environment, input: "every required variable is set", .passed) }
        return Gate(.environment, input: missing, .stopped(.environmentMissing, "no value is set for \(missing)"))
    }

    private var policyReview: Gate { reviewed(.policyReview, .byPolicy) }

    private func reviewed(_ name: Gate.Name, _ way: ReviewGate.Way) -> Gate {
        let mode = input.review.mode
        let status = prospect.review.status
        let claim = prospect.review.claim.map { ", its publisher says \($0.status.rawValue)" } ?? ""
        let outcome: Gate.Outcome =
            switch ReviewGate.of(prospect.review, in: mode, way) {
            case .open: .passed
            case .needsAcknowledgement(let code):
                .stopped(GateCode(code), "\(status.sentence), and it needs '--accept review'")
            case .blocked(let code): .stopped(GateCode(code), status.sentence)
            }
        return Gate(name, input: "\(status.rawValue)\(claim), reviewMode=\(mode.rawValue)", outcome)
    }

    // MARK: Whether the app's policy does something now

    private var policy: Gate {
        let mode = input.policy.mode
        guard mode == .manual else { return Gate(.policy, input: mode.rawValue, .passed) }
        return Gate(.policy, input: mode.rawValue, .stopped(.policyManual, "nothing is done by itself"))
    }

    private var running: Gate {
        let told = input.isRunning ? "running" : "stopped"
        let matters = input.policy.mode == .applyWhenStopped
        guard input.isRunning, matters else { return Gate(.running, input: told, .passed) }
        return Gate(.running, input: told, .stopped(.appRunning, "the app runs, and is not stopped for an update"))
    }
}
