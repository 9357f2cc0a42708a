import Bundles
import DiskIO
import Fetching
import HostModel
import Signatures
import Storage

/// A host with its root: one method for each use case, in the folders beside this file. The only place that constructs
/// concrete types.
package struct AppHost: Sendable {
    /// The root as the operator named it.
    package let rootPath: String
    let files: any FileSystem
    let user: UInt32
    private(set) var by: String
    let now: @Sendable () -> Timestamp
    let platform: Platform
    /// How catalogs and what they list are fetched.
    let fetching: FetchOptions
    /// What goes before the setting `reviewMode`, as the operator wrote it.
    let reviewMode: String?
    /// The path of this program, which supervises what it starts.
    let program: String
    let archiveReader: ArchiveReader
    let clock: any Clock<Duration>

    /// - Parameters:
    ///   - rootPath: need not exist.
    ///   - by: who acts, for receipts and history.
    ///   - reviewMode: goes before the setting of that name; nil or empty leaves that.
    ///   - program: what supervises apps: this program as it is installed.
    ///   - archiveReader: who reads archives. The program has a confined process of its own do it.
    ///   - clock: what the health gate and a stop wait by.
    package init(
        rootPath: String, by: String, files: any FileSystem = LinuxFileSystem(),
        user: UInt32 = LinuxFileSystem.effectiveUser, platform: Platform = .current,
        fetching: FetchOptions = .standard, reviewMode: String? = nil,
        program: String = "/proc/self/exe", archiveReader: ArchiveReader = .thisProcess,
        clock: any Clock<Duration> = ContinuousClock(),
        now: @escaping @Sendable () -> Timestamp = { Timestamp.now }
    ) {
        self.rootPath = rootPath
        self.by = by
        self.files = files
        self.user = user
        self.platform = platform
        self.fetching = fetching
        self.reviewMode = reviewMode
        self.program = program
        self.archiveReader = archiveReader
        self.clock = clock
        self.now = now
    }

    /// The same host, with receipts and history that name another one who acts.
    package func acting(as by: String) -> AppHost {
        var host = self
        host.by = by
        return host
    }

    /// Finishes or undoes what killed commands left, where this process may and can at once. Every command begins with it.
    ///
    /// - Returns: what could not be recovered, for the operator to see; everything else was.
    package func recover() -> [any Failure] {
        do {
            guard let root = try openRoot() else { return [] }
            return StorageEngine(root: root, now: now).recover()
        } catch {
            // The command itself meets it again, and reports it as its own failure.
            return []
        }
    }

    /// The root for reading; nil where there is none yet.
    func openRoot() throws(StorageError) -> ManagedRoot? {
        try ManagedRoot.open(rootPath, user: user, files: files)
    }

    /// The engine for changing something; makes the root where there is none.
    func openEngine() throws(StorageError) -> StorageEngine {
        StorageEngine(root: try ManagedRoot.openOrMake(rootPath, user: user, files: files), now: now)
    }

    /// - Throws: `app_not_installed`.
    func requireInstalled(_ id: AppID, in root: ManagedRoot?) throws -> (AppDirectory, SlotTree) {
        guard let app = try root?.app(id), let installed = try app.open(.installed) else {
            throw StorageError.notInstalled(id)
        }
        return (app, installed)
    }

    func policy(
        _ root: ManagedRoot?, standing: Standing, acceptsUnsigned: Bool, app: AppID? = nil
    ) throws -> AcceptancePolicy {
        AcceptancePolicy(
            trusted: try trustedKeys(root), standing: standing, now: now(), acceptsUnsigned: acceptsUnsigned, app: app,
            limits: try settings(root).limits)
    }
}
