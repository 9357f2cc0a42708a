import HostModel
import Signatures
import Testing

/// How signatures count, sections 4.2.1 and 5.4.2.
struct SignatureThresholdTests {
    /// A lab whose timestamp needs `threshold` of the listed keys.
    private func lab(_ threshold: Int64, keys: [PrivateKey]) throws -> Lab {
        let lab = try Lab()
        lab.repository["timestamp"].keys = keys
        lab.repository["timestamp"].threshold = threshold
        lab.repository.publish("root")
        return lab
    }

    private func refresh(_ lab: Lab, signedBy signers: [PrivateKey]) async throws -> String {
        lab.repository["timestamp"].signers = signers
        lab.repository.publish("timestamp")
        return try await lab.refresh()
    }

    @Test func `a threshold is met by any of the listed keys, and by no fewer`() async throws {
        let keys = (0..<5).map { _ in PrivateKey.generate() }
        let lab = try lab(3, keys: Array(keys[..<4]))
        #expect(try await refresh(lab, signedBy: [keys[0], keys[2]]) == "5.4.2 catalog_unverified")
        #expect(try await refresh(lab, signedBy: [keys[0], keys[2], keys[4]]) == "5.4.2 catalog_unverified")
        #expect(try await refresh(lab, signedBy: [keys[0], keys[2], keys[3]]) == "done")
        #expect(try await refresh(lab, signedBy: keys) == "done")
    }

    @Test func `a threshold above the number of keys can never be met`() async throws {
        let keys = (0..<2).map { _ in PrivateKey.generate() }
        let lab = try lab(3, keys: keys)
        #expect(try await refresh(lab, signedBy: keys) == "5.4.2 catalog_unverified")
        #expect(try lab.stored() == ["root 2"])
    }

    @Test func `two signatures with one keyid are refused`() async throws {
        let lab = try Lab()
        let key = lab.repository["timestamp"].signers[0]
        lab.repository["timestamp"].signers = [key, key]
        lab.repository.publish("timestamp")
        #expect(try await lab.refresh() == "4.6 catalog_unverified")
    }

    @Test func `a role that names a key twice is refused`() async throws {
        let lab = try Lab()
        let key = lab.repository["timestamp"].keys[0]
        lab.repository["timestamp"].keys = [key, key]
        lab.repository.publish("root")
        #expect(try await lab.refresh() == "4.3 catalog_unverified")
    }

    @Test func `one key under two keyids counts once`() async throws {
        let lab = try Lab()
        let key = lab.repository["timestamp"].signers[0]
        // The same public key in another key object, which so has another keyid.
        var members = [JSONValue.Member("x-owner", "@a".json)]
        if case .object(let listed) = key.publicKey.json { members += listed }
        let twin = JSONValue.object(members)
        let twinKeyid = VerificationKey(twin).keyid.hex

        lab.repository["root"].version = 2
        let keys: [ListedKey] = [(key.publicKey.keyid.hex, key.publicKey.json), (twinKeyid, twin)]
        let root = try Self.root(lab.repository, timestampKeys: keys)
        lab.repository.source["2.root.json"] = TestRepository.sign(root, by: lab.repository["root"].signers)

        lab.repository["timestamp"].version = 2
        let body = lab.repository.body(of: "timestamp")
        let signature = key.sign(CanonicalJSON.bytes(body))
        let signatures = [key.publicKey.keyid.hex, twinKeyid].map { TestRepository.signature($0, signature) }
        lab.repository.source["timestamp.json"] = TestRepository.envelope(body, signatures)
        #expect(try await lab.refresh() == "5.4.2 catalog_unverified")
        #expect(try lab.stored() == ["root 2"])
    }

    @Test func `a key under a keyid that is not its own verifies nothing`() async throws {
        let lab = try Lab()
        let key = lab.repository["timestamp"].signers[0]
        let stranger = PrivateKey.generate()
        lab.repository["root"].version = 2
        let keys: [ListedKey] = [(key.publicKey.keyid.hex, stranger.publicKey.json)]
        let root = try Self.root(lab.repository, timestampKeys: keys, threshold: 1)
        lab.repository.source["2.root.json"] = TestRepository.sign(root, by: lab.repository["root"].signers)

        let body = lab.repository.body(of: "timestamp")
        let signature = stranger.sign(CanonicalJSON.bytes(body))
        let signatures = [TestRepository.signature(key.publicKey.keyid.hex, signature)]
        lab.repository.source["timestamp.json"] = TestRepository.envelope(body, signatures)
        #expect(try await lab.refresh() == "5.4.2 catalog_unverified")
    }

    @Test(arguments: ["", "00", "zz", "not hexadecimal"])
    func `a bad signature beside enough good ones refuses nothing`(bad: String) async throws {
        let keys = (0..<2).map { _ in PrivateKey.generate() }
        let lab = try lab(1, keys: keys)
        lab.repository["timestamp"].version += 1
        let body = lab.repository.body(of: "timestamp")
        let signatures: [JSONValue] = [
            ["keyid": keys[0].publicKey.keyid, "sig": bad], ["keyid": "a stranger", "sig": "00"],
            TestRepository.signature(keys[1].publicKey.keyid.hex, keys[1].sign(CanonicalJSON.bytes(body))),
        ]
        lab.repository.source["timestamp.json"] = TestRepository.envelope(body, signatures)
        #expect(try await lab.refresh() == "done")
    }

    @Test func `an unknown kind of key is no error`() async throws {
        let lab = try Lab()
        lab.repository["root"].version = 2
        let key = lab.repository["timestamp"].keys[0]
        let future: JSONValue = [
            "keytype": "ml-dsa", "scheme": "ml-dsa-65/1", "keyval": ["public": "…"] as JSONValue,
        ]
        let keys: [ListedKey] = [
            (key.publicKey.keyid.hex, key.publicKey.json), (VerificationKey(future).keyid.hex, future),
        ]
        let root = try Self.root(lab.repository, timestampKeys: keys, threshold: 1)
        lab.repository.source["2.root.json"] = TestRepository.sign(root, by: lab.repository["root"].signers)
        #expect(try await lab.refresh() == "done")
    }

    private typealias ListedKey = (keyid: String, key: JSONValue)

    /// The root of `repository` with other keys for timestamp.
    private static func root(
        _ repository: TestRepository, timestampKeys: [ListedKey], threshold: Int64 = 2
    ) throws -> JSONValue {
        let bytes = CanonicalJSON.bytes(repository.body(of: "root"))
        var fields = try JSONRecord(bytes, file: "root.json", limit: bytes.count)
        var keys = try fields.required("keys").record().rest().map { JSONValue.Member($0.key, $0.field.value) }
        keys.removeAll { member in timestampKeys.contains { $0.keyid == member.key } }
        keys += timestampKeys.map { JSONValue.Member($0.keyid, $0.key) }
        var roles = try fields.required("roles").record()
        _ = try roles.required("timestamp")
        let timestamp: JSONValue = ["keyids": timestampKeys.map(\.keyid), "threshold": threshold]
        let listed = roles.rest().map { JSONValue.Member($0.key, $0.field.value) }
        let rest = fields.rest().map { JSONValue.Member($0.key, $0.field.value) }
        return .object(
            rest + [
                JSONValue.Member("keys", .object(keys)),
                JSONValue.Member("roles", .object(listed + [JSONValue.Member("timestamp", timestamp)])),
            ])
    }
}
