/// What a ``HealthGate`` says of an app.
package enum HealthVerdict: Hashable, Sendable {
    /// Every probe passed, the last one after this time.
    case healthy(after: Duration)
    /// The first probe that failed, and what it was answered last: `answered 500`, `connection refused`,
    /// `the app ended: exited with status 3`. Where the app ended this is the process probe, listed or not.
    case unhealthy(probe: HealthProbe, reason: String)
}

/// How an app does, as its supervisor tells it.
package struct Pulse: Hashable, Sendable {
    package let isAlive: Bool
    /// Of this run.
    package let restarts: Int64
    /// How it last ended: `exited with status 3`; nil where that is not known.
    package let lastExit: String?

    package init(isAlive: Bool, restarts: Int64, lastExit: String?) {
        self.isAlive = isAlive
        self.restarts = restarts
        self.lastExit = lastExit
    }

    /// Why the app is not healthy, whatever its probes say; nil where it has lived since `start`.
    func fault(since start: Pulse) -> String? {
        let words: String
        if !isAlive {
            words = "the app ended"
        } else if restarts != start.restarts {
            words = "the app ended and was started again"
        } else {
            return nil
        }
        return words + (lastExit.map { ": \($0)" } ?? "")
    }
}

/// What became of the program of an exec probe.
package enum ExecAnswer: Hashable, Sendable {
    case exited(status: Int32)
    /// It was killed when its time was over.
    case timedOut
    /// It could not be started, or ended otherwise, with the reason.
    case failed(reason: String)
}
