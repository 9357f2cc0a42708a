import HostModel

/// Runs pass after pass, each when the first thing is due.
package struct SchedulerLoop: Sendable {
    private let clock: any Clock<Duration>
    private let now: @Sendable () -> Timestamp
    private let longestSleep: Duration
    private let pass: @Sendable () async throws -> Timestamp?
    private let failed: @Sendable (any Error) -> Void

    /// What it is woken for anyway: settings that were changed, and a host's clock that jumped.
    package static let standardSleep = Duration.seconds(180)

    /// - Parameters:
    ///   - clock: sleeps; it need not know what time it is.
    ///   - now: the host's clock.
    ///   - pass: yields when the next one is due; nil where that cannot be known.
    ///   - failed: told why a pass failed. The next one comes after the longest sleep.
    package init(
        clock: any Clock<Duration>, now: @escaping @Sendable () -> Timestamp,
        longestSleep: Duration = SchedulerLoop.standardSleep, pass: @escaping @Sendable () async throws -> Timestamp?,
        failed: @escaping @Sendable (any Error) -> Void
    ) {
        self.clock = clock
        self.now = now
        self.longestSleep = longestSleep
        self.pass = pass
        self.failed = failed
    }

    /// Returns once its task is cancelled, or a pass was asked to stop.
    package func run() async {
        while !Task.isCancelled {
            var due: Timestamp?
            do { due = try await pass() } catch is Interrupted { return } catch is CancellationError { return } catch {
                failed(error)
            }
            do { try await clock.sleep(for: pause(until: due)) } catch { return }
        }
    }

    /// At least a second, so that a moment that has come cannot keep it busy.
    func pause(until due: Timestamp?) -> Duration {
        guard let due else { return longestSleep }
        return min(longestSleep, max(.seconds(1), .seconds(due.seconds - now().seconds)))
    }
}
