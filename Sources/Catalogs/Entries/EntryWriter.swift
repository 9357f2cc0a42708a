import HostModel

extension CatalogEntry: JSONRepresentable {
    /// The object `apphost` of a target's `custom`. What has nothing to say is left out.
    package var json: JSONValue {
        var members = [
            JSONValue.Member("schema", .integer(Self.schema)), JSONValue.Member("id", id.json),
            JSONValue.Member("name", name.json), JSONValue.Member("version", version.json),
            JSONValue.Member("digest", digest.json),
        ]
        members.add("summary", summary?.json)
        members.add("channel", channel.json)
        members.add("publishedAt", publishedAt?.json)
        members.add("permissions", permissions.json)
        members.add("permissionRationale", rationale)
        members.add("environment", environment.map(\.json).json)
        members.add("transport", transport?.json)
        members.add("permissionProfile", permissionProfile?.json)
        members.add("changelog", changelog?.json)
        members.add("requires", requires.json)
        members.add("review", review?.json)
        members.add("receipts", receipts.json)
        members.add("deprecation", deprecation.json)
        members.add("advisories", advisories.map(\.json).json)
        return .object(members)
    }

    private var rationale: JSONValue {
        .object(
            permissionRationale.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
                .map { JSONValue.Member($0.key, .string($0.value)) })
    }
}

extension CatalogEntry.Variable {
    fileprivate var json: JSONValue {
        var members = [JSONValue.Member("name", .string(name))]
        members.add("description", description?.json)
        members.add("required", required.json)
        members.add("secret", secret.json)
        members.add("default", defaultValue?.json)
        return .object(members)
    }
}

extension CatalogEntry.Changelog {
    fileprivate var json: JSONValue {
        var members: [JSONValue.Member] = []
        members.add("summary", summary?.json)
        members.add("url", url?.json)
        return .object(members)
    }
}

extension CatalogEntry.Requirements {
    fileprivate var json: JSONValue {
        var members: [JSONValue.Member] = []
        members.add("apphost", apphost?.json)
        members.add("arch", arch?.json)
        return .object(members)
    }
}

extension CatalogEntry.Review {
    fileprivate var json: JSONValue {
        var members = [JSONValue.Member("status", .string(status.rawValue))]
        members.add("note", note?.json)
        return .object(members)
    }
}

extension CatalogEntry.Deprecation {
    fileprivate var json: JSONValue {
        var members = [JSONValue.Member("status", .string(status.rawValue))]
        members.add("message", message?.json)
        members.add("replacement", replacement?.json)
        return .object(members)
    }
}

extension CatalogEntry.Advisory {
    fileprivate var json: JSONValue {
        var members = [JSONValue.Member("id", .string(id)), JSONValue.Member("severity", .string(severity.rawValue))]
        members.add("summary", summary?.json)
        members.add("url", url?.json)
        return .object(members)
    }
}

extension [JSONValue.Member] {
    fileprivate mutating func add(_ key: String, _ value: JSONValue?) {
        if let value { append(JSONValue.Member(key, value)) }
    }
}
