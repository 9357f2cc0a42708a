import Bundles
import Catalogs
import HostModel

/// What a check finds before it asks whether anybody may take it.
struct Finding {
    let status: CheckStatus
    /// The gate that ended the search and why; nil where an upgrade is available.
    let end: (gate: Gate.Name, message: String)?
    /// Which catalog was looked at, by name; nil for none.
    let catalogName: AppID?
    let catalog: CheckedCatalog?
    let candidate: ListedEntry?
}

/// Looks for the candidate of one app. Pure.
struct CandidateSearch {
    let input: CheckInput

    func run() -> Finding {
        guard let source = input.installed.source, input.installed.manifest != nil else {
            return ended(.unknown(.manifestUnreadable), at: .installed, "what is installed is damaged")
        }
        guard let name = input.catalog ?? BundleOrigin(source: source).catalogName else {
            return ended(.notCatalogSourced, at: .source, "it was not installed from a catalog")
        }
        guard let catalog = input.catalogs.first(where: { $0.name == name }) else {
            return ended(
                .unknown(.catalogNotConfigured), at: .catalog, "this host has no catalog \(quoted(name.text))", name)
        }
        if let refusal = catalog.refusal {
            let reason: UnknownReason = refusal.code == .catalogExpired ? .catalogExpired : .catalogUnverified
            return ended(.unknown(reason), at: .catalog, refusal.message, name, catalog)
        }
        return finding(choice(in: catalog.listing(of: input.app)), in: catalog)
    }

    /// The entry that this host would get. What it would not get, because of its channel or architecture, is shown too:
    /// the gates that follow say why.
    private func choice(in listing: CatalogListing) -> EntryChoice {
        var channels = input.policy.channels
        func choose(_ arch: String) -> EntryChoice {
            listing.choose(input.app, version: input.version, arch: arch, channels: channels)
        }
        var choice = choose(input.platform.arch)
        if case .otherChannels(let others) = choice {
            channels = Set(others)
            choice = choose(input.platform.arch)
        }
        if case .otherArchitectures(let others) = choice, let other = others.first { choice = choose(other) }
        return choice
    }

    private func finding(_ choice: EntryChoice, in catalog: CheckedCatalog) -> Finding {
        let name = catalog.name
        func ended(_ status: CheckStatus, _ message: String) -> Finding {
            self.ended(status, at: .entry, message, name, catalog)
        }
        switch choice {
        case .chosen(let candidate): return compared(candidate, in: catalog)
        case .noSuchApp:
            return ended(.notInCatalog, "the catalog \(quoted(name.text)) does not list it")
        case .noSuchVersion:
            let version = input.version.map { " \($0)" } ?? ""
            return ended(.notInCatalog, "the catalog \(quoted(name.text)) lists no version\(version) of it")
        case .otherChannels, .otherArchitectures:
            return ended(.unknown(.entryInvalid), "the catalog \(quoted(name.text)) lists it for nobody")
        case .notComparable(let versions):
            let all = versions.map(\.text).joined(separator: ", ")
            return ended(.unknown(.versionNotComparable), "the versions that are listed have no order: \(all)")
        case .ambiguous(let entries):
            let versions = Set(entries.map(\.entry.version.text)).sorted().joined(separator: ", ")
            return ended(.unknown(.entryInvalid), "several bundles are listed as \(versions)")
        case .unreadable(let entries):
            for entry in entries {
                if case .invalid = entry.reason { return ended(.unknown(.entryInvalid), entry.problem) }
            }
            return ended(.unknown(.entryNotABundle), entries.first?.problem ?? "the catalog does not describe it")
        }
    }

    private func compared(_ candidate: ListedEntry, in catalog: CheckedCatalog) -> Finding {
        func found(_ status: CheckStatus, _ message: String) -> Finding {
            Finding(
                status: status, end: (gate: .version, message: message), catalogName: catalog.name, catalog: catalog,
                candidate: candidate)
        }
        let version = candidate.entry.version
        guard let installed = input.installed.manifest?.version, let digest = input.installed.digest else {
            return found(.unknown(.manifestUnreadable), "what is installed is damaged")
        }
        if candidate.entry.digest == digest { return found(.upToDate, "it is what is installed") }
        if version == installed {
            return found(.unknown(.versionDigestDiffers), "another bundle is listed as \(version) too")
        }
        switch version.order(to: installed) {
        case .newer:
            return Finding(
                status: .upgradeAvailable, end: nil, catalogName: catalog.name, catalog: catalog, candidate: candidate)
        case .equal:
            return found(
                .unknown(.versionDigestDiffers), "another bundle is listed as \(version), which equals \(installed)")
        case .older: return found(.upToDate, "what is installed (\(installed)) is newer")
        case nil: return found(.unknown(.versionNotComparable), "\(version) cannot be compared with \(installed)")
        }
    }

    private func ended(
        _ status: CheckStatus, at gate: Gate.Name, _ message: String, _ name: AppID? = nil,
        _ catalog: CheckedCatalog? = nil
    ) -> Finding {
        Finding(
            status: status, end: (gate: gate, message: message), catalogName: name, catalog: catalog, candidate: nil)
    }
}
