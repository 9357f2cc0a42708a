import Catalogs
import Fetching
import HostModel
import Updates

/// Why an app is not taken from a catalog. Nothing was changed.
package enum EntryRefusal: Error {
    // Which catalog
    /// This host knows none.
    case noCatalog
    /// The app that is to be updated came from no catalog, or that cannot be read any more.
    case notFromCatalog(AppID)
    /// The catalog that the app came from is none that this host knows.
    case catalogGone(AppID, catalog: AppID)
    /// In no catalog, or not in the one that was named.
    case notListed(AppID, in: AppID?)
    case listedBySeveral(AppID, [AppID])

    // Which entry
    case noSuchVersion(AppID, BundleVersion, in: AppID, available: [BundleVersion])
    /// It is there in channels only that nobody asked for.
    case otherChannels(AppID, [String], in: AppID, available: [BundleVersion])
    case otherArchitectures(AppID, [String], host: String)
    /// Several versions, and no order between them.
    case notComparable(AppID, [BundleVersion])
    /// Several bundles claim to be the one.
    case ambiguous(AppID, [RelativePath])
    case unreadable(UnknownEntry)

    // Its file
    /// It would have to be fetched.
    case offline(AppID, Location)
    /// The file has another SHA-256 than the catalog lists for it.
    case artifactDiffers(file: RelativePath, in: AppID)
    /// The bundle is not what the entry says, or asks for more; each difference in words.
    case bundleDiffers(AppID, BundleVersion, in: AppID, [String])
}

extension CatalogListing {
    /// Chooses the bundle that an operator means: the newest of an app that a host can run, or the one with a version.
    ///
    /// - Parameters:
    ///   - catalog: whose listing this is.
    ///   - channels: that are taken where no version is named.
    package func entry(
        of id: AppID, version: BundleVersion?, on platform: Platform, in catalog: AppID,
        channels: Set<String> = UpdatePolicy.standardChannels
    ) throws(EntryRefusal) -> ListedEntry {
        switch choose(id, version: version, arch: platform.arch, channels: channels) {
        case .chosen(let entry): return entry
        case .noSuchApp: throw .notListed(id, in: catalog)
        case .noSuchVersion:
            guard let version else { throw .notListed(id, in: catalog) }
            throw .noSuchVersion(id, version, in: catalog, available: versions(of: id))
        case .otherChannels(let channels):
            throw .otherChannels(id, channels, in: catalog, available: versions(of: id))
        case .otherArchitectures(let names): throw .otherArchitectures(id, names, host: platform.arch)
        case .notComparable(let versions): throw .notComparable(id, Self.unique(versions))
        case .ambiguous(let entries): throw .ambiguous(id, entries.map(\.path))
        case .unreadable(let entries):
            guard let first = entries.first else { throw .notListed(id, in: catalog) }
            throw .unreadable(first)
        }
    }

    private func versions(of id: AppID) -> [BundleVersion] { Self.unique(entries(of: id).map(\.entry.version)) }

    /// One version may have a file for each architecture.
    private static func unique(_ versions: [BundleVersion]) -> [BundleVersion] {
        var seen: Set<BundleVersion> = []
        return versions.filter { seen.insert($0).inserted }
    }
}

extension EntryRefusal: Failure {
    package var code: FailureCode {
        switch self {
        case .noCatalog, .catalogGone: .catalogNotConfigured
        case .notFromCatalog: .usage
        case .notListed: .appNotInCatalog
        case .listedBySeveral: .catalogAmbiguous
        case .noSuchVersion, .otherChannels: .versionNotFound
        case .otherArchitectures: .updateIncompatible
        case .notComparable: .usage
        case .ambiguous: .entryInvalid
        case .unreadable(let entry):
            switch entry.reason {
            case .notABundle: .entryNotABundle
            case .invalid: .entryInvalid
            }
        case .offline: .sourceUnavailable
        case .artifactDiffers: .artifactDigestMismatch
        case .bundleDiffers: .bundleExceedsEntry
        }
    }

