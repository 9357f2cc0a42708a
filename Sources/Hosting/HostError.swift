import HostModel

/// Why a use case was refused above the engine. Nothing was changed.
package enum HostError: Error {
    case alreadyInstalled(AppID, installed: BundleVersion?)
    case consentRequired(AppID, [ConsentQuestion])
    case unsignedForbidden
    case incompatible(AppID, reason: String)
    case candidateChanged(AppID, reason: String)
    case nothingStaged(AppID)
    case noRollback(AppID)
    case versionNotFound(AppID, BundleVersion, available: [BundleVersion])
    /// A bundle in a slot that would be swapped back does not verify.
    case damaged(AppID, slot: String, problem: String)
    case purgeNeedsYes(AppID)
    case keyAmbiguous(String, matches: Int)
    case settingInvalid(String, problem: String)
    case fileExists(String)
    case fileNotFound(String)
}

extension HostError: Failure {
    package var code: FailureCode {
        switch self {
        case .alreadyInstalled: .appAlreadyInstalled
        case .consentRequired: .updateConsentRequired
        case .unsignedForbidden: .bundleUnsignedForbidden
        case .incompatible: .updateIncompatible
        case .candidateChanged: .updateCandidateChanged
        case .nothingStaged: .updateNotStaged
        case .noRollback: .rollbackNotAvailable
        case .versionNotFound: .versionNotFound
        case .damaged: .bundleDamaged
        case .purgeNeedsYes, .keyAmbiguous: .usage
        case .settingInvalid: .settingInvalid
        case .fileExists: .fileExists
        case .fileNotFound: .sourceNotFound
        }
    }

    package var message: String {
        switch self {
        case .alreadyInstalled(let id, let version):
            "\(quoted(id.text)) is installed already, as another bundle (\(version?.text ?? "unreadable"))"
        case .consentRequired(let id, let questions):
            "\(quoted(id.text)): " + questions.map(\.text).joined(separator: "; ")
        case .unsignedForbidden: "this host takes no unsigned bundles (allowUnsigned=false)"
        case .incompatible(let id, let reason): "\(quoted(id.text)) does not fit this host: \(reason)"
        case .candidateChanged(let id, let reason): "the candidate for \(quoted(id.text)) cannot be applied: \(reason)"
        case .nothingStaged(let id): "nothing is staged for \(quoted(id.text))"
        case .noRollback(let id): "\(quoted(id.text)) has no bundle to go back to"
        case .versionNotFound(let id, let version, _): "\(quoted(id.text)) keeps no bundle of version \(version)"
        case .damaged(let id, let slot, let problem):
            "the bundle of \(quoted(id.text)) in \(slot)/ does not verify: \(problem)"
        case .purgeNeedsYes(let id): "'--purge' deletes the data of \(quoted(id.text)) for good, and needs '--yes'"
        case .keyAmbiguous(let text, let matches): "\(quoted(text)) names \(matches) keys"
        case .settingInvalid(let key, let problem): "the setting \(quoted(key)) \(problem)"
        case .fileExists(let path): "\(quoted(path)) is there already"
        case .fileNotFound(let path): "there is no \(quoted(path))"
        }
    }

    package var help: String? {
        switch self {
        case .alreadyInstalled(let id, _):
            "'apphost update \(id)' replaces it by what its catalog lists, with '--from SOURCE' by a file"
        case .consentRequired(_, let questions):
            "to go on all the same, add '--accept \(questions.map(\.consent.rawValue).joined(separator: ","))'"
        case .unsignedForbidden: "'apphost settings allowUnsigned=true' allows them"
        case .incompatible: "look for a bundle made for this host"
        case .candidateChanged(let id, _):
            "look at it again, and stage it again: 'apphost update \(id) --stage', with '--from SOURCE' for a file"
        case .nothingStaged(let id): "'apphost update \(id) --stage' stages one, with '--from SOURCE' from a file"
        case .noRollback(let id): "'apphost history \(id)' shows what was done"
        case .versionNotFound(_, _, let available):
            available.isEmpty ? "it keeps none at all" : "it keeps " + available.map(\.text).joined(separator: ", ")
        case .damaged(let id, _, _): "'apphost verify \(id) --all-slots' names everything that is wrong"
        case .purgeNeedsYes, .fileNotFound: nil
        case .keyAmbiguous: "give more digits of its keyid; 'apphost trust list' shows them"
        case .settingInvalid: "'apphost settings' shows every setting"
        case .fileExists: "choose another name, or remove it first"
        }
    }
}
