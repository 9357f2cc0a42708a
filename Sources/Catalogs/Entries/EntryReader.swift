import HostModel

extension CatalogEntry {
    /// Reads what a target's `custom` says under `apphost`. A key that no entry has refuses the entry, but for `x-…`.
    ///
    /// - Parameters:
    ///   - custom: of the target.
    ///   - path: of the target, which must be `apps/<id>/<version>/<file>` with the entry's own id and version.
    /// - Throws: ``RecordError`` that names the path and the key.
    package static func read(custom: JSONValue, path: RelativePath) throws(RecordError) -> CatalogEntry {
        let file = path.description
        var around = try JSONRecord(custom, file: file)
        var record = try JSONRecord(around.required("apphost").value, file: file, schema: schema)
        var entry = CatalogEntry(
            id: try record.required("id").parsed("an app id", { AppID($0) }),
            name: try record.required("name").text(),
            version: try record.required("version").parsed("a version", { BundleVersion($0) }),
            digest: try record.required("digest").parsed("a SHA-256", { ContentDigest(hex: $0) }))
        try checkPlace(path, entry, &record)
        entry.summary = try record.optional("summary")?.text()
        entry.channel = try record.optional("channel")?.parsed("a channel", { AppID($0) }).text ?? "stable"
        entry.publishedAt = try record.optional("publishedAt")?.parsed("a time", { Timestamp($0) })
        entry.permissions = try permissions(record.optional("permissions"))
        entry.permissionRationale = try rationale(record.optional("permissionRationale"), of: entry.permissions)
        entry.environment = try variables(record.optional("environment"))
        entry.transport = try record.optional("transport")?.parsed(
            "a transport (none, stdio, http, sse, streamable-http)", { text in transports.first { $0 == text } })
        entry.permissionProfile = try record.optional("permissionProfile")?.parsed("a profile", { AppID($0) }).text
        if let field = record.optional("changelog") { entry.changelog = try Changelog(field) }
        if let field = record.optional("requires") { entry.requires = try Requirements(field) }
        if let field = record.optional("review") { entry.review = try Review(field) }
        if let field = record.optional("deprecation") { entry.deprecation = try Deprecation(field) }
        for element in try record.optional("receipts")?.array() ?? [] {
            // An envelope is an object; whoever evaluates it looks further.
            _ = try element.record()
            entry.receipts.append(element.value)
        }
        for element in try record.optional("advisories")?.array() ?? [] {
            entry.advisories.append(try Advisory(element))
        }
        try record.finish()
        return entry
    }

    /// A bundle cannot be listed under another one's name.
    private static func checkPlace(
        _ path: RelativePath, _ entry: CatalogEntry, _ record: inout JSONRecord
    ) throws(RecordError) {
        let parts = path.components
        guard parts.count == 4, parts[0].elementsEqual("apps".utf8) else {
            throw record.error("an entry stands at 'apps/<id>/<version>/<file>'")
        }
        guard parts[1].elementsEqual(entry.id.text.utf8), parts[2].elementsEqual(entry.version.text.utf8) else {
            throw record.error("its path is not that of \(quoted(entry.id.text)) \(quoted(entry.version.text))")
        }
    }

    private static func permissions(_ field: JSONField?) throws(RecordError) -> [String] {
        var permissions: [String] = []
        for element in try field?.array() ?? [] {
            let permission = try element.parsed("a permission", { AppID($0) }).text
            guard !permissions.contains(permission) else { throw element.wrong("listed once") }
            permissions.append(permission)
        }
        return permissions
    }

    private static func rationale(
        _ field: JSONField?, of permissions: [String]
    ) throws(RecordError) -> [String: String] {
        var rationale: [String: String] = [:]
        for (key, value) in try field?.record().rest() ?? [] {
            guard permissions.contains(key) else { throw value.wrong("about one of 'permissions'") }
            rationale[key] = try value.text()
        }
        return rationale
    }

    private static func variables(_ field: JSONField?) throws(RecordError) -> [Variable] {
        var variables: [Variable] = []
        for element in try field?.array() ?? [] {
            let variable = try Variable(element)
            guard !variables.contains(where: { $0.name == variable.name }) else {
                throw element.wrong("the only variable with its name")
            }
            variables.append(variable)
        }
        return variables
    }
}

extension CatalogEntry.Variable {
    fileprivate init(_ field: JSONField) throws(RecordError) {
        var record = try field.record()
        self.init(
            name: try record.required("name").parsed(
                "the name of an environment variable", { VariableName($0)?.text }),
            description: try record.optional("description")?.text(),
            required: try record.optional("required")?.bool() ?? false,
            secret: try record.optional("secret")?.bool() ?? false,
            defaultValue: try record.optional("default")?.string())
        try record.finish()
    }
}

extension CatalogEntry.Changelog {
    fileprivate init(_ field: JSONField) throws(RecordError) {
        var record = try field.record()
        self.init(summary: try record.optional("summary")?.text(), url: try record.optional("url")?.webAddress())
        try record.finish()
    }
}

extension CatalogEntry.Requirements {
    fileprivate init(_ field: JSONField) throws(RecordError) {
        var record = try field.record()
        self.init(
            apphost: try record.optional("apphost")?.parsed("a comparable version", Self.comparable),
            arch: try record.optional("arch")?.strings())
        try record.finish()
    }

    private static func comparable(_ text: String) -> BundleVersion? {
        guard let version = BundleVersion(text), version.isComparable else { return nil }
        return version
    }
}

extension CatalogEntry.Review {
    fileprivate init(_ field: JSONField) throws(RecordError) {
        var record = try field.record()
        self.init(
            status: try record.required("status").parsed("the status of a review", { Status(rawValue: $0) }),
            note: try record.optional("note")?.text())
        try record.finish()
    }
}

extension CatalogEntry.Deprecation {
    fileprivate init(_ field: JSONField) throws(RecordError) {
        var record = try field.record()
        self.init(
            status: try record.required("status").parsed("'none' or 'deprecated'", { Status(rawValue: $0) }),
            message: try record.optional("message")?.text(),
            replacement: try record.optional("replacement")?.parsed("an app id", { AppID($0) }))
        try record.finish()
    }
}

extension CatalogEntry.Advisory {
    fileprivate init(_ field: JSONField) throws(RecordError) {
        var record = try field.record()
        self.init(
            id: try record.required("id").text(),
            severity: try record.required("severity").parsed(
                "a severity (low, medium, high, critical)", { Severity(rawValue: $0) }),
            summary: try record.optional("summary")?.text(),
            url: try record.optional("url")?.webAddress())
        try record.finish()
    }
}

extension JSONField {
    /// A string for people: not empty, at most 4096 bytes.
    fileprivate func text() throws(RecordError) -> String {
        let text = try string()
        guard (1...4096).contains(text.utf8.count) else { throw wrong("a text of 1 to 4096 bytes") }
        return text
    }

    /// What a page may link to: `javascript:` is no such thing.
    fileprivate func webAddress() throws(RecordError) -> String {
        let address = try text()
        guard address.hasPrefix("https://") || address.hasPrefix("http://") else {
            throw wrong("an 'https:' or 'http:' URL")
        }
        return address
    }
}
