import DiskIO
import HostModel

/// Who an app runs as. Pure: `lookUp` asks the user database of the host.
package enum RunAs: Sendable, Equatable {
    /// The root's owner, who is not the superuser: app and AppHost are one user.
    case owner
    /// Somebody whom the superuser named; the superuser too.
    case user(SystemUser)

    private static let superuser: UInt32 = 0

    /// - Parameters:
    ///   - rootOwner: the number of the user that the root belongs to.
    ///   - configured: the user that the app was given; goes before `setting`.
    ///   - setting: ``Settings/runAs``, which only a root of the superuser's asks.
    package static func decide(
        _ id: AppID, rootOwner: UInt32, configured: String?, setting: String?, lookUp: (String) -> SystemUser?
    ) throws(RunAsFailure) -> RunAs {
        guard rootOwner == superuser else {
            guard let configured else { return .owner }
            guard let user = lookUp(configured) else { throw .unknown(configured) }
            guard user.number == rootOwner else { throw .notTheOwner(id, configured) }
            return .owner
        }
        guard let name = configured ?? setting else { throw .missing(id) }
        guard let user = lookUp(name) else { throw .unknown(name) }
        return .user(user)
    }

    /// Whether the app can write the bundles of a root, which belong to its owner: their modes do not keep an owner out.
    package func canWriteBundles(of rootOwner: UInt32) -> Bool {
        switch self {
        case .owner: true
        case .user(let user): user.number == rootOwner
        }
    }

    /// Whether the slots of an app with `launch` may have files in common.
    ///
    /// Where the superuser's root has no user for it, or none of that name, it cannot be started at all; and if the
    /// superuser is named later, a start first gives the installed bundle files of its own.
    static func mayShareFiles(
        _ id: AppID, rootOwner: UInt32, configured: String?, setting: String?, lookUp: (String) -> SystemUser?
    ) -> Bool {
        guard rootOwner == superuser else { return false }
        do throws(RunAsFailure) {
            let user = try decide(
                id, rootOwner: rootOwner, configured: configured, setting: setting, lookUp: lookUp)
            return !user.canWriteBundles(of: rootOwner)
        } catch {
            return true
        }
    }

    /// Whether a user may have that name; whether one has it the user database says.
    static func isName(_ text: String) -> Bool {
        guard (1...64).contains(text.utf8.count), !text.hasPrefix("-") else { return false }
        return text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
    }
}

/// Why nobody can be said to run an app. Nothing was changed.
package enum RunAsFailure: Error, Sendable, Equatable {
    /// The root belongs to the superuser, and nobody was named.
    case missing(AppID)
    case unknown(String)
    /// The root belongs to an ordinary user, and another one was named.
    case notTheOwner(AppID, String)
}

extension RunAsFailure: Failure {
    package var code: FailureCode {
        switch self {
        case .missing: .appUserMissing
        case .unknown, .notTheOwner: .appUserUnknown
        }
    }

    package var message: String {
        switch self {
        case .missing(let id):
            "the root belongs to the superuser, and nobody said who \(quoted(id.text)) runs as"
        case .unknown(let name): "this host has no user \(quoted(name))"
        case .notTheOwner(let id, let name):
            "\(quoted(id.text)) cannot run as \(quoted(name)): only the superuser's root can run apps as other users"
        }
    }

    package var help: String? {
        switch self {
        case .missing(let id):
            "'apphost config \(id) --user NAME' says so for this app, 'apphost settings runAs=NAME' for all"
        case .unknown: "name another: 'apphost config APP --user NAME', or 'apphost settings runAs=NAME' for all apps"
        case .notTheOwner(let id, _):
            "'apphost config \(id) --user \"\"' has it run as the root's owner, as all apps of this root do"
        }
    }
}
