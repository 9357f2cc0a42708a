import HostModel
import Hosting
import TestSupport

extension Workshop {
    /// One of two catalogs at one of three moments. From each to the next a version of `notes` is published, and every
    /// role is signed again, root too.
    package enum Edition: String, CaseIterable, Sendable {
        case first, second, third
        /// Of the catalog that is spread over two bins.
        case firstInBins = "first in bins"
        case secondInBins = "second in bins"
        case thirdInBins = "third in bins"

        var isInBins: Bool { [.firstInBins, .secondInBins, .thirdInBins].contains(self) }

        /// The newest version that it lists.
        var newest: Version {
            switch self {
            case .first, .firstInBins: .first
            case .second, .secondInBins: .second
            case .third, .thirdInBins: .third
            }
        }

        /// From 1: greater is newer.
        var number: Int {
            switch newest {
            case .first: 1
            case .second: 2
            case .third: 3
            }
        }

        /// The last one of this catalog.
        var last: Edition { isInBins ? .thirdInBins : .third }

        /// Each expires at a moment of its own, which tells it from the others. Ten years are longer than any trial, so
        /// it does not matter whether the clock is that of a trial or that of this host.
        fileprivate var lifetimes: [RoleDays] {
            let timestamp = 3000 + 100 * (isInBins ? number + 3 : number)
            let words = ["root=3650", "targets=3650", "snapshot=3650", "timestamp=\(timestamp)"]
            return words.compactMap { RoleDays($0) }
        }
    }

    /// A catalog as its publisher serves it.
    package struct Catalog: Sendable {
        let place: TemporaryDirectory
        /// What a host keeps of it: `root.json`, `timestamp.json` and so on, as a snapshot describes files.
        let kept: Tree
        /// When the first of its roles does, as its metadata writes it.
        let expires: String
    }

    /// The catalog itself could not be read.
    struct Unpublished: Error {
        let file: String
    }

    func path(of edition: Edition) -> String { catalogs[edition]?.place.path ?? "" }

    /// The root that who adds a catalog is given, which is the first: all others have to be fetched.
    func rootFile(of edition: Edition) -> String { path(of: edition) + "/metadata/1.root.json" }

    // MARK: Publishing

    static func publishCatalogs(_ bundles: [Version: Bundle], keyFile: String) throws -> [Edition: Catalog] {
        let publishing = CatalogPublishing(files: FaultyFileSystem())
        var catalogs: [Edition: Catalog] = [:]
        var before: TemporaryDirectory?
        for edition in Edition.allCases {
            let lifetimes = edition.lifetimes
            let place = try before?.duplicate() ?? TemporaryDirectory()
            if before == nil {
                _ = try publishing.initCatalog(
                    place.path, keyFile: keyFile, bins: edition.isInBins ? 2 : nil, days: lifetimes, dryRun: false)
            } else {
                _ = try publishing.resign(
                    place.path, keyFile: keyFile, all: true, days: lifetimes, dryRun: false, warn: { _ in })
            }
            _ = try publishing.publish(
                place.path, bundles: [bundles[edition.newest]?.archive ?? ""], keyFile: keyFile, days: lifetimes,
                options: ChangeOptions())
            let (kept, expires) = try Self.kept(of: place)
            catalogs[edition] = Catalog(place: place, kept: kept, expires: expires)
            before = edition == edition.last ? nil : place
        }
        return catalogs
    }

    /// The same catalog with a root after its own that a stranger signed.
    static func forge(_ genuine: TemporaryDirectory, keyFile: String) throws -> TemporaryDirectory {
        let publishing = CatalogPublishing(files: FaultyFileSystem())
        let strange = try TemporaryDirectory()
        _ = try publishing.initCatalog(strange.path, keyFile: keyFile, dryRun: false)
        _ = try publishing.resign(strange.path, keyFile: keyFile, all: true, dryRun: false, warn: { _ in })
        let forged = try genuine.duplicate()
        try forged.write(metadata("2.root.json", of: strange), to: "metadata/2.root.json")
        return forged
    }

    /// The newest root, timestamp, the snapshot that this names, and the roles that that one names.
    private static func kept(of place: TemporaryDirectory) throws -> (files: Tree, expires: String) {
        func listed(by text: String) -> [(key: String, value: LooseJSON)] {
            LooseJSON(text: text)["signed"]["meta"].members
        }
        var files = ["root.json": try metadata("root.json", of: place)]
        files["timestamp.json"] = try metadata("timestamp.json", of: place)
        for lister in ["timestamp.json", "snapshot.json"] {
            for (name, file) in listed(by: files[lister] ?? "") {
                files[name] = try metadata("\(file["version"].integer ?? 0).\(name)", of: place)
            }
        }
        let expires = files.values.compactMap { LooseJSON(text: $0)["signed"]["expires"].string }.min()
        return (files.mapValues { "file 600 \($0)" }, expires ?? "")
    }

    private static func metadata(_ file: String, of place: TemporaryDirectory) throws -> String {
        guard let text = place.text("metadata/\(file)") else { throw Unpublished(file: file) }
        return text
    }

    // MARK: Following

    /// Lets a host follow its catalog at another place from now on, as if that is what is served there now.
    ///
    /// - Parameter place: the directory that holds `root/`.
    func lead(_ place: TemporaryDirectory, to path: String) throws {
        let file = "root/catalogs/demo/source.json"
        guard let text = place.read(file), case .object(let members) = try StrictJSON.parse(text) else {
            throw Unpublished(file: file)
        }
        let moved = members.map { $0.key == "location" ? JSONValue.Member("location", path.json) : $0 }
        try place.write(JSONValue.object(moved).text + "\n", to: file, mode: 0o600)
    }
}
