import TestSupport

/// A step of a history, and whether the process is killed in it.
struct PlannedStep: Sendable, Equatable {
    var step: HistoryStep
    var kill: Kill?

    struct Kill: Sendable, Equatable {
        /// Before which counted call, from 1. A step that makes fewer is not killed.
        var call: Int
        /// Before which call the recovery that follows is killed as well.
        var recovery: Int?
    }

    /// - Parameter calls: how many calls a step of each kind makes, about.
    static func plan(_ length: Int, seed: UInt64, calls: [HistoryStep.Kind: Int]) -> [PlannedStep] {
        var random = SplitMix(seed: seed)
        var plan: [PlannedStep] = []
        for _ in 0..<length {
            let kind = HistoryStep.Kind.bag.randomElement(using: &random) ?? .restart
            var planned = PlannedStep(step: .make(kind, using: &random))
            if let calls = calls[kind], Int.random(in: 0..<3, using: &random) == 0 {
                planned.kill = Kill(call: Int.random(in: 1...max(1, calls), using: &random))
                if Int.random(in: 0..<4, using: &random) == 0 {
                    planned.kill?.recovery = Int.random(in: 1...20, using: &random)
                }
            }
            plan.append(planned)
        }
        return plan
    }

    /// The same with less that goes wrong, the least first.
    var simpler: [PlannedStep] {
        guard let kill else { return [] }
        var simpler = [PlannedStep(step: step)]
        if kill.recovery != nil { simpler.append(PlannedStep(step: step, kill: Kill(call: kill.call))) }
        return simpler
    }
}

extension PlannedStep: CustomStringConvertible {
    var description: String {
        guard let kill else { return "\(step)" }
        return "\(step) (killed at call \(kill.call)"
            + (kill.recovery.map { ", its recovery at call \($0)" } ?? "") + ")"
    }
}
