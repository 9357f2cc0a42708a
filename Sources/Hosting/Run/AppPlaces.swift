import DiskIO
import HostModel
import Processes
import Storage

extension AppHost {
    /// Where the processes of an app leave their traces. Who may not look into its logs gets a place without them.
    func place(of app: AppDirectory, in root: ManagedRoot) throws -> AppPlace {
        do {
            return AppPlace(id: app.id, app: app.directory, logs: try logDirectory(of: app.id, in: root))
        } catch let failure as any Failure where failure.code == .permissionDenied {
            return AppPlace(id: app.id, app: app.directory, logs: nil)
        }
    }

    /// `logs/<id>/`, which is the root's owner's alone.
    ///
    /// - Returns: nil where the app was never started.
    func logDirectory(of id: AppID, in root: ManagedRoot) throws -> Directory? {
        guard let logs = try root.partIfPresent(.logs) else { return nil }
        return try logs.directoryIfPresent(DiskPath(id))
    }
}
