import HostModel
import SystemPackage

/// A system call that failed, with the path it was made on.
package struct FileSystemError: Error, Sendable, Equatable {
    /// What was being done, as a verb: `open`, `rename`.
    package let call: Call
    /// As people know it: absolute where the directory's place is known.
    package let path: String
    package let errno: Errno

    package enum Call: String, Sendable {
        case open, read, write, truncate, sync, close, inspect, list, make, rename, exchange, link, remove, lock
        case setMode = "set the mode of"
        case setOwner = "set the owner of"
        case measure
    }

    package init(_ call: Call, _ path: String, _ errno: Errno) {
        self.call = call
        self.path = path
        self.errno = errno
    }

    package var isNotFound: Bool { errno == .noSuchFileOrDirectory }
    package var isNotADirectory: Bool { errno == .notDirectory }
    package var isTaken: Bool { errno == .fileExists }
    package var isPermissionDenied: Bool { errno == .permissionDenied }

    /// Whether what was asked for is gone, or the disk says that it cannot be read: nothing that passes by itself, as a lack
    /// of descriptors, memory or rights may.
    package var isDamage: Bool {
        switch errno {
        case .ioError, .noSuchFileOrDirectory, .notDirectory, .tooManySymbolicLinkLevels, .badMessage, Self.unclean:
            true
        default: false
        }
    }

    /// What ext4 and XFS say of a structure that they find broken. `EUCLEAN`
    private static let unclean = Errno(rawValue: 117)

    /// A rename or link that this file system, or this pair of places, cannot do at all.
    package var isUnsupported: Bool {
        switch errno {
        case .improperLink, .invalidArgument, .noFunction, .notSupported, .tooManyLinks: true
        default: false
        }
    }
}

extension FileSystemError: Failure {
    package var code: FailureCode {
        switch errno {
        case .noSpace, .diskQuotaExceeded: .diskFull
        case .permissionDenied, .notPermitted, .readOnlyFileSystem: .permissionDenied
        default: call == .make ? .cannotCreate : .diskError
        }
    }

    package var message: String { "cannot \(call.rawValue) '\(path)': \(reason)" }

    package var help: String? {
        switch errno {
        case .noSpace, .diskQuotaExceeded: "free some space on that file system, then run the command again"
        case .permissionDenied, .notPermitted:
            "run the command as the user who owns that place, or choose another with --root"
        case .readOnlyFileSystem: "choose a root on a file system that can be written, with --root"
        case .tooManyOpenFiles, .tooManyOpenFilesInSystem: "raise the limit of open files ('ulimit -n')"
        case .ioError: "the disk reports errors; look at 'dmesg' before trusting it again"
        default: nil
        }
    }

    /// The kernel's words.
    package var reason: String {
        let words = errno.description
        return words.prefix(1).lowercased() + words.dropFirst()
    }
}
