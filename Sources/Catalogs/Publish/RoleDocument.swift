import HostModel
import Signatures

/// What is signed of a role, to be changed and signed again. What this program does not know of it stays.
struct RoleDocument {
    let role: RoleName
    private var members: [String: JSONValue]

    /// A role that was never signed.
    init(_ role: RoleName) {
        self.role = role
        let ownType: [RoleName] = [.root, .timestamp, .snapshot]
        let type = ownType.contains(role) ? role.description : RoleName.targets.description
        members = ["_type": .string(type), "spec_version": "1.0.34".json, "version": 0.json]
    }

    /// - Parameter bytes: metadata that was verified.
    init(_ bytes: [UInt8], of role: RoleName) throws(PublishError) {
        self.role = role
        var members: [String: JSONValue] = [:]
        do throws(RecordError) {
            for (key, field) in try SignedMetadata(bytes, of: role).fields().rest() { members[key] = field.value }
        } catch {
            throw .catalog(.malformed(role, error))
        }
        self.members = members
    }

    subscript(key: String) -> JSONValue? {
        get { members[key] }
        set { members[key] = newValue }
    }

    var version: Int64 {
        if case .integer(let version)? = members["version"] { return version }
        return 0
    }

    /// Makes it the next version.
    mutating func renew(expires: Timestamp) {
        members["version"] = (version + 1).json
        members["expires"] = expires.json
    }

    /// Takes members out of the object `key` and puts others in, each in the place of one with its name.
    mutating func change(_ key: String, removing names: Set<[UInt8]> = [], adding added: [JSONValue.Member]) {
        let gone = names.union(added.map { Array($0.key.utf8) })
        var kept: [JSONValue.Member] = []
        if case .object(let present)? = members[key] {
            kept = present.filter { !gone.contains(Array($0.key.utf8)) }
        }
        members[key] = .object(kept + added)
    }

    /// The text of the file. Its members are in canonical order; unlike the canonical text, which is signed, control
    /// characters in it are escaped, as JSON wants them.
    func signed(by key: PrivateKey) -> [UInt8] {
        let body = JSONValue.object(members.map { JSONValue.Member($0.key, $0.value) })
        let signature: JSONValue = [
            "keyid": key.publicKey.keyid, "sig": Hex.text(key.sign(CanonicalJSON.bytes(body))),
        ]
        let signatures = [signature]
        let envelope: JSONValue = ["signatures": signatures, "signed": body]
        return envelope.inCanonicalOrder.line
    }
}

extension JSONValue {
    fileprivate var inCanonicalOrder: JSONValue {
        switch self {
        case .array(let values): .array(values.map(\.inCanonicalOrder))
        case .object(let members):
            .object(
                members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
                    .map { Member($0.key, $0.value.inCanonicalOrder) })
        default: self
        }
    }
}
