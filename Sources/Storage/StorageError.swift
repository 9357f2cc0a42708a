import DiskIO
import HostModel

/// Why the engine could not do what it was asked for. Unless a case says otherwise, nothing was changed.
package enum StorageError: Error {
    case disk(FileSystemError)
    case record(RecordError)
    /// The directory holds something that AppHost did not put there, named here.
    case rootNotOurs(path: String, entry: String)
    case rootNewer(path: String)
    case rootWrongOwner(path: String, owner: UInt32)
    case fileSystemUnsupported(path: String, lacks: String)
    /// Another update of this app is under way.
    case busy(AppID)
    /// Somebody judges an operation on this app.
    case judged(AppID)
    /// An operation on this app was never confirmed: whoever judged it died.
    case unconfirmed(AppID)
    case notInstalled(AppID)
    /// The candidate is not the one that was verified, or was made for another installed bundle.
    case candidateChanged(AppID)
    /// After the point of no return: the new bundle is in its slot, what follows could not be done. The next command
    /// finishes it.
    case unsettled(AppID, any Failure)
    /// A record was replaced, but a power cut may still bring the one before back.
    case replacedUnflushed(FileSystemError)
}

extension StorageError: Failure {
    package var code: FailureCode {
        switch self {
        case .disk(let error): error.code
        case .record(let error): error.code
        case .rootNotOurs: .rootNotOurs
        case .rootNewer: .rootNewer
        case .rootWrongOwner: .rootWrongOwner
        case .fileSystemUnsupported: .rootFileSystemUnsupported
        case .busy, .judged: .busy
        case .unconfirmed: .appUnconfirmed
        case .notInstalled: .appNotInstalled
        case .candidateChanged: .updateCandidateChanged
        case .unsettled: .swapUnsettled
        case .replacedUnflushed(let error): error.code
        }
    }

    package var message: String {
        switch self {
        case .disk(let error): error.message
        case .record(let error): error.message
        case .rootNotOurs(let path, let entry):
            "\(quoted(path)) is not a root of apphost: it holds \(quoted(entry)) and no format.json"
        case .rootNewer(let path): "the root \(quoted(path)) was made by a newer apphost"
        case .rootWrongOwner(let path, let owner):
            "the root \(quoted(path)) belongs to the user with number \(owner), and only that user may change it"
        case .fileSystemUnsupported(let path, let lacks): "the file system of \(quoted(path)) \(lacks)"
        case .busy(let id): "another update of \(quoted(id.text)) is under way"
        case .judged(let id): "an update of \(quoted(id.text)) is being judged"
        case .unconfirmed(let id):
            "an update of \(quoted(id.text)) was never confirmed: the command that judged it died"
        case .notInstalled(let id): "\(quoted(id.text)) is not installed"
        case .candidateChanged(let id): "the candidate for \(quoted(id.text)) is not the one that was verified"
        case .unsettled(let id, let error):
            "the change of \(quoted(id.text)) took place, but could not be settled: \(error.message)"
        case .replacedUnflushed(let error):
            "the change took effect, but a power cut may still take it back: \(error.message)"
        }
    }

    package var state: DiskState {
        switch self {
        case .unsettled: .uncertain
        case .replacedUnflushed: .changed
        default: .unchanged
        }
    }

    package var help: String? {
        switch self {
        case .disk(let error): error.help
        case .record(let error): error.help
        case .rootNotOurs: "name an empty or new directory with --root"
        case .rootNewer: "update apphost on this host"
        case .rootWrongOwner(_, let owner):
            owner == 0 ? "run the command with sudo" : "become that user: 'sudo -u \\#\(owner) apphost …'"
        case .fileSystemUnsupported:
            "keep the root on a local file system such as ext4, xfs or btrfs, or on a volume of its own"
        case .busy: "try again later, or wait for it with --wait"
        case .judged: "try again once its health gate has spoken"
        case .unconfirmed: "run it again"
        case .notInstalled: "'apphost list' shows what is"
        case .candidateChanged: "run the command again"
        case .replacedUnflushed(let error): error.help
        case .unsettled: "mend what is wrong with the disk; the next apphost command settles it"
        }
    }
}

/// Runs disk work inside the engine: every disk error becomes a ``StorageError``.
func onDisk<Value>(_ body: () throws(FileSystemError) -> Value) throws(StorageError) -> Value {
    do throws(FileSystemError) { return try body() } catch { throw .disk(error) }
}
