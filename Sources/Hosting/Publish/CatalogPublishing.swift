import Bundles
import Catalogs
import DiskIO
import HostModel
import Signatures
import Storage
import Updates

/// What the keeper of a catalog does with its directory. Needs no root.
package struct CatalogPublishing: Sendable {
    private let files: any FileSystem
    private let archiveReader: ArchiveReader
    private let now: @Sendable () -> Timestamp

    /// - Parameter archiveReader: who reads archives.
    package init(
        files: any FileSystem = LinuxFileSystem(), archiveReader: ArchiveReader = .thisProcess,
        now: @escaping @Sendable () -> Timestamp = { Timestamp.now }
    ) {
        self.files = files
        self.archiveReader = archiveReader
        self.now = now
    }

    // MARK: Init

    /// Starts a catalog that lists nothing.
    ///
    /// - On disk: the directory `path` where there is none, and `metadata/` and `targets/` in it. In a dry run nothing.
    /// - Parameters:
    ///   - rootKeyFile: nil where `keyFile` signs root too.
    ///   - bins: over how many roles bundles are spread; nil for none.
    /// - Throws: where there is a catalog already.
    package func initCatalog(
        _ path: String, keyFile: String, rootKeyFile: String? = nil, bins: Int? = nil, days: [RoleDays] = [],
        dryRun: Bool
    ) throws -> CatalogOutcome {
        let key = try publishing.privateKey(keyFile)
        let rootKey = try rootKeyFile.map { try publishing.privateKey($0) } ?? key
        let keys = PublisherKeys(root: rootKey, targets: key, snapshot: key, timestamp: key)
        let hashBins = try bins.map { try HashBins($0) }
        let moment = now()
        guard let directory = try dryRun ? openIfPresent(path) : openOrMake(path) else {
            return CatalogOutcome(
                path: path, rootFingerprint: nil, bins: bins, roles: [], published: [], withdrawn: [])
        }
        let publisher = CatalogPublisher(directory, keys: keys, lifetimes: RoleLifetimes(days))
        let fingerprint = try publisher.start(now: moment, bins: hashBins, dryRun: dryRun)
        let lives = try dryRun ? [] : publisher.lives()
        return CatalogOutcome(
            path: path, rootFingerprint: dryRun ? nil : fingerprint, bins: bins,
            roles: lives.map { .init($0, now: moment) }, published: [], withdrawn: [])
    }

    // MARK: Publish

    /// What a catalog says of a bundle beside its manifest.
    package struct Details: Sendable {
        /// Nil for `stable`.
        package var channel: AppID?
        package var changelog: String?
        package var changelogURL: String?
        /// Why it is deprecated; nil where it is not.
        package var deprecated: String?
        /// A word of ``CatalogPublishing/reviewStatuses``.
        package var reviewStatus: String?
        package var reviewNote: String?

        package init(
            channel: AppID? = nil, changelog: String? = nil, changelogURL: String? = nil, deprecated: String? = nil,
            reviewStatus: String? = nil, reviewNote: String? = nil
        ) {
            self.channel = channel
            self.changelog = changelog
            self.changelogURL = changelogURL
            self.deprecated = deprecated
            self.reviewStatus = reviewStatus
            self.reviewNote = reviewNote
        }
    }

    package static let reviewStatuses = CatalogEntry.Review.Status.allCases.map(\.rawValue)

    /// Lists bundles, each as its own manifest says, and takes versions out.
    ///
    /// - On disk: see ``CatalogPublisher/publish(_:withdrawing:dryRun:now:)``.
    /// - Parameters:
    ///   - bundles: archives. All of each is read and held against its own inventory first.
    ///   - receipts: files of review receipts, each of one of the bundles. What was listed before is listed no more.
    ///   - options: whether it is a dry run, who watches, and who is warned.
    /// - Throws: the first bundle that contradicts itself, or that is published already with another content, or the
    ///   first receipt that is of none of them; nothing was published then.
    package func publish(
        _ path: String, bundles: [String], withdrawing versions: [(id: AppID, version: BundleVersion)] = [],
        keyFile: String, details: Details = Details(), receipts receiptFiles: [String] = [], days: [RoleDays] = [],
        options: ChangeOptions
    ) throws -> CatalogOutcome {
        let key = try publishing.privateKey(keyFile)
        let keys = PublisherKeys(root: nil, targets: key, snapshot: key, timestamp: key)
        let publisher = CatalogPublisher(try open(path), keys: keys, lifetimes: RoleLifetimes(days))
        let identity = try publisher.identity()
        let moment = now()
        let receipts = try readReceipts(receiptFiles, moment, options)
        let archives = try bundles.map { path in
            try CheckedArchive.read(path, by: archiveReader, files: files, now: moment, options)
        }
        for receipt in receipts { try receipt.requireOne(of: archives) }
        var artifacts: [PublishedArtifact] = []
        var published: [CatalogOutcome.Bundle] = []
        for archive in archives {
            if !archive.isSigned {
                options.warn("nobody signed \(quoted(archive.path)): hosts refuse it without '--accept unsigned'")
            }
            let artifact = try artifact(archive, details, receipts, publishedAt: moment)
            artifacts.append(artifact)
            published.append(
                CatalogOutcome.Bundle(
                    id: artifact.entry.id, version: artifact.entry.version, digest: artifact.entry.digest,
                    path: try artifact.path().description, bytes: archive.content.size,
                    sha256: archive.content.sha256, channel: artifact.entry.channel))
        }
        try options.cancellation.check()
        let lives = try publisher.publish(artifacts, withdrawing: versions, dryRun: options.dryRun, now: moment)
        let outcome = CatalogOutcome(
            path: path, rootFingerprint: identity.rootDigest, bins: identity.bins,
            roles: lives.map { .init($0, now: moment) }, published: published, withdrawn: versions)
        for warning in outcome.warnings { options.warn(warning) }
        return outcome
    }

    /// What is published of an archive, with the receipts that are of it.
    private func artifact(
        _ archive: CheckedArchive, _ details: Details, _ receipts: [ReceiptFile], publishedAt moment: Timestamp
    ) throws -> PublishedArtifact {
        var entry = try CatalogEntry(archive.manifest, digest: archive.digest, details, publishedAt: moment)
        entry.receipts = receipts.filter { $0.isOf(archive) }.map(\.envelope.json)
        let file = try File.open(archive.path, files: files)
        return PublishedArtifact(name: archive.name, file: file, entry: entry, sha256: archive.content.sha256)
    }

    /// Reads receipts, and says which of them no host counts any more.
    private func readReceipts(
        _ paths: [String], _ moment: Timestamp, _ options: ChangeOptions
    ) throws -> [ReceiptFile] {
        let receipts = try paths.map { try ReceiptFile.read($0, files: files) }
        for file in receipts {
            guard let end = file.receipt.expiresAt, end <= moment else { continue }
            options.warn("the review receipt \(quoted(file.path)) expired at \(end): no host counts it")
        }
        return receipts
    }

    // MARK: Resign

    /// Signs again what has lived half of its time, or everything, and tells how long each role lives.
    ///
    /// - On disk: see ``CatalogPublisher/resign(all:dryRun:now:)``.
    /// - Parameters:
    ///   - rootKeyFile: nil where `keyFile` may be root's too; if it is not, root stays as it is.
    ///   - warn: told of what expires soon all the same.
    package func resign(
        _ path: String, keyFile: String, rootKeyFile: String? = nil, all: Bool, days: [RoleDays] = [], dryRun: Bool,
        warn: (String) -> Void
    ) throws -> CatalogOutcome {
        let key = try publishing.privateKey(keyFile)
        let directory = try open(path)
        let online = PublisherKeys(root: nil, targets: key, snapshot: key, timestamp: key)
        let before = try CatalogPublisher(directory, keys: online).identity()
        var rootKey = before.rootKeys.contains(key.publicKey.keyid) ? key : nil
        if let rootKeyFile { rootKey = try publishing.privateKey(rootKeyFile) }
        let keys = PublisherKeys(root: rootKey, targets: key, snapshot: key, timestamp: key)
        let publisher = CatalogPublisher(directory, keys: keys, lifetimes: RoleLifetimes(days))
        let moment = now()
        let lives = try publisher.resign(all: all, dryRun: dryRun, now: moment)
        let outcome = CatalogOutcome(
            path: path, rootFingerprint: try publisher.identity().rootDigest, bins: before.bins,
            roles: lives.map { .init($0, now: moment) }, published: [], withdrawn: [])
        for warning in outcome.warnings { warn(warning) }
        return outcome
    }

    // MARK: Places

    private var publishing: Publishing { Publishing(files: files) }

    /// - Throws: ``PublishError/notStarted(path:)`` where no directory is.
    private func open(_ path: String) throws -> Directory {
        do throws(FileSystemError) { return try Directory.open(path, files: files) } catch {
            guard error.isNotFound || error.isNotADirectory else { throw error }
            throw PublishError.notStarted(path: path)
        }
    }

    /// - Returns: nil where nothing is there.
    private func openIfPresent(_ path: String) throws -> Directory? {
        do throws(FileSystemError) { return try Directory.open(path, files: files) } catch {
            if error.isNotFound { return nil }
            if error.isNotADirectory { throw HostError.fileExists(path) }
            throw error
        }
    }

    private func openOrMake(_ path: String) throws -> Directory {
        if let present = try openIfPresent(path) { return present }
        var name = path[...]
        while name.count > 1, name.hasSuffix("/") { name.removeLast() }
        do {
            let (parent, last) = try publishing.parent(of: String(name))
            return try parent.openOrMake(last, mode: 0o755)
        } catch let error as FileSystemError where error.isNotFound {
            throw HostError.fileNotFound(error.path)
        }
    }
}

