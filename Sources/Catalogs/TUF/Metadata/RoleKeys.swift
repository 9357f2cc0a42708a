import HostModel
import Signatures

/// Who may sign for a role, and how many of them must.
///
/// Source: TUF specification 1.0.34, sections 4.3 (ROLE) and 4.5 (DELEGATIONS).
struct RoleKeys: Sendable {
    let keyids: Set<KeyID>
    /// May be more than there are keys; then nobody can sign for the role.
    let threshold: Int64

    /// - Throws: ``RecordError`` also for a key that is named twice.
    init(_ fields: inout JSONRecord) throws(RecordError) {
        let list = try fields.required("keyids")
        var names: Set<[UInt8]> = []
        var keyids: Set<KeyID> = []
        for name in try list.strings() {
            guard names.insert(Array(name.utf8)).inserted else { throw list.wrong("a list with each key once") }
            if let keyid = KeyID(hex: name) { keyids.insert(keyid) }
        }
        self.keyids = keyids
        threshold = try fields.required("threshold").integer(in: 1...Int64.max)
    }

    /// The check for an arbitrary software attack: a threshold of these keys signed `metadata`.
    ///
    /// A key counts once, under however many keyids it is listed. A signature that does not verify counts for nothing
    /// and refuses nothing.
    ///
    /// Source: sections 5.3.4, 5.4.2, 5.5.3 and 5.6.3.
    ///
    /// - Parameter keys: the key objects of whoever delegates to the role.
    /// - Throws: ``CatalogError/notSigned(_:valid:threshold:)``.
    func verify(_ metadata: SignedMetadata, by keys: KeyTable) throws(CatalogError) {
        var signers: [VerificationKey] = []
        for signature in metadata.signatures where keyids.contains(signature.keyid) {
            guard let key = keys.key(signature.keyid), key.verifies(signature.bytes, over: metadata.signedBytes),
                !signers.contains(where: { $0.isSameKey(as: key) })
            else { continue }
            signers.append(key)
            if Int64(signers.count) == threshold { return }
        }
        throw .notSigned(metadata.role, valid: signers.count, threshold: threshold)
    }
}

/// The key objects that a root or targets role lists. A role may use only some of many, so they are read when needed.
struct KeyTable: Sendable {
    private let objects: [KeyID: JSONValue]

    init(_ field: JSONField) throws(RecordError) {
        var objects: [KeyID: JSONValue] = [:]
        for (name, object) in try field.record().rest() {
            if let keyid = KeyID(hex: name) { objects[keyid] = object.value }
        }
        self.objects = objects
    }

    /// - Returns: nil where no key has this keyid, or one is listed under it that has another (section 4.3, KEYID).
    func key(_ keyid: KeyID) -> VerificationKey? {
        guard let object = objects[keyid] else { return nil }
        let key = VerificationKey(object)
        return key.keyid == keyid ? key : nil
    }
}
