import DiskIO
import HostModel
import Signatures
import TestSupport
import Testing

@testable import Catalogs

/// The roles of a catalog in the hands of somebody who holds some of its keys: changed, signed and served as they like.
///
/// It begins with what is published. Each publishing makes the next version of a role.
struct Forgery {
    private let place: TemporaryDirectory
    /// The keys that the catalog was started with.
    let keys: PublisherKeys
    var root: RoleDocument
    var targets: RoleDocument
    var snapshot: RoleDocument
    var timestamp: RoleDocument

    private static let expiry = Timestamp(seconds: Samples.now.seconds + 20 * 86_400)

    init(of shelf: PublishedShelf) throws {
        place = shelf.place
        keys = shelf.keys
        let published = try PublishedCatalog.read(place.open().directory("metadata"))
        root = try RoleDocument(published.rootBytes, of: .root)
        targets = try RoleDocument(published.targets.bytes, of: .targets)
        snapshot = try RoleDocument(published.snapshotBytes, of: .snapshot)
        timestamp = try RoleDocument(published.timestampBytes, of: .timestamp)
    }

    // MARK: Changing

    /// Lists a bundle in targets, and puts its file where it belongs.
    mutating func list(_ artifact: PublishedArtifact) throws {
        let file = try file(of: artifact)
        try list(artifact.path().description, file)
    }

    /// Lists anything in targets.
    mutating func list(_ path: String, _ file: JSONValue) { targets.put(file, in: "targets", as: path) }

    /// What targets says of a bundle, whose file is put where it belongs.
    func file(of artifact: PublishedArtifact) throws -> JSONValue {
        let measured = try artifact.measured()
        try measured.copy(to: place.open().directory("targets"))
        return measured.listed
    }

    /// A key as root lists it.
    struct ListedKey {
        let keyid: String
        let object: JSONValue

        init(_ key: PrivateKey) {
            keyid = key.publicKey.keyid.hex
            object = key.publicKey.json
        }

        /// The same key written otherwise, and so under another keyid.
        init(twinOf key: PrivateKey) {
            object = key.publicKey.json.setting(["x-owner"], to: "twin".json)
            keyid = VerificationKey(object).keyid.hex
        }
    }

    /// Says in root who signs a role from now on.
    mutating func assign(_ role: String, to keys: [ListedKey], threshold: Int64 = 1) {
        for key in keys { root.put(key.object, in: "keys", as: key.keyid) }
        let keyids = keys.map { $0.keyid }
        let signers: JSONValue = ["keyids": keyids, "threshold": threshold]
        root.put(signers, in: "roles", as: role)
    }