extension CatalogEntry {
    /// What a bundle says of itself, and its publisher of it.
    fileprivate init(
        _ manifest: Manifest, digest: ContentDigest, _ details: CatalogPublishing.Details, publishedAt: Timestamp
    ) throws {
        self.init(id: manifest.id, name: manifest.name, version: manifest.version, digest: digest)
        self.publishedAt = publishedAt
        summary = manifest.summary
        permissions = manifest.permissions
        permissionRationale = manifest.permissionRationale
        environment = manifest.environment.map { variable in
            Variable(
                name: variable.name, description: variable.description, required: variable.required,
                secret: variable.secret, defaultValue: variable.defaultValue)
        }
        transport = manifest.transport?.rawValue
        permissionProfile = manifest.permissionProfile
        requires = Requirements(apphost: manifest.requires.apphost, arch: manifest.requires.arch)

        if let channel = details.channel { self.channel = channel.text }
        if details.changelog != nil || details.changelogURL != nil {
            changelog = Changelog(summary: details.changelog, url: details.changelogURL)
        }
        if let why = details.deprecated { deprecation = Deprecation(status: .deprecated, message: why) }
        if let word = details.reviewStatus {
            guard let status = Review.Status(rawValue: word) else {
                throw HostError.settingInvalid("review status", problem: "cannot be \(quoted(word))")
            }
            review = Review(status: status, note: details.reviewNote)
        }
    }
}
