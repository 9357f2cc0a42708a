import Bundles
import Catalogs
import HostModel
import Processes
import Storage
import Updates

/// What checks of any number of apps are decided from, read once for all of them.
struct CheckReadings: Sendable {
    /// Nil where there is none yet.
    let root: ManagedRoot?
    /// Every catalog that this host knows. One that cannot be read has a refusal, and hides no other.
    let catalogs: [CheckedCatalog]
    let settings: Settings
    let review: ReviewRules
    let processes: ProcessTable
    let now: Timestamp
}

extension AppHost {
    /// Reads catalogs, settings and trusted keys. Requests nothing.
    ///
    /// Cost: each catalog is verified again and sorted by app, once.
    func checkReadings() throws -> CheckReadings {
        let root = try openRoot()
        let settings = try settings(root)
        return CheckReadings(
            root: root, catalogs: try checkedCatalogs(), settings: settings,
            review: ReviewRules(mode: try effectiveReviewMode(settings), trusted: try trustedKeys(root), policy: nil),
            processes: .recent(), now: now())
    }

    /// What would change for one app, from what is stored now. Requests nothing, changes nothing.
    ///
    /// - Parameters:
    ///   - version: nil for the newest.
    ///   - catalog: nil for the one that the app came from.
    /// - Throws: `app_not_installed`, or why what is recorded of the app cannot be read.
    func currentCheck(
        of id: AppID, version: BundleVersion? = nil, catalog: AppID? = nil, by readings: CheckReadings
    ) throws -> CheckResult {
        UpdateCheck.of(try checkInput(of: id, version: version, catalog: catalog, by: readings))
    }

    /// As ``currentCheck(of:version:catalog:by:)``, of an app that nobody else changes now.
    func currentCheck(
        of app: AppDirectory, version: BundleVersion? = nil, catalog: AppID? = nil, by readings: CheckReadings
    ) throws -> CheckResult {
        UpdateCheck.of(try checkInput(of: app, version: version, catalog: catalog, by: readings))
    }

    /// What reviews count here now.
    ///
    /// - Throws: `setting_invalid` where what goes before the setting is no mode.
    func effectiveReviewMode(_ settings: Settings) throws(HostError) -> ReviewMode {
        guard let text = reviewMode, !text.isEmpty else { return settings.reviewMode }
        guard let mode = ReviewMode(rawValue: text) else {
            let modes = ReviewMode.allCases.map(\.rawValue).joined(separator: ", ")
            throw .settingInvalid("APPHOST_REVIEW_MODE", problem: "cannot be \(quoted(text)); there are \(modes)")
        }
        return mode
    }

    func checkInput(
        of id: AppID, version: BundleVersion? = nil, catalog: AppID? = nil, by readings: CheckReadings
    ) throws -> CheckInput {
        guard let root = readings.root, let app = try root.app(id) else { throw StorageError.notInstalled(id) }
        return try looking(at: app, in: root) {
            try checkInput(of: app, version: version, catalog: catalog, by: readings)
        }
    }

    private func checkInput(
        of app: AppDirectory, version: BundleVersion?, catalog: AppID?, by readings: CheckReadings
    ) throws -> CheckInput {
        let installed = try settledBundle(of: app)
        let record = try app.record()
        let settings = readings.settings
        return CheckInput(
            app: app.id,
            installed: .init(
                manifest: installed.manifest, version: installed.version, digest: installed.digest,
                source: installed.receipt?.source),
            staged: try stagedCandidate(of: app), catalogs: readings.catalogs, catalog: catalog, version: version,
            supplied: record.configuration.supplied,
            knownBad: record.knownBad,
            policy: UpdatePolicy(record.policy, channels: settings.channels, cooldown: settings.cooldown),
            review: readings.review, sightings: try lastCheck(of: app)?.sightings ?? Sightings(), platform: platform,
            isRunning: try isAlive(app, by: readings), now: readings.now)
    }

    /// Whether anything of the app lives, or is about to be started again.
    private func isAlive(_ app: AppDirectory, by readings: CheckReadings) throws -> Bool {
        guard let root = readings.root else { return false }
        let life = try life(of: app, in: root, table: readings.processes)
        return life.isRunning || life.isRestarting
    }

    /// - Returns: nil where there was none, or it cannot be read: then every bundle is new here, and waits longer.
    func lastCheck(of app: AppDirectory) throws -> CheckRecord? {
        try unlessDamaged { try CheckRecord.read(of: app) } ?? nil
    }

    /// What is installed, and not what a swap has just taken away.
    private func settledBundle(of app: AppDirectory) throws -> InstalledBundle {
        while let found = try InstalledBundle.read(app) {
            let isWhole = found.manifest != nil && found.receipt != nil
            if try isWhole || app.stillLeads(to: found.tree) { return found }
        }
        throw StorageError.notInstalled(app.id)
    }

    /// - Returns: nil where nothing is staged, or it is damaged.
    private func stagedCandidate(of app: AppDirectory) throws -> CheckInput.Staged? {
        guard let tree = try app.open(.staged) else { return nil }
        return try unlessDamaged {
            CheckInput.Staged(digest: try tree.receipt().digest, manifest: try tree.manifest())
        }
    }

    private func checkedCatalogs() throws -> [CheckedCatalog] {
        guard let known = try knownCatalogs() else { return [] }
        var catalogs: [CheckedCatalog] = []
        for name in try known.names() {
            do {
                let reading = try readCatalog(name, in: known)
                catalogs.append(
                    CheckedCatalog(
                        name: name, health: reading.health, listing: reading.stored?.listing, refusal: reading.refusal))
            } catch let failure as any Failure {
                catalogs.append(CheckedCatalog(name: name, health: CatalogHealth(), listing: nil, refusal: failure))
            }
        }
        return catalogs
    }
}