    /// Lets targets trust a role with some paths, and serves what that role lists.
    mutating func delegate(_ name: String, to key: PrivateKey, paths: [String], files: [JSONValue.Member]) throws {
        var role = RoleDocument(try #require(RoleName(delegated: name)))
        role["_type"] = "targets".json
        role["targets"] = .object(files)
        role.renew(expires: Self.expiry)
        try serve(role.signed(by: key), as: "\(role.version).\(name).json")
        snapshot.put(["version": role.version], in: "meta", as: "\(name).json")
        let listed = ListedKey(key)
        let keyids = [listed.keyid]
        let delegation: JSONValue = [
            "name": name, "keyids": keyids, "threshold": 1, "terminating": false, "paths": paths,
        ]
        let roles = [delegation]
        let keys = JSONValue.object([JSONValue.Member(listed.keyid, listed.object)])
        let delegations: JSONValue = ["keys": keys, "roles": roles]
        targets["delegations"] = delegations
    }

    // MARK: Publishing

    /// Serves the next root.
    mutating func publishRoot(by signers: [PrivateKey]) throws {
        root.renew(expires: Self.expiry)
        try serve(Self.signed(root, by: signers), as: "\(root.version).root.json")
    }

    /// Serves the next targets, snapshot and timestamp; the last two signed by their keys where nobody else is named.
    mutating func publish(
        targetsBy signers: [PrivateKey], snapshotBy snapshotKey: PrivateKey? = nil,
        timestampBy timestampKey: PrivateKey? = nil
    ) throws {
        targets.renew(expires: Self.expiry)
        let bytes = try Self.signed(targets, by: signers)
        try publishSigned(targets: bytes, snapshotBy: snapshotKey, timestampBy: timestampKey)
    }

    /// Serves these bytes as the present targets, and the next snapshot and timestamp.
    mutating func publishSigned(
        targets bytes: [UInt8], snapshotBy snapshotKey: PrivateKey? = nil, timestampBy timestampKey: PrivateKey? = nil
    ) throws {
        try serve(bytes, as: "\(targets.version).targets.json")
        snapshot.put(Self.file(targets.version, bytes), in: "meta", as: "targets.json")
        try publishOnline(snapshotBy: snapshotKey, timestampBy: timestampKey)
    }

    /// Serves the next snapshot and timestamp.
    mutating func publishOnline(
        snapshotBy snapshotKey: PrivateKey? = nil, timestampBy timestampKey: PrivateKey? = nil
    ) throws {
        snapshot.renew(expires: Self.expiry)
        let bytes = snapshot.signed(by: snapshotKey ?? keys.snapshot)
        try serve(bytes, as: "\(snapshot.version).snapshot.json")
        timestamp.put(Self.file(snapshot.version, bytes), in: "meta", as: "snapshot.json")
        try publishTimestamp(by: timestampKey)
    }

    /// Serves the next timestamp.
    mutating func publishTimestamp(by key: PrivateKey? = nil) throws {
        timestamp.renew(expires: Self.expiry)
        try serve(timestamp.signed(by: key ?? keys.timestamp), as: "timestamp.json")
    }

    /// A role with a signature of each key.
    static func signed(_ role: RoleDocument, by signers: [PrivateKey]) throws -> [UInt8] {
        try signed(role, by: signers, under: signers.map { $0.publicKey.keyid.hex })
    }

    /// A role with a signature of each key, each under a keyid.
    static func signed(_ role: RoleDocument, by signers: [PrivateKey], under keyids: [String]) throws -> [UInt8] {
        // What is signed is the same, whoever signs it.
        let message = try SignedMetadata(role.signed(by: PrivateKey.generate()), of: role.role).signedBytes
        let signatures = zip(signers, keyids).map { key, keyid -> JSONValue in
            ["keyid": keyid, "sig": Hex.text(key.sign(message))]
        }
        let body = try StrictJSON.parse(message)
        let envelope: JSONValue = ["signatures": signatures, "signed": body]
        return envelope.line
    }

    /// What the role above says of a file of metadata.
    private static func file(_ version: Int64, _ bytes: [UInt8]) -> JSONValue {
        let hashes: JSONValue = ["sha256": DigestStream.digest(of: bytes)]
        return ["version": version, "length": bytes.count, "hashes": hashes]
    }

    private func serve(_ bytes: [UInt8], as name: String) throws {
        try place.write(String(decoding: bytes, as: UTF8.self), to: "metadata/\(name)")
    }
}

extension RoleDocument {
    /// Puts one member into one of the role's objects, in the place of one that is there.
    fileprivate mutating func put(_ value: JSONValue, in object: String, as key: String) {
        self[object] = (self[object] ?? .object([])).setting([key], to: value)
    }
}

extension JSONValue {
    /// This object with another value at the end of `path`, which is made where it is not there.
    func setting(_ path: [String], to value: JSONValue) -> JSONValue {
        guard let key = path.first else { return value }
        guard case .object(let members) = self else { return JSONValue.object([]).setting(path, to: value) }
        let before = members.first { $0.key == key }?.value ?? .object([])
        let after = Member(key, before.setting(Array(path.dropFirst()), to: value))
        return .object(members.filter { $0.key != key } + [after])
    }
}
