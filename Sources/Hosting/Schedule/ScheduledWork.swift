import Catalogs
import HostModel
import Scheduling
import Updates

/// What the scheduler has done: by the same use cases as the command line's.
actor ScheduledWork: SchedulerWork {
    private let host: AppHost
    private let options: ChangeOptions
    /// What checks are decided from, read once for all of them after the last refresh.
    private var readings: CheckReadings?

    /// - Parameters:
    ///   - host: acts as the scheduler.
    ///   - options: nothing in it consents or answers.
    init(host: AppHost, options: ChangeOptions) {
        self.host = host
        self.options = options
    }

    func names(_ kind: ScheduledItem.Kind) throws -> [AppID] {
        guard let root = try host.openRoot() else { return [] }
        switch kind {
        case .catalog: return try host.knownCatalogs()?.names() ?? []
        case .app: return try host.installedApps(in: root)
        }
    }

    func refresh(_ catalog: AppID) async throws -> Turn {
        readings = nil
        guard let result = try await host.refresh([catalog], options: options).first else {
            throw CatalogSourceError.notKnown(catalog)
        }
        if let failure = result.failure { return Turn(.refresh, failure) }
        return Turn(.refresh, result.message)
    }

    func check(_ app: AppID) async throws -> Turn {
        let readings = try self.readings ?? host.checkReadings()
        self.readings = readings
        let check = try host.currentAppCheck(of: app, by: readings)
        try await host.note(check, by: readings, options: options)
        switch PolicyTurn(check.result.gates) {
        case .nothing: return Turn(.check, "checked \(app): \(check.result.status.words)")
        case .left(let stop): return Turn(.check, skippedFor: .appRunning, "checked \(app): \(stop.message)")
        case .act(let action): return try await act(action, on: check)
        }
    }

    /// Stages or applies the candidate that was found. Every gate is asked again on the way.
    private func act(_ action: PolicyAction, on check: AppCheck) async throws -> Turn {
        let done: Turn.Action = action == .stage ? .stage : .apply
        var options = options
        options.policy = action
        do {
            let result = try await host.update(
                check.app, version: nil, catalog: nil, onlyStage: action == .stage,
                expect: check.result.candidate?.entry.digest, isRefreshed: true, options: options)
            return Turn(done, result.message)
        } catch let failure as any Failure where failure.code != .interrupted {
            return Turn(done, failure)
        }
    }
}
