import DiskIO
import HostModel

/// All that a supervisor needs to know, handed over in memory: it holds secrets, and is in no file.
package struct SupervisorOrder: Sendable, Equatable {
    package var app: AppID
    /// For people.
    package var name: String
    package var version: String
    /// The tree in `installed/`.
    package var stage: String
    package var run: RunID
    package var tokenDigest: ContentDigest
    /// The first word is the program's path in the bundle.
    package var command: [String]
    /// All of it: nothing is added.
    package var environment: [EnvironmentVariable]
    /// What must not stand in the log.
    package var redactions: [[UInt8]]
    /// By its name, as in the manifest.
    package var stopSignal: String
    package var stopTimeoutSeconds: Int64
    package var restart: RestartRules
    /// Who the app runs as; nil where the user stays.
    package var user: SystemUser?
    package var dropsCapabilities: Bool
    /// Most bytes of the log, its older file included.
    package var logBytes: Int64
    package var startedAt: Timestamp

    package init(
        app: AppID, name: String, version: String, stage: String, run: RunID, tokenDigest: ContentDigest,
        command: [String], environment: [EnvironmentVariable], redactions: [[UInt8]], stopSignal: String,
        stopTimeoutSeconds: Int64, restart: RestartRules, user: SystemUser?, dropsCapabilities: Bool, logBytes: Int64,
        startedAt: Timestamp
    ) {
        self.app = app
        self.name = name
        self.version = version
        self.stage = stage
        self.run = run
        self.tokenDigest = tokenDigest
        self.command = command
        self.environment = environment
        self.redactions = redactions
        self.stopSignal = stopSignal
        self.stopTimeoutSeconds = stopTimeoutSeconds
        self.restart = restart
        self.user = user
        self.dropsCapabilities = dropsCapabilities
        self.logBytes = logBytes
        self.startedAt = startedAt
    }

    /// Above what any environment holds.
    static let limit = 64 << 20

    static func read(_ bytes: [UInt8]) throws(RecordError) -> SupervisorOrder {
        var record = try JSONRecord(bytes, file: "the supervisor's order", limit: limit, schema: 1)
        var user: SystemUser?
        if let field = record.optional("user") { user = try SystemUser(field) }
        let order = SupervisorOrder(
            app: try record.required("app").parsed("an app id", { AppID($0) }),
            name: try record.required("name").string(),
            version: try record.required("version").string(),
            stage: try record.required("stage").string(),
            run: try record.required("run").parsed("a run", { RunID($0) }),
            tokenDigest: try record.required("tokenDigest").parsed("a SHA-256", ContentDigest.init(hex:)),
            command: try record.required("command").command(),
            environment: try record.required("environment").variables(),
            redactions: try record.required("redactions").byteStrings(),
            stopSignal: try record.required("stopSignal").parsed("a signal") { name in
                SignalName.number(name) == nil ? nil : name
            },
            stopTimeoutSeconds: try record.required("stopTimeoutSeconds").integer(in: 0...86_400),
            restart: try RestartRules(record.required("restart")),
            user: user,
            dropsCapabilities: try record.required("dropsCapabilities").bool(),
            logBytes: try record.required("logBytes").integer(),
            startedAt: try record.required("startedAt").parsed("a time", Timestamp.init))
        try record.finish()
        return order
    }

    /// Bytes are hexadecimal: the value of a variable need not be text.
    var json: JSONValue {
        [
            "schema": 1, "app": app, "name": name, "version": version, "stage": stage, "run": run.text,
            "tokenDigest": tokenDigest, "command": command,
            "environment": environment.map { ["name": $0.name, "value": Hex.text($0.value)] as JSONValue },
            "redactions": redactions.map { Hex.text($0) },
            "stopSignal": stopSignal, "stopTimeoutSeconds": stopTimeoutSeconds,
            "restart": [
                "policy": restart.policy.rawValue, "maxAttempts": restart.maxAttempts,
                "backoffSeconds": restart.backoffSeconds,
            ] as JSONValue,
            "user": user.map {
                ["name": $0.name, "number": Int64($0.number), "group": Int64($0.group)] as JSONValue
            },
            "dropsCapabilities": dropsCapabilities, "logBytes": logBytes, "startedAt": startedAt,
        ]
    }
}

extension JSONField {
    fileprivate func command() throws(RecordError) -> [String] {
        let words = try strings()
        if words.isEmpty { throw wrong("a command") }
        return words
    }

    fileprivate func bytes() throws(RecordError) -> [UInt8] {
        try parsed("hexadecimal digits") { Hex.bytes($0.utf8) }
    }

    fileprivate func byteStrings() throws(RecordError) -> [[UInt8]] {
        var strings: [[UInt8]] = []
        for element in try array() { strings.append(try element.bytes()) }
        return strings
    }

    fileprivate func variables() throws(RecordError) -> [EnvironmentVariable] {
        var variables: [EnvironmentVariable] = []
        for element in try array() {
            var object = try element.record()
            variables.append(
                EnvironmentVariable(
                    name: try object.required("name").string(), value: try object.required("value").bytes()))
            try object.finish()
        }
        return variables
    }
}

extension RestartRules {
    fileprivate init(_ field: JSONField) throws(RecordError) {
        var record = try field.record()
        self.init(
            policy: try record.required("policy").parsed("a policy", { Policy(rawValue: $0) }),
            maxAttempts: try record.required("maxAttempts").integer(),
            backoffSeconds: try record.required("backoffSeconds").integer(in: 0...86_400))
        try record.finish()
    }
}

extension SystemUser {
    fileprivate init(_ field: JSONField) throws(RecordError) {
        var record = try field.record()
        let numbers = 0...Int64(UInt32.max)
        self.init(
            name: try record.required("name").string(),
            number: UInt32(try record.required("number").integer(in: numbers)),
            group: UInt32(try record.required("group").integer(in: numbers)))
        try record.finish()
    }
}
