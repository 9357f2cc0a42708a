import Catalogs
import HostModel
import Storage
import Updates

/// The state of a host in numbers, each counted from what is on disk and alive now.
package struct MetricsReading: Sendable, Equatable {
    /// How many apps are in each state, by the name of the state; every state is there.
    package fileprivate(set) var apps: [String: Int64]
    /// Of how many apps the last check found something newer than what is installed.
    package fileprivate(set) var updatesAvailable: Int64 = 0
    /// Since when the oldest candidate waits, listed or staged; nil where none does.
    package fileprivate(set) var oldestPending: Timestamp?
    /// Of updates that were swapped in, in the histories that are kept.
    package fileprivate(set) var applies: Int64 = 0
    /// Of rollbacks that somebody asked for.
    package fileprivate(set) var operatorRollbacks: Int64 = 0
    /// Of updates that were undone because the new version failed.
    package fileprivate(set) var healthRollbacks: Int64 = 0
    /// By name.
    package fileprivate(set) var catalogs: [Catalog] = []
    /// How many apps and catalogs could not be read whole, so that other numbers are too small.
    package fileprivate(set) var unreadable: Int64 = 0
    /// When all of this was.
    package let at: Timestamp

    package struct Catalog: Sendable, Equatable {
        package let name: AppID
        /// Of refreshes, since it was added.
        package let failures: Int64
        /// Nil where it was never verified.
        package let expiresAt: Timestamp?
    }

    fileprivate init(at moment: Timestamp) {
        at = moment
        apps = Dictionary(uniqueKeysWithValues: AppStatus.State.allCases.map { ($0.rawValue, 0) })
    }
}

extension AppHost {
    /// Counts what there is. Requests nothing, changes nothing.
    ///
    /// Cost: the records and the history of each app, and one look at all processes.
    package func metricsReading() throws -> MetricsReading {
        var reading = MetricsReading(at: now())
        let (statuses, failures) = try status([])
        for status in statuses { reading.apps[status.state.rawValue, default: 0] += 1 }
        reading.unreadable += Int64(failures.count)
        guard let root = try openRoot() else { return reading }
        for id in try root.appIDs() {
            do {
                if let app = try root.app(id) { try reading.count(app) }
            } catch is any Failure {
                reading.unreadable += 1
            }
        }
        if let known = try knownCatalogs() {
            for name in try known.names() {
                do throws(CatalogSourceError) { reading.count(name, try known.health(name)) } catch {
                    reading.unreadable += 1
                }
            }
        }
        return reading
    }
}

extension MetricsReading {
    fileprivate mutating func count(_ app: AppDirectory) throws {
        for line in try app.history() where line.outcome == .done {
            switch SwapIntent.Kind(rawValue: line.kind) {
            case .update, .apply: applies += 1
            case .rollback: operatorRollbacks += 1
            case .undo: healthRollbacks += 1
            case .install, .stage, .repair, nil: break
            }
        }
        guard let installed = try InstalledBundle.read(app) else { return }
        if let staged = try unlessDamaged({ try app.open(.staged)?.receipt() }) ?? nil { wait(since: staged.stagedAt) }
        guard let check = try unlessDamaged({ try CheckRecord.read(of: app) }) ?? nil,
            check.outcome.status == .upgradeAvailable, let candidate = check.outcome.candidateDigest,
            // What was installed since is no candidate any more.
            candidate != installed.digest
        else { return }
        updatesAvailable += 1
        wait(since: check.sightings.firstSeen(candidate) ?? check.checkedAt)
    }

    fileprivate mutating func count(_ name: AppID, _ health: CatalogHealth) {
        catalogs.append(Catalog(name: name, failures: health.failures, expiresAt: health.expiresAt))
    }

    private mutating func wait(since moment: Timestamp) { oldestPending = min(oldestPending ?? moment, moment) }
}
