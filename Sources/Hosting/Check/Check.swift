import Catalogs
import HostModel
import Storage
import Updates

extension AppHost {
    /// Finds out what could be updated. No bundle is fetched, staged or applied.
    ///
    /// A problem with one app is its status and stops no other; a catalog that cannot be read is one of those.
    ///
    /// - On disk: the catalogs are refreshed, unless offline. `check.json` of an app and a line in its history, where
    ///   the check found something else than the one before; nothing of an app that another command changes now, and
    ///   nothing at all for who does not own the root.
    /// - Parameter apps: empty means all that are installed.
    /// - Throws: `app_not_installed` for one that was named, `setting_invalid`, or why the root cannot be read.
    package func check(_ apps: [AppID], options: ChangeOptions) async throws -> CheckReport {
        let before = try openRoot()
        for id in apps { _ = try requireInstalled(id, in: before) }
        _ = try effectiveReviewMode(settings(before))
        _ = try await refreshBeforehand(nil, options: options)
        let readings = try checkReadings()
        var found: [AppCheck] = []
        var seen: Set<AppID> = []
        let ids = try apps.isEmpty ? readings.root?.appIDs() ?? [] : apps
        for id in ids where seen.insert(id).inserted {
            try options.cancellation.check()
            do {
                var check = try currentAppCheck(of: id, by: readings)
                check.schedule = schedule(for: id, by: readings, warn: options.warn)
                found.append(check)
                try await note(check, by: readings, options: options)
            } catch StorageError.notInstalled(_) where apps.isEmpty {
                // What was uninstalled keeps a directory.
                continue
            } catch let failure as any Failure where failure.code != .interrupted && failure.code != .appNotInstalled {
                options.warn(failure.message)
                // What was found counts, though it could not be noted.
                if found.last?.app != id {
                    var check = unreadable(id, by: readings)
                    check.schedule = schedule(for: id, by: readings, warn: options.warn)
                    found.append(check)
                }
            }
        }
        return CheckReport(apps: found, catalogs: readings.catalogs, now: readings.now)
    }

    /// Every gate of an app's candidate, from what is stored now. Requests nothing, changes nothing.
    ///
    /// - Throws: `app_not_installed`, or why what is recorded of the app cannot be read.
    package func why(_ id: AppID) throws -> WhyReport {
        WhyReport(result: try currentCheck(of: id, by: checkReadings()))
    }

    /// What would change for one app, in words. Requests nothing, changes nothing.
    func currentAppCheck(of id: AppID, by readings: CheckReadings) throws -> AppCheck {
        let input = try checkInput(of: id, by: readings)
        return AppCheck(result: UpdateCheck.of(input), staged: input.staged?.digest, by: readings)
    }

    /// Of an app of which nothing can be known, because its records cannot be read.
    private func unreadable(_ id: AppID, by readings: CheckReadings) -> AppCheck {
        let input = CheckInput(
            app: id, installed: .init(manifest: nil, version: nil, digest: nil, source: nil),
            catalogs: readings.catalogs, supplied: SuppliedVariables(), knownBad: [], policy: UpdatePolicy(),
            review: readings.review, sightings: Sightings(), platform: platform, isRunning: false, now: readings.now)
        return AppCheck(result: UpdateCheck.of(input), staged: nil, by: readings)
    }

    /// Keeps what a check found, where that is something new.
    ///
    /// - On disk: see ``check(_:options:)``.
    func note(_ check: AppCheck, by readings: CheckReadings, options: ChangeOptions) async throws {
        guard let root = readings.root, root.isOurs, !options.dryRun, let app = try root.app(check.app) else { return }
        let note = CheckNote(result: check.result, now: readings.now)
        // Most checks find what the one before found, and so cost no lock and no flush.
        if try note.isKnown(to: lastCheck(of: app)) { return }
        // Where another command changes the app, the next check finds the same again.
        _ = try await StorageEngine(root: root, now: now).noteCheck(
            check.app, by: by, line: { app in try note.line(after: lastCheck(of: app)) },
            keep: { app in try note.record(after: lastCheck(of: app)).write(to: app) })
    }
}

/// What is to be kept of a check beside what is kept already. Pure.
struct CheckNote: Sendable {
    let result: CheckResult
    let now: Timestamp

    /// Whether the check before found the same, and knew the same candidates.
    func isKnown(to before: CheckRecord?) -> Bool {
        before.map { $0.outcome == CheckOutcome(result) && $0.sightings == sightings(after: before) } ?? false
    }

    func record(after before: CheckRecord?) -> CheckRecord {
        CheckRecord(checkedAt: now, outcome: CheckOutcome(result), sightings: sightings(after: before))
    }

    /// What the history tells.
    ///
    /// - Returns: nil where the check before came to the same.
    func line(after before: CheckRecord?) -> (detail: HistoryDetail, message: String)? {
        guard before?.outcome != CheckOutcome(result) else { return nil }
        let candidate = result.candidate?.entry
        let detail = HistoryDetail(
            from: result.currentVersion?.text, to: candidate?.version.text, digest: candidate?.digest,
            source: result.catalog.map { BundleOrigin.catalog($0).source })
        let stops = result.blockedBy.map(\.code.text).filter { $0 != result.status.reason?.rawValue }
        let blocked = stops.isEmpty ? [] : ["kept back by \(stops.joined(separator: ", "))"]
        return (detail: detail, message: ([result.status.words] + blocked).joined(separator: "; "))
    }

    /// Another check may have kept some since this one read them: a first sighting is never forgotten for a later one.
    private func sightings(after before: CheckRecord?) -> Sightings {
        let kept = before?.sightings ?? Sightings()
        guard let digest = result.candidate?.entry.digest else { return kept }
        return result.sightings.firstSeen(digest) == nil ? kept : kept.noting(digest, at: now)
    }
}

extension CheckStatus {
    /// With the reason, where there is one.
    var words: String { reason.map { "\(name): \($0.rawValue)" } ?? name }
}
