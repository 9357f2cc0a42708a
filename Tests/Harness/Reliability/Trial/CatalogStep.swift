import HostModel
import Hosting
import TestSupport

/// What an operator does with the catalog `demo`.
package enum CatalogStep: Sendable {
    /// Offline it is only added, and lists nothing.
    case add(Workshop.Edition, offline: Bool)
    case refresh
    case remove

    /// The same as arguments of the program.
    func arguments(_ workshop: Workshop) -> [String] {
        switch self {
        case .add(let edition, let offline):
            let words = [
                "catalog", "add", "demo", workshop.path(of: edition), "--root", workshop.rootFile(of: edition),
            ]
            return words + (offline ? ["--offline"] : [])
        case .refresh: return ["catalog", "refresh"]
        case .remove: return ["catalog", "remove", "demo"]
        }
    }
}

extension Trial {
    package static let demo: AppID = {
        guard let id = AppID("demo") else { preconditionFailure("'demo' is the name of a catalog") }
        return id
    }()

    /// - Throws: also what a refresh only tells of.
    func play(_ step: CatalogStep) async throws {
        switch step {
        case .add(let edition, let offline):
            let new = AppHost.NewCatalog(
                name: Self.demo, location: workshop.path(of: edition), rootFile: workshop.rootFile(of: edition))
            _ = try await host.addCatalog(new, options: ChangeOptions(offline: offline))
        case .refresh:
            for refresh in try await host.refresh([], options: ChangeOptions()) {
                if let failure = refresh.failure { throw failure }
            }
        case .remove:
            _ = try host.removeCatalog(Self.demo, options: ChangeOptions())
        }
    }
}

/// What a reader sees of catalogs, whatever happened before.
package struct CatalogSight: Equatable, Sendable {
    /// The state of each: `current`, `never_refreshed`.
    let states: [String: String]
    /// What a search finds: `notes 1.0.0`.
    let found: [String]

    init(states: [String: String], found: [String]) {
        self.states = states
        self.found = found
    }

    /// What `host` sees. A catalog that cannot be read is missing.
    init(_ host: AppHost) throws {
        let seen = try host.search(nil)
        let states = seen.catalogs.map { ($0.name.text, $0.state.rawValue) }
        self.init(
            states: Dictionary(uniqueKeysWithValues: states),
            found: seen.hits.map { $0.cells.prefix(2).joined(separator: " ") })
    }

    /// What there is to be seen.
    init(_ view: View) {
        let editions = view.catalogs.values.compactMap { Workshop.Edition(rawValue: $0) }
        self.init(
            states: view.catalogs.mapValues { $0 == CatalogView.nothing ? "never_refreshed" : "current" },
            found: editions.map { "notes \($0.newest.rawValue)" }.sorted())
    }
}

// MARK: Use cases

extension UseCase {
    /// What it does with the catalog; nil for those that do nothing with it alone.
    var catalogStep: CatalogStep? {
        switch self {
        case .catalogAdd: .add(.secondInBins, offline: false)
        case .catalogAddOffline: .add(.first, offline: true)
        case .catalogFirstRefresh, .catalogRefresh, .catalogRefreshInBins, .catalogRefreshAgain,
            .catalogRefreshRefused:
            .refresh
        case .catalogRemove: .remove
        default: nil
        }
    }

    /// Whether there is a catalog before it or after it.
    var hasCatalog: Bool { catalogStep != nil || self == .installFromCatalog }

    /// Whether `health.json` is as it should be once this said that it is done. An install goes on after a refresh that
    /// failed, and a refusal is told whether it can be written or not.
    var keepsHealth: Bool { catalogStep != nil && self != .catalogRefreshRefused }

    /// Whether the program, asked for JSON, tells its failure as one of several results, which have no state.
    var tellsNoState: Bool { if case .refresh? = catalogStep { true } else { false } }

    /// Puts a host that trusts `notes` into the state that a use case of catalogs begins with: with what a command
    /// that was killed has left, where the use case has to clear it away.
    func prepareCatalog(_ trial: Trial) async throws {
        let (place, workshop) = (trial.place, trial.workshop)
        switch self {
        case .catalogAdd:
            try place.makeDirectory("root/catalogs/.work", mode: 0o700)
            try place.write("half", to: "root/catalogs/.work/demo/metadata/root.json", mode: 0o600)
        case .catalogFirstRefresh: try await trial.play(.add(.first, offline: true))
        case .catalogRefresh:
            try await trial.play(.add(.first, offline: false))
            try workshop.lead(place, to: workshop.path(of: .second))
            for file in ["health.json.new", "kept.new/root.json", "metadata/timestamp.json.new"] {
                try place.write("half", to: "root/catalogs/demo/\(file)", mode: 0o600)
            }
        case .catalogRefreshInBins:
            try await trial.play(.add(.firstInBins, offline: false))
            try workshop.lead(place, to: workshop.path(of: .secondInBins))
        case .catalogRefreshAgain:
            try await trial.play(.add(.first, offline: false))
            try workshop.lead(place, to: "\(place.path)/nowhere")
            do {
                try await trial.play(.refresh)
            } catch let failure as any Failure where failure.code == .catalogUnavailable {
                // The next is the first that goes well again.
            }
            try workshop.lead(place, to: workshop.path(of: .first))
        case .catalogRefreshRefused:
            try await trial.play(.add(.first, offline: false))
            try workshop.lead(place, to: workshop.forged.path)
        case .catalogRemove:
            try await trial.play(.add(.secondInBins, offline: false))
            try place.write("half", to: "root/catalogs/.work/gone/metadata/root.json", mode: 0o600)
        case .installFromCatalog: try await trial.play(.add(.first, offline: false))
        default: break
        }
    }

    func changeCatalog(_ trial: Trial) async throws {
        guard let step = catalogStep else { return }
        do {
            try await trial.play(step)
        } catch let failure as any Failure where failure.code == .catalogUnverified && self == .catalogRefreshRefused {
            // What was asked for is that it is refused, and that its health says so.
        }
    }

    /// What is kept of the catalog afterwards, and what its health says; nil where there is none.
    var leadsToCatalog: (kept: String, health: String)? {
        switch self {
        case .catalogAdd, .catalogRefreshInBins: ("second in bins", "second in bins")
        case .catalogAddOffline: (CatalogView.nothing, "never")
        case .catalogFirstRefresh, .catalogRefreshAgain, .installFromCatalog: ("first", "first")
        case .catalogRefresh: ("second", "second")
        case .catalogRefreshRefused: ("first", "first, failing")
        default: nil
        }
    }
}
