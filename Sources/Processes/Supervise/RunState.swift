import DiskIO
import HostModel

/// `logs/<id>/run.json`: what the supervisor of an app last said of itself. The truth about life is not here: ``Life``
/// finds it out.
package struct RunState: Sendable, Equatable {
    package var run: RunID
    package var supervisor: ProcessIdentity
    package var phase: Phase
    /// The first process of the app, while it lives.
    package var main: ProcessIdentity?
    package var version: String
    /// The tree in `installed/` that it was launched from.
    package var stage: String
    /// When the run began.
    package var startedAt: Timestamp
    /// When the app was last launched.
    package var launchedAt: Timestamp?
    /// Of this run.
    package var restarts: Int64
    package var lastExit: ProcessExit?
    /// Who the app runs as, where that is not who started it.
    package var user: String?
    /// The path of its control group.
    package var group: String?
    package var tokenDigest: ContentDigest
    package var stopSignal: String
    package var stopTimeoutSeconds: Int64

    package enum Phase: Sendable, Equatable {
        /// It has not lived for one second yet.
        case starting
        case running
        /// Nothing of it lives until then.
        case restarting(at: Timestamp, attempt: Int64)
        case stopping
        case ended
    }

    package init(
        run: RunID, supervisor: ProcessIdentity, phase: Phase, main: ProcessIdentity? = nil, version: String,
        stage: String, startedAt: Timestamp, launchedAt: Timestamp? = nil, restarts: Int64 = 0,
        lastExit: ProcessExit? = nil, user: String? = nil, group: String? = nil, tokenDigest: ContentDigest,
        stopSignal: String, stopTimeoutSeconds: Int64
    ) {
        self.run = run
        self.supervisor = supervisor
        self.phase = phase
        self.main = main
        self.version = version
        self.stage = stage
        self.startedAt = startedAt
        self.launchedAt = launchedAt
        self.restarts = restarts
        self.lastExit = lastExit
        self.user = user
        self.group = group
        self.tokenDigest = tokenDigest
        self.stopSignal = stopSignal
        self.stopTimeoutSeconds = stopTimeoutSeconds
    }

    package static let limit = 64 << 10

    /// - Returns: nil where there is none, or a power cut left a part of one, and then nothing of the app lives.
    /// - Throws: ``FileSystemError``, or ``RecordError`` where it is something else.
    package static func read(in logs: Directory) throws -> RunState? {
        guard let file = try logs.fileIfPresent(AppPlace.runState) else { return nil }
        let name = "logs/\(logs.path.split(separator: "/").last ?? "")/\(AppPlace.runState)"
        guard let content = try file.content(limit: limit) else {
            throw RecordError(file: name, problem: "it is longer than \(limit) bytes")
        }
        guard content.last == UInt8(ascii: "\n") else { return nil }
        return try read(content, file: name)
    }

    /// Replaces it, whole for every reader. Not flushed: nothing that it tells of outlives a power cut.
    ///
    /// - On disk: `run.json.new`, which takes the place of `run.json`.
    package func write(in logs: Directory) throws(FileSystemError) {
        let newer = DurableFile.successor(of: AppPlace.runState)
        try logs.unlinkIfPresent(newer)
        let file = try logs.file(newer, as: .creating(mode: 0o600))
        try file.write(json.line)
        try file.close()
        try logs.replace(AppPlace.runState, with: newer)
    }

    package static func read(_ bytes: [UInt8], file: String) throws(RecordError) -> RunState {
        var record = try JSONRecord(bytes, file: file, limit: limit, schema: 1)
        var main: ProcessIdentity?
        if let field = record.optional("main") { main = try ProcessIdentity(field) }
        var lastExit: ProcessExit?
        if let field = record.optional("lastExit") { lastExit = try ProcessExit(field) }
        let state = RunState(
            run: try record.required("run").parsed("a run", { RunID($0) }),
            supervisor: try ProcessIdentity(record.required("supervisor")),
            phase: try Phase(&record),
            main: main,
            version: try record.required("version").string(),
            stage: try record.required("stage").string(),
            startedAt: try record.required("startedAt").parsed("a time", Timestamp.init),
            launchedAt: try record.optional("launchedAt")?.parsed("a time", Timestamp.init),
            restarts: try record.required("restarts").integer(),
            lastExit: lastExit,
            user: try record.optional("user")?.string(),
            group: try record.optional("group")?.string(),
            tokenDigest: try record.required("tokenDigest").parsed("a SHA-256", ContentDigest.init(hex:)),
            stopSignal: try record.required("stopSignal").string(),
            stopTimeoutSeconds: try record.required("stopTimeoutSeconds").integer())
        try record.finish()
        return state
    }

    package var json: JSONValue {
        [
            "schema": 1, "run": run.text, "supervisor": supervisor.json, "phase": phase.name,
            "restartsAt": phase.restart?.at, "attempt": phase.restart?.attempt, "main": main?.json,
            "version": version, "stage": stage, "startedAt": startedAt, "launchedAt": launchedAt,
            "restarts": restarts, "lastExit": lastExit, "user": user, "group": group, "tokenDigest": tokenDigest,
            "stopSignal": stopSignal, "stopTimeoutSeconds": stopTimeoutSeconds,
        ]
    }
}

extension RunState.Phase {
    fileprivate var name: String {
        switch self {
        case .starting: "starting"
        case .running: "running"
        case .restarting: "restarting"
        case .stopping: "stopping"
        case .ended: "ended"
        }
    }

    fileprivate var restart: (at: Timestamp, attempt: Int64)? {
        if case .restarting(let at, let attempt) = self { (at, attempt) } else { nil }
    }

    fileprivate init(_ record: inout JSONRecord) throws(RecordError) {
        let name = try record.required("phase")
        let at = try record.optional("restartsAt")?.parsed("a time", Timestamp.init)
        let attempt = try record.optional("attempt")?.integer()
        switch (try name.string(), at, attempt) {
        case ("starting", nil, nil): self = .starting
        case ("running", nil, nil): self = .running
        case ("restarting", let at?, let attempt?): self = .restarting(at: at, attempt: attempt)
        case ("stopping", nil, nil): self = .stopping
        case ("ended", nil, nil): self = .ended
        default: throw name.wrong("a phase")
        }
    }
}

extension ProcessIdentity {
    fileprivate init(_ field: JSONField) throws(RecordError) {
        var record = try field.record()
        let pid = try record.required("pid").integer(in: 1...Int64(Int32.max))
        let startTime = try record.required("startTime").integer()
        try record.finish()
        self.init(pid: Int32(pid), startTime: UInt64(startTime))
    }

    fileprivate var json: JSONValue { ["pid": Int64(pid), "startTime": Int64(clamping: startTime)] }
}

/// Names one run of an app, from its start to its stop: 32 random hexadecimal digits. A restart after a failure
/// belongs to the run.
package struct RunID: Hashable, Sendable, CustomStringConvertible {
    package let text: String

    /// - Returns: nil when `text` is no such name.
    package init?(_ text: String) {
        guard text.utf8.count == 32, Hex.bytes(text.utf8) != nil else { return nil }
        self.text = text
    }

    package static func random() -> RunID { RunID(unchecked: Hex.random(bytes: 16)) }

    private init(unchecked text: String) { self.text = text }

    package var description: String { text }
}
