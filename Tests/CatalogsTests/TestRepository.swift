import HostModel
import Signatures

/// A TUF repository that a test changes role by role, and signs and serves with ``publish(_:)``.
///
/// It begins with version 1 of the four top-level roles, each with one key, and nothing listed.
final class TestRepository {
    let source = MemorySource()
    /// Half a day after everything was made.
    static let now = Timestamp(seconds: 1_800_000_000)
    static let future = Timestamp(seconds: 1_800_000_000 + 30 * 86_400)
    static let past = Timestamp(seconds: 1_800_000_000 - 86_400)

    var isConsistent = true
    /// Whether timestamp and snapshot list lengths and hashes too.
    var listsHashes = false
    /// What snapshot lists; publishing a targets role sets its version here.
    var snapshotFiles: [String: JSONValue] = [:]
    /// What timestamp says of snapshot; publishing snapshot sets it.
    var snapshotFile: JSONValue = ["version": 1]
    /// More members of the next root.
    var rootExtras: [JSONValue.Member] = []
    private var roles: [String: TestRole] = [:]

    init() {
        for name in ["root", "timestamp", "snapshot", "targets"] { self[name] = TestRole() }
        publish("root", "targets", "snapshot", "timestamp")
    }

    subscript(name: String) -> TestRole {
        get { roles[name] ?? TestRole() }
        set { roles[name] = newValue }
    }

    /// Root as it was served under this version.
    func root(_ version: Int64) -> [UInt8] { source["\(version).root.json"] ?? [] }

    // MARK: Changing

    /// Gives a top-level role one new key, and takes the others from it.
    func rotate(_ name: String) {
        let key = PrivateKey.generate()
        self[name].keys = [key]
        self[name].signers = [key]
    }

    /// Lists a file whose content is its path.
    func add(_ path: String, to role: String, custom: JSONValue? = nil) {
        let content = Array(path.utf8)
        let hashes: JSONValue = ["sha256": DigestStream.digest(of: content)]
        var members = [JSONValue.Member("length", content.count.json), JSONValue.Member("hashes", hashes)]
        if let custom { members.append(JSONValue.Member("custom", custom)) }
        self[role].files.append(JSONValue.Member(path, .object(members)))
    }

    /// Delegates to `name`, whose metadata is signed by one key more for it.
    func delegate(
        _ name: String, by delegator: String = "targets", paths: [String]? = ["*"], prefixes: [String]? = nil,
        terminating: Bool = false
    ) {
        let key = PrivateKey.generate()
        if roles[name] == nil { roles[name] = TestRole(keys: [], signers: []) }
        self[name].signers.append(key)
        let delegation = TestDelegation(
            name: name, key: key, paths: paths, prefixes: prefixes, isTerminating: terminating)
        self[delegator].delegations.append(delegation)
    }

    // MARK: Publishing

    /// Makes the next version of each role, in this order.
    func publish(_ names: String...) {
        for name in names {
            self[name].version += 1
            serve(name, signed(name))
        }
    }

    /// Every role but root, in the order in which they list each other.
    func publishAll(_ delegated: String...) {
        for name in delegated { publish(name) }
        publish("targets", "snapshot", "timestamp")
    }

    /// Serves `bytes` as the metadata of a role in its present version, and lists them above it.
    func serve(_ name: String, _ bytes: [UInt8]) {
        let version = self[name].version
        var file = [JSONValue.Member("version", version.json)]
        if listsHashes {
            let hashes: JSONValue = ["sha256": DigestStream.digest(of: bytes)]
            file += [JSONValue.Member("length", bytes.count.json), JSONValue.Member("hashes", hashes)]
        }
        switch name {
        case "root":
            source["\(version).root.json"] = bytes
            return
        case "timestamp":
            source["timestamp.json"] = bytes
            return
        case "snapshot": snapshotFile = .object(file)
        default: snapshotFiles["\(name).json"] = .object(file)
        }
        source[isConsistent ? "\(version).\(name).json" : "\(name).json"] = bytes
    }

    /// The metadata of a role as it is now, signed by its signers.
    func signed(_ name: String) -> [UInt8] { Self.sign(body(of: name), by: self[name].signers) }

