import DiskIO
import HostModel
import Synchronization

/// The directory tree that AppHost manages. Every path below it is known here and in ``AppDirectory`` alone.
///
///     format.json            schema of this layout, written last when the root is made
///     config.json            host settings
///     lock                   shared with each app's lock; exclusive for trust and settings
///     trust/keys.json        trusted keys
///     catalogs/<name>/       where apps come from; `Catalogs` knows what is in it
///     apps/<id>/             lock, record, history and the slots of one app
///     staging/<id>/          the tree being filled, locked by its filler; unlocked it is debris
///     trash/                 trees being deleted
///     scheduler/             what is looked at by itself, and when; `Scheduling` knows what is in it
///     data/<id>/ cache/<id>/ run/<id>/ logs/<id>/ secrets/<id>/
package final class ManagedRoot: Sendable {
    package let directory: Directory
    /// The user that owns the tree: the only one who changes it.
    package let owner: UInt32
    private let user: UInt32
    private let parts = Mutex<[Part: Directory]>([:])

    package static let schema: Int64 = 1

    /// The directories of a root, with the modes they have whatever the umask.
    package enum Part: String, CaseIterable, Sendable {
        case apps, staging, trash, trust, catalogs, scheduler, data, cache, run, logs, secrets

        package var mode: UInt32 {
            switch self {
            case .apps: 0o755
            case .data, .cache, .run: 0o711
            case .staging, .trash, .trust, .catalogs, .scheduler, .logs, .secrets: 0o700
            }
        }

        package var path: DiskPath { DiskPath(rawValue) }
    }

    /// Opens a root to read it.
    ///
    /// - Parameter user: who runs this program (its effective user number).
    /// - Returns: nil where there is no directory, or an empty one that may become a root.
    /// - Throws: when the directory holds something else, or a newer layout.
    package static func open(_ path: String, user: UInt32, files: any FileSystem) throws(StorageError) -> ManagedRoot? {
        let directory: Directory
        do throws(FileSystemError) { directory = try Directory.open(path, files: files) } catch {
            if error.isNotFound { return nil }
            throw .disk(error)
        }
        guard try RootFormat.isPresent(in: directory) else {
            try RootFormat.checkEmpty(directory)
            return nil
        }
        return try ManagedRoot(directory, user: user)
    }

    /// Opens a root to change it, and makes it where there is none.
    ///
    /// - On disk: a new root has all its directories, then `format.json`, each durable.
    /// - Throws: when the file system cannot exchange two directories, or the root belongs to another user.
    package static func openOrMake(
        _ path: String, user: UInt32, files: any FileSystem
    ) throws(StorageError) -> ManagedRoot {
        let directory = try onDisk { () throws(FileSystemError) in
            try DirectoryChain.openOrMake(path, files: files)
        }
        let owner = try onDisk { () throws(FileSystemError) in try directory.status().owner }
        guard owner == user else { throw .rootWrongOwner(path: path, owner: owner) }
        if try !RootFormat.isPresent(in: directory) { try RootFormat.make(in: directory) }
        return try ManagedRoot(directory, user: user)
    }

    private init(_ directory: Directory, user: UInt32) throws(StorageError) {
        self.directory = directory
        self.user = user
        owner = try onDisk { () throws(FileSystemError) in try directory.status().owner }
        try RootFormat.check(directory)
    }

    package var path: String { directory.path }

    /// Whether this process may change the tree at all.
    package var isOurs: Bool { owner == user }

    package func requireOurs() throws(StorageError) {
        guard isOurs else { throw .rootWrongOwner(path: path, owner: owner) }
    }

    /// One of the root's directories, opened once.
    package func part(_ part: Part) throws(StorageError) -> Directory {
        if let opened = parts.withLock({ $0[part] }) { return opened }
        let opened = try onDisk { () throws(FileSystemError) in try directory.directory(part.path) }
        parts.withLock { $0[part] = opened }
        return opened
    }

    /// One of the root's directories; nil where an older version made the root and nothing needed it yet.
    package func partIfPresent(_ part: Part) throws(StorageError) -> Directory? {
        let isThere = try onDisk { () throws(FileSystemError) in try directory.status(of: part.path) != nil }
        return isThere ? try self.part(part) : nil
    }

    /// One of the root's directories, made where an older version made the root.
    package func partOrMake(_ part: Part) throws(StorageError) -> Directory {
        try requireOurs()
        if let there = try partIfPresent(part) { return there }
        return try onDisk { () throws(FileSystemError) in try directory.openOrMake(part.path, mode: part.mode) }
    }

    /// The ids that have a directory, installed or not, in order.
    package func appIDs() throws(StorageError) -> [AppID] {
        let apps = try part(.apps)
        return try onDisk { () throws(FileSystemError) in try apps.namesWithKinds() }
            .filter { $0.kind == nil || $0.kind == .directory }
            .compactMap { AppID(String(decoding: $0.name.bytes, as: UTF8.self)) }
            .sorted()
    }

    /// - Returns: nil where this id was never installed.
    package func app(_ id: AppID) throws(StorageError) -> AppDirectory? {
        let apps = try part(.apps)
        return try onDisk { () throws(FileSystemError) in try apps.directoryIfPresent(DiskPath(id)) }
            .map { AppDirectory(id: id, directory: $0) }
    }

    // MARK: Records of the whole host: `config.json`, `trust/keys.json`

    /// - Returns: nil where it was never written.
    package func readRecord(_ path: DiskPath, limit: Int) throws(StorageError) -> [UInt8]? {
        let file = try onDisk { () throws(FileSystemError) in try directory.fileIfPresent(path) }
        guard let file else { return nil }
        guard let content = try onDisk({ () throws(FileSystemError) in try file.content(limit: limit) }) else {
            throw .record(RecordError(file: path.description, problem: "it is longer than \(limit) bytes"))
        }
        return content
    }

    /// Replaces a record under the exclusive root lock.
    ///
    /// - Parameter change: is given the present content and yields the next; nil leaves it as it is.
    /// - Throws: what `change` throws, or a disk error; the present content stands.
    package func changeRecord(
        _ name: DiskPath, in part: Part?, limit: Int, _ change: ([UInt8]?) throws -> [UInt8]?
    ) throws {
        try requireOurs()
        let lock = try onDisk { () throws(FileSystemError) in
            try FileLock.acquire("lock", in: directory, .exclusive, wait: true)
        }
        try withExtendedLifetime(lock) {
            let place = try part.map { try self.part($0) } ?? directory
            let path = part.map { $0.path.appending(name) } ?? name
            guard let next = try change(readRecord(path, limit: limit)) else { return }
            try onDisk { () throws(FileSystemError) in
                try DurableFile.write(next, to: DurableFile.successor(of: name), in: place, mode: 0o600)
                try place.replace(name, with: DurableFile.successor(of: name))
            }
            do throws(FileSystemError) { try place.sync() } catch { throw StorageError.replacedUnflushed(error) }
        }
    }
}

