import HostModel
import Signatures

/// Received metadata, taken apart into what was signed and by whom. Nothing about it is verified yet.
///
/// Source: TUF specification 1.0.34, section 4.2.1.
package struct SignedMetadata: Sendable {
    let role: RoleName
    /// Exactly as received: what is stored, and what hashes are over.
    let bytes: [UInt8]
    /// The canonical form of `signed`, with every key that this program does not know: what signatures are over.
    package let signedBytes: [UInt8]
    /// No keyid twice.
    let signatures: [MetadataSignature]
    private let signed: JSONField

    /// - Precondition: the size of `bytes` was limited before they were read.
    /// - Throws: ``RecordError`` also for a key twice in one object, or two signatures with one keyid.
    package init(_ bytes: [UInt8], of role: RoleName) throws(RecordError) {
        var envelope = try JSONRecord(bytes, file: role.sourceName(), limit: bytes.count)
        let signed = try envelope.required("signed")
        self.role = role
        self.bytes = bytes
        self.signed = signed
        signedBytes = CanonicalJSON.bytes(signed.value)
        signatures = try MetadataSignature.read(envelope.required("signatures"))
    }

    /// What was signed, to be taken apart key by key. Keys nobody asks for are ignored.
    func fields() throws(RecordError) -> JSONRecord { try signed.record() }
}

/// One signature, and the key that is said to have made it.
struct MetadataSignature: Sendable {
    let keyid: KeyID
    let bytes: [UInt8]

    /// Those of a list that can be anybody's: a keyid that names no key, or a signature that is no hexadecimal text,
    /// is no error and counts for nothing.
    fileprivate static func read(_ list: JSONField) throws(RecordError) -> [MetadataSignature] {
        var signatures: [MetadataSignature] = []
        var seen: Set<[UInt8]> = []
        for field in try list.array() {
            var fields = try field.record()
            let name = try fields.required("keyid").string()
            let text = try fields.required("sig").string()
            guard seen.insert(Array(name.utf8)).inserted else { throw field.wrong("the only signature with its keyid") }
            if let keyid = KeyID(hex: name), let bytes = Hex.bytes(text.utf8) {
                signatures.append(MetadataSignature(keyid: keyid, bytes: bytes))
            }
        }
        return signatures
    }
}

/// What the metadata of every role begins with.
///
/// Source: TUF specification 1.0.34, sections 4.2.3 and 4.3.
struct MetadataHeader: Sendable {
    let version: Int64
    /// The first moment at which it counts no more.
    let expires: Timestamp

    /// - Parameter type: what `_type` must be.
    /// - Throws: ``RecordError`` also for metadata of another role, or of another major version of the specification.
    init(_ fields: inout JSONRecord, type: String) throws(RecordError) {
        let found = try fields.required("_type")
        guard try found.string() == type else { throw found.wrong(quoted(type)) }
        let specification = try fields.required("spec_version")
        let number = try specification.string()
        guard Self.isUnderstood(number) else { throw specification.wrong("a version 1 of the TUF specification") }
        version = try fields.required("version").integer(in: MetadataHeader.versions)
        expires = try fields.required("expires").parsed("a time such as '2030-01-01T00:00:00Z'", Self.time)
    }

    /// A version always has a successor.
    static let versions: ClosedRange<Int64> = 1...(Int64.max - 1)

    /// `1.0.34`, and `1.0` as old repositories write it.
    private static func isUnderstood(_ number: String) -> Bool {
        let parts = number.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        let areNumbers = parts.allSatisfy { part in
            !part.isEmpty && part.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        }
        return (2...3).contains(parts.count) && areNumbers && parts[0].elementsEqual("1".utf8)
    }

    /// A date alone, which other records may have, is no time here.
    private static func time(_ text: String) -> Timestamp? { text.utf8.count == 20 ? Timestamp(text) : nil }
}