    /// `body` in an envelope with a signature of each key.
    static func sign(_ body: JSONValue, by signers: [PrivateKey]) -> [UInt8] {
        let message = CanonicalJSON.bytes(body)
        let signatures = signers.map { key in signature(key.publicKey.keyid.hex, key.sign(message)) }
        return envelope(body, signatures)
    }

    static func signature(_ keyid: String, _ bytes: [UInt8]) -> JSONValue {
        ["keyid": keyid, "sig": Hex.text(bytes)]
    }

    static func envelope(_ body: JSONValue, _ signatures: [JSONValue]) -> [UInt8] {
        let value: JSONValue = ["signatures": signatures, "signed": body]
        return value.line
    }

    // MARK: What is signed

    func body(of name: String) -> JSONValue {
        switch name {
        case "root": rootBody()
        case "timestamp": .object(head("timestamp") + [JSONValue.Member("meta", ["snapshot.json": snapshotFile])])
        case "snapshot": .object(head("snapshot") + [JSONValue.Member("meta", Self.object(snapshotFiles))])
        default: targetsBody(name)
        }
    }

    private func head(_ name: String) -> [JSONValue.Member] {
        let type = ["root", "timestamp", "snapshot"].contains(name) ? name : "targets"
        let role = self[name]
        return [
            JSONValue.Member("_type", type.json), JSONValue.Member("spec_version", "1.0.34".json),
            JSONValue.Member("version", role.version.json), JSONValue.Member("expires", role.expires.json),
        ]
    }

    private func rootBody() -> JSONValue {
        var keys: [String: JSONValue] = [:]
        var listed: [JSONValue.Member] = []
        for name in ["root", "timestamp", "snapshot", "targets"] {
            for key in self[name].keys { keys[key.publicKey.keyid.hex] = key.publicKey.json }
            let keyids = self[name].keys.map(\.publicKey.keyid.hex)
            listed.append(JSONValue.Member(name, ["keyids": keyids, "threshold": self[name].threshold]))
        }
        let members = [
            JSONValue.Member("consistent_snapshot", isConsistent.json), JSONValue.Member("keys", Self.object(keys)),
            JSONValue.Member("roles", .object(listed)),
        ]
        return .object(head("root") + members + rootExtras)
    }

    private func targetsBody(_ name: String) -> JSONValue {
        var members = head(name) + [JSONValue.Member("targets", .object(self[name].files))]
        let delegations = self[name].delegations
        if !delegations.isEmpty {
            var keys: [String: JSONValue] = [:]
            for delegation in delegations {
                keys[delegation.key.publicKey.keyid.hex] = delegation.key.publicKey.json
            }
            let value: JSONValue = ["keys": Self.object(keys), "roles": delegations.map(\.json)]
            members.append(JSONValue.Member("delegations", value))
        }
        return .object(members)
    }

    private static func object(_ members: [String: JSONValue]) -> JSONValue {
        .object(members.sorted { $0.key < $1.key }.map { JSONValue.Member($0.key, $0.value) })
    }
}

/// One role of a ``TestRepository``.
struct TestRole {
    var version: Int64 = 0
    var expires = TestRepository.future
    /// What root lists for it.
    var keys: [PrivateKey]
    var threshold: Int64 = 1
    /// Who signs it, whatever is listed.
    var signers: [PrivateKey]
    var files: [JSONValue.Member] = []
    var delegations: [TestDelegation] = []

    init() {
        let key = PrivateKey.generate()
        keys = [key]
        signers = [key]
    }

    init(keys: [PrivateKey], signers: [PrivateKey]) {
        self.keys = keys
        self.signers = signers
    }
}

struct TestDelegation {
    let name: String
    let key: PrivateKey
    let paths: [String]?
    let prefixes: [String]?
    let isTerminating: Bool

    var json: JSONValue {
        var members = [
            JSONValue.Member("name", name.json), JSONValue.Member("keyids", [key.publicKey.keyid.hex].json),
            JSONValue.Member("threshold", 1.json), JSONValue.Member("terminating", isTerminating.json),
        ]
        if let paths { members.append(JSONValue.Member("paths", paths.json)) }
        if let prefixes { members.append(JSONValue.Member("path_hash_prefixes", prefixes.json)) }
        return .object(members)
    }
}
