import Bundles
import HostModel
import Processes
import Storage

/// What runs of one app, and what of its manifest's wishes is in force.
package struct AppStatus: Sendable, JSONRepresentable {
    package let id: AppID
    package let version: BundleVersion?
    package let state: State
    package let isWanted: Bool
    package let user: String?
    private let life: Life
    private let unconfirmed: AppRecord.Unconfirmed?
    private let sandbox: String?

    package enum State: String, Sendable, CaseIterable {
        case running, stopped
        /// Ended with a failure, and waits to be started again.
        case restarting
        /// Runs without its supervisor: it is not started again, and its output goes nowhere.
        case leftBehind = "left_behind"
        /// Somebody else's root: what runs there cannot be seen.
        case unknown
    }

    init(
        id: AppID, version: BundleVersion?, life: Life, record: AppRecord, sandbox: String?
    ) {
        self.id = id
        self.version = version
        self.life = life
        self.sandbox = sandbox
        isWanted = record.isWanted
        unconfirmed = record.unconfirmed
        user = life.state?.user
        state =
            if !life.isKnown { .unknown } else if !life.leftBehind.isEmpty { .leftBehind } else if life.isRunning {
                .running
            } else if life.isRestarting { .restarting } else { .stopped }
    }

    /// Whether something of it lives, or is about to be started again.
    package var isAlive: Bool { life.isRunning || life.isRestarting }

    /// For people: app, state, process, since, restarts, what else is to be said.
    package var cells: [String] {
        let isRunning = life.isRunning
        return [
            id.text, state.rawValue.replacing("_", with: " "),
            isRunning ? mainProcess.map { "\($0)" } ?? "-" : "-",
            isRunning ? life.state?.launchedAt.map { "\($0)" } ?? "-" : "-",
            "\(life.state?.restarts ?? 0)", remarks.joined(separator: "; "),
        ]
    }

    /// What an operator should know beside the state.
    package var remarks: [String] {
        var remarks: [String] = []
        if case .restarting(let at, let attempt) = life.state?.phase, state == .restarting {
            remarks.append("attempt \(attempt) at \(at)")
        }
        if state == .leftBehind {
            let names = life.leftBehind.map { "\($0.identity.pid) (\(printable($0.name)))" }
            remarks.append("without supervisor: " + names.joined(separator: ", "))
        }
        if let unconfirmed { remarks.append("\(unconfirmed.operation.rawValue) not confirmed") }
        if !life.isRunning, let exit = life.state?.lastExit { remarks.append(exit.sentence) }
        if isWanted, state == .stopped { remarks.append("wanted") }
        return remarks
    }

    private var mainProcess: Int32? { (life.state?.main ?? life.processes.first?.identity)?.pid }

    package var json: JSONValue {
        let isRunning = life.isRunning
        return [
            "id": id, "version": version, "state": state.rawValue, "running": life.isKnown ? isRunning : nil,
            "wanted": isWanted, "pid": isRunning ? mainProcess.map { Int64($0) } : nil,
            "supervisor": life.supervisor.map { Int64($0.pid) },
            "startedAt": isRunning ? life.state?.startedAt : nil, "restarts": life.state?.restarts ?? 0,
            "lastExit": life.state?.lastExit?.sentence, "user": user,
            "processes": life.processes.map { process -> JSONValue in
                [
                    "pid": Int64(process.identity.pid), "name": process.name, "evidence": process.evidence.rawValue,
                ]
            },
            "unconfirmed": unconfirmed.map { unconfirmed -> JSONValue in
                [
                    "operation": unconfirmed.operation.rawValue, "health": unconfirmed.gate.rawValue,
                    "ran": unconfirmed.ran, "at": unconfirmed.at,
                ]
            },
            // Never more than what this build puts in force.
            "enforced": [
                "noNewPrivileges": life.holdsLock, "cgroup": isRunning && life.state?.group != nil,
                "sandbox": "none", "sandboxAsked": sandbox, "quota": false,
            ] as JSONValue,
        ]
    }
}

extension AppHost {
    /// What runs of each app, by id.
    ///
    /// - Parameter ids: empty means all that are installed.
    package func status(_ ids: [AppID]) throws -> (apps: [AppStatus], failures: [any Failure]) {
        let root = try openRoot()
        let table = ProcessTable.recent()
        var apps: [AppStatus] = []
        var failures: [any Failure] = []
        for id in ids.isEmpty ? try root?.appIDs() ?? [] : ids {
            do {
                guard let root, let app = try root.app(id), let bundle = try InstalledBundle.read(app) else {
                    if ids.isEmpty { continue }
                    throw StorageError.notInstalled(id)
                }
                apps.append(
                    AppStatus(
                        id: id, version: bundle.version, life: try life(of: app, in: root, table: table),
                        record: try app.record(), sandbox: bundle.manifest?.sandbox?.mode))
            } catch let failure as any Failure where ids.isEmpty {
                failures.append(failure)
            }
        }
        return (apps, failures)
    }
}
