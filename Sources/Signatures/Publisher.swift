import HostModel

/// Who published what is accepted: the keys whose signatures were good when it was.
package struct Publisher: Sendable, Equatable {
    /// Sorted, none twice; empty means that it was accepted unsigned.
    package let keyids: [KeyID]

    package init(keyids: [KeyID]) { self.keyids = Set(keyids).sorted() }

    /// The publisher of a bundle that was judged.
    package init(of vouching: Vouching) { self.init(keyids: vouching.good) }

    package static let unsigned = Publisher(keyids: [])

    /// - Throws: ``RecordError`` when `field` is no list of keyids.
    package static func read(_ field: JSONField) throws(RecordError) -> Publisher {
        var keyids: [KeyID] = []
        for element in try field.array() { keyids.append(try element.parsed("a keyid", { KeyID(hex: $0) })) }
        return Publisher(keyids: keyids)
    }

    /// Whether `candidate`, which was admitted as new, comes from this publisher, so that nobody has to consent.
    ///
    /// It does with a good signature by one of the publisher's keys that is still active or retiring, or by an
    /// admitting active key whose `apps` names this app: such a key was trusted for exactly this.
    package func carries(to candidate: Vouching, app: AppID, trusted: TrustedKeys) -> Bool {
        let isSigned = candidate.good.contains { keyid in
            guard keyids.contains(keyid), let key = trusted.key(keyid) else { return false }
            return key.status == .active || key.status == .retiring
        }
        let isNamed = candidate.admitting.contains { keyid in
            guard let key = trusted.key(keyid), let apps = key.apps else { return false }
            return key.status == .active && apps.contains(app)
        }
        return isSigned || isNamed
    }
}

extension Publisher: JSONRepresentable {
    /// The list of keyids.
    package var json: JSONValue { keyids.json }
}
