import DiskIO
import HostModel

/// Where the processes of one app leave their traces: what `Processes` knows of the managed root.
package struct AppPlace: Sendable {
    package let id: AppID
    /// `apps/<id>/`
    package let app: Directory
    /// `logs/<id>/`; nil where it was never started, or this user may not look into it.
    package let logs: Directory?

    package init(id: AppID, app: Directory, logs: Directory?) {
        self.id = id
        self.app = app
        self.logs = logs
    }

    /// Held by the supervisor for as long as a process of the app may live. Close-on-exec, never given to the app.
    package static let runningLock: DiskPath = "running.lock"
    /// ``RunState``, in `logs/<id>/`.
    package static let runState: DiskPath = "run.json"
}
