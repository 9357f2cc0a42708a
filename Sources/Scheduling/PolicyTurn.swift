import Updates

/// What the scheduler does with an app once it was checked. Pure.
package enum PolicyTurn: Sendable, Equatable {
    case nothing
    /// Its policy wants the candidate staged, or applied.
    case act(PolicyAction)
    /// Its policy would apply the candidate, but the app runs. No app is stopped for that.
    case left(Gate.Stop)

    package init(_ gates: GateReport) {
        let running = gates.gates.first { $0.name == .running }?.stop
        if gates.action != .nothing {
            self = .act(gates.action)
        } else if let running, gates.eligible.apply {
            self = .left(running)
        } else {
            self = .nothing
        }
    }
}
