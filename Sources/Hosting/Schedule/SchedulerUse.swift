import Catalogs
import HostModel
import Scheduling
import Storage

extension AppHost {
    /// Does once what is due: refreshes catalogs, checks apps, and stages or applies what their policies want. One
    /// thing that fails stops no other.
    ///
    /// - On disk: `scheduler/`, which is made where it is not there; then as ``refresh(_:options:)``,
    ///   ``check(_:options:)`` and ``update(_:version:catalog:onlyStage:expect:isRefreshed:options:)``. Nothing where
    ///   there is no root yet, the settings say so, or another scheduler is at work on this root.
    /// - Parameter options: how to stop it, and who is told. Nothing else of it counts: nobody consents.
    /// - Throws: ``ScheduleError`` where what is known cannot be written, `setting_invalid`, ``Interrupted``, or why
    ///   the root cannot be read or changed.
    package func runScheduler(options: ChangeOptions) async throws -> SchedulerReport {
        if options.offline { throw CatalogRequestError.refreshOffline }
        guard let root = try openRoot() else { return SchedulerReport(isEnabled: true) }
        try requireWritable(root)
        let settings = try settings(root)
        guard settings.scheduler.isEnabled else { return SchedulerReport(isEnabled: false) }
        _ = try effectiveReviewMode(settings)
        let own = ChangeOptions(
            cancellation: options.cancellation, progress: options.progress, warn: options.warn)
        let pass = SchedulerPass(
            schedule: Schedule(settings.scheduler), store: ScheduleStore(try root.partOrMake(.scheduler)),
            work: ScheduledWork(host: acting(as: "scheduler"), options: own), cancellation: own.cancellation, now: now)
        return SchedulerReport(try await pass.run())
    }

    /// Does what is due as it comes due, until its task is cancelled or `options.cancellation` is.
    ///
    /// - On disk: see ``runScheduler(options:)``.
    /// - Parameters:
    ///   - clock: sleeps.
    ///   - tell: told of each pass, how it went or why it could not be made.
    package func keepScheduling(
        options: ChangeOptions, clock: any Clock<Duration> = ContinuousClock(),
        tell: @escaping @Sendable (Result<SchedulerReport, any Error>) -> Void
    ) async {
        let loop = SchedulerLoop(
            clock: clock, now: now,
            pass: {
                let report = try await runScheduler(options: options)
                tell(.success(report))
                return report.nextDue
            },
            failed: { tell(.failure($0)) })
        await loop.run()
    }

    /// What the scheduler does with every catalog and app, from what is stored now. Changes nothing.
    ///
    /// - Throws: why the root cannot be read. What cannot be read of one thing is told beside the others.
    package func schedulerStatus() throws -> SchedulerStatus {
        let root = try openRoot()
        let moment = now()
        let schedule = Schedule(try settings(root).scheduler)
        var status = SchedulerStatus(isEnabled: schedule.settings.isEnabled, now: moment)
        guard let root else { return status }
        let store = try root.partIfPresent(.scheduler).map { ScheduleStore($0) }
        let catalogs = try knownCatalogs()?.names() ?? []
        let apps = try installedApps(in: root)
        var shown = catalogs.map { (item: ScheduledItem(.catalog, $0), isThere: true) }
        shown += apps.map { (item: ScheduledItem(.app, $0), isThere: true) }
        for item in try store?.items() ?? [] where item.kind == .app && !apps.contains(item.name) {
            shown.append((item: item, isThere: false))
        }
        for (item, isThere) in shown {
            do throws(ScheduleError) {
                let summary = try store?.summary(of: item, isThere: isThere, by: schedule, at: moment)
                status.add(summary ?? .ofUnseen(item, by: schedule, at: moment))
            } catch {
                status.add(error)
            }
        }
        return status
    }

    /// When the scheduler checks an installed app; nil where that cannot be read. The operator is told, unless it is
    /// none of theirs.
    func schedule(for id: AppID, by readings: CheckReadings, warn: (String) -> Void) -> ScheduleSummary? {
        guard let root = readings.root, root.isOurs else { return nil }
        let schedule = Schedule(readings.settings.scheduler)
        let item = ScheduledItem(.app, id)
        do {
            guard let part = try root.partIfPresent(.scheduler) else {
                return .ofUnseen(item, by: schedule, at: readings.now)
            }
            return try ScheduleStore(part).summary(of: item, isThere: true, by: schedule, at: readings.now)
        } catch {
            warn((error as? any Failure)?.message ?? "\(error)")
            return nil
        }
    }

    /// In order. One that cannot be looked at is there: whoever looks closer is told why.
    func installedApps(in root: ManagedRoot) throws -> [AppID] {
        var installed: [AppID] = []
        for id in try root.appIDs() {
            do throws(StorageError) {
                if try root.app(id)?.open(.installed) != nil { installed.append(id) }
            } catch {
                installed.append(id)
            }
        }
        return installed
    }
}
