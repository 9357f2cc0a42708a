import Catalogs
import DiskIO
import Fetching
import HostModel
import Signatures
import Storage

extension AppHost {
    /// A catalog to follow, as the operator gives it.
    package struct NewCatalog: Sendable {
        package var name: AppID
        /// A URL or a path.
        package var location: String
        /// A file with the root to trust, from somebody the operator trusts.
        package var rootFile: String?
        /// The SHA-256 of the root that the catalog serves.
        package var fingerprint: ContentDigest?
        /// A PEM file of the authorities for its server.
        package var certificateFile: String?
        /// What a relative location is relative to; nil where that is not known.
        package var workingDirectory: String?

        package init(
            name: AppID, location: String, rootFile: String? = nil, fingerprint: ContentDigest? = nil,
            certificateFile: String? = nil, workingDirectory: String? = nil
        ) {
            self.name = name
            self.location = location
            self.rootFile = rootFile
            self.fingerprint = fingerprint
            self.certificateFile = certificateFile
            self.workingDirectory = workingDirectory
        }

        /// Where it is, whatever directory later commands are run in.
        func absoluteLocation() throws(FetchError) -> String {
            guard case .path(let path) = try Location(location), !path.hasPrefix("/"), let workingDirectory else {
                return location
            }
            let parts = Array("\(workingDirectory)/\(path)".utf8).split(separator: UInt8(ascii: "/"))
            let names = parts.filter { !$0.elementsEqual(".".utf8) }
            if names.isEmpty { return "/" }
            return names.map { "/" + String(decoding: $0, as: UTF8.self) }.joined()
        }
    }

    /// Follows a catalog, once it was verified as a whole.
    ///
    /// A dry run adds it in a scratch directory outside the root, so that all of it is tried.
    ///
    /// - On disk: `catalogs/<name>/`, all at once; the root is made where there is none. On an error nothing of the
    ///   catalog is left.
    /// - Parameters:
    ///   - options: with `offline` nothing is requested, and the catalog lists nothing before it is refreshed.
    ///   - confirm: given the fingerprint of the root that is served, where nothing else says that it is genuine.
    ///     True takes the root with that fingerprint.
    package func addCatalog(
        _ new: NewCatalog, options: ChangeOptions, confirm: @Sendable (ContentDigest) -> Bool = { _ in false }
    ) async throws -> CatalogSummary {
        try requireWritable(openRoot())
        let location = try new.absoluteLocation()
        if try knownCatalogs()?.names().contains(new.name) == true { throw CatalogSourceError.alreadyAdded(new.name) }
        let draft = NewFiles(
            location: location, certificate: try new.certificateFile.map { try content(of: $0, limit: 1 << 20) },
            root: try await confirmedRoot(of: new, at: Location(location), options: options, confirm: confirm))
        if options.dryRun {
            do {
                return try await ScratchDirectory.lend(files: files) { scratch in
                    try await add(new.name, draft, to: KnownCatalogs(scratch), options: options)
                }
            } catch CatalogSourceError.incomplete(let cause) {
                throw cause
            }
        }
        let catalogs = try openEngine().root.partOrMake(.catalogs)
        return try await add(new.name, draft, to: KnownCatalogs(catalogs), options: options)
    }

    /// Brings catalogs up to date, one after the other; a failure stops no other.
    ///
    /// - On disk: what was verified as a whole is kept, and `health.json` tells how it went.
    /// - Parameter names: empty means all.
    package func refresh(_ names: [AppID], options: ChangeOptions) async throws -> [CatalogRefresh] {
        try requireWritable(openRoot())
        if options.offline { throw CatalogRequestError.refreshOffline }
        let known = try knownCatalogs()
        let outcomes = try await refreshCatalogs(names.isEmpty ? nil : names, cancellation: options.cancellation)
        return outcomes.map { outcome in
            // One that is not known, or cannot be read, has none; `failure` says so.
            let health = try? known?.health(outcome.name)
            return CatalogRefresh(outcome.name, health ?? CatalogHealth(), outcome.failure, now: now())
        }
    }

    /// Forgets a catalog. What was installed from it stays.
    ///
    /// - On disk: `catalogs/<name>/` is deleted.
    /// - Returns: the installed apps that came from it, by id.
    package func removeCatalog(_ name: AppID, options: ChangeOptions) throws -> [AppID] {
        try requireWritable(openRoot())
        guard let known = try knownCatalogs(), try known.names().contains(name) else {
            throw CatalogSourceError.notKnown(name)
        }
        let (apps, failures) = try list()
        // Where those came from cannot be told.
        for failure in failures { options.warn(failure.message) }
        if !options.dryRun { try known.remove(name) }
        return apps.filter { $0.source == BundleOrigin.catalog(name).source }.map(\.id)
    }

    // MARK: The parts of adding

    /// What a new catalog begins with.
    private struct NewFiles {
        let location: String
        let certificate: [UInt8]?
        let root: [UInt8]
    }

    private func add(
        _ name: AppID, _ new: NewFiles, to known: KnownCatalogs, options: ChangeOptions
    ) async throws -> CatalogSummary {
        _ = try await known.add(
            name, at: new.location, certificate: new.certificate, confirmedBy: .root(new.root),
            refreshing: !options.offline, now: now(), options: fetchOptions, cancellation: options.cancellation)
        do {
            let reading = try readCatalog(name, in: known)
            return CatalogSummary(reading, listing: reading.stored?.listing, now: now())
        } catch let error as CatalogSourceError {
            // It is followed all the same.
            throw CatalogSourceError.incomplete(error)
        }
    }

