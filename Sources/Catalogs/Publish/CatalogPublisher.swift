import DiskIO
import HostModel
import Signatures

/// Writes a catalog that any TUF client understands: a directory to be served as it is.
///
///     metadata/root.json <n>.root.json             who signs what
///     metadata/timestamp.json                      which snapshot is the present one; written last
///     metadata/<n>.snapshot.json <n>.targets.json  each version under a name of its own
///     metadata/<n>.bin-<number>.json               likewise, where bins list the bundles
///     targets/apps/<id>/<version>/<sha256>.<file>  the bundles
///
/// Only `timestamp.json` and `root.json` are ever replaced by something else, so whoever reads while this writes sees
/// the catalog before or after. What an interrupted run left under the next version's names, the next run replaces.
///
/// Of each role but root two versions stay, the present one and the one before, so that a client in the middle of a
/// refresh can finish; older ones are deleted once `timestamp.json` was replaced. Every version of root stays for good:
/// clients follow them one by one.
///
/// Source: TUF specification 1.0.34, sections 4 and 6.2.
package struct CatalogPublisher: Sendable {
    private let directory: Directory
    private let keys: PublisherKeys
    private let lifetimes: RoleLifetimes

    package init(_ directory: Directory, keys: PublisherKeys, lifetimes: RoleLifetimes = RoleLifetimes()) {
        self.directory = directory
        self.keys = keys
        self.lifetimes = lifetimes
    }

    // MARK: Start

    /// Makes a catalog that lists nothing.
    ///
    /// - On disk: version 1 of every role, `root.json` last; `targets/`. In a dry run nothing changes.
    /// - Parameter bins: over how many roles bundles are spread; nil for none, so that targets lists them itself.
    /// - Returns: the SHA-256 of the root, which hosts are told; in a dry run what it would be now.
    /// - Throws: ``PublishError/alreadyStarted(path:)`` where there is a root.
    package func start(
        now: Timestamp, bins: HashBins? = nil, dryRun: Bool = false
    ) throws(PublishError) -> ContentDigest {
        guard let rootKey = keys.root else { throw .keyMissing(.root) }
        var root = RoleDocument(.root)
        root["consistent_snapshot"] = true.json
        root["keys"] = keyObjects(rootKey)
        root["roles"] = roleObjects(rootKey)
        root.renew(expires: lifetimes.expiry(of: .root, from: now))
        let bytes = root.signed(by: rootKey)
        if dryRun {
            try requireNoCatalog()
        } else {
            let metadata = try whilePublishing { () throws(FileSystemError) -> Directory in
                _ = try directory.openOrMake("targets", mode: 0o755)
                return try directory.openOrMake("metadata", mode: 0o755)
            }
            let lock = try lock(metadata)
            defer { withExtendedLifetime(lock) {} }
            try requireNoCatalog()
            let files = RoleFiles(directory: metadata)
            try write(emptyListers(bins), RoleDocument(.snapshot), RoleDocument(.timestamp), to: files, now: now)
            try files.replace(Self.rootName(root.version), with: bytes)
            try files.replace("root.json", with: bytes)
        }
        return DigestStream.digest(of: bytes)
    }

    private func requireNoCatalog() throws(PublishError) {
        let present = try whilePublishing { () throws(FileSystemError) in
            try directory.directoryIfPresent("metadata")?.status(of: "root.json")
        }
        guard present == nil else { throw .alreadyStarted(path: directory.path) }
    }

    // MARK: Publish

    /// Adds bundles and takes others out. What is listed already with the same content gets the new entry.
    ///
    /// - On disk: first the bundles, then the next version of the roles that list them and of snapshot, then timestamp;
    ///   an interruption before that leaves the catalog that was. Then files that were withdrawn and versions that
    ///   nobody needs are deleted. Bins that nothing falls into are not even read, unless something is withdrawn. In a
    ///   dry run nothing changes.
    /// - Parameter versions: to be withdrawn, with every bundle of theirs.
    /// - Returns: how long each top-level role, and each bin that changed, lives now.
    /// - Throws: ``PublishError/alreadyPublished(_:)`` where a path is listed with another content.
    package func publish(
        _ artifacts: [PublishedArtifact], withdrawing versions: [(id: AppID, version: BundleVersion)] = [],
        dryRun: Bool = false, now: Timestamp
    ) throws(PublishError) -> [RoleLife] {
        let metadata = try openMetadata()
        let lock = try lock(metadata)
        defer { withExtendedLifetime(lock) {} }
        let catalog = try PublishedCatalog.read(metadata)
        var edits = ListingEdits(catalog)
        let measured = try add(artifacts, to: &edits)
        let withdrawn = try withdraw(versions, beside: artifacts, from: &edits)
        let changed = edits.changed
        let renewed = changed.map(\.role) + [RoleName.snapshot, RoleName.timestamp]
        try check(catalog, renewed)
        let bins = changed.filter { $0.role != .targets }
        let after = renewing(renewed, of: lives(catalog, bins), now: now)
        if dryRun { return after }

        let files = RoleFiles(directory: metadata)
        try copy(measured)
        try write(edits.documents(), above: catalog, to: files, now: now)
        do throws(PublishError) {
            try delete(withdrawn, of: catalog)
            try prune(files, catalog, renewed)
        } catch {
            throw .incomplete(error)
        }
        return after
    }

    /// Everything about each bundle is checked before the first file is written.
    private func add(
        _ artifacts: [PublishedArtifact], to edits: inout ListingEdits
    ) throws(PublishError) -> [MeasuredArtifact] {
        var measured: [MeasuredArtifact] = []
        var paths: Set<RelativePath> = []
        for artifact in artifacts {
            let found = try artifact.measured()
            guard paths.insert(found.path).inserted else { throw .publishedTwice(found.path) }
            if let listed = try edits.file(at: found.path), listed.hashes.sha256 != found.sha256 {
                throw .alreadyPublished(found.path)
            }
            try edits.add(found.listed, at: found.path)
            measured.append(found)
        }
        return measured
    }

    /// A version that is withdrawn may come back with another content, but not in the same run.
    private func withdraw(
        _ versions: [(id: AppID, version: BundleVersion)], beside artifacts: [PublishedArtifact],
        from edits: inout ListingEdits
    ) throws(PublishError) -> [TargetFile] {
        var withdrawn: [TargetFile] = []
        for (id, version) in versions {
            guard !artifacts.contains(where: { $0.entry.id == id && $0.entry.version == version }) else {
                throw .publishedAndWithdrawn(id, version)
            }
            withdrawn += try edits.remove(id, version)
        }
        return withdrawn
    }

    private func copy(_ artifacts: [MeasuredArtifact]) throws(PublishError) {
        let targets = try whilePublishing { () throws(FileSystemError) in
            try directory.openOrMake("targets", mode: 0o755)
        }
        for artifact in artifacts { try artifact.copy(to: targets) }
    }

    private func delete(_ files: [TargetFile], of catalog: PublishedCatalog) throws(PublishError) {
        for file in files {
            var place = file.place(isConsistent: catalog.root.isConsistent) ?? []
            guard let name = place.popLast() else { continue }
            let parent = (["targets"] + place).joined(separator: "/")
            try whilePublishing { () throws(FileSystemError) -> Void in
                guard let holder = try directory.directoryIfPresent(DiskPath(parent)) else { return }
                try holder.unlinkIfPresent(DiskPath(name))
            }
        }
    }

    // MARK: Resign

    /// Signs again what has lived half of its time, or everything, and what lists that.
    ///
    /// - On disk: the next version of each such role, root first and timestamp last. In a dry run nothing changes.
    /// - Returns: how long each role lives now. A root that is due stays where its key is not given.
    package func resign(
        all: Bool = false, dryRun: Bool = false, now: Timestamp
    ) throws(PublishError) -> [RoleLife] {
        let metadata = try openMetadata()
        let lock = try lock(metadata)
        defer { withExtendedLifetime(lock) {} }
        let catalog = try PublishedCatalog.read(metadata)
        let bins = try catalog.readBins()
        let due = self.due(catalog, bins, all: all, now: now)
        // A wrong key is told before the day on which it would be needed.
        var needed: [RoleName] = [.targets, .snapshot, .timestamp]
        if keys.root != nil { needed.append(.root) }
        try check(catalog, needed + due)
        let after = renewing(due, of: lives(catalog, bins), now: now)
        if dryRun { return after }

        let files = RoleFiles(directory: metadata)
        guard due.contains(.root), let rootKey = keys.root else {
            try resign(due, catalog, bins, in: files, now: now)
            return after
        }
        var root = try RoleDocument(catalog.rootBytes, of: .root)
        root.renew(expires: lifetimes.expiry(of: .root, from: now))
        let bytes = root.signed(by: rootKey)
        try files.replace(Self.rootName(root.version), with: bytes)
        do throws(PublishError) {
            try files.replace("root.json", with: bytes)
            try resign(due, catalog, bins, in: files, now: now)
        } catch {
            throw .incomplete(error)
        }
        return after
    }

    /// Every role but root.
    private func resign(
        _ due: [RoleName], _ catalog: PublishedCatalog, _ bins: [PublishedRole], in files: RoleFiles, now: Timestamp
    ) throws(PublishError) {
        let names = Set(due)
        var listers: [RoleDocument] = []
        for role in [catalog.targets] + bins where names.contains(role.role) {
            listers.append(try RoleDocument(role.bytes, of: role.role))
        }
        if names.contains(.snapshot) {
            try write(listers, above: catalog, to: files, now: now)
        } else if names.contains(.timestamp) {
            try writeTimestamp(RoleDocument(catalog.timestampBytes, of: .timestamp), to: files, now: now)
        } else {
            return
        }
        do throws(PublishError) { try prune(files, catalog, due) } catch { throw .incomplete(error) }
    }

    /// With whatever lists a role that is.
    private func due(
        _ catalog: PublishedCatalog, _ bins: [PublishedRole], all: Bool, now: Timestamp
    ) -> [RoleName] {
        func isDue(_ role: RoleName, _ header: MetadataHeader) -> Bool {
            all || lifetimes.isDue(role, expires: header.expires, now: now)
        }
        var due: [RoleName] = []
        if keys.root != nil, isDue(.root, catalog.root.header) { due.append(.root) }
        let listers = ([catalog.targets] + bins).filter { isDue($0.role, $0.metadata.header) }.map(\.role)
        due += listers
        let snapshot = !listers.isEmpty || isDue(.snapshot, catalog.snapshot.header)
        if snapshot { due.append(.snapshot) }
        if snapshot || isDue(.timestamp, catalog.timestamp.header) { due.append(.timestamp) }
        return due
    }

    // MARK: Look

    /// How long each role still lives. Nothing is written.
    package func lives() throws(PublishError) -> [RoleLife] {
        let catalog = try PublishedCatalog.read(openMetadata())
        return lives(catalog, try catalog.readBins())
    }

    /// What does not change when something is published. Nothing is written.
    package func identity() throws(PublishError) -> CatalogIdentity {
        let catalog = try PublishedCatalog.read(openMetadata())
        return CatalogIdentity(
            rootDigest: DigestStream.digest(of: catalog.rootBytes),
            bins: catalog.bins.isEmpty ? nil : catalog.bins.count, rootKeys: catalog.soleSigners(of: .root))
    }

    private func lives(_ catalog: PublishedCatalog, _ bins: [PublishedRole]) -> [RoleLife] {
        let topLevel: [(RoleName, MetadataHeader)] = [
            (.root, catalog.root.header), (.targets, catalog.targets.metadata.header),
            (.snapshot, catalog.snapshot.header), (.timestamp, catalog.timestamp.header),
        ]
        let headers = topLevel + bins.map { ($0.role, $0.metadata.header) }
        return headers.map { role, header in
            RoleLife(role: role, version: header.version, expires: header.expires, isNew: false)
        }
    }

    /// The same once `roles` are signed again.
    private func renewing(_ roles: [RoleName], of lives: [RoleLife], now: Timestamp) -> [RoleLife] {
        let renewed = Set(roles)
        return lives.map { life in
            guard renewed.contains(life.role) else { return life }
            let expires = lifetimes.expiry(of: life.role, from: now)
            return RoleLife(role: life.role, version: life.version + 1, expires: expires, isNew: true)
        }
    }

    // MARK: Files

    private func openMetadata() throws(PublishError) -> Directory {
        let found = try whilePublishing { () throws(FileSystemError) in
            try directory.directoryIfPresent("metadata")
        }
        guard let metadata = found else { throw .notStarted(path: directory.path) }
        return metadata
    }

    private func lock(_ metadata: Directory) throws(PublishError) -> FileLock {
        let taken = try whilePublishing { () throws(FileSystemError) in
            try FileLock.acquire(File(holding: metadata), .exclusive, wait: false)
        }
        guard let lock = taken else { throw .busy(path: directory.path) }
        return lock
    }

    private func check(_ catalog: PublishedCatalog, _ roles: [RoleName]) throws(PublishError) {
        for role in roles {
            guard let key = key(of: role) else { throw .keyMissing(role) }
            try catalog.check(key, for: role)
        }
    }

    private func key(of role: RoleName) -> PrivateKey? {
        switch role {
        case .root: keys.root
        case .snapshot: keys.snapshot
        case .timestamp: keys.timestamp
        default: keys.targets
        }
    }

    private func write(
        _ listers: [RoleDocument], above catalog: PublishedCatalog, to files: RoleFiles, now: Timestamp
    ) throws(PublishError) {
        let snapshot = try RoleDocument(catalog.snapshotBytes, of: .snapshot)
        let timestamp = try RoleDocument(catalog.timestampBytes, of: .timestamp)
        try write(listers, snapshot, timestamp, to: files, now: now)
    }

    /// The next version of roles that list bundles, and of what lists those: everything is there for good before
    /// timestamp leads to it.
    private func write(
        _ listers: [RoleDocument], _ snapshot: RoleDocument, _ timestamp: RoleDocument, to files: RoleFiles,
        now: Timestamp
    ) throws(PublishError) {
        var listed: [JSONValue.Member] = []
        for var lister in listers {
            lister.renew(expires: lifetimes.expiry(of: lister.role, from: now))
            let bytes = lister.signed(by: keys.targets)
            try files.write(bytes, of: lister.role, version: lister.version)
            listed.append(JSONValue.Member(lister.role.sourceName(), Self.metaFile(lister.version, bytes)))
        }
        var snapshot = snapshot
        snapshot.change("meta", adding: listed)
        snapshot.renew(expires: lifetimes.expiry(of: .snapshot, from: now))
        let bytes = snapshot.signed(by: keys.snapshot)
        try files.write(bytes, of: .snapshot, version: snapshot.version)
        try files.flush()
        var timestamp = timestamp
        timestamp.change("meta", adding: [JSONValue.Member("snapshot.json", Self.metaFile(snapshot.version, bytes))])
        try writeTimestamp(timestamp, to: files, now: now)
    }

    private func writeTimestamp(
        _ timestamp: RoleDocument, to files: RoleFiles, now: Timestamp
    ) throws(PublishError) {
        var timestamp = timestamp
        timestamp.renew(expires: lifetimes.expiry(of: .timestamp, from: now))
        try files.replace("timestamp.json", with: timestamp.signed(by: keys.timestamp))
    }

    /// Written before `root.json`: that is where clients look for a newer root.
    private static func rootName(_ version: Int64) -> DiskPath {
        DiskPath(RoleName.root.sourceName(version: version))
    }

    private func prune(
        _ files: RoleFiles, _ catalog: PublishedCatalog, _ renewed: [RoleName]
    ) throws(PublishError) {
        var versions = catalog.versions
        for role in renewed { versions[role.bytes]? += 1 }
        try files.prune(versions)
    }

    // MARK: What is said

    private func emptyListers(_ bins: HashBins?) -> [RoleDocument] {
        var targets = RoleDocument(.targets)
        targets["targets"] = .object([])
        guard let roles = bins?.roles else { return [targets] }
        targets["delegations"] = delegations(to: roles)
        let documents = roles.map { role in
            var bin = RoleDocument(role.name)
            bin["targets"] = .object([])
            return bin
        }
        return [targets] + documents
    }

    private func delegations(to bins: [(name: RoleName, prefixes: [String])]) -> JSONValue {
        let key = keys.targets.publicKey
        let keyids = [key.keyid.hex]
        let keyObjects = JSONValue.object([JSONValue.Member(key.keyid.hex, key.json)])
        var roles: [JSONValue] = []
        for bin in bins {
            roles.append([
                "name": bin.name.description, "keyids": keyids, "threshold": 1, "terminating": true,
                "path_hash_prefixes": bin.prefixes,
            ])
        }
        return ["keys": keyObjects, "roles": roles]
    }

    private func keyObjects(_ rootKey: PrivateKey) -> JSONValue {
        var listed: [JSONValue.Member] = []
        for key in [rootKey, keys.targets, keys.snapshot, keys.timestamp].map(\.publicKey) {
            if listed.contains(where: { $0.key == key.keyid.hex }) { continue }
            listed.append(JSONValue.Member(key.keyid.hex, key.json))
        }
        return .object(listed)
    }

    private func roleObjects(_ rootKey: PrivateKey) -> JSONValue {
        let signers = [
            ("root", rootKey), ("targets", keys.targets), ("snapshot", keys.snapshot), ("timestamp", keys.timestamp),
        ]
        var roles: [JSONValue.Member] = []
        for (name, key) in signers {
            let keyids = [key.publicKey.keyid.hex]
            roles.append(JSONValue.Member(name, ["keyids": keyids, "threshold": 1]))
        }
        return .object(roles)
    }

    private static func metaFile(_ version: Int64, _ bytes: [UInt8]) -> JSONValue {
        let hashes: JSONValue = ["sha256": DigestStream.digest(of: bytes)]
        return ["version": version, "length": bytes.count, "hashes": hashes]
    }
}

/// What tells a catalog from others.
package struct CatalogIdentity: Sendable {
    /// The SHA-256 of the newest root, which hosts are told.
    package let rootDigest: ContentDigest
    /// How many roles list the bundles; nil where targets does it itself.
    package let bins: Int?
    /// The keys any of which signs root by itself.
    package let rootKeys: Set<KeyID>
}
