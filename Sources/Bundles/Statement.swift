import HostModel
import Signatures

/// What is signed of a bundle: an in-toto Statement v1 about its inventory.
///
/// Source: https://in-toto.io/Statement/v1
package struct Statement: Sendable, Equatable {
    /// The SHA-256 of the inventory: the bundle's digest.
    package let digest: ContentDigest
    package let app: AppID
    package let version: BundleVersion
    package let inventoryBytes: Int64
    package let files: Int64
    package let bytes: Int64
    /// Whether the bundle has paths that differ in letter case alone.
    package let caseSensitive: Bool

    package static let path = "apphost/signatures.json"
    package static let payloadType = "application/vnd.in-toto+json"
    private static let statementType = "https://in-toto.io/Statement/v1"
    private static let predicateType = "urn:apphost:predicate:bundle:1"

    package init(
        digest: ContentDigest, app: AppID, version: BundleVersion, inventoryBytes: Int64, files: Int64, bytes: Int64,
        caseSensitive: Bool
    ) {
        self.digest = digest
        self.app = app
        self.version = version
        self.inventoryBytes = inventoryBytes
        self.files = files
        self.bytes = bytes
        self.caseSensitive = caseSensitive
    }

    /// Reads the payload of an envelope whose signatures were looked at. Keys it does not know are ignored, as the
    /// specification says.
    package init(_ envelope: Envelope) throws(BundleError) {
        guard envelope.payloadType == Self.payloadType else {
            throw .statementInvalid("its payload type is \(quoted(envelope.payloadType))")
        }
        do throws(RecordError) { try self.init(payload: envelope.payload) } catch {
            throw .statementInvalid(error.problem)
        }
    }

    private init(payload: [UInt8]) throws(RecordError) {
        var record = try JSONRecord(payload, file: Self.path, limit: Envelope.limit)
        let type = try record.required("_type").string()
        guard type == Self.statementType else { throw record.error("it is a \(quoted(type))") }
        let kind = try record.required("predicateType").string()
        guard kind == Self.predicateType else { throw record.error("it is about \(quoted(kind))") }
        let subjects = try record.required("subject").array()
        guard subjects.count == 1 else { throw record.error("it has \(subjects.count) subjects") }
        var subject = try subjects[0].record()
        let name = try subject.required("name").string()
        guard name == InventoryReader.path else { throw record.error("it is about \(quoted(name))") }
        var digests = try subject.required("digest").record()
        digest = try digests.required("sha256").parsed("a SHA-256", ContentDigest.init(hex:))

        var predicate = try record.required("predicate").record()
        app = try predicate.required("app").parsed("an app id", AppID.init)
        version = try predicate.required("version").parsed("a version", BundleVersion.init)
        inventoryBytes = try predicate.required("inventoryBytes").integer(in: 0...InventoryReader.limit)
        files = try predicate.required("files").integer()
        bytes = try predicate.required("bytes").integer()
        caseSensitive = try predicate.required("caseSensitive").bool()
    }

    /// The envelope around this statement, not signed yet.
    package var envelope: Envelope {
        let statement: JSONValue = [
            "_type": Self.statementType,
            "subject": JSONValue.array([
                ["name": InventoryReader.path, "digest": ["sha256": digest] as JSONValue]
            ]),
            "predicateType": Self.predicateType,
            "predicate": [
                "app": app, "version": version, "inventoryBytes": inventoryBytes, "files": files, "bytes": bytes,
                "caseSensitive": caseSensitive,
            ] as JSONValue,
        ]
        return Envelope(payloadType: Self.payloadType, payload: statement.bytes)
    }
}
