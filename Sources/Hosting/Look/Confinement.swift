import DiskIO
import HostModel

extension AppHost {
    /// Has the process that reads archives try what it may not do.
    ///
    /// - Returns: what came of it, and what an operator is to know; nothing where archives are read in this process.
    package func examineConfinement() -> (trial: ConfinementTrial?, findings: [Finding]) {
        guard case .confinedProcess(let program) = archiveReader else { return (nil, []) }
        do throws(ConfinementTrialError) {
            let trial = try ConfinementTrial.run(program)
            return (trial, trial.findings)
        } catch {
            let text = "no archive can be read here: \(error.reason)"
            return (nil, [Finding(severity: .problem, place: "", text: text)])
        }
    }
}

/// What a confined process was kept from on this host, as it tried it.
package struct ConfinementTrial: Sendable, JSONRepresentable {
    package let layers: Confinement.Layers
    /// The version of Landlock's interface; nil where it is not in force.
    package let landlock: Int64?
    package let denied: [ConfinedAttempt]
    /// What it could do.
    package let succeeded: [ConfinedAttempt]

    /// Starts one, confined by `layers`, and reads what it says.
    ///
    /// - Parameter program: the path of this program.
    package static func run(
        _ program: String, layers: Confinement.Layers = .all
    ) throws(ConfinementTrialError) -> ConfinementTrial {
        let answer: [UInt8]
        do throws(ReadingProcessError) {
            answer = try hear(program, ArchiveChild.trying(layers))
        } catch {
            throw ConfinementTrialError(reason: error.reason)
        }
        do throws(RecordError) { return try ConfinementTrial(answer: answer) } catch {
            throw ConfinementTrialError(reason: error.problem)
        }
    }

    init(_ confinement: Confinement, _ outcomes: [(attempt: ConfinedAttempt, isDenied: Bool)]) {
        layers = confinement.layers
        landlock = confinement.landlock
        denied = outcomes.filter { $0.isDenied }.map { $0.attempt }
        succeeded = outcomes.filter { !$0.isDenied }.map { $0.attempt }
    }

    package var json: JSONValue {
        [
            "landlock": landlock, "seccomp": layers.contains(.callFilter), "noNewPrivileges": true,
            "limits": layers.contains(.limits), "denied": denied.map(\.rawValue),
            "succeeded": succeeded.map(\.rawValue),
        ]
    }

    /// What the layers in force are there to deny.
    package func mustFail(_ attempt: ConfinedAttempt) -> Bool {
        if layers.contains(.callFilter) { return true }
        let version = landlock ?? 0
        return switch attempt {
        case .readFile, .createFile: layers.contains(.limits) || version >= 1
        case .connectTCP: layers.contains(.limits) || version >= 4
        case .connectUnix: layers.contains(.limits)
        case .startProcess: version >= 1
        case .signalParent: version >= 6
        case .mapCode: false
        }
    }

    package var findings: [Finding] {
        let enforced = Finding(
            severity: .note, place: "", text: "archives are read by a process that is confined by \(enforcement)")
        return [enforced] + succeeded.map { finding(on: $0) }
    }

    /// What it means that the process could do something.
    private func finding(on attempt: ConfinedAttempt) -> Finding {
        let could = "the process that reads archives could \(attempt.words)"
        if mustFail(attempt) { return Finding(severity: .problem, place: "", text: could) }
        return Finding(severity: .note, place: "", text: "\(could): nothing that this kernel has keeps it from that")
    }

    private var enforcement: String {
        var means = ["no_new_privs"]
        if layers.contains(.limits) { means.append("limits") }
        if let landlock { means.append("Landlock \(landlock)") }
        if layers.contains(.callFilter) { means.append("a filter of its calls (seccomp)") }
        return means.joined(separator: ", ")
    }

    // MARK: What is said

    private static let answerLimit = 4096

    private static func hear(_ program: String, _ words: [String]) throws(ReadingProcessError) -> [UInt8] {
        let nothing: File
        do throws(FileSystemError) { nothing = try File.anonymous(files: LinuxFileSystem()) } catch {
            throw .notStarted(error.errno)
        }
        let process = try ReadingProcess(program, arguments: words, file: nothing)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: answerLimit, alignment: 16)
        defer { buffer.deallocate() }
        var answer: [UInt8] = []
        while answer.count <= answerLimit {
            let count = try process.read(into: buffer)
            if count == 0 { break }
            answer += buffer[..<count]
        }
        return answer
    }

    init(answer: [UInt8]) throws(RecordError) {
        var record = try JSONRecord(answer, file: "what a confined process said", limit: Self.answerLimit)
        if let failed = record.optional("failed") { throw record.error(try failed.string()) }
        landlock = try record.optional("landlock")?.integer()
        var layers: Confinement.Layers = landlock == nil ? [] : .landlock
        if try record.required("seccomp").bool() { layers.insert(.callFilter) }
        if try record.required("limits").bool() { layers.insert(.limits) }
        self.layers = layers
        guard try record.required("noNewPrivileges").bool() else { throw record.error("it may gain privileges") }
        denied = try Self.attempts(try record.required("denied"))
        succeeded = try Self.attempts(try record.required("succeeded"))
        try record.finish()
    }

    private static func attempts(_ field: JSONField) throws(RecordError) -> [ConfinedAttempt] {
        var attempts: [ConfinedAttempt] = []
        for element in try field.array() {
            attempts.append(try element.parsed("something to try") { ConfinedAttempt(rawValue: $0) })
        }
        return attempts
    }
}

/// Nothing could be tried.
package struct ConfinementTrialError: Error {
    package let reason: String
}

extension ConfinedAttempt {
    /// Completes "it could …".
    fileprivate var words: String {
        switch self {
        case .readFile: "read a file"
        case .createFile: "make a file"
        case .connectTCP: "connect by TCP"
        case .connectUnix: "connect to a socket of this host"
        case .startProcess: "start a program"
        case .signalParent: "signal its parent"
        case .mapCode: "bring code of its own into its memory"
        }
    }
}
