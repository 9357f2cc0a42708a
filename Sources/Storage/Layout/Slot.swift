import DiskIO
import HostModel

/// A place for one whole bundle in an app's directory.
package enum Slot: Hashable, Sendable {
    /// The live bundle.
    case installed
    /// A verified candidate that waits for apply.
    case staged
    /// The bundle that rollback leads to.
    case rollback
    /// A rollback target before that, by the sequence of the operation that moved it aside.
    case older(sequence: Int64)
    /// Only during a swap: the candidate before the exchange, the replaced bundle after it.
    case backup

    /// The name of its directory.
    package var name: String {
        switch self {
        case .installed: "installed"
        case .staged: "staged"
        case .rollback: "rollback"
        case .older(let sequence): "older-\(sequence)"
        case .backup: "backup"
        }
    }

    package init?(name: String) {
        switch name {
        case "installed": self = .installed
        case "staged": self = .staged
        case "rollback": self = .rollback
        case "backup": self = .backup
        default:
            guard name.hasPrefix("older-"), let sequence = Int64(name.dropFirst(6)), sequence >= 0,
                name == "older-\(sequence)"
            else {
                return nil
            }
            self = .older(sequence: sequence)
        }
    }

    package var path: DiskPath { DiskPath(name) }

    /// A word for people.
    package var description: String { name }
}

/// The names in an app's directory that are no slots.
package enum AppFile {
    package static let lock: DiskPath = "lock"
    /// Held by whoever judges an operation, see ``Judgement``.
    package static let confirmLock: DiskPath = "confirm.lock"
    package static let record: DiskPath = "record.json"
    package static let nextRecord: DiskPath = "record.json.new"
    package static let journal: DiskPath = "journal.json"
    package static let history: DiskPath = "history.jsonl"
    package static let olderHistory: DiskPath = "history.1.jsonl"
    package static let check: DiskPath = "check.json"

    /// What is there only while an operation is in flight, or after it was killed.
    static let unfinished: [DiskPath] = [
        journal, nextRecord, DurableFile.successor(of: journal), DurableFile.successor(of: check),
    ]
}
