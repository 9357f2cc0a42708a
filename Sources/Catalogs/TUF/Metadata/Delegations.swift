import HostModel
import Signatures

/// Whom a targets role trusts with part of its paths, the most trusted first.
///
/// Source: TUF specification 1.0.34, section 4.5 (DELEGATIONS).
package struct Delegations: Sendable {
    let keys: KeyTable
    /// No name twice.
    package let roles: [DelegatedRole]
    /// Nil where not all roles are bins of one kind.
    private let bins: BinTable?

    init(_ field: JSONField) throws(RecordError) {
        var fields = try field.record()
        keys = try KeyTable(fields.required("keys"))
        var roles: [DelegatedRole] = []
        var names: Set<RoleName> = []
        for element in try fields.required("roles").array() {
            let role = try DelegatedRole(element)
            guard names.insert(role.name).inserted else { throw element.wrong("the only role with its name") }
            roles.append(role)
        }
        self.roles = roles
        bins = BinTable(roles)
    }

    /// The roles that are trusted with `path`, in their order, up to a terminating one.
    package func roles(for path: RelativePath) -> [DelegatedRole] {
        let digest = DigestStream.digest(of: path.bytes).hex
        var trusted: [DelegatedRole] = []
        for role in bins?.roles(for: digest) ?? roles where role.isTrusted(with: path, digest: digest) {
            trusted.append(role)
            if role.isTerminating { break }
        }
        return trusted
    }
}

/// Roles by the hash prefix that leads to them, where all prefixes have one length: so it costs the same to look a path
/// up, however many bins there are.
private struct BinTable: Sendable {
    private let roles: [[UInt8]: [DelegatedRole]]
    /// Of every prefix.
    private let length: Int

    /// - Returns: nil where a role is trusted with paths by patterns, or prefixes differ in length.
    init?(_ all: [DelegatedRole]) {
        var roles: [[UInt8]: [DelegatedRole]] = [:]
        for role in all {
            guard let prefixes = role.hashPrefixes else { return nil }
            // A prefix may be listed twice.
            for prefix in Set(prefixes) { roles[prefix, default: []].append(role) }
        }
        let lengths = Set(roles.keys.map(\.count))
        guard lengths.count <= 1 else { return nil }
        self.roles = roles
        length = lengths.first ?? 0
    }

    /// In their order.
    ///
    /// - Parameter digest: of a path, in hexadecimal.
    func roles(for digest: String) -> [DelegatedRole] { roles[Array(digest.utf8.prefix(length))] ?? [] }
}

/// One role that a targets role delegates to.
package struct DelegatedRole: Sendable {
    package let name: RoleName
    let signers: RoleKeys
    /// Whether nobody else is asked for a path that this role is trusted with.
    package let isTerminating: Bool
    private let area: Area

    private enum Area: Sendable {
        case patterns([PathPattern])
        /// Of the SHA-256 of a path in lower-case hexadecimal.
        case hashPrefixes([[UInt8]])
    }

    init(_ field: JSONField) throws(RecordError) {
        var fields = try field.record()
        name = try fields.required("name").parsed("a name for a delegated role", { RoleName(delegated: $0) })
        signers = try RoleKeys(&fields)
        isTerminating = try fields.optional("terminating")?.bool() ?? false
        let paths = try fields.optional("paths")?.strings()
        let prefixes = try fields.optional("path_hash_prefixes")?.strings()
        guard paths == nil || prefixes == nil else { throw field.wrong("a role with one kind of paths") }
        if let prefixes {
            area = .hashPrefixes(prefixes.map { Array($0.utf8) })
        } else {
            area = .patterns((paths ?? []).map { PathPattern($0) })
        }
    }

    /// Whether it is trusted with paths by their hashes.
    var isBin: Bool { hashPrefixes != nil }

    /// Nil where it is trusted with paths by patterns.
    fileprivate var hashPrefixes: [[UInt8]]? {
        if case .hashPrefixes(let prefixes) = area { prefixes } else { nil }
    }

    /// - Parameter digest: of `path`, in hexadecimal.
    package func isTrusted(with path: RelativePath, digest: String) -> Bool {
        switch area {
        case .patterns(let patterns): patterns.contains { $0.matches(path) }
        case .hashPrefixes(let prefixes): prefixes.contains { digest.utf8.starts(with: $0) }
        }
    }
}
