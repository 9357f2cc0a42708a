import Bundles
import DiskIO
import HostModel
import Processes
import Scheduling
import Signatures
import Storage

/// One thing that is not as it should be.
package struct Finding: Sendable, JSONRepresentable {
    package enum Severity: String, Sendable { case problem, note }
    package let severity: Severity
    /// Below the root.
    package let place: String
    package let text: String

    package var json: JSONValue { ["severity": severity.rawValue, "place": place, "text": text] }
}

/// Whether a host is as it should be.
package struct ExaminationReport: Sendable, JSONRepresentable {
    package let findings: [Finding]
    /// What the process that reads archives is kept from here; nil where that was not found out.
    let confinement: ConfinementTrial?

    package var isSound: Bool { !findings.contains { $0.severity == .problem } }

    package var json: JSONValue {
        ["schema": 1, "sound": isSound, "findings": findings, "confinement": confinement]
    }
}

extension AppHost {
    /// Looks at everything in the root: layout, modes, records, every slot of every app; and at what this host keeps
    /// the process that reads archives from. Mends nothing.
    package func examine(options: ChangeOptions) throws -> ExaminationReport {
        let (confinement, findings) = examineConfinement()
        return ExaminationReport(findings: findings + (try examineRoot(options)), confinement: confinement)
    }

    private func examineRoot(_ options: ChangeOptions) throws -> [Finding] {
        guard let root = try openRoot() else {
            return [Finding(severity: .note, place: rootPath, text: "there is no root yet")]
        }
        var examination = Examination(host: self, root: root, options: options)
        try examination.run()
        return examination.findings
    }
}

private struct Examination {
    let host: AppHost
    let root: ManagedRoot
    let options: ChangeOptions
    private(set) var findings: [Finding] = []

    init(host: AppHost, root: ManagedRoot, options: ChangeOptions) {
        self.host = host
        self.root = root
        self.options = options
    }

    mutating func run() throws {
        try rootDirectory()
        attempt("config.json") { [host, root] in _ = try host.settings(root) }
        attempt("trust/keys.json") { [host, root] in _ = try host.trustedKeys(root) }
        attempt("tokens.json") { [host, root] in _ = try host.tokens(root) }
        for file in ["config.json", "trust/keys.json", "tokens.json", "audit.jsonl", "audit.1.jsonl"] {
            try fileMode(file)
        }
        for name in try root.part(.apps).names() {
            try options.cancellation.check()
            guard let id = AppID(String(decoding: name.bytes, as: UTF8.self)),
                try root.part(.apps).status(of: name)?.kind == .directory
            else {
                problem("apps/\(name)", "is no app's directory")
                continue
            }
            try examine(id)
        }
        try scheduler()
        for part in [ManagedRoot.Part.staging, .trash] where try !root.part(part).names().isEmpty {
            note(
                "\(part.rawValue)/", "holds trees; the next command that may sweeps them, unless an update is under way"
            )
        }
    }

    private mutating func rootDirectory() throws {
        let known =
            ManagedRoot.Part.allCases.map(\.rawValue) + ["format.json", "config.json", "lock", "apphost.sock"]
            + ["serve.lock", "tokens.json", "audit.jsonl", "audit.1.jsonl"]
        for name in try root.directory.names() where !known.contains(name.description) {
            problem(name.description, "is not apphost's")
        }
        try mode(of: root.directory, "", 0o755)
        for part in ManagedRoot.Part.allCases {
            guard let directory = try root.directory.directoryIfPresent(DiskPath(part.rawValue)) else {
                // A root that an older version made has none before the first catalog, or the first pass.
                if part == .catalogs || part == .scheduler { continue }
                problem(part.rawValue, "is missing")
                continue
            }
            try mode(of: directory, part.rawValue, part.mode)
        }
        if try root.directory.space().kind == .memory {
            note("", "the root is on a file system in memory: nothing in it outlives a restart")
        }
        if !ControlGroup.canBeHad {
            note(
                "",
                "no control group can be had here: a process that an app detached, and that lost its environment, is "
                    + "not found once its supervisor was killed")
        }
        if !root.isOurs { note("", "the root belongs to another user, so this examination may be incomplete") }
    }

