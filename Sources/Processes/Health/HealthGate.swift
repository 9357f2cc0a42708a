import Fetching
import HostModel

/// Whether an app that was just started works: every probe has to pass in its time, and the app has to live through
/// all of it without a restart.
///
/// It changes nothing, and stops nothing.
package struct HealthGate: Sendable {
    /// What an app without probes has to live through.
    package static let settlingTime: Duration = .seconds(5)

    /// Between two looks at the app's life, and at the request to stop.
    private static let pause: Duration = .milliseconds(100)

    private let probes: [HealthProbe]
    private let life: @Sendable () throws -> Pulse
    private let exec: @Sendable ([String], Duration) async throws -> ExecAnswer
    private let clock: any Clock<Duration>
    private let cancellation: Cancellation

    /// - Parameters:
    ///   - life: how the app does now. It must not wait for anything.
    ///   - exec: runs a program of the bundle, kills it after this time, and ends early where its task is cancelled.
    package init(
        _ probes: [HealthProbe], life: @escaping @Sendable () throws -> Pulse,
        exec: @escaping @Sendable ([String], Duration) async throws -> ExecAnswer,
        clock: any Clock<Duration> = ContinuousClock(), cancellation: Cancellation = Cancellation()
    ) {
        self.probes = probes
        self.life = life
        self.exec = exec
        self.clock = clock
        self.cancellation = cancellation
    }

    /// The probes that count. Pure.
    ///
    /// - Parameter listed: what the app's manifest lists.
    package static func probes(for mode: HealthMode, listed: [HealthProbe]) -> [HealthProbe] {
        let chosen: [HealthProbe]
        switch mode {
        case .manifest: chosen = listed
        case .process: chosen = listed.filter(\.isOfProcess)
        case .none: return []
        }
        return chosen.isEmpty ? [HealthProbe(.process(settle: settlingTime))] : chosen
    }

    /// Asks all probes at the same time. Ends with the first that cannot pass any more, or as soon as the app is dead
    /// or was started again.
    ///
    /// - Throws: ``Interrupted`` where that was asked for or its task was cancelled, and what `life` and `exec` throw.
    package func run() async throws -> HealthVerdict {
        let elapsed = clock.stopwatch()
        let start = try life()
        if let reason = start.fault(since: start) { return unhealthy(reason) }
        let finding: Finding
        do {
            finding = try await firstFault(since: start, elapsed)
        } catch is CancellationError {
            throw Interrupted()
        }
        // The app's end says more than what a probe made of it.
        if let reason = try life().fault(since: start) { return unhealthy(reason) }
        if case .fault(let verdict) = finding { return verdict }
        return .healthy(after: elapsed())
    }

    private enum Finding: Sendable {
        case passed
        case fault(HealthVerdict)
    }

    /// ``Finding/passed`` once all probes have passed.
    private func firstFault(
        since start: Pulse, _ elapsed: @escaping @Sendable () -> Duration
    ) async throws -> Finding {
        try await withThrowingTaskGroup(of: Finding.self) { group in
            defer { group.cancelAll() }
            try cancellation.check()
            group.addTask { try await self.watchLife(since: start) }
            for probe in probes { group.addTask { try await self.ask(probe, elapsed) } }
            var missing = probes.count
            while missing > 0, let finding = try await group.next() {
                guard case .passed = finding else { return finding }
                missing -= 1
            }
            return .passed
        }
    }

    /// Looks again and again until there is a fault.
    private func watchLife(since start: Pulse) async throws -> Finding {
        while true {
            try await clock.sleep(for: Self.pause)
            try cancellation.check()
            if let reason = try life().fault(since: start) { return .fault(unhealthy(reason)) }
        }
    }

    private func ask(_ probe: HealthProbe, _ elapsed: @Sendable () -> Duration) async throws -> Finding {
        switch probe.check {
        case .process(let settle):
            // All that it asks is looked at anyway.
            try await clock.sleep(for: settle)
            return .passed
        case .tcp(let host, let port):
            return try await tries(of: probe, elapsed) { time in
                await TCPProbe(host: host, port: port, time: time, clock: clock).run()
            }
        case .http(let url, let status, let text):
            return try await tries(of: probe, elapsed) { time in
                await HTTPProbe(url: url, status: status, bodyContains: text, time: time, clock: clock).run()
            }
        case .exec(let command):
            return try await tries(of: probe, elapsed) { time in
                switch try await exec(command, time) {
                case .exited(status: 0): .passed
                case .exited(let status): .failed("exited with status \(status)")
                case .timedOut: .silent(time)
                case .failed(let reason): .failed(reason)
                }
            }
        }
    }

    private func tries(
        of probe: HealthProbe, _ elapsed: @Sendable () -> Duration,
        _ attempt: (Duration) async throws -> ProbeAnswer
    ) async throws -> Finding {
        var trial = ProbeTrial(probe)
        while true {
            let answer = try await attempt(trial.time(at: elapsed()))
            // A try that was cancelled says nothing of the app.
            try Task.checkCancellation()
            switch trial.note(answer, at: elapsed()) {
            case .passed: return .passed
            case .failed(let reason): return .fault(.unhealthy(probe: probe, reason: reason))
            case .tryAgain: try await clock.sleep(for: probe.interval)
            }
        }
    }

    /// That the app ended is the word of the process probe, also where none is listed.
    private func unhealthy(_ reason: String) -> HealthVerdict {
        let listed = probes.first(where: \.isOfProcess)
        return .unhealthy(probe: listed ?? HealthProbe(.process(settle: .zero)), reason: reason)
    }
}

extension HealthProbe {
    fileprivate var isOfProcess: Bool {
        if case .process = check { true } else { false }
    }
}
