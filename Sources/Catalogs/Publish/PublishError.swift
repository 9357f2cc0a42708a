import DiskIO
import HostModel

/// Why a catalog was not published. Clients see the catalog as it was before, unless ``state`` says otherwise.
package enum PublishError: Error {
    // What was asked for
    /// There is a catalog already.
    case alreadyStarted(path: String)
    /// There is none.
    case notStarted(path: String)
    /// No power of two from 2 to 4096.
    case binsInvalid(Int)
    case keyMissing(RoleName)
    /// The role has other keys, or needs more than one.
    case keyNotForRole(RoleName)
    case nameInvalid(String)
    /// That path is listed with another content; what is published never changes.
    case alreadyPublished(RelativePath)
    /// The same path twice in one run.
    case publishedTwice(RelativePath)
    /// Nothing of that version is listed.
    case notListed(AppID, BundleVersion)
    /// Both in one run.
    case publishedAndWithdrawn(AppID, BundleVersion)

    // What came in between
    /// Another command publishes there.
    case busy(path: String)
    /// The file has another content than when it was looked at.
    case changedMeanwhile(String)
    case entry(RecordError)
    case catalog(CatalogError)
    case disk(FileSystemError)

    // After the first file that clients ask for was replaced
    /// Whether it was is known only once the disk is asked again.
    case unsettled(FileSystemError)
    /// It was, and something that follows failed.
    case incomplete(any Failure)
}

extension PublishError: Failure {
    package var code: FailureCode {
        switch self {
        case .alreadyStarted, .alreadyPublished: .fileExists
        case .notStarted: .catalogNotFound
        case .binsInvalid, .keyMissing, .nameInvalid, .publishedTwice, .publishedAndWithdrawn: .usage
        case .keyNotForRole: .keyInvalid
        case .notListed: .versionNotFound
        case .busy: .busy
        case .changedMeanwhile: .bundleInconsistent
        case .entry: .entryInvalid
        case .catalog(let error): error.code
        case .disk(let error), .unsettled(let error): error.code
        case .incomplete(let cause): cause.code
        }
    }

    package var state: DiskState {
        switch self {
        case .unsettled: .uncertain
        case .incomplete(let cause): cause.state == .uncertain ? .uncertain : .changed
        default: .unchanged
        }
    }

    package var message: String {
        switch self {
        case .alreadyStarted(let path): "there is a catalog in \(quoted(path)) already"
        case .notStarted(let path): "there is no catalog in \(quoted(path))"
        case .binsInvalid(let count): "a catalog cannot have \(count) bins"
        case .keyMissing(let role): "the key of the role \(quoted(role.description)) is needed"
        case .keyNotForRole(let role): "the key does not sign for the role \(quoted(role.description)) by itself"
        case .nameInvalid(let name): "\(quoted(name)) cannot be the name of a published file"
        case .alreadyPublished(let path): "\(quoted(path.description)) is published with another content"
        case .publishedTwice(let path): "\(quoted(path.description)) would be published twice"
        case .notListed(let id, let version): "the catalog lists no \(quoted("\(id)@\(version)"))"
        case .publishedAndWithdrawn(let id, let version):
            "\(quoted("\(id)@\(version)")) would be published and withdrawn"
        case .busy(let path): "another command publishes in \(quoted(path))"
        case .changedMeanwhile(let name): "\(quoted(name)) changed while it was published"
        case .entry(let error): "\(quoted(error.file)) cannot be listed: \(error.problem)"
        case .catalog(let error): error.message
        case .disk(let error): error.message
        case .unsettled(let error): "the catalog may or may not be the new one: \(error.message)"
        case .incomplete(let cause): "the catalog is the new one, but something is left to do: \(cause.message)"
        }
    }

    package var help: String? {
        switch self {
        case .alreadyStarted: nil
        case .notStarted: "'apphost catalog init' starts one"
        case .binsInvalid: "give a power of two from 2 to 4096"
        case .keyMissing, .keyNotForRole: "give the key that the catalog was started with"
        case .nameInvalid: "give the file a name of at most 180 bytes without '/' and control characters"
        case .alreadyPublished: "give what changed a new version"
        case .publishedTwice: "name each file once, and give each architecture a file name of its own"
        case .notListed: "name it as the catalog does: ID@VERSION"
        case .publishedAndWithdrawn: "do one of the two"
        case .busy: "wait for it to end"
        case .changedMeanwhile: "publish it again when nothing writes to it"
        case .entry: "mend the manifest, or what was given beside it"
        case .catalog(let error): error.help
        case .disk(let error): error.help
        case .unsettled, .incomplete: "run the same command again"
        }
    }
}

/// Runs disk work of a publisher.
func whilePublishing<Value>(
    _ body: () throws(FileSystemError) -> Value
) throws(PublishError) -> Value {
    do throws(FileSystemError) { return try body() } catch { throw .disk(error) }
}
