import HostModel

/// Why an archive cannot be read, or written.
package enum ArchiveError: Error, Equatable {
    /// Not one of the five formats, or a feature of them that AppHost does not read.
    case unsupportedFormat(String)
    /// The bytes contradict themselves, end early, or go on after the end.
    case invalid(String)
    /// A zstd window or xz dictionary larger than `ArchiveFormat.maximumWindow`, in bytes.
    case windowTooLarge(UInt64)
    /// libarchive could not write; with its own words.
    case cannotWrite(String)
    /// The process that reads it in our place did not do so to the end; completes "the process that reads it …".
    case readerFailed(String)
    /// There is no process that could read it, for this reason.
    case readerUnavailable(String)
}

extension ArchiveError: Failure {
    package var code: FailureCode {
        switch self {
        case .unsupportedFormat: .bundleFormatUnsupported
        case .invalid: .bundleArchiveInvalid
        case .windowTooLarge: .bundleWindowTooLarge
        case .cannotWrite: .diskError
        case .readerFailed: .archiveReaderFailed
        case .readerUnavailable: .archiveReaderUnavailable
        }
    }

    package var message: String {
        switch self {
        case .unsupportedFormat(let what): "the archive is not supported: \(printable(what))"
        case .invalid(let what): "the archive is not sound: \(printable(what))"
        case .windowTooLarge(let bytes):
            "the archive needs a window of \(bytes) bytes to decompress; at most 8 MiB are allowed"
        case .cannotWrite(let what): "the archive cannot be written: \(printable(what))"
        case .readerFailed(let what): "the process that reads the archive \(printable(what))"
        case .readerUnavailable(let why): "no process can be had that reads the archive: \(printable(why))"
        }
    }

    package var help: String? {
        switch self {
        case .unsupportedFormat, .windowTooLarge:
            "a bundle is a directory or a .zip, .tar, .tar.gz, .tar.zst or .tar.xz made by 'apphost pack'"
        case .invalid: "get the file again, or have its publisher pack it with 'apphost pack'"
        case .cannotWrite: nil
        case .readerFailed: "run the command again; where that does not help, get the archive again, or from elsewhere"
        case .readerUnavailable: "see that '/proc' is there, and that another process may be started ('ulimit -u')"
        }
    }
}
