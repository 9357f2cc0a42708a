import DiskIO
import Fetching
import HostModel

/// Why something could not be done with the catalogs that this host knows.
package enum CatalogSourceError: Error {
    case notKnown(AppID)
    case alreadyAdded(AppID)
    /// Nobody said which root to trust; the source serves one with this SHA-256.
    case rootUnconfirmed(AppID, fingerprint: ContentDigest)
    /// The source serves another root than the one that was named.
    case rootDiffers(expected: ContentDigest, found: ContentDigest)
    /// Where it leads would depend on where the command is run.
    case pathRelative(String)
    /// Another command refreshes or removes it.
    case busy(AppID)
    case fetch(FetchError)
    case record(RecordError)
    case catalog(CatalogError)
    case disk(FileSystemError)
    /// It took effect, but something is left to do, or a power cut may still take it back.
    indirect case incomplete(CatalogSourceError)
}

extension CatalogSourceError: Failure {
    package var code: FailureCode {
        switch self {
        case .notKnown: .catalogNotFound
        case .alreadyAdded: .catalogAlreadyAdded
        case .rootUnconfirmed: .catalogRootUnconfirmed
        case .rootDiffers: .catalogRootDiffers
        case .pathRelative: .usage
        case .busy: .busy
        case .fetch(let error): error.code
        case .record(let error): error.code
        case .catalog(let error): error.code
        case .disk(let error): error.code
        case .incomplete(let cause): cause.code
        }
    }

    package var state: DiskState { if case .incomplete = self { .changed } else { .unchanged } }

    package var message: String {
        switch self {
        case .notKnown(let name): "there is no catalog \(quoted(name.text))"
        case .alreadyAdded(let name): "there is a catalog \(quoted(name.text)) already"
        case .rootUnconfirmed(let name, let fingerprint):
            "nothing says that the root of \(quoted(name.text)) is genuine; its fingerprint is \(fingerprint)"
        case .rootDiffers(let expected, let found):
            "the catalog's root has the fingerprint \(found), not \(expected)"
        case .pathRelative(let path): "\(quoted(path)) is no absolute path"
        case .busy(let name): "another command is at work on the catalog \(quoted(name.text))"
        case .fetch(let error): error.message
        case .record(let error): error.message
        case .catalog(let error): error.message
        case .disk(let error): error.message
        case .incomplete(let cause): "the change took effect, but something is left to do: \(cause.message)"
        }
    }

    package var help: String? {
        switch self {
        case .notKnown: "'apphost catalog list' shows those that there are"
        case .alreadyAdded: "choose another name, or remove that catalog first"
        case .rootUnconfirmed: "get the root or its fingerprint from its keeper, and give --root or --fingerprint"
        case .rootDiffers: "do not add it before its keeper says why"
        case .pathRelative: nil
        case .busy: "wait for it to end"
        case .fetch(let error): error.help
        case .record(let error): error.help
        case .catalog(let error): error.help
        case .disk(let error): error.help
        case .incomplete(let cause): cause.help
        }
    }
}

/// Runs disk work on the catalogs of a host: every disk error becomes a ``CatalogSourceError``.
func onFiles<Value>(
    _ body: () throws(FileSystemError) -> Value
) throws(CatalogSourceError) -> Value {
    do throws(FileSystemError) { return try body() } catch { throw .disk(error) }
}

/// The same for what follows once the change took effect.
func onFilesAfterwards(_ body: () throws(FileSystemError) -> Void) throws(CatalogSourceError) {
    do throws(FileSystemError) { try body() } catch { throw .incomplete(.disk(error)) }
}

/// The same for work on metadata.
func onMetadata<Value>(
    _ body: () throws(CatalogError) -> Value
) throws(CatalogSourceError) -> Value {
    do throws(CatalogError) { return try body() } catch { throw .catalog(error) }
}

/// The same for locations.
func onSource<Value>(
    _ body: () throws(FetchError) -> Value
) throws(CatalogSourceError) -> Value {
    do throws(FetchError) { return try body() } catch { throw .fetch(error) }
}
