import Bundles
import DiskIO
import HostModel
import Signatures
import Testing

/// Values that bundles are tried with.
enum Samples {
    static let files = LinuxFileSystem()
    static let now = Timestamp(seconds: 1_800_000_000)

    /// `TestBundles/` of this package.
    static let testBundles: String = {
        // Tests/BundlesTests/Samples.swift
        let parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        return parts.dropLast(3).joined(separator: "/") + "/TestBundles"
    }()

    static func app(_ text: String) throws -> AppID { try #require(AppID(text)) }

    static func version(_ text: String) throws -> BundleVersion { try #require(BundleVersion(text)) }

    static func path(_ text: String) throws -> RelativePath { try #require(RelativePath(text)) }

    static func digest(of text: String) -> ContentDigest { DigestStream.digest(of: Array(text.utf8)) }

    /// The content of a file that is there.
    static func bytes(of path: String) throws -> [UInt8] {
        try #require(try File.open(path, files: files).content(limit: 16 << 20))
    }

    /// The names in a directory, sorted.
    static func names(in path: String) throws -> [String] {
        try Directory.open(path, files: files).names().map(\.description).sorted()
    }

    /// What a host that trusts `key` asks of a new bundle.
    static func policy(trusting key: PublicKey, acceptsUnsigned: Bool = false) throws -> AcceptancePolicy {
        var trusted = TrustedKeys.empty
        try trusted.add(TrustedKey(key: key, name: "signer", addedAt: now))
        return AcceptancePolicy(trusted: trusted, standing: .new, now: now, acceptsUnsigned: acceptsUnsigned)
    }

    // MARK: Inventories

    static let header = #"{"schema":1,"app":"notes","version":"1.2.0"}"#

    static func file(_ path: String, _ content: String = "", isExecutable: Bool = false) throws -> InventoryEntry {
        let kind = InventoryEntry.Kind.file(
            size: Int64(content.utf8.count), isExecutable: isExecutable, sha256: digest(of: content))
        return InventoryEntry(path: try self.path(path), kind: kind)
    }

    static func link(_ path: String, to target: String) throws -> InventoryEntry {
        InventoryEntry(path: try self.path(path), kind: .link(target: Array(target.utf8)))
    }

    static func directory(_ path: String) throws -> InventoryEntry {
        InventoryEntry(path: try self.path(path), kind: .directory)
    }

    /// An inventory with these entries and a manifest, in order.
    static func inventory(_ entries: [InventoryEntry]) throws -> File {
        let listed = (entries + [try file(Manifest.path, "{}")]).sorted { $0.path < $1.path }
        return try inventory(lines: listed.map(\.line))
    }

    /// An inventory with these lines below a header.
    static func inventory(lines: [[UInt8]]) throws -> File {
        var bytes: [UInt8] = []
        for line in [Array(header.utf8)] + lines {
            bytes += line
            bytes.append(UInt8(ascii: "\n"))
        }
        return try memory(bytes)
    }

    static func memory(_ bytes: [UInt8]) throws -> File {
        let file = try File.anonymous(files: files)
        try file.write(bytes)
        return file
    }
}

/// The code of what `body` throws; nil where it throws nothing, or no failure of ours.
func failureCode(_ body: () throws -> Void) -> FailureCode? {
    do {
        try body()
        return nil
    } catch {
        return (error as? any Failure)?.code
    }
}