    /// Before anything is locked or made, so that somebody may think about a fingerprint for as long as they like.
    private func confirmedRoot(
        of new: NewCatalog, at place: Location, options: ChangeOptions, confirm: (ContentDigest) -> Bool
    ) async throws -> [UInt8] {
        if let file = new.rootFile {
            let root = try content(of: file, limit: 512 << 10)
            let found = DigestStream.digest(of: root)
            if let expected = new.fingerprint, found != expected {
                throw CatalogSourceError.rootDiffers(expected: expected, found: found)
            }
            return root
        }
        if options.offline { throw CatalogRequestError.addOffline(new.name) }
        if let fingerprint = new.fingerprint {
            return try await root(of: new, at: place, confirmedBy: .fingerprint(fingerprint), options)
        }
        do {
            return try await root(of: new, at: place, confirmedBy: .nothing, options)
        } catch CatalogSourceError.rootUnconfirmed(let name, let fingerprint) {
            guard confirm(fingerprint) else {
                throw CatalogSourceError.rootUnconfirmed(name, fingerprint: fingerprint)
            }
            return try await root(of: new, at: place, confirmedBy: .fingerprint(fingerprint), options)
        }
    }

    private func root(
        of new: NewCatalog, at place: Location, confirmedBy confirmation: RootConfirmation, _ options: ChangeOptions
    ) async throws -> [UInt8] {
        var fetching = fetchOptions
        if let certificate = new.certificateFile { fetching.caCertificate = certificate }
        return try await confirmation.root(
            of: new.name, at: place, options: fetching, cancellation: options.cancellation)
    }

    /// All of a file that the operator named.
    private func content(of path: String, limit: Int) throws -> [UInt8] {
        let file = try File.named(path, files: files)
        guard try file.status().kind == .file, let content = try file.content(limit: limit) else {
            throw CatalogRequestError.fileUnusable(path, limit: limit)
        }
        return content
    }
}

/// What became of the refresh of one catalog.
package struct CatalogRefresh: Sendable, JSONRepresentable {
    package let name: AppID
    /// When it was last verified as a whole; nil for never.
    package let refreshedAt: Timestamp?
    package let expiresAt: Timestamp?
    /// Why it is not up to date; nil where it is.
    package let failure: (any Failure)?
    /// A sentence for people.
    package let message: String

    init(_ name: AppID, _ health: CatalogHealth, _ failure: (any Failure)?, now: Timestamp) {
        self.name = name
        refreshedAt = health.refreshedAt
        expiresAt = health.expiresAt
        let told = failure.map { StaleCatalog.telling($0, of: name, health, now: now) }
        self.failure = told
        let expiry = health.expiresAt.map { "; it expires \(TimeSpan.from(now, to: $0))" } ?? ""
        message = told?.message ?? "refreshed \(name)\(expiry)"
    }

    package var json: JSONValue {
        [
            "name": name, "result": failure == nil ? "done" : "failed", "refreshedAt": refreshedAt,
            "expiresAt": expiresAt, "code": failure?.code.rawValue, "message": message,
        ]
    }
}

/// A catalog that could not be refreshed, with since when that is so and what there is instead.
struct StaleCatalog: Failure {
    private let name: AppID
    private let cause: any Failure
    private let since: Timestamp
    /// For how long what is kept has been verified; nil where nothing is.
    private let age: String?

    /// - Returns: `failure` as it is, where the catalog's health knows nothing of it.
    static func telling(
        _ failure: any Failure, of name: AppID, _ health: CatalogHealth, now: Timestamp
    ) -> any Failure {
        guard let since = health.failedSince, health.errorCode == failure.code.rawValue else { return failure }
        let age = health.refreshedAt.map { TimeSpan.from(now, to: $0) }
        return StaleCatalog(name: name, cause: failure, since: since, age: age)
    }

    var code: FailureCode { cause.code }
    var state: DiskState { cause.state }
    var help: String? { cause.help }

    var message: String {
        let kept = age.map { "the one that was verified \($0) is kept" } ?? "it was never verified"
        return "the catalog \(quoted(name.text)) could not be refreshed since \(since): \(cause.message); \(kept)"
    }
}

/// Something that cannot be asked for. Nothing was changed.
enum CatalogRequestError: Failure {
    /// The root of a catalog cannot be fetched with `--offline`.
    case addOffline(AppID)
    case refreshOffline
    case fileUnusable(String, limit: Int)

    var code: FailureCode { .usage }

    var message: String {
        switch self {
        case .addOffline(let name): "with '--offline' the root of \(quoted(name.text)) has to be given as a file"
        case .refreshOffline: "with '--offline' nothing is fetched, so nothing can be refreshed"
        case .fileUnusable(let path, let limit): "\(quoted(path)) is no file of at most \(limit) bytes"
        }
    }

    var help: String? {
        switch self {
        case .addOffline: "give it with '--root FILE'"
        case .refreshOffline, .fileUnusable: nil
        }
    }
}
