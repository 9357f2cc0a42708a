import HostModel
import Hosting
import Synchronization

/// What names an operation: 32 hexadecimal digits, by chance.
package struct OperationID: Hashable, Sendable, CustomStringConvertible, JSONRepresentable {
    package let text: String

    /// - Returns: nil when `text` is not 32 lower-case hexadecimal digits.
    package init?(_ text: String) {
        guard text.utf8.count == 32, Hex.bytes(text.utf8) != nil else { return nil }
        self.text = text
    }

    private init(digits: String) { text = digits }

    static func random() -> OperationID { OperationID(digits: Hex.random(bytes: 16)) }

    package var description: String { text }
    package var json: JSONValue { .string(text) }
}

/// A use case that takes its time, as it is seen at one moment.
package struct Operation: Sendable, JSONRepresentable {
    package enum State: String, Sendable, CaseIterable {
        /// Nothing was done for it yet.
        case queued
        case running
        case done
        case failed
    }

    package let id: OperationID
    /// The `operationId` of the route that began it.
    package let kind: String
    /// The app that it is about; nil for several, or none.
    package let app: AppID?
    /// The app that asked for it; nil where a person did.
    package let askedBy: AppID?
    package let startedAt: Timestamp
    package internal(set) var state = State.queued
    package internal(set) var endedAt: Timestamp?
    /// What the command line writes with `--json`; nil where it failed before there was any.
    package internal(set) var result: JSONValue?
    package internal(set) var error: APIError?
    /// How far the long part is; nil where none has begun.
    package internal(set) var progress: Progress?
    /// Sentences about what went wrong and stopped nothing.
    package internal(set) var warnings: [String] = []

    package var isOver: Bool { state == .done || state == .failed }

    /// With paths of the host: whoever answers with it takes them out.
    package var json: JSONValue { json(PathRedaction(roots: [])) }

    /// Without paths of the host.
    func json(_ redaction: PathRedaction) -> JSONValue {
        let failure = error.map { error -> JSONValue in
            .object(error.members(redaction) + [JSONValue.Member("status", error.status.json)])
        }
        let step = progress.map { progress -> JSONValue in
            ["step": progress.step.rawValue, "done": progress.done, "total": progress.total]
        }
        return [
            "id": id, "kind": kind, "app": app, "state": state.rawValue, "progress": step,
            "warnings": warnings.map { redaction.sentence($0) }, "result": result.map { redaction.value($0) },
            "error": failure, "startedAt": startedAt, "endedAt": endedAt,
        ]
    }
}

/// What an operation does.
package struct Work: Sendable {
    /// The app that it is about; nil for several, or none.
    let app: AppID?
    /// Given what it is stopped by and tells its progress to.
    let run: @Sendable (ChangeOptions) async throws -> WorkOutcome

    package init(app: AppID? = nil, _ run: @escaping @Sendable (ChangeOptions) async throws -> WorkOutcome) {
        self.app = app
        self.run = run
    }
}

/// What came of it, where it was not given up as a whole.
package struct WorkOutcome: Sendable {
    /// What the command line writes with `--json`.
    let result: JSONValue
    /// The first thing that failed, where others went on.
    let failure: (any Failure)?

    package init(_ result: JSONValue, failure: (any Failure)? = nil) {
        self.result = result
        self.failure = failure
    }
}

/// Sentences about what went wrong and stopped nothing; no more than anybody reads.
final class Warnings: Sendable {
    private let said = Mutex<[String]>([])

    private static let limit = 64

    var all: [String] { said.withLock { $0 } }

    func add(_ sentence: String) {
        said.withLock { said in
            if said.count < Self.limit { said.append(sentence) }
        }
    }
}

/// How far an operation is, told by whichever thread does it.
final class LastProgress: Sendable {
    private let last = Mutex<Progress?>(nil)

    var value: Progress? { last.withLock { $0 } }

    func set(_ progress: Progress) { last.withLock { $0 = progress } }
}
