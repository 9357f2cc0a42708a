import HostModel

/// Why nobody trusted vouches for a bundle, or why a key cannot be used. Nothing was changed.
///
/// `name` is what the key is called in `trust/keys.json`.
package enum SignatureError: Error, Equatable {
    // A bundle
    /// A key of this host is said to have signed it, and did not sign these bytes.
    case signatureInvalid(keyid: KeyID, name: String)
    /// Every signature is by a stranger; the keyids are what the envelope claims.
    case keyUnknown(keyids: [String])
    case keyNotForBundles(name: String)
    case keyNotForApp(name: String, app: AppID)
    case keyOutOfValidity(name: String, from: Timestamp?, until: Timestamp?, now: Timestamp)
    /// `status` is retired or retiring.
    case keyRetired(name: String, status: KeyStatus)
    case keyRevoked(name: String)

    // A key
    /// `file` is nil where the key came from none.
    case keyInvalid(file: String?, problem: String)
    case alreadyTrusted(name: String)
    case revokedIsFinal(name: String)
    /// With the name or keyid that was asked for.
    case keyNotFound(String)
}

extension SignatureError: Failure {
    package var code: FailureCode {
        switch self {
        case .signatureInvalid: .bundleSignatureInvalid
        case .keyUnknown: .bundleKeyUnknown
        case .keyNotForBundles: .bundleKeyNotForBundles
        case .keyNotForApp: .bundleKeyNotForApp
        case .keyOutOfValidity: .bundleKeyOutOfValidity
        case .keyRetired: .bundleKeyRetired
        case .keyRevoked, .revokedIsFinal: .bundleKeyRevoked
        case .keyInvalid: .keyInvalid
        case .alreadyTrusted: .keyAlreadyTrusted
        case .keyNotFound: .keyNotFound
        }
    }

    package var message: String {
        switch self {
        case .signatureInvalid(let keyid, let name):
            "the signature by key \(quoted(name)) (\(keyid.short)) does not verify"
        case .keyUnknown(let keyids):
            "no trusted key signed it, only \(Self.list(keyids))"
        case .keyNotForBundles(let name):
            "key \(quoted(name)), which signed it, is not trusted for bundles"
        case .keyNotForApp(let name, let app):
            "key \(quoted(name)), which signed it, is not trusted for app \(quoted(app.text))"
        case .keyOutOfValidity(let name, let from, let until, let now):
            "key \(quoted(name)), which signed it, is valid\(Self.span(from, until)), and now it is \(now)"
        case .keyRetired(let name, let status):
            "key \(quoted(name)), which signed it, is \(status.rawValue) and admits nothing new"
        case .keyRevoked(let name):
            "key \(quoted(name)), which signed it, is revoked"
        case .keyInvalid(let file?, let problem):
            "\(quoted(file)) holds no key that can be used: \(problem)"
        case .keyInvalid(nil, let problem):
            "the key cannot be used: \(problem)"
        case .alreadyTrusted(let name):
            "the key is already trusted as \(quoted(name))"
        case .revokedIsFinal(let name):
            "key \(quoted(name)) is revoked, and stays so"
        case .keyNotFound(let key):
            "no trusted key is called \(quoted(key))"
        }
    }

    package var help: String? {
        switch self {
        case .signatureInvalid:
            "get it again from its publisher; 'apphost inspect SOURCE' shows which keys signed it"
        case .keyUnknown:
            "'apphost inspect SOURCE' shows which keys signed it, 'apphost trust add KEY.pub --name NAME' trusts one"
        case .keyNotForBundles, .keyNotForApp:
            "'apphost trust list' shows what each key is trusted for, 'apphost inspect SOURCE' which keys signed it"
        case .keyOutOfValidity:
            "have its publisher sign it with a valid key; 'apphost trust list' shows them"
        case .keyRetired(let name, _):
            "have its publisher sign it with the key that followed, or 'apphost trust status \(printable(name)) active'"
        case .keyRevoked:
            "have its publisher sign it with another key; 'apphost trust list' shows which are trusted"
        case .keyInvalid:
            "'apphost key new NAME.key' makes a key pair, NAME.key and NAME.key.pub"
        case .alreadyTrusted(let name):
            "'apphost trust list' shows its status, 'apphost trust status \(printable(name)) active' changes it"
        case .revokedIsFinal:
            "make a new key with 'apphost key new NAME.key', and trust it with 'apphost trust add KEY.pub --name NAME'"
        case .keyNotFound:
            "'apphost trust list' shows the keys, 'apphost trust add KEY.pub --name NAME' adds one"
        }
    }

    /// The first keyids, cut to what tells them apart: they are the envelope's claim and may be any text.
    private static func list(_ keyids: [String]) -> String {
        let shown = keyids.prefix(4).map { quoted(String(decoding: $0.utf8.prefix(12), as: UTF8.self)) }
        let more = keyids.count > shown.count ? " and \(keyids.count - shown.count) more" : ""
        return shown.joined(separator: ", ") + more
    }

    private static func span(_ from: Timestamp?, _ until: Timestamp?) -> String {
        let start = from.map { " from \($0)" } ?? ""
        let end = until.map { " until \($0)" } ?? ""
        return start + end
    }
}
