import Bundles
import DiskIO
import HostModel
import Storage

extension AppHost {
    /// Removes an app's bundles, secrets, grants, cache and logs.
    ///
    /// - On disk: its slots and directories go; history stays, and its data does unless `purge` is set.
    /// - Returns: the result, and where kept data lies.
    package func uninstall(
        _ id: AppID, purge: Bool, options: ChangeOptions
    ) async throws -> (ChangeResult, keptData: String?) {
        let root = try openRoot()
        guard let root, let app = try root.app(id) else { throw StorageError.notInstalled(id) }
        try requireWritable(root)
        try await settle(app, in: root, options: options)
        try requireStopped(app, in: root)
        let data = try root.part(.data)
        let hasData = try data.status(of: DiskPath(id)) != nil
        let installed = try app.open(.installed)
        // Kept data can still be purged after its app is gone.
        guard installed != nil || (purge && hasData) else { throw StorageError.notInstalled(id) }
        let version = try installed.flatMap { tree in try unlessDamaged { try tree.manifest().version } }
        func result(leaving version: BundleVersion?) -> ChangeResult {
            ChangeResult(
                app: id, action: .uninstall, outcome: .done, from: version, to: nil, digest: nil, code: nil,
                message: Sentence.done(.uninstall, id, from: version, to: nil))
        }
        let keptData = hasData && !purge ? data.full(DiskPath(id)) : nil
        if options.dryRun { return (result(leaving: version), keptData) }
        try options.cancellation.commit()
        let detail = try await StorageEngine(root: root, now: now).uninstall(id, purge: purge, by: by) {
            [self] present in
            try requireStopped(present.app, in: root)
            let installed = try present.app.open(.installed)
            // Another command may have been faster.
            guard installed != nil || (purge && hasData) else { throw StorageError.notInstalled(id) }
            let version = try installed.flatMap { tree in try unlessDamaged { try tree.manifest().version } }
            let record = NextRecord(present: present.record, at: now(), by: by).afterUninstall(
                keepsData: keptData != nil)
            return (record, HistoryDetail(from: version?.text, digest: present.installed?.digest))
        }
        return (result(leaving: detail.from.flatMap { BundleVersion($0) }), keptData)
    }
}
