import DiskIO
import HostModel

/// Why a catalog was not published. Clients see the catalog as it was before.
package enum PublishError: Error {
    /// There is a catalog already.
    case alreadyStarted(path: String)
    /// There is none.
    case notStarted(path: String)
    case keyMissing(RoleName)
    /// The role has other keys, or needs more than one.
    case keyNotForRole(RoleName)
    case nameInvalid(String)
    /// That path is listed with another content; what is published never changes.
    case alreadyPublished(RelativePath)
    /// The same path twice in one run.
    case publishedTwice(RelativePath)
    /// Another command publishes there.
    case busy(path: String)
    case entry(RecordError)
    case catalog(CatalogError)
    case disk(FileSystemError)
}

extension PublishError: Failure {
    package var code: FailureCode {
        switch self {
        case .alreadyStarted, .alreadyPublished: .fileExists
        case .notStarted: .catalogNotFound
        case .keyMissing, .nameInvalid, .publishedTwice: .usage
        case .keyNotForRole: .keyInvalid
        case .busy: .busy
        case .entry(let error): error.code
        case .catalog(let error): error.code
        case .disk(let error): error.code
        }
    }

    package var message: String {
        switch self {
        case .alreadyStarted(let path): "there is a catalog in \(quoted(path)) already"
        case .notStarted(let path): "there is no catalog in \(quoted(path))"
        case .keyMissing(let role): "the key of the role \(quoted(role.description)) is needed"
        case .keyNotForRole(let role): "the key does not sign for the role \(quoted(role.description)) by itself"
        case .nameInvalid(let name): "\(quoted(name)) cannot be the name of a published file"
        case .alreadyPublished(let path): "\(quoted(path.description)) is published with another content"
        case .publishedTwice(let path): "\(quoted(path.description)) would be published twice"
        case .busy(let path): "another command publishes in \(quoted(path))"
        case .entry(let error): error.message
        case .catalog(let error): error.message
        case .disk(let error): error.message
        }
    }

    package var help: String? {
        switch self {
        case .alreadyStarted: nil
        case .notStarted: "'apphost catalog init' starts one"
        case .keyMissing, .keyNotForRole: "give the key that the catalog was started with"
        case .nameInvalid: "give the file a name of at most 180 bytes without '/' and control characters"
        case .alreadyPublished: "give what changed a new version"
        case .publishedTwice: "name each file once, and give each architecture a file name of its own"
        case .busy: "wait for it to end"
        case .entry(let error): error.help
        case .catalog(let error): error.help
        case .disk(let error): error.help
        }
    }
}

/// Runs disk work of a publisher.
func whilePublishing<Value>(
    _ body: () throws(FileSystemError) -> Value
) throws(PublishError) -> Value {
    do throws(FileSystemError) { return try body() } catch { throw .disk(error) }
}
