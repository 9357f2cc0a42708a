import HostModel
import Processes
import Storage

extension AppHost {
    /// What of an app lives now.
    ///
    /// - Parameter table: one look at all processes, where it is asked of many apps.
    func life(of app: AppDirectory, in root: ManagedRoot, table: ProcessTable = .read()) throws -> Life {
        try Life.of(place(of: app, in: root), in: table)
    }

    /// Refuses where a process of the app lives: nothing may be replaced beneath it.
    ///
    /// - Parameter byPolicy: whether nobody asked for it. Then an app that waits to be restarted is left alone too.
    func requireStopped(_ app: AppDirectory, in root: ManagedRoot, byPolicy: Bool = false) throws {
        let life = try life(of: app, in: root)
        if life.isRunning || (byPolicy && life.isRestarting) { throw AppRuns(app: app.id) }
    }
}

/// Something of the app lives, and what was asked for would replace its bundle. Nothing was changed.
package struct AppRuns: Failure {
    let app: AppID
    package var code: FailureCode { .appRunning }
    package var message: String { "\(quoted(app.text)) is running" }
    package var help: String? {
        "stop it with 'apphost stop \(app)', or add '--restart' where the command has it; "
            + "'apphost status \(app)' shows its processes"
    }
}
