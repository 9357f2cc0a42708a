import DiskIO
import HostModel

/// Why the scheduler cannot read or keep what it knows.
package enum ScheduleError: Error {
    case record(RecordError)
    case unreadable(FileSystemError)
    /// Before something was looked at, which therefore was not done.
    case unwritable(FileSystemError)
    /// After something was looked at. It counts as failed, and is not repeated at once.
    case notKept(ScheduledItem, FileSystemError)
}

extension ScheduleError: Failure {
    package var code: FailureCode {
        switch self {
        case .record(let error): error.code
        case .unreadable(let error), .unwritable(let error), .notKept(_, let error): error.code
        }
    }

    package var message: String {
        switch self {
        case .record(let error): error.message
        case .unreadable(let error): error.message
        case .unwritable(let error):
            "what the scheduler knows cannot be written, so it does nothing more: \(error.message)"
        case .notKept(let item, let error):
            "the scheduler looked at the \(item.kind.rawValue) \(quoted(item.name.text)), but cannot write that down, "
                + "so it does nothing more: \(error.message)"
        }
    }

    package var state: DiskState { if case .notKept = self { .changed } else { .unchanged } }

    package var help: String? {
        switch self {
        case .record(let error): error.needsNewer ? error.help : "delete that file: then it is due at once"
        case .unreadable(let error), .unwritable(let error), .notKept(_, let error): error.help
        }
    }
}
