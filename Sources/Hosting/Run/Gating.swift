import Bundles
import DiskIO
import HostModel
import Processes
import Storage

extension AppHost {
    /// Asks a new version that was started whether it works.
    ///
    /// - Returns: what the first probe said that cannot pass any more, or that all have passed.
    /// - Throws: ``Interrupted`` where the operator did not want to wait for it.
    func runGate(
        _ mode: HealthMode, on launched: Launched, _ preparation: LaunchPreparation, options: ChangeOptions
    ) async throws -> HealthVerdict {
        let probes = HealthGate.probes(for: mode, listed: preparation.manifest.health.map { HealthProbe($0) })
        let place = launched.place
        let gate = HealthGate(
            probes,
            life: {
                let life = try Life.of(place)
                return Pulse(
                    isAlive: life.isRunning, restarts: life.state?.restarts ?? 0,
                    lastExit: life.state?.lastExit?.sentence)
            },
            exec: { [order = launched.order, bundle = launched.bundle] command, timeout in
                try await ProbeCommand(
                    command: command, environment: order.environment, bundle: bundle, user: order.user,
                    dropsCapabilities: order.dropsCapabilities
                ).run(within: timeout)
            }, clock: clock, cancellation: options.cancellation)
        return try await gate.run()
    }

    /// The last lines of an app's present run; none where they cannot be read, which is the lesser trouble then.
    func lastLines(of app: AppDirectory, in root: ManagedRoot, count: Int = 10) -> [String] {
        guard let place = try? place(of: app, in: root), let logs = place.logs,
            let lines = try? LogReader(logs: logs).tail(lines: count, since: RunState.read(in: logs)?.startedAt)
        else { return [] }
        return lines.map(\.shown)
    }
}
