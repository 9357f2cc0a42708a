import DiskIO
import HostModel
import Signatures
import Storage

/// A trusted key, as it is shown.
package struct TrustEntry: Sendable, JSONRepresentable {
    let key: TrustedKey

    package var name: String { key.name }
    package var keyid: String { key.keyid.short }
    package var status: String { key.status.rawValue }

    /// For people: keyid, name, status, purposes, apps, validity.
    package var cells: [String] {
        [
            keyid, name, status, key.purposes.map(\.rawValue).sorted().joined(separator: ","),
            key.apps?.map(\.text).joined(separator: ",") ?? "any",
            "\(key.validFrom?.description ?? "…") – \(key.validUntil?.description ?? "…")",
        ]
    }

    package var json: JSONValue { key.json }

    package static let statuses = KeyStatus.allCases.map(\.rawValue)
    package static let purposes = Purpose.allCases.map(\.rawValue)
}

extension AppHost {
    private static let file: DiskPath = "keys.json"

    /// Every key that this host knows, in the order in which they were added.
    package func trust() throws -> [TrustEntry] { try trustedKeys().keys.map { TrustEntry(key: $0) } }

    func trustedKeys() throws -> TrustedKeys { try trustedKeys(openRoot()) }

    func trustedKeys(_ root: ManagedRoot?) throws -> TrustedKeys {
        let path = ManagedRoot.Part.trust.rawValue + "/keys.json"
        guard let bytes = try root?.readRecord(DiskPath(path), limit: TrustedKeys.limit) else { return .empty }
        return try TrustedKeys.read(bytes, file: path)
    }

    /// A key to trust, as the operator gives it.
    package struct NewTrust: Sendable {
        package var keyFile: String
        package var name: String
        /// Words of ``TrustEntry/purposes``.
        package var purposes: [String]
        package var apps: [AppID]?
        package var validFrom: Timestamp?
        package var validUntil: Timestamp?

        package init(
            keyFile: String, name: String, purposes: [String], apps: [AppID]?, validFrom: Timestamp?,
            validUntil: Timestamp?
        ) {
            self.keyFile = keyFile
            self.name = name
            self.purposes = purposes
            self.apps = apps
            self.validFrom = validFrom
            self.validUntil = validUntil
        }
    }

    /// Trusts a key.
    ///
    /// - On disk: `trust/keys.json` is replaced; the root is made where there is none.
    package func addTrust(_ new: NewTrust, dryRun: Bool) throws -> TrustEntry {
        let bytes = try readSmallFile(new.keyFile, limit: 4096)
        let key = TrustedKey(
            key: try PublicKey.read(bytes, file: new.keyFile), name: new.name,
            purposes: Set(new.purposes.compactMap(Purpose.init(rawValue:))), apps: new.apps,
            validFrom: new.validFrom, validUntil: new.validUntil, addedAt: now())
        try changeTrust(dryRun: dryRun) { keys in try keys.add(key) }
        return TrustEntry(key: key)
    }

    /// Moves a key through its life. Revoked is final.
    ///
    /// - Parameter text: its name, its keyid, or the first 8 or more digits of that.
    package func setTrust(_ text: String, to status: String, dryRun: Bool) throws -> TrustEntry {
        guard let status = KeyStatus(rawValue: status) else {
            throw HostError.settingInvalid("status", problem: "cannot be \(quoted(status))")
        }
        var changed: TrustedKey?
        try changeTrust(dryRun: dryRun) { keys in
            let found = keys.find(text)
            guard let key = found.first else { throw SignatureError.keyNotFound(text) }
            guard found.count == 1 else { throw HostError.keyAmbiguous(text, matches: found.count) }
            try keys.setStatus(of: key.keyid, to: status)
            changed = keys.key(key.keyid)
        }
        guard let changed else { throw SignatureError.keyNotFound(text) }
        return TrustEntry(key: changed)
    }

    private func changeTrust(dryRun: Bool, _ change: (inout TrustedKeys) throws -> Void) throws {
        try requireWritable(openRoot())
        var keys = try trustedKeys()
        try change(&keys)
        if dryRun { return }
        let root = try openEngine().root
        try root.changeRecord(Self.file, in: .trust, limit: TrustedKeys.limit) { bytes in
            var keys = try bytes.map { try TrustedKeys.read($0, file: "trust/keys.json") } ?? .empty
            try change(&keys)
            return keys.bytes
        }
    }

    func readSmallFile(_ path: String, limit: Int) throws -> [UInt8] {
        let file = try File.named(path, files: files)
        guard try file.status().kind == .file, let bytes = try file.content(limit: limit) else {
            throw SignatureError.keyInvalid(file: path, problem: "it is no file of at most \(limit) bytes")
        }
        return bytes
    }
}
