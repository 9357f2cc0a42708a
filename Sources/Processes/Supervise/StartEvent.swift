import HostModel

/// What a supervisor tells whoever started it: one JSON line each, on a pipe.
enum StartEvent: Sendable, Equatable {
    /// It holds the app's `running.lock`, and the log is open.
    case locked
    /// The app has lived for one second. Nothing follows.
    case lived
    /// Nothing of the app is left, and the supervisor ends. Nothing follows.
    case failed(StartFailure)

    init(_ line: [UInt8]) throws(RecordError) {
        var record = try JSONRecord(line, file: "the supervisor's answer", limit: 1 << 20)
        let event = try record.required("event")
        switch try event.string() {
        case "locked": self = .locked
        case "lived": self = .lived
        case "failed":
            self = .failed(
                StartFailure(
                    code: try record.required("code").parsed("a code", { FailureCode(rawValue: $0) }),
                    message: try record.required("message").string(),
                    help: try record.optional("help")?.string()))
        default: throw event.wrong("an event")
        }
        try record.finish()
    }

    var line: [UInt8] { json.line }

    private var json: JSONValue {
        switch self {
        case .locked: ["event": "locked"]
        case .lived: ["event": "lived"]
        case .failed(let failure):
            ["event": "failed", "code": failure.code.rawValue, "message": failure.message, "help": failure.help]
        }
    }
}

/// An app that was not started. Nothing of it is left.
package struct StartFailure: Error, Sendable, Equatable {
    package let code: FailureCode
    package let message: String
    package let help: String?
    /// What the app wrote last.
    package var lastLines: [String] = []

    package init(code: FailureCode = .appStartFailed, message: String, help: String?) {
        self.code = code
        self.message = message
        self.help = help
    }

    /// In the words of what happened.
    init(_ error: any Error) {
        let failure = error as? any Failure
        self.init(
            code: failure?.code ?? .internalError, message: failure?.message ?? "\(error)", help: failure?.help)
    }
}

extension StartFailure: Failure {
    package var log: [String] { lastLines }
}
