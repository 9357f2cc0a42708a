import Catalogs
import HostModel
import Signatures

enum CatalogTargets {
    /// An input is one file of metadata. Signatures keep a fuzzer out, so what was signed is read as if they were good;
    /// a root, which vouches for itself, is verified too.
    static func metadata(_ input: [UInt8]) throws -> Bool {
        guard let signed = try accepted({ try SignedMetadata(input, of: .targets) }) else { return false }
        try TextTargets.canonicalForm(signed.signedBytes)
        let root = try accepted { try RootMetadata(signed) }
        let timestamp = try accepted { try TimestampMetadata(signed) }
        let snapshot = try accepted { try SnapshotMetadata(signed) }
        let targets = try accepted { try TargetsMetadata(signed) }
        let count = [root != nil, timestamp != nil, snapshot != nil, targets != nil].filter { $0 }.count
        try require(count <= 1, "metadata of one role is that of no other")
        if root != nil { _ = try accepted { try TrustedRoot(trusting: input, now: Timestamp(seconds: 0)) } }
        if let targets { try check(targets) }
        return count == 1
    }

    /// An input is the `custom` of a target, which lies where it says.
    static func entry(_ input: [UInt8]) throws -> Bool {
        guard let custom = try? StrictJSON.parse(input), let path = try accepted({ try place(of: custom) }) else {
            return false
        }
        return try check(custom, at: path)
    }

    private static func place(of custom: JSONValue) throws(RecordError) -> RelativePath {
        var around = try JSONRecord(custom, file: "custom")
        var entry = try around.required("apphost").record()
        let id = try entry.required("id").string()
        let version = try entry.required("version").string()
        guard let path = RelativePath("apps/\(id)/\(version)/bundle.zip") else { throw entry.error("it has no place") }
        return path
    }

    private static func check(_ targets: TargetsMetadata) throws {
        for (path, file) in targets.files {
            if let custom = file.custom { _ = try check(custom, at: path) }
            if let delegations = targets.delegations { try check(delegations, for: path) }
        }
    }

    /// - Returns: whether it is an entry.
    private static func check(_ custom: JSONValue, at path: RelativePath) throws -> Bool {
        guard let entry = try accepted({ try CatalogEntry.read(custom: custom, path: path) }) else { return false }
        try require(path.components.count == 4 && !path.isReserved, "an entry stands below 'apps/'")
        let again = try accepted { try CatalogEntry.read(custom: ["apphost": entry.json], path: path) }
        try require(again?.json.bytes == entry.json.bytes, "an entry that was written is read as the same")
        return true
    }

    /// Bins are looked up by their prefix, which must come to the same as to ask each role.
    private static func check(_ delegations: Delegations, for path: RelativePath) throws {
        let digest = DigestStream.digest(of: path.bytes).hex
        var trusted: [RoleName] = []
        for role in delegations.roles where role.isTrusted(with: path, digest: digest) {
            trusted.append(role.name)
            if role.isTerminating { break }
        }
        try require(delegations.roles(for: path).map(\.name) == trusted, "a bin is found as any other role is")
    }
}
