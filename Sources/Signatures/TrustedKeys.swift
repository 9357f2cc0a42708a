import HostModel

/// What a key is trusted to sign.
package enum Purpose: String, Sendable, CaseIterable {
    case bundle
    case review
}

/// Where a key stands in its life. It moves freely between the first three; revoked is final.
package enum KeyStatus: String, Sendable, CaseIterable {
    /// Admits new bundles.
    case active
    /// Admits nothing new, and carries the publisher over to the next key.
    case retiring
    /// Stands for what is installed already.
    case retired
    /// Stands for nothing.
    case revoked
}

/// A key with what the owner of this host trusts it for.
package struct TrustedKey: Sendable, Equatable {
    package let key: PublicKey
    /// For people, in the grammar of an app id. Two keys may share a name.
    package let name: String
    package let purposes: Set<Purpose>
    /// The apps it may sign for; nil means any.
    package let apps: [AppID]?
    package fileprivate(set) var status: KeyStatus
    /// The first moment at which it admits something new; nil means always.
    package let validFrom: Timestamp?
    /// The last such moment; nil means for ever.
    package let validUntil: Timestamp?
    package let addedAt: Timestamp

    package init(
        key: PublicKey, name: String, purposes: Set<Purpose> = [.bundle], apps: [AppID]? = nil,
        status: KeyStatus = .active, validFrom: Timestamp? = nil, validUntil: Timestamp? = nil, addedAt: Timestamp
    ) {
        self.key = key
        self.name = name
        self.purposes = purposes
        self.apps = apps
        self.status = status
        self.validFrom = validFrom
        self.validUntil = validUntil
        self.addedAt = addedAt
    }

    package var keyid: KeyID { key.keyid }

    package func isValid(at moment: Timestamp) -> Bool {
        if let validFrom, moment < validFrom { return false }
        if let validUntil, moment > validUntil { return false }
        return true
    }

    package func maySign(for app: AppID) -> Bool { apps?.contains(app) ?? true }

    /// Why it cannot be an entry; nil when it can.
    fileprivate var problem: String? {
        if AppID(name) == nil { return "\(quoted(name)) is no name for a key" }
        if let apps, apps.isEmpty { return "key \(quoted(name)) has an empty list of apps; any app is no list" }
        if let validFrom, let validUntil, validUntil < validFrom {
            return "key \(quoted(name)) is valid from \(validFrom), but until \(validUntil)"
        }
        return nil
    }
}

/// The keys this host trusts: the value of `trust/keys.json`. Entries are added, never removed.
package struct TrustedKeys: Sendable, Equatable {
    /// In the order in which they were added, no key twice.
    package private(set) var keys: [TrustedKey]

    package static let empty = TrustedKeys(keys: [])

    private init(keys: [TrustedKey]) { self.keys = keys }

    /// Most bytes the file may have.
    package static let limit = 1 << 20

    /// - Parameter file: the name that errors give.
    /// - Throws: ``RecordError``.
    package static func read(_ bytes: [UInt8], file: String) throws(RecordError) -> TrustedKeys {
        var record = try JSONRecord(bytes, file: file, limit: limit, schema: 1)
        var keys: [TrustedKey] = []
        var keyids: Set<KeyID> = []
        for field in try record.required("keys").array() {
            let key = try TrustedKey(field)
            guard keyids.insert(key.keyid).inserted else { throw field.wrong("the only entry with its key") }
            keys.append(key)
        }
        try record.finish()
        return TrustedKeys(keys: keys)
    }

    /// The text of the file: one line of JSON.
    package var bytes: [UInt8] { json.line }

    package func key(_ keyid: KeyID) -> TrustedKey? { keys.first { $0.keyid == keyid } }

    /// The keys that `text` may mean: the one with this keyid, else those with this name or whose keyid begins with it
    /// (from 8 digits). More than one means that `text` is ambiguous.
    package func find(_ text: String) -> [TrustedKey] {
        if let keyid = KeyID(hex: text), let found = key(keyid) { return [found] }
        let isLongEnough = text.utf8.count >= 8
        return keys.filter { key in
            key.name.utf8.elementsEqual(text.utf8) || (isLongEnough && key.keyid.hex.utf8.starts(with: text.utf8))
        }
    }

    /// - Throws: ``SignatureError/alreadyTrusted(name:)`` when the key is here, whatever its status;
    ///   ``SignatureError/keyInvalid(file:problem:)`` when the entry could not be read back. Nothing was added.
    package mutating func add(_ key: TrustedKey) throws(SignatureError) {
        if let known = self.key(key.keyid) { throw SignatureError.alreadyTrusted(name: known.name) }
        if let problem = key.problem { throw SignatureError.keyInvalid(file: nil, problem: problem) }
        keys.append(key)
    }

    /// - Throws: ``SignatureError/keyNotFound(_:)``; ``SignatureError/revokedIsFinal(name:)`` when the key is revoked
    ///   and `status` is something else. Nothing was changed.
    package mutating func setStatus(of keyid: KeyID, to status: KeyStatus) throws(SignatureError) {
        guard let index = keys.firstIndex(where: { $0.keyid == keyid }) else {
            throw SignatureError.keyNotFound(keyid.hex)
        }
        guard keys[index].status != .revoked || status == .revoked else {
            throw SignatureError.revokedIsFinal(name: keys[index].name)
        }
        keys[index].status = status
    }
}

extension TrustedKeys: JSONRepresentable {
    package var json: JSONValue { ["schema": 1.json, "keys": keys.json] }
}

extension TrustedKey: JSONRepresentable {
    package var json: JSONValue {
        [
            "keyid": keyid.json,
            "key": key.json,
            "name": name.json,
            "purposes": purposes.map(\.rawValue).sorted().json,
            "apps": apps.json,
            "status": status.rawValue.json,
            "validFrom": validFrom.json,
            "validUntil": validUntil.json,
            "addedAt": addedAt.json,
        ]
    }
}

extension TrustedKey {
    fileprivate init(_ field: JSONField) throws(RecordError) {
        var record = try field.record()
        let keyid = try record.required("keyid")
        let claimed: KeyID = try keyid.parsed("a keyid", { KeyID(hex: $0) })
        var object = try record.required("key").record()
        let key = try PublicKey(record: &object)
        try object.finish()
        guard claimed == key.keyid else { throw keyid.wrong("the keyid of its key") }
        self.init(
            key: key,
            name: try record.required("name").string(),
            purposes: try Self.purposes(record.required("purposes")),
            apps: try Self.apps(record.optional("apps")),
            status: try record.required("status").parsed("a status", { KeyStatus(rawValue: $0) }),
            validFrom: try Self.time(record.optional("validFrom")),
            validUntil: try Self.time(record.optional("validUntil")),
            addedAt: try record.required("addedAt").parsed("a time", { Timestamp($0) }))
        try record.finish()
        if let problem { throw record.error(problem) }
    }

    private static func purposes(_ field: JSONField) throws(RecordError) -> Set<Purpose> {
        var purposes: Set<Purpose> = []
        for element in try field.array() {
            purposes.insert(try element.parsed("a purpose, bundle or review", { Purpose(rawValue: $0) }))
        }
        return purposes
    }

    private static func apps(_ field: JSONField?) throws(RecordError) -> [AppID]? {
        guard let field else { return nil }
        var apps: [AppID] = []
        for element in try field.array() { apps.append(try element.parsed("an app id", { AppID($0) })) }
        return apps
    }

    private static func time(_ field: JSONField?) throws(RecordError) -> Timestamp? {
        guard let field else { return nil }
        return try field.parsed("a time", { Timestamp($0) })
    }
}
