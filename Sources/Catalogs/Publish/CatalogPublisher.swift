import DiskIO
import HostModel
import Signatures

/// Writes a catalog that any TUF client understands: a directory to be served as it is.
///
///     metadata/root.json <n>.root.json             who signs what
///     metadata/timestamp.json                      which snapshot is the present one; written last
///     metadata/<n>.snapshot.json <n>.targets.json  each version under a name of its own
///     targets/apps/<id>/<version>/<sha256>.<file>  the bundles
///
/// Only `timestamp.json` and `root.json` are ever replaced by something else, so whoever reads while this writes sees
/// the catalog before or after. What an interrupted run left under the next version's names, the next run replaces.
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
    /// - On disk: version 1 of every role, `root.json` last; `targets/`.
    /// - Returns: the SHA-256 of the root, which hosts are told.
    /// - Throws: ``PublishError/alreadyStarted(path:)`` where there is a root.
    package func start(now: Timestamp) throws(PublishError) -> ContentDigest {
        guard let rootKey = keys.root else { throw .keyMissing(.root) }
        let metadata = try whilePublishing { () throws(FileSystemError) -> Directory in
            _ = try directory.openOrMake("targets", mode: 0o755)
            return try directory.openOrMake("metadata", mode: 0o755)
        }
        let lock = try lock(metadata)
        defer { withExtendedLifetime(lock) {} }
        let present = try whilePublishing { () throws(FileSystemError) in try metadata.status(of: "root.json") }
        guard present == nil else { throw .alreadyStarted(path: directory.path) }

        var targets = RoleDocument(.targets)
        targets["targets"] = .object([])
        let files = try writeTargets(&targets, in: metadata, now: now)
        var snapshot = RoleDocument(.snapshot)
        snapshot["meta"] = .object([JSONValue.Member("targets.json", files)])
        var timestamp = RoleDocument(.timestamp)
        try writeOnline(&snapshot, &timestamp, in: metadata, now: now)
        var root = RoleDocument(.root)
        root["consistent_snapshot"] = true.json
        root["keys"] = keyObjects(rootKey)
        root["roles"] = roleObjects(rootKey)
        let bytes = try writeRoot(&root, by: rootKey, in: metadata, now: now)
        return DigestStream.digest(of: bytes)
    }

    // MARK: Publish

    /// Adds bundles. What is listed already with the same content gets the new entry.
    ///
    /// - On disk: first the bundles, then the next targets, snapshot and timestamp, each whole and for good before the
    ///   next. An interruption leaves the catalog that was.
    /// - Returns: how long each role lives now.
    /// - Throws: ``PublishError/alreadyPublished(_:)`` where a path is listed with another content.
    package func publish(_ artifacts: [PublishedArtifact], now: Timestamp) throws(PublishError) -> [RoleLife] {
        let metadata = try openMetadata()
        let lock = try lock(metadata)
        defer { withExtendedLifetime(lock) {} }
        let catalog = try PublishedCatalog.read(metadata)
        try check(catalog, [.targets, .snapshot, .timestamp])
        var listed = try document(catalog.targetsBytes, .targets)
        var files = Self.members(listed["targets"])
        for (path, file) in try copied(artifacts, catalog) {
            files.removeAll { $0.key.utf8.elementsEqual(path.bytes) }
            files.append(JSONValue.Member(path.description, file))
        }
        listed["targets"] = .object(files)
        try replaceTargets(&listed, catalog, in: metadata, now: now)
        return try lives(metadata, renewed: [.targets, .snapshot, .timestamp])
    }

    /// Every entry is checked before the first file is copied.
    private func copied(
        _ artifacts: [PublishedArtifact], _ catalog: PublishedCatalog
    ) throws(PublishError) -> [(path: RelativePath, file: JSONValue)] {
        var paths: Set<RelativePath> = []
        for artifact in artifacts {
            let path = try artifact.path()
            guard paths.insert(path).inserted else { throw .publishedTwice(path) }
            do throws(RecordError) {
                _ = try CatalogEntry.read(custom: ["apphost": artifact.entry], path: path)
            } catch {
                throw .entry(error)
            }
        }
        let targets = try whilePublishing { () throws(FileSystemError) in
            try directory.openOrMake("targets", mode: 0o755)
        }
        var files: [(path: RelativePath, file: JSONValue)] = []
        for artifact in artifacts {
            let path = try artifact.path()
            let file = try artifact.copy(to: targets)
            if let before = catalog.targets.files[path]?.hashes.sha256, before.json.text != Self.sha256(file)?.text {
                throw .alreadyPublished(path)
            }
            files.append((path, file))
        }
        return files
    }

    // MARK: Resign

    /// Signs again what has lived half of its time, or everything, and what lists that.
    ///
    /// - On disk: the next version of each such role, root first and timestamp last.
    /// - Returns: how long each role lives now. A root that is due stays where its key is not given.
    package func resign(all: Bool = false, now: Timestamp) throws(PublishError) -> [RoleLife] {
        let metadata = try openMetadata()
        let lock = try lock(metadata)
        defer { withExtendedLifetime(lock) {} }
        let catalog = try PublishedCatalog.read(metadata)
        let due = self.due(catalog, all: all, now: now)
        try check(catalog, due)
        if due.contains(.root), let key = keys.root {
            var root = try document(catalog.rootBytes, .root)
            _ = try writeRoot(&root, by: key, in: metadata, now: now)
        }
        if due.contains(.targets) {
            var targets = try document(catalog.targetsBytes, .targets)
            try replaceTargets(&targets, catalog, in: metadata, now: now)
        } else if due.contains(.snapshot) {
            var snapshot = try document(catalog.snapshotBytes, .snapshot)
            var timestamp = try document(catalog.timestampBytes, .timestamp)
            try writeOnline(&snapshot, &timestamp, in: metadata, now: now)
        } else if due.contains(.timestamp) {
            var timestamp = try document(catalog.timestampBytes, .timestamp)
            try writeTimestamp(&timestamp, in: metadata, now: now)
        }
        return try lives(metadata, renewed: due)
    }

    /// How long each role still lives. Nothing is written.
    package func lives() throws(PublishError) -> [RoleLife] { try lives(openMetadata(), renewed: []) }

    /// With whatever lists a role that is.
    private func due(_ catalog: PublishedCatalog, all: Bool, now: Timestamp) -> [RoleName] {
        func isDue(_ role: RoleName, _ header: MetadataHeader) -> Bool {
            all || lifetimes.isDue(role, expires: header.expires, now: now)
        }
        var due: [RoleName] = []
        if keys.root != nil, isDue(.root, catalog.root.header) { due.append(.root) }
        let targets = isDue(.targets, catalog.targets.header)
        let snapshot = targets || isDue(.snapshot, catalog.snapshot.header)
        if targets { due.append(.targets) }
        if snapshot { due.append(.snapshot) }
        if snapshot || isDue(.timestamp, catalog.timestamp.header) { due.append(.timestamp) }
        return due
    }

    private func lives(_ metadata: Directory, renewed: [RoleName]) throws(PublishError) -> [RoleLife] {
        let catalog = try PublishedCatalog.read(metadata)
        let headers: [(RoleName, MetadataHeader)] = [
            (.root, catalog.root.header), (.targets, catalog.targets.header), (.snapshot, catalog.snapshot.header),
            (.timestamp, catalog.timestamp.header),
        ]
        return headers.map { role, header in
            RoleLife(role: role, version: header.version, expires: header.expires, isNew: renewed.contains(role))
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

    private func document(_ bytes: [UInt8], _ role: RoleName) throws(PublishError) -> RoleDocument {
        do throws(RecordError) { return try RoleDocument(bytes, of: role) } catch {
            throw .catalog(.malformed(role, error))
        }
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

    /// The next version of targets, and of what lists it.
    private func replaceTargets(
        _ targets: inout RoleDocument, _ catalog: PublishedCatalog, in metadata: Directory, now: Timestamp
    ) throws(PublishError) {
        var snapshot = try document(catalog.snapshotBytes, .snapshot)
        var timestamp = try document(catalog.timestampBytes, .timestamp)
        let file = try writeTargets(&targets, in: metadata, now: now)
        var listed = Self.members(snapshot["meta"]).filter { !$0.key.utf8.elementsEqual("targets.json".utf8) }
        listed.append(JSONValue.Member("targets.json", file))
        snapshot["meta"] = .object(listed)
        try writeOnline(&snapshot, &timestamp, in: metadata, now: now)
    }

    /// - Returns: what snapshot says of it.
    private func writeTargets(
        _ targets: inout RoleDocument, in metadata: Directory, now: Timestamp
    ) throws(PublishError) -> JSONValue {
        targets.renew(expires: lifetimes.expiry(of: .targets, from: now))
        let bytes = targets.signed(by: keys.targets)
        try write(bytes, as: RoleName.targets.sourceName(version: targets.version), in: metadata)
        return Self.metaFile(targets.version, bytes)
    }

    private func writeOnline(
        _ snapshot: inout RoleDocument, _ timestamp: inout RoleDocument, in metadata: Directory, now: Timestamp
    ) throws(PublishError) {
        snapshot.renew(expires: lifetimes.expiry(of: .snapshot, from: now))
        let bytes = snapshot.signed(by: keys.snapshot)
        try write(bytes, as: RoleName.snapshot.sourceName(version: snapshot.version), in: metadata)
        let file = Self.metaFile(snapshot.version, bytes)
        timestamp["meta"] = .object([JSONValue.Member("snapshot.json", file)])
        try writeTimestamp(&timestamp, in: metadata, now: now)
    }

    private func writeTimestamp(
        _ timestamp: inout RoleDocument, in metadata: Directory, now: Timestamp
    ) throws(PublishError) {
        timestamp.renew(expires: lifetimes.expiry(of: .timestamp, from: now))
        try write(timestamp.signed(by: keys.timestamp), as: "timestamp.json", in: metadata)
    }

    /// Under its number first: that is where clients look for it.
    private func writeRoot(
        _ root: inout RoleDocument, by key: PrivateKey, in metadata: Directory, now: Timestamp
    ) throws(PublishError) -> [UInt8] {
        root.renew(expires: lifetimes.expiry(of: .root, from: now))
        let bytes = root.signed(by: key)
        try write(bytes, as: RoleName.root.sourceName(version: root.version), in: metadata)
        try write(bytes, as: "root.json", in: metadata)
        return bytes
    }

    private func write(_ bytes: [UInt8], as name: String, in metadata: Directory) throws(PublishError) {
        try whilePublishing { () throws(FileSystemError) in
            try DurableFile.replace(DiskPath(name), in: metadata, with: bytes, mode: 0o644)
        }
    }

    // MARK: What is said

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

    private static func members(_ value: JSONValue?) -> [JSONValue.Member] {
        if case .object(let members)? = value { return members }
        return []
    }

    /// Of what ``PublishedArtifact/copy(to:)`` gives.
    private static func sha256(_ file: JSONValue) -> JSONValue? {
        let hashes = members(file).first { $0.key == "hashes" }?.value
        return members(hashes).first { $0.key == "sha256" }?.value
    }
}
