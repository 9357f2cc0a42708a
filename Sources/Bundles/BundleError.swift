import HostModel

/// Why a bundle is refused. Nothing of it was installed.
package enum BundleError: Error, Equatable {
    // Read
    case sourceNotFound(String)
    case sourceUnusable(String, problem: String)
    case detachedDigestDiffers(artifact: String, file: String)
    case detachedDigestUnreadable(file: String)
    case notABundle(first: String?)
    case sidecarTooLong(String, limit: Int64)
    // Verify
    case unsigned
    case statementInvalid(String)
    case inventoryInvalid(line: Int, String)
    case inventoryDigestDiffers
    case manifestInvalid(RecordError)
    case manifestContradicts(String)
    case inconsistent(String)
    case collision(String, String)
    case linkInvalid(path: String, target: String)
    case limitExceeded(setting: String, needed: Int64, limit: Int64)
    case wrongApp(found: AppID, expected: AppID)
    case noRoom(path: String, needed: Int64, free: Int64)
    // Unpack
    case outOfOrder(String)
    case entryRefused(String, problem: String)
    case entryUnexpected(String)
    case entryMissing(String)
    case entryMismatch(String, problem: String)
    case digestMismatch(String)
    // Publish
    case changedWhilePacking(String)
    case signaturesStale(directory: String)
}

extension BundleError: Failure {
    package var code: FailureCode {
        switch self {
        case .sourceNotFound: .sourceNotFound
        case .sourceUnusable: .bundleFormatUnsupported
        case .detachedDigestDiffers, .detachedDigestUnreadable: .artifactDigestMismatch
        case .notABundle, .outOfOrder: .bundleOrder
        case .sidecarTooLong, .limitExceeded: .bundleLimitExceeded
        case .unsigned: .bundleUnsigned
        case .statementInvalid: .bundleStatementInvalid
        case .inventoryInvalid: .bundleInventoryInvalid
        case .inventoryDigestDiffers, .digestMismatch: .bundleDigestMismatch
        case .manifestInvalid(let error): error.needsNewer ? .needsNewerApphost : .bundleManifestInvalid
        case .manifestContradicts: .bundleManifestInvalid
        case .inconsistent, .changedWhilePacking, .signaturesStale: .bundleInconsistent
        case .collision: .bundlePathCollision
        case .linkInvalid: .bundleLinkInvalid
        case .wrongApp: .bundleWrongApp
        case .noRoom: .diskFull
        case .entryRefused: .bundleEntryRefused
        case .entryUnexpected: .bundleEntryUnexpected
        case .entryMissing: .bundleEntryMissing
        case .entryMismatch: .bundleEntryMismatch
        }
    }

    package var message: String {
        switch self {
        case .sourceNotFound(let path): "there is no \(quoted(path))"
        case .sourceUnusable(let path, let problem): "\(quoted(path)) is no bundle: \(problem)"
        case .detachedDigestDiffers(let artifact, let file):
            "\(quoted(artifact)) has not the SHA-256 that \(quoted(file)) gives"
        case .detachedDigestUnreadable(let file): "\(quoted(file)) is not in the form of sha256sum"
        case .notABundle(let first?): "it begins with \(quoted(first)), not with apphost/signatures.json"
        case .notABundle(nil): "it is empty"
        case .sidecarTooLong(let name, let limit): "\(quoted(name)) is longer than \(limit) bytes"
        case .unsigned: "the bundle has no signature"
        case .statementInvalid(let problem): "the signed statement cannot be used: \(problem)"
        case .inventoryInvalid(let line, let problem): "line \(line) of the inventory cannot be used: \(problem)"
        case .inventoryDigestDiffers: "the inventory is not the one that was signed"
        case .manifestInvalid(let error): error.message
        case .manifestContradicts(let problem): "the manifest cannot be used: \(problem)"
        case .inconsistent(let problem): problem
        case .collision(let a, let b):
            "the paths \(quoted(a)) and \(quoted(b)) are the same where letter case does not count"
        case .linkInvalid(let path, let target):
            "the link \(quoted(path)) leads to \(quoted(target)), which is no file of the bundle"
        case .limitExceeded(let setting, let needed, let limit):
            "the bundle exceeds the host's limit \(setting)=\(limit): it has \(needed)"
        case .wrongApp(let found, let expected):
            "the bundle is for \(quoted(found.text)), not for \(quoted(expected.text))"
        case .noRoom(let path, let needed, let free):
            "there is not enough room in \(quoted(path)): \(needed) bytes are needed, \(free) are free"
        case .outOfOrder(let name): "the entry \(quoted(name)) is repeated, or not in its place"
        case .entryRefused(let name, let problem): "the entry \(quoted(name)) is refused: \(problem)"
        case .entryUnexpected(let name): "the entry \(quoted(name)) is not in the inventory"
        case .entryMissing(let name): "the entry \(quoted(name)) is missing, or not in its place"
        case .entryMismatch(let name, let problem):
            "the entry \(quoted(name)) is not as the inventory lists it: \(problem)"
        case .digestMismatch(let name): "the content of \(quoted(name)) has not the SHA-256 that the inventory lists"
        case .changedWhilePacking(let name): "\(quoted(name)) changed while it was packed"
        case .signaturesStale(let directory): "the signatures in \(quoted(directory)) are not over what it holds now"
        }
    }

    package var help: String? {
        switch self {
        case .sourceNotFound: "a source is a path to an archive or a directory"
        case .notABundle: "'apphost sign' makes a bundle of a directory, 'apphost pack' an archive of it"
        case .sourceUnusable, .outOfOrder: "its publisher packs one with 'apphost pack'"
        case .detachedDigestDiffers, .detachedDigestUnreadable: "get both files again"
        case .unsigned: "to take it all the same, add '--accept unsigned'"
        case .limitExceeded(let setting, _, _): "'apphost settings \(setting)=NUMBER' raises it"
        case .noRoom: "free some space there, or move the root; 'apphost settings limits.keepFreeBytes' is kept free"
        case .wrongApp: "'apphost install SOURCE' installs it under its own name"
        case .signaturesStale: "sign it again with 'apphost sign', or give '--key'"
        case .changedWhilePacking: "pack it again when nothing writes to it"
        case .manifestInvalid(let error) where error.needsNewer: error.help
        default: "get the bundle again; if that does not help, tell its publisher"
        }
    }
}