    package var message: String {
        switch self {
        case .noCatalog: "this host has no catalog"
        case .notFromCatalog(let id): "what is installed of \(quoted(id.text)) came from no catalog"
        case .catalogGone(let id, let catalog):
            "\(quoted(id.text)) came from the catalog \(quoted(catalog.text)), which this host does not know"
        case .notListed(let id, nil): "no catalog lists \(quoted(id.text))"
        case .notListed(let id, let catalog?): "the catalog \(quoted(catalog.text)) does not list \(quoted(id.text))"
        case .listedBySeveral(let id, let catalogs):
            "\(quoted(id.text)) is listed by several catalogs: \(Self.list(catalogs.map(\.text)))"
        case .noSuchVersion(let id, let version, let catalog, _):
            "the catalog \(quoted(catalog.text)) lists no version \(version) of \(quoted(id.text))"
        case .otherChannels(let id, let channels, let catalog, _):
            "the catalog \(quoted(catalog.text)) lists \(quoted(id.text)) only in the channels \(Self.list(channels))"
        case .otherArchitectures(let id, let names, let host):
            "\(quoted(id.text)) is listed for \(Self.list(names.map { printable($0) })) only, this is \(host)"
        case .notComparable(let id, let versions):
            "the versions of \(quoted(id.text)) have no order: \(Self.list(versions.map(\.text)))"
        case .ambiguous(let id, let paths):
            "several bundles claim to be \(quoted(id.text)): \(Self.list(paths.map { quoted($0.description) }))"
        case .unreadable(let entry): entry.problem
        case .offline(let id, let location):
            "\(quoted(id.text)) is not fetched from \(quoted(location.description)): '--offline' was given"
        case .artifactDiffers(let file, let catalog):
            "\(quoted(file.description)) has not the SHA-256 that the catalog \(quoted(catalog.text)) lists for it"
        case .bundleDiffers(let id, let version, let catalog, let differences):
            "the bundle is not what the catalog \(quoted(catalog.text)) says of \(quoted(id.text)) \(version): "
                + differences.joined(separator: "; ")
        }
    }

    package var help: String? {
        switch self {
        case .noCatalog: "'apphost catalog add' makes one known; a path to a bundle has a '/'"
        case .notFromCatalog(let id):
            "'apphost update \(id) --from SOURCE' takes a bundle from a file, '--catalog NAME' moves it to a catalog"
        case .catalogGone(let id, let catalog):
            "'apphost catalog add \(catalog) URL' makes it known; 'apphost update \(id) --catalog NAME' moves the app"
                + " to another"
        case .notListed: "'apphost search' shows what is listed"
        case .listedBySeveral: "say which one with '--catalog NAME'"
        case .noSuchVersion(_, _, _, let available):
            available.isEmpty ? "it lists none that can be used" : "it lists " + Self.list(available.map(\.text))
        case .otherChannels(let id, _, _, let available):
            "name one of them as '\(id)@VERSION': \(Self.list(available.map(\.text)))"
        case .otherArchitectures: "look for a bundle made for this host"
        case .notComparable(let id, _): "name one of them as '\(id)@VERSION'"
        case .ambiguous: "name another version, and tell the catalog's keeper"
        case .unreadable(let entry):
            if case .invalid(let error) = entry.reason, error.needsNewer {
                error.help
            } else {
                "name another version, and tell the catalog's keeper"
            }
        case .offline: "run it without '--offline'"
        case .artifactDiffers: "try again later; if that does not help, tell the catalog's keeper"
        case .bundleDiffers: "do not install it; tell the catalog's keeper"
        }
    }

    /// Words with commas, and how many more there are.
    private static func list(_ words: [String]) -> String {
        let shown = words.prefix(10).joined(separator: ", ")
        return words.count > 10 ? "\(shown) and \(words.count - 10) more" : shown
    }
}
