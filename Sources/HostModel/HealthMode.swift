/// What an app has to show after an update that restarted it.
package enum HealthMode: String, Sendable, CaseIterable {
    /// What its manifest asks for; where that lists no probe, that it lives through the settling time.
    case manifest
    /// That it lives through the settling time.
    case process
    /// Nothing but that it can be started.
    case none
}