    private mutating func examine(_ id: AppID) throws {
        let place = "apps/\(id)"
        guard let app = try root.app(id) else { return }
        try mode(of: app.directory, place, 0o755)
        let records = [
            "lock", "confirm.lock", "running.lock", "record.json", "check.json", "history.jsonl", "history.1.jsonl",
        ]
        for name in try app.directory.names() {
            let text = name.description
            if text == "journal.json" || text.hasSuffix(".new") || text == "backup" {
                problem("\(place)/\(text)", "is left of an operation that was not finished")
            } else if !records.contains(text), Slot(name: text) == nil {
                problem("\(place)/\(text)", "is not apphost's")
            }
        }
        attempt("\(place)/record.json") { _ = try app.record() }
        attempt("\(place)/history.jsonl") { _ = try app.history() }
        try secrets(of: app)
        try fileMode("\(place)/record.json")
        try fileMode("\(place)/history.jsonl")
        for slot in try app.slots().sorted(by: { $0.name < $1.name }) {
            try options.cancellation.check()
            var found: [SlotVerification] = []
            attempt("\(place)/\(slot.name)") { [host, root, options] in
                found = try host.verify(slot, of: app, root: root, options: options)
            }
            if slot != .backup, found.contains(where: { $0.report.canBeRebuilt }) {
                note("\(place)/\(slot.name)", "can be rebuilt from its own files: 'apphost doctor --repair \(id)'")
            }
            for problem in found.flatMap(\.report.problems) {
                let path = problem.path.isEmpty ? "" : "/" + printable(problem.path)
                self.problem("\(place)/\(slot.name)\(path)", problem.what)
            }
        }
    }

    /// What is kept of each thing that is looked at by itself can be read, and nothing else lies there.
    private mutating func scheduler() throws {
        guard let directory = try root.partIfPresent(.scheduler) else { return }
        let store = ScheduleStore(directory)
        for name in try directory.names() where name != "lock" {
            let place = "scheduler/\(name)"
            if let item = ScheduledItem(file: name) {
                attempt(place) { _ = try store.state(of: item) }
                try fileMode(place)
            } else if !name.description.hasSuffix(".new") {
                // What a kill left of a state is replaced with that.
                problem(place, "is not apphost's")
            }
        }
    }

    /// Every secret that the record names has a value, and nothing else lies beside them.
    private mutating func secrets(of app: AppDirectory) throws {
        // Of a record that cannot be read the trouble is told already.
        guard let record = try? app.record() else { return }
        let place = "secrets/\(app.id)"
        let directory = try root.part(.secrets).directoryIfPresent(DiskPath(app.id))
        if let directory { try mode(of: directory, place, 0o700) }
        var others = Set(try directory?.names() ?? [])
        for (name, file) in record.configuration.secrets.sorted(by: { $0.key < $1.key }) {
            if others.remove(file.path) == nil {
                problem("\(place)/\(file.text)", "is missing, the value of the secret \(quoted(name.text))")
            } else {
                try fileMode("\(place)/\(file.text)")
            }
        }
        for name in others.sorted() { problem("\(place)/\(name)", "is the value of no secret") }
    }

    private mutating func mode(of directory: Directory, _ place: String, _ expected: UInt32) throws {
        let status = try directory.status()
        if status.mode != expected {
            problem(place, "has the mode \(String(status.mode, radix: 8)), not \(String(expected, radix: 8))")
        }
        if status.owner != root.owner { problem(place, "belongs to another user than the root") }
    }

    /// Records hold what only the owner may know and change.
    private mutating func fileMode(_ path: String) throws {
        guard let status = try root.directory.status(of: DiskPath(path)) else { return }
        if status.kind != .file { return problem(path, "is no file") }
        if status.mode != 0o600 { problem(path, "has the mode \(String(status.mode, radix: 8)), not 600") }
        if status.owner != root.owner { problem(path, "belongs to another user than the root") }
    }

    private mutating func attempt(_ place: String, _ body: () throws -> Void) {
        do { try body() } catch {
            problem(place, (error as? any Failure)?.message ?? "cannot be read: \(error)")
        }
    }

    private mutating func problem(_ place: String, _ text: String) {
        findings.append(Finding(severity: .problem, place: place, text: text))
    }

    private mutating func note(_ place: String, _ text: String) {
        findings.append(Finding(severity: .note, place: place, text: text))
    }
}
