import DiskIO
import Synchronization
import SystemPackage
import TestSupport

/// A disk on which one error strikes: at the `point`-th call that can meet it, and, where it stays, at every later one.
///
/// Every call counts, looking ones too; which error a call can meet is what its manual page says.
final class StruckFileSystem: ForwardingFileSystem {
    let base: any FileSystem = FaultyFileSystem()
    private let error: Errno
    private let point: Int
    private let stays: Bool
    private let calls = Atomic<Int>(0)

    init(_ error: Errno, at point: Int, stays: Bool) {
        self.error = error
        self.point = point
        self.stays = stays
    }

    /// Whether the point was reached.
    var hasStruck: Bool { calls.load(ordering: .relaxed) >= point }

    func before(_ call: DiskCall) throws(Errno) {
        guard call.canMeet(error) else { return }
        let count = calls.add(1, ordering: .relaxed).newValue
        if count == point || (stays && count > point) { throw error }
    }

    /// The errors that are tried.
    static let errors: [Errno] = [
        .ioError, .noSpace, .diskQuotaExceeded, .permissionDenied, .readOnlyFileSystem, .tooManyOpenFiles, .interrupted,
    ]
}

extension DiskCall {
    fileprivate func canMeet(_ error: Errno) -> Bool {
        switch error {
        case .ioError: isClose ? false : true
        case .noSpace, .diskQuotaExceeded: takesSpace
        case .permissionDenied: opens || changesNames || changesRights
        case .readOnlyFileSystem: makesFile || changesNames || changesRights
        case .tooManyOpenFiles: opens
        case .interrupted: waits
        default: false
        }
    }

    private var opens: Bool {
        switch self {
        case .openTop, .open, .openAnonymous: true
        default: false
        }
    }

    private var makesFile: Bool {
        switch self {
        case .openTop(_, let opening), .open(_, let opening): opening.makesFiles
        default: false
        }
    }

    private var changesNames: Bool {
        switch self {
        case .makeDirectory, .rename, .renameReplacing, .exchange, .link, .makeLink, .unlink, .removeDirectory: true
        default: false
        }
    }

    private var takesSpace: Bool {
        switch self {
        case .write, .sync, .syncFileSystem, .clone, .makeDirectory, .rename, .renameReplacing, .link, .makeLink: true
        default: makesFile
        }
    }

    private var waits: Bool {
        switch self {
        case .write, .lock, .sync: true
        default: makesFile
        }
    }

    private var changesRights: Bool {
        switch self {
        case .setMode, .setModeByName, .setOwner, .setOwnerByName: true
        default: false
        }
    }

    /// Closing what was only read tells nobody anything.
    private var isClose: Bool { if case .close = self { true } else { false } }
}
