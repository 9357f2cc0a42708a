/// What one try of a probe came to.
enum ProbeAnswer: Hashable, Sendable {
    case passed
    /// With what was answered.
    case failed(String)
    /// Nothing was answered in this time.
    case silent(Duration)
    /// It can never pass, with the reason.
    case impossible(String)
}

/// The tries of one probe, and what follows from them. Pure.
///
/// Times count from the moment at which the gate began.
struct ProbeTrial {
    enum Step: Hashable {
        case passed
        /// After the probe's interval.
        case tryAgain
        case failed(reason: String)
    }

    private let probe: HealthProbe
    /// Successes in a row.
    private var streak = 0
    /// Of the last try that did not succeed.
    private var trouble: String?

    init(_ probe: HealthProbe) { self.probe = probe }

    /// How long a try may take that begins now.
    func time(at now: Duration) -> Duration { max(.zero, min(probe.timeout, probe.within - now)) }

    /// - Parameter now: the end of the try.
    mutating func note(_ answer: ProbeAnswer, at now: Duration) -> Step {
        switch answer {
        case .passed: streak += 1
        case .failed(let words): fail(words)
        case .silent(let time) where time == probe.timeout: fail("did not answer within \(probe.timeout.words)")
        // It was the gate's time that ended this try: what came before says more.
        case .silent: fail(trouble ?? "did not answer within \(probe.within.words)")
        case .impossible(let reason): return .failed(reason: reason)
        }
        if streak >= probe.successes { return .passed }
        let missing = probe.successes - streak
        if now + probe.interval * missing < probe.within { return .tryAgain }
        if streak == 0, let trouble { return .failed(reason: trouble) }
        return .failed(
            reason: "only \(streak) of \(probe.successes) tries in a row succeeded within \(probe.within.words)")
    }

    private mutating func fail(_ words: String) {
        streak = 0
        trouble = words
    }
}

extension Duration {
    /// `5 s`, `250 ms`.
    fileprivate var words: String {
        let (seconds, rest) = components
        return rest == 0 ? "\(seconds) s" : "\(seconds * 1000 + rest / 1_000_000_000_000_000) ms"
    }
}
