/// Whether somebody may use a route.
package enum AccessDecision: Sendable, Equatable {
    case allowed
    case refused(Reason)

    package enum Reason: Sendable, Equatable {
        /// Nobody known asks.
        case notKnown
        /// It is for people, and an app asks.
        case operatorOnly
        /// The app was not granted these.
        case lacks(Set<Capability>)
    }
}

/// Decides by what a route requires and who asks. Pure; what is not allowed here is refused.
package enum AccessPolicy {
    package static func decision(for requirement: Requirement, caller: Caller) -> AccessDecision {
        switch (requirement, caller) {
        case (.anybody, _): return .allowed
        case (_, .operatorBySocket), (_, .operatorByToken), (_, .operatorBySession): return .allowed
        case (.operatorOnly, .app): return .refused(.operatorOnly)
        case (.capabilities(let needed), .app(_, let granted)):
            let lacking = needed.subtracting(granted)
            return lacking.isEmpty ? .allowed : .refused(.lacks(lacking))
        case (_, .nobody): return .refused(.notKnown)
        }
    }
}
