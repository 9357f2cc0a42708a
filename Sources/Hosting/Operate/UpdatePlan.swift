import Catalogs
import HostModel
import Storage
import Updates

/// What an update of all apps would do, and what it leaves.
package struct UpdatePlan: Sendable {
    package private(set) var offers: [UpdateOffer] = []
    package private(set) var left: [LeftApp] = []
    /// Apps of which nothing could be found out.
    package private(set) var failures: [Trouble] = []

    package struct Trouble: Sendable {
        package let app: AppID
        package let failure: any Failure
    }
}

/// An update that nobody has to be asked about.
package struct UpdateOffer: Sendable, Equatable {
    package let app: AppID
    package let from: BundleVersion?
    package let to: BundleVersion
    /// Of the bundle that was looked at; no other is to be taken for it.
    package let digest: ContentDigest
    package let catalog: AppID
    /// How much is fetched, in bytes.
    package let downloadBytes: Int64
}

/// An app that an update of all leaves as it is, though something newer may be listed.
package struct LeftApp: Sendable, Equatable, JSONRepresentable {
    package let app: AppID
    package let code: String
    package let message: String
    /// What to do about it.
    package let command: String

    package var json: JSONValue { ["app": app, "code": code, "message": message] }
}

/// What an update of all does with one app. Pure.
package enum UpdateOutlook: Sendable, Equatable {
    case nothing
    case offered(UpdateOffer)
    case left(LeftApp)

    /// - Parameters:
    ///   - accepted: what was consented to beforehand, for all apps.
    ///   - onlyStage: whether it is only staged: then values may still be missing, and the app may run.
    ///   - restarts: whether an app that runs may be stopped for it.
    package static func of(
        _ check: CheckResult, accepted: Set<Consent>, onlyStage: Bool, restarts: Bool = false
    ) -> UpdateOutlook {
        let app = check.app
        func left(_ stop: Gate.Stop, _ command: String) -> UpdateOutlook {
            .left(LeftApp(app: app, code: stop.code.text, message: stop.message, command: command))
        }
        switch check.status {
        case .upToDate, .notCatalogSourced: return .nothing
        case .notInCatalog, .unknown:
            guard let stop = check.gates.stops.first else { return .nothing }
            return left(stop, "apphost check \(app)")
        case .upgradeAvailable: break
        }
        guard let candidate = check.candidate, let catalog = check.catalog else { return .nothing }

        func stopped(at gate: Gate.Name) -> Gate.Stop? { check.gates.gates.first { $0.name == gate }?.stop }
        let update = "apphost update \(app)" + (onlyStage ? " --stage" : "")
        for gate in [Gate.Name.compatibility, .hold, .cooldown] {
            if let stop = stopped(at: gate) { return left(stop, update) }
        }
        if let stop = stopped(at: .review), !check.consents.contains(where: { $0.consent == .review }) {
            // No consent opens it.
            return left(stop, "apphost check \(app)")
        }
        if check.consents.contains(where: { !accepted.contains($0.consent) }), let stop = stopped(at: .consent) {
            let words = check.consents.map(\.consent.rawValue).joined(separator: ",")
            return left(Self.stop(for: check, else: stop), "\(update) --accept \(words)")
        }
        if !onlyStage {
            if let stop = stopped(at: .environment) {
                let values = check.drift?.environment.missingValueWords ?? []
                return left(stop, ([update] + values).joined(separator: " "))
            }
            if !restarts, let stop = stopped(at: .running) { return left(stop, update + " --restart") }
        }
        return .offered(
            UpdateOffer(
                app: app, from: check.currentVersion, to: candidate.entry.version, digest: candidate.entry.digest,
                catalog: catalog, downloadBytes: candidate.artifact.length))
    }

    /// That it was left as bad once says more than that somebody has to consent.
    private static func stop(for check: CheckResult, else stop: Gate.Stop) -> Gate.Stop {
        check.gates.gates.first { $0.name == .knownBad }?.stop ?? stop
    }
}

extension AppHost {
    /// Finds out what an update of all apps would do. No bundle is fetched, and no app is changed.
    ///
    /// - On disk: the catalogs are refreshed, unless this is a dry run or offline.
    package func planUpdates(onlyStage: Bool, options: ChangeOptions) async throws -> UpdatePlan {
        var plan = UpdatePlan()
        guard let root = try openRoot() else { return plan }
        try requireWritable(root)
        try await refreshForUpdates(of: nil, catalog: nil, options: options)
        let readings = try checkReadings()
        for id in try root.appIDs() {
            try options.cancellation.check()
            do {
                plan.add(
                    UpdateOutlook.of(
                        try currentCheck(of: id, by: readings), accepted: options.accepted, onlyStage: onlyStage,
                        restarts: options.restart != nil))
            } catch StorageError.notInstalled(_) {
                // What was uninstalled keeps a directory.
                continue
            } catch let failure as any Failure where failure.code != .interrupted {
                plan.add(failure, of: id)
            }
        }
        return plan
    }
}

extension UpdatePlan {
    fileprivate mutating func add(_ outlook: UpdateOutlook) {
        switch outlook {
        case .nothing: break
        case .offered(let offer): offers.append(offer)
        case .left(let app): left.append(app)
        }
    }

    fileprivate mutating func add(_ failure: any Failure, of app: AppID) {
        failures.append(Trouble(app: app, failure: failure))
    }
}