/// Opens a directory by its path, making what is missing of it. Making the root in it makes all of them durable.
private enum DirectoryChain {
    static func openOrMake(_ path: String, files: any FileSystem) throws(FileSystemError) -> Directory {
        do throws(FileSystemError) { return try Directory.open(path, files: files) } catch {
            guard error.isNotFound, let (parent, name) = split(path) else { throw error }
            let above = try openOrMake(parent, files: files)
            let made = try above.openOrMake(DiskPath(name), mode: 0o755, syncs: false)
            return Directory(
                try reopen(made, files: files), path: path, files: files)
        }
    }

    /// The same directory under the path that the operator gave.
    private static func reopen(_ directory: Directory, files: any FileSystem) throws(FileSystemError) -> Descriptor {
        do { return try files.open(".", in: directory.descriptor, as: .directory) } catch {
            throw FileSystemError(.open, directory.path, error)
        }
    }

    private static func split(_ path: String) -> (parent: String, name: String)? {
        var path = Substring(path)
        while path.count > 1, path.hasSuffix("/") { path = path.dropLast() }
        guard path != "/", !path.isEmpty else { return nil }
        guard let slash = path.lastIndex(of: "/") else { return (".", String(path)) }
        let parent = path[..<slash]
        return (parent.isEmpty ? "/" : String(parent), String(path[path.index(after: slash)...]))
    }
}
