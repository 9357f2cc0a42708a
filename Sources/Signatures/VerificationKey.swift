import HostModel

/// A public key as TUF metadata lists it, of any kind that the specification names.
///
/// A key of an unknown kind, or one that is damaged, is no error of the metadata that lists it: it verifies nothing.
///
/// | keytype | scheme | public |
/// |---|---|---|
/// | `ed25519` | `ed25519` | 64 hexadecimal digits |
/// | `ecdsa`, `ecdsa-sha2-nistp256` | `ecdsa-sha2-nistp256` | PEM, P-256 |
/// | `rsa` | `rsassa-pss-sha256` | PEM, at least 2048 bits |
///
/// Source: TUF specification 1.0.34, section 4.2.2.
package struct VerificationKey: Sendable {
    /// SHA-256 of the canonical form of the whole key object, with what this program does not know of it.
    package let keyid: KeyID
    private let kind: Kind

    private enum Kind: Sendable {
        case ed25519(PublicKey)
        case ecdsa(SubjectPublicKey)
        case rsa(SubjectPublicKey)
        case unusable
    }

    /// - Parameter object: the TUF key object.
    package init(_ object: JSONValue) {
        keyid = KeyID(DigestStream.digest(of: CanonicalJSON.bytes(object)))
        kind = Self.kind(of: object)
    }

    /// Whether `signature` is this key's over `message`.
    package func verifies(_ signature: [UInt8], over message: [UInt8]) -> Bool {
        switch kind {
        case .ed25519(let key): key.verifies(signature, over: message)
        case .ecdsa(let key): key.verifiesECDSA(signature, over: message)
        case .rsa(let key): key.verifiesPSS(signature, over: message)
        case .unusable: false
        }
    }

    /// Whether the private key behind both is one. Their keyids may differ: a key can be written in several ways.
    package func isSameKey(as other: VerificationKey) -> Bool {
        switch (kind, other.kind) {
        case (.ed25519(let one), .ed25519(let two)): one == two
        case (.ecdsa(let one), .ecdsa(let two)), (.rsa(let one), .rsa(let two)): one.isSameKey(as: two)
        case (.unusable, .unusable): keyid == other.keyid
        default: false
        }
    }

    private static func kind(of object: JSONValue) -> Kind {
        guard case .string(let keytype)? = object.member("keytype"),
            case .string(let scheme)? = object.member("scheme"),
            case .string(let text)? = object.member("keyval")?.member("public")
        else { return .unusable }
        switch (keytype, scheme) {
        case ("ed25519", "ed25519"):
            guard let bytes = Hex.bytes(text.utf8), let key = try? PublicKey(bytes: bytes) else { return .unusable }
            return .ed25519(key)
        case ("ecdsa", "ecdsa-sha2-nistp256"), ("ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256"):
            guard let key = SubjectPublicKey.read(text), key.isP256 else { return .unusable }
            return .ecdsa(key)
        case ("rsa", "rsassa-pss-sha256"):
            guard let key = SubjectPublicKey.read(text), key.isRSA else { return .unusable }
            return .rsa(key)
        default:
            return .unusable
        }
    }
}

extension JSONValue {
    /// - Returns: nil where it is no object, or has no such member.
    fileprivate func member(_ key: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.key.utf8.elementsEqual(key.utf8) }?.value
    }
}
