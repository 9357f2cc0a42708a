import DiskIO
import HostModel

/// Why a catalog is not believed, or cannot be had. What was trusted before still is.
///
/// Each refusal names the step of the TUF client workflow that it comes from, see ``step``.
package enum CatalogError: Error {
    // The source
    /// The source does not have this file.
    case notServed(RoleName, file: String)
    case unavailable(file: String, any Failure)
    /// The file goes on after the most bytes that it may have.
    case tooLong(RoleName, file: String, limit: Int64)

    // The metadata
    case malformed(RoleName, RecordError)
    /// Fewer keys signed it than must.
    case notSigned(RoleName, valid: Int, threshold: Int64)
    /// Its version is not the one that was asked for.
    case wrongVersion(RoleName, found: Int64, expected: Int64)
    /// Its bytes are not those that timestamp or snapshot lists.
    case contentDiffers(RoleName)
    /// It is older than what is trusted, or `file`, which it lists, is; `found` is nil where that is no longer listed.
    case rollback(RoleName, file: String, found: Int64?, trusted: Int64)
    case expired(RoleName, at: Timestamp, now: Timestamp)
    /// A role is delegated to that snapshot does not list.
    case notInSnapshot(RoleName)

    // A target
    case tooManyRoles(RelativePath, limit: Int)
    /// The file is listed without a hash that can be checked.
    case noUsableHash(RelativePath)

    // This host
    /// `path` has no root to begin with.
    case noTrustedRoot(path: String)
    /// Nothing was ever verified here for this role.
    case neverRefreshed(RoleName, path: String)
    /// Another refresh of this catalog is under way.
    case busy(path: String)
    case disk(FileSystemError)
}

extension CatalogError {
    /// The step of the specification that failed, `5.4.3`, or the section that describes the format; nil where it is
    /// no matter of either.
    ///
    /// Source: TUF specification 1.0.34, sections 4 and 5.
    package var step: String? {
        switch self {
        case .notServed(let role, _), .tooLong(let role, _, _): Self.step(of: role, root: 3, timestamp: 1, others: 1)
        case .malformed(let role, _): Self.format(of: role)
        case .notSigned(let role, _, _): Self.step(of: role, root: 4, timestamp: 2, others: 3)
        case .wrongVersion(let role, _, _): Self.step(of: role, root: 5, timestamp: 3, others: 4)
        case .contentDiffers(let role): Self.step(of: role, root: 4, timestamp: 2, others: 2)
        case .rollback(let role, _, _, _): Self.step(of: role, root: 5, timestamp: 3, others: 5)
        case .expired(.snapshot, _, _): "5.5.6"
        case .expired(let role, _, _): Self.step(of: role, root: 10, timestamp: 4, others: 5)
        case .notInSnapshot: "5.6.1"
        case .tooManyRoles: "5.6.7"
        case .noUsableHash: "5.7.3"
        case .noTrustedRoot: "5.2"
        case .unavailable, .neverRefreshed, .busy, .disk: nil
        }
    }

    /// Snapshot and targets number their first five steps alike.
    private static func step(of role: RoleName, root: Int, timestamp: Int, others: Int) -> String {
        switch role {
        case .root: "5.3.\(root)"
        case .timestamp: "5.4.\(timestamp)"
        case .snapshot: "5.5.\(others)"
        default: "5.6.\(others)"
        }
    }

    private static func format(of role: RoleName) -> String {
        switch role {
        case .root: "4.3"
        case .snapshot: "4.4"
        case .timestamp: "4.6"
        default: "4.5"
        }
    }
}

extension CatalogError: Failure {
    package var code: FailureCode {
        switch self {
        case .notServed, .neverRefreshed: .catalogUnavailable
        case .unavailable(_, let cause): cause.code
        case .tooLong, .malformed, .notSigned, .wrongVersion, .contentDiffers, .notInSnapshot, .tooManyRoles,
            .noUsableHash:
            .catalogUnverified
        case .rollback: .catalogRollback
        case .expired: .catalogExpired
        case .noTrustedRoot: .catalogNotConfigured
        case .busy: .busy
        case .disk(let error): error.code
        }
    }

    package var message: String {
        let place = step.map { " (TUF \($0))" } ?? ""
        return sentence + place
    }

    package var help: String? {
        switch self {
        case .notServed: "check the catalog's address, or try again later; what was verified before stays"
        case .neverRefreshed: "try again later; what was verified before stays"
        case .unavailable(_, let cause): cause.help
        case .tooLong, .malformed, .notSigned, .wrongVersion, .contentDiffers, .notInSnapshot, .tooManyRoles,
            .noUsableHash:
            "try again later; if that does not help, tell whoever runs the catalog"
        case .rollback: "the source serves something older than before; tell whoever runs the catalog"
        case .expired: "look at this host's clock; if it is right, the catalog waits for its keepers to sign it again"
        case .noTrustedRoot: "add the catalog with a root that you got from somebody you trust"
        case .busy: "wait for the other refresh to end"
        case .disk(let error): error.help
        }
    }

    private var sentence: String {
        switch self {
        case .notServed(_, let file): "the catalog has no \(quoted(file))"
        case .unavailable(let file, let cause): "cannot get \(quoted(file)) of the catalog: \(cause.message)"
        case .tooLong(_, let file, let limit): "\(quoted(file)) of the catalog has more than \(limit) bytes"
        case .malformed(let role, let error): "\(Self.name(role)) cannot be used: \(error.problem)"
        case .notSigned(let role, let valid, let threshold):
            "\(Self.name(role)) needs the signatures of \(threshold) of its keys and has \(valid)"
        case .wrongVersion(let role, let found, let expected):
            "\(Self.name(role)) has version \(found) where \(expected) is due"
        case .contentDiffers(let role): "\(Self.name(role)) has not the length and hashes that are listed for it"
        case .rollback(let role, let file, let found?, let trusted):
            "\(Self.name(role)) goes back from version \(trusted) of \(quoted(file)) to \(found)"
        case .rollback(let role, let file, nil, let trusted):
            "\(Self.name(role)) no longer lists \(quoted(file)), which had version \(trusted)"
        case .expired(let role, let moment, let now): "\(Self.name(role)) expired at \(moment), and now it is \(now)"
        case .notInSnapshot(let role): "\(Self.name(role)) is delegated to and missing in snapshot"
        case .tooManyRoles(let path, let limit):
            "the search for \(quoted(path.description)) leads through more than \(limit) roles"
        case .noUsableHash(let path): "\(quoted(path.description)) is listed without SHA-256 and SHA-512"
        case .noTrustedRoot(let path): "there is no trusted root in \(quoted(path))"
        case .neverRefreshed(let role, let path): "no \(quoted(role.sourceName())) was ever verified in \(quoted(path))"
        case .busy(let path): "another refresh of \(quoted(path)) is under way"
        case .disk(let error): error.message
        }
    }

    /// The file that a role's metadata is in, without a version: `'timestamp.json' of the catalog`.
    private static func name(_ role: RoleName) -> String { "\(quoted(role.sourceName())) of the catalog" }
}

/// Runs disk work: every disk error becomes a ``CatalogError``.
func onDisk<Value>(_ body: () throws(FileSystemError) -> Value) throws(CatalogError) -> Value {
    do throws(FileSystemError) { return try body() } catch { throw .disk(error) }
}
